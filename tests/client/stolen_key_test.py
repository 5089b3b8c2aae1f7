#!/usr/bin/env python3
"""A signing key is stolen, and its issuer gets its name back: by a new key when the thief was slow, by the recovery key
when the thief changed the keys first, from an empty folder when the machine is gone too. Each as people play it."""
import base64
import os
import pathlib
import re
import shutil
import stat
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2],
                                'tests/tools'))
import pieces  # noqa: E402
from running import Answer, World, check, get_json, post, rest  # noqa: E402

ORIGIN = 'log.example.org/stolen'
SCHEMA = 'schema kyc 1\nvalid-for 365d\nfield level text required one-of basic,full\n'
CKT = r'ckt:[A-Za-z0-9_-]{43}'


def found(said, *wanted):
    for text in wanted:
        check(re.search(text, said, re.S), f'expected {text}; found\n{said}')


class People(World):
    def attest(self, name, about, home='home', expect=(0,)):
        done = self.cairn('attest', f'{name}-kyc', 'level=full', '--about', about, '--issuer', name, '--out',
                          f'{about}.cairn', home=home, expect=expect)
        return re.search(r'@\d+|key-not-listed', done.stdout + done.stderr).group(0)

    def new(self, name):
        """An issuer with a schema and an attestation, all in this folder; gives its ckt and where it is registered."""
        ckt = self.issuer(name)
        (self.folder / 'schema').write_text(SCHEMA.replace('kyc', f'{name}-kyc'))
        self.cairn('schema', 'publish', 'schema', '--yes', '--issuer', name)
        at = re.search(r'@\d+', self.cairn('issuer', 'register', name).stdout).group(0)
        return ckt, at

    def steal(self, name, to):
        """All but the recovery key, which was locked away."""
        self.copy('home', to)
        (self.folder / to / f'{name}.recovery').unlink()

    def show(self, who, home='home'):
        return self.cairn('issuer', 'show', who, home=home).stdout

    def names(self, name, home='home'):
        """Its files without what differs."""
        files = (self.folder / home).iterdir()
        return sorted(re.sub(r'-[A-Za-z0-9_-]{8}$', '-…', f.name) for f in files if f.name.startswith(f'{name}.'))

    def ckt_of(self, file):
        return re.search(rf'public +({CKT})', (self.folder / file).read_text()).group(1)

    def judged(self, name, ckt, verdicts):
        """What a reader says to each position, who believes the issuer by the name of its first key."""
        self.cairn('trust', 'log', self.log.url, '--key', self.key, '--yes', home=f'reader-of-{name}')
        self.cairn('trust', 'issuer', ckt, '--for', 'any', '--as', name, '--yes', home=f'reader-of-{name}')
        for at, verdict in verdicts:
            file = self.folder / f'{name}{at}.cairn'
            self.cairn('get', at, '--out', file, home='reader')
            said = self.cairn('verify', file, home=f'reader-of-{name}', expect=(0 if verdict == 'valid' else 1,))
            check(said.stdout.split()[0] == verdict, f'{at}: expected {verdict}; found {said.stdout}')

    def size(self):
        return get_json(self.log.url + '/health')['size']


def files_are_private(w, *files):
    for file in files:
        for f in (w.folder / 'home').glob(file):
            check(stat.S_IMODE(f.stat().st_mode) == 0o600, f'{f} may be read by others')


