"""Statements, receipts and keys that pycose writes, good and otherwise, with the word that each must get."""
import hashlib

import cbor2
from cose_library import Ed25519, sign, sign_bytes, thumbprint
from pycose.algorithms import A128GCM, EdDSA, Es256, Es384, HMAC256
from pycose.headers import IV, KID, Algorithm, ContentType
from pycose.keys import EC2Key, OKPKey, SymmetricKey
from pycose.messages import Enc0Message, Mac0Message, Sign1Message, SignMessage
from pycose.messages.signer import CoseSignature

CLAIMS, TYP, RECEIPTS, VDS, VDP = 15, 16, 394, 395, 396
ISS, SUB, EXP, NBF, IAT, SCHEMA, DEPENDS, HOME = 1, 2, 4, 5, 6, -70001, -70002, -70003
VND = 'application/vnd.cairn.'


def head(major, n, size=None):
    """The head of an item; `size` bytes of argument when the shortest form is not wanted."""
    for s, info in ((0, None), (1, 24), (2, 25), (4, 26), (8, 27)):
        if s == 0 and size is None and n < 24:
            return bytes([major << 5 | n])
        if s and n < 1 << 8 * s and (size is None or size == s):
            return bytes([major << 5 | info]) + n.to_bytes(s, 'big')
    raise ValueError(n)


def bstr(b):
    return head(2, len(b)) + b


class Issuer:
    """A key of the library's, and the headers of what it says to one log."""

    def __init__(self, origin, iss=None):
        self.key = OKPKey.generate_key('ED25519')
        self.x = self.key.x
        self.kid = thumbprint(self.key)
        self.origin, self.iss = origin, iss

    def claims(self, **changes):
        """With iss=None and the like a claim is left out; more= adds others."""
        claims = {ISS: self.iss, SUB: 'subject-one', HOME: self.origin}
        for name, claim in (('iss', ISS), ('sub', SUB), ('home', HOME)):
            if name in changes:
                claims[claim] = changes[name]
        return {k: v for k, v in (claims | changes.get('more', {})).items() if v is not None}

    def header(self, labels=None, alg=EdDSA, **claims):
        header = {Algorithm: alg, KID: self.kid, CLAIMS: self.claims(**claims)} | (labels or {})
        return {k: v for k, v in header.items() if v is not None}

    def statement(self, payload=b'said', header=None, **how):
        return sign(header or self.header(), payload, self.key, **how)


def typed(issuer, kind, payload, **claims):
    return sign(issuer.header({TYP: f'{VND}{kind}+cbor'}, **claims), cbor2.dumps(payload), issuer.key)


def registration(issuer):
    """The issuer statement that makes it known: one key, for attestations, statuses and issuer statements."""
    key = {1: 1, -1: 6, -2: issuer.x}
    return typed(issuer, 'issuer', {1: 0, 3: [{1: key, 2: 7}], 4: [], 5: 'pycose', 6: '', 7: []}, sub=issuer.iss)


# ---- accepted ----

def accepted(issuer):
    """name -> bytes"""
    def with_header(labels, **claims):
        return issuer.statement(header=issuer.header(labels, **claims))

    plain = issuer.header()
    return {
        'alg -8': issuer.statement(),
        'alg -19': issuer.statement(header=issuer.header(alg=Ed25519)),
        'alg last': issuer.statement(header=dict(reversed(plain.items()))),
        'claims in another order': issuer.statement(
            header=plain | {CLAIMS: dict(reversed(plain[CLAIMS].items()))}),
        'an empty payload': issuer.statement(b''),
        'a payload of 10,000 bytes': issuer.statement(bytes(10000)),
        'a payload that is no CBOR': issuer.statement(b'\xff\xff'),
        'content type in words': with_header({ContentType: 'text/plain'}),
        'content type as a number': with_header({ContentType: 60}),
        'typ of its own': with_header({TYP: 'application/example+cbor'}),
        'typ as a number': with_header({TYP: 19}),
        'a label in words': with_header({'note': 'kept'}),
        'unknown labels': with_header({33: b'\x30', 4711: [1, {'a': None}], -70100: True}),
        'a map in a tag': with_header({'when': cbor2.CBORTag(1, 1700000000)}),
        'dates': with_header(None, more={EXP: 4000000000, NBF: 1, IAT: 2}),
        'other claims': with_header(None, more={3: 'audience', 7: b'cti', 'private': [1, 'two', b'3'], 8: {1: {}}}),
        'the largest number': with_header(None, more={'n': 2 ** 64 - 1, 'm': -2 ** 63}),
        'no home': issuer.statement(header=issuer.header(home=None)),
        'a subject that looks odd': issuer.statement(header=issuer.header(sub='~!@#$%^&*()_+{}|":<>?')),
        'the longest subject': issuer.statement(header=issuer.header(sub='s' * 255)),
    }


