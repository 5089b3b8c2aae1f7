#!/usr/bin/env python3
"""rules_test.py with 2,000 new seeds, in parts, and longer histories."""
import collections
import os
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'tools'))
from proving import Proof  # noqa: E402
from rules_test import WORDS, run  # noqa: E402

SEEDS, EACH, STEPS = int(os.environ.get('CAIRN_SEEDS_COUNT', '2000')), 50, 250


def part(number):
    counts, first = collections.Counter(), random.SystemRandom().randrange(1 << 40)
    differ = sum(run(seed, STEPS, counts) for seed in range(first, first + EACH))
    assert not differ, f'{differ} answers differ'
    print(f'seeds {first} to {first + EACH - 1}: the same answers', flush=True)
    return dict(counts)


def main():
    proof = Proof('rules', {'each': EACH, 'steps': STEPS})
    for number in range(SEEDS // EACH):
        proof.run(str(number), lambda: part(number))
    total = proof.total()
    print(', '.join(f'{n} {word}' for word, n in sorted(total.items(), key=lambda t: -t[1])))
    missing = WORDS - set(total)
    assert not missing, f'nothing was refused as {missing}'


main()
