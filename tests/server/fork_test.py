#!/usr/bin/env python3
"""A copy of a log is not the log: of two that run with one key only that one goes on whose witness saw it first.

Also: a backup that was put back accepts nothing, by the witness's word or by the file last-signed alone; a witness that
forgot everything halts nobody; and while no witness answers, revocations are taken and attestations wait.

Every scene begins with a copy of the same log at rest, and of its one witness."""
import os
import pathlib
import re
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2],
                                'tests/tools'))
from running import World, check, get, post, rest, root_of, signed_part, state_file, until  # noqa: E402

ORIGIN = 'log.example.org/fork'
SCHEMA = 'schema kyc 1\nvalid-for 365d\nfield level text required one-of basic,full\n'
ADD = '/add-checkpoint'
SPARE = 12


class Fork(World):
    """A log whose quorum is one witness, an issuer, and statements of that issuer that nobody has been sent yet."""

    def set_up(self):
        self.key = self.make_log(ORIGIN, 'log')
        self.witness_key = self.make_witness(self.key)
        self.copy('witness', 'empty')
        witness = self.serve_witness()
        self.configure(f'witness w {self.witness_key} {witness.url}', 'quorum w', 'interval 20ms')
        log = self.serve_log()
        rest(log)
        self.know_log(log.url, self.key)
        self.know_log(self.proxy(log.url, refuse_posts=True).url, self.key, 'draft')
        self.issuer()
        self.schema(SCHEMA)
        done = self.cairn('attest', 'kyc', 'level=full', '--about', 'first', '--log', 'log')
        self.target = re.search(r'@\d+', done.stdout).group(0)
        self.revocation, _ = self.draft('revoke', self.target, '--reason', 'issued-in-error', '--yes')
        self.spare = [self.draft('attest', 'kyc', 'level=full', '--about', 'new')[0] for _ in range(SPARE)]
        rest(log)
        self.copied = log.checkpoint()
        self.size = root_of(self.copied)[0]
        log.stop()
        witness.stop()

    def fresh_witness(self, folder, of='witness'):
        self.copy(of, folder)
        return self.serve_witness(folder)

    def copied_log(self, folder, witness_url, of='log'):
        """A copy whose witness is behind a proxy that sees what it answers."""
        self.copy(of, folder)
        proxy = self.proxy(witness_url)
        path = self.folder / folder / 'cairnd.conf'
        path.write_text(re.sub(r'(?m)^(witness w \S+) \S+$', rf'\1 {proxy.url}', path.read_text()))
        return proxy


def accepted(answer, status):
    check(answer.status == status, f'expected {status}, found {answer}')
    check(status != 201 or answer.body[:2] == b'\xd2\x84', 'the answer is no receipt')


def refused(answer, *reasons):
    check(answer.status == 503 and answer.reason in reasons, f'expected 503 {reasons}, found {answer}')


def grows(log, *statements):
    for statement in statements:
        accepted(post(log.url, statement, wait=30), 201)
        rest(log)


def post_when_started(log, statement):
    def answer():
        found = post(log.url, statement, wait=30)
        return found.reason != 'starting' and found
    return until('the log has started', answer)


def halted(log, *reasons):
    """Its health says so, and so does the operator's terminal."""
    found = until('the copy notices', lambda: log.health()['status'] in reasons and log.health())
    check(f'{found["status"]}: ' in log.said(), log.said())
    check('nothing more is signed or accepted; reads go on' in log.said(), log.said())
    return found


def reads_go_on(w, log, checkpoint):
    check(log.checkpoint() == checkpoint, 'its checkpoint is another one')
    for path in ('/', '/log', f'/statements/{w.target}', f'/evidence/{w.target}', '/tile/entries/000.p/3'):
        answer = get(log.url + path)
        check(answer.status == 200, f'{path}: {answer}')


