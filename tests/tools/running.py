"""Logs, witnesses and the tool, run by a test in a folder of its own. Everything that was started ends with it.

Judges nothing of what they say: that is the test's. Servers listen on free ports of the loopback only."""
import hashlib
import http.client
import http.server
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.parse

SOURCE = pathlib.Path(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2])
BIN = pathlib.Path(os.environ.get('CAIRN_BIN') or SOURCE / 'build/release/bin')
PATIENCE_S = 60


class Wrong(Exception):
    """What was promised did not happen."""


def check(what, *found):
    if not what:
        raise Wrong(' '.join(str(f) for f in found))


def until(what, condition):
    """The first true answer of `condition`."""
    end = time.monotonic() + PATIENCE_S
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise Wrong(f'not within {PATIENCE_S} s: {what}')
        time.sleep(0.02)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def reason(self):
        return self.headers.get('Cairn-Reason')

    def __repr__(self):
        return f'{self.status} {self.reason or ""} {self.body[:120]!r}'


def request(method, url, body=None, headers=None, timeout=PATIENCE_S):
    """One request on a connection of its own; no proxy of the caller's stands between."""
    at = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(at.hostname, at.port, timeout=timeout)
    try:
        connection.request(method, at.path + (f'?{at.query}' if at.query else ''), body, headers or {})
        got = connection.getresponse()
        return Answer(got.status, got.headers, got.read())
    finally:
        connection.close()


def get(url, **headers):
    return request('GET', url, headers=headers)


def get_json(url):
    return json.loads(get(url).body)


def post(url, statement, wait=None):
    headers = {'Content-Type': 'application/cose'}
    if wait is not None:
        headers['Prefer'] = f'wait={wait}'
    return request('POST', url + '/entries', statement, headers)


