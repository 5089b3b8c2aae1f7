#!/usr/bin/env python3
"""What damage_slow_test.py shows, at the full count: 1,000 places, in five logs of some 2,000 statements."""
import random
import sys

sys.dont_write_bytecode = True
from damaging import Damage  # noqa: E402
from proving import Proof  # noqa: E402

STATEMENTS, LOGS, PLACES, INDEXES, DAMAGED_LOGS = 1850, 5, 200, 8, 4


def one_log(seed):
    rng = random.Random(seed)
    with Damage('damage') as w:
        w.make(STATEMENTS)
        found = {'fsck': w.judge_places(rng, PLACES)}
        w.fsck_dies()
        w.ask_everything()
        found['a damaged index'] = w.rebuild_derived(rng, INDEXES)
        found['answers over a damaged log'] = w.serve_damaged_log(rng, DAMAGED_LOGS)
    return found


def main():
    proof = Proof('damage', {'logs': LOGS, 'places': PLACES})
    for number in range(LOGS):
        def part():
            seed = random.SystemRandom().randrange(1 << 32)
            print(f'log {number}: CAIRN_SEED={seed}', flush=True)
            return one_log(seed)
        proof.run(str(number), part)
    for what, found in proof.total().items():
        print(f'{what}: {found}')
    print(f'commit {proof.commit}')


main()
