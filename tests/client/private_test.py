#!/usr/bin/env python3
"""Claims that are kept out of the log: `cairn attest --private`, and all that comes after it.

The log stands behind a proxy that writes down every byte it is sent: nothing of the claims or of their salt is among
them, in whatever writing. What the log may have is shown with its claims by whoever has them, after a crash at any
step too; by whoever has not, it is withheld."""
import base64
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2],
                                'tests/tools'))
from running import BIN, Answer, World, check, get, get_json, rest, until  # noqa: E402

ORIGIN = 'log.example.org/private'
SCHEMA = 'schema kyc 1\nvalid-for 365d\nfield town text required length ..40\nfield level text one-of basic,full\n'
TOWN, OPEN_TOWN = 'Vila-Nova-de-Milfontes', 'Freixo-de-Espada-a-Cinta'
SAYS = f'says    kyc 2: level=full town={TOWN}\n'
HALTED = 70
STEPS_MOST = 60


def found(said, *wanted):
    for text in wanted:
        check(re.search(text, said, re.S), f'expected {text}; found\n{said}')


def size(log):
    return get_json(log.url + '/health')['size']


def bare(path):
    """The bytes of an armoured file."""
    return base64.b64decode(path.read_text().split('\n\n', 1)[1])


class Made(World):
    def set_up(self):
        key = self.make_log(ORIGIN)
        witness = self.make_witness(key)
        self.front = self.proxy(self.serve_witness().url)
        self.configure('interval 10ms', f'witness one {witness} {self.front.url}', 'quorum one')
        self.log = self.serve_log()
        rest(self.log)
        self.between = self.proxy(self.log.url)
        self.know_log(self.between.url, key)
        self.know_log(self.proxy(self.log.url, refuse_posts=True).url, key, 'away')
        for home in ('holder', 'stranger'):
            self.know_log(self.between.url, key, home=home)
        self.ckt = self.issuer('acme')
        trust = f'log {key} {self.between.url}\nquorum none\nissuer acme {self.ckt} for kyc>=1\nmax-age 24h\n'
        for home in ('home', 'holder', 'stranger'):
            (self.folder / home / 'trust.cairn').write_text(trust)

    def claims(self):
        """Id -> preimage, of all that the issuer's folder has."""
        kept = {}
        for path in (self.folder / 'home/claims').glob('*.claims'):
            check(path.stat().st_mode & 0o777 == 0o600, f'{path} is of mode {path.stat().st_mode:o}')
            kept[path.stem] = bytes.fromhex(re.search(r'(?m)^preimage ([0-9a-f]+)$', path.read_text()).group(1))
        return kept

    def attest(self, name, *more, log='log', expect=0, town=TOWN):
        done = self.cairn('attest', 'kyc', f'town={town}', 'level=full', '--about', name, '--out', f'{name}.cairn',
                          '--log', log, *more, expect=(expect,))
        return done.stdout + done.stderr

    def attest_private(self, name, **more):
        """Gives what was said, the statement's id and its preimage."""
        before = self.claims()
        said = self.attest(name, '--private', **more)
        new = [(k, v) for k, v in self.claims().items() if k not in before]
        check(len(new) == 1, f'{len(new)} files of claims were made')
        return said, *new[0]

    def served(self, id):
        """The evidence as the log has it, bare."""
        return get(f'{self.log.url}/evidence/{id}', Accept='application/cose').body

    def verify(self, name, *more, home='stranger', expect=0):
        done = self.cairn('verify', f'{name}.cairn', *more, home=home, expect=(expect,))
        return done.stdout + done.stderr

    def file_says(self, name):
        return (self.folder / f'{name}.cairn').read_text()

    def has_claims(self, name):
        check(SAYS in self.file_says(name), f'{name}.cairn has not its claims:\n{self.file_says(name)[:500]}')


# ---- what leaves ----

def writings(secret):
    """The bytes, and what they are when they are written in letters."""
    yield from (secret, secret.hex().encode(), secret.hex().upper().encode(), urllib.parse.quote(secret, '').encode())
    for shift in range(3):
        for written in (base64.b64encode, base64.urlsafe_b64encode):
            # Letters at both ends stand for bits of what is beside the secret too.
            yield written(bytes(shift) + secret)[4 if shift else 0:].rstrip(b'=')[:-2]


def leaks(asked, secrets):
    return [request[:200] for request in asked for secret in secrets for text in writings(secret) if text in request]


