"""Cases for a second reader: logs of every shape, evidence from them, trust files, times, and small corruptions.

A case is (what it is, file, trust file or None, time asked about or None). The same seed gives the same cases."""
import random

from second_decoder import (
    DEPENDS, ENVELOPE, EVIDENCE, PREIMAGE_PLACE, PREIMAGE_TYPE, PRIVATE, SCHEMA, U64, Refused, Tag, armoured_evidence,
    cbor, claims_fit, encode, sha)
from second_world import Key, World, attestation, cosignature, issuer_payload, key_set, note_line, own_kind

WITNESSES = [(f'w{i}.example', Key(f'witness {i}')) for i in range(4)]
ISSUERS = [Key(f'issuer {i}') for i in range(4)]
SPARE = [Key(f'spare {i}') for i in range(6)]
FRESH = [Key(f'fresh {i}') for i in range(300)]
NAMES = ['acme', 'Bank "of" you', 'ünter\u200b', '', 'true', 'x' * 128, 'back\\slash']
SUBJECTS = ['sub-1', 'did:example:abc', 'ckt:thing', 'null', '7up', 'a"b\\c', 'x' * 200, 'URN:x', 'hash:deadbeef']
LONG = 'long words without an end ' * 6


def field(name, kind, required=False, limits=None, disclosure=0, description=''):
    return {1: name, 2: kind, 3: required, 4: disclosure, 5: description, 6: limits or {}}


SCHEMAS = [
    ('kyc', [field('level', 3, True, {3: ['basic', 'full', 'é']}), field('age', 2, False, {1: 18, 2: 150})], {}),
    ('open', [field('ok', 0, True)], {7: True}),
    ('text', [field('nick', 3, False, {1: 2, 2: 8}), field('n', 2), field('b', 0)], {5: 86400}),
    ('final', [field('level', 3, True, {2: 200})], {6: False, 7: True, 5: 3600}),
    ('types', [field('i', 1, False, {1: -5, 2: 5}), field('by', 4, True, {2: 3}), field('t', 5, description='when'),
               field('ai', 17, False, {3: [-1, 0, 1]}), field('at', 19, False, {1: 1}), field('ab', 16)], {9: True}),
    ('a-b_c.d', [field('x1', 2, False, {1: 5}), field('x2', 2, False, {2: U64 - 1})], {8: True, 9: True}),
]
CLAIMS = [
    {'level': 'full'}, {'level': 'basic', 'age': 30}, {'level': 'é', 'age': 17}, {'level': 'none'}, {'age': 20}, {},
    {'ok': True}, {'ok': False, 'other': [1, 2], 'sub': {1: 2}, 'neg': -5, 'b': b'x' * 20, 'tag': Tag(1, 2)},
    {'ok': 1}, {'ok': True, 'null': None, 'huge': -U64, 'low': -(1 << 63), 'text': 'a b', 'é': 'é', 'Z': 'true'},
    {'nick': 'ab', 'n': U64 - 1, 'b': False}, {'nick': 'a'}, {'nick': 'éééé'}, {'nick': 'ééééé'}, {'n': -1},
    {'by': b'abc'}, {'by': b'abcd'}, {'by': b'', 'i': -5, 't': 0, 'ai': [1, -1], 'at': ['x'], 'ab': [True, False]},
    {'by': b'', 'i': 6}, {'by': b'', 'i': True}, {'by': b'', 'ai': [2]}, {'by': b'', 'ai': []}, {'by': b'', 'at': ['']},
    {'by': b'', 'at': 'x'}, {'by': b'', 'ab': [False] * 256}, {'by': b'', 'ab': [True] * 257}, {'by': b'', 't': -1},
    {'x1': 5, 'x2': U64 - 1}, {'x1': 4}, {'x2': 0}, {'level': LONG}, {'level': 'x', 5: 6}, {'ok': True, b'k': 1, 7: 2},
    {'zz': 1, 'a': 2, 'ok': True, 'b"': '\u202eabc'}, {'level': 'full', 'age': True}, {'level': 'full', -1: 3, 10: 4},
]


