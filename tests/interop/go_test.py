#!/usr/bin/env python3
"""Go's sumdb/note and sumdb/tlog read served logs of 3, 255, 256, 257 and 600 entries, and refuse every flipped bit.

readlog.go says what is read and checked, flip.go what is flipped. A log's checkpoints are at least two apart, so
there are two logs."""
import concurrent.futures
import glob
import os
import shutil
import sys
import time

sys.dont_write_bytecode = True
from served import BUILD, SOURCE, Served, run

SIZES = {'odd': [3, 255, 257], 'even': [3, 256, 600]}


def distribution_go():
    """The distribution's go, which knows the distribution's packages; another may stand first in PATH."""
    for go in ['/usr/bin/go', *sorted(glob.glob('/usr/lib/go-*/bin/go')), shutil.which('go')]:
        if go and os.access(go, os.X_OK):
            return go
    raise SystemExit('there is no go: apt-get install golang-go golang-golang-x-mod-dev')


def build_reader():
    """Nothing is fetched: the packages are the distribution's, what is built stays in the build folder."""
    reader = BUILD / 'interop' / 'readlog'
    reader.parent.mkdir(parents=True, exist_ok=True)
    env = {'PATH': os.environ['PATH'], 'HOME': str(BUILD), 'GO111MODULE': 'off', 'GOPATH': '/usr/share/gocode',
           'GOCACHE': str(BUILD / 'interop' / 'go-cache'), 'GOPROXY': 'off', 'GOFLAGS': '', 'GOENV': 'off',
           'GOTOOLCHAIN': 'local'}
    run(distribution_go(), 'build', '-o', reader, SOURCE / 'tests/interop/readlog.go', SOURCE / 'tests/interop/flip.go',
        env=env)
    return reader


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
    reader = build_reader()
    print(f'readlog built; {time.monotonic() - start:.1f} s')
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for said in [pool.submit(read_at_sizes, name, reader) for name in SIZES]:
            print(said.result(), end='')
    print(f'{time.monotonic() - start:.1f} s in all')


main()
