"""A second reader of Cairn's files, written from docs/formats.md and from nothing else of Cairn.

cbor() is the strict decoder of 1.1, Statement section 3 and 4, Evidence section 10, armour() section 11, Trust
section 13, verify() section 14. Whatever is not as the document says raises Refused with the document's word."""
import base64
import functools
import hashlib
import re
import unicodedata

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

U64 = 1 << 64
CKT = 'urn:ietf:params:oauth:ckt:sha-256:'
VND = 'application/vnd.cairn.'
SCHEMA, DEPENDS, HOME, EVIDENCE = -70001, -70002, -70003, -70100
KINDS = {VND + k + '+cbor': k for k in ('issuer', 'rules', 'schema', 'status', 'seal')}
PURPOSE = {'attestation': 1, 'schema': 1, 'status': 2, 'issuer': 4, 'seal': 8, 'rules': 16}
BYTES_MAX = {'issuer': 2048, 'rules': 16384, 'schema': 8192, 'status': 1024, 'seal': 1024, 'attestation': 65535}
COMPONENTS = {'G': 0, 'P': 1, 'I': 1, 'N': 2, 'T': 2, 'S': 2, 'A': 2}
REASONS = ['', 'key-compromise', 'issued-in-error', 'claims-changed', 'subject-request', 'superseded', 'ceased',
           'legal-order', 'suspended-for-review', 'unspecified']
ENVELOPE, PREIMAGE_TYPE, PREIMAGE_PLACE = 258, 259, 260
PRIVATE = VND + 'claims+cbor'


class Refused(Exception):
    """A reason word of section 18, and the decoded statement's kind as far as it was known."""

    def __init__(self, word, detail=''):
        super().__init__(f'{word} {detail}'.strip())
        self.word = word


def need(condition, word, detail=''):
    if not condition:
        raise Refused(word, detail)


def sha(*parts):
    return hashlib.sha256(b''.join(parts)).digest()


# ---- 1.1 CBOR ----

class Tag:
    def __init__(self, number, value):
        self.number, self.value = number, value


class Reader:
    def __init__(self, b):
        self.b, self.at = b, 0

    def take(self, n):
        need(n <= len(self.b) - self.at, 'truncated')
        self.at += n
        return self.b[self.at - n:self.at]

    def head(self):
        first = self.take(1)[0]
        major, info = first >> 5, first & 31
        if info < 24:
            return major, info
        need(info < 28 and major != 7, 'bad-cbor')
        size = 1 << info - 24
        n = int.from_bytes(self.take(size), 'big')
        need(n >= (24 if size == 1 else 1 << 4 * size), 'bad-cbor', 'a head that is not the shortest')
        return major, n

    def simple(self, n):
        need(n in (20, 21, 22), 'bad-cbor', 'a simple value')
        return {20: False, 21: True, 22: None}[n]

    def peek(self):
        at = self.at
        major, n = self.head()
        if major == 7:
            self.simple(n)
        self.at = at
        return major

    def pairs(self, n):
        """The count of a map, which has one item at least for each key and each value."""
        need(2 * n <= len(self.b) - self.at, 'truncated')
        need(n <= 256, 'too-large')
        return range(n)

    def map_key(self, found):
        need(self.peek() < 4, 'wrong-type')
        key = self.item()
        need(key not in found, 'duplicate-key')
        return key

    def item(self, depth=0):
        major, n = self.head()
        if major == 0:
            return n
        if major == 1:
            return -1 - n
        if major == 2:
            return self.take(n)
        if major == 3:
            try:
                return self.take(n).decode('utf-8')
            except UnicodeDecodeError as e:
                raise Refused('bad-utf8') from e
        if major == 7:
            return self.simple(n)
        need(depth < 16, 'too-deep')
        if major == 4:
            need(n <= len(self.b) - self.at, 'truncated')
            return [self.item(depth + 1) for _ in range(n)]
        if major == 6:
            return Tag(n, self.item(depth + 1))
        pairs = {}
        for _ in self.pairs(n):
            key = self.map_key(pairs)
            pairs[key] = self.item(depth + 1)
        return pairs


def cbor(b):
    reader = Reader(b)
    value = reader.item()
    need(reader.at == len(b), 'trailing-bytes')
    return value


def head(major, n):
    if n < 24:
        return bytes([major << 5 | n])
    size = 1 if n < 1 << 8 else 2 if n < 1 << 16 else 4 if n < 1 << 32 else 8
    return bytes([major << 5 | 23 + size.bit_length()]) + n.to_bytes(size, 'big')


def bstr(b):
    return head(2, len(b)) + b


def encode(value):
    """Maps in the order they have; the caller orders them."""
    if value is None or value is True or value is False:
        return {False: b'\xf4', True: b'\xf5', None: b'\xf6'}[value]
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return bstr(value)
    if isinstance(value, str):
        b = value.encode()
        return head(3, len(b)) + b
    if isinstance(value, list):
        return head(4, len(value)) + b''.join(map(encode, value))
    if isinstance(value, Tag):
        return head(6, value.number) + encode(value.value)
    return head(5, len(value)) + b''.join(encode(k) + encode(v) for k, v in value.items())


def rising(values, word='bad-payload'):
    need(all(a < b for a, b in zip(values, values[1:])), word)


def is_uint(v, below=U64):
    return type(v) is int and 0 <= v < below


def is_bytes(v, size=None):
    return isinstance(v, bytes) and size in (None, len(v))


def is_text(v, least=0, most=1 << 62):
    return isinstance(v, str) and least <= len(v.encode()) <= most


# ---- 1.2 Ed25519 ----

Q = 2 ** 255 - 19
ORDER = 2 ** 252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, Q) % Q


def add(a, b):
    (x1, y1, z1), (x2, y2, z2) = a, b
    m, c = z1 * z2 % Q, D * x1 * x2 * y1 * y2 % Q
    p, q = (m * m - c) % Q, (m * m + c) % Q
    return (m * p * (x1 * y2 + x2 * y1) % Q, m * q * (y1 * y2 + x1 * x2) % Q, p * q % Q)


def multiply(n, point):
    result = (0, 1, 1)
    while n:
        if n & 1:
            result = add(result, point)
        point, n = add(point, point), n >> 1
    return result


def neutral(point):
    return point[0] % Q == 0 and (point[1] - point[2]) % Q == 0


