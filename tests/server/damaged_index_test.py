#!/usr/bin/env python3
"""An index that was damaged on the disk is never signed: the server stops instead.

Bits are flipped anywhere in the derived environment while the log rests, a few or many: the start may notice and
make it anew, or whatever meets them later ends the server, or nothing does. Whatever was published afterwards must be
what the log alone gives: the index is thrown away at the end and made again under the last seal."""
import os
import pathlib
import random
import shutil
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2],
                                'tests/tools'))
from running import BIN, World, Wrong, check, rest  # noqa: E402

ORIGIN = 'log.example.org/damaged'
FLIPS = (20, 60, 200, 1000)
METAS = 8192  # the two first pages; LMDB checks what stands in them


def damage(file, flips, rng):
    data = bytearray(file.read_bytes())
    for _ in range(flips):
        data[rng.randrange(METAS, len(data))] ^= 1 << rng.randrange(8)
    file.write_bytes(data)


def load(w, log, journal):
    w.run(BIN / 'cairn-load', 'run', log.url, '--dir', 'ground', '--clients', 2, '--count', 120, '--seconds', 5,
          '--journal', journal, expect=(0, 1, 3))


def noticed(w, journal):
    """One life over a damaged index: whether it made it anew at the start, or ended by itself. What it refuses
    meanwhile is not asked."""
    try:
        log = w.serve_log()
    except Wrong as e:
        print(f'a start that failed: {e}', flush=True)
        return True
    anew = 'reading the log into the index' in log.said()
    load(w, log, journal)
    if log.process.poll() is None:
        log.stop()
        return anew
    check(log.process.returncode != 0, f'it ended as if all were well: {log.said()}')
    return True


def main():
    seed = int(os.environ.get('CAIRN_SEED') or random.randrange(1 << 32))
    rng = random.Random(seed)
    print(f'CAIRN_SEED={seed}', flush=True)
    with World('damaged') as w:
        w.make_log(ORIGIN)
        w.configure('interval 20ms', 'map 1')
        log = w.serve_log()
        rest(log)
        w.run(BIN / 'cairn-load', 'setup', log.url, '--operator', 'operator.key', '--out', 'ground')
        load(w, log, 'journal.0')
        rest(log)
        log.stop()
        seen = 0
        for n, flips in enumerate(FLIPS, 1):
            damage(w.folder / 'log/derived/data.mdb', flips, rng)
            seen += noticed(w, f'journal.{n}') + noticed(w, f'journal.{n}')
            shutil.rmtree(w.folder / 'log/derived')
            log = w.serve_log()
            rest(log)
            if (w.folder / f'journal.{n}').exists():  # there was a life to write it
                w.run(BIN / 'cairn-load', 'check', log.url, '--journal', f'journal.{n}', '--whole')
            log.stop()
            w.run(BIN / 'cairnd', 'fsck', 'log')
    check(seen > 0, 'no damage was noticed: nothing was tested')
    print(f'ok: {len(FLIPS)} damaged indexes, {seen} noticed, nothing false was signed')


main()
