#!/usr/bin/env python3
"""A second decoder, written from docs/formats.md alone, and `cairn verify` say the same of thousands of files.

Some files are evidence from a log that is served, with statements by the client and by a second encoder; the rest
comes from logs made in memory. Each is judged under trust files of many shapes, about many moments, whole and with
small corruptions. CAIRN_FULL=1 asks for 10,000 cases, else there are 2,000; CAIRN_SEED gives others."""
import os
import re
import sys
import time
import urllib.request

sys.dont_write_bytecode = True
from distribution import needs

needs('cryptography')
import itertools
import random

from second_cases import SUBJECTS, corrupt, corrupt_text, endless
from second_compare import THROUGH, compare, same, second
from second_decoder import DEPENDS, KeyFile, Proofs, Evidence, Statement, cbor, encode, index_key, list_value, open_file
from second_world import Key, attestation, cosignature, fill, own_kind
from served import BIN, OPENER, Served, run

SCHEMA_FILE = """schema kyc 1
valid-for 365d
open
field level text required one-of basic,full
field age uint optional range 18..150
field ok bool optional
field nick text optional length 1..8
"""
CLAIMS = [{'level': 'full'}, {'level': 'basic', 'age': 150, 'ok': False}, {'level': 'full', 'nick': 'éé', 'more': [1]},
          {'level': 'full', 'x': -5}, {'level': 'basic', 'z': b'z'}]
VERDICTS = {'forged', 'untrusted', 'key-void', 'schema-mismatch', 'revoked', 'superseded', 'expired', 'unwitnessed',
            'unaudited', 'suspended', 'not-yet-valid', 'withheld', 'incomplete', 'stale', 'valid'}


def post(log, statement):
    request = urllib.request.Request(log.url + '/entries', data=statement, method='POST',
                                     headers={'Content-Type': 'application/cose', 'Prefer': 'wait=20'})
    with OPENER.open(request, timeout=30) as answer:
        return int(answer.headers['Cairn-Position'])


