"""Runs a test with the python of build/oracles, into which ./dev installs what oracles.txt pins."""
import filecmp
import os
import pathlib
import sys

SOURCE = pathlib.Path(os.environ['CAIRN_SOURCE'])
ORACLES = SOURCE / 'build/oracles'


def enter():
    """Goes on in that python, or ends the test: skipped."""
    if os.path.realpath(sys.prefix) == os.path.realpath(ORACLES):
        return
    installed, wanted = ORACLES / 'installed.txt', SOURCE / 'tests/interop/oracles.txt'
    if not installed.exists() or not filecmp.cmp(installed, wanted, shallow=False):
        print('skipped: the test oracles are not installed; ./dev test does it when there is a network')
        sys.exit(77)
    python = ORACLES / 'bin/python3'
    os.execv(python, [str(python), *sys.argv])
