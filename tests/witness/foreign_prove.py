#!/usr/bin/env python3
"""A witness that we did not write cosigns our log, is alone its quorum, and the verifier counts it.

It is litewitness of filippo.io/torchwood, one fixed version, fetched as a Go module and built in a folder of the test;
the hash below fixes the module, and the module's own go.sum what it is built with. Its key lies in an ssh-agent of its
own. Without a Go that can build it, without OpenSSH, or where the module cannot be had, the test is skipped."""
import base64
import glob
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2],
                                'tests/tools'))
import pieces  # noqa: E402
from running import BIN, World, check, get, post, rest, root_of, until  # noqa: E402

MODULE, VERSION = 'filippo.io/torchwood', 'v0.9.0'
MODULE_SUM = 'h1:2W156cI7K3MyxEyNTuS1C9lYEW7y1u7PoHLmvgNsiZc='
GO_LEAST = (1, 24)
ORIGIN = 'log.example.org/foreign'
NAME = 'litewitness.example.org'
SCHEMA = 'schema kyc 1\nvalid-for 365d\nfield level text required one-of basic,full\n'
EMPTY_ROOT = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='


class Skipped(Exception):
    """Something that this machine lacks."""


# ---- the program ----

def go_able():
    for go in ['/usr/local/go/bin/go', *sorted(glob.glob('/usr/lib/go-*/bin/go'), reverse=True), shutil.which('go')]:
        if not go or not os.access(go, os.X_OK):
            continue
        env = {**os.environ, 'GOTOOLCHAIN': 'local'}
        said = subprocess.run([go, 'version'], capture_output=True, text=True, env=env)
        version = re.search(r'go(\d+)\.(\d+)', said.stdout)
        if version and tuple(map(int, version.groups())) >= GO_LEAST:
            return go, said.stdout.split()[2]
    raise Skipped(f'no Go toolchain of {".".join(map(str, GO_LEAST))} or later is on this machine')


