"""pycose and we agree, in both directions: on statements, receipts, keys and key sets, and on what is none of these.

`full`: every bit of everything is turned over, where else some are drawn."""
import base64
import collections
import contextlib
import hashlib
import http.client
import os
import random
import resource
import subprocess
import time
import urllib.parse

import cbor2
from cose_cases import (
    VND, Issuer, accepted, consistency_path, consistency_receipts, consistency_root, inclusion_root, key_sets, keys,
    leaf, receipts, refused, registration, root_of)
from cose_library import holds, key_of, public, read, thumbprint, verified
from pycose.headers import KID, Algorithm
from pycose.keys import CoseKey, OKPKey
from served import BIN, Served, fill, run

ALL = None
ORIGIN = 'interop.example/receipts'


def ask(lines):
    """What cairn-statement-check answers to lines of words and bytes."""
    text = ''.join(' '.join(w if isinstance(w, str) else w.hex() for w in line) + '\n' for line in lines)
    done = subprocess.run([BIN / 'cairn-statement-check'], input=text, stdout=subprocess.PIPE, check=True, text=True,
                          timeout=60)
    answers = done.stdout.splitlines()
    assert len(answers) == len(lines), f'{len(lines)} lines, {len(answers)} answers'
    return answers


def check(what, found, wanted):
    if found != wanted:
        raise SystemExit(f'{what}: {found}, not {wanted}')


def flips(data, draw, most):
    bits = range(8 * len(data))
    for bit in bits if most is ALL else sorted(draw.sample(bits, min(most, len(bits)))):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        yield bit, bytes(changed)


@contextlib.contextmanager
def bounded_memory():
    """Bytes that were changed may promise the library an array of any length."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (1 << 31, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def split_bundle(bundle):
    while bundle:
        length = int.from_bytes(bundle[:2], 'big')
        yield bundle[2:2 + length]
        bundle = bundle[2 + length:]


# ---- ours, read by the library ----

def log_keys(log):
    """The key set, whose keys each have their own address."""
    listed = cbor2.loads(log.get('.well-known/scitt-keys'))
    found = {}
    for members in listed:
        key = CoseKey.from_dict(dict(members))
        assert isinstance(key, OKPKey) and key.kty.identifier == 1 and key.crv.identifier == 6 and not key.d
        kid = thumbprint(key)
        name = base64.urlsafe_b64encode(kid).decode().rstrip('=')
        one = log.get(f'.well-known/scitt-keys/{name}')
        check('a key at its own address', (one, dict(CoseKey.decode(one).store)), (key.encode(), dict(key.store)))
        found[kid] = key
    check('kids of the key set', list(found), sorted(found))
    return found


def issuer_keys(statements):
    """kid -> the library's key, from the statements of issuers themselves."""
    found = {}
    for data in statements:
        m = read(data)
        if m.phdr.get(16) == f'{VND}issuer+cbor':
            for entry in cbor2.loads(m.payload)[3]:
                key = CoseKey.from_dict(dict(entry[1]))
                found[thumbprint(key)] = key
    return found


class Reader:
    """Reads with the library, and asks us the same."""

    def __init__(self, draw, full):
        self.draw, self.full = draw, full
        self.counts = collections.Counter()

    def statement(self, data, key, most):
        m = verified(data, key)
        check('alg and unprotected map', (m.phdr[Algorithm].identifier, m.uhdr, m.payload is None), (-8, {}, False))
        check('written again by the library', m.encode(sign=False), data)
        changed = list(flips(data, self.draw, ALL if self.full else most))
        answers = ask([('statement', b, key.x) for _, b in [(0, data), *changed]])
        assert answers[0].startswith('ok'), answers[0]
        with bounded_memory():
            taken = [holds(b, key) for _, b in changed]
        for (bit, _), answer, theirs in zip(changed, answers[1:], taken):
            if answer.startswith('ok') or theirs:
                raise SystemExit(f'a statement with bit {bit} turned over: {answer}, {theirs}\n{data.hex()}')
        self.counts['flipped statements refused by both'] += len(changed)
        self.counts['statements'] += 1

    def receipt(self, word, data, start, key, most):
        """`start` is an id for a receipt of inclusion, the older root for one of consistency. What the library took
        and the sizes say must be what we take, but for sizes that the signature does not bind."""
        honest = library_receipt(word, data, start, key)
        changed = list(flips(data, self.draw, ALL if self.full else most))
        answers = ask([(word, b, start, key.x) for _, b in [(0, data), *changed]])
        check(f'our answer to a {word}', answers[0], honest)
        with bounded_memory():
            read_there = [library_receipt(word, b, start, key) for _, b in changed]
        for (bit, _), answer, theirs in zip(changed, answers[1:], read_there):
            if answer.startswith('ok'):
                # Another size and index under the same root: the checkpoint of that root says otherwise.
                assert answer == theirs and answer != honest, f'{word}, bit {bit}: {answer}, {theirs}'
                check('the root', answer.split()[3], honest.split()[3])
                self.counts[f'flipped {word}: the same root at another size, for both'] += 1
            elif theirs:
                # The same, with the size or the index in a head that is longer than it needs to be.
                root = honest.split()[3]
                check('a longer head', (answer, theirs != honest, theirs.split()[3]), ('bad-cbor', True, root))
                self.counts[f'flipped {word}: the same, to the library alone, spelt too long'] += 1
            else:
                self.counts[f'flipped {word}: refused by both'] += 1
        self.counts[word] += 1
        return honest