def both_run(w, scene, more):
    """Two run at once. The first takes `more` statements; then somebody attests on the second, and waits."""
    witness = w.fresh_witness(f'{scene}-witness')
    w.copied_log(f'{scene}-first', witness.url)
    proxy = w.copied_log(f'{scene}-second', witness.url)
    first, second = w.serve_log(f'{scene}-first'), w.serve_log(f'{scene}-second')
    rest(first)
    rest(second)
    # So far they are one: the second asked about what the witness had seen.
    check([status for status, _ in proxy.answers(ADD)] == [200], proxy.seen)
    parted = second.checkpoint()
    check(signed_part(parted) == signed_part(w.copied), 'the copy has another checkpoint')

    grows(first, *w.spare[:more])
    size = root_of(first.checkpoint())[0]
    check(size == w.size + 2 * more, size)

    w.know_log(second.url, w.key, scene)
    attest = w.cairn('attest', 'kyc', 'level=full', '--about', 'new', '--log', scene, expect=(0, 1, 2, 3))
    check(attest.returncode == 3, f'attest ended with {attest.returncode}: {attest.stdout}{attest.stderr}')
    check(re.search('the log says 503 (rolled-back|forked)', attest.stderr), attest.stderr)
    kept, = (w.folder / 'home/outbox').iterdir()
    check(kept.name in attest.stderr, 'it does not say where the statement is kept')

    found = halted(second, 'rolled-back', 'forked')
    after = proxy.answers(ADD)[1:]
    check(after and after[0] == (409, f'{size}\n'.encode()), f'expected 409 {size}, found {after}')
    check(all(status in (409, 422) for status, _ in after), after)
    check(second.checkpoint() == parted, 'the second published something')
    check(found['published'] == w.size and found['size'] > w.size, f'the second had not accepted it: {found}')
    refused(get(f'{second.url}/entries/{kept.stem}'), found['status'])
    refused(post(second.url, w.spare[more]), found['status'])
    refused(post(second.url, w.revocation), found['status'])
    reads_go_on(w, second, parted)

    # Starting again is no way round it.
    second.stop()
    second = w.serve_log(f'{scene}-second')
    halted(second, 'rolled-back', 'forked')
    check(second.checkpoint() == parted, 'the second published something after it was started again')

    # The first has noticed nothing, and takes what the second could not.
    grows(first, kept.read_bytes())
    kept.unlink()
    check(root_of(first.checkpoint())[0] == size + 2, 'the first does not go on')
    for server in (first, second, witness):
        server.stop()
    return f'{found["status"]} after {after}'


def nobody_watches(w):
    """The control: a witness that has seen nothing, and no file that remembers. Then there are two histories."""
    witness, empty = w.fresh_witness('control-witness'), w.fresh_witness('control-empty', 'empty')
    w.copied_log('control-first', witness.url)
    proxy = w.copied_log('control-second', empty.url)
    (w.folder / 'control-second/last-signed').unlink()
    first, second = w.serve_log('control-first'), w.serve_log('control-second')
    rest(first)
    grows(first, w.spare[0])
    accepted(post_when_started(second, w.spare[1]), 201)
    rest(second)
    a, b = root_of(first.checkpoint()), root_of(second.checkpoint())
    check(a[0] == b[0] and a[1] != b[1], f'not two histories: {a}, {b}')
    check(proxy.answers(ADD)[0] == (409, b'0\n'), proxy.seen)
    for server in (first, second, witness, empty):
        server.stop()
    return f'two roots of size {a[0]}, both cosigned'


def backup(w):
    """A copy that is put back after the original went on."""
    witness = w.fresh_witness('backup-witness')
    w.copied_log('backup-first', witness.url)
    proxy = w.copied_log('backup', witness.url)
    first = w.serve_log('backup-first')
    rest(first)
    grows(first, *w.spare[:10])
    size = root_of(first.checkpoint())[0]
    first.stop()
    w.newer = (w.folder / 'backup-first/last-signed').read_text()

    # Before its witness has answered nobody knows that it is a copy; nothing is taken until then.
    proxy.gate.clear()
    copy, answers = w.serve_log('backup'), []
    for statement in (w.spare[10], w.revocation):
        answers.append(post(copy.url, statement))
        refused(answers[-1], 'starting')
    threading.Timer(0.2, proxy.gate.set).start()

    def told():
        answers.append(post(copy.url, w.spare[10]))
        refused(answers[-1], 'starting', 'rolled-back')
        return answers[-1].reason == 'rolled-back'
    until('it says rolled-back', told)
    found = halted(copy, 'rolled-back')
    check(proxy.answers(ADD) == [(409, f'{size}\n'.encode())], proxy.seen)
    check(found['accepted'] == 0 and found['size'] == w.size, f'it accepted something: {found}')
    refused(post(copy.url, w.revocation), 'rolled-back')
    reads_go_on(w, copy, w.copied)
    copy.stop()
    witness.stop()
    return f'size {w.size}, its witness saw {size}: {len(answers)} submissions refused, none taken'


def file_alone(w):
    """No witness answers. The file last-signed of the log that went on lies beside the old copy's key."""
    nobody = w.copied_log('file', 'http://127.0.0.1:1')
    path = w.folder / 'file/last-signed'
    mine = path.read_text()

    # With its own file it cannot tell: it waits for its witness, and takes nothing meanwhile.
    copy = w.serve_log('file')
    until('the witness is asked', lambda: nobody.seen)
    check(copy.health()['status'] == 'starting', copy.health())
    refused(post(copy.url, w.spare[0]), 'starting')
    copy.stop()

    newer_root = w.newer.split('\n')[2]
    for text, reason in ((w.newer, 'rolled-back'), (mine.replace(mine.split('\n')[2], newer_root), 'forked')):
        path.write_text(text)
        del nobody.seen[:]
        copy = w.serve_log('file')
        check(copy.health()['status'] == reason, copy.health())
        halted(copy, reason)
        refused(post(copy.url, w.spare[0]), reason)
        refused(post(copy.url, w.revocation), reason)
        reads_go_on(w, copy, w.copied)
        # Ten ticks of the log: enough for it to have signed, had it wanted to.
        time.sleep(0.5)
        check(nobody.seen == [] and path.read_text() == text, 'it signed something')
        copy.stop()
    return 'rolled-back by a larger size, forked by another root'