def thief_was_slow(w):
    """The thief attests; the issuer rotates, and cuts the old key where the theft was."""
    ckt, _ = w.new('acme')
    early = w.attest('acme', 'early')
    w.steal('acme', 'thief')
    bad, worse = w.attest('acme', 'forgery', home='thief'), w.attest('acme', 'another', home='thief')
    before = w.size()
    said = w.unasked('issuer', 'rotate', 'acme', '--stolen-since', bad)
    found(said.stdout + said.stderr, r'Replace it by a new key\? It is final\.\n.*add --yes')
    w.ask('issuer', 'rotate', 'acme', say='n', expect=(1,))
    check(w.size() == before and 'acme.key.next' not in w.names('acme'), 'no was taken for yes')

    said = w.ask('issuer', 'rotate', 'acme', '--stolen-since', bad)
    found(said, rf'^who   {ckt}, calling itself "Acme Ltd"\n'
                rf'key   {ckt} signs now\n      what it attested from {bad} on will count for nothing\n'
                r'Replace it by a new key\? It is final\. \[y/N\] y\n'
                rf'ok    acme signs with {CKT} from @\d+ on\n'
                r'made  home/acme\.key: what signs from now on\nkept  home/acme\.key\.stolen-\S{8}\n$')
    check(w.names('acme') == ['acme.attested', 'acme.key', 'acme.key.stolen-…', 'acme.made', 'acme.recovery',
                              'acme.statement'],
          w.names('acme'))
    files_are_private(w, 'acme.key*')
    now = w.ckt_of('home/acme.key')
    check(re.search(CKT, said[said.index('ok '):]).group(0) == now != ckt, 'not the key that was made')

    late = w.attest('acme', 'late')
    w.cairn('revoke', w.attest('acme', 'wrong'), '--reason', 'issued-in-error', '--yes', '--issuer', 'acme')
    w.cairn('revoke', bad, '--reason', 'key-compromise', '--yes', '--issuer', 'acme')
    check(w.attest('acme', 'again', home='thief', expect=(1,)) == 'key-not-listed', 'the old key still signs')
    said = w.unasked('issuer', 'rotate', 'acme', home='thief')
    found(said.stdout + said.stderr, 'change of keys, not made in this folder',
          rf'expected {ckt} among the keys of this issuer; found others since @\d+')
    found(w.show('acme'), rf'^{ckt}, calling itself "Acme Ltd"\n@\d+ +first statement\n *adds +{ckt} attests, '
          rf'revokes, changes keys\n *name +"Acme Ltd"\n *commits {CKT} for recovery\n'
          rf'@\d+ +change of keys\n *adds +{now} .*removes {ckt}\n *cuts +{ckt} from {bad} on\n'
          rf'ended   {ckt} · attests nothing from {bad} on\nnow     {now} .* · acme\.key\n$')
    w.judged('acme', ckt, [(early, 'valid'), (bad, 'key-void'), (worse, 'key-void'), (late, 'valid')])


def thief_was_faster(w):
    """The thief rotates the issuer out. What the tool advises then is typed as it stands."""
    ckt, first = w.new('globex')
    good = w.attest('globex', 'good')
    w.steal('globex', 'thief2')
    thief = re.search(rf'signs with ({CKT})', w.ask('issuer', 'rotate', 'globex', home='thief2')).group(1)
    forged = w.attest('globex', 'forged', home='thief2')
    check(w.attest('globex', 'mine', expect=(1,)) == 'key-not-listed', 'the thief is not in')

    refused = w.unasked('issuer', 'rotate', 'globex')
    found(refused.stderr, rf'expected {ckt} among the keys of this issuer; found others since @\d+\n')
    advice = re.search(r'if it was not you: cairn (issuer recover .*)\n', refused.stderr).group(1)
    check(advice == f'issuer recover globex globex.recovery --back-to {first}', advice)
    saved = w.folder / 'globex.recovery'
    shutil.move(w.folder / 'home/globex.recovery', saved)

    said = w.unasked(*advice.split())
    found(said.stderr, r'Begin again with a new key and a new recovery key\? It is final\.\n.*add --yes')
    said = w.ask(*advice.split(), '--stolen-since', forged)
    found(said, rf'back  to what was so at {first}; what came after it is dropped, and its keys end:\n'
                rf'@\d+ +change of keys, not made in this folder\n *adds +{thief} .*\n *removes {ckt}\n'
                rf'end   {ckt}\n      what it attested from {forged} on will count for nothing\n',
          rf'ok    globex signs with {CKT} from @\d+ on\n'
          r'made  home/globex\.key: what signs from now on\nkept  home/globex\.key\.stolen-\S{8}\n'
          r'made  home/globex\.recovery: print it, lock it away, delete it here\n'
          r'spent globex\.recovery: it can do nothing more\n$')
    check(w.names('globex') == ['globex.attested', 'globex.key', 'globex.key.stolen-…', 'globex.made',
                                'globex.recovery', 'globex.statement'], w.names('globex'))
    files_are_private(w, 'globex.key*', 'globex.recovery')
    w.attest('globex', 'mine')
    check(w.attest('globex', 'more', home='thief2', expect=(1,)) == 'key-not-listed', 'the thief is still in')
    now = w.ckt_of('home/globex.key')
    found(w.show('globex'), rf'@\d+ +change of keys, dropped by a later recovery, not made in this folder',
          rf'@\d+ +recovery, back to {first}\n', rf'ended   {ckt} · attests nothing from {forged} on',
          rf'ended   {thief} · attests nothing from @\d+ on', rf'now     {now} ')
    # Somebody else sees the same, without a folder of the issuer's.
    check('not made' not in w.show(ckt, home='reader'), 'a reader made nothing')
    found(w.show(ckt, home='reader'), rf'now     {now} attests, revokes, changes keys\n$')

    refused = w.unasked('issuer', 'recover', 'globex', 'globex.recovery')
    found(refused.stderr, 'globex.recovery: bad-recovery.*found a key that is not committed, or spent already')
    check(w.ckt_of('home/globex.recovery') != w.ckt_of('globex.recovery'), 'the recovery key is the same')
    w.judged('globex', ckt, [(good, 'valid'), (forged, 'key-void'), (w.attest('globex', 'last'), 'valid')])


