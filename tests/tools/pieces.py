"""What tests need to take Cairn's files apart and to sign what the tool does not: CBOR, armour, Ed25519, the trie.

Written from docs/formats.md and RFC 8032, for small inputs that are sound; it refuses little."""
import base64
import hashlib

# ---- CBOR: int, bytes, str, list, dict in its own order, None, bool, and tag 18 ----


class Sign1(list):
    """Tag 18: protected, unprotected, payload, signature."""


def head(major, n):
    for size, info in ((0, None), (1, 24), (2, 25), (4, 26), (8, 27)):
        if size == 0 and n < 24:
            return bytes([major << 5 | n])
        if size > 0 and n < 1 << 8 * size:
            return bytes([major << 5 | info]) + n.to_bytes(size, 'big')
    raise ValueError(n)


def encode(x):
    if x is None or isinstance(x, bool):
        return {None: b'\xf6', False: b'\xf4', True: b'\xf5'}[x]
    if isinstance(x, int):
        return head(0, x) if x >= 0 else head(1, -1 - x)
    if isinstance(x, bytes):
        return head(2, len(x)) + x
    if isinstance(x, str):
        return head(3, len(x.encode())) + x.encode()
    if isinstance(x, Sign1):
        return b'\xd2' + encode(list(x))
    if isinstance(x, list):
        return head(4, len(x)) + b''.join(map(encode, x))
    return head(5, len(x)) + b''.join(encode(k) + encode(v) for k, v in x.items())


def decode_at(b, at):
    major, info = b[at] >> 5, b[at] & 31
    at += 1
    if major == 7:
        return {20: False, 21: True, 22: None}[info], at
    size = {24: 1, 25: 2, 26: 4, 27: 8}.get(info, 0)
    n = int.from_bytes(b[at:at + size], 'big') if size else info
    at += size
    if major < 2:
        return (n, -1 - n)[major], at
    if major < 4:
        return (b[at:at + n] if major == 2 else b[at:at + n].decode()), at + n
    if major == 6:
        assert n == 18
        items, at = decode_at(b, at)
        return Sign1(items), at
    items = []
    for _ in range(n if major == 4 else 2 * n):
        item, at = decode_at(b, at)
        items.append(item)
    return (items if major == 4 else dict(zip(items[::2], items[1::2]))), at


def decode(b):
    x, end = decode_at(b, 0)
    assert end == len(b)
    return x


def unarmour(text):
    """The bytes of a file that Cairn wrote."""
    return base64.b64decode(text.split(b'\n\n', 1)[1])


# ---- evidence: section 10 ----

RECEIPT, EVIDENCE = 394, -70100
CHECKPOINT, STATEMENTS, TREE, ANSWERS, TRIE = 1, 2, 3, 4, 5


def evidence_of(file):
    """The statement that carries it, and its map."""
    carrier = decode(unarmour(file) if file.startswith(b'cairn ') else file)
    return carrier, decode(carrier[1][EVIDENCE])


def evidence_with(carrier, evidence):
    """The same file with another map, bare."""
    unprotected = {RECEIPT: carrier[1][RECEIPT], EVIDENCE: encode(evidence)}
    return encode(Sign1([carrier[0], unprotected, carrier[2], carrier[3]]))


def first_bits(key, count):
    mask = ((1 << count) - 1) << (256 - count)
    return (int.from_bytes(key, 'big') & mask).to_bytes(32, 'big')


def sha(*parts):
    return hashlib.sha256(b''.join(parts)).digest()


def trie_without(items, key):
    """Section 9.2 with the leaf of `key` closed, and every node of which both halves are closed then."""
    rest = iter(items)

    def part():
        item = next(rest)
        if isinstance(item, int):
            left, right = part(), part()
            if len(left) == len(right) == 1 and isinstance(left[0], bytes) and len(left[0]) == len(right[0]) == 32:
                return [sha(b'\x11', bytes([item]), first_bits(key, item), left[0], right[0])]
            return [item] + left + right
        return [sha(b'\x10', item)] if len(item) == 72 and item[:32] == key else [item]

    return part()


def index_key(kind, first, second):
    return sha(b'\x13', kind, first)[:16] + sha(b'\x15', kind, second)[:16]


# ---- statements: section 3 ----

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
BASE_Y = 4 * pow(5, -1, P) % P
URN = 'urn:ietf:params:oauth:ckt:sha-256:'


def base_x():
    x2 = (BASE_Y * BASE_Y - 1) * pow(D * BASE_Y * BASE_Y + 1, -1, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    return x if x % 2 == 0 else P - x


def point_add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def base_times(n):
    """Encoded."""
    x = base_x()
    power, sum_ = (x, BASE_Y, 1, x * BASE_Y % P), (0, 1, 1, 0)
    while n:
        if n & 1:
            sum_ = point_add(sum_, power)
        power, n = point_add(power, power), n >> 1
    inverse = pow(sum_[2], -1, P)
    return (sum_[1] * inverse % P | (sum_[0] * inverse % P & 1) << 255).to_bytes(32, 'little')


def scalar_and_prefix(seed):
    h = hashlib.sha512(seed).digest()
    return int.from_bytes(h[:32], 'little') & ((1 << 254) - 8) | 1 << 254, h[32:]


def public_of(seed):
    return base_times(scalar_and_prefix(seed)[0])


def sign(seed, message):
    a, prefix = scalar_and_prefix(seed)

    def number(*parts):
        return int.from_bytes(hashlib.sha512(b''.join(parts)).digest(), 'little') % L
    r = number(prefix, message)
    point = base_times(r)
    return point + ((r + number(point, base_times(a), message) * a) % L).to_bytes(32, 'little')


def seed_of(key_file):
    """The first seed of a key file."""
    return decode(unarmour(key_file))[3][0][1]


def kid_of(public):
    return sha(bytes.fromhex('a301012006215820'), public)


def signed(seed, labels, claims, payload):
    """Canonical bytes; `claims` beside iss, which is the URN of the key, `labels` beside alg and kid."""
    kid = kid_of(public_of(seed))
    iss = URN + base64.urlsafe_b64encode(kid).decode().rstrip('=')
    protected = encode({1: -8, 4: kid, 15: {1: iss, **claims(iss)}, **labels})
    payload = encode(payload)
    return encode(Sign1([protected, {}, payload, sign(seed, encode(['Signature1', protected, b'', payload]))]))


def attestation(seed, claims, payload):
    return signed(seed, {}, lambda _: claims, payload)


def issuer(seed, home, payload):
    """An issuer statement by its first key."""
    return signed(seed, {16: 'application/vnd.cairn.issuer+cbor'}, lambda iss: {2: iss, -70003: home}, payload)
