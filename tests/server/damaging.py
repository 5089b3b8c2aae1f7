"""A log whose files are damaged anywhere, and what fsck and the server make of it. Shared by the tests that damage;
each place is judged by fsck's own words, or by an equal dump of all that is kept."""
import contextlib
import hashlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2],
                                'tests/tools'))
import pieces  # noqa: E402
from running import BIN, World, Wrong, check, rest  # noqa: E402

ORIGIN = 'log.example.org/damaging'
FILES = ['log', 'derived']
RUN_BYTES = 64
PATIENCE_S = 60
WITNESS_LINE = re.compile('— witness.example.org [A-Za-z0-9+/=]+\n'.encode())


REFUSED, ABSENT = 'refused', 'absent'
# What a verifier says of evidence that proves something, whoever is believed.
PROVEN = {'valid', 'untrusted', 'revoked', 'expired', 'superseded', 'suspended'}


class Silent(Exception):
    """A server that does not start, or is gone."""


class Reader:
    """Asks a server over one connection."""

    def __init__(self, server):
        self.server = server
        self.connection = http.client.HTTPConnection('127.0.0.1', int(server.port()), timeout=PATIENCE_S)

    def get(self, path):
        try:
            self.connection.request('GET', path, headers={'Accept': 'application/cose'})
            got = self.connection.getresponse()
            return got.status, got.read()
        except (OSError, http.client.HTTPException) as gone:
            self.server.process.wait(20)
            raise Silent from gone

    def judged(self, path):
        """A hash of what is answered but for the witness's line, whose time is another after each start; or what kind
        of answer it is."""
        status, body = self.get(path)
        if status >= 500 or status == 302:
            return REFUSED
        if status == 404:
            return ABSENT
        check(status == 200, f'{path}: {status} {body[:200]}')
        return hashlib.sha256(WITNESS_LINE.sub(b'', body)).hexdigest()


class Place:
    """A byte that is changed, or a run of 64 that becomes zeros."""

    def __init__(self, file, at, flip):
        self.file, self.at, self.flip = file, at, flip

    def __str__(self):
        what = f'byte ^ {self.flip:#04x}' if self.flip else f'{RUN_BYTES} bytes zeroed'
        return f'{self.file}/data.mdb at {self.at} (page {self.at // 4096}): {what}'

    def bytes(self, data):
        """What stands there instead; nothing when that changes nothing."""
        if self.flip:
            return bytes([data[self.at] ^ self.flip])
        run = data[self.at:self.at + RUN_BYTES]
        return b'' if run.count(0) == len(run) else bytes(len(run))