def what_is_used_up_is_not_used(w):
    """Keys on their way that cannot be listed or committed any more: another takes their place."""
    shutil.copy(w.folder / 'thief2/globex.key', w.folder / 'home/globex.key.next')
    shutil.copy(w.folder / 'globex.recovery', w.folder / 'home/globex.recovery.next')
    w.ask('issuer', 'rotate', 'globex')
    shutil.copy(w.folder / 'thief2/globex.key', w.folder / 'home/globex.key.next')
    shutil.copy(w.folder / 'home/globex.recovery', w.folder / 'globex.recovery')
    w.ask('issuer', 'recover', 'globex', 'globex.recovery')
    check({f'globex.{what}.next.retired-…' for what in ('key', 'recovery')} < set(w.names('globex')), 'not set aside')
    w.attest('globex', 'after')


def thief_added_a_key(w):
    """The thief lists a second key and leaves the first alone: it is seen, and cut; so is an old key, later, lower."""
    ckt, first = w.new('umbrella')
    w.steal('umbrella', 'thief3')
    statement, thief = added(w, 'umbrella')
    answer = post(w.log.url, statement, wait=30)
    check(answer.status == 201, answer)
    said = w.ask('issuer', 'cut', 'umbrella', thief, '--stolen-since', '@4')
    found(said, rf'@\d+ +change of keys, not made in this folder\n *adds +{thief} attests, changes keys\n'
                rf'  if it was not you: cairn issuer recover umbrella umbrella.recovery --back-to {first}\n'
                rf'key   {thief} signs now\n      what it attested from @4 on will count for nothing\n'
                r'Cut it\? It is final\. \[y/N\] y\nok    cut at @\d+\n$')
    found(w.show('umbrella'), rf'ended   {thief} · attests nothing from @4 on', rf'now     {ckt} ')
    w.ask('issuer', 'rotate', 'umbrella')
    found(w.show('umbrella'), rf'ended   {ckt}\n')
    said = w.ask('issuer', 'cut', 'umbrella', ckt)
    found(said, rf'key   {ckt} signs no more\n      what it attests from now on')
    w.ask('issuer', 'cut', 'umbrella', ckt, '--stolen-since', '@9')
    found(w.show('umbrella'), rf'ended   {ckt} · attests nothing from @9 on')
    refused = w.unasked('issuer', 'cut', 'umbrella', ckt, '--stolen-since', '@10', '--yes')
    found(refused.stderr, 'bad-cut.*each lower than the one before')
    refused = w.unasked('issuer', 'cut', 'umbrella', w.ckt_of('home/umbrella.key'), expect=(2,))
    found(refused.stderr, 'cairn issuer rotate umbrella --stolen-since @POSITION')
    refused = w.unasked('issuer', 'cut', 'umbrella', 'ckt:' + 'A' * 43)
    found(refused.stderr, 'bad-cut.*found a key that this issuer never listed')