# ---- refused: signed all the same, and the library finds nothing wrong with most ----

def other_messages(issuer):
    """What is no COSE_Sign1 with Ed25519."""
    header = issuer.header()
    p256, p384 = EC2Key.generate_key('P_256'), EC2Key.generate_key('P_384')
    ed448, secret = OKPKey.generate_key('ED448'), SymmetricKey(k=bytes(32))
    signer = CoseSignature(phdr={Algorithm: EdDSA, KID: issuer.kid}, key=issuer.key)
    many = SignMessage(phdr={CLAIMS: issuer.claims()}, payload=b'said', signers=[signer])
    mac = Mac0Message(phdr=header | {Algorithm: HMAC256}, payload=b'said', key=secret)
    sealed = Enc0Message(
        phdr=header | {Algorithm: A128GCM, IV: bytes(12)}, payload=b'said', key=SymmetricKey(k=bytes(16)))
    return {
        'without a tag': (issuer.statement(tag=False), 'not-cose-sign1'),
        'COSE_Sign': (many.encode(), 'not-cose-sign1'),
        'COSE_Mac0': (mac.encode(), 'not-cose-sign1'),
        'COSE_Encrypt0': (sealed.encode(), 'not-cose-sign1'),
        'without a signature': (Sign1Message(phdr=header, payload=b'said').encode(sign=False), 'not-cose-sign1'),
        'a detached payload': (issuer.statement(None, detached=b'said'), 'not-cose-sign1'),
        'ES256': (sign(header | {Algorithm: Es256}, b'said', p256), 'bad-algorithm'),
        'ES384': (sign(header | {Algorithm: Es384}, b'said', p384), 'not-cose-sign1'),
        'Ed448': (sign(header, b'said', ed448), 'not-cose-sign1'),
        'alg in words': (issuer.statement(alg_text=True), 'bad-algorithm'),
        'the signature of another key': (sign(header, b'said', OKPKey.generate_key('ED25519')), 'bad-signature'),
        'external data': (issuer.statement(external_aad=b'more'), 'bad-signature'),
    }


def unprotected_filled(issuer):
    header = issuer.header()
    without = {label: {k: v for k, v in header.items() if k != label} for label in (KID, Algorithm, CLAIMS)}
    word = 'unprotected-not-empty'
    # What was signed without an alg in the protected map, sent without one anywhere.
    bare = Sign1Message(phdr=without[Algorithm], uhdr={Algorithm: EdDSA}, payload=b'said', key=issuer.key)
    bare.signature = bare.compute_signature()
    bare.uhdr = {}
    return {
        'kid unprotected': (issuer.statement(header=without[KID], unprotected={KID: issuer.kid}), word),
        'alg unprotected': (issuer.statement(header=without[Algorithm], unprotected={Algorithm: EdDSA}), word),
        'claims unprotected': (issuer.statement(header=without[CLAIMS], unprotected={CLAIMS: issuer.claims()}), word),
        'a receipt unprotected': (issuer.statement(unprotected={RECEIPTS: [b'receipt']}), word),
        'a word unprotected': (issuer.statement(unprotected={'x': 1}), word),
        'kid in both maps': (issuer.statement(unprotected={KID: b'other'}), 'bad-header'),
        'no alg': (bare.encode(sign=False), 'bad-algorithm'),
        'no kid': (issuer.statement(header=without[KID]), 'bad-header'),
        'no claims': (issuer.statement(header=without[CLAIMS]), 'bad-cwt-claims'),
    }


