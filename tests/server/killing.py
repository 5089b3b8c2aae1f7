"""A log and its witness under load, killed again and again. Shared by the tests that kill; it starts the programs of
the build, ends only what it started, and judges nothing but by cairn-load and cairn-strike."""
import hashlib
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import tempfile
import time

ORIGIN = 'log.example.org/killed'
STAGES = ['before', 'committed', 'sealed', 'cosigned', 'published']
ACKNOWLEDGED_LEAST = 20
CLIENTS = 4
# Which stage is waited for, and the interval of checkpoints meanwhile; None: a kill at any moment.
AIMS = [(None, '10ms'), ('committed', '1s'), (None, '200ms'), ('sealed', '200ms'), (None, '1s'), ('cosigned', '50ms'),
        (None, '50ms'), ('published', '50ms'), (None, '500ms'), ('held', '50ms'), (None, '100ms'), ('barred', '500ms')]


class Wrong(Exception):
    """The log broke its word; anything else that goes wrong is an error of the test."""


def binaries():
    source = os.environ.get('CAIRN_SOURCE') or str(pathlib.Path(__file__).resolve().parents[2])
    return pathlib.Path(os.environ.get('CAIRN_BIN') or os.path.join(source, 'build/release/bin'))


def spent(process):
    if process is not None and process.poll() is None:
        process.kill()
        process.wait()