class Scene:
    """A world filled at random, with what was put where."""

    def __init__(self, seed, now, bad):
        self.r = random.Random(seed)
        self.now, self.bad = now, bad
        r = self.r
        self.origin = f'log.example/{r.choice("abc")}'
        self.ms = (now - r.choice([3600, 86400, 30 * 86400])) * 1000 + r.randrange(1000)
        self.world = World(self.origin, self.ms, r.randrange(2))
        self.iss, self.past, self.cut, self.fresh, self.preimages, self.versions = {}, {}, {}, 0, {}, {}
        self.schemas, self.targets = [], []
        for _ in range(r.randint(2, 5)):
            for _ in range(r.randint(1, 4)):
                self.step()
            self.close()

    def odd(self, chance=0.02):
        return self.bad and self.r.random() < chance

    def close(self):
        r, change = self.r, {}
        from_ms = self.ms + r.choice([0, 1, 1000, r.randrange(100000)])
        self.ms = from_ms + r.choice([0, 1, 999, r.randrange(60000)])
        if self.odd(0.06):
            change = r.choice([{'p1': 1}, {'p2': bytes(32)}, {'p2': None}, {'p6': None}, {'p6': 1}, {'p6': 3},
                               {'p4': self.ms - 10 ** 7, 'p5': self.ms - 10 ** 6}, {'p3': 99}, {'p7': 1},
                               {'p5': from_ms - 1}, {'p5': (self.now + 400) * 1000}, {'p5': U64 - 1}])
        if self.odd(0.1):
            self.world.omit.add(r.randrange(len(self.world.bytes)))
        self.world.seal(from_ms, self.ms, self.world.operator if self.odd() else None, **change)

    def step(self):
        r = self.r
        if len(self.iss) < 2 or r.random() < 0.1:
            return self.register()
        moves = [self.attest] * 6 + [self.status] * 4 + [self.rotate, self.rotate, self.recover, self.rules]
        if not self.schemas or r.random() < 0.15:
            return self.schema()
        return r.choice(moves)()

    def register(self):
        r, w = self.r, self.world
        key = r.choice(ISSUERS)
        iss = key.urn if r.random() < 0.6 else r.choice(['Example.Bank', 'acme', 'x.example'])
        if iss in self.iss:
            return
        if r.random() < 0.8 or iss != key.urn:
            kid = SPARE[5].kid if self.odd() and iss != key.urn else key.kid
            if not self.odd():
                w.add_rules(r.randrange(2), [(iss, kid)])
        keys = [(key, r.choice([7, 7, 7, 5, 4, 6]))]
        if r.random() < 0.5:
            keys.append((self.new_key(), r.choice([1, 2, 3, 7])))
        cuts = [{1: SPARE[4].kid, 2: 4}] if self.odd(0.02) else []
        payload = issuer_payload(1 if self.odd() else 0, None, key_set(*keys), r.choice(NAMES), cuts,
                                 [self.new_key().kid] if r.random() < 0.8 else [])
        at = w.add(own_kind('issuer', SPARE[3] if self.odd() else key, iss, iss, self.origin, payload))
        self.keep(iss, at, keys, payload, [])

    def new_key(self):
        self.fresh += 1
        return FRESH[self.fresh % len(FRESH)]

    def keep(self, iss, at, keys, payload, before):
        """What an honest issuer knows of its statements: those since the last recovery."""
        self.iss[iss] = keys
        self.past[iss] = [*before, (payload[1], self.world.id(at), at, keys, payload[7])]

    def signer(self, iss, purpose):
        good = [k for k, p in self.iss[iss] if p & purpose]
        if self.odd() or not good:
            return self.r.choice([self.r.choice(SPARE), self.iss[iss][0][0]]) if self.bad else None
        return self.r.choice(good)

    def rotate(self):
        r, w = self.r, self.world
        iss = r.choice(list(self.iss))
        key, old = self.signer(iss, 4), self.iss[iss]
        seq, prev, _, _, recovery = self.past[iss][-1]
        if key is None:
            return
        keys = (old[:1] if r.random() < 0.7 else old) + [(self.new_key(), r.choice([1, 2, 3, 7]))] * r.randrange(2)
        if self.odd():
            keys.append((r.choice(SPARE), 1))
        if r.random() < 0.2:
            keys = [(k, 7) for k, _ in keys]
        revealed = SPARE[5] if self.odd() else None
        cuts = self.cuts(iss, old, keys) if not self.odd() else [{1: SPARE[4].kid}]
        payload = issuer_payload(seq + (2 if self.odd() else 1), prev, key_set(*keys), r.choice(NAMES), cuts,
                                 recovery if not self.odd() else [], revealed)
        at = w.add(own_kind('issuer', key, iss, iss, self.origin, payload))
        self.keep(iss, at, keys, payload, self.past[iss])

    def cuts(self, iss, held, keys):
        r, made = self.r, {}
        for key, _ in held:
            if key.kid not in [k.kid for k, _ in keys] and r.random() < 0.6:
                at = r.randrange(len(self.world.bytes) + (2 if self.odd() else 0))
                made[key.kid] = {1: key.kid, 2: at} if r.random() < 0.8 else {1: key.kid}
        return [made[kid] for kid in sorted(made)]

    def recover(self):
        """As whoever was robbed would do it: the statements behind the chosen one are a thief's."""
        r, w = self.r, self.world
        iss = r.choice(list(self.iss))
        seq, prev, _, keys, recovery = r.choice(self.past[iss][-3:])
        if not recovery:
            return
        key = next(k for k in FRESH if k.kid == recovery[0])
        keys = keys + [(self.new_key(), 7)]
        cuts = []
        if len(keys) > 2:
            cuts, keys = self.cuts(iss, keys[:1], keys[1:]), keys[1:]
        payload = issuer_payload(seq + 1, prev, key_set(*keys), r.choice(NAMES), cuts, [self.new_key().kid],
                                 key if not self.odd() else SPARE[5])
        if self.odd():
            key = keys[0][0]
        at = w.add(own_kind('issuer', key, iss, iss, self.origin, payload))
        self.keep(iss, at, keys, payload, [])

    def rules(self):
        r, iss = self.r, self.r.choice(list(self.iss) + ['somebody'])
        approve = [(iss, self.r.choice(ISSUERS).kid)] if not iss.startswith('urn:') and r.random() < 0.5 else []
        withdraw = [iss] if not approve and r.random() < 0.4 else []
        change = {'p7': {1: self.now + 10 ** 7, 2: 'next.example'}} if r.random() < 0.1 else {}
        if self.odd():
            change = r.choice([{'p8': 2}, {'p7': {1: 1}}, {'p7': {}}, {'p3': 2}, {'p9': 1}])
        self.world.add_rules(r.randrange(2), approve, withdraw, SPARE[0] if self.odd() else None, **change)

    def schema(self):
        r, w = self.r, self.world
        name, listed, more = r.choice(SCHEMAS)
        iss = r.choice(list(self.iss))
        key = self.signer(iss, 1)
        if key is None:
            return
        payload = {1: name, 2: 1, 4: listed, 6: True, 7: False, 8: False, 9: r.random() < 0.5} | more
        if (iss, name) in self.versions and r.random() < 0.8:
            payload[2], payload[3] = self.versions[iss, name][0] + 1, self.versions[iss, name][1]
            payload[4] = listed + [field('new', 1)] if r.random() < 0.5 else listed
            payload[8] = r.random() < 0.2
        if self.odd(0.08):
            payload |= r.choice([{2: 2, 3: bytes(32)}, {4: [field('f', 1)]}, {4: [field('f', 3, disclosure=1)]},
                                 {4: [field('f', 2, limits={3: ['a']})]}, {4: [field('f', 2, limits={1: 2, 2: 1})]},
                                 {4: [field('f', 6)]}, {10: 1}, {5: 0}, {4: [field('f', 3, description='d')]},
                                 {4: [field('f', 3), field('f', 3)]}, {4: [field('f', 19)]}])
        payload = {k: payload[k] for k in sorted(payload)}
        home = 'elsewhere.example' if self.odd() else self.origin
        sub = 'other' if self.odd() else name
        self.schemas.append(w.add(own_kind('schema', key, iss, sub, home, payload)))
        if isinstance(payload[2], int):
            self.versions[iss, name] = payload[2], w.id(self.schemas[-1])

    def attest(self):
        r, w = self.r, self.world
        iss = r.choice(list(self.iss))
        key, sub = self.signer(iss, 1), r.choice(SUBJECTS)
        if key is None:
            return
        at = self.ms // 1000
        dates = {}
        if r.random() < 0.6:
            dates[4] = at + r.choice([1, 60, 3600, 86400, 86401, 365 * 86400, 10 ** 11])
        if r.random() < 0.3:
            dates[5] = at + r.choice([-60, 0, 30, 86400, 365 * 86400])
        if r.random() < 0.7:
            dates[6] = at - r.choice([0, 1, 100])
        home = self.origin if r.random() < 0.8 else None
        if self.odd():
            home = 'elsewhere.example'
        if self.odd(0.02):
            dates[r.choice([4, 5, 6])] = r.choice([U64 - 1, 1 << 63, 0, 253402300800, 253402300799])
        if r.random() < 0.7:
            schema = r.choice(self.schemas)
            id_ = w.id(schema) if not self.odd() else sha_of(r)
            read = cbor(cbor(w.bytes[schema]).value[2])
            fitting = [c for c in CLAIMS if claims_fit(read, c)] if r.random() < 0.85 else CLAIMS
            payload, home = encode(r.choice(fitting or CLAIMS)), home or self.origin
            if 5 in read and r.random() < 0.8:
                dates[6] = at
                dates[4] = at + read[5] - r.randrange(2)
        else:
            id_, payload = None, r.choice([b'', b'x', b'{"a":1}', encode(LONG)])
        typ = r.choice([None, None, 'application/x', 7])
        content = r.choice([None, None, 'text/plain', 'a b', 50])
        more = {}
        if r.random() < 0.25:
            content, preimage = None, {1: sha_of(r)[:16], 2: cbor(payload) if id_ else {}}
            if self.odd(0.2):
                preimage = r.choice([dict(reversed(preimage.items())), {1: bytes(15), 2: {}}, {1: bytes(16), 2: {7: 1}},
                                     preimage | {3: 1}, 5])
            preimage = encode(preimage)
            payload = sha(preimage)
            more = {ENVELOPE: -16, PREIMAGE_TYPE: PRIVATE if id_ else r.choice(['text/plain', 'a b', '', 50])}
            if not id_ and r.random() < 0.5:
                more[PREIMAGE_PLACE] = r.choice(['https://x.example/a b', '\u202e'])
        if r.random() < 0.5 and self.targets:
            dates[DEPENDS] = self.rests_on()
        self.targets.append(w.add(attestation(key, iss, sub, payload, home, id_, dates, typ, content, more)))
        if more:
            self.preimages[self.targets[-1]] = preimage

    def rests_on(self):
        """Some of the last attestations, so that chains come about; too long ones, and others, as the log would not."""
        r, w = self.r, self.world
        chosen = r.sample(self.targets[-4:], r.randint(1, min(3, len(self.targets[-4:]))))
        deep = max(self.depth(p) for p in chosen) >= 4
        if deep and not self.odd(0.3):
            chosen = [p for p in chosen if self.depth(p) < 4] or self.targets[:1]
        ids = [w.id(p) for p in chosen]
        if self.odd(0.05):
            ids.append(r.choice([sha_of(r), w.id(r.randrange(len(w.bytes)))]))
        return list(dict.fromkeys(ids))

    def depth(self, position):
        named = cbor(cbor(self.world.bytes[position]).value[0])[15].get(DEPENDS, [])
        below = [self.world.position_of(id_) for id_ in named]
        return max((self.depth(p) for p in below if p in self.targets), default=-1) + 1

    def status(self):
        r, w = self.r, self.world
        if not self.targets:
            return
        target = r.choice(self.targets[-6:])
        said = self.world_statement(target)
        iss, sub = said
        if iss not in self.iss:
            return
        key = self.signer(iss, 2)
        if key is None:
            return
        move = r.choice([0, 1, 2, 2, 2, 3])
        p = {1: w.id(target), 2: move, 3: r.randint(1, 9)}
        if r.random() < 0.2:
            p[4] = r.choice([0, self.now, U64 - 1])
        if move == 3:
            p[5] = w.id(r.choice(self.targets))
        if self.odd():
            p |= r.choice([{3: 10}, {2: 4}, {6: 1}, {5: bytes(32)}])
        if self.odd():
            sub, _ = 'another', None
        w.add(own_kind('status', key, iss, sub, self.origin, p))

    def world_statement(self, position):
        claims = cbor(cbor(self.world.bytes[position]).value[0])[15]
        return claims[1], claims[2]

    # ---- evidence ----

    def lines(self):
        r, made = self.r, []
        for name, key in WITNESSES:
            if r.random() < 0.6:
                time = self.now + r.choice([-10, -10, -100, -5000, -10 ** 5, 30, 59, 1000])
                if r.random() < 0.03:
                    made.append(lambda text, n=name, k=key, t=time: cosignature(n, k, 'x' + text, t))
                else:
                    made.append(lambda text, n=name, k=key, t=time: cosignature(n, k, text, t))
                if r.random() < 0.05:
                    made.append(lambda text, n=name, k=key, t=time: cosignature(n, k, text, t - 50))
        if r.random() < 0.1:
            made.append(lambda text: note_line('who', 7, SPARE[0], b'anything'))
        if r.random() < 0.03:
            made.append(lambda text: note_line('w0.example', 4, WITNESSES[0][1], b'short'))
        if r.random() < 0.03:
            made.append(lambda text: note_line(self.origin, 1, self.world.head, bytes(64)))
        return made

    def evidence(self):
        r, w = self.r, self.world
        position = r.choice(self.targets or [1])
        if self.odd(0.02):
            position = r.randrange(3, len(w.bytes) - 1)
        later = [s for s in w.seals if s > position]
        size = r.choice(later[-2:]) + 1
        how = {'lines': self.lines(), 'dating': r.random() < 0.7}
        if r.random() < 0.3:
            how['show'] = [r.choice([0, 1, *[s for s in w.seals if s < size]]) for _ in range(2)]
        if self.odd(0.05):
            how['show'] = [r.randrange(size)]
        if self.odd(0.05):
            how['hide'] = [r.randrange(size - 1)]
            how['hide'] = [p for p in how['hide'] if p != position]
        if self.odd(0.05):
            how['drop'] = [r.randrange(12)]
        if r.random() < 0.1:
            iss, sub = self.world_statement(position)
            how['more'] = [r.choice([('G', []), ('S', [sub.encode(), iss.encode()]), ('P', [b'nobody']),
                                     ('N', [iss.encode(), b'kyc']), ('I', [b'nobody']), ('A', [bytes(32), b'me'])])]
        read = cbor(cbor(w.bytes[position]).value[0])[15].get(SCHEMA)
        named = [q for q in self.schemas if w.id(q) == read]
        if named and r.random() < 0.6:
            iss, _ = self.world_statement(named[0])
            name = cbor(cbor(w.bytes[named[0]]).value[2])[1]
            if isinstance(name, str):
                how['more'] = [*how.get('more', []), ('N', [iss.encode(), name.encode()])]
        if self.odd(0.03):
            how['close'] = [r.randrange(8)]
        if self.odd(0.03):
            how['checkpoint'] = w.checkpoint(size, head=r.choice([SPARE[0], w.operator, w.sealing]))
        if self.odd(0.02):
            how['checkpoint'] = w.checkpoint(size, origin='log.example/z')
        if self.odd(0.04):
            how['receipt'] = r.choice([w.receipt(position, size, r.choice([w.head, SPARE[0]])),
                                       w.receipt(position, size, path=[bytes(32)]),
                                       w.receipt(size - 1, size)])
        if position in self.preimages and r.random() < 0.5:
            how['change'] = lambda m: self.open(m, position)
        elif self.odd(0.1):
            how['change'] = self.change
        return w.evidence(position, size, **how)

    def open(self, m, position):
        m[6] = cbor(self.preimages[position])
        if self.odd(0.3) and isinstance(m[6], dict):
            salt, claims = m[6][1], m[6][2]
            m[6] = self.r.choice([{}, {1: bytes(16), 2: {}}, {1: bytes(15), 2: {}}, {2: {}, 1: bytes(16)}, [], None,
                                  {1: bytes(16), 2: {7: 1}}, {1: bytes(16), 2: []}, encode(m[6]), m[6] | {3: 1},
                                  {1: bytes(16)}, {1: salt, 2: {'a': [claims]}}, {2: claims, 1: salt}])

    def change(self, m):
        """Swaps and losses inside the map: the order of keys, answers, the trie, the tree."""
        r = self.r
        what = r.randrange(12)
        if what == 0 and len(m[2]) > 1:
            i = r.randrange(len(m[2]) - 1)
            m[2][i], m[2][i + 1] = m[2][i + 1], m[2][i]
        elif what == 1:
            m[2][r.randrange(len(m[2]))][1] = None
        elif what == 2:
            m[3] = m[3][:-32] if r.random() < 0.5 else m[3] + bytes(r.choice([1, 32]))
        elif what == 3:
            m[4].reverse()
        elif what == 4:
            m[4][r.randrange(len(m[4]))][2].append(m[2][-1][0])
        elif what == 5:
            answer = r.choice(m[4])
            answer[2] = answer[2][:-1]
        elif what == 6:
            m[5] = r.choice([[], m[5][:-1], m[5] + [bytes(32)], m[5][::-1]])
        elif what == 7:
            i = r.randrange(len(m[5]))
            m[5][i] = r.choice([bytes(32), bytes(72), 0, 255, 256, b'x'])
        elif what == 8:
            m[6] = r.choice([{}, {1: bytes(16), 2: {}}])
            if r.random() < 0.2:
                m[7] = {}
        elif what == 9:
            m[4][r.randrange(len(m[4]))][0] = r.choice([ord('G'), ord('X'), 65 + 256])
        elif what == 10:
            i = r.randrange(len(m[2]))
            m[2][i][0] += 1
        else:
            i, j = r.randrange(len(m[2])), r.randrange(len(m[2]))
            m[2][i][1], m[2][j][1] = m[2][j][1], m[2][i][1]

    # ---- trust files ----

    def trust(self):
        r, w = self.r, self.world
        if r.random() < 0.03:
            return None
        lines = []
        if r.random() < 0.95:
            head = r.choice([w.head] * 40 + [SPARE[0], w.operator, w.sealing])
            url = r.choice(['', ' https://log.example'])
            lines.append(f'log {head.vkey(self.origin, 1)}{url}')
        if r.random() < 0.3:
            lines.append(f'log {SPARE[1].vkey("log.example/a", 1)}')
        if r.random() < 0.3:
            lines.append(f'log {SPARE[2].vkey("log.example/other", 1)}')
        for i, (name, key) in enumerate(WITNESSES):
            if r.random() < 0.9 or not lines:
                lines.append(f'witness w{i} {key.vkey(name, 4)}' + r.choice(['', ' https://w.example']))
        there = [line.split()[1] for line in lines if line.startswith('witness')]
        groups = []
        if len(there) >= 2 and r.random() < 0.7:
            cut = r.randint(1, len(there) - 1)
            for name, members in (('g1', there[:cut]), ('g2', there[cut:])):
                k = r.choice(['any', 'all', r.randint(1, len(members))])
                lines.append(f'group {name} {k} ' + ' '.join(members))
                groups.append(name)
            if r.random() < 0.5:
                lines.append(f'group top {r.choice(["any", "all", 1, 2])} g1\tg2')
                groups.append('top')
        lines.append('quorum ' + r.choice(['none'] * 3 + there + groups * 3))
        if r.random() < 0.3:
            lines.append('audit ' + r.choice(there + groups) if there else 'max-age 1s')
        if r.random() < 0.4 and 'max-age' not in lines[-1]:
            lines.append('max-age ' + r.choice(['1s', '30s', '2h', '1d', '90m', '36600d', '50s']))
        for i, iss in enumerate([*self.iss, 'somebody']):
            if r.random() < 0.85:
                name = 'ckt:' + iss[-43:] if iss.startswith('urn:') else iss
                if ' ' in name:
                    continue
                schemas = r.choice(['any'] * 5 + ['kyc', 'kyc>=1 open text', 'kyc>=2 open>=1 types>=3 a-b_c.d>=1',
                                               'kyc>=1 open>=2 text>=1 types>=1 final>=1', 'final a-b_c.d types>=1',
                                               'kyc open text final'])
                on = r.choice([''] * 6 + [f' on {self.origin}'])
                lines.append(f'issuer i{i} {name} for {schemas}{on}')
        if r.random() < 0.04:
            lines.insert(r.randrange(len(lines) + 1), r.choice(ODD_LINES))
        if r.random() < 0.2:
            lines.insert(0, '# a comment\n')
        return ('\n'.join(lines) + r.choice(['\n', '\n', ''])).encode('utf-8', 'surrogateescape')

    def when(self):
        r, w = self.r, self.world
        pick = r.random()
        if pick < 0.45:
            return None
        if pick < 0.7:
            return 'position', r.choice([r.randrange(len(w.bytes) + 2), r.choice(w.seals)])
        seal = cbor(cbor(w.bytes[r.choice(w.seals)]).value[2])
        base = r.choice([seal.get(4, 0), seal.get(5, 0)]) // 1000
        time = base + r.choice([-1, 0, 0, 1, 60]) if r.random() < 0.9 else self.now + r.choice([-30, 1000])
        return 'time', min(max(time, 1), 4 * 10 ** 9)