def other_headers(issuer):
    def with_header(labels, word, payload=b'said', **claims):
        return issuer.statement(payload, issuer.header(labels, **claims)), word

    deep = 1
    for _ in range(20):
        deep = [deep]
    return {
        'crit': with_header({2: ['x'], 'x': 1}, 'bad-header'),
        'receipts protected': with_header({RECEIPTS: []}, 'bad-header'),
        'vds': with_header({VDS: 1}, 'bad-header'),
        'vdp': with_header({VDP: {}}, 'bad-header'),
        'a hash envelope and no hash': with_header({258: -16}, 'bad-payload'),
        'a hash envelope of another hash': with_header({258: -43}, 'bad-header', payload=bytes(32)),
        'the type of what was hashed alone': with_header({259: 'text/plain'}, 'bad-header', payload=bytes(32)),
        'depending on nothing': with_header(None, 'bad-cwt-claims', more={DEPENDS: []}),
        'a reserved typ': with_header({TYP: VND + 'else+cbor'}, 'reserved-typ'),
        'a reserved typ, shouted': with_header({TYP: 'VND.CAIRN.SEAL'}, 'reserved-typ'),
        'a typ of bytes': with_header({TYP: b'x'}, 'bad-header'),
        'a kid of 31 bytes': with_header({KID: issuer.kid[:31]}, 'bad-header'),
        'a label of bytes': with_header({b'x': 1}, 'bad-header'),
        'claims in a list': with_header({CLAIMS: [1, 2]}, 'bad-cwt-claims'),
        'a claim named by bytes': with_header(None, 'bad-cwt-claims', more={b'x': 1}),
        'no iss': with_header(None, 'bad-cwt-claims', iss=None),
        'no sub': with_header(None, 'bad-cwt-claims', sub=None),
        'an empty iss': with_header(None, 'bad-iss', iss=''),
        'an iss with a line break': with_header(None, 'bad-iss', iss='a\nb'),
        'an iss of 256 bytes': with_header(None, 'bad-iss', iss='i' * 256),
        'an iss that is a number': with_header(None, 'bad-cwt-claims', iss=7),
        'a sub with a blank': with_header(None, 'bad-sub', sub='a b'),
        'a sub in upper-case digits': with_header(None, 'subject-not-canonical', sub='0xDEADBEEF'),
        'a UUID for sub': with_header(None, 'subject-not-canonical', sub='123e4567-e89b-12d3-a456-426614174000'),
        'a sub of 256 bytes': with_header(None, 'bad-sub', sub='s' * 256),
        'a home that is a number': with_header(None, 'bad-cwt-claims', home=7),
        'a negative exp': with_header(None, 'bad-cwt-claims', more={EXP: -1}),
        'an exp with a fraction': with_header(None, 'bad-cbor', more={EXP: 1.5}),
        'an exp in a tag': with_header(None, 'bad-cwt-claims', more={EXP: cbor2.CBORTag(1, 5)}),
        'undefined': with_header({'x': cbor2.undefined}, 'bad-cbor'),
        'another simple value': with_header({'x': cbor2.CBORSimpleValue(99)}, 'bad-cbor'),
        'a deep value': with_header({'x': deep}, 'too-deep'),
        '257 labels': with_header({f'x{i}': i for i in range(254)}, 'too-large'),
        'a schema and no home': with_header(None, 'bad-cwt-claims', home=None, more={SCHEMA: bytes(32)}),
        'a schema of 31 bytes': with_header(None, 'bad-cwt-claims', more={SCHEMA: bytes(31)}),
        'a schema and no map': with_header(None, 'bad-payload', more={SCHEMA: bytes(32)}),
        'a schema and a number twice': with_header(
            None, 'duplicate-key', bytes.fromhex('a2616101616102'), more={SCHEMA: bytes(32)}),
        'more than a bundle frames': with_header(None, 'statement-too-large', bytes(65500)),
    }


