#!/usr/bin/env python3
"""What kill_slow_test.py shows, at the full count: 1,000 kill rounds, each hundred on a log of its own."""
import os
import pathlib
import random
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2],
                                'tests/tools'))
from killing import World, report  # noqa: E402
from proving import Proof  # noqa: E402

ROUNDS = int(os.environ.get('CAIRN_KILL_ROUNDS', '1000'))
ROUNDS_OF_A_LOG = 100


def one_log(seed, rounds):
    with World(seed=seed) as world:
        world.set_up()
        world.rounds_of(rounds)
        world.finish()
        return world.figures()


def main():
    proof = Proof('kill', {'rounds': ROUNDS})
    for first in range(0, ROUNDS, ROUNDS_OF_A_LOG):
        def part(rounds=min(ROUNDS_OF_A_LOG, ROUNDS - first)):
            seed = random.SystemRandom().randrange(1 << 32)
            print(f'from round {first}: CAIRN_SEED={seed}', flush=True)
            return one_log(seed, rounds)
        proof.run(str(first), part)
    report(proof.total())
    print(f'commit {proof.commit}')


main()
