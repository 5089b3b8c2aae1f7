"""Logs made in memory by a second encoder, with statements no honest log would take, and evidence from them.

Nothing here checks anything: a World signs what it is told to, and its evidence shows what it is told to show."""
import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from second_decoder import (
    EVIDENCE, HOME, SCHEMA, VND, Refused, Statement, Tag, bit, bits_of, bstr, canonical, encode,
    first_difference, index_key, index_keys, list_value, merkle, public, sha, sig_structure, split, thumbprint, urn_of)


class Key:
    """Made from a name, always the same."""

    def __init__(self, name, private=None):
        self.private = private or Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())
        self.x = public(self.private)
        self.kid = thumbprint(self.x)
        self.urn = urn_of(self.kid)
        self.short = 'ckt:' + self.urn.rsplit(':', 1)[1]

    def sign(self, message):
        return self.private.sign(message)

    def cose(self):
        return {1: 1, -1: 6, -2: self.x}

    def vkey(self, name, kind):
        raw = bytes([kind]) + self.x
        return name + '+' + key_id(name, raw).hex() + '+' + base64.b64encode(raw).decode()


def key_id(name, raw):
    return sha(name.encode() + b'\n' + raw)[:4]


def note_line(name, kind, key, blob):
    raw = bytes([kind]) + key.x
    return '\u2014 ' + name + ' ' + base64.b64encode(key_id(name, raw) + blob).decode() + '\n'


def cosignature(name, key, text, time):
    message = f'cosignature/v1\ntime {time}\n{text}'.encode()
    return note_line(name, 4, key, time.to_bytes(8, 'big') + key.sign(message))


def signed(key, labels, payload, alg=-8):
    protected = encode({1: alg, 4: key.kid, **labels})
    return canonical(protected, payload, key.sign(sig_structure(protected, payload)))


def own_kind(kind, key, iss, sub, home, payload, claims=None):
    """A statement of one of Cairn's own kinds."""
    named = {1: iss, 2: sub, **({6: claims[6]} if claims and 6 in claims else {}), HOME: home}
    b = payload if isinstance(payload, bytes) else encode(payload)
    return signed(key, {15: named, 16: VND + kind + '+cbor'}, b)


def attestation(key, iss, sub, payload, home=None, schema=None, dates=None, typ=None, content=None,
                more=None):
    """more: further labels."""
    claims = {1: iss, 2: sub, **(dates or {})}
    if schema is not None:
        claims[SCHEMA] = schema
    if home is not None:
        claims[HOME] = home
    labels = {}
    if content is not None:
        labels[3] = content
    labels[15] = claims
    if typ is not None:
        labels[16] = typ
    return signed(key, labels | (more or {}), payload)


def key_set(*pairs):
    return [{1: k.cose(), 2: purposes} for k, purposes in sorted(pairs, key=lambda p: p[0].kid)]


def issuer_payload(seq, prev, keys, name='', cuts=(), recovery=(), revealed=None):
    p = {1: seq}
    if prev is not None:
        p[2] = prev
    p |= {3: keys, 4: list(cuts), 5: name, 6: '', 7: list(recovery)}
    if revealed is not None:
        p[8] = revealed.cose()
    return p


def trie(values):
    """A nested tuple (hash, b, left, right) or (hash, key, value) of a map from K to V."""
    keys = sorted(values)
    if len(keys) == 1:
        return (sha(b'\x10', keys[0], values[keys[0]]), keys[0], values[keys[0]])
    b = first_difference(keys[0], keys[-1])
    left, right = (trie({k: values[k] for k in keys if bit(k, b) == side}) for side in (0, 1))
    return (sha(b'\x11', bytes([b]), bits_of(keys[0], b), left[0], right[0]), b, left, right)


def open_trie(node, asked):
    if not asked:
        return [node[0]]
    if len(node) == 3:
        return [node[1] + node[2]]
    halves = [open_trie(node[2 + side], [k for k in asked if bit(k, node[1]) == side]) for side in (0, 1)]
    return [node[1], *halves[0], *halves[1]]


def sparse_proof(hashes, within):
    """The hashes of a sparse proof for all leaves of a tree and the positions shown."""
    def walk(begin, end):
        if not any(begin <= p < end for p in within):
            return merkle(hashes[begin:end])
        if end - begin == 1:
            return b''
        m = begin + split(end - begin)
        return walk(begin, m) + walk(m, end)
    return walk(0, len(hashes))


def inclusion(hashes, index):
    if len(hashes) == 1:
        return []
    m = split(len(hashes))
    if index < m:
        return inclusion(hashes[:m], index) + [merkle(hashes[m:])]
    return inclusion(hashes[m:], index - m) + [merkle(hashes[:m])]