def other_encodings(issuer):
    """The same thing in bytes that CBOR allows and we do not: the library takes most, as it takes all of CBOR."""
    protected = cbor2.dumps({1: -8, 4: issuer.kid, 15: issuer.claims()})
    body, plain = protected[1:], sign_bytes(protected, b'said', issuer.key)
    signature = plain[-64:]

    def raw(protected, word):
        return sign_bytes(protected, b'said', issuer.key), word

    def respelt(*parts):
        return b''.join(parts), 'bad-cbor'

    p, s = bstr(protected), bstr(signature)
    return {
        'labels without an end': raw(b'\xbf' + body + b'\xff', 'bad-cbor'),
        'a long head of the labels': raw(head(5, 3, 1) + body, 'bad-cbor'),
        'a long label': raw(b'\xa3\x18\x01' + body[1:], 'bad-cbor'),
        'a label twice': raw(b'\xa4' + body + b'\x01\x27', 'duplicate-key'),
        'a label twice, unknown': raw(b'\xa5' + body + b'\x61x\x00\x61x\x01', 'duplicate-key'),
        'text that is not UTF-8': raw(b'\xa4' + body + b'\x61x\x61\xff', 'bad-utf8'),
        'something behind the labels': raw(protected + b'\x00', 'trailing-bytes'),
        'labels cut short': raw(protected[:-1], 'truncated'),
        'no labels at all': raw(b'', 'truncated'),
        'an empty map of labels': raw(b'\xa0', 'bad-algorithm'),
        'labels in a list': raw(b'\x86' + body, 'bad-header'),
        'the alg last in the list of EdDSA': raw(protected[:2] + b'\x38\x22' + body[2:], 'bad-algorithm'),
        'a long tag': respelt(b'\xd8\x12\x84', p, b'\xa0\x44said', s),
        'an array without an end': respelt(b'\xd2\x9f', p, b'\xa0\x44said', s, b'\xff'),
        'a long array head': respelt(b'\xd2\x98\x04', p, b'\xa0\x44said', s),
        'a long protected head': respelt(b'\xd2\x84', head(2, len(protected), 4), protected, b'\xa0\x44said', s),
        'a long unprotected head': respelt(b'\xd2\x84', p, b'\xb8\x00\x44said', s),
        'an unprotected map without an end': respelt(b'\xd2\x84', p, b'\xbf\xff\x44said', s),
        'a payload in pieces': respelt(b'\xd2\x84', p, b'\xa0\x5f\x42sa\x42id\xff', s),
        'a long signature head': respelt(b'\xd2\x84', p, b'\xa0\x44said', head(2, 64, 2), signature),
        'self-described CBOR': (b'\xd9\xd9\xf7' + plain, 'not-cose-sign1'),
        'a CWT tag': (b'\xd8\x3d' + plain, 'not-cose-sign1'),
        'five parts': (b'\xd2\x85' + plain[2:] + b'\x00', 'not-cose-sign1'),
        'three parts': (b'\xd2\x83' + p + b'\xa0\x44said', 'not-cose-sign1'),
        'a payload in words': (b'\xd2\x84' + p + b'\xa0\x64said' + s, 'not-cose-sign1'),
        'a signature of 63 bytes': (b'\xd2\x84' + p + b'\xa0\x44said' + bstr(signature[:63]), 'not-cose-sign1'),
        'a signature of 65 bytes': (b'\xd2\x84' + p + b'\xa0\x44said' + bstr(signature + b'\0'), 'not-cose-sign1'),
        'something behind': (plain + b'\x00', 'trailing-bytes'),
        'twice': (plain + plain, 'trailing-bytes'),
        'the last byte missing': (plain[:-1], 'truncated'),
        'nothing': (b'', 'truncated'),
    }


def refused(issuer):
    """name -> (bytes, word)"""
    return other_messages(issuer) | unprotected_filled(issuer) | other_headers(issuer) | other_encodings(issuer)


# ---- trees ----

def node(left, right):
    return hashlib.sha256(b'\x01' + left + right).digest()


def leaf(data):
    return hashlib.sha256(b'\x00' + data).digest()


def half_of(count):
    return 1 << (count - 1).bit_length() - 1


def root_of(leaves):
    if len(leaves) == 1:
        return leaves[0]
    half = half_of(len(leaves))
    return node(root_of(leaves[:half]), root_of(leaves[half:]))


def inclusion_path(leaves, index):
    """RFC 9162, 2.1.3.1."""
    if len(leaves) == 1:
        return []
    half = half_of(len(leaves))
    if index < half:
        return inclusion_path(leaves[:half], index) + [root_of(leaves[half:])]
    return inclusion_path(leaves[half:], index - half) + [root_of(leaves[:half])]


def consistency_path(leaves, old, whole=True):
    """RFC 9162, 2.1.4.1."""
    if old == len(leaves):
        return [] if whole else [root_of(leaves)]
    half = half_of(len(leaves))
    if old <= half:
        return consistency_path(leaves[:half], old, whole) + [root_of(leaves[half:])]
    return consistency_path(leaves[half:], old - half, False) + [root_of(leaves[:half])]


def inclusion_root(item, index, size, path):
    """RFC 9162, 2.1.3.2; None when the path has another length."""
    last, at = size - 1, item
    for sibling in path:
        if last == 0:
            return None
        if index & 1 or index == last:
            at = node(sibling, at)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            at = node(at, sibling)
        index, last = index >> 1, last >> 1
    return at if last == 0 else None


