#!/usr/bin/env python3
"""What fuzz_prove.py does, for the targets that it leaves to this: statements, the rules and the index."""
import os
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2],
                                'tests/fuzz'))
from fuzz_prove import RULES, main  # noqa: E402

main(RULES)
