"""Random histories of a log, for the model of the rules and for the log's own code: issuers under keys and names that
come, change their keys, lose them to thieves, cut them and recover; schemas and their versions; attestations of every
sort; what becomes of them; rules that change, limits, closings. About half of what is submitted is wrong on purpose in
one thing. The same seed gives the same history."""
import copy
import random

from rules_model import DAYS_90, FINAL, Log
from second_decoder import (
    DEPENDS, ENVELOPE, HOME, PREIMAGE_PLACE, PREIMAGE_TYPE, PRIVATE, SCHEMA, U64, VND, Refused, Statement,
    claims_fit, encode, index_key, sha)
from second_world import Key, issuer_payload, key_set, own_kind, signed

NAMES = ['acme', 'Example.Bank', 'a b', 'x.example', 'URM:x', 'y' * 255]
ODD_ISS = ['ckt:abc', 'Ckt:abc', 'urn:x', 'URN:ietf:params:oauth:ckt:sha-256:x', 'nobody', 'é', '', 'a\nb', 'z' * 256]
SUBJECTS = ['sub-1', 'sub-2', 'did:example:abc', 'hash:deadbeef', 'x' * 255, '0x12', '7up', 'did:x:0xabcdef01']
ODD_SUBJECTS = ['0X12', 'did:0Xab', 'DEADBEEF', 'hash:deadBEEF', '0xdeadbeeF', '01234567-89ab-cdef-0123-456789abcdef',
                '0x01234567-89AB-cdef-0123-456789abcdef', 'a b', '', 'é', 'x' * 256, 'deadBEE', 'sub:ABCDEFG', 'tab\t',
                'DEADBEEF:x', 'x:DEADBEEF', '0xDEADBEE', '1234567A', '12345678']
TYPES = [VND + 'issuer+cbor', VND + 'Issuer+cbor', 'VND.cairn.x', 'vnd.cairn.status+cbor', VND + 'seal+cbor', VND,
         'application/vnd.cairn', 'x/vnd.cairn.a', '', 7, -7, b'x', VND + 'claims+cbor', None]
KEYS = {}


def key_of(name):
    """Made from a name, always the same; a kid finds it again."""
    if name not in KEYS:
        KEYS[name] = Key(name)
        KEYS[KEYS[name].kid] = KEYS[name]
    return KEYS[name]


def with_kid(kid):
    """The key of a kid; some other one when nobody has it."""
    return KEYS.get(kid) or key_of('another')


class Draft:
    def __init__(self, kind, key, iss, sub, home, payload, claims=None, labels=None):
        self.kind, self.key, self.iss, self.sub, self.home = kind, key, iss, sub, home
        self.payload, self.claims, self.labels, self.alg = payload, claims or {}, labels or {}, -8
        if kind != 'attestation':
            self.labels = {16: VND + kind + '+cbor'}

    def bytes(self):
        claims = {1: self.iss, 2: self.sub, **self.claims}
        if self.home is not None:
            claims[HOME] = self.home
        claims = {k: min(v, U64 - 1) if type(v) is int else v for k, v in claims.items()}
        payload = self.payload if isinstance(self.payload, bytes) else encode(self.payload)
        return signed(self.key, {15: claims, **self.labels}, payload, self.alg)