def library_receipt(word, data, start, key):
    """What cairn-statement-check answers to a good one; None when the library, or the path, says no."""
    try:
        m = read(data)
        sort, first, second, path = proof_of(m)
        if sort != {'receipt': -1, 'consistency': -2}[word]:
            return None
        if word == 'receipt':
            root = inclusion_root(leaf(start), second, first, path) if 0 <= second < first else None
        else:
            root = consistency_root(first, second, path, start) if 0 < first < second else None
        if root is None or m.phdr.get(395) != 1:
            return None
        verified(data, key, root)
    except Exception:  # whatever bad bytes make of it
        return None
    return f'ok {first} {second} {root.hex()}'


def proof_of(m):
    (sort, proofs), = m.uhdr[396].items()
    proof, = proofs
    first, second, path = cbor2.loads(proof)
    if not all(isinstance(n, int) for n in (first, second)) or second > 2 ** 62 or first > 2 ** 62:
        raise ValueError('no sizes')
    if not path or not all(isinstance(h, bytes) and len(h) == 32 for h in path):
        raise ValueError('no path')
    return sort, first, second, path


def read_log(log, reader):
    """Each statement of the log and its receipt."""
    size, root = log.get('checkpoint').split(b'\n')[1:3]
    size, root = int(size), base64.b64decode(root)
    statements = list(split_bundle(log.get(f'tile/statements/000.p/{size}')))
    ids = [cbor2_id(data) for data in statements]
    check('the root', root_of([leaf(i) for i in ids]), root)
    signers, sealers = issuer_keys(statements), log_keys(log)
    for position, (data, i) in enumerate(zip(statements, ids)):
        key = signers[read(data).phdr[KID]]
        reader.statement(data, key, ALL if position == size - 2 else 200)
        receipt = log.get(f'entries/{i.hex()}')
        said = reader.receipt('receipt', receipt, i, sealers[read(receipt).phdr[KID]],
                              ALL if position == 5 else 100)
        check('what the receipt says', said, f'ok {size} {position} {root.hex()}')
    return statements


def cbor2_id(data):
    """SHA-256 of the statement as the library would write it."""
    return hashlib.sha256(read(data).encode(sign=False)).digest()


def read_consistency(reader):
    """We sign receipts of consistency over random trees; the library checks them."""
    draw = reader.draw
    pairs = [(old, size) for size in range(2, 12) for old in range(1, size)]
    pairs += [(draw.randrange(1, 200), draw.randrange(200, 400)) for _ in range(10)]
    leaves = [draw.randbytes(32) for _ in range(400)]
    seed = draw.randbytes(32)
    key = public_of(seed)
    lines = [('sign', seed, ORIGIN.encode(), str(old), str(size), root_of(leaves[:size]),
              b''.join(consistency_path(leaves[:size], old))) for old, size in pairs]
    for (old, size), answer in zip(pairs, ask(lines)):
        data = bytes.fromhex(answer.split()[1])
        header = read(data).phdr
        check('kid and claims', (header[KID], header[15]), (thumbprint(key), {1: ORIGIN, 2: ORIGIN}))
        said = reader.receipt('consistency', data, root_of(leaves[:old]), key, ALL if size == 3 else 30)
        check('what the receipt says', said, f'ok {old} {size} {root_of(leaves[:size]).hex()}')


def public_of(seed):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    raw = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return key_of(raw)


# ---- the library's, read by us ----

def request(log, method, path, body=None):
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(log.url).netloc, timeout=20)
    try:
        connection.request(method, path, body, {'Content-Type': 'application/cose'} if body is not None else {})
        answer = connection.getresponse()
        return answer.status, answer.headers.get('Cairn-Reason'), answer.read()
    finally:
        connection.close()


def receipt_of(log, data):
    path, deadline = f'/entries/{cbor2_id(data).hex()}', time.monotonic() + 30
    while True:
        status, reason, body = request(log, 'GET', path)
        if status == 200:
            return body
        if status != 302 or time.monotonic() > deadline:
            raise SystemExit(f'{path}: {status} {reason}')
        time.sleep(0.05)


def submit(log, name, data):
    status, reason, _ = request(log, 'POST', '/entries', data)
    if status not in (201, 303):
        raise SystemExit(f'{name}: {status} {reason}')


