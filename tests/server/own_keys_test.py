#!/usr/bin/env python3
"""A log changes its own online keys while it serves: whoever knows only the old key goes on until it is cut, files of
all times keep their verdicts, a crash at any moment ends in the same state, and no change leaves it without a key."""
import base64
import os
import pathlib
import re
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2],
                                'tests/tools'))
from running import BIN, Wrong, World, check, get, get_json, post, rest, root_of, state_file, until  # noqa: E402

ORIGIN = 'log.example.org/keys'
TRIES = 8
SCHEMA = 'schema kyc 1\nvalid-for 365d\nfield level text required\n'


def found(said, *wanted):
    for text in wanted:
        check(re.search(text, said, re.S), f'expected {text}; found\n{said}')


def key_ids(note):
    """The first bytes of each line of the log's, as a vkey has them."""
    lines = [line.split(' ') for line in note.decode().split('\n\n', 1)[1].splitlines()]
    return [base64.b64decode(blob)[:4].hex() for _, name, blob in lines if name == ORIGIN]


def id_of(vkey):
    return vkey.split('+')[1]


class Keys(World):
    """A log whose quorum is a witness, an issuer, and whoever follows them."""

    def __enter__(self):
        self.first = self.make_log(ORIGIN)
        witness_key = self.make_witness(self.first)
        self.witness = self.serve_witness()
        self.configure(f'witness w {witness_key} {self.witness.url}', 'quorum w', 'interval 20ms')
        self.log = self.serve_log()
        rest(self.log)
        for home in ('home', 'reader'):
            self.know_log(self.log.url, self.first, home=home)
        self.ckt = self.issuer()
        self.schema(SCHEMA)
        self.evidence('first')
        return self

    # ---- people ----

    def evidence(self, name):
        self.cairn('attest', 'kyc', 'level=full', '--about', 'new', '--out', name)

    def line(self, folder='log'):
        """What cairnd key prints, as words; and the file that it made."""
        said = self.run(BIN / 'cairnd', 'key', folder).stdout
        words = re.search(r'cairn log rotate (\S+) (\S+) --key operator.key', said).groups()
        name = f'log-{id_of(words[0])}.key'
        path = self.folder / folder / name
        check(path.stat().st_mode & 0o777 == 0o600 and words[0] in path.read_text(), f'{name} is not as it should be')
        found(said, f'^made  {folder}/{name} 0600')
        return words

    def only_key(self, words):
        """A folder has room for 16."""
        for path in (self.folder / 'log').glob('log-*.key'):
            if id_of(words[0]) not in path.name:
                path.unlink()

    def rotate(self, words, *more, expect=(0,)):
        return self.cairn('log', 'rotate', *words, '--key', 'operator.key', '--yes', *more, expect=expect)

    def tell_witness(self, key, *more):
        said = self.run(BIN / 'cairn-witness', 'follow', 'witness', self.log.url, '--key', key, '--yes', *more).stdout
        def read():
            return self.witness.out.read_text().count('read again')

        before = read()
        self.witness.process.send_signal(signal.SIGHUP)
        until('the witness reads its lines', lambda: read() > before)
        return said

    def seen(self):
        state = (self.folder / 'witness' / state_file(ORIGIN)).read_text()
        return int(re.search(r'(?m)^size (\d+)$', state).group(1))

    def verdict(self, name, *keys):
        """The exit code and the first word of what is said."""
        lines = [f'log {key} {self.log.url}' for key in keys] + ['quorum none', f'issuer acme {self.ckt} for any', '']
        (self.folder / 'trust').write_text('\n'.join(lines))
        done = self.cairn('verify', name, '--trust', 'trust', expect=(0, 1, 3))
        return done.returncode, done.stdout.split()[0].lower()

    def restart(self):
        self.log.stop()
        self.serve_again()

    def serve_again(self):
        self.log = self.serve([BIN / 'cairnd', 'serve', 'log', '--listen', f'127.0.0.1:{self.log.port()}'], 'log')
        rest(self.log)

    def signed_by(self, *keys):
        note = self.log.checkpoint()
        wanted = [id_of(key) for key in keys]
        check(key_ids(note) == wanted, f'{wanted} did not sign\n{note.decode()}')


# ---- the scenes ----


