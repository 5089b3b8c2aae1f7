#!/usr/bin/env python3
"""Pages of the index over HTTP lead to the checkpoint, and together they are the whole list.

What is checked, and how, is written from docs/formats.md 9 alone. Each page is then changed in every field, and must
not lead there any more."""
import os
import pathlib
import sys

sys.dont_write_bytecode = True
SOURCE = pathlib.Path(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2])
sys.path[:0] = [str(SOURCE / 'tests/tools'), str(SOURCE / 'tests/interop')]
from running import BIN, World, check, get, rest  # noqa: E402
from second_decoder import Checkpoint, Statement, cbor, index_key, sha  # noqa: E402

ORIGIN = 'log.example.org/pages'
COUNT = 2600


def bit(key, b):
    return key[b // 8] >> (7 - b % 8) & 1


def prefix(key, b):
    return bytes((key[i] & (0xff00 >> min(8, max(0, b - 8 * i)))) & 0xff for i in range(32))


def node(b, key, left, right):
    return sha(b'\x11', bytes([b]), prefix(key, b), left, right)


def fork(a, b):
    return next(i for i in range(256) if bit(a, i) != bit(b, i))


def trie(leaves):
    if len(leaves) == 1:
        return sha(b'\x10', leaves[0])
    b = min(fork(x, leaves[0]) for x in leaves[1:])
    return node(b, leaves[0], trie([x for x in leaves if not bit(x, b)]), trie([x for x in leaves if bit(x, b)]))


def fold(h, key, steps, below):
    for b, sibling in steps:
        check(b < below, 'a path that does not fall')
        h = node(b, key, sibling, h) if bit(key, b) else node(b, key, h, sibling)
        below = b
    return h


def inside(h, m, n, path):
    """RFC 9162, 2.1.3.2, the other way round: recursive."""
    if n == 1:
        check(not path, 'a path that is too long')
        return h
    check(path, 'a path that is too short')
    k = 1 << (n - 1).bit_length() - 1
    if m < k:
        return sha(b'\x01', inside(h, m, k, path[:-1]), path[-1])
    return sha(b'\x01', path[-1], inside(h, m - k, n - k, path[:-1]))


def ranged(leaves, start, n, hashes, at=0):
    """The root of n leaves from `at` on, of which those from `start` on are shown."""
    if at >= start + len(leaves) or at + n <= start:
        check(hashes, 'too few hashes')
        return hashes.pop(0)
    if n == 1:
        return leaves[at - start]
    k = 1 << (n - 1).bit_length() - 1
    left = ranged(leaves, start, k, hashes, at)
    return sha(b'\x01', left, ranged(leaves, start, n - k, hashes, at + k))


def cut(data, size):
    check(len(data) % size == 0, 'pieces of another size')
    return [data[i:i + size] for i in range(0, len(data), size)]


def read(page):
    """What the page proves: None, or the items (position, id), or the leaves under the prefix."""
    check(list(page) == list(range(1, 11)), list(page))
    point, seal = Checkpoint(page[1].encode()), Statement(page[2])
    check(seal.kind == 'seal' and seal.iss == point.origin)
    said = seal.read_payload()
    check(said[1] == point.size - 1, 'another position')
    leaf = sha(b'\x00', sha(page[2]))
    check(inside(leaf, point.size - 1, point.size, cut(page[3], 32)) == point.root, 'the seal is not in the tree')
    root, bits, key = said[2], page[4], page[5]
    steps = [(s[0], s[1:]) for s in cut(page[7], 33)]
    check(128 <= bits <= 256 and (bits == 256 or prefix(key, bits) == key), 'bits')
    if bits == 256 and page[6][:32] == key:
        check(fold(sha(b'\x10', page[6]), key, steps, 256) == root, 'not under the root')
        items = [(int.from_bytes(i[:8], 'big'), i[8:]) for i in cut(page[9], 40)]
        count, hashes = int.from_bytes(page[6][32:40], 'big'), cut(page[10], 32)
        check(items and all(a[0] < b[0] for a, b in zip(items, items[1:])) and items[-1][0] < said[1], 'order')
        check(page[8] + len(items) <= count, 'more than there are')
        leaves = [sha(b'\x00', i) for i in cut(page[9], 40)]
        check(ranged(leaves, page[8], count, hashes) == page[6][40:] and not hashes, 'not the list')
        return items
    check(page[8] == 0 and page[10] == b'', 'fields that say nothing')
    if bits < 256 and page[9]:
        leaves = cut(page[9], 72)
        check(page[6] == b'' and all(prefix(x, bits) == key for x in leaves) and leaves == sorted(leaves), 'leaves')
        check(fold(trie(leaves), leaves[0], steps, bits) == root, 'not all of them')
        return leaves
    check(page[9] == b'' and page[6], 'nothing else is there')
    check(fold(sha(b'\x10', page[6]), page[6], steps, 256) == root, 'not under the root')
    d = fork(page[6], key)
    check(d < bits and d not in [b for b, _ in steps], 'not absent')
    return None


def holds(page):
    try:
        read(page)
        return True
    except Exception:
        return False


def changed(page):
    """The page with one thing changed in each field. What holds of a prefix may hold of a longer one too."""
    for field in range(1, 11):
        value = page[field]
        if field == 4 and value < 256:
            continue
        if isinstance(value, int):
            yield {**page, field: value + 1}
            continue
        if isinstance(value, str):
            size = value.splitlines()[1]
            yield {**page, field: value.replace(size, str(int(size) + 1), 1)}
            continue
        if value:
            yield {**page, field: value[:-1] + bytes([value[-1] ^ 1])}
            yield {**page, field: value[:-32]}
        yield {**page, field: value + bytes(32)}


def pages_of(log, path):
    """All pages of a list, one after the other."""
    items, mark = [], '&' if '?' in path else '?'
    while True:
        answer = get(f'{log.url}{path}{mark}from={len(items)}')
        if answer.status == 404:
            check(answer.reason == 'not-found', answer)
            return items
        check(answer.status == 200, answer)
        page = cbor(answer.body)
        check(page[8] == len(items))
        items += read(page)
        check(not any(holds(c) for c in changed(page)), 'a changed page that holds')


def struck(w, row, at, paths):
    """What is answered over a row of the store that was changed, and whether the index is to be made anew."""
    w.run(BIN / 'cairn-strike', 'change', 'log', *row, at)
    log = w.serve_log()
    answers = {get(log.url + path).reason for path in paths}
    log.stop()
    mark = w.folder / 'log/derived.damaged'
    marked = mark.exists()
    mark.unlink(missing_ok=True)
    w.run(BIN / 'cairn-strike', 'change', 'log', *row, at)
    return answers, marked


def blame(w, log, key, position):
    """What a damaged log refuses is not held against the index, which nothing would make better."""
    bundle, before = divmod(position, 256)
    framed = sum(2 + len(get(f'{log.url}/statements/@{bundle * 256 + n}').body) for n in range(before))
    log.stop()
    paths = [f'/index/k/{key.hex()}', f'/index/k/{key.hex()}?from=1', f'/evidence/@{position}']
    for row, at in ((('log/bundle', f'{bundle:016x}'), framed + 100), (('log/tile', f'{bundle:018x}'), 32 * before)):
        found = struck(w, row, at, paths)
        check(found == ({'damaged'}, False), row, found)
    found = struck(w, ('derived/item', key.hex() + f'{256 // 64:016x}'), 7, paths[:2])
    check(found == ({'damaged'}, True), found)


def main():
    with World('pages') as w:
        w.make_log(ORIGIN)
        w.configure('interval 20ms', 'map 1')
        log = w.serve_log()
        rest(log)
        w.run(BIN / 'cairn-load', 'setup', log.url, '--operator', 'operator.key', '--out', 'ground', '--issuers', 1)
        w.run(BIN / 'cairn-load', 'run', log.url, '--dir', 'ground', '--clients', 4, '--count', COUNT, '--seconds', 60,
              '--journal', 'journal')
        rest(log)
        size = Checkpoint(get(log.url + '/checkpoint').body).size
        statements = [Statement(get(f'{log.url}/statements/@{n}').body) for n in range(size)]
        attested = [(n, s) for n, s in enumerate(statements) if s.kind == 'attestation' and s.schema is not None]
        iss, schema = attested[0][1].iss, attested[0][1].schema
        want = [(n, s.id) for n, s in attested if (s.iss, s.schema) == (iss, schema)]
        check(len(want) > 2000, len(want))

        names = f'/index/T?c={iss.replace(":", "%3A")}&c=0x{schema.hex()}'
        key = index_key('T', iss, schema)
        check(pages_of(log, names) == want and pages_of(log, f'/index/k/{key.hex()}') == want, 'not the whole list')
        for start in (1, 255, 256, 257, 511, 512, len(want) - 1):
            check(read(cbor(get(f'{log.url}{names}&from={start}').body)) == want[start:start + 1000], start)

        absent = index_key('T', iss, bytes(32))
        check(read(cbor(get(f'{log.url}/index/k/{absent.hex()}').body)) is None, 'a key that is not there')
        subject = next(s.sub for _, s in attested)
        under = prefix(index_key('S', subject, iss), 128)
        page = cbor(get(f'{log.url}/index/k/{under.hex()}/128').body)
        check([x[:32] for x in read(page)] == [index_key('S', subject, iss)], 'the keys of a subject')
        check(not any(holds(c) for c in changed(page)), 'a changed page that holds')
        nobody = prefix(index_key('S', 'nobody', iss), 128)
        check(read(cbor(get(f'{log.url}/index/k/{nobody.hex()}/128').body)) is None, 'a subject of nobody')

        for path in ('/index/k/00', f'/index/k/{key.hex()}/128', f'/index/k/{under.hex()}/127',
                     f'/index/k/{under.hex()}/256', f'/index/k/{under.hex()}/128?from=0', f'{names}&from=x',
                     f'{names}&from=1&from=2', f'/index/k/{key.hex().upper()}', f'/index/k/{key.hex()}?c=1'):
            check(get(log.url + path).status == 400, path)
        blame(w, log, key, next(n for n, _ in want if n > 300))
        w.run(BIN / 'cairnd', 'fsck', 'log')
    print(f'ok: {len(want)} items in pages, by name and by hash; absences and prefixes; changed pages refused')


if __name__ == '__main__':
    main()