def secrets_of(preimage):
    """The salt, and the claims: as a map, and the value that nobody could have by chance."""
    check(preimage[:4] == b'\xa2\x01\x50' + preimage[3:4] and preimage[19:20] == b'\x02', preimage.hex())
    return [preimage[3:19], preimage[20:], TOWN.encode()]


def nothing_of_them_leaves(w):
    secrets = [s for preimage in w.claims().values() for s in secrets_of(preimage)]
    for proxy in w.proxies:  # to the log, near and away, and from the log to its witness
        check(proxy.asked and not leaks(proxy.asked, secrets), leaks(proxy.asked, secrets))
    check(len(w.between.asked) > 100 and len(w.claims()) > 20, f'only {len(w.between.asked)} requests')
    # It would be found: claims that are public went the same way.
    check(leaks(w.between.asked, [OPEN_TOWN.encode()]), 'the proxy sees nothing')
    for secret in secrets[:2]:
        for text in writings(secret):
            check(leaks([b'GET /x?' + text + b'...'], [secret]), f'{text} is not noticed')
    for n in range(size(w.log)):
        got = get(f'{w.log.url}/statements/@{n}').body
        check(not leaks([got], secrets), f'@{n} has them')


# ---- one after the other ----

def a_schema_must_allow_it(w):
    w.schema(SCHEMA)
    before = size(w.log)
    found(w.attest('no', '--private', expect=1),
          r'^cairn: --private: private-not-allowed\n  expected a schema that allows private claims; found kyc 1.*'
          r'or publish version 2 of kyc with a line of its own: private-allowed\n$')
    said = w.attest('open', town=OPEN_TOWN)
    found(said, r'^note  town and level become public for ever, and that they are about open\nok')
    check(size(w.log) > before and not w.claims(), 'refused, and kept')
    w.schema(SCHEMA.replace('kyc 1', 'kyc 2') + 'private-allowed\n')
    said = w.attest('open', '--yes', town=OPEN_TOWN)
    found(said, r'^note  town and level become public for ever, and that they are about open\n'
          r'      to keep the claims out of the log: --private\nok')
    said = w.cairn('attest', 'kyc', f'town={OPEN_TOWN}', '--about', 'new', '--log', 'log').stdout
    found(said, r'^note  town becomes public for ever; to keep it out of the log: --private\nok')


def claims_are_checked_first(w):
    before = size(w.log)
    for claim, wanted in (('level=half', 'expected level=a text, one of basic, full; found level=half'),
                          ('mood=good', 'expected the fields of kyc 2')):
        done = w.cairn('attest', 'kyc', f'town={TOWN}', claim, '--about', 'x', '--private', '--log', 'log', expect=(2,))
        found(done.stderr, wanted)
        check('note' not in done.stdout, done.stdout)
    check(size(w.log) == before and not w.claims() and not list((w.folder / 'home/outbox').glob('*')),
          'refused, and kept or sent')


def the_log_gets_a_hash(w):
    said, first, preimage = w.attest_private('first')
    found(said, r'^note  town and level stay out of the log: only home/claims/ and the file for the holder have them\n'
          r'      public for ever: a hash of the claims, who attests, kyc 2, first, the dates\n'
          r'ok    @\d+ · about first · until .*\nwrote first\.cairn   give it to the holder: it has the claims\n$')
    check(hashlib.sha256(preimage).digest() in get(f'{w.log.url}/statements/{first}').body, 'not their hash')
    check(preimage in bare(w.folder / 'first.cairn'), 'not in the file')
    check(preimage not in w.served(first), 'the log has them')
    w.has_claims('first')
    said = w.verify('first')
    found(said, rf'^valid .*\n  acme says  kyc 2: level=full town={TOWN} · about first .*\n'
          r'  private  these claims are in the file and not in the log, which has a hash of them\n  checked')
    check(json.loads(w.verify('first', '--json'))['private'] is True, 'not said to be private')
    check('private' not in w.verify('open'), 'public claims are said to be private')
    check(json.loads(w.verify('open', '--json'))['private'] is False, 'said to be private')
    _, second, again = w.attest_private('second')
    check(again[3:19] != preimage[3:19] and again[20:] == preimage[20:], 'the same salt twice')
    return first, second