def build(folder):
    """Gives the program and what it was built with."""
    go, version = go_able()
    env = {**os.environ, 'GOMODCACHE': str(folder / 'mod'), 'GOCACHE': str(folder / 'cache'), 'GOPATH': str(folder),
           'GOTOOLCHAIN': 'local', 'GOFLAGS': '-buildvcs=false -modcacherw', 'CGO_ENABLED': '0', 'GOENV': 'off',
           'GOWORK': 'off'}
    folder.mkdir()
    got = subprocess.run([go, 'mod', 'download', '-json', f'{MODULE}@{VERSION}'], cwd=folder, env=env,
                         capture_output=True, text=True, timeout=600)
    if got.returncode != 0:
        raise Skipped(f'{MODULE}@{VERSION} cannot be had: {(got.stdout + got.stderr)[:400]}')
    module = json.loads(got.stdout)
    check(module['Sum'] == MODULE_SUM, f'{MODULE}@{VERSION} is another one: {module["Sum"]}')
    made = subprocess.run([go, 'build', '-mod=readonly', '-o', folder / 'litewitness', './cmd/litewitness'],
                          cwd=module['Dir'], env=env, capture_output=True, text=True, timeout=1800)
    check(made.returncode == 0, f'go build: {made.stdout}{made.stderr}')
    return folder / 'litewitness', version


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Foreign(World):
    """A log whose only witness is litewitness."""

    def agent_start(self):
        for tool in ('ssh-agent', 'ssh-add', 'ssh-keygen'):
            if not shutil.which(tool):
                raise Skipped(f'no {tool} is on this machine')
        self.run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', 'key')
        self.fingerprint = self.run('ssh-keygen', '-lf', 'key.pub').stdout.split()[1]
        socket_path = self.folder / 'agent'
        self.agent = subprocess.Popen(['setpriv', '--pdeathsig', 'KILL', 'ssh-agent', '-D', '-a', socket_path],
                                      stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        until('the ssh-agent answers', socket_path.exists)
        self.run('ssh-add', '-q', 'key', env={'SSH_AUTH_SOCK': str(socket_path)})

    def __exit__(self, *how):
        agent = getattr(self, 'agent', None)
        if agent is not None:
            agent.terminate()
            agent.wait()
        super().__exit__(*how)

    def litewitness_start(self):
        words = [self.program, '-name', NAME, '-key', self.fingerprint, '-ssh-agent', 'agent', '-db', 'witness.db',
                 '-listen', f'127.0.0.1:{self.port}']
        self.witness = self.serve(words, 'litewitness', f'http://127.0.0.1:{self.port}')

    def litewitness_stop(self):
        self.witness.process.send_signal(signal.SIGINT)
        code = self.witness.process.wait(20)
        check(code == 0, f'litewitness ended with {code}: {self.witness.said()}')

    def litewitness_does(self, *commands):
        """What its witnessctl would do: it may while the witness runs."""
        with sqlite3.connect(self.folder / 'witness.db', timeout=20) as db:
            for command in commands:
                db.execute(*command)
        db.close()

    def seen(self):
        db = sqlite3.connect(self.folder / 'witness.db', timeout=20)
        found = db.execute('SELECT tree_size, tree_hash FROM log WHERE origin = ?', (ORIGIN,)).fetchone()
        db.close()
        return found

    def set_up(self):
        self.agent_start()
        self.port = free_port()
        self.litewitness_start()
        self.witness_key = re.search(r'vkey="?([^\s"]+)', self.witness.said()).group(1)
        self.key = self.make_log(ORIGIN)
        log = 'INSERT INTO log (origin, tree_size, tree_hash) VALUES (?, 0, ?)'
        self.litewitness_does((log, (ORIGIN, EMPTY_ROOT)),
                              ('INSERT INTO key (origin, key) VALUES (?, ?)', (ORIGIN, self.key)))
        self.proxied = self.proxy(self.witness.url)
        self.configure(f'witness lite {self.witness_key} {self.proxied.url}', 'quorum lite', 'interval 20ms',
                       'stall 1s')
        self.log = self.serve_log()
        rest(self.log)
        self.know_log(self.log.url, self.key)
        self.know_log(self.proxy(self.log.url, refuse_posts=True).url, self.key, 'draft')
        ckt = self.issuer()
        self.schema(SCHEMA)
        self.spare = [self.draft('attest', 'kyc', 'level=full', '--about', 'new')[0] for _ in range(5)]
        for name, age in (('day', '24h'), ('moment', '2s')):
            (self.folder / name).write_text(f'log {self.key}\nwitness lite {self.witness_key}\nquorum lite\n'
                                            f'issuer acme {ckt} for kyc\nmax-age {age}\n')

    def attest(self, name):
        self.cairn('attest', 'kyc', 'level=full', '--about', name, '--out', name, '--log', 'log')

    def verdict(self, file, trust, word, code, says=''):
        done = self.run(BIN / 'cairn', 'verify', file, '--trust', trust, expect=(0, 1, 2, 3))
        check(done.stdout.startswith(word) and done.returncode == code and says in done.stdout,
              f'{file} under {trust}: expected {word} {code} {says}, '
              f'found {done.returncode} {done.stdout}{done.stderr}')


# ---- what is true ----

def it_is_the_quorum(w):
    w.attest('evidence')
    _, evidence = pieces.evidence_of((w.folder / 'evidence').read_bytes())
    lines = evidence[pieces.CHECKPOINT].split('\n\n')[1].splitlines()
    check([line.split()[1] for line in lines] == [ORIGIN, NAME], lines)
    w.verdict('evidence', 'day', 'valid', 0, '1 of 1 witnesses')
    for statement in w.spare[:2]:
        check(post(w.log.url, statement, wait=30).status == 201, 'no receipt')
    rest(w.log)
    check(w.seen() == root_of(w.log.checkpoint()), f'it saw {w.seen()}')
    answers = [status for status, _ in w.proxied.answers('/add-checkpoint')]
    check(set(answers) == {200}, answers)
    # Started again the log asks for the same size once more.
    w.log.stop()
    w.log = w.serve_log()
    rest(w.log)
    w.know_log(w.log.url, w.key)
    again = [status for status, _ in w.proxied.answers('/add-checkpoint')]
    check(again == answers + [200], again)
    return f'{len(again)} checkpoints, each cosigned at the first asking, up to size {w.seen()[0]}'


def without_its_line(w):
    carrier, evidence = pieces.evidence_of((w.folder / 'evidence').read_bytes())
    note = evidence[pieces.CHECKPOINT]
    (w.folder / 'bare').write_bytes(pieces.evidence_with(carrier, evidence))
    w.verdict('bare', 'day', 'valid', 0, '1 of 1 witnesses')
    shorter = ''.join(line for line in note.splitlines(True) if not line.startswith(f'— {NAME} '))
    check(len(shorter) < len(note), 'no line was taken out')
    (w.folder / 'shorter').write_bytes(pieces.evidence_with(carrier, {**evidence, pieces.CHECKPOINT: shorter}))
    w.verdict('shorter', 'day', 'unwitnessed', 3, '0 of 1 witnesses')
    line = note.splitlines(True)[-1]
    blob = bytearray(base64.b64decode(line.split()[2]))
    blob[-1] ^= 1
    wrong = note.replace(line, f'— {NAME} {base64.b64encode(blob).decode()}\n')
    (w.folder / 'wrong').write_bytes(pieces.evidence_with(carrier, {**evidence, pieces.CHECKPOINT: wrong}))
    w.verdict('wrong', 'day', 'forged', 1)
    return 'unwitnessed; with one bit of it changed: forged'


def stopped(w):
    w.attest('fresh')
    before = w.log.checkpoint()
    w.litewitness_stop()
    waiting = post(w.log.url, w.spare[2])
    check(waiting.status == 303, waiting)
    until('publication stalls', lambda: w.log.health()['status'] == 'publication-stalled')
    check(w.log.checkpoint() == before, 'something was published without its witness')
    # Past 2 s, in whole seconds.
    time.sleep(3)
    w.verdict('fresh', 'moment', 'stale', 3)
    w.verdict('fresh', 'day', 'valid', 0, '1 of 1 witnesses')
    check(w.log.checkpoint() == before, 'something was published without its witness')
    w.litewitness_start()
    rest(w.log)
    check(get(w.log.url + waiting.headers['Location']).status == 200, 'no receipt once it was back')
    w.attest('fresher')
    w.verdict('fresher', 'day', 'valid', 0, '1 of 1 witnesses')
    return 'nothing published, what there is turns stale; published once it was back'


def a_copy(w):
    """It has seen more than an old copy of the log; and as much as another history."""
    old = root_of(w.log.checkpoint())
    w.log.stop()
    w.copy('log', 'copy')
    w.log = w.serve_log()
    rest(w.log)
    check(post(w.log.url, w.spare[3], wait=30).status == 201, 'no receipt')
    rest(w.log)
    size = root_of(w.log.checkpoint())[0]
    w.log.stop()
    del w.proxied.seen[:]
    copy = w.serve_log('copy')
    until('the copy notices', lambda: copy.health()['status'] == 'rolled-back')
    check(w.proxied.answers('/add-checkpoint') == [(409, f'{size}\n'.encode())], w.proxied.seen)
    copy.stop()

    # Its memory is set back to the moment of the copy, the copy takes a statement, and its memory returns.
    newest = w.seen()
    set_seen(w, old)
    copy = w.serve_log('copy')
    rest(copy)
    set_seen(w, newest)
    del w.proxied.seen[:]
    check(post(copy.url, w.spare[4]).status == 303, 'not accepted')
    until('the copy notices', lambda: copy.health()['status'] in ('forked', 'rolled-back'))
    answers = w.proxied.answers('/add-checkpoint')
    check(answers[0] == (409, f'{size}\n'.encode()) and copy.health()['published'] == old[0], answers)
    copy.stop()
    return f'409 with {size}, then rolled-back; at the same size {[status for status, _ in answers]}'


def set_seen(w, head):
    w.litewitness_does(('UPDATE log SET tree_size = ?, tree_hash = ? WHERE origin = ?', (*head, ORIGIN)))


def main():
    start = time.monotonic()

    def say(what, result):
        print(f'{time.monotonic() - start:5.1f} s  {what}: {result}', flush=True)

    with Foreign('foreign') as w:
        try:
            w.program, version = build(w.folder / 'go')
            say('litewitness', f'{MODULE} {VERSION} built with {version}')
            w.set_up()
        except Skipped as why:
            print(f'skipped: {why}')
            return 77
        say('it is the quorum', it_is_the_quorum(w))
        say('evidence without its line', without_its_line(w))
        say('it is stopped', stopped(w))
        say('a copy of the log', a_copy(w))
    return 0


sys.exit(main())
