#!/usr/bin/env python3
"""What a log may not put into an issuer's list, however well it proves it: statements that the issuer's keys did not
sign, or that its rules refuse. The log is made here, with a tree, an index and signatures that are all sound."""
import base64
import http.server
import os
import pathlib
import re
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2],
                                'tests/tools'))
import pieces  # noqa: E402
from running import World, check  # noqa: E402

ORIGIN = 'log.example.org/forged'
FIRST = 3  # positions below are the log's own


def b64(b):
    return base64.b64encode(b).decode()


def u64(n):
    return n.to_bytes(8, 'big')


def root_of(leaves):
    """RFC 6962."""
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while 2 * half < len(leaves):
        half *= 2
    return pieces.sha(b'\x01', root_of(leaves[:half]), root_of(leaves[half:]))


class Key:
    def __init__(self):
        self.seed = os.urandom(32)
        self.public = pieces.public_of(self.seed)
        self.kid = pieces.kid_of(self.public)
        self.urn = pieces.URN + base64.urlsafe_b64encode(self.kid).decode().rstrip('=')

    def listed(self, purposes=7):
        return {1: {1: 1, -1: 6, -2: self.public}, 2: purposes}

    def cose(self):
        return {1: 1, -1: 6, -2: self.public}


class FalseLog:
    def __init__(self):
        self.key, self.body, log = Key(), b'', self
        self.key_id = pieces.sha(ORIGIN.encode(), b'\n\x01', self.key.public)[:4]

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(log.body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f'http://127.0.0.1:{self.server.server_address[1]}'

    def policy(self):
        vkey = f'{ORIGIN}+{self.key_id.hex()}+{b64(bytes([1]) + self.key.public)}'
        return f'log {vkey} {self.url}\nquorum none\n'

    def show(self, iss, statements):
        """What it answers from now on: these are all that the issuer ever said."""
        own = [pieces.attestation(os.urandom(32), {2: 'filler'}, {}) for _ in range(FIRST)]
        ids = [pieces.sha(s) for s in own + statements]
        positions = list(range(FIRST, len(ids)))
        value = u64(len(positions)) + root_of([pieces.sha(b'\x00', u64(p), ids[p]) for p in positions])
        leaf = pieces.sha(b'\x13I', iss.encode()) + value
        seal = pieces.signed(self.key.seed, {16: 'application/vnd.cairn.seal+cbor'},
                             lambda _: {1: ORIGIN, 2: ORIGIN, -70003: ORIGIN},
                             {1: len(ids), 2: pieces.sha(b'\x10', leaf), 3: 1, 4: 1, 5: 1, 6: 2})
        shown = own + statements + [seal]
        root = root_of([pieces.sha(b'\x00', pieces.sha(s)) for s in shown])
        text = f'{ORIGIN}\n{len(shown)}\n{b64(root)}\n'
        line = f'— {ORIGIN} {b64(self.key_id + pieces.sign(self.key.seed, text.encode()))}\n'
        self.body = pieces.encode({
            pieces.CHECKPOINT: f'{text}\n{line}',
            pieces.STATEMENTS: [[n, s] for n, s in enumerate(shown)], pieces.TREE: b'',
            pieces.ANSWERS: [[ord('I'), [iss.encode()], positions]], pieces.TRIE: [leaf]})


class Issuer:
    """Signs whatever it is told to."""

    def __init__(self):
        self.key, self.recovery = Key(), Key()
        self.first = self.statement(self.key, {})

    def statement(self, signer, changes, before=None, iss=None):
        """Seq and prev continue `before`; `changes` win."""
        p = {1: 0, 3: [self.key.listed()], 4: [], 5: 'Acme', 6: '', 7: [self.recovery.kid]}
        if before is not None:
            p |= {1: pieces.decode(pieces.decode(before)[2])[1] + 1, 2: pieces.sha(before)}
        p |= changes
        p[3] = sorted(p[3], key=lambda k: pieces.kid_of(k[1][-2]))
        iss = iss or self.key.urn
        return pieces.signed(signer.seed, {16: 'application/vnd.cairn.issuer+cbor'},
                             lambda _: {1: iss, 2: iss, -70003: ORIGIN}, dict(sorted(p.items())))


def broken(statement):
    """With a signature that does not verify, under another id."""
    return statement[:-1] + bytes([statement[-1] ^ 1])


def lists(a):
    """What is in the list, and whether it may be."""
    other, new = Key(), Key()
    rotated = a.statement(a.key, {3: [new.listed()]}, a.first)
    recovered = a.statement(a.recovery, {3: [other.listed()], 7: [new.kid], 8: a.recovery.cose()}, a.first)
    return [
        ('the first alone', [a.first], None),
        ('a rotation', [a.first, rotated], None),
        ('a recovery', [a.first, rotated, recovered], None),
        ('a first by another key', [a.statement(other, {3: [other.listed()]})], 'iss-not-key'),
        ('a first by a key that it does not list', [a.statement(a.key, {3: [other.listed()]})], 'key-not-listed'),
        ('a first that is no first', [rotated], 'key-not-listed'),
        ('a first with a false signature', [broken(a.first)], 'bad-signature'),
        ('a rotation by a stranger', [a.first, a.statement(other, {3: [other.listed()]}, a.first)], 'key-not-listed'),
        ('a rotation with a false signature', [a.first, broken(rotated)], 'bad-signature'),
        ('a rotation that skips one', [a.first, a.statement(a.key, {1: 2}, a.first)], 'bad-chain'),
        ('a rotation behind another', [a.first, a.statement(a.key, {}, rotated)], 'bad-chain'),
        ('two from one place', [a.first, rotated, a.statement(new, {3: [new.listed()]}, a.first)], 'bad-chain'),
        ('other recovery keys', [a.first, a.statement(a.key, {7: [other.kid]}, a.first)], 'bad-chain'),
        ('a recovery by a key that is not committed',
         [a.first, a.statement(other, {7: [new.kid], 8: other.cose()}, a.first)], 'bad-recovery'),
        ('a recovery with a false signature', [a.first, broken(recovered)], 'bad-signature'),
        ('a key that returns', [a.first, rotated, a.statement(new, {3: [a.key.listed()]}, rotated)], 'key-returns'),
    ]


def main():
    log = FalseLog()
    with World('forged') as w:
        (w.folder / 'home/logs').mkdir(parents=True)
        (w.folder / 'home/logs/log.policy').write_text(log.policy())
        a = Issuer()
        table = lists(a)
        for what, statements, reason in table:
            log.show(a.key.urn, statements)
            done = w.cairn('issuer', 'show', 'ckt:' + a.key.urn.rsplit(':', 1)[1], expect=(0, 1))
            if reason is None:
                check(done.returncode == 0 and re.search('(?m)^now ', done.stdout), f'{what}: {done.stderr}')
            else:
                last = FIRST + len(statements) - 1
                said = re.search(rf'does not hold: {reason}\n.*; found the statement @{last}\n', done.stderr)
                check(done.returncode == 1 and said and not done.stdout,
                      f'{what}: expected {reason}; found {done.returncode} {done.stdout}{done.stderr}')
    log.server.shutdown()
    print(f'ok: {len(table)} lists, all well proven')


main()