ODD_LINES = ['need x', 'conflict a b', 'quorum none', 'audit nobody', 'max-age 5', 'max-age 05s', 'nonsense', 'log x',
             'issuer a ckt:short for any', 'issuer a b for', 'issuer a urn:x for any', 'issuer a b for kyc>=4294967296',
             'issuer a b for Kyc', 'group g 0 w0', 'group g 2 w1', 'witness w0 x', 'issuer i0 other for any',
             'issuer a b for any on nowhere', 'issuer a b for any kyc', 'group none any w0', ' # indented comment',
             'max-age 1 s', 'bell \x07', 'quorum g9', 'group any any w1', 'issuer a é for any', 'issuer é b for any',
             'issuer a b for ' + 'k ' * 17, 'issuer a b for kyc>=01', 'issuer a b for kyc kyc', 'issuer a b on c',
             'max-age 99999999999999999999d', 'max-age 1000001d', '\t\t', 'issuer a b for kyc>=0', 'quorum',
             'max-age 0s', 'max-age 36601d', 'issuer a b for on', 'x' * 70000, '# ' + 'words ' * 100,
             'issuer \udcff b for any', 'issuer a ' + ISSUERS[3].urn + ' for any']


def sha_of(r):
    return bytes(r.randrange(256) for _ in range(32))


