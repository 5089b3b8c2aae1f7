#!/usr/bin/env python3
"""What rests on others: `cairn attest --depends-on`, and all that becomes of a statement through what it depends on.

A school says that somebody learned something, a board licenses her because of it, a hospital hires her because of the
licence. Then the school takes back what it said."""
import json
import os
import pathlib
import re
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2],
                                'tests/tools'))
from running import World, check, get, get_json, rest  # noqa: E402

ORIGIN = 'log.example.org/depends'
SCHEMA = 'schema NAME 1\nvalid-for 365d\nfield level text required\nprivate-allowed\n'


def found(said, *wanted):
    for text in wanted:
        check(re.search(text, said, re.S), f'expected {text}; found\n{said}')


class Made(World):
    def set_up(self):
        key = self.make_log(ORIGIN)
        self.configure('interval 10ms', 'quorum none')
        self.log = self.serve_log()
        rest(self.log)
        self.know_log(self.log.url, key)
        self.ckt = {}
        for name in ('school', 'board', 'hospital'):
            self.ckt[name] = self.issuer(name)
            (self.folder / 'schema').write_text(SCHEMA.replace('NAME', f'of-{name}'))
            self.cairn('schema', 'publish', 'schema', '--yes', '--issuer', name)
        (self.folder / 'home/trust.cairn').write_text(
            f'log {key} {self.log.url}\nquorum none\nissuer clinic {self.ckt["hospital"]} for of-hospital\n'
            f'issuer licences {self.ckt["board"]} for of-board on {ORIGIN}\n')

    def attest(self, issuer, name, *on, more=(), expect=0, level='full'):
        """Gives what was said; the position when it was."""
        words = [word for dependency in on for word in ('--depends-on', dependency)]
        done = self.cairn('attest', f'of-{issuer}', f'level={level}', '--about', name, '--issuer', issuer, '--out',
                          f'{name}.cairn', *words, *more, expect=(expect,))
        at = re.search(r'\nok +(@\d+)', '\n' + done.stdout)
        return at.group(1) if at else done.stdout + done.stderr, done.stdout

    def verify(self, name, *more, expect=0):
        return self.cairn('verify', f'{name}.cairn', *more, expect=(expect,)).stdout

    def judged(self, name, *more, expect=0):
        return json.loads(self.verify(name, '--json', *more, expect=expect))

    def refreshed(self, name, expect=0):
        self.cairn('verify', f'{name}.cairn', '--refresh', '--out', f'{name}.cairn', '--yes', expect=(expect,))
        return self.verify(name, expect=expect)

    def id_of(self, position):
        self.cairn('get', position, '--out', 'got.cairn', '--yes')
        return re.search(r'(?m)^id +([0-9a-f]{64})$', self.cairn('inspect', 'got.cairn').stdout).group(1)


def what_cannot_be_depended_on_is_refused(w, first):
    before = get_json(w.log.url + '/health')['size']
    found(w.attest('board', 'no', '@3', expect=1)[0],
          r'^cairn: @3: bad-dependency\n  expected an attestation to depend on; found ')
    found(w.attest('board', 'no', first, first, expect=1)[0], 'bad-dependency\n.*found the same one twice')
    found(w.attest('board', 'no', *[first] * 17, expect=1)[0], 'too-many-dependencies\n.*found more than 16')
    found(w.attest('board', 'no', '0' * 64, expect=1)[0], 'not-found')
    found(w.attest('board', 'no', 'x', expect=1)[0], 'bad-request')
    check(get_json(w.log.url + '/health')['size'] == before, 'refused, and sent')
    check(not list((w.folder / 'home/outbox').glob('*')), 'refused, and kept')


def a_chain_is_shown_whole(w):
    school, _ = w.attest('school', 'course')
    what_cannot_be_depended_on_is_refused(w, school)
    id_ = w.id_of(school)
    board, said = w.attest('board', 'licence', school)
    found(said, rf'^note  it depends on {school}, {id_[:16]}…: of-school \(level=full\) about course, by '
          rf'{w.ckt["school"]}\n      what becomes of it becomes of this: revoked, expired or suspended, it is so here '
          r'too\nnote  level becomes public.*\nok ')
    hospital, said = w.attest('hospital', 'post', board, id_)
    found(said, rf'^note  it depends on {board}, .*\nnote  it depends on {id_[:16]}…: of-school .* them ')
    found(w.cairn('inspect', 'post.cairn').stdout, rf'\ndepends +[0-9a-f]{{64}}\n', rf'\ndepends +{id_}\n')
    said = w.verify('post')
    found(said, r'^valid ',
          rf'\n  depends on  {school} {id_[:16]}… by {w.ckt["school"]}: valid\n'
          rf'  depends on  {board} [0-9a-f]{{16}}… by licences: valid\n',
          r'\n  checked      signature, key, schema, expiry, revocation, the same of what it depends on\n',
          r'whether you believe who signed what it depends on · ')
    check('private claims' not in said, said)
    return school, board, hospital


def position(at):
    return int(at[1:])


