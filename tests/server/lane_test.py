#!/usr/bin/env python3
"""An issuer that has no more room between two checkpoints is told so and when to come again; neither that nor a
withdrawal keeps a revocation waiting."""
import os
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2],
                                'tests/tools'))
from running import World, check, get_json, post, rest  # noqa: E402

ORIGIN = 'log.example.org/lane'
SCHEMA = 'schema kyc 1\nvalid-for 365d\nfield level text required one-of basic,full\n'
ATTEST = ('attest', 'kyc', 'level=full', '--about', 'new', '--issuer', 'acme')
KEY = ('--key', 'operator.key')


def accepted(log, statement):
    answer = post(log.url, statement)
    check(answer.status in (201, 303), answer)
    return answer


def refused(log, statement, status, reason):
    answer = post(log.url, statement)
    check((answer.status, answer.reason) == (status, reason), answer)
    return answer


def revocation(w, at):
    return w.draft('revoke', at, '--reason', 'ceased', '--yes', '--issuer', 'acme')[0]


def published(w):
    return re.search(r'@\d+', w.cairn(*ATTEST, '--log', 'log').stdout).group(0)


def main():
    with World('lane') as w:
        key = w.make_log(ORIGIN)
        w.configure('interval 20ms')
        log = w.serve_log()
        rest(log)
        check(get_json(log.url + '/log')['rules']['statements_per_issuer'] == 8192, 'not what a new log allows')
        w.know_log(log.url, key)
        w.know_log(w.proxy(log.url, refuse_posts=True).url, key, 'draft')
        ckt = w.issuer()
        w.schema(SCHEMA)
        w.cairn('log', 'limits', '--statements', '2', '--yes', *KEY, '--log', 'log')
        revocations = [revocation(w, published(w)) for _ in range(3)]
        attestations = [w.draft(*ATTEST)[0] for _ in range(4)]
        withdraw = w.draft('log', 'withdraw', 'acme', *KEY)[0]
        rest(log)
        log.stop()

        # A group that stays open: nothing is published for as long as this takes.
        w.configure('interval 1h')
        log = w.serve_log()
        rest(log)
        accepted(log, revocations[0])
        for statement in attestations[:2]:
            accepted(log, statement)
        full = refused(log, attestations[2], 429, 'issuer-full')
        check(full.headers['Retry-After'] == '1', full.headers)
        accepted(log, attestations[0])  # it is there already, and takes no room
        accepted(log, revocations[1])
        accepted(log, withdraw)
        refused(log, attestations[2], 403, 'withdrawn')
        accepted(log, revocations[2])
        health = get_json(log.url + '/health')
        check(health['size'] > health['published'], health)
        log.stop()

        # A start closes the group: the next checkpoint makes room.
        w.configure('interval 20ms')
        log = w.serve_log()
        rest(log)
        w.know_log(log.url, key, 'now')
        w.cairn('log', 'approve', ckt, *KEY, '--log', 'now')
        rest(log)
        accepted(log, attestations[2])
        accepted(log, attestations[3])
        log.stop()
    print('ok: no room, no standing, and revocations all the same')


main()