class Proxy:
    """Stands in front of a server and writes down what passes: a list of (path, status, body of the answer), and all
    the bytes of each request.

    `gate` may be cleared to hold requests back; with `refuse_posts` a POST is answered 503 and goes no further."""

    def __init__(self, upstream, refuse_posts=False):
        proxy, self.upstream, self.seen, self.asked = self, upstream, [], []
        self.gate = threading.Event()
        self.gate.set()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
                proxy.asked.append(f'{self.requestline}\n{self.headers}\n'.encode() + body)
                proxy.gate.wait(PATIENCE_S)
                if refuse_posts and self.command == 'POST':
                    answer = Answer(503, {}, b'')
                else:
                    answer = proxy.forward(self.command, self.path, body, self.headers)
                proxy.seen.append((self.path, answer.status, answer.body))
                try:
                    self.answer(answer)
                except OSError:
                    self.close_connection = True  # whoever asked has gone

            def answer(self, answer):
                self.send_response(answer.status)
                for name in ('Content-Type', 'Cairn-Reason', 'Cairn-Position', 'Location', 'Retry-After'):
                    if answer.headers.get(name):
                        self.send_header(name, answer.headers[name])
                self.send_header('Content-Length', str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_POST = handle_any

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.server.daemon_threads = True
        self.url = f'http://127.0.0.1:{self.server.server_address[1]}'
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def forward(self, method, path, body, headers):
        passed = {name: headers[name] for name in ('Content-Type', 'Prefer', 'Accept') if headers.get(name)}
        try:
            return request(method, self.upstream + path, body or None, passed)
        except OSError:
            return Answer(502, {}, b'')

    def answers(self, path):
        return [(status, body) for seen, status, body in list(self.seen) if seen == path]

    def close(self):
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class Server:
    """A program that says in one of its first lines where it listens; or, with `url`, one that does not say it."""

    def __init__(self, folder, name, words, url=None):
        self.name, self.url = name, url
        self.out, self.err = folder / f'{name}.out', folder / f'{name}.err'
        words = ['setpriv', '--pdeathsig', 'KILL', *map(str, words)]
        with open(self.out, 'w') as out, open(self.err, 'w') as err:
            self.process = subprocess.Popen(words, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        try:
            self.url = until(f'{name} listens', self.answering if url else self.said_url)
        except BaseException:
            self.end()
            raise

    def said_url(self):
        found = re.search(r'(?:http://|listening on )(127\.0\.0\.1:\d+)', self.out.read_text())
        if not found and self.process.poll() is not None:
            raise Wrong(f'{self.name} ended with {self.process.returncode}: {self.said()}')
        return found and f'http://{found.group(1)}'

    def answering(self):
        try:
            request('GET', self.url + '/')
        except OSError:
            if self.process.poll() is not None:
                raise Wrong(f'{self.name} ended with {self.process.returncode}: {self.said()}') from None
            return None
        return self.url

    def said(self):
        return self.err.read_text()

    def port(self):
        return self.url.rsplit(':', 1)[1]

    def health(self):
        return get_json(self.url + '/health')

    def checkpoint(self):
        return get(self.url + '/checkpoint').body

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        check(code == 0, f'{self.name} ended with {code}: {self.said()}')

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class World:
    """One folder. Use it with `with`."""

    def __init__(self, name):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f'cairn-{name}-'))
        self.servers, self.proxies, self.started = [], [], 0

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        for server in reversed(self.servers):
            server.end()
        for proxy in self.proxies:
            proxy.close()
        if kind is None:
            shutil.rmtree(self.folder)
        else:
            print(f'kept: {self.folder}', flush=True)

    # ---- programs ----

    def run(self, *words, expect=(0,), env=None):
        words = [str(w) for w in words]
        done = subprocess.run(words, cwd=self.folder, capture_output=True, text=True, timeout=PATIENCE_S,
                              stdin=subprocess.DEVNULL, env=None if env is None else {**os.environ, **env})
        if done.returncode not in expect:
            raise Wrong(f'{" ".join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}')
        return done

    def cairn(self, *words, home='home', expect=(0,)):
        return self.run(BIN / 'cairn', *words, '--home', home, expect=expect)

    def ask(self, *words, say='y', home='home', expect=(0,), env=None):
        """The tool on a terminal of its own, each question answered with the next letter; gives what stood there."""
        words, said, left = [str(BIN / 'cairn'), *map(str, words), '--home', home], b'', list(say)
        pid, fd = pty.fork()
        if pid == 0:
            os.chdir(self.folder)
            os.environ.update(env or {})
            os.execv(words[0], words)
        end = time.monotonic() + PATIENCE_S
        while True:
            if not select.select([fd], [], [], max(0, end - time.monotonic()))[0]:
                os.kill(pid, signal.SIGKILL)
                break
            try:
                more = os.read(fd, 65536)
            except OSError:  # it has ended
                break
            if not more:
                break
            said += more
            if said.endswith(b'[y/N] ') and left:
                os.write(fd, left.pop(0).encode() + b'\n')
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.close(fd)
        said = said.decode(errors='replace').replace('\r\n', '\n')
        if code not in expect or left:
            raise Wrong(f'{" ".join(words)}: exit {code}, {len(left)} answers left\n{said}')
        return said

    def unasked(self, *words, home='home', expect=(1,)):
        """Without any terminal."""
        words = ['setsid', '--wait', BIN / 'cairn', *words, '--home', home]
        return self.run(*words, expect=expect)

    def serve(self, words, name, url=None):
        self.started += 1
        self.servers.append(Server(self.folder, f'{self.started}-{name}', words, url))
        return self.servers[-1]

    def serve_log(self, folder='log'):
        return self.serve([BIN / 'cairnd', 'serve', folder, '--listen', '127.0.0.1:0'], folder)

    def serve_witness(self, folder='witness', port=0):
        return self.serve([BIN / 'cairn-witness', 'serve', folder, '--listen', f'127.0.0.1:{port}'], folder)

    def proxy(self, upstream, **more):
        self.proxies.append(Proxy(upstream, **more))
        return self.proxies[-1]

    # ---- folders ----

    def make_log(self, origin, folder='log'):
        """Gives its vkey; operator.key lies beside it."""
        made = self.run(BIN / 'cairnd', 'init', folder, '--origin', origin).stdout
        return re.search(r'(?m)^vkey\s+(\S+)', made).group(1)

    def make_witness(self, log_key, name='witness.example.org', folder='witness'):
        made = self.run(BIN / 'cairn-witness', 'init', folder, '--name', name).stdout
        # Nobody listens there: the witness takes the key's word.
        self.run(BIN / 'cairn-witness', 'follow', folder, 'http://127.0.0.1:1', '--key', log_key, '--yes')
        return re.search(r'(?m)^vkey\s+(\S+)', made).group(1)

    def configure(self, *lines, folder='log'):
        """Settings take the place of the commented ones; other lines are added."""
        path = self.folder / folder / 'cairnd.conf'
        text = path.read_text()
        for line in lines:
            word = line.split()[0]
            text, count = re.subn(rf'(?m)^#?{word} [^\n]*$', line, text) if word not in ('witness', 'group') \
                else (text, 0)
            text += '' if count else f'\n{line}\n'
        path.write_text(text)

    def copy(self, folder, to):
        shutil.copytree(self.folder / folder, self.folder / to)

    # ---- people ----

    def know_log(self, url, key, name='log', home='home'):
        self.cairn('log', 'add', url, '--key', key, '--name', name, home=home)

    def issuer(self, name='acme', log='log'):
        """An issuer whom the operator admits; gives its ckt."""
        said = self.cairn('issuer', 'new', name, '--name', 'Acme Ltd', '--log', log).stdout
        ckt = re.search(r'ckt:[A-Za-z0-9_-]{43}', said).group(0)
        self.cairn('log', 'approve', ckt, '--key', 'operator.key', '--log', log)
        self.cairn('issuer', 'register', name, '--log', log)
        return ckt

    def schema(self, text, log='log'):
        (self.folder / 'schema').write_text(text)
        self.cairn('schema', 'publish', 'schema', '--yes', '--log', log)

    def draft(self, *words, log='draft', home='home'):
        """What the tool signs and cannot send, as it waits in the outbox: armoured text, and its id."""
        self.cairn(*words, '--log', log, home=home, expect=(3,))
        waiting = list((self.folder / home / 'outbox').iterdir())
        check(len(waiting) == 1, f'{len(waiting)} statements in the outbox')
        text = waiting[0].read_bytes()
        waiting[0].unlink()
        return text, waiting[0].name.removesuffix('.cairn')


def rest(log):
    """Until nothing is under way in this log."""
    def at_rest():
        health = log.health()
        return health['status'] == 'ok' and health['phase'] == 'open' and health['size'] == health['published']
    until('all is published', at_rest)


def root_of(checkpoint):
    """Size and root of a note."""
    lines = checkpoint.decode().split('\n')
    return int(lines[1]), lines[2]


def signed_part(checkpoint):
    """The text of a note and the log's own line: without the witnesses."""
    return checkpoint.split(b'\n')[:5]


def state_file(origin):
    """Where a witness keeps what it knows of a log, in its folder."""
    return 'logs/' + hashlib.sha256(origin.encode()).hexdigest()
