"""Go programs of this folder, built with the distribution's go and its packages: nothing is fetched."""
import glob
import os
import pathlib
import shutil
import subprocess

BUILD = pathlib.Path(os.environ['CAIRN_BUILD'])
SOURCE = pathlib.Path(os.environ['CAIRN_SOURCE'])


def distribution_go():
    """The distribution's go, which knows the distribution's packages; another may stand first in PATH."""
    for go in ['/usr/bin/go', *sorted(glob.glob('/usr/lib/go-*/bin/go')), shutil.which('go')]:
        if go and os.access(go, os.X_OK):
            return go
    raise SystemExit('there is no go: apt-get install golang-go golang-golang-x-mod-dev')


def build_go(name, *files):
    """The program; what is built stays in the build folder."""
    program = BUILD / 'interop' / name
    program.parent.mkdir(parents=True, exist_ok=True)
    env = {'PATH': os.environ['PATH'], 'HOME': str(BUILD), 'GO111MODULE': 'off', 'GOPATH': '/usr/share/gocode',
           'GOCACHE': str(BUILD / 'interop' / 'go-cache'), 'GOPROXY': 'off', 'GOFLAGS': '', 'GOENV': 'off',
           'GOTOOLCHAIN': 'local'}
    subprocess.run([distribution_go(), 'build', '-o', program, *(SOURCE / 'tests/interop' / f for f in files)],
                   env=env, check=True, timeout=100, stdin=subprocess.DEVNULL)
    return program
