#!/usr/bin/env python3
"""A full disk is told, refuses what comes, loses nothing that was acknowledged, and ends when there is room again.

The log lies on a small file system of its own, in a mount namespace that ends with the server."""
import os
import pathlib
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2],
                                'tests/tools'))
from running import BIN, World, check, rest, until  # noqa: E402

ORIGIN = 'log.example.org/full'
SMALL, LARGE = '3m', '64m'
SERVE = 'mount -t tmpfs -o size=$1 small small && cp -a log small/ && exec "$2" serve small/log --listen 127.0.0.1:0'


def namespaces_work():
    try:
        return subprocess.run(['unshare', '-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt'],
                              capture_output=True).returncode == 0
    except OSError:
        return False


def load(w, log, journal, *more):
    return w.run(BIN / 'cairn-load', 'run', log.url, '--dir', 'ground', '--journal', journal, *more,
                 expect=(0, 1))


def inside(log, *words):
    subprocess.run(['nsenter', '-t', str(log.process.pid), '-U', '-m', '--preserve-credentials', *words], check=True)


def main():
    if not namespaces_work():
        print('skipped: no mount namespaces here')
        sys.exit(77)
    with World('full') as w:
        w.make_log(ORIGIN)
        w.configure('interval 20ms', 'map 1')
        (w.folder / 'small').mkdir()
        log = w.serve(['unshare', '-rm', 'sh', '-c', SERVE, 'sh', SMALL, BIN / 'cairnd'], 'full')
        rest(log)
        w.run(BIN / 'cairn-load', 'setup', log.url, '--operator', 'operator.key', '--out', 'ground')
        # Until nothing can be taken any more, whichever write it is that finds no room.
        refused = until('the disk is full', lambda: 'disk-full' in load(
            w, log, 'journal', '--clients', 4, '--seconds', 2, '--payload', 1500).stderr)
        check(refused, 'no')
        check(log.process.poll() is None, f'it stopped: {log.said()}')
        health = log.health()
        check(health['status'] in ('ok', 'disk-full'), health)

        inside(log, 'mount', '-o', f'remount,size={LARGE}', str(w.folder / 'small'))
        time.sleep(1.1)  # it tries again each second
        rest(log)
        check('outcome-unknown' not in log.said(), log.said())
        load(w, log, 'journal.after', '--clients', 1, '--count', 8)
        for journal in ('journal', 'journal.after'):
            said = w.run(BIN / 'cairn-load', 'check', log.url, '--journal', journal, '--whole').stdout
            check(' wrong 0' in said, said)
        log.stop()
    print('ok: a full disk costs nothing that was acknowledged')


main()
