#!/usr/bin/env python3
"""Nothing acknowledged is lost or moved, and nothing published is taken back, by any SIGKILL of cairnd under load.

The page cache survives a SIGKILL, so this says nothing of a missing sync: the power-cut images do (tests/store)."""
import os
import random
import sys
import time

sys.dont_write_bytecode = True
from killing import World, report  # noqa: E402

ROUNDS = int(os.environ.get('CAIRN_KILL_ROUNDS', '100'))


def main():
    seed = int(os.environ.get('CAIRN_SEED') or random.SystemRandom().randrange(1 << 32))
    print(f'CAIRN_SEED={seed}')
    start = time.monotonic()
    with World(seed=seed) as world:
        world.set_up()
        world.rounds_of(ROUNDS)
        world.finish()
        print(f'{time.monotonic() - start:.0f} s')
        report(world.figures())


main()