def scene(log):
    """Two issuers by the client; attestations and every status move by the second encoder. Their positions."""
    home = log.folder / 'home'

    def cairn(*words):
        return run(BIN / 'cairn', *words, '--yes', '--home', home)

    cairn('log', 'add', log.url, '--name', 'here')
    (log.folder / 'kyc.schema').write_text(SCHEMA_FILE)
    issuers = {}
    for name in ('acme', 'north'):
        ckt = re.search(r'ckt:\S+', cairn('issuer', 'new', name)).group(0)
        cairn('log', 'approve', ckt, '--key', log.folder / 'operator.key')
        cairn('issuer', 'register', name)
        kind, raw = open_file((home / f'{name}.key').read_bytes())
        assert kind == 'key'
        issuers[name] = Key(name, KeyFile(raw).keys[0][1])
    acme, north = issuers['acme'], issuers['north']
    cairn('schema', 'publish', log.folder / 'kyc.schema', '--issuer', 'acme')
    schema = Statement(open_file((home / 'schemas' / 'kyc.statement').read_bytes())[1]).id
    now, positions, ids = int(time.time()), [], []
    for i, claims in enumerate(CLAIMS):
        for key in (acme, north):
            b = attestation(key, key.urn, SUBJECTS[i], encode(claims), log.origin, schema,
                            {4: now + 3600, 6: now})
            positions.append(post(log, b))
            ids.append(Statement(b).id)
    bare = attestation(acme, acme.urn, 'sub-2', b'anything', dates={5: now + 3600}, content='text/plain')
    positions.append(post(log, bare))
    for on in ([0], [1, 8], [2, 9], [6], [len(ids)]):  # the last of these rests on the one on 0
        b = attestation(north, north.urn, 'sub-1', encode({'level': 'basic'}), log.origin, schema,
                        {4: now + 3600, 6: now, DEPENDS: [ids[i] for i in on]})
        positions.append(post(log, b))
        ids.append(Statement(b).id)
    moves = [(0, [1]), (2, [2]), (4, [2, 0]), (6, [3]), (1, [2, 0, 2, 1])]
    for target, states in moves:
        key = (acme, north)[target % 2]
        for state in states:
            p = {1: ids[target], 2: state, 3: 9}
            if state == 3:
                replacing = attestation(key, key.urn, SUBJECTS[target // 2], encode({'level': 'full'}), log.origin,
                                        schema, {4: now + 60, 6: now})
                positions.append(post(log, replacing))
                p[5] = Statement(replacing).id
            post(log, own_kind('status', key, key.urn, SUBJECTS[target // 2], log.origin, p))
            time.sleep(0.3)
    out = re.search(r'@(\d+)', cairn('attest', 'kyc', 'level=full', 'age=30', '--about', 'new', '--issuer', 'acme'))
    positions.append(int(out.group(1)))
    return acme, north, positions


def check_index(log, acme):
    """An answer of /index is what a list of its items has for a value, in the trie of the seal."""
    m = cbor(log.get('index/I?c=' + acme.urn.replace(':', '%3A')))
    shown = {p: b for p, b in m[2]}
    (kind, components, at), = m[4]
    key = index_key(chr(kind), *components)
    assert key == index_key('I', acme.urn) and at
    value = list_value([(p, Statement(shown[p]).id) for p in at])
    assert key + value in m[5], 'the list of an issuer has another value'


def served_cases(log, seed, now):
    acme, north, positions = scene(log)
    check_index(log, acme)
    r = random.Random(seed)
    witnesses = [Key('one'), Key('two')]
    names = ['one.example', 'two.example']
    lines = [f'witness {n[:3]} {k.vkey(n, 4)}' for n, k in zip(names, witnesses)]
    head = f'log {log.vkey}'
    trusts = [None] + ['\n'.join([head, *lines, *more]).encode() for more in (
        ['quorum none', f'issuer a {acme.short} for any', f'issuer n {north.short} for kyc'],
        ['quorum one', f'issuer a {acme.short} for kyc', f'issuer n {north.short} for any', 'max-age 1h'],
        ['group both all one two', 'quorum both', 'audit two', f'issuer a {acme.short} for any'])]
    for position in positions:
        file = log.get(f'evidence/@{position}')
        kind, raw = open_file(file)
        assert kind == 'evidence'
        proofs = Proofs(Evidence(raw))
        assert not proofs.broken and not proofs.missing, f'@{position}: {proofs.why} {proofs.missing}'
        t = cbor(raw)
        m = cbor(t.value[1][-70100])
        text = m[1].partition('\n\n')[0] + '\n'
        alone = m[1]

        def cosigned(by, when):
            m[1] = alone + ''.join(cosignature(n, k, text, when) for n, k in by)
            return fill(Evidence(raw).carrier.bytes, t.value[1][394][0], m)

        whole = cosigned([pair for pair in zip(names, witnesses) if r.random() < 0.7], now)
        yield 'served old', cosigned(zip(names, witnesses), now - 7200), trusts[2], None
        last = cbor(cbor(m[2][-1][1]).value[2])
        for trust in trusts:
            for as_of in (None, ('position', position), ('position', last[1]), ('time', last[5] // 1000),
                          ('time', last[4] // 1000 - 1)):
                yield 'served', r.choice([file, raw, whole]), trust, as_of
            yield 'served flip', corrupt(r, whole, raw)[1], trust, None
            yield 'served text', corrupt_text(r, file), trust, None


def report(counts, differ):
    for case, one, two in differ[:3]:
        print(f'{case[0]}, asked about {case[3]}:\n  cairn  {one}\n  second {two}')
        print(f'  file {case[1].hex()}\n  trust {case[2]}')
    print(', '.join(f'{n} {word}' for word, n in counts.most_common()))
    assert not differ, f'{len(differ)} cases differ'
    missing = VERDICTS - set(counts) | {THROUGH} - {word for word, n in counts.items() if n}
    assert not missing, f'no case came to {missing}'


def main():
    count = 10000 if os.environ.get('CAIRN_FULL') == '1' else 2000
    seed, now = int(os.environ.get('CAIRN_SEED', '1')), int(time.time())
    # A comparison that notices nothing proves nothing.
    assert not same({'exit': 0, 'applies': ['valid']}, {'exit': 1, 'applies': ['revoked']})
    assert second(b'cairn', None, now, None)['exit'] == 2
    with Served('second', interval='100ms') as log:
        made = list(served_cases(log, seed, now))
    counts, differ = compare(made)
    drawn, more, most = endless(seed, now), count - len(made), 3 * count
    while more and len(made) + more <= most:
        counts2, differ2 = compare(itertools.islice(drawn, more))
        counts, differ = counts + counts2, differ + differ2
        # A rare verdict may need a few more.
        more = count // 4 if VERDICTS - set(counts) else 0
    report(counts, differ)
    in_memory = counts.total() - counts[THROUGH] - len(made)
    print(f'{len(made)} cases of a served log, {in_memory} of logs made in memory: the same verdicts')


main()