def added(w, name):
    """What a thief signs with a copy of the key: the same set and one key more. The tool makes no such statement."""
    seed, other = pieces.seed_of((w.folder / 'home' / f'{name}.key').read_bytes()), os.urandom(32)
    first = pieces.unarmour((w.folder / 'home' / f'{name}.statement').read_bytes())
    p = pieces.decode(pieces.decode(first)[2])
    keys = p[3] + [{1: {1: 1, -1: 6, -2: pieces.public_of(other)}, 2: 5}]
    keys.sort(key=lambda k: pieces.kid_of(k[1][-2]))
    p = {1: 1, 2: pieces.sha(first), 3: keys, 4: [], 5: p[5], 6: p[6], 7: p[7]}
    kid = base64.urlsafe_b64encode(pieces.kid_of(pieces.public_of(other))).decode().rstrip('=')
    return pieces.issuer(seed, ORIGIN, p), f'ckt:{kid}'


def machine_is_gone(w):
    """Only the recovery file is left, and two rotations were made: which of them are one's own, a new folder cannot
    know."""
    w.new('initech')
    shutil.copy(w.folder / 'home/initech.recovery', w.folder / 'paper')
    w.ask('issuer', 'rotate', 'initech')
    own = re.search(r'signs with \S+ from (@\d+)', w.ask('issuer', 'rotate', 'initech')).group(1)
    w.know_log(w.log.url, w.key, home='fresh')
    refused = w.unasked('issuer', 'recover', 'initech', 'paper', home='fresh', expect=(2,))
    found(refused.stdout, r'@\d+ +first statement.*@\d+ +change of keys.*@\d+ +change of keys')
    found(refused.stderr, r"and the last statement that is initech's own: @\d+ @\d+ @\d+; found none")
    refused = w.unasked('issuer', 'recover', 'initech', 'paper', '--back-to', '@1', home='fresh', expect=(2,))
    found(refused.stderr, r'; found @1\n')
    said = w.ask('issuer', 'recover', 'initech', 'paper', '--back-to', own, '--stolen-since', home='fresh')
    found(said, rf'back  to what was so at {own}; nothing came after it\n'
                rf'end   {CKT}\n      what it attests from now on will count for nothing\n')
    check(w.names('initech', 'fresh') == [f'initech.{what}' for what in ('key', 'made', 'recovery')], 'other files')
    # What the recovery looked through is not brought up again.
    said = w.ask('issuer', 'rotate', 'initech', home='fresh')
    check('not made' not in said, said)


def what_is_wrong_is_said(w):
    w.new('hooli')
    (w.folder / 'open').write_bytes((w.folder / 'home/hooli.recovery').read_bytes())
    (w.folder / 'open').chmod(0o644)
    recovery = 'home/hooli.recovery'
    before = w.size()
    for code, wanted, *words in (
            (2, 'usage: cairn issuer rotate NAME', 'rotate'),
            (2, 'there is no issuer nobody here', 'rotate', 'nobody'),
            (2, 'expected a name of', 'rotate', '../hooli'),
            (2, 'usage: cairn issuer rotate', 'rotate', 'hooli', '--stolen-since', '7'),
            (2, '--stolen-since: bad-number.*found @x', 'rotate', 'hooli', '--stolen-since', '@x'),
            (1, r'--stolen-since: expected a position that is not ahead: the log has \d+ statements; found @99999',
             'rotate', 'hooli', '--stolen-since', '@99999', '--yes'),
            (1, 'not ahead', 'recover', 'hooli', recovery, '--stolen-since', '@99999', '--yes'),
            (1, 'not ahead', 'cut', 'hooli', 'ckt:' + 'A' * 43, '--stolen-since', '@99999', '--yes'),
            (2, 'expected ckt: and 43 characters, as cairn issuer show prints a key; found foo', 'cut', 'hooli', 'foo'),
            (2, 'usage: cairn issuer recover', 'recover', 'hooli'),
            (2, 'no-file', 'recover', 'hooli', 'none'),
            (2, 'not-private', 'recover', 'hooli', 'open'),
            (2, "expected a recovery key; found an issuer's key", 'recover', 'hooli', 'home/hooli.key'),
            (2, 'expected a recovery key; found evidence', 'recover', 'hooli', 'early.cairn'),
            (1, 'recovery key of another issuer', 'recover', 'hooli', 'home/acme.recovery'),
            (2, '--back-to: bad-number', 'recover', 'hooli', recovery, '--back-to', '@'),
            (2, 'expected --back-to', 'recover', 'hooli', recovery, '--back-to', '@3'),
            (1, 'there is no terminal', 'recover', 'hooli', recovery),
            (1, 'unregistered.*found no statement of it', 'show', 'nobody'),
            (1, 'unregistered.*found no statement of it', 'show', 'ckt:' + 'A' * 43),
            (2, 'cairn issuer show.rotate.cut.recover', 'nonsense')):
        done = w.unasked('issuer', *words, expect=(code,))
        found(done.stdout + done.stderr, wanted)
    check(w.size() == before, 'something was sent')
    check('hooli.key.next' not in w.names('hooli'), w.names('hooli'))