def corrupt(r, file, other):
    """A small corruption of a bare file, or of an armoured one."""
    what = r.randrange(9)
    b = bytearray(file)
    if what < 4:
        at = r.randrange(len(b))
        b[at] ^= 1 << r.randrange(8)
        return 'flip', bytes(b)
    if what == 4:
        return 'cut', bytes(b[:r.randrange(len(b))])
    if what == 5:
        return 'longer', bytes(b) + r.choice([b'\x00', b'\n', b'\xf6', b' '])
    if what == 6:
        at = r.randrange(len(b))
        return 'byte', bytes(b[:at]) + bytes([r.randrange(256)]) + bytes(b[at + r.randrange(2):])
    try:
        mine, theirs = cbor(file), cbor(other)
        if what == 7:
            part = r.randrange(4)
            mine.value[part] = theirs.value[part]
        else:
            one, two = cbor(mine.value[1][EVIDENCE]), cbor(theirs.value[1][EVIDENCE])
            part = r.randint(1, 5)
            one[part] = two[part]
            mine.value[1][EVIDENCE] = encode(one)
        return f'swapped {what}', encode(mine)
    except (Refused, KeyError, AttributeError, TypeError):
        return 'same', file


def armoured(file):
    """With labels, if it can have any."""
    try:
        return armoured_evidence(file).encode()
    except (Refused, KeyError):
        return None


