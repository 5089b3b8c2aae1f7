"""Compares the verdicts of `cairn verify --json` with those of second_decoder.py, case by case."""
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import tempfile
import time

from second_decoder import Refused, Trust, days_to_date, verify


# How often a statement had its verdict through what it depends on: counted beside the verdicts.
THROUGH = 'through others'

# Words that no verdict comes with, and that are not of the class input (section 18).
REFUSED = {'not-built', 'bad-evidence', 'bad-proof', 'bad-signature'}


def spelt(as_of):
    if as_of is None:
        return []
    kind, n = as_of
    if kind == 'position':
        return ['--as-of', f'@{n}']
    clock = n % 86400
    return ['--as-of', f'{days_to_date(n // 86400)}T{clock // 3600:02}:{clock // 60 % 60:02}:{clock % 60:02}Z']


class Program:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.cairn = os.path.join(os.environ['CAIRN_BIN'], 'cairn')
        self.env = {**os.environ, 'CAIRN_HOME': str(self.folder / 'home')}

    def verify(self, number, file, trust, as_of):
        path = self.folder / f'{number}.file'
        path.write_bytes(file)
        words = [self.cairn, 'verify', path, '--json', *spelt(as_of)]
        if trust is not None:
            by = self.folder / f'{number}.trust'
            by.write_bytes(trust)
            words += ['--trust', by]
        before = int(time.time())
        done = subprocess.run(words, env=self.env, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        said = json.loads(done.stdout) if done.stdout else {}
        word = re.search(r'[(:] ?([a-z0-9-]+)(\)|$)', done.stderr.decode().partition('\n')[0] or ': nothing').group(1)
        path.unlink()
        if trust is not None:
            by.unlink()
        return {'exit': done.returncode, **said, 'word': None if said else word, 'now': said.get('now', before)}


def second(file, trust, now, as_of):
    damaged = False
    try:
        if trust is not None:
            Trust(trust)
        # A text that is not what was written ends with 2, whatever the word.
        damaged = file.startswith(b'cairn ')
        v = verify(file, trust, now, as_of)
    except Refused as r:
        return {'exit': 1 if r.word in REFUSED and not damaged else 2, 'word': r.word, 'now': now}
    return {'exit': v.exit, 'verdict': v.verdict, 'applies': v.applies, 'word': None, 'now': now, **v.known}


# Words for a file of no form at all. Which of them is met first is free; all are of the class input.
FORM = {'truncated', 'trailing-bytes', 'bad-utf8', 'bad-cbor', 'not-cose-sign1', 'wrong-type', 'too-large', 'too-deep',
        'duplicate-key', 'bad-number', 'bad-header', 'bad-armour', 'bad-base64', 'bad-cwt-claims', 'bad-algorithm',
        'bad-payload', 'bad-schema'}


def depends(said):
    return [{k: d[k] for k in ('position', 'id', 'issuer', 'subject', 'verdict', 'applies')}
            for d in said.get('depends', [])]


def same(one, two):
    if {one.get('word'), two.get('word')} <= FORM:
        return one['exit'] == two['exit']
    keys = {'exit', 'word', 'verdict', 'applies', 'origin', 'issuer', 'subject', 'position', 'size'}
    if 'forged' not in one.get('applies', []):
        # Else they tell how far a broken file was read.
        keys |= {'evidence_time', 'seal_time', 'witnesses', 'audited', 'through'}
        if depends(one) != depends(two):
            return False
    elif os.environ.get('CAIRN_FULL') != '1':
        # What else is said of a file with two faults hangs on which of them is met first: a matter for the full count.
        keys -= {'applies'}
    return all(one.get(k) == two.get(k) for k in keys)


def compare(cases):
    """Counts of verdicts, and the cases that differ."""
    counts, differ = collections.Counter(), []
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        program, waiting = Program(folder), collections.deque()

        def finish():
            case, future = waiting.popleft()
            one = future.result()
            two = second(case[1], case[2], one['now'], case[3])
            counts[one.get('verdict') or one['word']] += 1
            counts[THROUGH] += one.get('through') is not None
            if not same(one, two):
                differ.append((case, one, two))

        for number, case in enumerate(cases):
            waiting.append((case, pool.submit(program.verify, number, *case[1:])))
            if len(waiting) > 8:
                finish()
        while waiting:
            finish()
    return counts, differ
