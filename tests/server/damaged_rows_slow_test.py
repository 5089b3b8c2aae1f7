#!/usr/bin/env python3
"""Each row that a proof is made of, changed where it lies: what is answered over it is right or is refused, fsck names
it, and what can be made again is."""
import os
import re
import signal
import sys

sys.dont_write_bytecode = True
from damaging import ABSENT, BIN, REFUSED, Damage, Silent, check, rest  # noqa: E402

STATEMENTS = 300
PUBLISHED = ('log/meta', b'published'.hex())
# Row, byte, words of fsck; whether some answers are refused or absent over it, or none, or any number since it is one
# row of many, or the server stops by itself since it cannot write; whether the second start has everything right again.
ROWS = [
    (('log/tile', '00' * 9), 40, 'statement @1 hashes to', 'some', False),
    (('log/bundle', '00' * 8), 300, 'statement @0', 'stops', False),
    (('log/bundle', '00' * 8), 30000, 'statement @', 'some', False),
    (('log/seal', 'last'), 7, 'table seal does not end with', 'none', True),
    (('log/edge', '00'), 20, 'statement @256 hashes to', 'stops', False),
    (('derived/id', 'first'), 7, 'derived does not find the id', 'some', True),
    (('derived/id', 'last'), 0, 'derived does not find the id', 'some', True),
    (('derived/id', 'first'), 8, 'derived does not find the id', 'some', True),
    (('derived/id', 'last'), 15, 'derived does not find the id', 'some', True),
    (('derived/item', 'first'), 6, 'under key', 'any', True),
    (('derived/list', 'first'), 3, 'the list of index key', 'any', True),
    (('derived/list', 'last'), 20, 'the list of index key', 'any', True),
    (('derived/leaves', 'first'), 60, 'fragment 1 of the index', 'any', True),
    (('derived/leaves', 'first'), 10, 'index', 'any', True),
    (('derived/leaves', 'last'), 50, 'index', 'any', True),
    (('derived/branches', 'last'), 50, 'index', 'any', True),
]


def change(w, row, at):
    w.again('log', 'copy')
    w.run(BIN / 'cairn-strike', 'change', 'copy', *row, at)


def rows(w):
    for row, at, words, refused, mended in ROWS:
        what = f'{row[0]} {row[1]} byte {at}'
        change(w, row, at)
        found = w.fsck('copy')
        check(found and words in found, f'{what}: fsck says {found}')
        first = w.life('copy')
        right, stopped = w.all_right(first), first['silent'] > 0
        check({'some': not right and not stopped, 'none': right, 'stops': stopped, 'any': not stopped}[refused],
              f'{what}: {first}')
        second = w.life('copy')
        check(w.all_right(second) == mended, f'{what}: {first}, then {second}')
        print(f'ok: {what}: {first}', flush=True)


def a_damaged_checkpoint_is_not_served(w):
    """And not before the witness has agreed anew."""
    for at in (3, 70, 120, 230, 330):
        change(w, PUBLISHED, at)
        found = w.fsck('copy')
        check(found and 'published checkpoint' in found, f'byte {at}: fsck says {found}')
        w.witness.process.send_signal(signal.SIGSTOP)
        try:
            with w.serving('copy') as reader:
                for path in ('/checkpoint', '/evidence/@5', next(p for p in w.answers if p.startswith('/entries/'))):
                    got = reader.judged(path)
                    check(got in (REFUSED, ABSENT), f'{path} over a checkpoint with byte {at} changed: {got}')
                w.witness.process.send_signal(signal.SIGCONT)
                rest(reader.server)
                for path, right in w.answers.items():
                    check(reader.judged(path) == right, path)
        finally:
            w.witness.process.send_signal(signal.SIGCONT)


def a_death_makes_the_index_anew(w):
    for number in (signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT):
        w.again('log', 'copy')
        with w.serving('copy') as reader:
            os.kill(reader.server.process.pid, number)
            check(reader.server.process.wait(20) == -number, 'it dies of it')
        check((w.folder / 'copy/derived.damaged').exists(), f'no mark after {number.name}')
        check(w.all_right(w.life('copy')), f'all is right after {number.name}')
        check((w.folder / 'copy/derived.aside-1').exists() and not (w.folder / 'copy/derived.damaged').exists(), number)


def nothing_is_signed_over_a_damaged_statement(w):
    """One that waits to be published, and no longer is what the tree has."""
    w.again('log', 'copy')
    w.witness.process.send_signal(signal.SIGSTOP)
    try:
        with w.serving('copy') as reader:
            url = reader.server.url
            # The log takes no more before its witness is back; so this part waits for it once.
            w.witness.process.send_signal(signal.SIGCONT)
            rest(reader.server)
            w.witness.process.send_signal(signal.SIGSTOP)
            w.run(BIN / 'cairn-load', 'run', url, '--dir', 'ground', '--clients', 1, '--count', 5, '--wait-every', 0,
                  '--seconds', 20, '--journal', 'journal.waits')
        size = int(re.search(r'size (\d+)', w.run(BIN / 'cairn-strike', 'inspect', 'copy', '--journal',
                                                  'journal.waits').stdout).group(1))
        w.run(BIN / 'cairn-strike', 'change', 'copy', 'log/statement', f'{size - 2:016x}', 100)
        try:
            with w.serving('copy') as reader:
                raise AssertionError(f'it serves a damaged log: {reader.server.said()}')
        except Silent as silent:
            check('damaged' in str(silent.__cause__), silent.__cause__)
    finally:
        w.witness.process.send_signal(signal.SIGCONT)


def main():
    with Damage('rows') as w:
        w.make(STATEMENTS)
        w.ask_everything()
        rows(w)
        for case in (a_damaged_checkpoint_is_not_served, a_death_makes_the_index_anew,
                     nothing_is_signed_over_a_damaged_statement):
            case(w)
            print(f'ok: {case.__name__}', flush=True)


main()