def consistency_root(old, size, path, old_root):
    """The newer root to which a path leads from the older one; None when it does not. RFC 9162, 2.1.4.2."""
    def lead(old, size, path, whole):
        if old == size:
            if whole:
                return (old_root, old_root) if not path else None
            return (path[0], path[0]) if len(path) == 1 else None
        if not path:
            return None
        half = half_of(size)
        if old <= half:
            found = lead(old, half, path[:-1], whole)
            return found and (found[0], node(found[1], path[-1]))
        found = lead(old - half, size - half, path[:-1], False)
        return found and (node(path[-1], found[0]), node(path[-1], found[1]))

    found = lead(old, size, path, True)
    return found[1] if found and found[0] == old_root else None


# ---- receipts ----

def receipt_header(issuer, **changes):
    header = {Algorithm: EdDSA, KID: issuer.kid, CLAIMS: {1: issuer.origin, 2: issuer.origin}, VDS: 1}
    header |= changes.get('more', {})
    return {k: v for k, v in header.items() if v is not None}


def proof_in(sort, first, second, path):
    return {VDP: {sort: [cbor2.dumps([first, second, path])]}}


def receipt(issuer, root, unprotected, header=None, payload=None, **how):
    """Detached: the payload is the root."""
    detached = root if payload is None else None
    return sign(header or receipt_header(issuer), payload, issuer.key, unprotected, detached, **how)


def receipts(issuer, leaves, index):
    """name -> (bytes, word) for the leaf at the index; the word of the good one is ok."""
    size, root, path = len(leaves), root_of(leaves), inclusion_path(leaves, index)
    good = proof_in(-1, size, index, path)
    header = receipt_header(issuer)
    long_proof = cbor2.dumps([size, index, path])
    other = bytes(31) + b'\1'
    beside = index ^ 1 if index ^ 1 < size else index - 1
    beside_fits = inclusion_root(leaves[index], beside, size, path) is not None

    def with_proof(unprotected, word):
        return receipt(issuer, root, unprotected), word

    def with_header(header, word):
        return receipt(issuer, root, good, header), word

    return {
        'good': (receipt(issuer, root, good), 'ok'),
        'of another root': (receipt(issuer, other, good), 'bad-signature'),
        'of another key': (sign(header, None, OKPKey.generate_key('ED25519'), good, root), 'bad-signature'),
        'with another kid': with_header(header | {KID: bytes(32)}, 'bad-signature'),
        'with alg -19': with_header(header | {Algorithm: Ed25519}, 'bad-algorithm'),
        'with vds 2': with_header(header | {VDS: 2}, 'bad-header'),
        'without vds': with_header(receipt_header(issuer, more={VDS: None}), 'bad-header'),
        'without kid': with_header(receipt_header(issuer, more={KID: None}), 'bad-header'),
        'without claims': with_header(receipt_header(issuer, more={CLAIMS: None}), 'bad-header'),
        'with another sub': with_header(header | {CLAIMS: {1: issuer.origin, 2: 'else'}}, 'bad-cwt-claims'),
        'with one label more': with_header(header | {'x': 1}, 'bad-header'),
        'with its labels in another order': with_header(dict(reversed(header.items())), 'bad-header'),
        'without a tag': (receipt(issuer, root, good, tag=False), 'not-cose-sign1'),
        'with the root in it': (receipt(issuer, root, good, payload=root), 'not-cose-sign1'),
        'without a proof': with_proof({}, 'bad-header'),
        'with two proofs': with_proof({VDP: {-1: [long_proof, long_proof]}}, 'bad-proof'),
        'with a proof that is not wrapped': with_proof({VDP: {-1: [[size, index, path]]}}, 'wrong-type'),
        'with a label more beside the proof': with_proof(good | {'x': 1}, 'bad-header'),
        'with a consistency proof': with_proof(proof_in(-2, size, index, path), 'bad-header'),
        'with an index beyond the size': with_proof(proof_in(-1, size, size, path), 'bad-size'),
        'with a hash less': with_proof(proof_in(-1, size, index, path[:-1]), 'bad-proof'),
        'with a hash more': with_proof(proof_in(-1, size, index, path + [other]), 'bad-proof'),
        'with 64 hashes': with_proof(proof_in(-1, size, index, [other] * 64), 'bad-proof'),
        'with a hash of 31 bytes': with_proof(proof_in(-1, size, index, path[:-1] + [bytes(31)]), 'wrong-type'),
        'with another hash': with_proof(proof_in(-1, size, index, path[:-1] + [other]), 'bad-signature'),
        'with another index': with_proof(
            proof_in(-1, size, beside, path), 'bad-signature' if beside_fits else 'bad-proof'),
        'with a long size': with_proof(
            {VDP: {-1: [b'\x83' + head(0, size, 4) + long_proof[1 + len(head(0, size)):]]}}, 'bad-cbor'),
        'with something behind': (receipt(issuer, root, good) + b'\0', 'trailing-bytes'),
    }