class Damage(World):
    """One log with its witness, at rest, and everything it holds known."""

    def make(self, statements):
        self.key = self.make_log(ORIGIN)
        self.witness_key = self.make_witness(self.key)
        self.witness = self.serve_witness()
        self.configure('interval 20ms', 'map 1', f'witness w {self.witness_key} {self.witness.url}', 'quorum w')
        log = self.serve_log()
        rest(log)
        self.run(BIN / 'cairn-load', 'setup', log.url, '--operator', 'operator.key', '--out', 'ground')
        self.run(BIN / 'cairn-load', 'run', log.url, '--dir', 'ground', '--clients', 4, '--count', statements,
                 '--seconds', 50, '--journal', 'journal')
        rest(log)
        self.size = log.health()['size']
        log.stop()
        self.sound = {file: self.data(file).read_bytes() for file in FILES}
        self.sum = self.dump('log')
        check(self.sum is not None, 'a sound log can be dumped')

    def again(self, folder, to):
        shutil.rmtree(self.folder / to, ignore_errors=True)
        self.copy(folder, to)

    def data(self, file, folder='log'):
        return self.folder / folder / file / 'data.mdb'

    def place(self, rng, file=None):
        while True:
            name = file or rng.choice(FILES)
            at = rng.randrange(len(self.sound[name]))
            place = Place(name, at, rng.choice([0, rng.randrange(1, 256)]))
            if place.bytes(self.sound[name]):
                return place

    def write(self, place, folder='log'):
        with open(self.data(place.file, folder), 'r+b') as f:
            f.seek(place.at)
            f.write(place.bytes(self.sound[place.file]))

    def mend(self, place, folder='log'):
        with open(self.data(place.file, folder), 'r+b') as f:
            f.seek(place.at)
            f.write(self.sound[place.file][place.at:place.at + RUN_BYTES])

    def dump(self, folder):
        """None when it cannot be read to the end."""
        done = subprocess.run([BIN / 'cairn-strike', 'dump', folder], cwd=self.folder, capture_output=True, text=True)
        return done.stdout if done.returncode == 0 else None

    def fsck(self, folder='log'):
        """The place it names, or None. Anything but that and "ok" is wrong."""
        done = subprocess.run([BIN / 'cairnd', 'fsck', folder], cwd=self.folder, capture_output=True, text=True,
                              timeout=PATIENCE_S)
        if done.returncode == 0 and done.stdout.startswith('ok '):
            return None
        named = re.search(r'; found (.+)', done.stderr)
        check(done.returncode == 1 and named, f'fsck ended with {done.returncode}: {done.stdout}{done.stderr}')
        return named.group(1)

    def judge(self, place):
        """What fsck says of one damaged place: words, or None when nothing refers to it."""
        self.write(place)
        try:
            words = self.fsck()
            if words is None and self.dump('log') != self.sum:
                raise Wrong(f'fsck finds nothing, and something else is kept: {place}')
            return words
        except subprocess.TimeoutExpired as late:
            raise Wrong(f'fsck does not end: {place}') from late
        finally:
            self.mend(place)

    # ---- what the server says over a damaged file ----

    @contextlib.contextmanager
    def serving(self, folder):
        """A start that fails is silent: a damaged log may say so, and nothing else."""
        try:
            server = self.serve([BIN / 'cairnd', 'serve', folder, '--listen', '127.0.0.1:0'], 'damaged')
        except Wrong as wrong:
            check(' ended with ' in str(wrong), wrong)
            raise Silent from wrong
        try:
            yield Reader(server)
        finally:
            server.end()
            self.servers.remove(server)

    def ask_everything(self):
        """Each statement with its receipt, evidence and status list, and what its issuer has; all as it should be."""
        issuers, self.answers = set(), {'/index/G?': None}
        self.copy('log', 'asked')
        with self.serving('asked') as reader:
            for position in range(self.size):
                status, body = reader.get(f'/statements/@{position}')
                check(status == 200, f'a sound log has statement {position}')
                iss, name = pieces.decode(pieces.decode(body)[0])[15][1], hashlib.sha256(body).hexdigest()
                issuers.add(iss)
                about = urllib.parse.urlencode([('c', '0x' + name), ('c', iss)])
                for path in (f'/statements/{name}', f'/entries/{name}', f'/evidence/@{position}', f'/index/A?{about}'):
                    self.answers[path] = None
            for iss in sorted(issuers):
                about = urllib.parse.urlencode([('c', iss)])
                self.answers.update({f'/index/{kind}?{about}': None for kind in 'IP'})
            for path in self.answers:
                self.answers[path] = reader.judged(path)
                check(self.answers[path] not in (REFUSED, ABSENT), f'a sound log answers {path}')
            self.verify_some(reader, issuers)

    def verify_some(self, reader, issuers):
        """What a sound log says is what its verifier takes; all else is held against it."""
        lines = [f'log {self.key}', f'witness w {self.witness_key}', 'quorum w']
        lines += [f'issuer i{n} ckt:{iss.rsplit(":", 1)[1]} for any' for n, iss in enumerate(sorted(issuers))
                  if iss.startswith('urn:')]
        (self.folder / 'trust').write_text('\n'.join(lines) + '\n')
        valid = 0
        for position in range(0, self.size, max(1, self.size // 32)):
            (self.folder / 'evidence').write_bytes(reader.get(f'/evidence/@{position}')[1])
            said = self.run(BIN / 'cairn', 'verify', 'evidence', '--trust', 'trust', '--json', '--home', 'home',
                            expect=(0, 1, 3)).stdout
            if 'judges attestations only' in said:
                continue
            verdict = json.loads(said)['verdict']
            check(verdict in PROVEN, f'statement {position}: {said}')
            valid += verdict == 'valid'
        check(valid > 0, 'nothing is valid')

    def life(self, folder):
        """One start over what may be damaged: how many answers were right, refused, absent, and never came. A wrong one
        ends the test."""
        counts = dict.fromkeys(['right', REFUSED, ABSENT], 0)
        try:
            with self.serving(folder) as reader:
                for path, right in self.answers.items():
                    got = reader.judged(path)
                    check(got in (right, REFUSED, ABSENT), f'{path} is answered, and not as it should be')
                    counts['right' if got == right else got] += 1
        except Silent:
            pass
        counts['silent'] = len(self.answers) - sum(counts.values())
        return counts

    def lives(self, place, count):
        """So many starts over a copy with this place damaged; ends early when all is right."""
        self.again('log', 'copy')
        self.write(place, 'copy')
        found = []
        try:
            while len(found) < count and not (found and self.all_right(found[-1])):
                found.append(self.life('copy'))
        except Wrong as wrong:
            raise Wrong(f'{place}: {wrong}') from wrong
        return found

    def all_right(self, counts):
        return counts['right'] == len(self.answers)

    # ---- many places ----

    def named_place(self, rng, file):
        while True:
            place = self.place(rng, file)
            if self.judge(place):
                return place

    def judge_places(self, rng, count):
        """How many of each file fsck names, and how many nothing refers to."""
        found = {file: dict.fromkeys(['named', 'reading died', 'nothing refers to it'], 0) for file in FILES}
        for _ in range(count):
            place = self.place(rng)
            words = self.judge(place)
            kind = 'nothing refers to it' if words is None else 'reading died' if 'died' in words else 'named'
            found[place.file][kind] += 1
        return found

    def rebuild_derived(self, rng, count):
        """Over a damaged index everything is right again, at the latest after one restart."""
        found = {'right at once': 0, 'right after a restart': 0}
        for _ in range(count):
            place = self.named_place(rng, 'derived')
            lives = self.lives(place, 2)
            check(self.all_right(lives[-1]), f'{place}: {lives}')
            found['right at once' if len(lives) == 1 else 'right after a restart'] += 1
        return found

    def serve_damaged_log(self, rng, count):
        """Over a damaged log what is answered is right."""
        found = dict.fromkeys(['right', REFUSED, ABSENT, 'silent'], 0)
        for _ in range(count):
            for name, n in self.lives(self.named_place(rng, 'log'), 1)[0].items():
                found[name] += n
        return found

    def fsck_dies(self):
        """Whatever ends the reading, fsck says so, and where it was. Here it is a signal from outside."""
        for _ in range(200):
            words = [BIN / 'cairnd', 'fsck', 'log']
            fsck = subprocess.Popen(words, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            children = pathlib.Path(f'/proc/{fsck.pid}/task/{fsck.pid}/children')
            while fsck.poll() is None:
                child = children.read_text().split() if children.exists() else []
                if child:
                    os.kill(int(child[0]), signal.SIGBUS)
                    break
            said = fsck.communicate()[1]
            if fsck.returncode == 1:
                check('reading died near' in said and 'Bus error' in said, said)
                return
            check(fsck.returncode == 0, said)
        raise Wrong('fsck was never caught reading')
