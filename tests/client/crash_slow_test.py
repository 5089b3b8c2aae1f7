#!/usr/bin/env python3
"""cairn issuer rotate and recover, and cairn log rotate, end, as by a power cut, before each of their steps in turn:
whatever the step, the issuer can still sign or the same command goes on, no key that the log lists is ever lost, and
nothing is done twice."""
import os
import pathlib
import re
import shutil
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2],
                                'tests/tools'))
from running import BIN, World, check, rest  # noqa: E402

CKT = r'ckt:[A-Za-z0-9_-]{43}'
HALTED = 70
ORIGIN = 'log.example.org/crash'
STEPS_MOST = 60


def halted_at(w, step, *words):
    """Whether it came so far."""
    env = {'LD_PRELOAD': str(BIN / 'cairn-halt.so'), 'HALT_AT': str(step), 'ASAN_OPTIONS': 'verify_asan_link_order=0'}
    done = w.run(BIN / 'cairn', 'issuer', *words, '--yes', '--home', 'home', env=env, expect=(0, HALTED))
    return done.returncode == HALTED


def public_of(path):
    return re.search(rf'public +({CKT})', path.read_text()).group(1)


class Story:
    """An issuer whose keys are changed; what the log says of it is asked for twice a step."""

    def __init__(self, w, name):
        self.w, self.name = w, name
        w.issuer(name)
        self.ask()

    def ask(self):
        said = self.w.cairn('issuer', 'show', self.name).stdout
        self.listed = re.search(rf'(?m)^now     ({CKT})', said).group(1)
        self.committed = re.findall(rf'commits ({CKT})', said)[-1]
        self.count = len(re.findall(r'(?m)^@\d', said))
        self.cut = len(re.findall('attests nothing', said))

    def files(self, pattern):
        return [f for f in (self.w.folder / 'home').glob(f'{self.name}.*') if re.search(pattern, f.name)]

    def public(self, pattern):
        return [public_of(f) for f in self.files(pattern)]

    def step(self, step, *words):
        """Ends before that step, goes on, and is whole. Gives whether it came so far."""
        before = self.count, self.listed, self.committed
        halted = halted_at(self.w, step, words[0], self.name, *words[1:])
        self.ask()
        check(self.listed in self.public(r'\.key(\.next)?$'), f'step {step}: the key that the log lists is gone')
        check(self.committed in self.public(r'\.recovery(\.next)?$') + [before[2]],
              f'step {step}: the recovery key that is committed is gone')
        if self.count == before[0] or self.files(r'\.next$'):
            check(halted, f'step {step}: it ended well and did half')
            self.w.cairn('issuer', words[0], self.name, *words[1:], '--yes')
            self.ask()
        check(self.count == before[0] + 1, f'step {step}: {self.count - before[0]} statements')
        check(self.public(r'\.key$') == [self.listed] != [before[1]], f'step {step}: not the key that is listed')
        check(before[1] in self.public(r'\.key\.(retired|stolen)-'), f'step {step}: the old key is gone')
        left = self.files(r'\.(next|new)$') + list((self.w.folder / 'home/outbox').iterdir())
        check(not left, f'step {step} left {left}')
        return halted


def rotations(w):
    """Gives how many steps there are."""
    for step in range(1, STEPS_MOST):
        # A run of 64 statements is all that an issuer has without a recovery.
        if step % 50 == 1:
            s = Story(w, f'rotating{step}')
        halted = s.step(step, 'rotate', '--stolen-since')
        check(s.cut == s.count - 1, f'step {step}: a key is not cut')
        if not halted:
            return step - 1
    raise AssertionError('it never came to an end')


def recoveries(w):
    s = Story(w, 'recovering')
    for step in range(1, STEPS_MOST):
        spent = s.committed
        shutil.copy(w.folder / 'home/recovering.recovery', w.folder / 'paper')
        halted = s.step(step, 'recover', 'paper')
        check(s.public(r'\.recovery$') == [s.committed] != [spent], f'step {step}: not the key that is committed')
        if not halted:
            return step - 1
    raise AssertionError('it never came to an end')


def log_rotations(w):
    """Of the log's own keys: the operator's machine keeps no keys, and makes the same statement again."""
    def changes():
        return len(re.findall('change of keys', w.cairn('issuer', 'show', ORIGIN).stdout))

    for step in range(1, STEPS_MOST):
        said = w.run(BIN / 'cairnd', 'key', 'log').stdout
        words = ['log', 'rotate', *re.search(r'rotate (\S+) (\S+) --key', said).groups(), '--key', 'operator.key',
                 '--stolen', '--yes']
        env = {'LD_PRELOAD': str(BIN / 'cairn-halt.so'), 'HALT_AT': str(step),
               'ASAN_OPTIONS': 'verify_asan_link_order=0'}
        done = w.run(BIN / 'cairn', *words, '--home', 'home', env=env, expect=(0, HALTED))
        w.cairn(*words)
        check(changes() == step, f'step {step}: {changes()} changes of keys')
        policy = (w.folder / 'home/logs/log.policy').read_text()
        check(words[2] in policy and policy.count('log ') == 1, f'step {step}: {policy}')
        check(not list((w.folder / 'home/outbox').iterdir()), f'step {step} left a statement')
        for path in (w.folder / 'log').glob('log*.key'):
            if words[2].split('+')[1] not in path.name:
                path.unlink()  # spent
        if done.returncode != HALTED:
            return step - 1
    raise AssertionError('it never came to an end')


def main():
    with World('crash') as w:
        key = w.make_log(ORIGIN)
        w.configure('interval 10ms')
        log = w.serve_log()
        rest(log)
        w.know_log(log.url, key)
        counts = rotations(w), recoveries(w), log_rotations(w)
        log.stop()
    print('ok: a rotation ended before each of {} steps, a recovery before each of {}, one of the log before each of {}'
          .format(*counts))
    check(min(counts[:2]) > 20 and counts[2] > 10, 'steps were missed')


main()