def what_was_begun_goes_on_as_it_was_begun(w):
    """The log cannot be reached: the hint names the whole command, and the plain one makes the same statement."""
    since = w.attest('hooli', 'x')
    more = [w.attest('hooli', f'x{n}') for n in range(9)]
    w.know_log(w.proxy(w.log.url, refuse_posts=True).url, w.key, 'away')
    w.cairn('issuer', 'rotate', 'hooli', '--stolen-since', since, '--yes', '--log', 'away', expect=(3,))
    next((w.folder / 'home/outbox').iterdir()).unlink()
    done = w.unasked('attest', 'hooli-kyc', 'level=full', '--about', 'y', '--issuer', 'hooli', '--log', 'log',
                     expect=(0,))
    found(done.stderr, 'note  new keys of hooli were begun and are not in their place. This goes on: '
          f'cairn issuer rotate hooli --stolen-since {since}\n')
    said = w.ask('issuer', 'rotate', 'hooli', '--log', 'log')
    found(said, f'note  what was begun goes on: cairn issuer rotate hooli --stolen-since {since}\n',
          f'what it attested from {since} on will count for nothing\n'
          f'      11 of those were made in this folder: {since} {" ".join(more[:7])} and 3 more\n')
    found(w.show(w.ckt_of(next((w.folder / 'home').glob('hooli.key.stolen-*'))), home='reader'),
          f'attests nothing from {since} on')
    check(not {'hooli.key.next', 'hooli.begun'} & set(w.names('hooli')), w.names('hooli'))


def what_the_log_refuses_leaves_nothing_begun(w):
    """Whether it refused is the log's word: the key is set aside, not deleted."""
    no = w.proxy(w.log.url)
    passed = no.forward
    no.forward = lambda method, *rest: Answer(409, {'Cairn-Reason': 'bad-chain'}, b'') if method == 'POST' \
        else passed(method, *rest)
    w.know_log(no.url, w.key, 'no')
    done = w.cairn('issuer', 'rotate', 'wayne', '--yes', '--log', 'no', expect=(1,))
    found(done.stderr, r'bad-chain.*\n  set aside: home/wayne\.key\.next\.refused-\S{8}\n$')
    check(not {'wayne.key.next', 'wayne.begun'} & set(w.names('wayne')), w.names('wayne'))
    (w.folder / 'home/logs/no.policy').unlink()


def the_spent_key_is_named_where_it_lies(w):
    w.new('wayne')
    spent = w.ckt_of('home/wayne.recovery')
    said = w.ask('issuer', 'recover', 'wayne', 'home/wayne.recovery', '--log', 'log')
    file = re.search(r'made  home/wayne\.recovery: .*\nspent (home/wayne\.recovery\.spent-\S{8}): it can do nothing '
                     r'more\n$', said).group(1)
    check(w.ckt_of(file) == spent != w.ckt_of('home/wayne.recovery'), 'the new key is called spent')


def main():
    with People('stolen') as w:
        w.key = w.make_log(ORIGIN)
        w.configure('interval 20ms')
        w.log = w.serve_log()
        rest(w.log)
        for home in ('home', 'reader'):
            w.know_log(w.log.url, w.key, home=home)
        thief_was_slow(w)
        thief_was_faster(w)
        what_is_used_up_is_not_used(w)
        thief_added_a_key(w)
        machine_is_gone(w)
        found(w.show(ORIGIN, home='reader'), f'^{ORIGIN}.*\n@0 +first statement\n',
              f'now +{CKT} changes keys, sets rules\n', f'now +{CKT} signs checkpoints\n')
        what_is_wrong_is_said(w)
        the_spent_key_is_named_where_it_lies(w)
        what_the_log_refuses_leaves_nothing_begun(w)
        what_was_begun_goes_on_as_it_was_begun(w)
        w.log.stop()
    print('ok: four thefts, four ways back')


main()
