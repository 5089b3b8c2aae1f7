#!/usr/bin/env python3
"""A store damaged anywhere is named by fsck, and over it nothing is answered that is not right."""
import os
import random
import sys

sys.dont_write_bytecode = True
from damaging import Damage  # noqa: E402

STATEMENTS, PLACES = 400, 60


def main():
    seed = int(os.environ.get('CAIRN_SEED') or random.SystemRandom().randrange(1 << 32))
    rng = random.Random(seed)
    print(f'CAIRN_SEED={seed}', flush=True)
    with Damage('damage') as w:
        w.make(STATEMENTS)
        print('fsck:', w.judge_places(rng, PLACES), flush=True)
        w.fsck_dies()
        w.ask_everything()
        print('a damaged index:', w.rebuild_derived(rng, 4), flush=True)
        print('a damaged log:', w.serve_damaged_log(rng, 4))


main()