def point_of(b):
    """The point of a canonical encoding, or None."""
    n = int.from_bytes(b, 'little')
    y, sign = n & (1 << 255) - 1, n >> 255
    if y >= Q:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, Q) % Q
    x = pow(square, (Q + 3) // 8, Q)
    if (x * x - square) % Q:
        x = x * pow(2, (Q - 1) // 4, Q) % Q
    if (x * x - square) % Q or (x == 0 and sign):
        return None
    return (Q - x if x & 1 != sign else x, y, 1)


KEYS = {}


def good_key(x):
    """Canonical and of prime order."""
    if x not in KEYS:
        point = point_of(x)
        KEYS[x] = point is not None and not neutral(point) and neutral(multiply(ORDER, point))
    return KEYS[x]


@functools.lru_cache(200000)
def holds(x, signature, message):
    # OpenSSL checks that S is canonical and compares R by its bytes.
    point = point_of(signature[:32])
    if not good_key(x) or point is None or neutral(multiply(8, point)):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(x).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def sig_structure(protected, payload):
    return b'\x84\x6aSignature1' + bstr(protected) + b'\x40' + bstr(payload)


# ---- 2 keys and names ----

def b64url(b):
    return base64.urlsafe_b64encode(b).rstrip(b'=').decode()


def b64(text, word):
    """Base64 with padding, one text for each value."""
    try:
        b = base64.b64decode(text, validate=True)
    except ValueError as e:  # an octet that is not ASCII is one too
        raise Refused(word) from e
    need(base64.b64encode(b).decode() == text, word)
    return b


def cose_key(x):
    return b'\xa3\x01\x01\x20\x06\x21' + bstr(x)


def thumbprint(x):
    return sha(cose_key(x))


def urn_of(kid):
    return CKT + b64url(kid)


def kid_of(iss):
    """The thumbprint that the URN of a key names, or None."""
    if not iss.startswith(CKT) or len(iss) != len(CKT) + 43:
        return None
    try:
        kid = base64.urlsafe_b64decode(iss[len(CKT):] + '=')
    except ValueError:
        return None
    return kid if urn_of(kid) == iss else None


def read_key(value, points=True):
    """The x of a decoded COSE_Key; whether it is a good point may be asked later."""
    need(isinstance(value, dict) and set(value) == {1, -1, -2}, 'bad-key')
    need(value[1] == 1 and value[-1] == 6 and is_bytes(value[-2], 32), 'bad-key')
    need(not points or good_key(value[-2]), 'bad-key')
    return value[-2]


def begins(text, prefix):
    return text[:len(prefix)].lower() == prefix


def is_utf8(text):
    return not any(0xd800 <= ord(c) < 0xe000 for c in text)


def has_control(text):
    return any(ord(c) < 0x20 or 0x7f <= ord(c) < 0xa0 for c in text)


def check_iss(iss):
    need(is_text(iss, 1, 255) and not has_control(iss), 'bad-iss')


def check_sub(sub):
    need(is_text(sub, 1, 255) and all(0x21 <= ord(c) <= 0x7e for c in sub), 'bad-sub')
    v = sub.rsplit(':', 1)[-1]
    need(not v.startswith('0X'), 'subject-not-canonical')
    v = v[2:] if v.startswith('0x') else v
    uuid = re.fullmatch(r'[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}', v)
    need(not uuid, 'subject-not-canonical')
    need(not (re.fullmatch('[0-9a-fA-F]{8,}', v) and re.search('[A-F]', v)), 'subject-not-canonical')


# ---- 3 statements ----

def canonical(protected, payload, signature):
    return b'\xd2\x84' + bstr(protected) + b'\xa0' + bstr(payload) + bstr(signature)


def envelope(b, detached='not-cose-sign1'):
    """protected, unprotected, payload, signature of a COSE_Sign1, read in the order of its bytes."""
    r = Reader(b)
    need(r.peek() == 6 and r.head()[1] == 18 and r.peek() == 4, 'not-cose-sign1')
    count = r.head()[1]
    need(count <= len(b) - r.at, 'truncated')
    need(count == 4, 'not-cose-sign1')
    protected = part(r)
    need(r.at < len(b), 'truncated')
    need(b[r.at] >> 5 == 5, 'not-cose-sign1')
    unprotected = Unprotected(b, r.at)
    if unprotected.labels:
        check_both(unprotected.labels, cbor(protected))
    r.at = unprotected.at
    is_detached = b[r.at:r.at + 1] == b'\xf6'
    payload = r.item() if is_detached else part(r)
    signature = part(r)
    need(len(signature) == 64, 'not-cose-sign1')
    need(r.at == len(b), 'trailing-bytes')
    need(not is_detached, detached)
    return protected, unprotected.labels, payload, signature


class Unprotected(Reader):
    """The map at this place."""

    def __init__(self, b, at):
        self.b, self.at, self.labels = b, at, {}
        for _ in self.pairs(self.head()[1]):
            need(self.peek() < 4, 'not-cose-sign1')
            key = self.map_key(self.labels)
            self.labels[key] = self.item(1)


def part(r):
    need(r.peek() == 2, 'not-cose-sign1')
    return r.item()


def check_both(unprotected, protected):
    """RFC 9052, section 3: labels are integers or text, and none stands in both maps."""
    need(isinstance(protected, dict), 'not-cose-sign1')
    for label in [*unprotected, *protected]:
        need(not isinstance(label, bytes), 'bad-header')
    need(not set(unprotected) & set(protected), 'bad-header')


class Statement:
    def __init__(self, b):
        need(len(b) <= 65535, 'statement-too-large')
        self.protected, unprotected, self.payload, self.signature = envelope(b)
        need(unprotected == {}, 'unprotected-not-empty')
        self.bytes, self.id = b, sha(b)
        labels = cbor(self.protected)
        need(isinstance(labels, dict), 'bad-header')
        self.read_labels(labels)
        need(1 in labels, 'bad-algorithm')
        need(15 in labels, 'bad-cwt-claims')
        need(4 in labels, 'bad-header')
        self.kid, self.claims, self.typ, self.content = labels[4], labels[15], labels.get(16), labels.get(3)
        self.kind = self.read_kind()
        need(len(b) <= BYTES_MAX[self.kind], 'statement-too-large')
        need(1 in self.claims and 2 in self.claims, 'bad-cwt-claims')
        self.iss, self.sub, self.home = self.claims[1], self.claims[2], self.claims.get(HOME)
        self.schema, self.depends = self.claims.get(SCHEMA), self.claims.get(DEPENDS, [])
        self.private, self.envelope, self.hashed = False, ENVELOPE in labels, labels.get(PREIMAGE_TYPE)
        check_iss(self.iss)
        check_sub(self.sub)
        if HOME in self.claims:
            need(is_text(self.home, 1, 255) and not has_control(self.home), 'bad-cwt-claims')
        self.check_kind(labels)
        self.position = None

    def read_labels(self, labels):
        for k, v in labels.items():
            need(not isinstance(k, bytes), 'bad-header')
            if k == 1:
                need(v in (-8, -19) and type(v) is int, 'bad-algorithm')
            elif k == 4:
                need(is_bytes(v, 32), 'bad-header')
            elif k in (16, 3, PREIMAGE_TYPE):
                need(is_text(v) or is_uint(v), 'bad-header')
            elif k == ENVELOPE:
                need(type(v) is int and v == -16, 'bad-header')
            elif k == PREIMAGE_PLACE:
                need(is_text(v, 1, 1024), 'bad-header')
            elif k in (2, 394, 395, 396):
                raise Refused('bad-header')
            elif k == 15:
                need(isinstance(v, dict), 'bad-cwt-claims')
                self.read_claims(v)

    def read_claims(self, claims):
        for k, v in claims.items():
            need(not isinstance(k, bytes), 'bad-cwt-claims')
            if k in (1, 2, HOME):
                need(is_text(v), 'bad-cwt-claims')
            elif k in (4, 5, 6):
                need(is_uint(v), 'bad-cwt-claims')
            elif k == SCHEMA:
                need(is_bytes(v, 32), 'bad-cwt-claims')
            elif k == DEPENDS:
                need(isinstance(v, list) and 1 <= len(v) <= 16, 'bad-cwt-claims')
                need(all(is_bytes(i, 32) for i in v) and len(set(v)) == len(v), 'bad-cwt-claims')

    def read_kind(self):
        if not isinstance(self.typ, str):
            return 'attestation'
        if self.typ in KINDS:
            return KINDS[self.typ]
        need(not begins(self.typ, VND) and not begins(self.typ, 'vnd.cairn.'), 'reserved-typ')
        return 'attestation'

    def check_kind(self, labels):
        if self.kind != 'attestation':
            need(set(labels) == {1, 4, 15, 16}, 'bad-header')
            need({1, 2, HOME} <= set(self.claims) <= {1, 2, HOME, 6}, 'bad-cwt-claims')
            if self.kind == 'issuer':
                need(self.sub == self.iss, 'bad-cwt-claims')
            if self.kind in ('rules', 'seal'):
                need(self.sub == self.home, 'bad-cwt-claims')
            return
        self.check_envelope(labels)
        if self.schema is not None:
            need(self.home is not None, 'bad-cwt-claims')
            self.private = ENVELOPE in labels
            if not self.private:
                need(self.payload and self.payload[0] >> 5 == 5, 'bad-payload')
                cbor(self.payload)
        if ENVELOPE in labels:
            need(len(self.payload) == 32, 'bad-payload')

    def check_envelope(self, labels):
        what = labels.get(PREIMAGE_TYPE)
        if ENVELOPE not in labels:
            need(PREIMAGE_TYPE not in labels and PREIMAGE_PLACE not in labels, 'bad-header')
            return
        need(3 not in labels, 'bad-header')
        if self.schema is not None:
            need(what == PRIVATE, 'bad-header')
        else:
            need(not (isinstance(what, str) and what.lower() == PRIVATE), 'bad-header')

    def read_payload(self, points=True):
        """What the payload of one of Cairn's own kinds holds."""
        return read_whole(self.payload, PAYLOADS[self.kind], points)

    def signed_by(self, x):
        return holds(x, self.signature, sig_structure(self.protected, self.payload))


def open_private(preimage, payload):
    """The claims of a preimage that has this hash (3.2)."""
    need(len(preimage) <= 65535 and sha(preimage) == payload, 'bad-payload')
    m = cbor(preimage)
    need(isinstance(m, dict) and set(m) == {1, 2} and is_bytes(m[1], 16), 'bad-payload')
    need(isinstance(m[2], dict) and all(isinstance(k, str) for k in m[2]), 'bad-payload')
    return m[2]


# ---- 4 payloads: read in the order of their bytes, the first thing that is wrong gives the word ----

class Fields(Reader):
    """Each takes the next item and wants it to be of one CBOR type."""

    def next(self, major):
        need(self.peek() == major, 'wrong-type')
        return self.head()[1]

    def uint(self, least=0, most=U64 - 1):
        n = self.next(0)
        need(least <= n <= most, 'bad-payload')
        return n

    def bytes(self, size=None):
        value = self.take(self.next(2))
        need(size in (None, len(value)), 'wrong-type')
        return value

    def text(self, most=1 << 62):
        need(self.peek() == 3, 'wrong-type')
        value = self.item()
        need(len(value.encode()) <= most, 'bad-payload')
        return value

    def bool(self):
        need(self.peek() == 7, 'wrong-type')
        value = self.item()
        need(value is not None, 'wrong-type')
        return value

    def list(self, least, most, read, check=lambda before, now: True):
        n = self.next(4)
        need(least <= n <= most, 'bad-payload')
        values = []
        for _ in range(n):
            value = read()
            need(not values or check(values[-1], value), 'bad-payload')
            values.append(value)
        return values

    def map(self, readers, optional=()):
        """readers: label -> how its value is read."""
        found = {}
        for _ in self.pairs(self.next(5)):
            key = self.map_key(found)
            need(type(key) is int and key in readers, 'bad-payload')
            found[key] = readers[key]()
        need(set(readers) <= set(found) | set(optional), 'bad-payload')
        return found

    def key(self):
        readers = {1: self.uint, -1: self.uint, -2: lambda: self.bytes(32)}
        wanted, found = {1: 1, -1: 6}, {}
        try:
            pairs = self.pairs(self.next(5))
            need(len(pairs) == 3, 'bad-key')
            for _ in pairs:
                label = self.map_key(found)
                need(type(label) is int and label in readers, 'bad-key')
                found[label] = readers[label]()
                need(wanted.get(label, found[label]) == found[label], 'bad-key')
            return read_key(found, self.points)
        except Refused as r:
            raise Refused('bad-key' if r.word == 'wrong-type' else r.word) from r

    def hash(self):
        return self.bytes(32)


def read_whole(payload, read, points=True):
    f = Fields(payload)
    f.points = points
    p = read(f)
    need(f.at == len(payload), 'trailing-bytes')
    return p


def chain(p):
    need((2 in p) == (p[1] != 0), 'bad-payload')


def read_issuer(f):
    def listed():
        m = f.map({1: f.key, 2: lambda: f.uint(1, 63)})
        return thumbprint(m[1]), (m[1], m[2])

    def cut():
        return f.map({1: f.hash, 2: f.uint}, [2])

    p = f.map({1: f.uint, 2: f.hash, 3: lambda: f.list(1, 16, listed, lambda a, b: a[0] < b[0]),
               4: lambda: f.list(0, 16, cut, lambda a, b: a[1] < b[1]), 5: lambda: f.text(128), 6: lambda: url(f),
               7: lambda: f.list(0, 4, f.hash, lambda a, b: a < b), 8: f.key}, [2, 8])
    chain(p)
    need(8 not in p or p[1] != 0, 'bad-payload')
    p['keys'] = dict(p[3])
    return p


def url(f):
    text = f.text(255)
    need(all(0x20 <= ord(c) <= 0x7e for c in text), 'bad-payload')
    return text


def read_rules(f):
    def approval():
        m = f.map({1: lambda: name_of(f), 2: f.hash})
        need(not begins(m[1], 'urn:') or kid_of(m[1]) == m[2], 'bad-payload')
        return m

    def version():
        need(f.uint() == 1, 'rules-version')
        return 1

    p = f.map({1: f.uint, 2: f.hash, 3: lambda: f.uint(0, 1),
               4: lambda: f.list(0, 64, approval, lambda a, b: a[1].encode() < b[1].encode()),
               5: lambda: f.list(0, 64, lambda: name_of(f), lambda a, b: a.encode() < b.encode()),
               6: lambda: f.map({1: f.uint, 2: f.uint}),
               7: lambda: f.map({1: f.uint, 2: lambda: name_of(f)}, [2]), 8: version}, [2, 7])
    chain(p)
    return p


def name_of(f):
    name = f.text()
    need(is_text(name, 1, 255) and all(0x20 <= ord(c) <= 0x7e for c in name), 'bad-iss')
    return name


def is_name(v):
    return isinstance(v, str) and re.fullmatch('[a-z][a-z0-9_.-]{0,63}', v) is not None


BOOL, INT, UINT, TEXT, BYTES, TIME = range(6)
ARRAY = 16


def read_schema(f):
    def name():
        text = f.text()
        need(is_name(text), 'bad-schema')
        return text

    def listed():
        n = f.next(4)
        need(1 <= n <= 64, 'bad-payload')
        found = []
        for _ in range(n):
            one = read_field(f)
            need(one[1] not in [other[1] for other in found], 'bad-schema')
            found.append(one)
        return found

    p = f.map({1: name, 2: lambda: f.uint(1), 3: f.hash, 4: listed, 5: lambda: f.uint(1), 6: f.bool, 7: f.bool,
               8: f.bool, 9: f.bool}, [3, 5])
    need((3 in p) == (p[2] != 1), 'bad-payload')
    return p


def read_field(f):
    def value():
        need(f.peek() in (0, 1, 2, 3), 'wrong-type')
        return f.item()

    def one_of():
        n = f.next(4)
        need(1 <= n <= 32, 'bad-payload')
        return [value() for _ in range(n)]

    def disclosure():
        need(f.uint() == 0, 'not-built')
        return 0

    p = f.map({1: f.text, 2: f.uint, 3: f.bool, 4: disclosure, 5: lambda: f.text(255),
               6: lambda: f.map({1: value, 2: value, 3: one_of}, [1, 2, 3])}, range(1, 7))
    need(len(p) == 6, 'bad-schema')
    need(is_name(p[1]), 'bad-schema')
    need(p[2] & ~ARRAY <= TIME, 'bad-schema')
    check_limits(p[2] & ~ARRAY, p[6])
    return p


def check_limits(kind, limits):
    need(kind != BOOL or limits == {}, 'bad-schema')
    bounded = INT if kind == INT else UINT
    for n in [limits[k] for k in (1, 2) if k in limits]:
        need(of_type(bounded, n), 'bad-schema')
    need(1 not in limits or 2 not in limits or limits[1] <= limits[2], 'bad-schema')
    values = limits.get(3, [])
    for v in values:
        need(of_type(kind, v), 'bad-schema')
        need(kind not in (TEXT, BYTES) or size_of(v) <= 64, 'bad-schema')
    need(len(set(values)) == len(values), 'bad-schema')


def of_type(kind, v):
    if kind == BOOL:
        return isinstance(v, bool)
    if kind == INT:
        return type(v) is int and -1 << 63 <= v < 1 << 63
    if kind in (UINT, TIME):
        return is_uint(v)
    return isinstance(v, str if kind == TEXT else bytes)


def size_of(v):
    """What least and most bound."""
    return v if type(v) is int else len(v.encode() if isinstance(v, str) else v)


def check_claims(schema, claims):
    """In the order of their bytes, too."""
    listed = {f[1]: f for f in schema[4]}
    for k, v in claims.items():
        need(isinstance(k, str), 'wrong-type')
        need(schema[7] or k in listed, 'claims-mismatch')
        need(k not in listed or value_fits(listed[k], v), 'claims-mismatch')
    need(all(f[1] in claims for f in schema[4] if f[3]), 'claims-mismatch')


def keeps(schema, before):
    """A later version that is not breaking has the fields of the one before it, and asks for no more."""
    now, old = ({f[1]: f for f in s[4]} for s in (schema, before))
    return schema[8] or (all(name in now and now[name][2] == f[2] for name, f in old.items()) and
                         all(name in old and old[name][3] for name, f in now.items() if f[3]))


def claims_fit(schema, claims):
    try:
        check_claims(schema, claims)
    except Refused:
        return False
    return True


def value_fits(f, v):
    if f[2] & ARRAY:
        return isinstance(v, list) and len(v) <= 256 and all(one_fits(f[2] & ~ARRAY, f[6], each) for each in v)
    return one_fits(f[2], f[6], v)


def one_fits(kind, limits, v):
    if not of_type(kind, v):
        return False
    if kind == BOOL:
        return True
    return limits.get(1, -U64) <= size_of(v) <= limits.get(2, U64) and v in limits.get(3, [v])


def read_status(f):
    p = f.map({1: f.hash, 2: lambda: f.uint(0, 3), 3: lambda: f.uint(1, 9), 4: f.uint, 5: f.hash}, [4, 5])
    need((5 in p) == (p[2] == 3), 'bad-payload')
    return p


def read_seal(f):
    p = f.map({1: f.uint, 2: f.hash, 3: f.uint, 4: f.uint, 5: f.uint, 6: f.uint}, [6])
    need(p[4] <= p[5], 'bad-payload')
    need(6 not in p or p[6] < p[1], 'bad-payload')
    return p


PAYLOADS = {'issuer': read_issuer, 'rules': read_rules, 'schema': read_schema, 'status': read_status,
            'seal': read_seal}


# ---- 5 issuers: folds, and what may follow ----

OF_THE_LOG = 8 | 16 | 32


class Issuer:
    """An issuer by its statements below some position, in order, each with its payload as `p`.

    behind: those at higher positions than this one count as dropped, as a recovery that names it would have it."""

    def __init__(self, statements, behind=None):
        self.statements = statements
        self.registered = bool(statements)
        self.genesis = statements[0].kid if statements else None
        self.dropped = set()
        for r in statements:
            if 8 in r.p:
                q = next(s.position for s in statements if s.id == r.p[2])
                self.dropped |= {s.position for s in statements if q < s.position < r.position and 8 not in s.p}
        if behind is not None:
            self.dropped |= {s.position for s in statements if behind < s.position and 8 not in s.p}
        self.held = [s for s in statements if s.position not in self.dropped]
        self.last = self.held[-1] if self.held else None
        recoveries = [i for i, s in enumerate(statements) if 8 in s.p]
        self.run = statements[recoveries[-1] if recoveries else 0:]

    def keys(self):
        """kid -> (x, purposes)"""
        return self.last.p['keys'] if self.last else {}

    def listed(self):
        """Every kid that any statement lists, and the first that does."""
        first = {}
        for s in self.statements:
            for kid in s.p['keys']:
                first.setdefault(kid, s)
        return first

    def cut(self, kid):
        cuts = [c.get(2, s.position) for s in self.held for c in s.p[4] if c[1] == kid]
        first = self.listed().get(kid)
        if first is not None and first.position in self.dropped:
            cuts.append(first.position)
        return min(cuts, default=None)

    def committed(self):
        return {kid for s in self.statements for kid in s.p[7]}


def check_purposes(s, own):
    need(own or not any(bits & OF_THE_LOG for _, bits in s.p['keys'].values()), 'key-not-listed')


def check_next(before, s, at, own):
    """An issuer statement which is not the first, by the statements before it.

    at: its position. own: whether it is the log's."""
    check_purposes(s, own)
    issuer = Issuer(before)
    need(issuer.registered, 'unregistered')
    (check_recovery if 8 in s.p else check_later)(issuer, s, at, own)


def check_points(p):
    need(all(good_key(x) for x, _ in p['keys'].values()) and (8 not in p or good_key(p[8])), 'bad-key')


def check_later(issuer, s, at, own):
    p = s.p
    x, bits = issuer.keys().get(s.kid, (None, 0))
    need(bits & 4, 'key-not-listed')
    need(s.signed_by(x), 'bad-signature')
    check_points(p)
    need(p[1] != 0, 'already-registered')
    need(p[1] == issuer.last.p[1] + 1 and p[2] == issuer.last.id, 'bad-chain')
    need(p[7] == issuer.last.p[7], 'bad-chain')
    if len(issuer.run) >= 64:
        need(only_stops(issuer, p), 'chain-full')
    check_keys_and_cuts(issuer, issuer.last, p, at, own)


def only_stops(issuer, p):
    """It adds nothing and stops a key."""
    old, new = issuer.keys(), p['keys']
    adds = any(kid not in old or bits & ~old[kid][1] for kid, (_, bits) in new.items())
    return not adds and (any(kid not in new for kid in old) or
                          len(issuer.run) < 80 and any(issuer.cut(c[1]) is None for c in p[4]))


def check_recovery(issuer, s, at, own):
    p = s.p
    need(thumbprint(p[8]) == s.kid and s.kid in issuer.last.p[7] and s.kid not in p['keys'], 'bad-recovery')
    need(s.signed_by(p[8]), 'bad-signature')
    check_points(p)
    prev = next((o for o in issuer.run if o.id == p[2]), None)
    need(prev is not None and p[1] == prev.p[1] + 1, 'bad-chain')
    need(p[7] and not set(p[7]) & issuer.committed(), 'bad-recovery')
    check_keys_and_cuts(Issuer(issuer.statements, behind=prev.position), prev, p, at, own)


def check_keys_and_cuts(issuer, prev, p, at, own):
    listed = issuer.listed()
    need(all(kid in prev.p['keys'] or kid not in listed for kid in p['keys']), 'key-returns')
    for c in p[4]:
        position, cut = c.get(2, at), issuer.cut(c[1])
        need(c[1] in listed and c[1] not in p['keys'], 'bad-cut')
        need(cut is None or position < cut, 'bad-cut')
        need(position <= at, 'bad-cut')
        need(2 not in c or not own, 'bad-cut')


# ---- 6 tree ----

def split(n):
    return 1 << (n - 1).bit_length() - 1


def sparse_root(size, leaves, proof):
    """leaves: position -> leaf hash. proof: bytes."""
    at = 0

    def walk(begin, end, within):
        nonlocal at
        if not within:
            at += 32
            need(at <= len(proof), 'bad-proof')
            return proof[at - 32:at]
        if end - begin == 1:
            return leaves[begin]
        m = begin + split(end - begin)
        left = walk(begin, m, [p for p in within if p < m])
        return sha(b'\x01', left, walk(m, end, [p for p in within if p >= m]))

    root = walk(0, size, sorted(leaves))
    need(at == len(proof), 'bad-proof')
    return root


def merkle(leaves):
    if not leaves:
        return sha()
    if len(leaves) == 1:
        return leaves[0]
    m = split(len(leaves))
    return sha(b'\x01', merkle(leaves[:m]), merkle(leaves[m:]))


def path_root(leaf, index, size, path):
    """RFC 9162, 2.1.3.2: exactly the right length."""
    fn, sn = index, size - 1
    for sibling in path:
        need(sn > 0, 'bad-proof')
        if fn & 1 or fn == sn:
            leaf = sha(b'\x01', sibling, leaf)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            leaf = sha(b'\x01', leaf, sibling)
        fn, sn = fn >> 1, sn >> 1
    need(sn == 0, 'bad-proof')
    return leaf


# ---- 7 notes ----

def is_key_name(name):
    return 1 <= len(name.encode()) <= 255 and '+' not in name and not has_control(name) and not has_space(name)


def has_space(name):
    return any(c.isspace() or unicodedata.category(c) in ('Zs', 'Zl', 'Zp') for c in name)


class Vkey:
    def __init__(self, text):
        need(is_utf8(text), 'bad-vkey')
        name, plus, rest = text.partition('+')
        hash_, plus2, body = rest.partition('+')
        need(plus and plus2 and is_key_name(name) and re.fullmatch('[0-9a-f]{8}', hash_), 'bad-vkey')
        raw = b64(body, 'bad-vkey')
        need(len(raw) >= 2, 'bad-vkey')
        self.name, self.type, self.key, self.id = name, raw[0], raw[1:], bytes.fromhex(hash_)
        hashed = self.key if self.type == 2 else name.encode() + b'\n' + raw
        need(sha(hashed)[:4] == self.id, 'bad-vkey')
        if self.type in (1, 4):
            need(len(self.key) == 32, 'bad-vkey')
            need(good_key(self.key), 'bad-key')


class Note:
    def __init__(self, b):
        need(len(b) <= 131072, 'bad-note')
        try:
            text = b.decode('utf-8')
        except UnicodeDecodeError as e:
            raise Refused('bad-note') from e
        need(all(c >= ' ' or c == '\n' for c in text), 'bad-note')
        at = text.rfind('\n\n')
        need(at >= 0 and text.endswith('\n'), 'bad-note')
        self.text = text[:at + 1]
        need(len(self.text.encode()) <= 65536, 'bad-note')
        lines = text[at + 2:].split('\n')[:-1]
        need(1 <= len(lines) <= 64, 'bad-note')
        self.lines = []
        for line in lines:
            m = re.fullmatch('\u2014 ([^ ]+) ([^ ]+)', line)
            need(m and '+' not in m.group(1) and not has_space(m.group(1)), 'bad-note')
            blob = b64(m.group(2), 'bad-note')
            need(len(blob) > 4, 'bad-note')
            self.lines.append((m.group(1), blob[:4], blob[4:]))

    def of(self, vkey):
        """The blobs of the lines by this key."""
        return [blob for name, id_, blob in self.lines if (name, id_) == (vkey.name, vkey.id)]


class Checkpoint:
    def __init__(self, b):
        self.note = Note(b)
        m = re.fullmatch('([^\n]+)\n(0|[1-9][0-9]*)\n([^\n]+)\n', self.note.text)
        need(m and len(m.group(1).encode()) <= 255, 'bad-checkpoint')
        self.origin, self.size = m.group(1), int(m.group(2))
        need(self.size < 1 << 62, 'bad-checkpoint')
        self.root = b64(m.group(3), 'bad-checkpoint')
        need(len(self.root) == 32, 'bad-checkpoint')


def cosigned(vkey, blob, text):
    """The time of a cosignature that holds, or None."""
    if len(blob) != 72:
        return None
    time = int.from_bytes(blob[:8], 'big')
    if not 1 <= time < 1 << 63:
        return None
    message = f'cosignature/v1\ntime {time}\n{text}'.encode()
    return time if holds(vkey.key, blob[8:], message) else None


# ---- 8 receipts ----

class Receipt:
    def __init__(self, b):
        need(len(b) <= 3072, 'too-large')
        tag = cbor(b)
        need(isinstance(tag, Tag) and tag.number == 18, 'not-cose-sign1')
        need(isinstance(tag.value, list) and len(tag.value) == 4, 'not-cose-sign1')
        protected, unprotected, payload, self.signature = tag.value
        need(is_bytes(protected) and isinstance(unprotected, dict) and payload is None, 'not-cose-sign1')
        need(is_bytes(self.signature, 64), 'not-cose-sign1')
        labels = cbor(protected)
        need(isinstance(labels, dict) and list(labels) == [1, 4, 15, 395], 'bad-header')
        need(labels[1] == -8 and is_bytes(labels[4], 32) and labels[395] == 1, 'bad-header')
        claims = labels[15]
        need(isinstance(claims, dict) and list(claims) == [1, 2], 'bad-header')
        need(isinstance(claims[1], str) and claims[1] == claims[2], 'bad-header')
        check_iss(claims[1])
        need(list(unprotected) == [396] and isinstance(unprotected[396], dict), 'bad-header')
        need(list(unprotected[396]) == [-1] and isinstance(unprotected[396][-1], list), 'bad-header')
        need(len(unprotected[396][-1]) == 1 and is_bytes(unprotected[396][-1][0]), 'bad-header')
        proof = cbor(unprotected[396][-1][0])
        need(isinstance(proof, list) and len(proof) == 3, 'bad-proof')
        self.size, self.index, self.path = proof
        need(is_uint(self.size) and is_uint(self.index) and self.index < self.size, 'bad-proof')
        need(isinstance(self.path, list) and 1 <= len(self.path) <= 63, 'bad-proof')
        need(all(is_bytes(h, 32) for h in self.path), 'bad-proof')
        self.protected, self.kid, self.iss = protected, labels[4], claims[1]

    def leads(self, id_, root):
        return path_root(sha(b'\x00', id_), self.index, self.size, self.path) == root

    def signed_by(self, root, x):
        return holds(x, self.signature, sig_structure(self.protected, root))


# ---- 9 index ----

def index_key(kind, *components):
    raw = [c.encode() if isinstance(c, str) else c for c in components]
    first = sha(b'\x13', kind.encode(), *raw[:1])
    return first if len(raw) < 2 else first[:16] + sha(b'\x15', kind.encode(), raw[1])[:16]


def index_keys(s):
    """The index keys of a statement whose payload decodes."""
    if s.kind == 'rules':
        p = s.read_payload()
        return {index_key('G'), *(index_key('P', a[1]) for a in p[4]), *(index_key('P', iss) for iss in p[5])}
    if s.kind == 'issuer':
        return {index_key('I', s.iss)}
    if s.kind == 'schema':
        return {index_key('N', s.iss, s.read_payload()[1])}
    if s.kind == 'status':
        return {index_key('S', s.sub, s.iss), index_key('A', s.read_payload()[1], s.iss)}
    if s.kind == 'attestation':
        under = {index_key('T', s.iss, s.schema)} if s.schema is not None else set()
        return under | {index_key('S', s.sub, s.iss)}
    return set()


def list_value(items):
    """items: pairs of position and id."""
    return len(items).to_bytes(8, 'big') + merkle([sha(b'\x00', p.to_bytes(8, 'big'), i) for p, i in items])


def bit(key, b):
    return key[b // 8] >> 7 - b % 8 & 1


def bits_of(key, b):
    return (int.from_bytes(key, 'big') >> 256 - b << 256 - b).to_bytes(32, 'big')


def first_difference(a, b):
    return 256 - (int.from_bytes(a, 'big') ^ int.from_bytes(b, 'big')).bit_length()


def walk_opened(items, asked, root):
    """Key -> V, None (absent) or 'closed', for each asked key, from a trie in pre-order (9.2)."""
    if not items:
        need(root == bytes(32), 'bad-proof')
        return {k: None for k in asked}
    need(root != bytes(32), 'bad-proof')
    at, found = 0, {}

    def walk(above, way, keys):
        """Hash, a key opened below (None when closed)."""
        nonlocal at
        need(at < len(items), 'bad-proof')
        item = items[at]
        at += 1
        if isinstance(item, bytes) and len(item) == 32:
            found.update({k: 'closed' for k in keys})
            return item, None
        if isinstance(item, bytes):
            key, value = item[:32], item[32:]
            need(all(bit(key, b) == side for b, side in way), 'bad-proof')
            need(int.from_bytes(value[:8], 'big') >= 1 and keys, 'bad-proof')
            found.update({k: value if k == key else None for k in keys})
            return sha(b'\x10', item), key
        b = item
        need(above < b <= 255, 'bad-proof')
        halves = [walk(b, way + [(b, side)], [k for k in keys if bit(k, b) == side]) for side in (0, 1)]
        (left, left_key), (right, right_key) = halves
        need(left_key is not None or right_key is not None, 'bad-proof')
        if left_key is not None and right_key is not None:
            need(first_difference(left_key, right_key) == b, 'bad-proof')
        key = left_key if left_key is not None else right_key
        return sha(b'\x11', bytes([b]), bits_of(key, b), left, right), key

    result, _ = walk(-1, [], list(asked))
    need(at == len(items) and result == root, 'bad-proof')
    return found


# ---- 10 evidence ----

class Evidence:
    """The form of an evidence file: whatever breaks section 10 up to 10.1 raises Refused."""

    def __init__(self, b):
        need(len(b) <= 1048576, 'too-large')
        protected, unprotected, payload, signature = envelope(b, detached='bad-evidence')
        cbor(protected)
        need(list(unprotected) == [394, EVIDENCE], 'bad-evidence')
        receipts = unprotected[394]
        need(isinstance(receipts, list) and len(receipts) == 1 and is_bytes(receipts[0]), 'bad-evidence')
        need(is_bytes(unprotected[EVIDENCE]), 'bad-evidence')
        self.receipt_bytes = receipts[0]
        try:
            m = cbor(unprotected[EVIDENCE])
        except Refused as r:
            raise Refused('bad-evidence') from r
        self.read_map(m)
        self.carrier = Statement(canonical(protected, payload, signature))
        try:
            self.claims = self.preimage and open_private(self.preimage, payload)
        except Refused:
            pass

    def read_map(self, m):
        bad = 'bad-evidence'
        need(isinstance(m, dict) and list(m) in ([1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6]), bad)
        need(is_text(m[1]) and isinstance(m[2], list) and 1 <= len(m[2]) <= 512, bad)
        self.shown = []
        for pair in m[2]:
            need(isinstance(pair, list) and len(pair) == 2 and is_uint(pair[0]), bad)
            need(pair[1] is None or is_bytes(pair[1]), bad)
            self.shown.append((pair[0], pair[1]))
        positions = [p for p, _ in self.shown]
        rising(positions, bad)
        own = [p for p, b in self.shown if b is None]
        need(len(own) == 1, bad)
        self.position = own[0]
        need(is_bytes(m[3]) and len(m[3]) % 32 == 0, bad)
        self.proof = m[3]
        need(isinstance(m[4], list) and len(m[4]) <= 96, bad)
        self.answers = {}
        last = None
        for answer in m[4]:
            need(isinstance(answer, list) and len(answer) == 3 and is_uint(answer[0], 128), bad)
            kind, components, at = answer
            kind = chr(kind)
            need(kind in COMPONENTS and isinstance(components, list) and isinstance(at, list), bad)
            need(len(components) == COMPONENTS[kind] and all(map(is_bytes, components)), bad)
            need(all(is_uint(p) and p in positions for p in at), bad)
            rising(at, bad)
            key = index_key(kind, *components)
            need(last is None or last < key, bad)
            last = key
            self.answers[key] = at
        need(isinstance(m[5], list), bad)
        for item in m[5]:
            need(is_uint(item, 256) or is_bytes(item, 32) or is_bytes(item, 72), bad)
        self.opened = m[5]
        self.preimage, self.claims = encode(m[6]) if 6 in m else None, None
        try:
            self.checkpoint = Checkpoint(m[1].encode())
        except Refused as r:
            raise Refused(bad) from r


# ---- 11 armour ----

SPECIAL = [(0, 0x1f), (0x7f, 0x9f), (0xad, 0xad), (0x34f, 0x34f), (0x61c, 0x61c), (0x115f, 0x1160),
           (0x17b4, 0x17b5), (0x180b, 0x180f), (0x200b, 0x200f), (0x2028, 0x202e), (0x2060, 0x206f),
           (0x3164, 0x3164), (0xfe00, 0xfe0f), (0xfeff, 0xfeff), (0xffa0, 0xffa0), (0xfff0, 0xfffb),
           (0xfffe, 0xffff), (0x1bca0, 0x1bca3), (0x1d173, 0x1d17a), (0xe0000, 0xe0fff)]


def escape(text):
    out = ''
    for c in text:
        if c == '\\':
            out += '\\\\'
        elif any(a <= ord(c) <= b for a, b in SPECIAL):
            out += '\\u{%x}' % ord(c)
        else:
            out += c
    return out


def quoted(text):
    return '"' + escape(text).replace('"', '\\"') + '"'


def plain(text):
    """A value of section 11."""
    if re.fullmatch(r'[A-Za-z][A-Za-z0-9._/@+-]*', text) and text not in ('true', 'false', 'null'):
        return text
    return quoted(text)


def named(iss):
    kid = kid_of(iss)
    return 'ckt:' + b64url(kid) if kid else plain(iss)


def shown_claim(v, within=False):
    if v is None or isinstance(v, bool):
        return {None: 'null', True: 'true', False: 'false'}[v]
    if isinstance(v, int):
        return str(v) if v >= -(1 << 63) else '(a large negative number)'
    if isinstance(v, str):
        return plain(v)
    if isinstance(v, bytes):
        return "h'" + v[:16].hex() + ('…' if len(v) > 16 else '') + "'"
    if isinstance(v, list):
        return '[…]' if within else '[' + ','.join(shown_claim(i, True) for i in v) + ']'
    return '{…}' if isinstance(v, dict) else '(…)'


def shown_claims(payload):
    if not payload:
        return 'no claims'
    order = sorted(payload, key=lambda k: k.encode() if isinstance(k, str) else encode(k))
    return ' '.join(f'{shown_claim(k)}={shown_claim(payload[k])}' for k in order)


def count(n, noun):
    return f'{n} {noun}' + ('' if n == 1 else 's')


def days_to_date(days):
    """A day since 1970 in the Gregorian calendar; the last one is that of 9999."""
    days = min(days, 2932896)
    era, day = divmod(days + 719468, 146097)
    y = (day - day // 1460 + day // 36524 - day // 146096) // 365
    day -= 365 * y + y // 4 - y // 100
    m = (5 * day + 2) // 153
    month = m + 3 if m < 10 else m - 9
    return f'{y + era * 400 + (month <= 2):04}-{month:02}-{day - (153 * m + 2) // 5 + 1:02}'


def moment(seconds):
    seconds = min(seconds, 2932897 * 86400 - 1)
    clock = seconds % 86400
    return f'{days_to_date(seconds // 86400)} {clock // 3600:02}:{clock // 60 % 60:02}:{clock % 60:02}Z'


def claims_said(s, e):
    if not s.private:
        return shown_claims(cbor(s.payload))
    if e is not None and e.claims is not None:
        return shown_claims(e.claims)
    return 'private, not in this file' if e is not None and e.preimage is None else 'private'


def says(s, schema, e=None):
    """e: the evidence that it stands in."""
    id16 = lambda b: b[:8].hex()
    if s.kind == 'attestation':
        if s.schema is None and s.envelope:
            return 'hash of ' + (plain(s.hashed) if isinstance(s.hashed, str) and s.hashed else 'something')
        if s.schema is None:
            of = f' of {plain(s.content)}' if isinstance(s.content, str) and s.content else ''
            return f'claims without a schema, {count(len(s.payload), "byte")}{of}'
        claims = claims_said(s, e)
        if schema is not None:
            return f'{schema[1]} {schema[2]}: {claims}'
        return f'schema {id16(s.schema)}{" (not in this file)" if e else ""}: {claims}'
    p = s.read_payload()
    if s.kind == 'issuer':
        cuts = f', {count(len(p[4]), "cut")}' if p[4] else ''
        what = 'recovery' if 8 in p else 'issuer statement'
        return f'{what} {p[1]}: {count(len(p[3]), "key")}, {count(len(p[7]), "recovery key")}{cuts}'
    if s.kind == 'rules':
        mode = 'approved issuers only' if p[3] else 'open to any issuer'
        return f'rules {p[1]}: {mode}, approves {len(p[4])}, withdraws {len(p[5])}'
    if s.kind == 'schema':
        return f'schema {p[1]} {p[2]}: ' + ' '.join(plain(f[1]) for f in p[4])
    if s.kind == 'status':
        verb = ('reinstates', 'revokes', 'suspends', 'supersedes')[p[2]]
        return f'{verb} {id16(p[1])}: {REASONS[p[3]]}'
    return f'seal over {count(p[1], "statement")}, {count(p[3], "index key")}'


def label_lines(pairs):
    lines = []
    for label, value in pairs:
        if len(value) > 80 and label not in ('public', 'vkey'):
            value = value[:79] + '…'
        lines.append(f'{label:<8}{value}\n')
    return ''.join(lines)


def dates_of(s):
    words = [(6, 'issued'), (5, 'not before'), (4, 'expires')]
    dates = ', '.join(f'{w} {days_to_date(s.claims[k] // 86400)}' for k, w in words if k in s.claims)
    return dates or 'none given'


def base64_lines(b):
    text = base64.b64encode(b).decode()
    return ''.join(text[i:i + 76] + '\n' for i in range(0, len(text), 76))


def about(s):
    return named(s.sub) if begins(s.sub, 'urn:') or begins(s.sub, 'ckt:') else escape(s.sub)


def armoured_statement(b):
    s = Statement(b)
    calling = ''
    if s.kind == 'issuer':
        calling = f', calling itself {quoted(s.read_payload()[5])}'
    pairs = [('says', says(s, None)), ('about', about(s)), ('by', named(s.iss) + calling),
             ('dates', dates_of(s)), ('id', s.id.hex()),
             ('check', 'nothing above is proven: it is what the statement says of itself')]
    return 'cairn statement 1\n' + label_lines(pairs) + '\n' + base64_lines(b)


def armoured_evidence(b):
    e = Evidence(b)
    s = e.carrier
    schema, calling, last = None, None, None
    for _, shown in e.shown:
        # What cannot be read is passed over.
        try:
            last, payload = None, None
            other = s if shown is None else Statement(shown)
            payload = None if other.kind == 'attestation' else other.read_payload()
        except Refused:
            continue
        if s.schema is not None and other.id == s.schema and other.kind == 'schema':
            schema = payload
        if other.kind == 'issuer' and other.iss == s.iss:
            calling = payload[5]
        last = other
    by = f', calling itself {quoted(calling)}' if calling is not None else ', name not in this file'
    when = 'a time that is not in this file'
    if last is not None and last.kind == 'seal':
        when = moment(last.read_payload()[5] // 1000)
    origin = e.checkpoint.origin
    pairs = [('says', says(s, schema, e)), ('about', about(s)), ('by', named(s.iss) + by),
             ('dates', dates_of(s)), ('log', f'{escape(origin)} @{e.position}, as of {when}'),
             ('check', 'cairn verify FILE (nothing above is proven until then)')]
    return 'cairn evidence 1\n' + label_lines(pairs) + '\n' + base64_lines(b)


ROLES = ['issuer', 'recovery', 'operator', 'log', 'witness']


class KeyFile:
    """Section 12: role, name, and pairs of purposes and private key."""

    def __init__(self, b):
        m = cbor(b)
        need(isinstance(m, dict) and list(m) == [1, 2, 3] and encode(m) == b, 'bad-payload')
        need(is_uint(m[1], 5) and is_text(m[2], 1, 255), 'bad-payload')
        need(isinstance(m[3], list) and 1 <= len(m[3]) <= 4, 'bad-payload')
        self.role, self.name, self.keys = ROLES[m[1]], m[2], []
        for pair in m[3]:
            need(isinstance(pair, list) and len(pair) == 2 and is_uint(pair[0], 64), 'bad-payload')
            need(is_bytes(pair[1], 32), 'bad-payload')
            self.keys.append((pair[0], Ed25519PrivateKey.from_private_bytes(pair[1])))


def public(private):
    return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def armoured_key(b):
    k = KeyFile(b)
    name = named(k.name) if kid_of(k.name) else escape(k.name)
    if len(name) > 60:
        name = name[:59] + '…'
    pairs = [('for', f'{name} ({k.role})')]
    for purposes, private in k.keys:
        kind = 4 if k.role == 'witness' else 1 if k.role == 'log' and purposes == 32 else None
        raw = bytes([kind or 0]) + public(private)
        id_ = sha(k.name.encode() + b'\n' + raw)[:4].hex()
        line = f'{k.name}+{id_}+{base64.b64encode(raw).decode()}' if kind else 'ckt:' + b64url(thumbprint(raw[1:]))
        pairs.append(('vkey' if kind else 'public', line))
    pairs.append(('keep', 'secret: whoever has this file signs as you'))
    return 'cairn key 1\n' + label_lines(pairs) + '\n' + base64_lines(b)


def kind_of_bytes(b):
    need(b, 'bad-armour')
    if b[0] == 0xa3:
        return 'key'
    need(b[0] == 0xd2, 'bad-armour')
    return 'evidence' if envelope(b, 'bad-evidence')[1] else 'statement'


def open_file(b):
    """Kind and bytes of a file, armoured or bare."""
    if not b.startswith(b'cairn '):
        return kind_of_bytes(b), b
    first = b.split(b'\n', 1)[0]
    need(first != b'cairn breach 1', 'not-built')
    kinds = {b'cairn evidence 1': 'evidence', b'cairn statement 1': 'statement', b'cairn key 1': 'key'}
    need(first in kinds, 'bad-armour')
    kind = kinds[first]
    at = b.find(b'\n\n')
    need(0 <= at <= 4094, 'bad-armour')
    body = b[at + 2:]
    raw = b64(body.replace(b'\n', b'').decode('latin-1'), 'bad-base64')
    text = {'key': armoured_key, 'evidence': armoured_evidence, 'statement': armoured_statement}[kind](raw)
    need(text.encode() == b, 'bad-armour')
    return kind, raw


# ---- 13 trust files ----

def words_of(text, word):
    """Lines of words; comments and empty lines left out."""
    need(all(c == 9 or c == 10 or 0x20 <= c <= 0x7e or c >= 0x80 for c in text), word)
    for line in text.split(b'\n'):
        words = [w for w in re.split(rb'[ \t]+', line) if w]
        if words and not words[0].startswith(b'#'):
            need(len(words) <= 80, word)
            yield [w.decode('utf-8', 'surrogateescape') for w in words]


def octets(word):
    return len(word.encode('utf-8', 'surrogateescape'))


def duration(text):
    m = re.fullmatch('(0|[1-9][0-9]*)([smhd])', text)
    need(m and 1 <= int(m.group(1)) <= 1000000, 'bad-trust-file')
    seconds = int(m.group(1)) * {'s': 1, 'm': 60, 'h': 3600, 'd': 86400}[m.group(2)]
    need(seconds <= 36600 * 86400, 'bad-trust-file')
    return seconds


class Trust:
    def __init__(self, text):
        self.logs, self.members, self.grouped = [], {}, set()
        self.quorum, self.audit, self.max_age, self.issuers = None, None, None, []
        self.seen = set()
        need(len(text) <= 65536, 'too-large')
        for words in words_of(text, 'bad-trust-file'):
            read = getattr(self, 'read_' + words[0].replace('-', '_'), None)
            need(words[0] not in ('need', 'conflict'), 'not-built')
            need(read is not None, 'bad-trust-file')
            if words[0] in ('quorum', 'audit', 'max-age'):
                need(words[0] not in self.seen, 'bad-policy' if words[0] == 'quorum' else 'bad-trust-file')
                self.seen.add(words[0])
            read(words[1:])
        need(not self.logs or 'quorum' in self.seen, 'bad-trust-file')

    def read_log(self, words):
        need(1 <= len(words) <= 2, 'bad-policy')
        vkey = Vkey(words[0])
        need(len(self.logs) < 32 and all(v.key != vkey.key for v in self.logs), 'bad-policy')
        need(len(words) < 2 or octets(words[1]) <= 255, 'bad-policy')
        self.logs.append(vkey)

    def check_member(self, name):
        need(1 <= octets(name) <= 255 and name != 'none' and name not in self.members, 'bad-policy')
        need(len(self.members) < 64, 'bad-policy')

    def read_witness(self, words):
        need(2 <= len(words) <= 3, 'bad-policy')
        self.check_member(words[0])
        vkey = Vkey(words[1])
        need(vkey.type != 1, 'bad-policy')
        need(all(not isinstance(m, Vkey) or m.key != vkey.key for m in self.members.values()), 'bad-policy')
        need(len(words) < 3 or octets(words[2]) <= 255, 'bad-policy')
        self.members[words[0]] = vkey

    def read_group(self, words):
        need(len(words) >= 3, 'bad-policy')
        name, k, members = words[0], words[1], words[2:]
        need(k in ('any', 'all') or re.fullmatch('[1-9][0-9]*', k), 'bad-policy')
        k = 1 if k == 'any' else len(members) if k == 'all' else int(k)
        need(k <= len(members), 'bad-policy')
        for m in members:
            need(m in self.members and m not in self.grouped, 'bad-policy')
            self.grouped.add(m)
        self.check_member(name)
        self.members[name] = (k, members)

    def read_quorum(self, words):
        need(len(words) == 1 and (words[0] == 'none' or words[0] in self.members), 'bad-policy')
        self.quorum = None if words[0] == 'none' else words[0]

    def read_audit(self, words):
        need(len(words) == 1 and words[0] in self.members, 'bad-trust-file')
        self.audit = words[0]

    def read_max_age(self, words):
        need(len(words) == 1, 'bad-trust-file')
        self.max_age = duration(words[0])

    def read_issuer(self, words):
        bad = 'bad-trust-file'
        need(len(words) >= 4 and words[2] == 'for' and len(self.issuers) < 64, bad)
        name, iss, schemas = words[0], words[1], words[3:]
        if iss.startswith('ckt:'):
            need(kid_of(CKT + iss[4:]), bad)
            iss = CKT + iss[4:]
        elif kid_of(iss) is None:
            need(not begins(iss, 'urn:') and not begins(iss, 'ckt:'), bad)
            need(1 <= len(iss) <= 255 and all(0x21 <= ord(c) <= 0x7e for c in iss), bad)
        on = None
        if len(schemas) >= 3 and schemas[-2] == 'on':
            on, schemas = schemas[-1], schemas[:-2]
            need(any(v.name == on for v in self.logs), bad)
        need(1 <= len(schemas) <= 16, bad)
        if schemas == ['any']:
            accepted = None
        else:
            accepted = {}
            for schema in schemas:
                short, mark, least = schema.partition('>=')
                need(is_name(short) and short not in ('any', 'on') and short not in accepted, bad)
                need(not mark or re.fullmatch('[1-9][0-9]*', least) and int(least) < 1 << 32, bad)
                accepted[short] = int(least) if mark else None
        for other in self.issuers:
            need((other[0] == name) <= (other[1] == iss), bad)
        self.issuers.append((name, iss, accepted, on))

    def accepts(self, iss, schema, origin):
        """schema: None for a statement without one, False when it is not known, else its name, its version, and of
        the versions that the file shows whether they say breaking. None when a version is wanted that is not shown."""
        found = [self.in_range(schema, accepted) for _, who, accepted, on in self.issuers
                 if who == iss and on in (None, origin)]
        return True if True in found else None if None in found else False

    def in_range(self, schema, accepted):
        if accepted is None or schema is False:
            return True
        if schema is None or schema[0] not in accepted:
            return False
        _, version, breaking = schema
        least = accepted[schema[0]]
        if least is None or version <= least:
            return version == (least or 1)
        for v in range(version, least, -1):
            if breaking.get(v, True):
                return False if v in breaking else None
        return least in breaking or None

    def met(self, name, there):
        """Whether a witness or group has cosigned, when the witnesses of `there` have."""
        member = self.members[name]
        if isinstance(member, Vkey):
            return name in there
        return sum(self.met(m, there) for m in member[1]) >= member[0]


# ---- 14 verdicts ----

ORDER_OF_VERDICTS = ['forged', 'untrusted', 'key-void', 'schema-mismatch', 'revoked', 'superseded', 'expired',
                     'unwitnessed', 'unaudited', 'suspended', 'conflict', 'not-yet-valid', 'withheld', 'incomplete',
                     'stale']
EXITS = {'untrusted': 3, 'unwitnessed': 3, 'unaudited': 3, 'withheld': 3, 'incomplete': 3, 'stale': 3, 'valid': 0}


class Broken(Exception):
    pass


class Stopped(Exception):
    """Something is missing without which the check cannot go on."""


def unless(condition, why):
    if not condition:
        raise Broken(why)


class Proofs:
    """10.2: what holds, what is missing, and whether something is broken."""

    def __init__(self, e):
        self.e, self.missing, self.broken, self.why = e, [], False, ''
        self.checkpoint = e.checkpoint
        self.origin, self.size = e.checkpoint.origin, e.checkpoint.size
        self.shown, self.payloads, self.sets, self.seals = {}, {}, {}, []
        self.schema = self.schema_payload = None
        self.schema_of, self.depends = {}, []
        self.done = self.closed = False
        self.held = set()
        try:
            self.run()
            self.done = True
        except (Broken, Refused) as b:
            self.broken, self.why = True, str(b)
        except Stopped as b:
            self.missing.append(str(b))

    def run(self):
        e = self.e
        self.read_statements()
        self.check_tree()
        self.check_seals()
        self.check_answers()
        try:
            self.check_index()
            self.check_membership()
            self.check_signatures()
            if e.preimage is not None:
                unless(e.carrier.private and e.claims is not None, 'private claims')
        except Stopped as b:
            self.missing.append(str(b))
            self.closed = True
            self.read_schema()
        self.check_receipt()

    def miss(self, condition, why):
        if not condition:
            self.missing.append(why)

    def read_statements(self):
        e, ids = self.e, set()
        for position, b in e.shown:
            try:
                s = e.carrier if b is None else Statement(b)
            except Refused as r:
                unless(r.word == 'not-built', str(r))
                raise Stopped('a statement of a later version') from r
            s.position = position
            self.shown[position] = s
            if s is not e.carrier and s.home is not None:
                unless(s.home == self.origin, 'another home')
            if s.kind in ('rules', 'seal'):
                unless(s.iss == self.origin, 'rules or a seal of somebody else')
            unless(s.id not in ids, 'the same id twice')
            ids.add(s.id)

    def check_tree(self):
        last = self.shown[max(self.shown)]
        unless(last.position == self.size - 1 and last.kind == 'seal', 'the last is not the seal')
        leaves = {p: sha(b'\x00', s.id) for p, s in self.shown.items()}
        unless(sparse_root(self.size, leaves, self.e.proof) == self.checkpoint.root, 'another root')

    def check_seals(self):
        before, seals = None, []
        for p, s in self.shown.items():
            if s.kind != 'seal':
                continue
            seal = s.read_payload()
            seals.append(seal)
            unless(seal[1] == p and p >= 2 and (6 in seal) == (p > 2), 'covers')
            unless(seal.get(6, 2) >= 2, 'previous')
            if 6 in seal and seal[6] in self.shown:
                unless(self.shown[seal[6]].kind == 'seal', 'previous is no seal')
            if before is not None:
                unless(seal[6] >= before[1] and seal[4] >= before[5], 'seals out of order')
            before = seal
        self.seals = seals

    def check_answers(self):
        self.want_all_of(self.e.carrier)
        self.schema = self.schema_of.get(self.e.position)
        self.want('I', self.origin)
        self.depends = self.closure()
        for s in self.depends:
            self.want_all_of(s)

    def want(self, *components):
        self.miss(index_key(*components) in self.e.answers, f'the answer {components}')

    def want_all_of(self, s):
        self.want('A', s.id, s.iss)
        self.want('I', s.iss)
        self.want('P', s.iss)
        if s.schema is None:
            return
        schema = next((other for other in self.shown.values() if other.id == s.schema), None)
        if schema is None:
            self.miss(False, 'the schema')
            return
        unless(schema.kind == 'schema' and schema.position < s.position, 'the schema')
        self.schema_of[s.position] = schema
        self.want('I', schema.iss)
        self.want('P', schema.iss)

    def closure(self):
        """What it depends on, by position. The newest is looked at first: its depth is known then."""
        by_id, depth, todo = {s.id: s for s in self.shown.values()}, {}, [self.e.carrier]
        depth[self.e.position] = 0
        while todo:
            s = todo.pop()
            unless(depth[s.position] <= 4, 'a long chain')
            for id_ in s.depends:
                other = by_id.get(id_)
                if other is None:
                    self.miss(False, 'what it depends on')
                    continue
                unless(other.kind == 'attestation' and other.position < s.position, 'what it depends on')
                if other.position not in depth:
                    todo.append(other)
                depth[other.position] = max(depth.get(other.position, 0), depth[s.position] + 1)
            unless(len(depth) <= 17, 'too many')
            todo.sort(key=lambda s: s.position)
        return [self.shown[p] for p in sorted(depth) if p != self.e.position]

    def read_schema(self):
        if self.schema is not None:
            try:
                self.schema_payload = self.schema.read_payload()
            except Refused:
                pass

    def versions(self):
        """Name, version, and which of the versions back to the first that is not shown say breaking."""
        p, last, breaking = self.schema_payload, self.schema, {}
        while p is not None:
            breaking[p[2]] = p[8]
            other, p, before = next((o for o in self.shown.values() if o.id == p.get(3)), None), None, p
            if other is not None:
                p = self.payloads.get(other.position)
                same = (other.kind, other.iss, other.sub) == ('schema', last.iss, last.sub)
                if p is None or not same or p[2] != before[2] - 1 or not keeps(before, p):
                    breaking[before[2]] = True   # it continues nothing, or not that
                    break
        return self.schema_payload[1], self.schema_payload[2], breaking

    def check_index(self):
        e = self.e
        found = walk_opened(e.opened, e.answers, self.seals[-1][2])
        if 'closed' in found.values():
            raise Stopped('a closed half')
        for key, at in e.answers.items():
            unless(all(p < self.size - 1 for p in at), 'not below the seal')
            value = list_value([(p, self.shown[p].id) for p in at]) if at else None
            unless(found[key] == value, 'another list')

    def check_membership(self):
        e = self.e
        named_ = set()
        for p, s in self.shown.items():
            try:
                if s.kind in ('rules', 'schema', 'status'):
                    self.payloads[p] = s.read_payload()
            except Refused as r:
                unless(r.word == 'not-built', str(r))
                self.miss(False, 'a payload of a later version')
                continue
            if s is self.schema:
                self.schema_payload = self.payloads[p]
            keys = index_keys(s)
            for key, at in e.answers.items():
                unless((p in at) == (key in keys), 'a list and what belongs in it')
                named_ |= {p} & set(at)
        for p, s in self.shown.items():
            fine = p in named_ or s is e.carrier or s in self.depends or s.kind == 'seal' or p < 2
            fine = fine or s in self.schema_of.values()
            unless(fine, f'nothing names @{p}')

    def check_signatures(self):
        self.unknown = set()
        for p in sorted(self.shown):
            self.check_signature(self.shown[p])

    def check_signature(self, s):
        if index_key('I', s.iss) not in self.e.answers:
            self.miss(False, f'the keys of {s.iss}')
            return
        before = self.sets.setdefault(s.iss, [])
        if s.kind != 'issuer':
            if s.iss in self.unknown:
                self.miss(False, 'keys that are not known')
                return
            unless(before, 'an issuer without a statement')
            x, purposes = Issuer(before).keys().get(s.kid, (None, 0))
            unless(purposes & PURPOSE[s.kind], f'@{s.position} is signed by no key of its issuer')
            self.check_key(s, x)
            return
        s.p = s.read_payload()
        if not before and 8 not in s.p:
            self.check_key(s, self.key_of_first(s))
        elif s.iss in self.unknown:
            self.miss(False, 'keys that are not known')
        else:
            check_next(before, s, s.position, s.iss == self.origin)
            self.held.add(s.position)
        before.append(s)

    def key_of_first(self, s):
        unless(s.p[1] == 0 and not s.p[4], 'a chain without its beginning')
        x, purposes = s.p['keys'].get(s.kid, (None, 0))
        unless(purposes & 4, 'a first statement signed by no key it lists')
        if s.iss == self.origin:
            unless(s.position == 0, 'the origin stands at 0')
        elif begins(s.iss, 'urn:'):
            unless(kid_of(s.iss) == s.kid, 'another URN')
        elif index_key('P', s.iss) not in self.e.answers:
            self.unknown.add(s.iss)
        else:
            unless(self.genesis(s.iss, s.position) == s.kid, 'a name that is not approved')
        return x

    def genesis(self, iss, position):
        for p in sorted(self.shown):
            if p < position and self.shown[p].kind == 'rules':
                for approval in self.payloads.get(p, {4: []})[4]:
                    if approval[1] == iss:
                        return approval[2]
        return None

    def check_key(self, s, x):
        if s.iss in self.unknown:
            self.miss(False, 'keys that are not known')
            return
        unless(s.signed_by(x), f'the signature of @{s.position}')
        self.held.add(s.position)

    def listed(self, statements):
        """The keys for checkpoints that issuer statements of the log list."""
        found = set()
        for s in statements:
            try:
                if s.kind == 'issuer' and s.iss == self.origin:
                    found |= {x for x, purposes in s.read_payload(points=False)['keys'].values() if purposes & 32}
            except Refused:
                pass
        return found

    def own_keys(self):
        """Those of the statements that the answer on the log's keys names."""
        at = self.e.answers.get(index_key('I', self.origin), [])
        return self.listed([self.shown[p] for p in at if p in self.shown])

    def disowned(self, x):
        """Position 0 is shown, and no statement of the log's that stands lists the key, or one cuts it."""
        if not self.done or self.closed or 0 not in self.shown:
            return False
        issuer, kid = Issuer(self.sets.get(self.origin, [])), thumbprint(x)
        cut = issuer.cut(kid)
        if cut is not None and cut < self.size:
            return True
        listed = any(s.p['keys'].get(kid, (x, 0))[1] & 32 for s in issuer.held)
        return x not in self.listed([self.shown[0]]) and not listed

    def check_receipt(self):
        r, e = Receipt(self.e.receipt_bytes), self.e
        unless((r.size, r.index, r.iss) == (self.size, e.position, self.origin), 'the receipt')
        unless(r.leads(e.carrier.id, self.checkpoint.root), 'the receipt')
        if self.closed or index_key('I', self.origin) not in e.answers:
            return
        statements = self.sets.get(self.origin)
        unless(statements and statements[0].position == 0, 'position 0')
        x, purposes = Issuer(statements).keys().get(r.kid, (None, 0))
        unless(purposes & 8, 'the key of the receipt')
        unless(r.signed_by(self.checkpoint.root, x), 'the receipt')


class Verdict:
    def __init__(self, applies, **known):
        self.applies = [v for v in ORDER_OF_VERDICTS if v in applies] or ['valid']
        self.verdict = self.applies[0]
        self.exit = EXITS.get(self.verdict, 1)
        self.known = known


def verify(file, trust, now, as_of=None):
    """The verdict on a file's bytes. trust: a trust file's bytes or None. as_of: None, ('time', T), ('position', N).

    Refused is raised for what the program ends with 2 for."""
    trust = None if trust is None else Trust(trust)
    kind, raw = open_file(file)
    need(kind == 'evidence', 'wrong-kind')
    e = Evidence(raw)
    if e.carrier.kind != 'attestation':
        e.carrier.read_payload()
        return Verdict({'incomplete'})
    proofs = Proofs(e)
    return Judge(e, proofs, trust, now, as_of).verdict()


class Judge:
    def __init__(self, e, proofs, trust, now, as_of):
        self.e, self.p, self.trust, self.now, self.as_of = e, proofs, trust, now, as_of
        self.s, self.applies = e.carrier, set()
        self.own, self.depends = set(), []

    def verdict(self):
        self.sealed = self.p.seals[-1][5] // 1000 if self.p.seals else 0
        self.evidence_time, self.moment = self.sealed, self.now
        self.dated, self.witnesses, self.audited = False, 0, False
        if self.p.missing:
            self.applies.add('incomplete')
        if self.p.broken:
            self.applies.add('forged')
        honest = self.check_log()
        if honest and not self.p.broken and self.p.seals:
            if self.trust is not None:
                self.check_witnesses()
                self.check_issuer()
            self.check_moment()
            self.check_what_became()
            self.check_age()
        return Verdict(self.applies, origin=self.p.origin, issuer=self.s.iss, subject=self.s.sub,
                       position=self.e.position, size=self.p.size, evidence_time=self.evidence_time,
                       seal_time=self.sealed, witnesses=self.witnesses, audited=self.audited,
                       depends=self.depends, through=self.through())

    # Whose checkpoint is it?

    def check_log(self):
        """False when the checkpoint is forged."""
        if self.trust is None:
            self.applies.add('untrusted')
            return True
        note, own = self.p.checkpoint.note, self.p.own_keys()
        logs = [v for v in self.trust.logs if v.name == self.p.origin]
        if not logs:
            self.applies.add('untrusted')
            return True
        signed, stands = False, False
        for vkey in logs:
            for blob in note.of(vkey):
                if not holds(vkey.key, blob, note.text.encode()):
                    self.applies.add('forged')
                    return False
                signed = True
                stands = stands or not self.p.disowned(vkey.key)
        if stands:
            return True
        if signed:
            self.applies.add('forged')
            return False
        if any(self.signed_by_own(x) for x in own):
            self.applies.add('untrusted')
            return True
        self.applies.add('forged')
        return False

    def signed_by_own(self, x):
        note = self.p.checkpoint.note
        id_ = sha(self.p.origin.encode(), b'\n\x01', x)[:4]
        blobs = [blob for name, i, blob in note.lines if (name, i) == (self.p.origin, id_)]
        return bool(blobs) and all(holds(x, blob, note.text.encode()) for blob in blobs)

    def check_witnesses(self):
        note, times = self.p.checkpoint.note, {}
        for name, vkey in self.trust.members.items():
            if not isinstance(vkey, Vkey) or vkey.type != 4:
                continue
            for blob in note.of(vkey):
                time = cosigned(vkey, blob, note.text)
                if time is None:
                    self.applies.add('forged')
                    return
                if time <= self.now + 60:
                    times[name] = max(time, times.get(name, 0))
        self.witnesses = len(times)
        if 'forged' in self.applies:
            return
        if self.trust.quorum is not None:
            met = [t for t in times.values()
                   if self.trust.met(self.trust.quorum, {n for n in times if times[n] >= t})]
            if met:
                self.evidence_time, self.dated = max(met), True
            else:
                self.applies.add('unwitnessed')
        if self.trust.audit is not None:
            self.audited = self.trust.met(self.trust.audit, set(times))
            if not self.audited:
                self.applies.add('unaudited')

    # Is the issuer one this reader believes?

    def check_issuer(self):
        s, p, t = self.s, self.p, self.trust
        schema = None
        if s.schema is not None:
            schema = p.versions() if p.schema_payload else False
        if s.home is not None and s.home != p.origin:
            self.applies.add('untrusted')
        self.need_trust(t.accepts(s.iss, schema, p.origin))
        if s.home is None:
            logs = {v.name for v in t.logs if t.accepts(s.iss, schema, v.name) is not False}
            self.need_trust(len(logs) == 1)
        if p.schema_payload and p.schema.iss != s.iss:
            self.need_trust(t.accepts(p.schema.iss, schema, p.origin))

    def need_trust(self, accepted):
        if accepted is not True:
            self.applies.add('untrusted' if accepted is False else 'incomplete')

    # Which moment, and what had been logged by then?

    def check_moment(self):
        self.before, self.unknown, self.about_moment = None, False, set()
        if self.as_of is None:
            return
        kind, n = self.as_of
        if kind == 'time':
            self.moment = n
            if n > self.now:
                self.about_moment.add('incomplete')
        else:
            seals = [s for s in self.p.seals if s[1] == n or s.get(6, -1) < n < s[1]]
            if not seals:
                self.about_moment.add('incomplete')
                self.unknown = True
                return
            self.before, self.moment = seals[0][1], seals[0][5] // 1000
        reference = self.evidence_time if self.dated else self.now
        if self.sealed > reference + 300:
            self.about_moment.add('incomplete')

    def check_what_became(self):
        """14, and the same of all that it depends on (14.1)."""
        self.applies |= Became(self, self.s, self.e.claims).applies
        self.own = set(self.applies)
        if self.s.position not in self.p.held:
            return
        for s in self.p.depends:
            applies = Became(self, s, None).applies - {'withheld'}
            self.applies |= applies
            listed = [v for v in ORDER_OF_VERDICTS if v in applies] or ['valid']
            self.depends.append({'position': s.position, 'id': s.id.hex(), 'issuer': s.iss, 'subject': s.sub,
                                 'verdict': listed[0], 'applies': listed})

    def through(self):
        """The position of the first that brings the verdict, when the statement itself does not."""
        first = next((v for v in ORDER_OF_VERDICTS if v in self.applies), 'valid')
        if first in self.own or first in ('valid', 'stale'):
            return None
        return next((d['position'] for d in self.depends if first in d['applies']), None)

    def check_age(self):
        if self.trust is None:
            return
        if self.trust.max_age is None:
            rules = [q for q in sorted(self.p.held) if self.p.shown[q].kind == 'rules']
            closing = self.p.payloads[rules[-1]].get(7) if rules else None
            if closing and closing[1] <= self.moment and self.moment - self.evidence_time > 86400:
                self.applies.add('stale')
            return
        if self.moment - self.evidence_time > self.trust.max_age:
            self.applies.add('stale')
        if not self.dated and self.sealed > self.now + 300:
            self.applies.add('stale')


class Became:
    """What became of one attestation at the moment asked about, whoever is believed."""

    def __init__(self, judge, s, claims):
        self.p, self.e, self.s, self.claims = judge.p, judge.e, s, claims
        self.as_of, self.moment, self.before, self.unknown = judge.as_of, judge.moment, judge.before, judge.unknown
        self.schema = self.p.schema_of.get(s.position)
        self.payload = self.p.payloads.get(self.schema.position) if self.schema else None
        self.applies = set(judge.about_moment)
        self.check_folded()
        self.check_there()
        if s.position in self.p.held:
            self.check_content()
        else:
            self.applies.add('incomplete')

    def check_there(self):
        there = self.counts(self.s.position)
        if there is None:
            self.applies.add('incomplete')
            self.open = True
        if there is False:
            self.applies.add('not-yet-valid')

    def counts(self, position):
        """Whether the position was logged by the moment: True, False or None."""
        if self.as_of is None:
            return True
        if self.unknown:
            return None
        if self.before is not None:
            return position < self.before
        for s in self.p.seals:
            if s.get(6, -1) < position < s[1]:
                return s[5] // 1000 <= self.moment
        if any(s[1] > position and s[5] // 1000 <= self.moment for s in self.p.seals):
            return True
        if any(s[1] < position and s[5] // 1000 > self.moment for s in self.p.seals):
            return False
        return None

    def check_content(self):
        s, p = self.s, self.p
        withdrawn = False
        for q in self.e.answers.get(index_key('P', s.iss), []):
            if q < s.position and q in p.payloads:
                rules = p.payloads[q]
                withdrawn = s.iss in rules[5] or (withdrawn and s.iss not in [a[1] for a in rules[4]])
        if withdrawn:
            self.applies.add('forged')
        self.check_schema()
        self.check_keys()
        self.check_status()
        if s.private and self.claims is None:
            self.applies.add('withheld')
        if not self.unknown and 4 in s.claims and self.moment >= s.claims[4]:
            self.applies.add('expired')
        if not self.unknown and 5 in s.claims and self.moment < s.claims[5]:
            self.applies.add('not-yet-valid')

    def check_schema(self):
        if self.payload is None:
            if self.s.schema is not None:
                self.applies.add('incomplete')
            return
        schema, claims = self.payload, self.s.claims
        said = self.claims if self.s.private else cbor(self.s.payload)
        if (self.s.private and not schema[9]) or (said is not None and not claims_fit(schema, said)):
            self.applies.add('schema-mismatch')
        if 5 in schema and (4 not in claims or 6 not in claims or claims[4] - claims[6] > schema[5]):
            self.applies.add('schema-mismatch')

    def check_folded(self):
        """Below which position the folds are made, and whether that is the whole truth about the moment."""
        self.bound, self.open = self.p.size, False
        if self.unknown:
            self.bound, self.open = self.as_of[1], True
            return
        if self.before is not None:
            self.bound = self.before
        folded = set(self.e.answers.get(index_key('A', self.s.id, self.s.iss), []))
        for iss in {self.s.iss} | ({self.schema.iss} if self.schema else set()):
            at = self.e.answers.get(index_key('I', iss), [])
            folded |= {q for q in at if q > self.s.position}
        told = {q: self.counts(q) for q in folded}
        if None in told.values():
            self.applies.add('incomplete')
            self.open = True
        self.bound = min([self.bound] + [q for q in folded if not told[q]])

    def issuer(self, iss):
        return Issuer([s for s in self.p.sets.get(iss, []) if s.position < self.bound])

    def check_keys(self):
        if self.open:
            return
        for s in [self.s] + ([self.schema] if self.schema and self.schema.position in self.p.held else []):
            cut = self.issuer(s.iss).cut(s.kid)
            if cut is not None and cut <= s.position:
                self.applies.add('key-void')

    def check_status(self):
        status, issuer = 0, self.issuer(self.s.iss)
        for q in self.e.answers.get(index_key('A', self.s.id, self.s.iss), []):
            if q >= self.bound or q not in self.p.held or status in (1, 3):
                continue
            move, cut = self.p.payloads[q][2], issuer.cut(self.p.shown[q].kid)
            if move in (1, 3) or cut is None or q < cut:
                status = move
        if status and (status in (1, 3) or not self.open):
            self.applies.add(('', 'revoked', 'suspended', 'superseded')[status])
