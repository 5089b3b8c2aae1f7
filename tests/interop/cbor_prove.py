#!/usr/bin/env python3
"""cbor_test.py with cborg, where npm and a network are."""
import os
import pathlib
import sys

os.environ['CAIRN_FULL'] = '1'
test = str(pathlib.Path(__file__).resolve().with_name('cbor_test.py'))
os.execv(sys.executable, [sys.executable, test])
