#!/usr/bin/env python3
"""Every test that docs/failures.md names exists, and every failure there names one."""
import os
import pathlib
import re
import sys

ROOT = pathlib.Path(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2])


def tests():
    names = set()
    for path in (ROOT / 'tests').glob('*/*_test.*'):
        stem = path.name.rsplit('_test.', 1)[0]
        names.add(f'test_{path.parent.name}_{stem}')
        if path.suffix == '.c':
            names.update(re.findall(r'cmocka_unit_test\w*\((\w+)', path.read_text()))
    return names


def main():
    known, rows, unknown = tests(), 0, []
    for line in (ROOT / 'docs/failures.md').read_text().split('\n'):
        cells = [c.strip() for c in re.split(r'(?<!\\)\|', line)]
        if len(cells) != 6 or cells[3] not in ('I', 'P', 'D'):
            continue
        rows += 1
        named = re.findall(r'`(\w+)`', cells[4])
        unknown += [f'{name}: no such test' for name in named if name not in known]
        unknown += [f'no test: {line[:60]}'] if not named else []
    for why in unknown:
        print(why, file=sys.stderr)
    print(f'{rows} failures, {len(known)} tests known')
    sys.exit(1 if unknown or rows < 20 else 0)


main()
