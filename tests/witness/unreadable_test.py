#!/usr/bin/env python3
"""A state that may not be read is not taken for one that was never there: it would begin anew, and sign a second
history. The same of a trust file."""
import os
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2],
                                'tests/tools'))
from running import BIN, World, check, rest, state_file  # noqa: E402

ORIGIN = 'log.example.org/unreadable'
NOBODY = '65534'


def as_nobody():
    """The words in front of a command whose user may not read everything; None when there are none."""
    if os.geteuid() != 0:
        return []
    words = ['setpriv', '--reuid', NOBODY, '--regid', NOBODY, '--clear-groups']
    try:
        works = subprocess.run([*words, BIN / 'cairn', 'help'], capture_output=True).returncode == 0
    except OSError:
        works = False
    return words if works else None


def hide(path):
    os.chmod(path, 0)
    return os.stat(path).st_ino


def main():
    words = as_nobody()
    if words is None:
        print('skipped: nobody may not run the programs here')
        sys.exit(77)
    with World('unreadable') as w:
        key = w.make_log(ORIGIN)
        log = w.serve_log()
        rest(log)
        w.make_witness(key)
        w.cairn('trust', 'log', log.url, '--key', key)
        if words:
            subprocess.run(['chown', '-R', f'{NOBODY}:{NOBODY}', w.folder], check=True)

        conf = w.folder / 'witness/witness.conf'
        conf.write_text(''.join(line for line in conf.open() if not line.startswith('log ')))
        state = w.folder / 'witness' / state_file(ORIGIN)
        was = hide(state)
        done = w.run(*words, BIN / 'cairn-witness', 'follow', 'witness', log.url, '--key', key, '--yes', expect=(2,))
        check('not-readable' in done.stderr, done.stderr)
        check(os.stat(state).st_ino == was, 'the state was written over')

        trust = w.folder / 'home/trust.cairn'
        was = hide(trust)
        done = w.run(*words, BIN / 'cairn', 'trust', 'log', log.url, '--key', key, '--home', 'home', expect=(2,))
        check('not-readable' in done.stderr, done.stderr)
        check(os.stat(trust).st_ino == was, 'the trust file was written over')
        log.stop()
    print('ok: what may not be read is left as it is')


main()