def write_statements(log, counts):
    """An issuer that has the library alone: registered, attesting, and refused by name when it errs."""
    issuer = Issuer(log.origin)
    name = base64.urlsafe_b64encode(issuer.kid).decode().rstrip('=')
    issuer.iss = f'urn:ietf:params:oauth:ckt:sha-256:{name}'
    run(BIN / 'cairn', 'log', 'approve', f'ckt:{name}', '--key', log.folder / 'operator.key', '--yes',
        '--home', log.folder / 'home')
    first = registration(issuer)
    check('a registration', ask([('statement', first, issuer.x)]),
          [f'ok {cbor2_id(first).hex()} {issuer.kid.hex()} issuer'])
    submit(log, 'a registration', first)
    receipt_of(log, first)
    good = accepted(issuer)
    for (case, data), answer in zip(good.items(), ask([('statement', data, issuer.x) for data in good.values()])):
        check(case, answer, f'ok {cbor2_id(data).hex()} {issuer.kid.hex()} attestation')
        check(f'{case}, to the library', holds(data, public(issuer.key)), True)
        submit(log, case, data)
    sealers = log_keys(log)
    for case, data in good.items():
        receipt = receipt_of(log, data)
        check(f'{case}: its receipt holds',
              library_receipt('receipt', receipt, cbor2_id(data), sealers[read(receipt).phdr[KID]]) is not None, True)
    counts['statements of the library accepted'] += len(good)
    refuse_statements(log, issuer, counts)


def refuse_statements(log, issuer, counts):
    bad = refused(issuer)
    answers = ask([('statement', data, issuer.x) for data, _ in bad.values()])
    for (case, (data, word)), answer in zip(bad.items(), answers):
        check(case, answer, word)
        status, reason, _ = request(log, 'POST', '/entries', data)
        check(f'{case}, submitted', (status >= 400, reason), (True, word))
        taken = holds(data, public(issuer.key))
        assert not (taken and word == 'bad-signature'), case
        counts['statements of the library refused by name: the rule is ours, not its'] += taken
    counts['statements of the library refused by name'] += len(bad)


def write_receipts(draw, counts):
    log = Issuer(ORIGIN)
    key = public(log.key)
    for size, index in ((2, 0), (2, 1), (5, 4), (8, 3), (9, 8), (200, 77)):
        ids = [draw.randbytes(32) for _ in range(size)]
        leaves = [leaf(i) for i in ids]
        made = receipts(log, leaves, index)
        for (name, (data, word)), answer in zip(made.items(), ask(
                [('receipt', data, ids[index], log.x) for data, _ in made.values()])):
            wanted = f'ok {size} {index} {root_of(leaves).hex()}' if word == 'ok' else word
            check(f'a receipt {name}, {index} of {size}', answer, wanted)
            if word == 'ok':
                check('the same to the library', library_receipt('receipt', data, ids[index], key), answer)
        counts['receipts of the library'] += len(made)
    for old, size in ((1, 3), (3, 7), (5, 9), (100, 200)):
        leaves = [draw.randbytes(32) for _ in range(size)]
        made = consistency_receipts(log, leaves, old)
        start = root_of(leaves[:old])
        for (name, (data, word)), answer in zip(made.items(), ask(
                [('consistency', data, start, log.x) for data, _ in made.values()])):
            wanted = f'ok {old} {size} {root_of(leaves).hex()}' if word == 'ok' else word
            check(f'a consistency receipt {name}, {old} of {size}', answer, wanted)
            if word == 'ok':
                check('the same to the library', library_receipt('consistency', data, start, key), answer)
        counts['receipts of the library'] += len(made)


def write_keys(counts):
    made = keys()
    for (name, (data, word)), answer in zip(made.items(), ask([('key', data) for data, _ in made.values()])):
        wanted = f'ok {thumbprint(CoseKey.decode(data)).hex()}' if word == 'ok' else word
        check(name, answer, wanted)
    sets = key_sets()
    answers = ask([('keys', data) for data, _, _ in sets.values()])
    for (name, (data, word, kids)), answer in zip(sets.items(), answers):
        check(f'a key set: {name}', answer, ' '.join(['ok', *(k.hex() for k in kids)]) if word == 'ok' else word)
    counts['keys and key sets of the library'] += len(made) + len(sets)


def main(full):
    start = time.monotonic()
    seed = int.from_bytes(os.urandom(4), 'big')
    reader = Reader(random.Random(seed), full)
    print(f'seed {seed}')
    write_keys(reader.counts)
    write_receipts(reader.draw, reader.counts)
    read_consistency(reader)
    with Served('cose_prove' if full else 'cose', interval='100ms') as log:
        fill(log)
        read_log(log, reader)
        write_statements(log, reader.counts)
    for what, count in sorted(reader.counts.items()):
        print(f'{count} {what}')
    print(f'{time.monotonic() - start:.1f} s')