def forgetful_witness(w):
    """The same key with nothing seen, under a log that runs, and under one that starts."""
    witness = w.fresh_witness('forgets-witness')
    proxy = w.copied_log('forgets', witness.url)
    empty = (w.folder / 'empty' / state_file(ORIGIN)).read_bytes()
    log = w.serve_log('forgets')
    rest(log)
    for statement, restart in ((w.spare[0], False), (w.spare[1], True)):
        before = root_of(log.checkpoint())[0]
        if restart:
            log.stop()
        witness.stop()
        (w.folder / 'forgets-witness' / state_file(ORIGIN)).write_bytes(empty)
        witness = w.serve_witness('forgets-witness')
        proxy.upstream = witness.url
        del proxy.seen[:]
        if restart:
            log = w.serve_log('forgets')
        accepted(post_when_started(log, statement), 201)
        rest(log)
        answers = proxy.answers(ADD)
        check(answers[0] == (409, b'0\n') and answers[1][0] == 200, answers)
        check(root_of(log.checkpoint())[0] == before + 2, 'it does not go on')
        check('reads go on' not in log.said(), log.said())
    log.stop()
    witness.stop()
    return '409 with 0, asked again from 0, cosigned'


def nobody_answers(w):
    """The witness is stopped: nothing is published, revocations are taken, attestations wait past `stall`."""
    witness = w.fresh_witness('stall-witness')
    proxy = w.copied_log('stall', witness.url)
    w.configure('stall 1s', folder='stall')
    log = w.serve_log('stall')
    rest(log)
    before = log.checkpoint()
    witness.stop()
    early = post(log.url, w.spare[0])
    accepted(early, 303)
    until('publication stalls', lambda: log.health()['status'] == 'publication-stalled')
    late = post(log.url, w.spare[1])
    refused(late, 'publication-stalled')
    check(late.headers.get('Retry-After'), 'it does not say when to try again')
    revoked = post(log.url, w.revocation)
    accepted(revoked, 303)
    again = post(log.url, w.revocation, wait=1)
    accepted(again, 303)
    check(again.headers.get('Cairn-Already') == 'yes', 'the same bytes became another statement')
    for answer in (early, revoked):
        check(get(log.url + answer.headers['Location']).status == 302, 'a receipt without its witness')
    check(log.checkpoint() == before, 'something was published without its witness')

    witness = w.serve_witness('stall-witness')
    proxy.upstream = witness.url
    rest(log)
    for answer in (early, revoked):
        receipt = get(log.url + answer.headers['Location'])
        check(receipt.status == 200 and receipt.body[:2] == b'\xd2\x84', receipt)
    grows(log, w.spare[1])
    check(root_of(log.checkpoint())[0] > w.size, 'nothing was published')
    log.stop()
    witness.stop()
    return '303 for a revocation and 503 for an attestation; all published once it was back'


def any_witness(w):
    """The quorum is met by another witness; the one that knows more is heard all the same."""
    witness = w.fresh_witness('any-witness', 'backup-witness')
    other_key = w.make_witness(w.key, 'other.example.org', 'any-other')
    other = w.serve_witness('any-other')
    proxy = w.copied_log('any', witness.url)
    path = w.folder / 'any/cairnd.conf'
    path.write_text(path.read_text().replace('\nquorum w\n', '\n'))
    w.configure(f'witness o {other_key} {other.url}', 'group either 1 w o', 'quorum either', folder='any')
    proxy.gate.clear()
    log = w.serve_log('any')
    until('the other has cosigned', lambda: any(x['name'] == 'o' and x['answers'] for x in log.health()['witnesses']))
    # Longer than a round waits for stragglers once its quorum is met; much shorter than the first round does.
    time.sleep(0.6)
    refused(post(log.url, w.spare[0]), 'starting')
    proxy.gate.set()
    halted(log, 'rolled-back')
    check(log.checkpoint() == w.copied, 'it published without the one that knows more')
    for server in (log, other, witness):
        server.stop()
    return 'one of two had cosigned; the other knew more'


SCENES = [
    ('both run, the second as large as the first', lambda w: both_run(w, 'same', 1)),
    ('both run, the second smaller', lambda w: both_run(w, 'smaller', 2)),
    ('a witness that has seen nothing', nobody_watches),
    ('a backup put back', backup),
    ('the file last-signed alone', file_alone),
    ('a witness that forgot', forgetful_witness),
    ('no witness answers', nobody_answers),
    ('a witness beyond the quorum', any_witness),
]


def main():
    start = time.monotonic()
    with Fork('fork') as w:
        w.set_up()
        print(f'{time.monotonic() - start:5.1f} s  a log of size {w.size} and its witness', flush=True)
        for name, scene in SCENES:
            print(f'{time.monotonic() - start:5.1f} s  {name}: ', end='', flush=True)
            print(scene(w), flush=True)
    print(f'{time.monotonic() - start:5.1f} s  {len(SCENES)} scenes')


main()
