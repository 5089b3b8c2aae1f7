#!/usr/bin/env python3
"""What an operator says to a log: whom it admits, how much, until when. Each statement repeats what it does not change;
each refusal says what is wrong and sends nothing."""
import calendar
import os
import pathlib
import re
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2],
                                'tests/tools'))
import pieces  # noqa: E402
from running import World, check, get_json, rest  # noqa: E402

ORIGIN = 'log.example.org/operator'
SCHEMA = 'schema kyc 1\nvalid-for 365d\nfield level text required one-of basic,full\n'
KEY = ('--key', 'operator.key')
URN = pieces.URN
WITHDRAW, LIMITS = 5, 6


def found(said, *wanted):
    for text in wanted:
        check(re.search(text, said, re.S), f'expected {text}; found\n{said}')


def by_operator(w, *words, log='log', expect=(0,)):
    return w.cairn('log', *words, *KEY, '--log', log, expect=expect).stdout


def refused(w, log, code, wanted, *words):
    before = get_json(log.url + '/health')['size']
    done = w.unasked('log', *words, '--log', 'log', expect=(code,))
    found(done.stdout + done.stderr, wanted)
    check(get_json(log.url + '/health')['size'] == before, f'{words} sent something')


def payload_of(text):
    return pieces.decode(pieces.decode(pieces.unarmour(text))[2])


def attest(w, expect=(0,)):
    return w.cairn('attest', 'kyc', 'level=full', '--about', 'new', '--issuer', 'acme', '--log', 'log', expect=expect)


def withdrawn_is_withdrawn(w, ckt):
    at = re.search(r'@\d+', attest(w).stdout).group(0)
    found(by_operator(w, 'withdraw', 'acme'), f'^note  withdraws {ckt}\nok    withdrawn at @\\d+: it adds no')
    found(attest(w, expect=(1,)).stderr, 'withdrawn', 'expected an issuer whose approval stands')
    w.cairn('revoke', at, '--reason', 'ceased', '--yes', '--issuer', 'acme', '--log', 'log')
    for name in ('acme', ckt):
        found(by_operator(w, 'withdraw', name), r'^already withdrawn at @\d+, nothing added\n$')
    by_operator(w, 'approve', ckt)
    size = get_json(w.log_url + '/health')['size']
    found(by_operator(w, 'approve', ckt), r'^already approved at @\d+, nothing added\n$')
    check(get_json(w.log_url + '/health')['size'] == size, 'something was added')
    attest(w)


def names_are_resolved(w, log, ckt):
    """A pet name of the operator's own, a name that was approved for a key, and nobody."""
    other = 'ckt:' + 'B' * 42 + 'A'
    by_operator(w, 'approve', other, '--name', 'north')
    found(by_operator(w, 'withdraw', 'north'), f'^note  withdraws {other}\n')
    by_operator(w, 'approve', ckt, '--as', 'Acme Ltd', '--name', 'limited')
    found(by_operator(w, 'withdraw', 'Acme Ltd'), '^note  withdraws "Acme Ltd"\n')
    by_operator(w, 'approve', ckt, '--as', 'acme.example', '--name', 'site')
    found(by_operator(w, 'withdraw', 'site'), '^note  withdraws acme.example\n')
    refused(w, log, 1, 'nobody: not-approved.*found an issuer that was never approved', 'withdraw', 'nobody', *KEY)
    refused(w, log, 1, 'not-approved', 'withdraw', 'ckt:' + 'C' * 42 + 'A', *KEY)


def limits_hold_and_stay(w, log, ckt):
    found(by_operator(w, 'limits'), '^now   an attestation has at most 16,384 bytes; an issuer adds ')
    found(by_operator(w, 'limits', '--bytes', '600', '--yes'),
          'was   an attestation has at most 16,384 bytes.*new   an attestation has at most 600 bytes.*'
          r'ok    in force from @\d+ on')
    by_operator(w, 'approve', 'ckt:' + 'E' * 42 + 'A')
    check(get_json(log.url + '/log')['rules']['statement_bytes'] == 600, 'approve lost the limit')
    by_operator(w, 'limits', '--bytes', '0', '--yes')
    attest(w)


