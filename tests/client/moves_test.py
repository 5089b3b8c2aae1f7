#!/usr/bin/env python3
"""The four moves of a status, as people make them: what is final asks first, what is not does not; a move that the
log would refuse is refused before anything is signed, where the tool can know."""
import os
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2],
                                'tests/tools'))
from running import World, check, get_json, rest  # noqa: E402

ORIGIN = 'log.example.org/moves'
SCHEMA = 'schema kyc 1\nvalid-for 365d\nfield level text required one-of basic,full\n'


def size(log):
    return get_json(log.url + '/health')['size']


def attest(w, about, level='full'):
    done = w.cairn('attest', 'kyc', f'level={level}', '--about', about, '--out', f'{about}-{level}.cairn',
                   '--issuer', 'acme')
    return re.search(r'@\d+', done.stdout).group(0)


def found(said, *wanted):
    for text in wanted:
        check(re.search(text, said, re.S), f'expected {text}; found\n{said}')


def refused(w, log, code, wanted, *words):
    """With exit code and words, and nothing was sent."""
    before = size(log)
    done = w.unasked(*words, expect=(code,))
    found(done.stdout + done.stderr, wanted)
    check(size(log) == before and not list((w.folder / 'home/outbox').glob('*')), f'{words} sent something')


def what_is_final_asks(w, log, one):
    question = r'Revoke kyc \(level=full\) about one, \d+ s old\? It is final\.'
    refused(w, log, 1, question + r'.*no terminal to ask on; add --yes',
            'revoke', one, '--reason', 'issued-in-error', '--issuer', 'acme')
    before = size(log)
    said = w.ask('revoke', one, '--reason', 'issued-in-error', '--issuer', 'acme', say='n', expect=(1,))
    found(said, question + r' \[y/N\] n\s+nothing was done\n$')
    check(size(log) == before, 'no was taken for yes')
    said = w.ask('revoke', one, '--reason', 'issued-in-error', '--issuer', 'acme')
    found(said, question, r'ok    revoked at @\d+\. Copies already handed out')


def what_is_not_final_does_not(w, two):
    done = w.unasked('suspend', two, '--reason', 'suspended-for-review', '--issuer', 'acme', expect=(0,))
    found(done.stdout, r'^note  Suspend kyc \(level=full\) about two, \d+ s old\nok    suspended at @\d+\. Copies')
    done = w.unasked('suspend', two, '--reason', 'unspecified', '--issuer', 'acme', expect=(1,))
    found(done.stderr, 'status-unchanged.*expected a move between valid and suspended; found')
    done = w.unasked('reinstate', two, '--reason', 'unspecified', '--issuer', 'acme', expect=(0,))
    found(done.stdout, r'^note  Reinstate kyc .*\nok    reinstated at @\d+\n$')


def one_takes_the_place_of_another(w, log, two):
    new = attest(w, 'two', 'basic')
    question = (r'Supersede kyc \(level=full\) about two, \d+ s old, by kyc \(level=basic\) about two\? It is final\.')
    refused(w, log, 1, question, 'supersede', two, '--by', new, '--issuer', 'acme')
    found(w.ask('supersede', two, '--by', new, '--issuer', 'acme'), question, r'ok    superseded at @\d+\.')
    done = w.unasked('suspend', two, '--reason', 'unspecified', '--issuer', 'acme', expect=(1,))
    found(done.stderr, 'status-final')


