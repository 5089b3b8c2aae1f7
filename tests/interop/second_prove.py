#!/usr/bin/env python3
"""second_test.py with the full count."""
import os
import pathlib
import sys

os.environ['CAIRN_FULL'] = '1'
test = str(pathlib.Path(__file__).resolve().with_name('second_test.py'))
os.execv(sys.executable, [sys.executable, test])
