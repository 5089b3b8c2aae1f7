#!/usr/bin/env python3
"""Every reason for which the rules refuse something has a test whose name begins with it: bad_cut for `bad-cut`."""
import glob
import os
import re
import sys

source = os.environ['CAIRN_SOURCE']
with open(f'{source}/log/base/err.h', encoding='utf-8') as f:
    group = f.read().split('/* rules */')[1].split('/* log and peers */')[0]
reasons = re.findall(r'X\([A-Z0-9_]+, [A-Z]+, "([a-z-]+)"', group)
names = set()
for path in glob.glob(f'{source}/tests/admit/*_test.c'):
    with open(path, encoding='utf-8') as f:
        names.update(re.findall(r'cmocka_unit_test\((\w+)\)', f.read()))
missing = [r for r in reasons if not any(n.startswith(r.replace('-', '_')) for n in names)]
for reason in missing:
    print(f'no test is named after {reason}', file=sys.stderr)
print(f'{len(reasons)} reasons, {len(missing)} without a test of that name')
sys.exit(1 if missing or len(reasons) < 30 else 0)
