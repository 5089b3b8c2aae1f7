#!/usr/bin/env python3
"""An issuer who sends status statements as fast as he can while nothing is published is told that he has his share;
another's revocation, his own new keys, and the operator get in all the same. What was taken in is published."""
import os
import pathlib
import sys

SOURCE = pathlib.Path(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2])
sys.path[:0] = [str(SOURCE / 'tests/interop'), str(SOURCE / 'tests/tools')]
from distribution import needs  # noqa: E402

needs('cryptography')
from second_decoder import Statement  # noqa: E402
from second_world import Key, attestation, issuer_payload, key_set, own_kind  # noqa: E402

from running import World, check, get_json, post, rest  # noqa: E402

ORIGIN = 'log.example.org/greedy'
PENDING = 4096
MOVES = 64
SUSPENDED, VALID, REVOKED = 2, 0, 1


def accepted(log, statement):
    answer = post(log.url, statement)
    check(answer.status in (201, 303), answer)


class Issuer:
    def __init__(self, w, log, name):
        self.key = Key(name)
        w.cairn('log', 'approve', self.key.short, '--key', 'operator.key', '--log', 'log')
        self.genesis = self.keys(0, None, self.key)
        accepted(log, self.genesis)

    def keys(self, seq, prev, *keys):
        return own_kind('issuer', self.key, self.key.urn, self.key.urn, ORIGIN,
                        issuer_payload(seq, prev, key_set(*((k, 7) for k in keys))))

    def attest(self, log, sub):
        statement = attestation(self.key, self.key.urn, sub, b'anything', ORIGIN)
        accepted(log, statement)
        return sub, Statement(statement).id

    def move(self, target, status, since=1):
        sub, id_ = target
        return own_kind('status', self.key, self.key.urn, sub, ORIGIN, {1: id_, 2: status, 3: 9, 4: since})


def main():
    with World('greedy') as w:
        key = w.make_log(ORIGIN)
        w.configure('interval 20ms', f'pending {PENDING}')
        log = w.serve_log()
        rest(log)
        w.know_log(log.url, key)
        greedy, other = Issuer(w, log, 'greedy'), Issuer(w, log, 'other')
        targets = [greedy.attest(log, f'sub-{n}') for n in range(PENDING // MOVES)]
        one = other.attest(log, 'sub-x')
        withdraw = w.cairn('log', 'withdraw', greedy.key.short, '--key', 'operator.key', '--log', 'log')
        check(withdraw.returncode == 0, withdraw)
        rest(log)
        log.stop()

        # After the first group one that stays open: nothing is published for as long as this takes.
        w.configure('interval 1h')
        log = w.serve_log()
        rest(log)
        other.attest(log, 'sub-y')
        rest(log)
        taken = 0
        for n in range(PENDING):
            answer = post(log.url, greedy.move(targets[n // MOVES], VALID if n % 2 else SUSPENDED, n))
            if answer.status == 429:
                break
            check(answer.status == 303, answer)
            taken += 1
        check(PENDING // 3 < taken < PENDING, f'{taken} taken')
        check(answer.reason == 'issuer-full' and answer.headers['Retry-After'] == '1', answer)
        check(b'as many that wait as there is room for those of others' in answer.body, answer.body)
        accepted(log, other.move(one, REVOKED))
        accepted(log, greedy.keys(1, Statement(greedy.genesis).id, greedy.key, Key('greedy again')))
        health = get_json(log.url + '/health')
        check(health['size'] - health['published'] == taken + 2, health)
        log.stop()

        w.configure('interval 20ms')
        log = w.serve_log()
        rest(log)
        accepted(log, greedy.move(targets[-1], REVOKED))
        log.stop()
    print(f'ok: {taken} status statements of one issuer, and room for another')


main()
