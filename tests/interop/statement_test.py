#!/usr/bin/env python3
"""Statements, the index and receipts, computed once more from their definitions with cbor2 and cryptography.

A log of a few statements of each kind is served. From its bundles alone: every statement is canonical and signed
by a key of its issuer; the index root in every seal is the one of all that stands before it; every receipt is
signed by the log and proves its entry."""
import base64
import hashlib
import os
import sys
import urllib.error

sys.dont_write_bytecode = True
from distribution import needs

needs('cbor2')
needs('cryptography')
import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from served import Served, fill

VND = 'application/vnd.cairn.'
SCHEMA, HOME = -70001, -70003
ATTEST, STATUS, ISSUER, SEAL, RULES = 1, 2, 4, 8, 16
PURPOSE = {'issuer': ISSUER, 'rules': RULES, 'schema': ATTEST, 'status': STATUS, 'seal': SEAL, None: ATTEST}


def sha(*parts):
    return hashlib.sha256(b''.join(parts)).digest()


def u64(n):
    return n.to_bytes(8, 'big')


def head(major, n):
    for size, info in ((0, None), (1, 24), (2, 25), (4, 26), (8, 27)):
        if size == 0 and n < 24:
            return bytes([major << 5 | n])
        if size > 0 and n < 1 << 8 * size:
            return bytes([major << 5 | info]) + n.to_bytes(size, 'big')
    raise ValueError(n)


def bstr(b):
    return head(2, len(b)) + b


# ---- RFC 6962 ----

def merkle(leaves):
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return sha(b'\x01', merkle(leaves[:half]), merkle(leaves[half:]))


def leaf(b):
    return sha(b'\x00', b)


def path_root(node, index, size, path):
    """RFC 9162, 2.1.3.2."""
    last = size - 1
    for sibling in path:
        assert last > 0
        if index & 1 or index == last:
            node = sha(b'\x01', sibling, node)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            node = sha(b'\x01', node, sibling)
        index, last = index >> 1, last >> 1
    assert last == 0
    return node


# ---- COSE ----

def thumbprint(x):
    """RFC 9679: the required members of the key, in the order of their bytes."""
    return sha(b'\xa3\x01\x01\x20\x06\x21', bstr(x))


def holds(x, protected, payload, signature):
    signed = b'\x84' + b'\x6aSignature1' + bstr(protected) + b'\x40' + bstr(payload)
    try:
        Ed25519PublicKey.from_public_bytes(x).verify(signature, signed)
    except InvalidSignature:
        return False
    return True


class Statement:
    def __init__(self, position, b):
        self.position, self.bytes, self.id = position, b, sha(b)
        tag = cbor2.loads(b)
        assert tag.tag == 18
        self.protected, unprotected, self.payload, self.signature = tag.value
        assert unprotected == {} and len(self.signature) == 64
        canonical = b'\xd2\x84' + bstr(self.protected) + b'\xa0' + bstr(self.payload) + bstr(self.signature)
        assert b == canonical, f'@{position} is not canonical'
        self.header = cbor2.loads(self.protected)
        assert cbor2.dumps(self.header) == self.protected or cbor2.dumps(self.header, canonical=True) == self.protected
        self.claims = self.header[15]
        self.iss, self.sub = self.claims[1], self.claims[2]
        typ = self.header.get(16) or ''
        self.kind = typ[len(VND):-len('+cbor')] if typ.startswith(VND) else None
        self.content = cbor2.loads(self.payload)


def check_signatures(statements, origin):
    """Keys come from the issuers' own statements. Nothing here is cut or recovered."""
    keys = {}
    for s in statements:
        if s.kind == 'issuer':
            keys[s.iss] = {thumbprint(k[1][-2]): (k[1][-2], k[2]) for k in s.content[3]}
            kid = base64.urlsafe_b64encode(s.header[4]).rstrip(b'=').decode()
            assert s.iss in (origin, 'urn:ietf:params:oauth:ckt:sha-256:' + kid)
        x, purposes = keys[s.iss][s.header[4]]
        assert purposes & PURPOSE[s.kind], f'@{s.position}: the key is for something else'
        assert s.header[1] in (-8, -19) and s.claims[HOME] == origin
        assert holds(x, s.protected, s.payload, s.signature), f'@{s.position}: the signature does not hold'
        other = bytes([s.payload[0] ^ 1]) + s.payload[1:]
        assert not holds(x, s.protected, other, s.signature)
    return keys


