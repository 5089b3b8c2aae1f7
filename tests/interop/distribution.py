"""The python3 that has what a script needs: another one may stand first in PATH, and the distribution's alone knows the
distribution's packages."""
import importlib
import os
import sys

sys.dont_write_bytecode = True


def needs(module):
    """Starts the script again under the distribution's python3 when this one has no such module."""
    try:
        importlib.import_module(module)
    except ImportError:
        if os.path.realpath(sys.executable).startswith('/usr/bin/') or not os.path.exists('/usr/bin/python3'):
            raise
        os.execv('/usr/bin/python3', ['/usr/bin/python3', *sys.argv])
