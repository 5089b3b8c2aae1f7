#!/usr/bin/env python3
"""Nothing acknowledged is lost or moved, and nothing published is taken back, by any SIGKILL of cairnd under load.

The page cache survives a SIGKILL, so this says nothing of a missing sync: the power-cut images do (tests/store)."""
import os
import random
import sys
import time

sys.dont_write_bytecode = True
from killing import STAGES, Wrong, World  # noqa: E402

ROUNDS = int(os.environ.get('CAIRN_KILL_ROUNDS', '100'))
# Which stage is waited for, and the interval of checkpoints meanwhile; None: a kill at any moment.
AIMS = [(None, '10ms'), ('committed', '1s'), (None, '200ms'), ('sealed', '200ms'), (None, '1s'), ('cosigned', '50ms'),
        (None, '50ms'), ('published', '50ms'), (None, '500ms'), ('held', '50ms'), (None, '100ms'), ('barred', '500ms')]


def main():
    seed = int(os.environ.get('CAIRN_SEED') or random.SystemRandom().randrange(1 << 32))
    print(f'CAIRN_SEED={seed}')
    start = time.monotonic()
    with World(seed=seed) as world:
        world.set_up()
        while world.rounds < ROUNDS:
            how, interval = AIMS[(world.rounds + world.skipped) % len(AIMS)]
            if world.random.random() < 0.25:
                world.kill_early()
            after = world.random.randrange(3000) if how and world.random.random() < 0.5 else 0
            world.round(how, interval, after_us=after)
            if world.skipped > ROUNDS:
                raise Wrong('most rounds do not count')
        world.finish()
        world.report()
        print(f'{time.monotonic() - start:.0f} s')
        missed = [name for name in STAGES if world.stages[name] == 0]
        if missed:
            raise Wrong(f'no kill fell in: {", ".join(missed)}')


main()
