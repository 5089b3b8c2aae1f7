"""Logs that a test makes, serves on a free port of the loopback, grows to an exact size, and stops."""
import os
import pathlib
import re
import select
import shutil
import subprocess
import time
import urllib.error
import urllib.request

BUILD = pathlib.Path(os.environ['CAIRN_BUILD'])
BIN = pathlib.Path(os.environ['CAIRN_BIN'])
SOURCE = pathlib.Path(os.environ['CAIRN_SOURCE'])

# No proxy of the caller's may stand between the test and the loopback.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def run(*words, env=None, timeout=100):
    """What the command printed; its failure is the test's."""
    done = subprocess.run([str(w) for w in words], env=env, timeout=timeout, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise SystemExit(f'{" ".join(map(str, words))}: exit {done.returncode}\n{done.stdout}')
    return done.stdout


class Served:
    """A log in a folder of its own, made and served. Use it with `with`."""

    def __init__(self, name, interval='200ms'):
        self.folder = BUILD / 'interop' / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.origin = f'interop.example/{name}'
        made = run(BIN / 'cairnd', 'init', self.folder / 'log', '--origin', self.origin, '--listen', '127.0.0.1:0')
        self.vkey = re.search(r'^vkey  (\S+)', made, re.M).group(1)
        with open(self.folder / 'log' / 'cairnd.conf', 'a') as conf:
            conf.write(f'interval {interval}\n')

    def __enter__(self):
        # The server stops with the test, however that ends.
        serve = ['setpriv', '--pdeathsig', 'TERM', BIN / 'cairnd', 'serve', self.folder / 'log']
        with open(self.folder / 'serve.err', 'w') as errors:
            self.process = subprocess.Popen(serve, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors)
        try:
            self.url = self.said_url(time.monotonic() + 20)
            self.wait_for(3)
        except BaseException as e:
            self.__exit__(type(e))
            raise
        return self

    def __exit__(self, failed, *_):
        self.process.terminate()
        try:
            code = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.process.stdout.close()
        if code != 0 and failed is None:
            raise SystemExit(f'{self.origin}: cairnd serve ended with {code}\n' + self.errors())

    def errors(self):
        return (self.folder / 'serve.err').read_text()

    def said_url(self, deadline):
        said = b''
        while time.monotonic() < deadline:
            if not select.select([self.process.stdout], [], [], 0.2)[0]:
                continue
            piece = os.read(self.process.stdout.fileno(), 4096)
            said += piece
            url = re.search(rb'^(http://127\.0\.0\.1:\d+) ', said, re.M)
            if url or not piece:
                break
        if not url:
            raise SystemExit(f'{self.origin}: cairnd serve does not listen\n' + self.errors())
        return url.group(1).decode()

    def get(self, path):
        with OPENER.open(f'{self.url}/{path}', timeout=20) as answer:
            return answer.read()

    def size(self):
        return int(self.get('checkpoint').split(b'\n')[1])

    def wait_for(self, size):
        """Until the checkpoint of this size is published, and what it covers is served."""
        deadline = time.monotonic() + 60
        while True:
            try:
                self.get(f'statements/@{size - 1}')
                break
            except (urllib.error.HTTPError, urllib.error.URLError) as e:
                if time.monotonic() > deadline:
                    raise SystemExit(f'{self.origin}: size {size} is not published: {e}\n' + self.errors()) from e
                time.sleep(0.05)
        if self.size() != size:
            raise SystemExit(f'{self.origin}: the size is {self.size()}, not {size}')

    def grow(self, size):
        if not (self.folder / 'load').exists():
            run(BIN / 'cairn-load', 'setup', self.url, '--out', self.folder / 'load',
                '--operator', self.folder / 'operator.key')
        run(BIN / 'cairn-load', 'grow', self.url, '--dir', self.folder / 'load', '--size', size)
        self.wait_for(size)


def fill(log):
    """One statement of each kind at least, by two issuers, and two statements of one about one subject."""
    def cairn(*words):
        return run(BIN / 'cairn', *words, '--yes', '--home', log.folder / 'home')
    cairn('log', 'add', log.url, '--name', 'here')
    schema = log.folder / 'kyc.schema'
    schema.write_text('schema kyc 1\nvalid-for 365d\nfield level text required one-of basic,full\n')
    for name in ('acme', 'north'):
        ckt = re.search(r'ckt:\S+', cairn('issuer', 'new', name)).group(0)
        cairn('log', 'approve', ckt, '--key', log.folder / 'operator.key')
        cairn('issuer', 'register', name)
        cairn('schema', 'publish', schema, '--issuer', name)
        for subject, level in (('subject-one', 'full'), ('subject-one', 'basic'), ('subject-two', 'full')):
            out = log.folder / f'{name}.cairn'
            cairn('attest', 'kyc', f'level={level}', '--about', subject, '--issuer', name, '--out', out)
    position = re.search(r'@\d+', out.read_text()).group(0)
    cairn('revoke', position, '--reason', 'issued-in-error', '--issuer', 'north')
    log.wait_for(log.size())
