#!/usr/bin/env python3
"""The rules as log/admit has them and rules_model.py, written from docs/formats.md alone, agree: on every submission of
random histories, accepted or the reason word, on the root of the index and its number of keys at every seal, and on
folds at earlier positions, asked for when the history is over.

CAIRN_SEEDS=1-40,77 asks for other seeds, CAIRN_STEPS for histories of another length."""
import collections
import os
import random
import subprocess
import sys

sys.dont_write_bytecode = True
from distribution import needs

needs('cryptography')
from rules_cases import History

# What some submission must have been refused for, or the histories are too tame to say anything.
WORDS = set('''already-expired already-registered bad-algorithm bad-chain bad-cut bad-cwt-claims bad-dates
bad-dependency bad-header bad-iss bad-key bad-payload bad-recovery bad-replacement bad-schema bad-signature bad-sub
bad-target chain-full claims-mismatch closing-too-soon genesis-fixed iss-not-key issued-ahead issuer-full
key-not-listed key-returns log-closed not-approved not-cose-sign1 not-revocable private-not-allowed reserved-to-log
reserved-typ schema-breaks schema-exists schema-not-valid statement-too-large status-final status-full
status-unchanged subject-not-canonical too-many-dependencies unknown-dependency unknown-schema unknown-target
unregistered withdrawn wrong-home wrong-sub wrong-type'''.split())
CHECK = os.path.join(os.environ['CAIRN_BIN'], 'cairn-rules-check')


def differences(history):
    """(line, what the model says, what the log says) where they are not the same."""
    told = ''.join(line + '\n' for line in history.lines)
    done = subprocess.run([CHECK], input=told, capture_output=True, text=True, timeout=100)
    answers = done.stdout.splitlines()
    if len(answers) != len(history.lines):
        at = len(answers)
        yield history.lines[min(at, len(history.lines) - 1)], 'an answer', f'{done.stderr} exit {done.returncode}'
    yield from ((line, one, two) for line, one, two in zip(history.lines, history.said, answers) if one != two)


def run(seed, steps, counts):
    history = History(seed, steps)
    for line, said in zip(history.lines, history.said):
        word = line.partition(' ')[0]
        counts[said if word == 'submit' and not said.startswith('ok') else word] += 1
    found = list(differences(history))
    if found:
        line, one, two = found[0]
        print(f'seed {seed}: {line[:400]}\n  model {one[:200]}\n  log   {two[:200]}')
        print(f'again: CAIRN_SEEDS={seed} CAIRN_STEPS={steps} python3 tests/interop/rules_test.py')
    return len(found)


def seeds_wanted(fixed, new):
    if 'CAIRN_SEEDS' in os.environ:
        for part in os.environ['CAIRN_SEEDS'].split(','):
            first, _, last = part.partition('-')
            yield from range(int(first), int(last or first) + 1)
        return
    yield from range(fixed)
    drawn = [random.SystemRandom().randrange(1 << 32) for _ in range(new)]
    if drawn:
        print('new seeds: ' + ','.join(map(str, drawn)), flush=True)
    yield from drawn


def main():
    counts, steps = collections.Counter(), int(os.environ.get('CAIRN_STEPS', '150'))
    seeds = list(seeds_wanted(48, 0))
    differ = 0
    for seed in seeds:
        differ += run(seed, steps, counts)
        if differ > 1000:
            break
    print(', '.join(f'{n} {word}' for word, n in counts.most_common()))
    assert not differ, f'{differ} answers differ'
    missing = WORDS - set(counts)
    assert 'CAIRN_SEEDS' in os.environ or not missing, f'nothing was refused as {missing}'


if __name__ == '__main__':
    main()