def no_change_leaves_it_without_a_key(w):
    """A line of keys that the server does not have, and half of one."""
    size = w.log.health()['size']
    checkpoint, seal = w.line()
    path = w.folder / 'log' / f'log-{id_of(checkpoint)}.key'
    path.rename(w.folder / 'away')
    said = w.rotate((checkpoint, seal), expect=(1,)).stderr
    found(said, 'key-not-held', r'found a set of which this server has no key of seals and receipts \(8\)',
          'cairnd key DIR makes the next keys')
    (w.folder / 'away').rename(path)
    other_checkpoint, other_seal = w.line()
    (w.folder / 'log' / f'log-{id_of(other_checkpoint)}.key').unlink()
    found(w.rotate((other_checkpoint, seal), expect=(1,)).stderr, r'has no checkpoint key \(32\)')
    found(w.rotate((checkpoint, other_seal), expect=(1,)).stderr, r'has no key of seals and receipts \(8\)')
    path.chmod(0o644)
    found(w.rotate((checkpoint, seal), expect=(1,)).stderr, f'key-not-held.*not-private {path.name}')
    path.unlink()
    for words, code, wanted in (((seal, checkpoint), 2, 'bad-vkey'), ((checkpoint,), 2, 'usage: cairn log rotate'),
                                ((checkpoint, seal, '--key', 'operator.recovery'), 2, 'wrong-kind')):
        done = w.unasked('log', 'rotate', *words, *(() if '--key' in words else ('--key', 'operator.key')),
                         expect=(code,))
        found(done.stdout + done.stderr, wanted)
    check(w.log.health()['size'] == size, 'something was added')
    w.signed_by(w.first)


def old_key_goes_on(w):
    """Witness and reader know only the old key; the new one signs all the same."""
    before = get(w.log.url + '/.well-known/scitt-keys').body
    w.second = w.line()
    asked = w.unasked('log', 'rotate', *w.second, '--key', 'operator.key')
    found(asked.stdout + asked.stderr, f'^was +{re.escape(w.first)} signs checkpoints|\nwas +{re.escape(w.first)}',
          f'new +{re.escape(w.second[0])} signs checkpoints', 'It is final.*add --yes')
    said = w.rotate(w.second).stdout
    found(said, r'ok    in force from @\d+ on', 'signed by the key of before too',
          f'cairn-witness follow DIR {w.log.url} --key {re.escape(w.second[0])}\n')
    check(w.second[0] in (w.folder / 'home/logs/log.policy').read_text(), 'the operator knows the old key still')
    size = root_of(w.log.checkpoint())[0]
    until('the witness goes on', lambda: w.seen() >= size)
    w.signed_by(w.second[0], w.first)
    about = get_json(w.log.url + '/log')
    check(about['vkey'] == w.second[0] and about['vkeys'] == [w.second[0], w.first], about)
    found(w.rotate(w.second).stdout, r'^already in force since @\d+, nothing added')
    keys = get(w.log.url + '/.well-known/scitt-keys').body
    check(len(keys) > len(before) and before[1:] in keys, 'the old receipt key is not listed any more')
    w.evidence('second')
    w.cairn('get', '@0', '--out', 'genesis', home='reader')
    (w.folder / 'both').write_text(f'log {w.first} {w.log.url}\nquorum none\n')
    w.cairn('trust', 'log', w.log.url, '--key', w.second[0], '--yes', '--trust', 'both')
    check((w.folder / 'both').read_text().count(f'{ORIGIN}+') == 2, 'the reader has not both keys')
    found(w.log.said(), f'checkpoints are signed by {re.escape(w.second[0])}, and by the keys of before')


def start_says_which_keys(w):
    w.restart()
    new = f'log-{id_of(w.second[0])}.key'
    found(w.log.out.read_text(), f'{new} +signs\n', 'log.key +signs checkpoints too')
    w.line()
    w.restart()
    found(w.log.out.read_text(), 'log-.{8}.key +signs nothing until cairn log rotate lists it')
    w.signed_by(w.second[0], w.first)
    w.log.stop()
    w.copy('log', 'old')
    w.serve_again()