def consistency_receipts(issuer, leaves, old):
    size, root, path = len(leaves), root_of(leaves), consistency_path(leaves, old)
    other = [bytes(32)] + path[1:]
    leads = consistency_root(old, size, other, root_of(leaves[:old])) is not None

    def with_proof(unprotected, word):
        return receipt(issuer, root, unprotected), word

    return {
        'good': with_proof(proof_in(-2, old, size, path), 'ok'),
        'of the older root': (receipt(issuer, root_of(leaves[:old]), proof_in(-2, old, size, path)), 'bad-signature'),
        'of inclusion': with_proof(proof_in(-1, old, size, path), 'bad-header'),
        'from nothing': with_proof(proof_in(-2, 0, size, path), 'bad-size'),
        'from the same size': with_proof(proof_in(-2, size, size, path), 'bad-size'),
        'backwards': with_proof(proof_in(-2, size, old, path), 'bad-size'),
        'without a hash': with_proof(proof_in(-2, old, size, []), 'bad-proof'),
        'with a hash less': with_proof(proof_in(-2, old, size, path[:-1]), 'bad-proof'),
        'with a hash more': with_proof(proof_in(-2, old, size, path + [bytes(32)]), 'bad-proof'),
        'with another hash': with_proof(proof_in(-2, old, size, other), 'bad-signature' if leads else 'bad-proof'),
    }


# ---- keys ----

def keys():
    """name -> (COSE_Key, word)"""
    key = OKPKey.generate_key('ED25519')
    x = key.x

    def okp(curve='ED25519', x=x, **params):
        return OKPKey(crv=curve, x=x, optional_params=params).encode()

    return {
        'a key': (okp(), 'ok'),
        'a key with alg': (okp(ALG='EDDSA'), 'bad-key'),
        'a key with kid': (okp(KID=b'kid'), 'bad-key'),
        'a key with operations': (okp(KEY_OPS=['VERIFY']), 'bad-key'),
        'a secret key': (key.encode(), 'bad-key'),
        'a key for X25519': (okp('X25519', OKPKey.generate_key('X25519').x), 'bad-key'),
        'a key for Ed448': (okp('ED448', OKPKey.generate_key('ED448').x), 'bad-key'),
        'a key of 31 bytes': (okp(x=x[:31]), 'bad-key'),
        'a key for P-256': (EC2Key.generate_key('P_256').encode(), 'bad-key'),
        'a symmetric key': (SymmetricKey(k=bytes(32)).encode(), 'bad-key'),
        'a key of small order': (okp(x=b'\1' + bytes(31)), 'bad-key'),
        'a key in another order': (cbor2.dumps({-2: x, -1: 6, 1: 1}), 'ok'),
        'a curve in words': (cbor2.dumps({1: 1, -1: 'Ed25519', -2: x}), 'bad-key'),
        'a long head': (b'\xb8\x03' + okp()[1:], 'bad-cbor'),
        'something behind': (okp() + b'\0', 'trailing-bytes'),
    }


def key_sets():
    """name -> (COSE_KeySet, word, kids)"""
    made = sorted((OKPKey.generate_key('ED25519') for _ in range(17)), key=thumbprint)
    one = [OKPKey(crv='ED25519', x=k.x).encode() for k in made]
    kids = [thumbprint(k) for k in made]

    def set_of(list_):
        return head(4, len(list_)) + b''.join(list_)

    return {
        'one key': (set_of(one[:1]), 'ok', kids[:1]),
        'three keys': (set_of(one[:3]), 'ok', kids[:3]),
        'sixteen keys': (set_of(one[:16]), 'ok', kids[:16]),
        'seventeen keys': (set_of(one), 'bad-key', None),
        'no key': (set_of([]), 'bad-key', None),
        'in another order': (set_of(one[2::-1]), 'bad-key', None),
        'a key twice': (set_of([one[0], one[0]]), 'bad-key', None),
        'without an end': (b'\x9f' + one[0] + b'\xff', 'bad-cbor', None),
        'another order inside': (set_of([cbor2.dumps({-2: made[0].x, -1: 6, 1: 1})]), 'bad-key', None),
        'a key alone': (one[0], 'wrong-type', None),
    }
