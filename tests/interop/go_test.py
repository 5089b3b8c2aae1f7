#!/usr/bin/env python3
"""Go's sumdb/note and sumdb/tlog read served logs of 3, 255, 256, 257 and 600 entries, and refuse every flipped bit.

readlog.go says what is read and checked, flip.go what is flipped. A log's checkpoints are at least two apart, so
there are two logs."""
import concurrent.futures
import sys
import time

sys.dont_write_bytecode = True
from golang import build_go
from served import Served, run

SIZES = {'odd': [3, 255, 257], 'even': [3, 256, 600]}


def read_at_sizes(name, reader):
    said = ''
    with Served(name) as log:
        keep = log.folder / 'checkpoints'
        keep.mkdir()
        for size in SIZES[name]:
            if size > log.size():
                log.grow(size)
            said += run(reader, '-size', size, '-keep', keep, '-flip', log.url, log.vkey)
    return said


def main():
    start = time.monotonic()
    reader = build_go('readlog', 'readlog.go', 'flip.go')
    print(f'readlog built; {time.monotonic() - start:.1f} s')
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for said in [pool.submit(read_at_sizes, name, reader) for name in SIZES]:
            print(said.result(), end='')
    print(f'{time.monotonic() - start:.1f} s in all')


main()