def stolen_keys_are_cut(w):
    w.third = w.line()
    found(w.tell_witness(w.third[0]), 'the log does not sign with this key yet', 'both will be trusted',
          '--replace: only this one')
    asked = w.unasked('log', 'rotate', *w.third, '--stolen', '--key', 'operator.key')
    check(asked.stdout.count('\ncut   ckt:') == 4, asked.stdout)
    found(asked.stdout, '1 witness must know the new key first')
    seen = w.seen()
    said = w.rotate(w.third, '--stolen').stdout
    found(said, 'what it signs counts for nothing',
          f'trust.cairn still believes a thief.*\n +stolen +{re.escape(w.second[0])}\n',
          f'\n +stolen +{re.escape(w.first)}\n', '--replace\n.*cairn verify FILE --refresh --out NEW.*--replace\n$')
    check(said.count(' stolen ') == 2, said)
    w.signed_by(w.third[0])
    check(w.seen() > seen, 'the witness stays behind')
    keys = get(w.log.url + '/.well-known/scitt-keys').body
    check(keys[0] == 0x81, 'a key that was cut is listed still')
    w.evidence('third')
    found(w.cairn('get', '@0', '--out', 'genesis2', home='reader', expect=(1,)).stderr, 'not-signed')
    w.cairn('log', 'add', w.log.url, '--key', w.third[0], '--name', 'log', '--yes', home='reader')
    w.cairn('get', '@0', '--out', 'genesis2', home='reader')


def witness_replaces_the_key(w):
    """And keeps what it saw."""
    found(w.tell_witness(w.third[0], '--replace'), 'will not be trusted any more; what I saw of it stays')
    conf = (w.folder / 'witness/witness.conf').read_text()
    check([line for line in conf.splitlines() if line.startswith('log ')] == [f'log {w.third[0]} {w.log.url}'], conf)
    found(w.tell_witness(w.third[0], '--replace'), 'already followed; nothing changes')
    seen = w.seen()
    w.evidence('fourth')
    check(w.seen() > seen, 'the witness stays behind')


def files_keep_their_verdicts(w):
    valid, untrusted = (0, 'valid'), (3, 'untrusted')
    wanted = {'first': (valid, untrusted, untrusted), 'second': (valid, valid, untrusted),
              'third': (untrusted, untrusted, valid), 'fourth': (untrusted, untrusted, valid)}
    for name, verdicts in wanted.items():
        for key, verdict in zip((w.first, w.second[0], w.third[0]), verdicts):
            check(w.verdict(name, key) == verdict, f'{name} under {key}: {w.verdict(name, key)}, expected {verdict}')
        check(w.verdict(name, w.first, w.second[0], w.third[0]) == valid, f'{name} under all keys')


def files_from_before_are_refreshed(w):
    """By whoever believes the old key, under which they were made, and the new one, which alone signs now."""
    def refresh(name, *keys, expect):
        w.verdict(name, *keys)
        out = () if expect else ('--out', f'fresh-{name}', '--yes')
        return w.cairn('verify', name, '--trust', 'trust', '--refresh', *out, expect=(expect,))

    for name in ('first', 'second'):
        found(refresh(name, w.first, w.second[0], expect=1).stderr, 'not-signed')
        for keys in ((w.first, w.second[0], w.third[0]), (w.third[0], w.second[0], w.first)):
            found(refresh(name, *keys, expect=0).stdout, f'^valid.*wrote fresh-{name}')
            check(w.verdict(f'fresh-{name}', w.third[0]) == (0, 'valid'), f'{name} is not under the new key')


def reader_replaces_the_key(w):
    """Where it stood: an issuer may be believed on a log that is listed above."""
    lines = ['# mine', *(f'log {key} {w.log.url}' for key in (w.first, w.second[0])), 'quorum none',
             f'issuer acme {w.ckt} for any on {ORIGIN}', '# end', '']
    trust, words = w.folder / 'replaced', ('trust', 'log', w.log.url, '--trust', 'replaced')
    trust.write_text('\n'.join(lines))
    words += '--key', w.third[0], '--yes'
    found(w.cairn(*words).stdout, f'too +{re.escape(w.first)}\n', '--replace: only by this one')
    said = w.cairn(*words, '--replace').stdout
    found(said, *(f'out +{re.escape(key)}: not believed any more' for key in (w.first, w.second[0])), ': 1 log, ')
    wanted = [lines[0], f'log {w.third[0]} {w.log.url}', *lines[3:]]
    check(trust.read_text().splitlines() == wanted[:-1], trust.read_text())
    found(w.cairn(*words, '--replace').stdout, 'already believed')
    for name, code in (('second', 3), ('fresh-second', 0), ('third', 0)):
        w.cairn('verify', name, '--trust', 'replaced', expect=(code,))