class History:
    """What to tell the log (lines) and what the model says it answers (said)."""

    def __init__(self, seed, steps):
        self.r = r = random.Random(seed)
        self.origin = r.choice(['log.example', 'log.example/a', 'x', 'urn.example'])
        self.log = Log(self.origin)
        self.lines, self.said = [], []
        self.ms = 1800000000000 + r.randrange(10 ** 9)
        self.fresh = 0
        self.wrong = r.choice([0, 0.3, 0.5, 0.5, 0.6])
        self.then = []
        self.tell('log ' + self.origin.encode().hex(), 'ok')
        self.begin()
        self.moves = self.choose_moves()
        while len(self.lines) < steps:
            self.ms = max(self.ms + self.tick(), 1)
            closing = self.log.rules(self.end).get(7, {}).get(1, U64)
            if self.start < closing < self.start + 2 * DAYS_90 and r.random() < 0.02:
                self.close()
                self.ms = closing * 1000 + r.choice([-1, 0, 0, 999])
            if r.random() < 0.08:
                self.close()
            else:
                self.step()
        self.close()
        self.replay()
        self.ask()

    def tell(self, line, answer):
        self.lines.append(line)
        self.said.append(answer)

    def tick(self):
        r = self.r
        return r.choice([0, 1, 500, 1000, 10000, 60000, r.randrange(10 ** 6), -r.randrange(5000)]
                        + [86400000 * r.randrange(1, 60)] * (r.random() < 0.1))

    def choose_moves(self):
        """Every history has its own mixture, so that some of them go deep."""
        r = self.r
        all_of_them = [self.register, self.rules, self.rotate, self.recover, self.schema, self.attest, self.attest,
                       self.status, self.again, self.long_chain, self.many_moves]
        weights = [1, 0.9, 1.2, 0.7, 0.99, 3, 2, 2.2, 0.2, 0.015, 0.05]
        return all_of_them, [w * r.choice([0, 0.5, 1, 1, 2, 4] if w < 1 else [0.5, 1, 2]) for w in weights]

    # ---- the log's own ----

    def new_key(self):
        self.fresh += 1
        return key_of(f'{self.origin} {self.r.randrange(1 << 60)} {self.fresh}')

    def begin(self):
        operator, sealing, head, recovery = (self.new_key() for _ in range(4))
        keys = key_set((operator, self.r.choice([20, 20, 22, 23])), (sealing, 8), (head, 32))
        self.own(Draft('issuer', operator, self.origin, self.origin, self.origin,
                       issuer_payload(0, None, keys, recovery=[recovery.kid])))
        rules = {1: 0, 3: self.r.randrange(2), 4: [], 5: [], 6: {1: 16384, 2: 8192}, 8: 1}
        self.own(Draft('rules', operator, self.origin, self.origin, self.origin, rules))
        self.close()

    def own(self, draft):
        b, log = draft.bytes(), self.log
        values = log.seal_fields(self.ms)
        at = log.seal(Statement(b)) if draft.kind == 'seal' else log.append(Statement(b))
        self.tell(f'own {b.hex()} {self.ms}', f'ok {at} {values[2].hex()} {values[3]}')

    def close(self):
        key = self.signer(self.origin, 8)
        if key is None or key.kid not in self.issuer(self.origin).keys():
            return
        self.remember()
        self.own(Draft('seal', key, self.origin, self.origin, self.origin, self.log.seal_fields(self.ms)))

    # ---- one submission ----

    def step(self):
        r = self.r
        move = r.choices(*self.moves)[0]
        draft = move()
        if draft is None:
            return
        if r.random() < self.wrong:
            draft = r.choice([self.wrong_key, self.wrong_header, self.wrong_header, self.wrong_payload,
                              self.wrong_payload, self.wrong_payload, self.wrong_dates, self.wrong_bytes,
                              self.wrong_matter, self.wrong_matter, self.wrong_matter, self.wrong_matter])(draft)
        self.submit(draft if isinstance(draft, bytes) else draft.bytes())

    def submit(self, b):
        try:
            answer = f'ok {self.log.submit(b, self.ms)}'
        except Refused as refused:
            answer = refused.word
        self.tell(f'submit {b.hex()} {self.ms}', answer)
        return answer

    @property
    def end(self):
        return len(self.log.statements)

    @property
    def now(self):
        """Seconds of the clock as the log has it."""
        return max(self.ms, self.log.sealed_ms) // 1000

    @property
    def start(self):
        return self.now if self.log.group_ms is None else self.log.group_ms // 1000

    def issuer(self, iss):
        return self.log.issuer(iss, self.end)

    def registered(self):
        return list(dict.fromkeys(s.iss for s in self.log.all(self.end, 'issuer')))

    def signer(self, iss, purpose):
        good = [with_kid(kid) for kid, (_, bits) in self.issuer(iss).keys().items() if bits & purpose]
        return self.r.choice(good) if good else None

    def somebody(self, purpose):
        """(iss, key) of a registered issuer."""
        r = self.r
        others = [iss for iss in self.registered() if iss != self.origin or r.random() < 0.15]
        iss = r.choice(others) if others else self.origin
        return iss, self.signer(iss, purpose)

    def any_id(self):
        r = self.r
        return r.choice(self.log.statements).id if r.random() < 0.9 else sha(bytes([r.randrange(256)]))

    # ---- moves that are right, as far as they can be ----

    def register(self):
        r = self.r
        iss, key = None, self.new_key()
        if r.random() < 0.5:
            iss = key.urn
        else:
            approved = [n for n in NAMES if self.log.approval(n, self.end)[0] and not self.issuer(n).registered]
            if not approved:
                return self.rules()
            iss = r.choice(approved)
            key = with_kid(self.log.approval(iss, self.end)[2])
        if self.log.rules(self.end)[3] == 1 and iss == key.urn and r.random() < 0.8:
            approval = self.approving(iss, key.kid)
            if approval is not None:
                self.submit(approval.bytes())
        pairs = [(key, r.choice([7, 7, 7, 4, 5, 6]))]
        pairs += [(self.new_key(), r.choice([1, 2, 3, 4, 7])) for _ in range(r.choice([0, 0, 1, 2]))]
        recovery = sorted(self.new_key().kid for _ in range(r.choice([0, 1, 1, 2, 4])))
        return Draft('issuer', key, iss, iss, self.origin,
                     issuer_payload(0, None, key_set(*pairs), r.choice(['', 'Me']), recovery=recovery))

    def rules_payload(self):
        old, before = self.log.rules(self.end), self.log.all(self.end, 'rules')
        p = {1: len(before), 2: before[-1].id, 3: old[3], 4: [], 5: [], 6: dict(old[6]), 8: 1}
        if 7 in old:
            p[7] = dict(old[7])
        return {k: p[k] for k in sorted(p)}

    def rules_draft(self, p):
        key = self.signer(self.origin, 16)
        return key and Draft('rules', key, self.origin, self.origin, self.origin, {k: p[k] for k in sorted(p)})

    def approving(self, iss, kid):
        p = self.rules_payload()
        p[4] = [{1: iss, 2: kid}]
        return self.rules_draft(p)

    def rules(self):
        r, p, pick = self.r, self.rules_payload(), self.r.random()
        known = self.registered()[1:]
        if pick < 0.45:
            for name in r.sample(NAMES, r.randint(1, 3)):
                p[4].append({1: name, 2: self.log.approval(name, self.end)[2] or self.new_key().kid})
        elif pick < 0.6 and known:
            for iss in r.sample(known, r.randint(1, min(2, len(known)))):
                genesis = self.log.approval(iss, self.end)[2] or self.issuer(iss).genesis
                if iss.isascii():
                    p[4].append({1: iss, 2: genesis})
        elif pick < 0.75 and known:
            p[5] = sorted(set(r.choices(known + NAMES, k=2)), key=str.encode)
        elif pick < 0.8:
            p[3] = 1 - p[3]
        elif pick < 0.92:
            p[6] = {1: r.choice([0, 500, 700, 16384, 1 << 40]), 2: r.choice([0, 0, 1, 2, 3, 8192])}
        else:
            self.closing(p)
        p[4].sort(key=lambda a: a[1].encode())
        return self.rules_draft(p)

    def closing(self, p):
        r = self.r
        if 7 in p and r.random() < 0.4:
            p.pop(7)
            return
        p[7] = {1: self.start + DAYS_90 + r.choice([0, 0, 1, 86400])}
        if r.random() < 0.5:
            p[7][2] = r.choice(['log.example/next', 'x y'])

    def next_payload(self, iss, keys, cuts=()):
        last = self.issuer(iss).last
        return issuer_payload(last.p[1] + 1, last.id, keys, self.r.choice(['', 'Me']), sorted(cuts, key=lambda c: c[1]),
                              last.p[7])

    def new_set(self, iss, held):
        """A set of keys after the set `held`: kid -> (x, purposes)."""
        r, own = self.r, iss == self.origin
        pairs = [(with_kid(kid), bits) for kid, (_, bits) in held.items()]
        if r.random() < 0.45 and len(pairs) > 1:
            pairs.pop(r.randrange(len(pairs)))
        if (r.random() < 0.6 and len(pairs) < 16) or not pairs:
            pairs.append((self.new_key(), r.choice([1, 2, 3, 4, 7])))
        if r.random() < 0.2:
            i = r.randrange(len(pairs))
            pairs[i] = (pairs[i][0], r.choice([1, 2, 3, 4, 5, 6, 7]))
        for purpose in (4, 16, 8) if own else (4, 1):
            if not any(bits & purpose for _, bits in pairs) and (own or r.random() < 0.8):
                pairs = pairs[-15:] + [(self.new_key(), purpose | r.choice([0, 3]))]
        return pairs

    def cuts(self, iss, issuer, keeping, chance):
        """Cuts of kids that are not kept."""
        r, made = self.r, []
        for kid in issuer.listed():
            cut = issuer.cut(kid)
            if kid in keeping or r.random() > chance or cut == 0 or len(made) == 16:
                continue
            at = r.randrange(self.end + 1 if cut is None else cut)
            signed_by = [s.position for s in self.log.statements if s.kid == kid and (cut is None or s.position < cut)]
            if signed_by and r.random() < 0.6:
                at = r.choice(signed_by)
            if cut is not None and r.random() < self.wrong / 3:
                at = cut
            bare = iss == self.origin or (cut is None and r.random() < 0.3)
            if not bare or cut is None or self.end < cut:
                made.append({1: kid} if bare else {1: kid, 2: at})
        return made

    def rotate(self):
        r = self.r
        iss, key = self.somebody(4)
        if key is None:
            return self.recover(iss)
        issuer = self.issuer(iss)
        pairs = self.new_set(iss, issuer.keys())
        cuts = self.cuts(iss, issuer, {k.kid for k, _ in pairs}, 0.4) if r.random() < 0.6 else []
        return Draft('issuer', key, iss, iss, self.origin, self.next_payload(iss, key_set(*pairs), cuts))

    def recover(self, iss=None):
        r = self.r
        iss = iss or self.somebody(4)[0]
        issuer = self.issuer(iss)
        if not issuer.last.p[7]:
            return None
        prev = r.choice(issuer.run[-3:] if r.random() < 0.7 else issuer.run)
        behind = self.log.issuer(iss, self.end, behind=prev.position)
        pairs = self.new_set(iss, prev.p['keys'])
        cuts = self.cuts(iss, behind, {k.kid for k, _ in pairs}, 0.4) if r.random() < 0.6 else []
        key = with_kid(r.choice(issuer.last.p[7]))
        p = issuer_payload(prev.p[1] + 1, prev.id, key_set(*pairs), '', sorted(cuts, key=lambda c: c[1]),
                           sorted(self.new_key().kid for _ in range(r.randint(1, 2))), key)
        return Draft('issuer', key, iss, iss, self.origin, p)

    def long_chain(self):
        """Up to the end of what a run may have."""
        iss, key = self.somebody(4)
        while key is not None and len(self.issuer(iss).run) < 64:
            p = self.next_payload(iss, self.issuer(iss).last.p[3])
            p[3] = [{1: with_kid(kid).cose(), 2: bits} for kid, (_, bits) in self.issuer(iss).last.p[3]]
            if not self.submit(Draft('issuer', key, iss, iss, self.origin, p).bytes()).startswith('ok'):
                break
        for _ in range(4):
            draft = self.rotate_of(iss)
            if draft is not None:
                self.submit(draft.bytes())
        return None

    def rotate_of(self, iss):
        """What adds nothing, most times, for a chain that is full."""
        r, key, issuer = self.r, self.signer(iss, 4), self.issuer(iss)
        if key is None:
            return None
        pairs = [(with_kid(kid), bits) for kid, (_, bits) in issuer.keys().items()]
        if r.random() < 0.6 and len(pairs) > 1:
            pairs.pop(r.randrange(len(pairs)))
        if r.random() < 0.4:
            pairs[0] = (pairs[0][0], r.choice([pairs[0][1] & 4 or 1, pairs[0][1] | 3]))
        cuts = self.cuts(iss, issuer, {k.kid for k, _ in pairs}, 0.5)
        return Draft('issuer', key, iss, iss, self.origin, self.next_payload(iss, key_set(*pairs), cuts))

    # Schemas and attestations.

    def fields(self):
        r, made = self.r, []
        for name in r.sample(['level', 'age', 'a', 'b.c', 'list'], r.randint(1, 4)):
            made.append({1: name, 2: r.choice([0, 1, 2, 3, 4, 5, 16, 17, 18, 19, 20, 21]), 3: r.random() < 0.4,
                         4: 0, 5: r.choice(['', '', 'what it is']), 6: {}})
            self.limit(made[-1])
        return made

    def value(self, kind, small=True):
        r = self.r
        if kind & 16:
            return [self.value(kind & 15) for _ in range(r.choice([0, 1, 2, 3, 256]) if small else 257)]
        return [lambda: r.random() < 0.5, lambda: r.choice([-5, 0, 3, -(1 << 63), (1 << 63) - 1]),
                lambda: r.choice([0, 3, 18, U64 - 1]), lambda: r.choice(['', 'full', 'éé', 'x' * 64]),
                lambda: r.choice([b'', b'abc', bytes(64)]), lambda: r.choice([0, 3, 1800000000])][kind]()

    def limit(self, field):
        r, kind = self.r, field[2] & 15
        if kind == 0 or r.random() < 0.5:
            return
        low = r.choice([0, 1, 3]) if kind != 1 else r.choice([-5, 0, -(1 << 63)])
        if r.random() < 0.5:
            field[6][1] = low
        if r.random() < 0.5:
            field[6][2] = r.choice([low, 4, 64, (1 << 63) - 1])
            field[6][2] = max(low, field[6][2])
        if r.random() < 0.3:
            field[6][3] = list(dict.fromkeys(self.value(kind) for _ in range(r.randint(1, 4))))

    def schema(self):
        r = self.r
        iss, key = self.somebody(1)
        if key is None:
            return None
        old = self.log.all(self.end, 'schema', iss)
        name = r.choice(['kyc', 'a', 'x-y_z.9'])
        named = [s for s in old if s.p[1] == name]
        p = {1: name, 2: 1, 4: self.fields(), 6: r.random() < 0.85, 7: r.random() < 0.4, 8: False, 9: r.random() < 0.5}
        if r.random() < 0.3:
            p[5] = r.choice([1, 3600, 86400])
        if named and r.random() < 0.9:
            p[2], p[3], p[8] = named[-1].p[2] + 1, named[-1].id, r.random() < 0.3
            if not p[8]:
                p[4] = self.keeping(named[-1].p[4])
        return Draft('schema', key, iss, name, self.origin, {k: p[k] for k in sorted(p)})

    def keeping(self, fields):
        r, made = self.r, copy.deepcopy(fields)
        for f in made:
            f[3] = f[3] and r.random() < 0.7
        if r.random() < 0.5:
            made += [f | {3: False} for f in self.fields() if f[1] not in [m[1] for m in made]]
        r.shuffle(made)
        return made

    def claims_under(self, schema):
        r, made = self.r, {}
        for f in schema.p[4]:
            if f[3] or r.random() < 0.6:
                value = self.value(f[2])
                if not f[2] & 16 and 3 in f[6]:
                    value = r.choice(f[6][3])
                made[f[1]] = value
        if schema.p[7] and r.random() < 0.5:
            made['more'] = r.choice([1, [2], {1: 2}, None])
        return made

    def attest(self):
        r, s = self.r, None
        iss, key = self.somebody(1)
        if key is None:
            return None
        draft = Draft('attestation', key, iss, r.choice(SUBJECTS), r.choice([self.origin] * 3 + [None]), b'anything')
        schemas = self.log.all(self.end, 'schema')
        if schemas and r.random() < 0.7:
            s = r.choice(schemas)
            self.under(draft, s)
        elif r.random() < 0.2:
            draft.payload, draft.labels = bytes(32), {ENVELOPE: -16, PREIMAGE_TYPE: r.choice(['text/plain', 7]),
                                                      PREIMAGE_PLACE: 'https://x.example'}
        if r.random() < 0.4:
            draft.claims[6] = self.now + r.choice([-100, 0, 299])
            draft.claims[4] = self.now + r.choice([1, 60, 10 ** 7])
        if r.random() < 0.2:
            draft.claims[5] = self.now - r.choice([0, 50])
        if s is not None and 5 in s.p:
            draft.claims[6] = self.now
            draft.claims[4] = self.now + r.choice([s.p[5], max(1, s.p[5] - 1)])
        if r.random() < 0.35:
            self.resting(draft)
        if r.random() < 0.1:
            draft.labels[16] = r.choice(['application/x', 7, 'x/vnd.cairn.a'])
        if r.random() < 0.05:
            draft.alg = -19
        return draft

    def under(self, draft, schema):
        r = self.r
        draft.home, draft.claims[SCHEMA] = self.origin, schema.id
        if schema.p[9] and r.random() < 0.4:
            draft.payload, draft.labels = sha(bytes([r.randrange(256)])), {ENVELOPE: -16, PREIMAGE_TYPE: PRIVATE}
            return
        for _ in range(5):
            draft.payload = self.claims_under(schema)
            if claims_fit(schema.p, draft.payload):
                return

    def resting(self, draft):
        r, there = self.r, self.log.all(self.end, 'attestation')
        if there:
            near = there[-4:] if r.random() < 0.7 else there
            ids = dict.fromkeys(s.id for s in r.choices(near, k=r.choice([1, 1, 2, 3, 16])))
            draft.claims[DEPENDS] = list(ids)

    def targets(self, iss=None):
        return [s for s in self.log.statements
                if s.kind in ('attestation', 'schema') and s.iss != self.origin and iss in (None, s.iss)]

    def status(self, target=None, state=None):
        r, there = self.r, self.targets()
        if not there:
            return None
        target = target or r.choice(there[-6:] if r.random() < 0.6 else there)
        key = self.signer(target.iss, 2)
        if key is None:
            return self.rotate()
        if state is None:
            now = self.log.status(target, self.end)
            state = r.choice([1, 3] + [0 if now else 2] * 6)
        p = {1: target.id, 2: state, 3: r.randint(1, 9)}
        if r.random() < 0.2:
            p[4] = r.choice([0, U64 - 1])
        if state == 3:
            later = [s for s in self.targets(target.iss) if s.kind == target.kind and s.sub == target.sub
                     and s.position > target.position]
            if not later:
                return None
            p[5] = r.choice(later).id
        return Draft('status', key, target.iss, target.sub, self.origin, p)

    def many_moves(self):
        """More of them than one target may have, by more than one key; some keys are cut on the way."""
        r, there = self.r, [s for s in self.targets() if self.log.status(s, self.end) not in FINAL]
        if not there:
            return None
        target = r.choice(there)
        for i in range(67):
            draft = self.status(target, 0 if self.log.status(target, self.end) else 2)
            if draft is None or draft.kind != 'status':
                return draft
            draft.payload[4] = i  # no two of them are the same bytes
            self.submit(draft.bytes())
        return self.status(target, 1) if r.random() < 0.7 else None

    def again(self):
        return self.r.choice(self.log.statements[3:] or [None]) and self.r.choice(self.log.statements[3:]).bytes

    # ---- one thing that is wrong, or odd, or right after all ----

    def wrong_key(self, draft):
        if isinstance(draft, bytes):
            return self.wrong_bytes(draft)
        r, what = self.r, self.r.randrange(4)
        if what == 0:
            b = bytearray(draft.bytes())
            b[-1 - r.randrange(64)] ^= 1 << r.randrange(8)
            return bytes(b)
        if what == 1:
            draft.key = self.new_key()
        elif what == 2:
            draft.key = with_kid(r.choice(list(self.issuer(r.choice(self.registered())).listed())))
        else:
            ever = list(self.issuer(draft.iss).listed())
            draft.key = with_kid(r.choice(ever)) if ever else self.new_key()
        return draft

    def wrong_header(self, draft):
        if isinstance(draft, bytes):
            return self.wrong_bytes(draft)
        r, what = self.r, self.r.randrange(8)
        if what == 0:
            draft.home = r.choice(['elsewhere.example', None, '', self.origin + 'x', self.origin.upper(), 'x' * 256])
        elif what == 1:
            draft.iss = r.choice(self.registered() + ODD_ISS + NAMES)
            if draft.kind == 'issuer' and r.random() < 0.8:
                draft.sub = draft.iss
        elif what == 2:
            draft.sub = r.choice(ODD_SUBJECTS + SUBJECTS)
        elif what == 3:
            typ = r.choice(TYPES)
            if typ is None:
                draft.labels.pop(16, None)
            else:
                draft.labels[16] = typ
        elif what < 6:
            label, value = r.choice([
                (2, [1]), (394, []), (395, 1), (396, {}), (258, -16), (258, -44), (258, 16), (259, 'text/plain'),
                (259, PRIVATE), (259, PRIVATE.upper()), (259, -1), (260, 'x'), (260, ''), (260, 'x' * 1024),
                (260, 'x' * 1025), (260, 7), (3, 'text/plain'), (3, 50), (3, -1), (99, None), ('text', 1), (b'b', 1),
                (1, -8), (4, bytes(31)), (U64 - 1, 0), (-U64, 0), (16, 'application/x')])
            draft.labels[label] = value
        elif what == 6:
            label = r.choice([ENVELOPE, PREIMAGE_TYPE, PREIMAGE_PLACE, 16])
            draft.labels.pop(label, None)
        else:
            claim, value = r.choice([
                (4, -1), (5, 'x'), (6, self.now), (6, -1), (SCHEMA, self.any_id()), (SCHEMA, bytes(31)), (DEPENDS, []),
                (DEPENDS, [self.any_id()]), (DEPENDS, [bytes(32)] * 2), (DEPENDS, [bytes(31)]), (DEPENDS, bytes(32)),
                (DEPENDS, [sha(bytes([i])) for i in range(17)]), (99, 1), ('x', 1), (b'b', 1), (-70004, 1),
                (1, 7), (2, b'x'), (U64 - 1, 1), (-70100, b'')])
            draft.claims[claim] = value
        return draft

    def wrong_dates(self, draft):
        if isinstance(draft, bytes):
            return self.wrong_bytes(draft)
        r = self.r
        near = [self.start + d for d in (-1, 0, 1)] + [self.now + d for d in (-1, 0, 1, 299, 300, 301)]
        for _ in range(r.randint(1, 2)):
            label = r.choice([4, 5, 6])
            base = draft.claims.get(r.choice([4, 5, 6]), self.now)
            draft.claims[label] = r.choice(near + [base, max(0, base - 1), base + 1, 0, U64 - 1])
        if r.random() < 0.3:
            draft.claims.pop(r.choice([4, 5, 6]), None)
        if 4 in draft.claims and r.random() < 0.2:
            draft.claims[5] = draft.claims[4] - r.choice([0, 0, 1]) * (draft.claims[4] > 0)
        return draft

    def wrong_bytes(self, draft):
        r = self.r
        b = bytearray(draft if isinstance(draft, bytes) else draft.bytes())
        what = r.randrange(5)
        at = r.randrange(len(b)) if r.random() < 0.5 else r.randrange(min(len(b), 150))
        if what < 3:
            b[at] ^= 1 << r.randrange(8)
        elif what == 3:
            del b[at:]
        else:
            b.insert(at, r.choice([0, 0xff, 0x40, r.randrange(256)]))
        return bytes(b)

    def wrong_payload(self, draft):
        """One value in the payload becomes another one."""
        if isinstance(draft, bytes) or isinstance(draft.payload, bytes) or not draft.payload:
            return self.wrong_header(draft)
        draft.payload = copy.deepcopy(draft.payload)
        places = list(walk(draft.payload))
        holder, key = self.r.choice(places)
        self.change(holder, key)
        return draft

    def change(self, holder, key):
        r, v = self.r, holder[key]
        pick = r.random()
        if pick < 0.1:
            holder.pop(key)
        elif pick < 0.15 and isinstance(holder, dict):
            holder[r.choice([0, 10, -1, 3, 8, 'x', b'x'])] = r.choice([0, 1, bytes(32), 'x', [], True])
        elif isinstance(v, bool):
            holder[key] = r.choice([not v, 1, None])
        elif isinstance(v, int):
            holder[key] = r.choice([min(v + 1, U64 - 1), max(0, v - 1), 0, 1, 2, 63, 64, 1 << 40, U64 - 1])
        elif isinstance(v, bytes):
            holder[key] = r.choice([self.any_id(), self.any_id(), v[:-1], v + b'x', sha(v), bytes(32)])
        elif isinstance(v, str):
            holder[key] = r.choice([v + 'x', v.upper(), '', 'é', 'x' * 300, 'kyc', v + '\x7f'])
        elif isinstance(v, list) and v:
            holder[key] = r.choice([v + v[-1:], v[::-1], v[:-1], [], v[1:], v * 20])
        elif isinstance(v, dict):
            holder[key] = r.choice([{}, [], {k: w for k, w in list(v.items())[::-1]}])
        else:
            holder[key] = r.choice([[bytes(32)], 'x', 0, [{1: bytes(32)}]])

    def wrong_matter(self, draft):
        """What only the rules can see."""
        if isinstance(draft, bytes):
            return self.wrong_bytes(draft)
        if isinstance(draft.payload, dict):
            draft.payload = copy.deepcopy(draft.payload)
        return {'issuer': self.wrong_issuer, 'rules': self.wrong_rules, 'schema': self.wrong_schema,
                'status': self.wrong_status, 'attestation': self.wrong_attestation}[draft.kind](draft)

    def wrong_issuer(self, draft):
        r, p, issuer = self.r, draft.payload, self.issuer(draft.iss)
        ever = list(issuer.listed()) or [self.new_key().kid]
        listed = [(with_kid(kid), bits) for kid, bits in ((sha_kid(e[1]), e[2]) for e in p[3])]
        what = r.randrange(9)
        if what == 0:
            gone = [kid for kid in ever if kid not in issuer.keys()]
            listed.append((with_kid(r.choice(gone or ever)), r.choice([1, 7])))
        elif what == 1:
            listed[0] = (listed[0][0], r.choice([8, 16, 32, 63, 4, 12]))
        elif what == 2:
            gone = [kid for kid in ever if kid not in issuer.keys()] or ever
            cut_before = [kid for kid in gone if issuer.cut(kid)] or gone
            kid = r.choice([r.choice(ever), self.new_key().kid] + [r.choice(gone), r.choice(cut_before)] * 2)
            cut = issuer.cut(kid)
            at = r.choice([self.end - 1, self.end, self.end + 1, 0] + ([cut, cut - 1, cut + 1] if cut else []))
            p[4] = [r.choice([{1: kid}, {1: kid, 2: max(at, 0)}])]
        elif what == 3:
            p[7] = sorted({self.new_key().kid for _ in range(r.randrange(5))})
        elif what == 4 and issuer.registered:
            behind = [s for s in issuer.statements if 8 in p and s not in issuer.run]
            other = r.choice(behind or issuer.statements)
            p[1], p[2] = other.p[1] + 1, other.id
            if behind:
                p[4] = []
                listed = [(with_kid(kid), bits) for kid, (_, bits) in other.p['keys'].items()]
        elif what == 5 and issuer.registered:
            p[7] = sorted(set(r.choice(issuer.statements).p[7]) | {self.new_key().kid})[:4]
        elif what == 6:
            p[8] = r.choice([draft.key, self.new_key(), with_kid(r.choice(ever))]).cose()
        elif what == 7 and 8 in p:
            listed.append((draft.key, 4))
        else:
            p[1] = 0
            p.pop(2, None)
            p.pop(8, None)
        p[3] = key_set(*{k.kid: (k, bits) for k, bits in listed}.values())[:16]
        draft.payload = {k: p[k] for k in sorted(p)}
        return draft

    def wrong_rules(self, draft):
        r, p = self.r, draft.payload
        what, name = r.randrange(7), r.choice(NAMES)
        if what == 0:
            p[4] = [{1: self.origin, 2: self.new_key().kid}]
        elif what == 1:
            p[4], p[5] = [{1: name, 2: self.log.approval(name, self.end)[2] or self.new_key().kid}], [name]
        elif what == 2:
            p[4] = [{1: r.choice(['ckt:x', 'CKT:y', 'cktx', 'urn:x']), 2: self.new_key().kid}]
        elif what == 3:
            approved = [n for n in NAMES if self.log.approval(n, self.end)[0]]
            p[4] = [{1: r.choice(approved or NAMES), 2: self.new_key().kid}]
        elif what == 4:
            p[5] = r.choice([['ckt:x'], [self.origin], ['urn:x'], ['nobody'], ['b', 'a'], ['a', 'a']])
        elif what == 5:
            p[7] = {1: self.start + r.choice([DAYS_90 - 1, DAYS_90, 0, -1, 1])}
            old = self.log.rules(self.end).get(7)
            if old and r.random() < 0.6:
                p[7] = r.choice([{1: old[1]}, {1: old[1], 2: 'else.example'}, {1: max(0, old[1] - 1)},
                                 {1: old[1] + 1, **({2: old[2]} if 2 in old else {})}])
        else:
            draft.iss = r.choice(self.registered())
        draft.payload = {k: p[k] for k in sorted(p)}
        return draft

    def wrong_schema(self, draft):
        r, p = self.r, draft.payload
        what = r.randrange(7)
        if what == 0:
            draft.sub = 'other'
        elif what == 1:
            p[2] = r.choice([1, 1, 2, 3, U64 - 1])
            if p[2] == 1:
                p.pop(3, None)
        elif what == 2:
            p[3] = self.any_id()
        elif what == 3:
            p[4].pop()
            p[4] = p[4] or [{1: 'z', 2: 0, 3: True, 4: 0, 5: '', 6: {}}]
        elif what == 4:
            f = r.choice(p[4])
            f[2] = r.choice([0, 1, 2, 3, 4, 5, 6, 15, 16, 21, 22, 32])
        elif what == 5:
            r.choice(p[4])[3] = True
        else:
            f = r.choice(p[4])
            f[r.choice([4, 5, 6])] = r.choice([1, 0, 'x' * 256, {1: 2, 2: 1}, {3: []}, {3: [1, 1]}, {3: ['a', 1]},
                                               {1: -1}, {2: 1 << 63}, {3: ['x' * 65]}, {3: [b'a', b'b']}, {3: [True]},
                                               {1: 'a'}, {3: list(range(33))}, {3: list(range(32))}, {4: 1}])
        draft.payload = {k: p[k] for k in sorted(p)}
        return draft

    def wrong_status(self, draft):
        r, p = self.r, draft.payload
        what = r.randrange(5)
        if what == 0:
            p[1] = self.any_id()
        elif what == 1:
            draft.sub = r.choice(SUBJECTS)
        elif what == 2:
            p[2] = r.choice([0, 1, 2])
            p.pop(5, None)
        elif what == 3:
            p[2], p[5] = 3, r.choice([self.any_id(), p[1]])
        else:
            other = r.choice(self.targets())
            p[1], draft.sub = other.id, other.sub
        return draft

    def wrong_attestation(self, draft):
        r, what = self.r, self.r.randrange(7)
        under = self.log.find(draft.claims.get(SCHEMA), self.end)
        if what == 6 and under is not None and 5 in under.p:
            draft.claims[6] = self.now
            draft.claims[4] = self.now + under.p[5] + 1
            draft.claims.pop(r.choice([5, 5, 4, 6]), None)
        elif what == 0:
            draft.claims[SCHEMA], draft.home = self.any_id(), self.origin
        elif what == 1 and isinstance(draft.payload, dict):
            name = r.choice(['level', 'age', 'a', 'zz', 7, b'b'])
            draft.payload[name] = self.value(r.choice([0, 1, 2, 3, 4, 16, 19]))
        elif what == 2 and isinstance(draft.payload, dict) and draft.payload:
            draft.payload.pop(r.choice(list(draft.payload)))
        elif what == 3:
            ids = [self.any_id() for _ in range(r.choice([1, 1, 2, 17]))]
            draft.claims[DEPENDS] = ids if r.random() < 0.5 else list(dict.fromkeys(ids))
        elif what == 4:
            draft.labels['pad'] = bytes(r.choice([200, 400, 16384, 16000, 65000]))
            most = self.log.rules(self.end)[6][1] or 16384
            if r.random() < 0.6 and most < 60000:
                draft.labels['pad'] = bytes(300)
                draft.labels['pad'] = bytes(max(0, 300 + most - len(draft.bytes()) + r.choice([0, 1])))
        else:
            schemas = self.log.all(self.end, 'schema')
            if schemas:
                draft.claims[SCHEMA], draft.home = r.choice(schemas).id, self.origin
                draft.payload, draft.labels = bytes(32), {ENVELOPE: -16, PREIMAGE_TYPE: PRIVATE}
        return draft

    def replay(self):
        """All of it again; what came after the last seal waits for one."""
        size = self.log.all(self.end, 'seal')[-1].position + 1
        try:
            self.log.replay(size)
            self.tell(f'replay {size}', 'ok')
        except Refused as refused:
            self.tell(f'replay {size}', refused.word)

    # ---- folds at earlier positions ----

    def remember(self):
        """What the model says now is what must be said of this position for ever."""
        log, n = self.log, self.end
        targets = [s for s in log.statements if s.kind in ('attestation', 'schema')]
        self.then.append((n, [(s, log.status(s, n), self.count_moves(s, n)) for s in targets], log.lists(n)))

    def count_moves(self, target, n):
        return len([s for s in self.log.moves(target, n) if s.p[2] not in FINAL])

    def ask(self):
        r, log = self.r, self.log
        for n, states, lists in self.then:
            for s, state, moves in r.sample(states, min(8, len(states))):
                self.tell(f'status {s.id.hex()} {s.iss.encode().hex()} {n}', f'ok {state} {moves}')
            for key in r.sample(sorted(lists), min(4, len(lists))):
                self.tell(f'list {key.hex()} {n}', f'ok {len(lists[key])} {log.value(lists[key]).hex()}')
        absent = index_key('I', 'nobody here')
        self.tell(f'list {absent.hex()} {self.end}', 'ok 0')
        for _ in range(20):
            self.ask_at(r.randrange(self.end + 1))

    def ask_at(self, p):
        r, log = self.r, self.log
        iss = r.choice(self.registered() + NAMES[:2])
        issuer = log.issuer(iss, p)
        keys = ''.join(f' {kid.hex()} {bits}' for kid, (_, bits) in issuer.keys().items())
        self.tell(f'keys {iss.encode().hex()} {p}', 'ok' + keys)
        for kid in r.sample(sorted(issuer.listed()), min(3, len(issuer.listed()))):
            cut = issuer.cut(kid)
            self.tell(f'cut {iss.encode().hex()} {kid.hex()} {p}', 'ok none' if cut is None else f'ok {cut}')
        approved, withdrawn, genesis = log.approval(iss, p)
        self.tell(f'approval {iss.encode().hex()} {p}',
                  f'ok {approved:d} {withdrawn:d}' + (f' {genesis.hex()}' if approved else ''))
        before, rules = log.all(p, 'rules'), log.rules(p)
        self.tell(f'rules {p}', f'ok {len(before)} {(before[-1].id if before else bytes(32)).hex()} {rules[3]} '
                  f'{rules[6][1]} {rules[6][2]}' + (f' {rules[7][1]}' if 7 in rules else ''))


def sha_kid(cose):
    return next(kid for kid, key in KEYS.items() if isinstance(kid, bytes) and key.x == cose[-2])


def walk(value):
    """Every (map or list, key) in a value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for k, v in list(pairs):
        yield value, k
        if isinstance(v, (dict, list)):
            yield from walk(v)
