"""What a log may take, and what its index is, by the letter of docs/formats.md, sections 5 and 9, and nothing else.

The state is the list of all statements. Every fold is computed again from all of them each time it is asked for, as the
document defines it: slow, and easy to hold against the text."""
from second_decoder import (
    Issuer, PURPOSE, Statement, begins, bit, bits_of, cbor, check_claims, check_next, check_points,
    check_purposes, first_difference, index_keys, kid_of, list_value, need, sha)

DAYS_90 = 7776000
VALID, REVOKED, SUSPENDED, SUPERSEDED = range(4)
FINAL = (REVOKED, SUPERSEDED)


class Log:
    def __init__(self, origin):
        self.origin, self.statements = origin, []
        self.group_ms = None   # the clock at the first admission since the last seal
        self.sealed_ms = 0     # `to` of the last seal

    # ---- what may come next (section 5) ----

    def submit(self, b, clock_ms):
        """The position it is accepted at. Raises Refused with the reason word."""
        clock_ms = max(clock_ms, self.sealed_ms)
        s = Statement(b)
        for other in self.statements:
            if other.id == s.id:
                return other.position
        need(len(self.statements) >= 3 and s.kind != 'seal', 'reserved-to-log')
        need(s.home in (None, self.origin), 'wrong-home')
        Submission(self, s, clock_ms).admit()
        if self.group_ms is None:
            self.group_ms = clock_ms
        return self.append(s)

    def append(self, s):
        s.position = len(self.statements)
        s.p = s.read_payload() if s.kind != 'attestation' else None
        s.index_keys = index_keys(s)
        self.statements.append(s)
        return s.position

    def seal(self, s):
        """Takes the log's own next seal as it is."""
        at = self.append(s)
        self.group_ms, self.sealed_ms = None, s.p[5]
        return at

    def seal_fields(self, clock_ms):
        """The payload of the seal that comes next (4.5, 5.3)."""
        at = len(self.statements)
        start = max(clock_ms, self.sealed_ms) if self.group_ms is None else self.group_ms
        values = self.values(at)
        p = {1: at, 2: trie_root(values), 3: len(values), 4: start, 5: max(clock_ms, start)}
        seals = self.all(at, 'seal')
        if seals:
            p[6] = seals[-1].position
        return p

    def replay(self, size):
        """The word of 5.4 for a log that was admitted as it stands. Only the clock can be another: it is that of the
        seal, which is behind what some admission saw when the clock ran back in between."""
        for s in self.statements[3:size]:
            seal = next(o for o in self.statements[s.position:] if o.kind == 'seal')
            ahead = s.claims.get(6, 0) > seal.p[5] // 1000 + 300
            need(not ahead or s.kind not in ('attestation', 'schema'), 'issued-ahead')

    # ---- folds (5.1) ----

    def all(self, p, kind, iss=None):
        return [s for s in self.statements[:p] if s.kind == kind and iss in (None, s.iss)]

    def find(self, id_, p):
        return next((s for s in self.statements[:p] if s.id == id_), None)

    def issuer(self, iss, p, behind=None):
        return Issuer(self.all(p, 'issuer', iss), behind)

    def approval(self, iss, p):
        """(approved, withdrawn, genesis)"""
        approvals = [a[2] for s in self.all(p, 'rules') for a in s.p[4] if a[1] == iss]
        naming = [s for s in self.all(p, 'rules') if iss in s.p[5] or iss in [a[1] for a in s.p[4]]]
        withdrawn = bool(naming) and iss in naming[-1].p[5]
        return bool(approvals), withdrawn, approvals[0] if approvals else None

    def rules(self, p):
        before = self.all(p, 'rules')
        return before[-1].p if before else {3: 1, 6: {1: 0, 2: 0}, 8: 1}

    def moves(self, target, p):
        """The status statements about a target."""
        return [s for s in self.all(p, 'status', target.iss) if s.p[1] == target.id]

    def status(self, target, p):
        issuer = self.issuer(target.iss, p)
        last = VALID
        for s in self.moves(target, p):
            cut = issuer.cut(s.kid)
            if s.p[2] in FINAL:
                return s.p[2]
            if cut is None or s.position < cut:
                last = s.p[2]
        return last

    # ---- the index (section 9) ----

    def lists(self, p):
        """Key -> positions, of the statements below p."""
        lists = {}
        for s in self.statements[:p]:
            for key in s.index_keys:
                lists.setdefault(key, []).append(s.position)
        return lists

    def values(self, p):
        return {key: self.value(at) for key, at in self.lists(p).items()}

    def value(self, positions):
        return list_value([(p, self.statements[p].id) for p in positions])