def what_is_wrong_is_said(w, log):
    (w.folder / 'open.key').write_bytes((w.folder / 'operator.key').read_bytes())
    (w.folder / 'open.key').chmod(0o644)
    w.cairn('attest', 'kyc', 'level=full', '--about', 'some', '--issuer', 'acme', '--log', 'log')
    for code, wanted, *words in (
            (2, 'expected --key FILE', 'withdraw', 'acme'),
            (2, 'usage: cairn log withdraw CKT.NAME', 'withdraw', *KEY),
            (2, 'no-file', 'withdraw', 'acme', '--key', 'none.key'),
            (2, 'not-private', 'withdraw', 'acme', '--key', 'open.key'),
            (2, "wrong-kind\n  expected an operator's key; found an issuer's key\n",
             'withdraw', 'acme', '--key', 'home/acme.key'),
            (2, 'found a recovery key', 'withdraw', 'acme', '--key', 'operator.recovery'),
            (2, 'found evidence', 'withdraw', 'acme', '--key', 'some.cairn'),
            (2, "found a file that is no key of Cairn's", 'withdraw', 'acme', '--key', 'schema'),
            (2, 'expected ckt: and 43 characters.*; found acme\n', 'approve', 'acme', *KEY),
            (2, 'found ckt:typo\n', 'approve', 'ckt:typo', *KEY),
            (1, 'key-not-listed.*another log', 'withdraw', 'acme', '--key', 'stranger/operator.key'),
            (1, r'new .* at most 700 bytes.*Set them\? .*add --yes', 'limits', '--bytes', '700', *KEY),
            (2, '--bytes: bad-number.*found 1,000', 'limits', '--bytes', '1,000', *KEY),
            (2, '--not is not an option', 'close', '--not', *KEY),
            (2, 'expected --not-before and a date', 'close', *KEY),
            (2, '--not-before: bad-number.*found soon', 'close', '--not-before', 'soon', *KEY),
            (1, rf'Close {ORIGIN} from 2099-01-01 00:00:00Z on, log.example.net follows it\? No new attestation.*'
                'add --yes', 'close', '--not-before', '2099-01-01', '--successor', 'log.example.net', *KEY),
            (2, 'usage: cairn log rotate VKEY SEAL', 'rotate', *KEY),
            (2, 'cairn log approve.withdraw.limits.close.rotate', 'nonsense')):
        refused(w, log, code, wanted, *words)
    found(by_operator(w, 'close', '--not-before', 'never'), '^it does not close, nothing added\n$')


def closing_is_said_and_stays(w, log, ckt):
    def day(ahead):
        return time.strftime('%Y-%m-%d', time.gmtime(time.time() + ahead * 86400))

    def closing():
        return get_json(log.url + '/log')['rules'].get('closing')

    def close(*words, expect=(0,)):
        return w.cairn('log', 'close', *words, *KEY, '--yes', '--log', 'log', expect=expect)
    refused(w, log, 2, f'--not-before: expected a date 90 days ahead, from {day(90)} .* on; found {day(89)}',
            'close', '--not-before', day(89), *KEY)
    check(closing() is None, closing())
    said = w.ask('log', 'close', '--not-before', day(100), '--successor', 'log.example.net', *KEY, '--log', 'log')
    found(said, rf'Close {ORIGIN} from {day(100)} 00:00:00Z on, log.example.net follows it\? No new .* it is final\.',
          rf'ok    said at @\d+: closed from {day(100)} 00:00:00Z on')
    seconds = calendar.timegm(time.strptime(day(100), '%Y-%m-%d'))
    check(closing() == {'not_before': seconds, 'successor': 'log.example.net'}, closing())
    # Every other word of the operator repeats it, and it binds nobody yet.
    for words in (('approve', 'ckt:' + 'F' * 42 + 'A'), ('limits', '--statements', '500', '--yes'),
                  ('withdraw', 'north2'), ('limits', '--bytes', '0', '--yes')):
        by_operator(w, *words)
        check(closing() == {'not_before': seconds, 'successor': 'log.example.net'}, f'{words} lost the closing')
    check(get_json(log.url + '/log')['rules']['statements_per_issuer'] == 500, 'the limit is gone')
    attest(w)
    # Readers are told.
    said = w.cairn('log', 'add', log.url, '--key', w.key, '--name', 'again').stdout
    found(said, rf'\nclose {day(100)} 00:00:00Z: no new .*; log\.example\.net follows it\nkey .*\n'
          'this log is here already, as "log": nothing added\n$')
    check(not (w.folder / 'home/logs/again.policy').exists(), 'one log under two names')
    close('--not-before', day(120))
    check(closing()['successor'] == 'log.example.net', closing())
    close('--not-before', day(121), '--successor', 'log.example.com')
    check(closing()['successor'] == 'log.example.com', closing())
    found(close('--not-before', 'never').stdout, r'ok    said at @\d+: it does not close')
    check(closing() is None, closing())
    close('--not-before', day(100))
    check('successor' not in closing(), closing())
    close('--not-before', 'never')


def drafts_say_what_was_asked(w, ckt):
    """What is signed, whatever this log takes of it."""
    def draft(*words):
        return payload_of(w.draft('log', *words, *KEY, '--yes')[0])
    check(draft('limits', '--statements', '77')[LIMITS] == {1: 0, 2: 77}, 'not the limits')
    check(draft('withdraw', 'acme')[WITHDRAW] == [URN + ckt[4:]], 'not whom was named')


def main():
    with World('operator') as w:
        (w.folder / 'stranger').mkdir()
        w.make_log('log.example.org/other', 'stranger/log')
        w.key = key = w.make_log(ORIGIN)
        w.configure('interval 20ms')
        log = w.serve_log()
        rest(log)
        w.log_url = log.url
        w.know_log(log.url, key)
        w.know_log(w.proxy(log.url, refuse_posts=True).url, key, 'draft')
        ckt = w.issuer()
        w.schema(SCHEMA)
        withdrawn_is_withdrawn(w, ckt)
        names_are_resolved(w, log, ckt)
        limits_hold_and_stay(w, log, ckt)
        what_is_wrong_is_said(w, log)
        by_operator(w, 'approve', 'ckt:' + 'D' * 42 + 'A', '--name', 'north2')
        closing_is_said_and_stays(w, log, ckt)
        drafts_say_what_was_asked(w, ckt)
        log.stop()
    print('ok: four words of an operator')


main()