class World:
    """A log: positions 0 to 2 as cairnd init makes them, unless told otherwise."""

    def __init__(self, origin, ms, mode=1):
        self.origin = origin
        self.operator, self.sealing, self.head = (Key(f'{origin} {n}') for n in ('operator', 'sealing', 'head'))
        self.bytes, self.seals, self.rules, self.omit = [], [], [], set()
        keys = key_set((self.operator, 20), (self.sealing, 8), (self.head, 32))
        self.add(own_kind('issuer', self.operator, origin, origin, origin,
                          issuer_payload(0, None, keys, origin, recovery=[Key(origin + ' recovery').kid])))
        self.add_rules(mode)
        self.seal(ms, ms)

    def add(self, b):
        self.bytes.append(b)
        return len(self.bytes) - 1

    def id(self, position):
        return sha(self.bytes[position])

    def add_rules(self, mode=1, approve=(), withdraw=(), key=None, **change):
        p = {1: len(self.rules)}
        if self.rules:
            p[2] = self.id(self.rules[-1])
        p |= {3: mode, 4: [{1: iss, 2: kid} for iss, kid in sorted(approve, key=lambda a: a[0].encode())],
              5: sorted(withdraw, key=str.encode), 6: {1: 16384, 2: 8192}, 8: 1}
        p |= {int(k[1:]): v for k, v in change.items()}
        self.rules.append(self.add(own_kind('rules', key or self.operator, self.origin, self.origin, self.origin, p)))
        return self.rules[-1]

    def index(self, below):
        """Index key -> positions, of the statements below a position. Those of omit are left out."""
        lists = {}
        for p in range(below):
            try:
                for key in () if p in self.omit else index_keys(Statement(self.bytes[p])):
                    lists.setdefault(key, []).append(p)
            except Refused:
                pass
        return lists

    def values(self, lists):
        return {k: list_value([(p, self.id(p)) for p in at]) for k, at in lists.items()}

    def seal(self, from_ms, to_ms, key=None, **change):
        """change: p1=… replaces field 1 of the payload; None takes it away."""
        at = len(self.bytes)
        lists = self.index(at)
        p = {1: at, 2: trie(self.values(lists))[0], 3: len(lists), 4: from_ms, 5: to_ms}
        if self.seals:
            p[6] = self.seals[-1]
        p |= {int(k[1:]): v for k, v in change.items()}
        p = {k: v for k, v in p.items() if v is not None}
        self.seals.append(self.add(own_kind('seal', key or self.sealing, self.origin, self.origin, self.origin, p)))
        return at

    def checkpoint(self, size, origin=None, head=None):
        root = merkle([sha(b'\x00', self.id(p)) for p in range(size)])
        text = f'{origin or self.origin}\n{size}\n{base64.b64encode(root).decode()}\n'
        key = head or self.head
        return text, note_line(origin or self.origin, 1, key, key.sign(text.encode()))

    def receipt(self, position, size, key=None, path=None):
        hashes = [sha(b'\x00', self.id(p)) for p in range(size)]
        key = key or self.sealing
        protected = encode({1: -8, 4: key.kid, 15: {1: self.origin, 2: self.origin}, 395: 1})
        proof = encode([size, position, inclusion(hashes, position) if path is None else path])
        signature = key.sign(sig_structure(protected, merkle(hashes)))
        return encode(Tag(18, [protected, {396: {-1: [proof]}}, None, signature]))

    def position_of(self, id_):
        return next((p for p in range(len(self.bytes)) if self.id(p) == id_), None)

    def depends(self, position):
        """The positions of all that a statement depends on, whatever they are."""
        found, todo = set(), [position]
        while todo:
            for id_ in Statement(self.bytes[todo.pop()]).depends:
                at = self.position_of(id_)
                if at is not None and at not in found:
                    found.add(at)
                    todo.append(at)
        return found

    def wanted(self, position):
        """The answers of 10.1 as (kind, components), those of the statement first; what is shown with them."""
        asked, shown = [], set()
        for p in [position, *sorted(self.depends(position))]:
            s = Statement(self.bytes[p])
            asked += [('A', [s.id, s.iss.encode()]), ('I', [s.iss.encode()]), ('P', [s.iss.encode()])]
            asked += [('I', [self.origin.encode()])] if p == position else []
            shown.add(p)
            schema = self.position_of(s.schema)
            if schema is not None:
                iss = Statement(self.bytes[schema]).iss.encode()
                asked += [('I', [iss]), ('P', [iss])]
                shown.add(schema)
        return asked, shown

    def evidence(self, position, size=None, lines=(), dating=True, show=(), hide=(), drop=(), more=(), close=(),
                 checkpoint=None, receipt=None, change=None):
        """The evidence map's parts can be changed by `change`, a function over the map before it is encoded.

        lines: functions from the checkpoint's text to a signature line. dating: show the seals that date.
        show, hide: positions. drop: indexes of wanted answers. more: further answers. close: indexes of answers
        whose keys the trie does not open."""
        size = size or self.seals[-1] + 1
        asked, needed = self.wanted(position)
        asked = [a for i, a in enumerate(asked) if i not in drop] + list(more)
        lists = self.index(size - 1)
        answers = {index_key(kind, *components): (kind, components) for kind, components in asked}
        shown = {position, size - 1, *show} | {p for p in needed if p < size}
        for key in answers:
            shown |= set(lists.get(key, []))
        if dating:
            dated = {position}
            for p in {position} | self.depends(position):
                dated |= {q for q in lists.get(index_key('A', self.id(p), self.iss(p)), []) if q > position}
            shown |= {min(s for s in self.seals if s > p) for p in dated if p < size - 1}
        shown = sorted(shown - set(hide))
        text, line = checkpoint or self.checkpoint(size)
        opened_for = [k for i, k in enumerate(answers) if i not in close]
        m = {1: text + '\n' + line + ''.join(f(text) for f in lines),
             2: [[p, None if p == position else self.bytes[p]] for p in shown],
             3: sparse_proof([sha(b'\x00', self.id(p)) for p in range(size)], shown),
             4: [[ord(kind), components, [p for p in lists.get(key, []) if p in shown]]
                 for key, (kind, components) in sorted(answers.items())],
             5: open_trie(trie(self.values(lists)), opened_for)}
        if change:
            change(m)
        return fill(self.bytes[position], receipt or self.receipt(position, size), m)

    def iss(self, position):
        return Statement(self.bytes[position]).iss


def fill(statement, receipt, m):
    """An evidence file from a canonical statement, a receipt and an evidence map."""
    s = Statement(statement)
    unprotected = encode({394: [receipt], EVIDENCE: encode(m)})
    return b'\xd2\x84' + bstr(s.protected) + unprotected + bstr(s.payload) + bstr(s.signature)