def corrupt_text(r, text):
    b = bytearray(text)
    what = r.randrange(5)
    at = r.randrange(b.index(b'\n\n')) if r.random() < 0.5 else r.randrange(len(b))
    if what < 3:
        b[at] = r.choice(b'abcXYZ 019\n=/+"\\')
        return bytes(b)
    if what == 3:
        return bytes(b[:at])
    return bytes(b[:at]) + r.choice([b' ', b'\n', b'\r', b'A', b'\xc2\xa0']) + bytes(b[at:])


def endless(seed, now):
    r, before = random.Random(seed), None
    while True:
        scene = Scene(r.randrange(1 << 60), now, r.random() < 0.4)
        if not scene.targets:
            continue
        trusts = [scene.trust() for _ in range(6)]
        for _ in range(6):
            try:
                file = scene.evidence()
            except Refused:
                continue
            text = armoured(file) if r.random() < 0.5 else None
            for _ in range(3):
                yield 'whole', text or file, r.choice(trusts), scene.when()
            for _ in range(2):
                if text and r.random() < 0.6:
                    yield 'text', corrupt_text(r, text), r.choice(trusts), None
                else:
                    kind, broken = corrupt(r, file, before or file)
                    yield kind, (armoured(broken) or broken if r.random() < 0.3 else broken), r.choice(trusts), None
            before = file
