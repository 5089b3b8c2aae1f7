#!/usr/bin/env python3
"""What a log serves in formats that are not its own is what their standards say: the policy it recommends, whatever
keys stand in it, its tlog-proofs, and the keys of its receipts. Read here with nothing of Cairn's."""
import base64
import hashlib
import os
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2],
                                'tests/tools'))
from running import World, check, get, get_json, rest  # noqa: E402

ORIGIN = 'log.example.org/standards'


def vkey_of(name, kind, key):
    raw = bytes([kind]) + key
    key_id = hashlib.sha256(name.encode() + b'\n' + raw).hexdigest()[:8]
    return f'{name}+{key_id}+{base64.b64encode(raw).decode()}'


# ---- policy ----


def policy_is_written_as_it_was_read():
    with World('standards') as w:
        key = w.make_log(ORIGIN)
        witness = w.make_witness(key)
        quantum = vkey_of('pq.example.org', 6, bytes(range(256)) * 5 + bytes(32))
        url = w.serve_witness().url
        w.configure(f'witness w {witness} {url}', f'witness pq {quantum} {url}', 'group g any w pq', 'quorum g',
                    'interval 20ms')
        log = w.serve_log()
        rest(log)
        policy = get_json(log.url + '/log')['policy'].split('\n')
        check(policy == [f'log {key}', f'witness w {witness}', f'witness pq {quantum}', 'group g 1 w pq', 'quorum g',
                         ''], policy)
        log.stop()
    print('ok: a policy has all its keys, whether they are of use here or not', flush=True)


# ---- tlog-proof ----


def node(left, right):
    return hashlib.sha256(b'\1' + left + right).digest()


def root_from(leaf, index, size, path):
    """RFC 9162, 2.1.3.2; None when the path has another length."""
    at, last, root, path = index, size - 1, leaf, list(path)
    while last:
        if not path:
            return None
        if at & 1 or at == last:
            root = node(path.pop(0), root)
            while not at & 1:
                at, last = at >> 1, last >> 1
        else:
            root = node(root, path.pop(0))
        at, last = at >> 1, last >> 1
    return None if path else root


def proof_lines(text):
    """Index, hashes, and the checkpoint behind the empty line."""
    head, checkpoint = text.split(b'\n\n', 1)
    first, index, *hashes = head.split(b'\n')
    check(first == b'c2sp.org/tlog-proof@v1', first)
    check(index.startswith(b'index '), index)
    return int(index[6:]), [base64.b64decode(h, validate=True) for h in hashes], checkpoint


def proofs_prove_their_entries():
    with World('standards') as w:
        w.make_log(ORIGIN)
        log = w.serve_log()
        rest(log)
        served = log.checkpoint()
        size, root = int(served.split(b'\n')[1]), base64.b64decode(served.split(b'\n')[2])
        for position in range(size):
            answer = get(f'{log.url}/evidence/@{position}.tlog-proof')
            check(answer.headers['Content-Type'] == 'text/plain; charset=utf-8', answer.headers)
            index, path, checkpoint = proof_lines(answer.body)
            statement = get(f'{log.url}/statements/@{position}').body
            leaf = hashlib.sha256(b'\0' + hashlib.sha256(statement).digest()).digest()
            check(index == position, index)
            check(checkpoint == served, checkpoint)
            check(root_from(leaf, index, size, path) == root, position)
        check(get(f'{log.url}/evidence/@{size}.tlog-proof').status == 404)
        log.stop()
    print(f'ok: the tlog-proofs of {size} entries lead to the root', flush=True)


# ---- keys ----


def keys_are_those_that_receipts_name():
    with World('standards') as w:
        w.make_log(ORIGIN)
        log = w.serve_log()
        rest(log)
        statement = get(f'{log.url}/statements/@0').body
        receipt = get(f'{log.url}/entries/{hashlib.sha256(statement).hexdigest()}').body
        kid = receipt[receipt.index(bytes.fromhex('045820')) + 3:][:32]
        answer = get(log.url + '/.well-known/scitt-keys')
        check(answer.headers['Content-Type'] == 'application/cbor', answer.headers)
        check(answer.body[:9] == bytes.fromhex('81a301012006215820') and len(answer.body) == 41, answer.body.hex())
        check(hashlib.sha256(answer.body[1:]).digest() == kid, kid.hex())
        name = base64.urlsafe_b64encode(kid).decode().rstrip('=')
        check(get(f'{log.url}/.well-known/scitt-keys/{name}').body == answer.body[1:])
        for other in (name + '=', name[:-1], name[1:] + 'A', kid.hex(), 'A' * 43, 'x'):
            check(get(f'{log.url}/.well-known/scitt-keys/{other}').status == 404, other)
        log.stop()
    print('ok: the key of a receipt is found by its kid', flush=True)


def main():
    keys_are_those_that_receipts_name()
    policy_is_written_as_it_was_read()
    proofs_prove_their_entries()


main()