def what_cannot_be_is_refused_first(w, log, three, four):
    for code, wanted, *words in (
            (2, 'revoke: expected --reason with one of: key-compromise .*; found none', 'revoke', three),
            (2, r'; found \\u\{202e\}x', 'suspend', three, '--reason', '\u202ex'),
            (2, f'cairn suspend {three} --reason suspended-for-review',
             'revoke', three, '--reason', 'suspended-for-review'),
            (2, f'cairn supersede {three} --by', 'revoke', three, '--reason', 'superseded'),
            (2, 'expected --by.*usage: cairn supersede', 'supersede', three),
            (2, '--by is not an option here', 'suspend', three, '--by', four, '--reason', 'unspecified'),
            (2, '--suspend is not an option here', 'revoke', three, '--reason', 'unspecified', '--suspend'),
            (2, 'usage: cairn reinstate', 'reinstate', '--reason', 'unspecified'),
            (1, 'bad-replacement.*found a statement about another subject', 'supersede', three, '--by', four),
            (1, 'bad-replacement.*found schema', 'supersede', three, '--by', w.schema_at),
            (1, 'bad-target.*found issuer', 'revoke', w.registered, '--reason', 'unspecified'),
            (1, r'not-found.*the log has \d+ statements; found @100000',
             'revoke', '@100000', '--reason', 'unspecified'),
            (2, 'expected a position or an id; found 11\n  write @11\n', 'revoke', '11', '--reason', 'unspecified'),
            (2, 'write @71\n', 'supersede', three, '--by', '71'),
            (1, 'bad-target.*found a statement of another issuer',
             'revoke', three, '--reason', 'unspecified', '--issuer', 'globex')):
        refused(w, log, code, wanted, *words, *([] if '--issuer' in words else ['--issuer', 'acme']))


def what_was_left_says_how_its_file_comes(w, log, key):
    w.know_log(w.proxy(log.url, refuse_posts=True).url, key, 'away')
    w.cairn('attest', 'kyc', 'level=full', '--about', 'a/b', '--issuer', 'acme', '--log', 'away', expect=(3,))
    # The next command sends it, and the one after that sees it published.
    for about in ('c', 'd'):
        done = w.cairn('attest', 'kyc', 'level=full', '--about', about, '--issuer', 'acme', '--log', 'log')
    found(done.stdout, r'sent  what an earlier command left in the outbox: @\d+ · attestation about a/b\n'
          r'      cairn get @\d+ --out a_b\.cairn\n')
    at = re.search(r'outbox: (@\d+)', done.stdout).group(1)
    found((w.folder / 'home/acme.attested').read_text(), rf'\n{at} ckt:\S{{43}}\n')
    advice = re.search(r'cairn (get .*)\n', done.stdout).group(1)
    w.cairn(*advice.split(), '--log', 'log')
    found((w.folder / 'a_b.cairn').read_text(), r'\nabout   a/b\n')


def what_is_no_word_names_the_nearest(w):
    for wanted, *words in (('there is no command verfy; the nearest is verify\n', 'verfy', 'x'),
                           ('there is no word verfy; the nearest is verify\n', 'help', 'verfy'),
                           ('there is no word xyzzy\n', 'xyzzy', '--help')):
        found(w.cairn(*words, expect=(2,)).stderr, wanted + '  cairn help lists them\n$')


def main():
    with World('moves') as w:
        key = w.make_log(ORIGIN)
        w.configure('interval 20ms')
        log = w.serve_log()
        rest(log)
        w.know_log(log.url, key)
        w.issuer('globex')
        w.issuer('acme')
        (w.folder / 'schema').write_text(SCHEMA)
        said = w.cairn('schema', 'publish', 'schema', '--yes', '--issuer', 'acme').stdout
        w.schema_at = re.search(r'is (@\d+)', said).group(1)
        w.registered = re.search(r'@\d+', w.cairn('issuer', 'register', 'acme').stdout).group(0)
        one, two, three, four = (attest(w, about) for about in ('one', 'two', 'three', 'four'))
        what_is_final_asks(w, log, one)
        what_is_not_final_does_not(w, two)
        one_takes_the_place_of_another(w, log, two)
        what_cannot_be_is_refused_first(w, log, three, four)
        what_is_no_word_names_the_nearest(w)
        what_was_left_says_how_its_file_comes(w, log, key)
        log.stop()
    print('ok: four moves, 15 refusals')


main()