# ---- the index ----

def index_key(kind, *components):
    raw = [c.encode() if isinstance(c, str) else c for c in components]
    first = sha(b'\x13', kind, raw[0] if raw else b'')
    return first if len(raw) < 2 else first[:16] + sha(b'\x15', kind, raw[1])[:16]


def derive(s):
    if s.kind == 'rules':
        approvals = [a[1] for a in s.content.get(4, [])] + s.content.get(5, [])
        return {index_key(b'G'), *(index_key(b'P', iss) for iss in approvals)}
    if s.kind == 'issuer':
        return {index_key(b'I', s.iss)}
    if s.kind == 'schema':
        return {index_key(b'N', s.iss, s.content[1])}
    if s.kind == 'status':
        return {index_key(b'S', s.sub, s.iss), index_key(b'A', s.content[1], s.iss)}
    if s.kind is None:
        under = {index_key(b'T', s.iss, s.claims[SCHEMA])} if SCHEMA in s.claims else set()
        return under | {index_key(b'S', s.sub, s.iss)}
    return set()


def bit(key, b):
    return key[b // 8] >> 7 - b % 8 & 1


def trie(values):
    if not values:
        return bytes(32)
    keys = sorted(values)
    if len(keys) == 1:
        return sha(b'\x10', keys[0], values[keys[0]])
    b = next(i for i in range(256) if bit(keys[0], i) != bit(keys[-1], i))
    shared = (int.from_bytes(keys[0], 'big') >> 256 - b << 256 - b).to_bytes(32, 'big')
    halves = [trie({k: v for k, v in values.items() if bit(k, b) == side}) for side in (0, 1)]
    return sha(b'\x11', bytes([b]), shared, *halves)


def index_of(statements):
    lists = {}
    for s in statements:
        for key in derive(s):
            lists.setdefault(key, []).append(leaf(u64(s.position) + s.id))
    return {key: u64(len(items)) + merkle(items) for key, items in lists.items()}


def check_seals(statements):
    count = 0
    for s in statements:
        if s.kind == 'seal':
            index = index_of(statements[:s.position])
            assert s.content[1] == s.position
            assert s.content[3] == len(index), f'@{s.position}: {s.content[3]} keys, not {len(index)}'
            assert s.content[2] == trie(index), f'@{s.position}: another index root'
            count += 1
    return count


# ---- receipts ----

def check_receipts(log, statements, keys):
    size = len(statements)
    root = merkle([leaf(s.id) for s in statements])
    assert log.get('checkpoint').split(b'\n')[2] == base64.b64encode(root)
    for s in statements:
        receipt = cbor2.loads(log.get(f'entries/{s.id.hex()}'))
        assert receipt.tag == 18
        protected, unprotected, payload, signature = receipt.value
        head_ = cbor2.loads(protected)
        assert head_[395] == 1 and head_[15] == {1: log.origin, 2: log.origin} and payload is None
        x, purposes = keys[log.origin][head_[4]]
        assert purposes & SEAL and holds(x, protected, root, signature)
        assert list(unprotected) == [396] and list(unprotected[396]) == [-1] and len(unprotected[396][-1]) == 1
        said_size, index, path = cbor2.loads(unprotected[396][-1][0])
        assert (said_size, index) == (size, s.position)
        assert path_root(leaf(s.id), index, size, path) == root, f'@{s.position}: the receipt proves another root'


def read_statements(log):
    size = log.size()
    rest, statements = log.get(f'tile/statements/000.p/{size}'), []
    entries = log.get(f'tile/entries/000.p/{size}')
    while rest:
        length = int.from_bytes(rest[:2], 'big')
        statements.append(Statement(len(statements), rest[2:2 + length]))
        rest = rest[2 + length:]
    assert entries == b''.join(b'\x00\x20' + s.id for s in statements)
    return statements


def main():
    with Served('statements', interval='100ms') as log:
        fill(log)
        statements = read_statements(log)
        keys = check_signatures(statements, log.origin)
        seals = check_seals(statements)
        check_receipts(log, statements, keys)
        try:
            log.get('entries/' + '00' * 32)
            raise SystemExit('a receipt for what is not in the log')
        except urllib.error.HTTPError as e:
            assert e.code == 404
        kinds = sorted({s.kind or 'attestation' for s in statements})
        assert len(kinds) == 6, kinds
        print(f'{len(statements)} statements ({", ".join(kinds)}), {seals} index roots, {len(statements)} receipts')


main()