def without_them_it_is_withheld(w, first):
    done = w.cairn('get', first, '--out', 'closed.cairn', home='stranger')
    check(not (w.folder / 'stranger/claims').exists(), 'a folder was made for claims that are not there')
    found(done.stderr, r'^note  its claims are not in the log and not in stranger/claims/: its issuer has .*\n'
          r'      from a file that has them: cairn verify FILE --refresh --out NEW\n$')
    found(w.file_says('closed'), r'says    kyc 2: private, not in this file\n')
    found(w.verify('closed', expect=3), r'^withheld  its claims were kept out of the log and are not in this file\n'
          r'  they are in the file that acme gave to its holder: ask for that one\n'
          r'  acme says  kyc 2: private · about first')
    check('claims/' not in w.verify('closed', expect=3), 'claims where there are none')
    said = w.verify('closed', home='home', expect=3)
    advice = re.search(r'\n  home/claims/ has them: cairn (get @\d+ --out NEW)\n', said).group(1)
    w.cairn(*advice.replace('NEW', 'has.cairn').split(), '--log', 'log')
    w.has_claims('has')
    check(json.loads(w.verify('closed', '--json', expect=3))['claims'] == 'private', 'claims from nowhere')
    found(w.cairn('inspect', 'closed.cairn').stdout, r'\nclaims    private, not in the log\n')
    found(w.cairn('inspect', 'first.cairn').stdout, rf'\nclaims    level=full town={TOWN}, not in the log\n')


def claims_of_another_are_forged(w, second):
    mine, other = bare(w.folder / 'first.cairn'), w.claims()[second]
    own = next(p for p in w.claims().values() if p in mine)
    (w.folder / 'swapped.cairn').write_bytes(mine.replace(own, other))
    found(w.verify('swapped', expect=1), '^forged')
    check(TOWN not in w.cairn('inspect', 'swapped.cairn').stdout, 'claims of another are shown')


def what_a_log_makes_up_is_not_taken(w, first):
    """Claims, which it cannot have; and evidence that does not hold."""
    straight, opened = w.between.forward, bare(w.folder / 'first.cairn')
    broken = bytearray(w.served(first))
    (w.folder / 'nobody').write_text('quorum none\n')
    broken[broken.index(b'\x3a\x00\x01\x11\xd3') - 1] ^= 1  # the last byte of the receipt's signature

    def serving(evidence, *words):
        w.between.forward = lambda method, path, *more: (
            Answer(200, {}, evidence) if path.startswith('/evidence/') else straight(method, path, *more))
        done = w.cairn(*words, '--out', 'made-up.cairn', home='stranger', expect=(1,))
        w.between.forward = straight
        check(not (w.folder / 'made-up.cairn').exists(), f'{words} kept it')
        return done.stdout + done.stderr

    found(serving(opened, 'get', first), 'bad-evidence')
    found(serving(opened, 'verify', 'closed.cairn', '--refresh'), 'bad-evidence')
    found(serving(bytes(broken), 'verify', 'closed.cairn', '--refresh'),
          r'^forged.*made-up\.cairn was not written: what the log sent does not hold')
    said = w.verify('closed', '--refresh', '--out', 'made-up.cairn', '--trust', 'nobody', expect=3)
    found(said, r'^untrusted.*made-up\.cairn was not written: only what is believed is asked about')


def the_issuer_gets_them_from_its_folder(w, first, second):
    done = w.cairn('get', first, '--out', 'again.cairn', '--log', 'log')
    found(done.stdout, r'wrote again\.cairn: it has the claims\n$')
    w.has_claims('again')
    position = re.search(r' (@\d+), as of', w.file_says('again')).group(1)
    done = w.cairn('get', position, '--log', 'log')
    found(done.stdout, SAYS)
    found(done.stderr, 'note  this file has the claims, which the log has not')
    kept = w.folder / f'home/claims/{first}.claims'
    text = kept.read_text()
    for damaged in (text.replace('preimage a2', 'preimage a3'), text[:-1] + '0\n', text[:-2] + '\n', '# nothing\n', '',
                    text + '\x01', text + text, text.replace('\npreimage', '\nclaims'), text.replace('\n', ' x\n'),
                    text[:-1] + 'aa' * 70000 + '\n', kept.with_stem(second).read_text()):
        kept.write_text(damaged)
        done = w.cairn('get', first, '--out', 'not.cairn', '--log', 'log', expect=(2,))
        found(done.stderr, rf'claims/{first}\.claims: (bad-armour|too-large)')
        check(not (w.folder / 'not.cairn').exists(), 'written all the same')
    kept.write_text(text)


