#!/usr/bin/env python3
"""How much of the pure library its tests run: cover.py BUILD [LAYER…]

BUILD is a build with CAIRN_COVERAGE. Runs the tests of the layers base to evidence in it, or of those named, reads
what gcov counted and prints lines and branches of each file of log/ but the store. A branch is one way out of a
decision. Those on the lines of an ASSERT are left out: a broken invariant has no test. Nothing else is.
Ends with 1 when too little of them all is run; files that are below on their own are marked, with what is missing."""
import json
import os
import pathlib
import subprocess
import sys

LAYERS = ['base', 'tree', 'note', 'statement', 'index', 'admit', 'evidence']
LINES_LEAST, BRANCHES_LEAST = 95.0, 90.0
ROOT = pathlib.Path(__file__).resolve().parents[2]


def run_tests(build, layers):
    for old in build.rglob('*.gcda'):
        old.unlink()
    subprocess.run(['ctest', '--test-dir', build, '--output-on-failure', '--no-tests=error', '-LE', '^prove$',
                    '-L', '^(' + '|'.join(layers) + ')$', '-j', str(os.cpu_count())], check=True)


def assert_lines(path):
    """The numbers of all lines on which some part of an ASSERT stands."""
    text = path.read_text()
    found, at = set(), text.find('ASSERT(')
    while at >= 0:
        end, depth = text.index('(', at), 0
        while True:
            depth += (text[end] == '(') - (text[end] == ')')
            end += 1
            if depth == 0:
                break
        found |= set(range(text.count('\n', 0, at) + 1, text.count('\n', 0, end) + 2))
        at = text.find('ASSERT(', end)
    return found


def gcov(build, layer):
    """What gcov says of each file of a layer's library: a header comes as often as files include it."""
    objects = sorted((build / 'CMakeFiles' / f'cairn_{layer}.dir').rglob('*.gcno'))
    if not objects:
        return
    said = subprocess.run(['gcov', '--branch-probabilities', '--json-format', '--stdout', *objects],
                          check=True, capture_output=True, text=True, cwd=build).stdout
    for line in said.splitlines():
        for file in json.loads(line)['files']:
            path = pathlib.Path(os.path.normpath(build / file['file']))
            if path.is_relative_to(ROOT / 'log'):
                yield path.relative_to(ROOT), file['lines']


def collect(build):
    """path -> (function, line) -> [times run, times each way was gone], of all that was compiled."""
    counts = {}
    for layer in LAYERS:
        for path, lines in gcov(build, layer):
            file = counts.setdefault(path, {})
            for line in lines:
                ways = [b['count'] for b in line['branches']]
                key = (line.get('function_name'), line['line_number'])
                had = file.setdefault(key, [0, [0] * len(ways)])
                had[0] += line['count']
                had[1] = [a + b for a, b in zip(had[1], ways)] if len(had[1]) == len(ways) else had[1] + ways
    return counts


def table(counts):
    rows = []
    for path, file in sorted(counts.items()):
        asserts = assert_lines(ROOT / path)
        lines, ways = {}, []
        for (_, number), (count, branches) in file.items():
            lines[number] = lines.get(number, 0) + count
            if number not in asserts:
                ways += [(number, times) for times in branches]
        rows.append((str(path), lines, ways))
    return rows


def share(run, all_of_them):
    return 100.0 * run / all_of_them if all_of_them else 100.0


def numbers(found):
    return ' '.join(map(str, sorted(set(found))))


def main():
    build, layers = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:] or LAYERS
    run_tests(build, layers)
    rows = table(collect(build))
    below, total = [], [0, 0, 0, 0]
    print(f'{"file":36} {"lines":>12} {"branches":>12}')
    for path, lines, ways in rows:
        if path.split('/')[1] not in layers:
            continue
        run = [sum(c > 0 for c in lines.values()), len(lines), sum(c > 0 for _, c in ways), len(ways)]
        total = [a + b for a, b in zip(total, run)]
        shares = share(*run[:2]), share(*run[2:])
        few = shares[0] < LINES_LEAST or shares[1] < BRANCHES_LEAST
        print(f'{path:36} {run[0]:5}/{run[1]:<5}{shares[0]:4.0f} {run[2]:5}/{run[3]:<5}{shares[1]:4.0f}'
              f'{"  below" if few else ""}')
        if few:
            below.append((path, numbers(n for n, c in lines.items() if c == 0),
                          numbers(n for n, c in ways if c == 0)))
    for path, lines, ways in below:
        print(f'{path}: lines never run: {lines or "none"}\n    ways never gone, on lines: {ways}')
    shares = share(*total[:2]), share(*total[2:])
    print(f'{shares[0]:.1f} % of {total[1]} lines, {shares[1]:.1f} % of {total[3]} branches; wanted of the whole: '
          f'{LINES_LEAST:.0f} % and {BRANCHES_LEAST:.0f} %')
    sys.exit(1 if shares[0] < LINES_LEAST or shares[1] < BRANCHES_LEAST else 0)


main()
