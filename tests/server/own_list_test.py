#!/usr/bin/env python3
"""Who signs is read from the log's own statements, and which those are from the index, which is on a disk: when it
leads astray there the start makes it anew, and a cut key signs nothing."""
import hashlib
import os
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2],
                                'tests/tools'))
from running import BIN, World, check, rest  # noqa: E402

ORIGIN = 'log.example.org/own-list'
ITEMS = hashlib.sha256(b'\x13I' + ORIGIN.encode()).hexdigest() + '00' * 8  # the positions of that list, 8 bytes each


def signer(log):
    """The ids of the keys of the checkpoint's lines by the log itself."""
    return re.findall(rf'^\u2014 {ORIGIN} (\S{{5}})', log.checkpoint().decode(), re.M)


def main():
    with World('own-list') as w:
        first = w.make_log(ORIGIN)
        w.configure('interval 20ms')
        log = w.serve_log()
        rest(log)
        w.know_log(log.url, first)
        said = w.run(BIN / 'cairnd', 'key', 'log').stdout
        words = re.search(r'cairn log rotate (\S+) (\S+) --key operator\.key', said).groups()
        w.cairn('log', 'rotate', *words, '--key', 'operator.key', '--yes', '--stolen')
        rest(log)
        new = signer(log)
        log.stop()
        for at in (8, 15):
            w.copy('log', f'copy{at}')
            w.run(BIN / 'cairn-strike', 'change', f'copy{at}', 'derived/item', ITEMS, str(at))
            log = w.serve_log(f'copy{at}')
            rest(log)
            check('reading the log into the index' in log.said(), f'the start believed what stood there: {log.said()}')
            w.know_log(log.url, words[0], f'at{at}')
            w.cairn('log', 'limits', '--statements', '9', '--yes', '--key', 'operator.key', '--log', f'at{at}')
            rest(log)
            check(signer(log) == new, f'signed by {signer(log)}, not {new}')
            log.stop()
            w.run(BIN / 'cairnd', 'fsck', f'copy{at}')
    print('ok: two damaged lists, no seal by a cut key')


main()