def the_holder_keeps_them(w):
    """Only the file has them: there is nothing in the holder's folder."""
    found(w.verify('first', '--refresh', home='holder'), rf'^valid .*town={TOWN}.*\n  your file is as it was; '
          r'to keep what the log says now: cairn verify FILE --refresh --out NEW\n$')
    found(w.verify('first', '--refresh', '--out', 'newer.cairn', home='holder'), r'\nwrote newer\.cairn\n$')
    w.has_claims('newer')
    check(w.file_says('newer') != w.file_says('first'), 'nothing is newer')
    found(w.verify('newer', home='holder'), rf'^valid .*town={TOWN}')
    found(w.verify('first', '--refresh', '--out', 'newer.cairn', home='holder', expect=2), 'exists')
    found(w.verify('first', '--out', 'other.cairn', home='holder', expect=2), 'keeps what --refresh brings')
    said = w.verify('first', '--refresh', '--json', '--out', 'newer.cairn', '--yes', home='holder')
    check(TOWN in json.loads(said)['claims'], said)
    w.has_claims('newer')


def moves_show_what_is_known(w, first, second):
    third = w.attest_private('third')[1]
    w.copy('home', 'thief')
    for path in (w.folder / 'thief/claims').iterdir():
        path.unlink()
    known, unknown = rf'kyc \(level=full town={TOWN}\)', r'kyc \(private claims\)'
    said = w.cairn('suspend', first, '--reason', 'unspecified', '--log', 'log', '--yes').stdout
    found(said, rf'^note  Suspend {known} about first')
    said = w.cairn('reinstate', first, '--reason', 'unspecified', '--log', 'log', '--yes', home='thief').stdout
    found(said, rf'^note  Reinstate {unknown} about first')
    for home, shown in (('thief', unknown), ('home', known)):
        said = w.ask('revoke', third, '--reason', 'unspecified', '--log', 'log', say='n', home=home, expect=(1,))
        found(said, rf'^Revoke {shown} about third')
    found(w.ask('revoke', third, '--reason', 'unspecified', '--log', 'log'), 'ok    revoked at')
    found(w.verify('third', '--refresh', '--out', 'ended.cairn', home='holder', expect=1),
          rf'^revoked by acme.*town={TOWN}.*\n  private  .*wrote ended\.cairn\n$')
    w.has_claims('ended')
    old = w.attest_private('fourth')[1]
    (w.folder / 'fourth.cairn').unlink()
    new = w.attest_private('fourth')[1]
    found(w.ask('supersede', old, '--by', new, '--log', 'log'),
          rf'^Supersede {known} about fourth, \d+ s old, by {known} about fourth\?', 'ok    superseded at')


def what_was_left_is_shown_later(w):
    """The log could not be reached; another command sends the statement; then a file is asked for."""
    said, left, _ = w.attest_private('left', log='away', expect=3)
    check((w.folder / f'home/outbox/{left}.cairn').exists(), 'not in the outbox')
    found(said, 'and sent with the next command')
    # The next command sends it, and the one after that sees it published.
    said = ''.join(w.attest('open', '--yes', town=OPEN_TOWN) for _ in 'ab')
    advice = re.search(r'sent  .* attestation about left\n      cairn (get .*)\n', said).group(1)
    w.cairn(*advice.split(), '--log', 'log')
    w.has_claims('left')
    found(w.verify('left'), rf'^valid .*town={TOWN}')


def what_the_log_has_not_published_is_shown_later(w):
    """The witness does not answer; the tool waits, and is ended."""
    before, had, kept = w.log.health()['published'], size(w.log), w.claims()
    w.front.gate.clear()
    words = [BIN / 'cairn', 'attest', 'kyc', f'town={TOWN}', 'level=full', '--about', 'slow', '--private',
             '--log', 'log', '--out', 'slow.cairn', '--home', 'home']
    with subprocess.Popen([str(x) for x in words], cwd=w.folder, stdout=subprocess.DEVNULL) as tool:
        until('the log has it', lambda: size(w.log) > had)
        tool.kill()
    check(w.log.health()['published'] == before and not (w.folder / 'slow.cairn').exists(), 'it was published')
    w.front.gate.set()
    rest(w.log)
    new, = set(w.claims()) - set(kept)
    w.cairn('get', new, '--out', 'slow.cairn', '--log', 'log')
    w.has_claims('slow')