def what_was_revoked_below_is_revoked_above(w, school, board, hospital):
    old = (w.folder / 'post.cairn').read_bytes()
    before = time.time()
    time.sleep(1.1)  # seals are dated in whole seconds
    w.cairn('revoke', school, '--reason', 'issued-in-error', '--issuer', 'school', '--yes')
    found(w.verify('post'), '^valid ')  # dated before it
    for name, through in (('licence', ''), ('post', '')):
        said = w.refreshed(name, expect=1)
        found(said, rf'^revoked through {school}, which it depends on\n'
              r'  that is for good: ask (clinic|licences) for one that does not depend on it\n',
              rf'\n  depends on  {school} [0-9a-f]{{16}}… by {w.ckt["school"]}{through}: revoked at \S+ \S+Z '
              r'\(@\d+\): issued-in-error\n')
        check('checked' not in said, said)
    found(w.verify('post', expect=1), rf'\n  depends on  {board} [0-9a-f]{{16}}… by licences: valid\n')
    said = w.judged('post', expect=1)
    check((said['verdict'], said['through'], said['applies']) == ('revoked', position(school), ['revoked']), said)
    check([(d['position'], d['verdict'], d['through']) for d in said['depends']] ==
          [(position(school), 'revoked', position(hospital)), (position(board), 'valid', position(hospital))], said)
    check(said['depends'][0]['status']['reason'] == 'issued-in-error', said)
    check(said['depends'][0]['id'] == w.id_of(school), said)
    moment = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(before))
    found(w.verify('post', '--as-of', moment), rf'^valid .*\n  since  {school} is revoked at \S+ \S+Z \(@\d+\)\n')
    check(get(f'{w.log.url}/evidence/{hospital}').body != old, 'nothing is newer')


def of_a_chain_the_way_is_named(w):
    course, _ = w.attest('school', 'c1')
    licence, _ = w.attest('board', 'c2', course)
    post, _ = w.attest('hospital', 'c3', licence)
    w.cairn('suspend', course, '--reason', 'suspended-for-review', '--issuer', 'school', '--yes')
    said = w.refreshed('c3', expect=1)
    found(said, rf'^suspended through {course}, which it depends on\n  clinic says ',
          rf'\n  depends on  {course} [0-9a-f]{{16}}… by {w.ckt["school"]}, through {licence}: suspended at .*'
          r'suspended-for-review\n')
    w.cairn('reinstate', course, '--reason', 'unspecified', '--issuer', 'school', '--yes')
    found(w.refreshed('c3'), '^valid ')
    # Its own reason and that of another: the earlier row wins, wherever it comes from.
    w.cairn('suspend', post, '--reason', 'suspended-for-review', '--issuer', 'hospital', '--yes')
    better, _ = w.attest('school', 'c1', more=('--yes',), level='more')
    w.cairn('supersede', course, '--by', better, '--issuer', 'school', '--yes')
    said = w.refreshed('c3', expect=1)
    found(said, rf'^superseded through {course}', r'\n  also  suspended\n')
    w.cairn('revoke', post, '--reason', 'ceased', '--issuer', 'hospital', '--yes')
    found(w.refreshed('c3', expect=1), r'^revoked by clinic at', r'\n  also  superseded\n', r': superseded at ')
    check('through' not in w.judged('c3', expect=1), 'it is its own')


def what_ended_below_has_ended_above(w):
    soon = int(time.time()) + 3
    until = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(soon))
    short, _ = w.attest('school', 'short', more=('--until', until))
    w.attest('hospital', 'long', short)
    stolen, _ = w.attest('board', 'stolen')
    w.attest('hospital', 'robbed', stolen)
    w.cairn('issuer', 'rotate', 'board', '--stolen-since', stolen, '--yes')
    found(w.refreshed('robbed', expect=1), rf'^key-void through {stolen}',
          rf'by licences: key-void: the key that signed it ended at {stolen}\n')
    time.sleep(max(0.0, soon - time.time()))
    found(w.verify('long', expect=1), rf'^expired through {short}', r': expired at ')


def private_claims_below_are_not_asked_for(w):
    closed, _ = w.attest('school', 'closed', more=('--private',))
    w.attest('hospital', 'open', closed)
    said = w.verify('open')
    found(said, r'^valid ', r'· private claims of what it depends on · ')
    check(w.judged('open')['depends'][0]['applies'] == ['valid'], said)


def the_log_bounds_what_may_be_depended_on(w):
    at = [w.attest('school', f'd{n}')[0] for n in range(15)]
    for depth in range(1, 5):
        at.append(w.attest('school', f'e{depth}', at[-1] if depth > 1 else at[0])[0])
    found(w.attest('school', 'deep', at[-1], expect=1)[0], 'too-many-dependencies')
    found(w.attest('school', 'wide', at[-2], *at[1:14], expect=1)[0], 'too-many-dependencies')
    w.attest('hospital', 'most', at[-2], *at[1:13])
    said = w.judged('most')
    check(len(said['depends']) == 16 and said['verdict'] == 'valid', said)


def main():
    start = time.monotonic()
    with Made('depends') as w:
        w.set_up()
        chain = a_chain_is_shown_whole(w)
        what_was_revoked_below_is_revoked_above(w, *chain)
        of_a_chain_the_way_is_named(w)
        private_claims_below_are_not_asked_for(w)
        the_log_bounds_what_may_be_depended_on(w)
        what_ended_below_has_ended_above(w)
    print(f'{time.monotonic() - start:.1f} s  what rests on others is no better than they are')


main()