def old_copy_does_not_write(w):
    """The witness knows no key of it any more; and newer statements than keys sign nothing."""
    size = w.log.health()['size']
    attested = get(w.log.url + f'/statements/@{size - 2}').body  # before the newest seal, and not in the copy
    copy = w.serve_log('old')
    until('the witness is asked', lambda: 'refuses (status 403)' in copy.said())
    answer = post(copy.url, attested)
    check(answer.status == 503 and answer.reason in ('starting', 'rolled-back', 'forked'), answer)
    check(copy.health()['published'] < w.log.health()['published'], 'it published')
    copy.stop()
    w.log.stop()
    new = w.folder / 'log' / f'log-{id_of(w.third[0])}.key'
    new.rename(w.folder / 'away')
    said = w.run(BIN / 'cairnd', 'serve', 'log', expect=(1, 2, 3)).stderr
    found(said, 'key-not-held', 'this server has no key')
    (w.folder / 'away').rename(new)
    w.serve_again()


def spent_files_are_named(w):
    said = w.log.out.read_text()
    spent = re.findall(r'(?m)^(log\S*\.key) +is spent: it signs nothing any more, delete it$', said)
    check(sorted(spent) == sorted(['log.key', f'log-{id_of(w.second[0])}.key']), said)
    for name in spent:
        (w.folder / 'log' / name).unlink()
    w.restart()
    w.signed_by(w.third[0])


def changes(w):
    """How many there were, once all is as it should be."""
    shown = w.cairn('issuer', 'show', ORIGIN).stdout
    listed = re.findall(r'(?m)^now     ckt:\S+ (.*)$', shown)
    check(sorted(listed) == ['changes keys, sets rules', 'seals', 'signs checkpoints'], shown)
    return len(re.findall('change of keys', shown))


def killed_at(w, stage):
    """While the keys change. The same command goes on, and what comes of it is the same. Gives whether it was killed
    then: a moment that lasts a millisecond may be missed."""
    before, words = changes(w), w.line()
    w.tell_witness(words[0])
    state = w.folder / 'witness' / state_file(ORIGIN)
    strike = subprocess.Popen([BIN / 'cairn-strike', 'kill', 'log', str(w.log.process.pid), stage, '--witness', state],
                              cwd=w.folder)
    w.rotate(words, '--stolen', expect=(0, 1, 3))
    in_time = strike.wait(30) == 0
    w.log.process.wait()
    w.serve_again()
    w.rotate(words, '--stolen')
    rest(w.log)
    w.signed_by(words[0])
    check(changes(w) == before + 1, f'{changes(w) - before} changes')
    name = f'{stage}-{before}'
    w.evidence(name)
    check(w.verdict(name, words[0]) == (0, 'valid'), f'a file made after a kill when {stage}')
    w.only_key(words)
    return in_time


def same_line_cuts_later(w):
    """What lay beside it turns out to be stolen after the keys were changed."""
    words = w.line()
    w.tell_witness(words[0])
    w.rotate(words)
    check(len(key_ids(w.log.checkpoint())) == 2, w.log.checkpoint())
    found(w.rotate(words, '--stolen').stdout, r'ok    in force from @\d+ on', '--replace')
    w.signed_by(words[0])
    found(w.rotate(words, '--stolen').stdout, '^already in force since @')


def more_than_one_line_cuts(w):
    """What does not fit in one statement is said, and the same line goes on."""
    for _ in range(9):
        words = w.line()
        w.tell_witness(words[0], '--replace')
        w.rotate(words)
        w.only_key(words)
    said = w.rotate(words, '--stolen').stdout
    check(said.count('\ncut   ckt:') == 16, said)
    found(said, 'note  not cut yet of the keys of before: 2, .*Run the same line again')
    said = w.rotate(words, '--stolen').stdout
    check(said.count('\ncut   ckt:') == 2 and 'not cut yet' not in said, said)
    found(w.rotate(words, '--stolen').stdout, '^already in force since @')
    w.signed_by(words[0])


def kills_change_nothing(w):
    for stage in ('committed', 'sealed', 'cosigned', 'published'):
        check(any(killed_at(w, stage) for _ in range(TRIES)), f'it was never killed when {stage}')


SCENES = [no_change_leaves_it_without_a_key, old_key_goes_on, start_says_which_keys, stolen_keys_are_cut,
          witness_replaces_the_key, files_keep_their_verdicts, files_from_before_are_refreshed,
          reader_replaces_the_key, old_copy_does_not_write, spent_files_are_named, same_line_cuts_later,
          kills_change_nothing, more_than_one_line_cuts]


def main():
    with Keys('own-keys') as w:
        for scene in SCENES:
            scene(w)
            print(f'ok: {scene.__name__}', flush=True)
        w.log.stop()
        found(w.run(BIN / 'cairnd', 'fsck', 'log').stdout, '^ok    every statement')


main()
