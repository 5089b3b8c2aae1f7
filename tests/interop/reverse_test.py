#!/usr/bin/env python3
"""What Go's sumdb/note and sumdb/tlog make is read here, and what is corrupted is refused, on both sides.

make.go and make_tree.go draw the cases and say what Go makes of each; cairn-read-check says what we make of them. The
two agree on every case but those that have a reason of DIFFERENCES, and differ on every one of those."""
import collections
import json
import os
import subprocess
import sys
import time

sys.dont_write_bytecode = True
from golang import build_go
from served import BIN

# Seeds: the first is the same each time.
SEEDS = [1, int.from_bytes(os.urandom(4), 'big')]

# Why they differ: kind of case -> what Go says, what we say. A reason that no case has is out of date.
DIFFERENCES = {
    # c2sp.org/signed-note wants RFC 4648 base64; Go's decoder lets the bits of the last letter that carry nothing be
    # anything, and line breaks in between. A second spelling would be a second note with the same signature.
    'base64 in another spelling': {
        'note': ('ok', 'bad-note'), 'vkey': ('ok', 'bad-vkey'), 'checkpoint': ('ok', 'bad-checkpoint')},
    # A key's later lines are passed over by Go; here each line of a known key must hold.
    'a second signature of a key, which fails': {'note': ('ok', 'bad-signature')},
    # Bounds. Go's are 100 lines and none.
    'more than 64 signatures': {'note': ('ok', 'bad-note')},
    'a long note': {'note': ('ok', 'too-large')},
    # One rule for Ed25519 (docs/ed25519.md); Go takes R and keys of any order.
    'R of small order': {'note': ('ok', 'bad-signature')},
    'weak key': {'note': ('ok', 'bad-key'), 'vkey': ('ok', 'bad-key')},
    'upper-case hash': {'vkey': ('ok', 'bad-vkey')},
    'control character in a key name': {'vkey': ('ok', 'bad-vkey')},
    'key name above 255 bytes': {'vkey': ('ok', 'bad-vkey')},
    # Cosignature keys (c2sp.org/tlog-cosignature) are newer than this Go package.
    'key of another type': {'vkey': ('no', 'ok')},
    'an origin that is empty or above 255 bytes': {'checkpoint': ('ok', 'bad-checkpoint')},
    'a size from 2^62 on': {'checkpoint': ('ok', 'bad-checkpoint')},
    # c2sp.org/tlog-checkpoint wants extension lines not to be empty; Go looks at nothing behind the root.
    'an extension line that is empty': {'checkpoint': ('ok', 'bad-checkpoint')},
    # The tree without entries begins every tree, but only itself says so here.
    'an empty tree': {'consistency': ('no', 'ok')},
    # Levels and indexes of trees above 2^62 entries.
    'a level above 7': {'path': ('ok', 'bad-tile')},
    'a tile of no tree up to 2^62': {'path': ('ok', 'bad-tile')},
    # A fault of TileHashReader, see make_tree.go.
    'a tile that this tlog does not check': {'tiles': ('ok', 'bad-proof')},
}
# Reasons that another version of the Go packages need not have.
OF_THE_VERSION = {'a tile that this tlog does not check'}


def our_verdicts(lines):
    done = subprocess.run([BIN / 'cairn-read-check'], input=lines, stdout=subprocess.PIPE, check=True, timeout=60)
    return done.stdout.decode().splitlines()


# ---- proofs do not bind the size: which other sizes have a proof of the same shape ----

def inclusion_shape(size, index):
    """On which side each hash of the path stands, from the leaf up."""
    shape, last = '', size - 1
    while last:
        if index & 1:
            shape += 'l'
        elif index < last:
            shape += 'r'
        index, last = index >> 1, last >> 1
    return shape


def consistency_shape(size, old, left_edge=True):
    if old == size:
        return '' if left_edge else 'h'
    half = 1 << (size - 1).bit_length() - 1
    if old <= half:
        return consistency_shape(half, old, left_edge) + 'r'
    return consistency_shape(size - half, old - half, False) + 'l'


def shape_of(case):
    size, place = int(case['size']), int(case.get('index') or case['old'])
    if case['kind'] == 'inclusion':
        return inclusion_shape(size, place) if place < size else None
    return consistency_shape(size, place) if 0 < place <= size else None


# ---- judging ----

