#!/usr/bin/env python3
"""The table of reason words in docs/formats.md says what log/base/err.h says, row for row.

With --write the table is made from the header."""
import os
import pathlib
import re
import sys

BEGIN = '<!-- reasons: python3 tests/tidy/reasons_test.py --write -->\n'
END = '<!-- end of reasons -->\n'
HEAD = '| reason | class | expected | what to do |\n|---|---|---|---|\n'
TEXT = r'"((?:[^"\\]|\\.)*)"'
ROW = re.compile(r'^\s*X\((\w+), (\w+), ' + ', '.join([TEXT] * 3) + r'\)', re.M)
# Each X( of the table begins a line; one that ROW does not read must not go unnoticed.
BEGUN = re.compile(r'^\s*X\(', re.M)


def rows(header):
    table = header[header.index('#define ERR_TABLE(X)'):header.index('#define ERR_ENUM_ROW_')]
    found = [m.groups() for m in ROW.finditer(table)]
    if not found or len(found) != len(BEGUN.findall(table)):
        raise ValueError('a row of ERR_TABLE that cannot be read')
    return [row for row in found if row[0] != 'OK']


def table_of(header):
    lines = [f'| `{reason}` | {kind.lower()} | {expected} | {advice} |\n'
             for _, kind, reason, expected, advice in rows(header)]
    return HEAD + ''.join(lines)


def table_in(page):
    begin = page.index(BEGIN) + len(BEGIN)
    return begin, page.index(END, begin)


def difference(page, header):
    """What differs first, or None."""
    begin, end = table_in(page)
    have, want = page[begin:end].splitlines(), table_of(header).splitlines()
    for number in range(max(len(have), len(want))):
        a = have[number] if number < len(have) else '(nothing)'
        b = want[number] if number < len(want) else '(nothing)'
        if a != b:
            return f'docs/formats.md has\n  {a}\nlog/base/err.h gives\n  {b}'
    return None


def self_check():
    """Each way to differ is provoked: a changed word, a row less, a row more, an unread row."""
    header = '#define ERR_TABLE(X) \\\n    X(OK, OK, "ok", "", "") \\\n    X(A, INPUT, "a", "b", "c") \\\n' \
             '    X(D, LATER, "d", "e", "f")\n#define ERR_ENUM_ROW_'
    page = BEGIN + table_of(header) + END
    changed = [page.replace('| b |', '| x |'), page.replace('| `d` | later | e | f |\n', ''),
               page.replace(END, '| `g` | ours | h | i |\n' + END), page.replace('| input |', '| trust |')]
    if difference(page, header) is not None:
        return False
    if any(difference(other, header) is None for other in changed):
        return False
    try:
        rows(header.replace('"e"', 'e'))
    except ValueError:
        return True
    return False


def main():
    root = pathlib.Path(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2])
    header = (root / 'log/base/err.h').read_text()
    path = root / 'docs/formats.md'
    page = path.read_text()
    if not self_check():
        print('self-check: a difference went unnoticed')
        sys.exit(1)
    if sys.argv[1:] == ['--write']:
        begin, end = table_in(page)
        page = page[:begin] + table_of(header) + page[end:]
        path.write_text(page)
    found = difference(page, header)
    if found is not None:
        print(found + '\nmake it anew: python3 tests/tidy/reasons_test.py --write')
    print(f'{len(rows(header))} reason words')
    sys.exit(0 if found is None else 1)


main()