class World:
    """One log, one witness, the ground that the load stands on. `cairnd` may be another build of the server."""

    def __init__(self, cairnd=None, seed=None):
        self.bin = binaries()
        self.cairnd = cairnd or self.bin / 'cairnd'
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix='cairn-killed-'))
        self.random = random.Random(seed)
        self.log = self.witness = self.load = None
        self.url = self.journal = None
        self.journals = []
        self.stages = dict.fromkeys(STAGES, 0)
        self.acknowledged = self.flying = self.flying_kept = self.unsigned = self.twice = self.rounds = self.skipped = 0
        self.again = self.already = 0

    def __enter__(self):
        return self

    def __exit__(self, kind, *rest):
        for process in (self.load, self.log, self.witness):
            spent(process)
        if kind is None:
            shutil.rmtree(self.dir)
        else:
            print(f'kept: {self.dir}')

    def run(self, *words, expect=(0,)):
        words = [str(w) for w in words]
        done = subprocess.run(words, cwd=self.dir, capture_output=True, text=True, timeout=120)
        if done.returncode not in expect:
            raise Wrong(f'{" ".join(words)}: {done.returncode}\n{done.stdout}{done.stderr}')
        return done

    # ---- processes ----

    def serve(self, words, name, log):
        """Starts a server; it says where it listens in one of its first lines."""
        out, err = open(self.dir / f'{name}.out', 'w+'), open(self.dir / f'{name}.err', 'a')
        process = subprocess.Popen([str(w) for w in words], cwd=self.dir, stdout=out, stderr=err)
        setattr(self, log, process)
        for _ in range(4000):
            found = re.search(r'(?:http://|listening on )(127\.0\.0\.1:\d+)', (self.dir / f'{name}.out').read_text())
            if found:
                return 'http://' + found.group(1)
            if process.poll() is not None:
                break
            time.sleep(0.005)
        raise Wrong(f'{name} does not start: {(self.dir / f"{name}.err").read_text()[-800:]}')

    def log_start(self):
        self.url = self.serve([self.cairnd, 'serve', 'log', '--listen', '127.0.0.1:0'], 'log', 'log')

    def log_killed(self):
        """Waits for the death that was sent."""
        if self.log.wait(20) != -signal.SIGKILL:
            raise Wrong(f'cairnd ended with {self.log.returncode}: {(self.dir / "log.err").read_text()[-800:]}')

    def log_stop(self):
        self.log.send_signal(signal.SIGTERM)
        if self.log.wait(20) != 0:
            raise Wrong(f'cairnd ended with {self.log.returncode}')

    def configure(self, word, value):
        text = (self.dir / 'log/cairnd.conf').read_text()
        text = re.sub(rf'(?m)^#?{word} .*$', f'{word} {value}', text)
        (self.dir / 'log/cairnd.conf').write_text(text)

    # ---- the set-up ----

    def set_up(self):
        made = self.run(self.cairnd, 'init', 'log', '--origin', ORIGIN).stdout
        log_key = re.search(r'(?m)^vkey\s+(\S+)', made).group(1)
        made = self.run(self.bin / 'cairn-witness', 'init', 'witness', '--name', 'witness.example.org').stdout
        witness_key = re.search(r'(?m)^vkey\s+(\S+)', made).group(1)
        # Nobody listens there: the witness takes the key's word.
        self.run(self.bin / 'cairn-witness', 'follow', 'witness', 'http://127.0.0.1:1', '--key', log_key, '--yes')
        url = self.serve([self.bin / 'cairn-witness', 'serve', 'witness', '--listen', '127.0.0.1:0'], 'witness',
                         'witness')
        with open(self.dir / 'log/cairnd.conf', 'a') as conf:
            conf.write(f'\nwitness w {witness_key} {url}\nquorum w\n')
        self.seen_by_witness = self.dir / 'witness/logs' / hashlib.sha256(ORIGIN.encode()).hexdigest()
        self.configure('interval', '10ms')
        self.log_start()
        self.run(self.bin / 'cairn-load', 'setup', self.url, '--operator', 'operator.key', '--out', 'ground')
        self.log.kill()
        self.log_killed()

    # ---- one round ----

    def check(self, journal, *more):
        done = self.run(self.bin / 'cairn-load', 'check', self.url, '--journal', journal, *more, expect=(0, 1))
        if done.returncode != 0:
            raise Wrong(f'{journal}: {done.stdout}{done.stderr}')
        words = done.stdout.split()
        return {name: int(value) for name, value in zip(words[::2], words[1::2])}

    def resume(self):
        """Starts the log again. What it publishes before it has heard its witness is what it had stored."""
        self.witness.send_signal(signal.SIGSTOP)
        try:
            self.log_start()
            if self.journal:
                self.check(self.journal, '--seen')
        finally:
            self.witness.send_signal(signal.SIGCONT)
        if self.journal:
            said = self.check(self.journal)
            self.again += said['again']
            self.already += said['already']

    def kill_early(self):
        """A kill while it recovers, or in its first round."""
        words = [str(self.cairnd), 'serve', 'log', '--listen', '127.0.0.1:0']
        self.log = subprocess.Popen(words, cwd=self.dir, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(self.random.uniform(0, 0.12))
        self.log.kill()
        self.log_killed()
        self.twice += 1

    def load_start(self):
        self.journal = self.dir / f'journal.{len(self.journals)}'
        self.journal.touch()
        self.journals.append(self.journal)
        self.load = subprocess.Popen(
            [str(w) for w in (self.bin / 'cairn-load', 'run', self.url, '--dir', 'ground', '--journal', self.journal,
                              '--clients', CLIENTS, '--watch', 1, '--seconds', 60)],
            cwd=self.dir, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(6000):
            if self.journal.read_bytes().count(b'\ns ') >= ACKNOWLEDGED_LEAST:
                return
            if self.load.poll() is not None:
                break
            time.sleep(0.003)
        raise Wrong(f'the log takes no statements: {(self.dir / "log.err").read_text()[-800:]}')

    def kill(self, how, after_us=0):
        if how is None:
            self.log.kill()
        else:
            words = [self.bin / 'cairn-strike', 'kill', 'log', self.log.pid, how, '--after', after_us]
            self.run(*words, '--witness', self.seen_by_witness, expect=(0, 1))
        self.log_killed()
        said = self.load.communicate(timeout=60)[0]
        if self.load.returncode != 3:
            raise Wrong(f'the load ended with {self.load.returncode}: {said}')

    def inspect(self):
        words = [self.bin / 'cairn-strike', 'inspect', 'log', '--journal', self.journal]
        said = self.run(*words, '--witness', self.seen_by_witness).stdout.split()
        values = dict(zip(said[::2], said[1::2]))
        return {name: value if name == 'stage' else int(value) for name, value in values.items()}

    def count(self, found):
        self.acknowledged += found['acknowledged']
        if found['acknowledged'] < ACKNOWLEDGED_LEAST or found['flying'] == 0:
            self.skipped += 1
            return
        self.rounds += 1
        self.stages[found['stage']] += 1
        self.flying += found['flying']
        self.flying_kept += found['there']
        self.unsigned += found['sealed'] > found['signed']

    def round(self, how=None, interval='200ms', wait=None, after_us=0):
        self.configure('interval', interval)
        self.resume()
        self.load_start()
        time.sleep(self.random.uniform(0.01, 0.2) if wait is None else wait)
        self.kill(how, after_us)
        found = self.inspect()
        self.count(found)
        return found

    def rounds_of(self, count):
        """`count` rounds that count, at all stages, some of them killed twice."""
        while self.rounds < count:
            how, interval = AIMS[(self.rounds + self.skipped) % len(AIMS)]
            if self.random.random() < 0.25:
                self.kill_early()
            after = self.random.randrange(3000) if how and self.random.random() < 0.5 else 0
            self.round(how, interval, after_us=after)
            if self.skipped > count:
                raise Wrong('most rounds do not count')

    # ---- the end ----

    def finish(self):
        """All that was ever acknowledged, against one last start; and the store against itself."""
        self.resume()
        everything = self.dir / 'journal.all'
        everything.write_bytes(b''.join(j.read_bytes() for j in self.journals))
        said = self.check(everything, '--whole')
        if said['again'] != said['already']:
            raise Wrong(f'what was sent again was taken twice: {said}')
        self.log_stop()
        self.run(self.cairnd, 'fsck', 'log')
        self.witness.send_signal(signal.SIGTERM)
        if self.witness.wait(20) != 0:
            raise Wrong(f'cairn-witness ended with {self.witness.returncode}')

    def figures(self):
        names = ('rounds', 'skipped', 'acknowledged', 'flying', 'flying_kept', 'twice', 'unsigned', 'again', 'already',
                 'stages')
        return {name: getattr(self, name) for name in names}


def report(f):
    """Says what `figures` counted, of one world or of several together."""
    stages = ', '.join(f'{name} {count}' for name, count in f['stages'].items())
    print(f'{f["rounds"]} rounds ({f["skipped"]} more did not count), {f["acknowledged"]} acknowledged, '
          f'{f["flying"]} in flight at a kill, {f["flying_kept"]} of them in the log, '
          f'{f["twice"]} kills while it recovered')
    print(f'kills by stage: {stages}; {f["unsigned"]} between a seal and its signature')
    print(f'{f["again"]} statements without an answer were sent again, {f["already"]} were in the log already')
    missed = [name for name in STAGES if f['stages'][name] == 0]
    if missed:
        raise Wrong(f'no kill fell in: {", ".join(missed)}')