def trie_root(values):
    """By the recursive definition."""
    keys = sorted(values)
    if not keys:
        return bytes(32)
    if len(keys) == 1:
        return sha(b'\x10', keys[0], values[keys[0]])
    b = first_difference(keys[0], keys[-1])
    left, right = (trie_root({k: values[k] for k in keys if bit(k, b) == side}) for side in (0, 1))
    return sha(b'\x11', bytes([b]), bits_of(keys[0], b), left, right)


class Submission:
    """One statement that asks for the next position."""

    def __init__(self, log, s, now_ms):
        self.log, self.s, self.at = log, s, len(log.statements)
        self.now = now_ms // 1000
        self.start = (now_ms if log.group_ms is None else log.group_ms) // 1000   # the document's *from*

    def admit(self):
        if self.s.kind == 'attestation':
            return self.attestation()
        need(self.s.kind != 'rules' or self.s.iss == self.log.origin, 'reserved-to-log')
        self.p = self.s.p = self.s.read_payload(points=self.s.kind != 'issuer')
        if self.s.kind == 'issuer':
            if 8 in self.p or self.log.issuer(self.s.iss, self.at).registered:
                return self.issuer_next()
            return self.issuer_first()
        return {'schema': self.schema, 'status': self.status, 'rules': self.rules}[self.s.kind]()

    # Signer, standing, room, dates.

    def signer(self):
        issuer = self.log.issuer(self.s.iss, self.at)
        need(issuer.registered, 'unregistered')
        x, purposes = issuer.keys().get(self.s.kid, (None, 0))
        need(purposes & PURPOSE[self.s.kind], 'key-not-listed')
        need(self.s.signed_by(x), 'bad-signature')

    def standing(self):
        rules = self.log.rules(self.at)
        approved, withdrawn, _ = self.log.approval(self.s.iss, self.at)
        need(not withdrawn, 'withdrawn')
        need(rules[3] == 0 or approved, 'not-approved')
        need(7 not in rules or not rules[7][1] <= self.start, 'log-closed')

    def room(self):
        most = self.log.rules(self.at)[6][2]
        since = self.log.all(self.at, 'seal')[-1].position
        group = [s for s in self.log.statements[since:]
                 if s.kind in ('attestation', 'schema') and s.iss == self.s.iss]
        need(most == 0 or len(group) < most, 'issuer-full')

    def dates(self):
        exp, nbf, iat = (self.s.claims.get(k) for k in (4, 5, 6))
        need(exp is None or exp > self.start, 'already-expired')
        need(iat is None or iat <= self.now + 300, 'issued-ahead')
        need(exp is None or nbf is None or exp > nbf, 'bad-dates')

    # Attestations.

    def attestation(self):
        s, log = self.s, self.log
        self.signer()
        self.standing()
        self.room()
        need(len(s.bytes) <= (log.rules(self.at)[6][1] or 16384), 'statement-too-large')
        self.dates()
        if s.depends:
            self.depends()
        if s.schema is not None:
            schema = log.find(s.schema, self.at)
            need(schema is not None and schema.kind == 'schema', 'unknown-schema')
            need(log.status(schema, self.at) == VALID, 'schema-not-valid')
            need(not s.private or schema.p[9], 'private-not-allowed')
            if not s.private:
                check_claims(schema.p, cbor(s.payload))
            if 5 in schema.p:
                need(4 in s.claims and 6 in s.claims, 'bad-dates')
                need(s.claims[4] - s.claims[6] <= schema.p[5], 'bad-dates')

    def depends(self):
        for id_ in self.s.depends:
            there = self.log.find(id_, self.at)
            need(there is not None, 'unknown-dependency')
            need(there.kind == 'attestation', 'bad-dependency')
        need(self.depth(self.s) <= 4, 'too-many-dependencies')
        reached, wanted = set(), list(self.s.depends)
        while wanted:
            id_ = wanted.pop()
            if id_ not in reached:
                reached.add(id_)
                wanted += self.log.find(id_, self.at).depends
        need(len(reached) <= 16, 'too-many-dependencies')

    def depth(self, s):
        return max((1 + self.depth(self.log.find(id_, self.at)) for id_ in s.depends), default=0)

    # Schemas.

    def schema(self):
        s, p = self.s, self.p
        need(s.sub == p[1], 'wrong-sub')
        self.signer()
        self.standing()
        self.room()
        self.dates()
        before = [o for o in self.log.all(self.at, 'schema', s.iss) if o.p[1] == p[1]]
        if p[2] == 1:
            need(not before, 'schema-exists')
            return
        need(before and p[2] == before[-1].p[2] + 1 and p[3] == before[-1].id, 'bad-chain')
        need(p[8] or self.keeps(before[-1].p), 'schema-breaks')

    def keeps(self, old):
        was, now = ({f[1]: f for f in p[4]} for p in (old, self.p))
        return (all(name in now and now[name][2] == was[name][2] for name in was)
                and all(name in was and was[name][3] for name in now if now[name][3]))

    # Status.

    def status(self):
        s, p, log = self.s, self.p, self.log
        self.signer()
        target = log.find(p[1], self.at)
        need(target is not None, 'unknown-target')
        need(target.kind in ('attestation', 'schema'), 'bad-target')
        need((target.iss, target.sub) == (s.iss, s.sub), 'bad-target')
        if target.kind == 'attestation' and target.schema is not None:
            need(log.find(target.schema, self.at).p[6], 'not-revocable')
        now = log.status(target, self.at)
        need(now not in FINAL, 'status-final')
        need(p[2] != now, 'status-unchanged')
        moves = [m for m in log.moves(target, self.at) if m.p[2] not in FINAL]
        need(p[2] in FINAL or len(moves) < 64, 'status-full')
        if 5 in p:
            new = log.find(p[5], self.at)
            need(new is not None and new.kind == target.kind, 'bad-replacement')
            need((new.iss, new.sub) == (target.iss, target.sub), 'bad-replacement')
            need(new.position > target.position, 'bad-replacement')

    # Rules.

    def rules(self):
        p, log = self.p, self.log
        self.signer()
        before = log.all(self.at, 'rules')
        need(p[1] == len(before) and p.get(2) == before[-1].id, 'bad-chain')
        approved = {a[1]: a[2] for a in p[4]}
        need(log.origin not in approved, 'reserved-to-log')
        need(not set(approved) & set(p[5]), 'bad-payload')
        need(not any(begins(iss, 'ckt:') for iss in approved), 'iss-not-key')
        for iss, kid in approved.items():
            need(log.approval(iss, self.at)[2] in (None, kid), 'genesis-fixed')
        self.closing(log.rules(self.at).get(7), p.get(7))

    def closing(self, old, new):
        if old is not None and old[1] <= self.start:
            need(new == old, 'closing-too-soon')
        if new is not None and new != old:
            far = new[1] >= self.start + DAYS_90
            need(far or (old is not None and new[1] >= old[1]), 'closing-too-soon')

    # Issuer statements.

    def issuer_first(self):
        s, p = self.s, self.p
        need(s.iss != self.log.origin, 'reserved-to-log')
        check_purposes(s, False)
        need(p[1] == 0, 'unregistered')
        need(not p[4], 'bad-cut')
        self.standing()
        if begins(s.iss, 'urn:'):
            need(kid_of(s.iss) == s.kid, 'iss-not-key')
        else:
            approved, _, genesis = self.log.approval(s.iss, self.at)
            need(approved, 'not-approved')
            need(genesis == s.kid, 'iss-not-key')
        x, bits = p['keys'].get(s.kid, (None, 0))
        need(bits & 4, 'key-not-listed')
        need(s.signed_by(x), 'bad-signature')
        check_points(p)

    def issuer_next(self):
        s = self.s
        check_next(self.log.all(self.at, 'issuer', s.iss), s, self.at, s.iss == self.log.origin)