class Judge:
    def __init__(self, seed):
        self.seed = seed
        self.counts = collections.Counter()
        self.reasons = collections.Counter()
        self.honest = None  # the last good case
        self.loose = 0

    def fail(self, case, ours, what):
        short = {k: v if len(str(v)) < 2000 else f'{str(v)[:2000]} …' for k, v in case.items()}
        raise SystemExit(f'{what}\nours: {ours}\n{json.dumps(short)}\nagain with: make -seed {self.seed}')

    def judge(self, case, said):
        ours = said if said.startswith('ok') else 'no'
        sort, why, right = case['sort'], case.get('why'), case.get('right')
        refused = 'differ' if why else 'refused' if ours == 'no' else 'read'
        self.counts[case['kind'], sort, refused] += 1
        if why:
            self.judge_difference(case, said, ours, why)
        elif ours != case['go']:
            self.fail(case, said, 'the two differ')
        if sort == 'good':
            self.honest = case
            if ours != right:
                self.fail(case, said, 'a good one was refused')
        elif sort == 'corrupt':
            if ours == right or case['go'] == right and not why:
                self.fail(case, said, 'a corrupted one was accepted')
        elif case['kind'] in ('inclusion', 'consistency') and case['how'].startswith('another'):
            self.judge_size(case, said, ours)

    def judge_difference(self, case, said, ours, why):
        go_says, we_say = DIFFERENCES[why][case['kind']]
        found = case['go'][:2], said if ours == 'no' else 'ok'
        if found != (go_says, we_say):
            self.fail(case, said, f'{why}: expected {go_says}, {we_say}')
        self.reasons[why, case['kind']] += 1

    def judge_size(self, case, said, ours):
        """Accepted exactly when the proof has the shape that it would have there."""
        if (ours == 'ok') != (shape_of(case) == shape_of(self.honest)):
            self.fail(case, said, 'another size')
        self.loose += ours == 'ok'

    def summary(self):
        lines = []
        for kind in dict.fromkeys(kind for kind, _, _ in self.counts):
            n = collections.Counter({key[1:]: n for key, n in self.counts.items() if key[0] == kind})
            lines.append(f'{kind}: {n["good", "read"]} good ones; {n["corrupt", "refused"]} corrupted ones that both '
                         f'refuse, {n["corrupt", "read"]} that are something else to both; {n["other", "read"]} odd '
                         f'ones that both take, {n["other", "refused"]} that both refuse')
        lines.append(f'{self.loose} proofs hold at another size too')
        return '\n'.join(lines + [f'{n} {kind}: {why}' for (why, kind), n in sorted(self.reasons.items())])

    def all_met(self):
        for why, kinds in DIFFERENCES.items():
            for kind in kinds:
                if not self.reasons[why, kind] and why not in OF_THE_VERSION:
                    raise SystemExit(f'no {kind} with: {why}')


def self_check(cases, said):
    """A reader that takes all or nothing, or a difference without a reason, must not pass."""
    provocations = [
        ('takes all', lambda case, ours: (case, case.get('right', 'ok'))),
        ('takes nothing', lambda case, ours: (case, 'bad-note')),
        ('unexplained', lambda case, ours: ({k: v for k, v in case.items() if k != 'why'}, ours)),
        ('explained away', lambda case, ours: (case | {'why': 'weak key'}, ours)),
        ('swapped verdicts', lambda case, ours: (case | {'go': 'no' if case['go'] != 'no' else 'ok'}, ours)),
    ]
    for name, change in provocations:
        judge = Judge(0)
        try:
            for case, ours in zip(cases, said):
                judge.judge(*change(case, ours))
        except (SystemExit, KeyError):
            continue
        raise SystemExit(f'self-check: {name} went unnoticed')


def main():
    start = time.monotonic()
    make = build_go('make', 'make.go', 'make_tree.go')
    for seed in SEEDS:
        lines = subprocess.run([make, '-seed', str(seed)], stdout=subprocess.PIPE, check=True, timeout=60).stdout
        cases = [json.loads(line) for line in lines.splitlines()]
        said = our_verdicts(lines)
        if len(said) != len(cases):
            raise SystemExit(f'{len(cases)} cases, {len(said)} verdicts')
        judge = Judge(seed)
        for case, ours in zip(cases, said):
            judge.judge(case, ours)
        judge.all_met()
        if seed == SEEDS[0]:
            self_check(cases, said)
        print(f'seed {seed}: {len(cases)} cases')
    print(judge.summary())
    print(f'{time.monotonic() - start:.1f} s')


main()