def what_the_log_refuses_stays_here(w):
    w.cairn('log', 'withdraw', w.ckt, '--key', 'operator.key', '--log', 'log')
    said, refused, _ = w.attest_private('refused', expect=1)
    stay = 'its claims are kept all the same, until you delete them: home/claims/'
    found(said, r'withdrawn', rf'{stay}{refused}\.claims')
    said, refused, _ = w.attest_private('later', log='away', expect=3)
    said = w.attest('shut', expect=1, town=OPEN_TOWN)
    found(said, rf'{stay}{refused}\.claims')
    w.cairn('log', 'approve', w.ckt, '--key', 'operator.key', '--log', 'log')


# ---- crashes ----

def private_in(log):
    """Position -> hash, of the private attestations that the log has."""
    hashes = {}
    for n in range(size(log)):
        got = get(f'{log.url}/statements/@{n}').body
        if b'vnd.cairn.claims+cbor' in got:
            check(got[-101:-98] == b'\xa0\x58\x20', got.hex())
            hashes[n] = got[-98:-66], hashlib.sha256(got).hexdigest()
    return hashes


HALTING = {'LD_PRELOAD': str(BIN / 'cairn-halt.so'), 'ASAN_OPTIONS': 'verify_asan_link_order=0'}


def what_leaves_is_durable_first(w):
    """The claims, and every folder on the way to them, then the statement; in a folder that never had any."""
    w.copy('home', 'new')
    shutil.rmtree(w.folder / 'new/claims')
    w.run(BIN / 'cairn', 'attest', 'kyc', f'town={TOWN}', '--about', 'durable', '--private', '--log', 'log',
          '--home', 'new', env={**HALTING, 'HALT_SAY': str(w.folder / 'steps')})
    home = str(w.folder.resolve() / 'new')
    steps = [line.replace(home, 'HOME') for line in (w.folder / 'steps').read_text().splitlines()]
    id = next((w.folder / 'new/claims').iterdir()).stem
    at = 0
    for wanted in ('fsync HOME', f'fsync HOME/claims/{id}.claims.new', f'rename new/claims/{id}.claims',
                   'fsync HOME/claims', f'fsync HOME/outbox/{id}.cairn.new', f'rename new/outbox/{id}.cairn',
                   'fsync HOME/outbox', 'send '):
        check(wanted in steps[at:], f'expected {wanted} behind {steps[:at]}; found {steps[at:]}')
        at += steps[at:].index(wanted) + 1
        check('send ' not in steps[:at - 1], f'something was sent before {wanted}')


def ended_at_each_step(w):
    """As by a power cut: whatever the log has then has its claims here."""
    before, steps = set(private_in(w.log)), 0
    for steps in range(1, STEPS_MOST):
        words = [BIN / 'cairn', 'attest', 'kyc', f'town={TOWN}', 'level=full', '--about', f's{steps}', '--private',
                 '--log', 'log', '--out', f's{steps}.cairn', '--home', 'home']
        if w.run(*words, env={**HALTING, 'HALT_AT': str(steps)}, expect=(0, HALTED)).returncode == 0:
            break
    w.attest('open', '--yes', town=OPEN_TOWN)  # sends what is left
    kept = w.claims()
    now = {n: v for n, v in private_in(w.log).items() if n not in before}
    check(len(now) > 5 and steps > 15, f'{len(now)} statements after {steps} steps')
    for n, (payload, id) in now.items():
        check(id in kept, f'@{n} is in the log, and its claims are gone')
        check(hashlib.sha256(kept[id]).digest() == payload, f'@{n} has other claims')
        found(w.cairn('get', f'@{n}', '--log', 'log').stdout, SAYS)
    return steps - 1, len(now)


def main():
    with Made('private') as w:
        w.set_up()
        a_schema_must_allow_it(w)
        claims_are_checked_first(w)
        first, second = the_log_gets_a_hash(w)
        without_them_it_is_withheld(w, first)
        claims_of_another_are_forged(w, second)
        what_a_log_makes_up_is_not_taken(w, first)
        the_issuer_gets_them_from_its_folder(w, first, second)
        the_holder_keeps_them(w)
        moves_show_what_is_known(w, first, second)
        what_was_left_is_shown_later(w)
        what_the_log_has_not_published_is_shown_later(w)
        what_the_log_refuses_stays_here(w)
        what_leaves_is_durable_first(w)
        steps, count = ended_at_each_step(w)
        nothing_of_them_leaves(w)
        w.log.stop()
    print(f'ok: private claims; ended before each of {steps} steps, {count} of which the log had')


main()
