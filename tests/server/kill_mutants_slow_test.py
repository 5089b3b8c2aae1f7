#!/usr/bin/env python3
"""The kills notice a server that answers before its commit, and one that serves a checkpoint before it is stored."""
import random
import sys

sys.dont_write_bytecode = True
from killing import Wrong, World, binaries  # noqa: E402

TRIES = 30
# Build, the stage that is waited for, microseconds after it, the interval, what cairn-load says then.
MUTANTS = [
    ('cairnd-acknowledge_early', 'committed', 2500, '1s', ['an acknowledged statement is not there',
                                                           'another statement than was acknowledged',
                                                           'not published in time']),
    ('cairnd-publish_early', 'held', 0, '50ms', ['larger than what is published']),
]


def noticed(name, how, after_us, interval, words):
    """In which round; 0 when it never was."""
    with World(cairnd=binaries() / 'mutants' / name, seed=1) as world:
        world.set_up()
        for number in range(1, TRIES + 1):
            try:
                world.round(how, interval, wait=0, after_us=random.randrange(after_us) if after_us else 0)
                world.resume()
                world.log.kill()
                world.log_killed()
                world.journal = None
            except Wrong as wrong:
                if any(word in str(wrong) for word in words):
                    return number
                raise
    return 0


def main():
    failed = 0
    for name, *how in MUTANTS:
        number = noticed(name, *how)
        print(f'{name}: ' + (f'noticed in round {number}' if number else f'not noticed in {TRIES} rounds'))
        failed += not number
    sys.exit(1 if failed else 0)


main()
