#!/usr/bin/env python3
"""Cairn's strict CBOR decoder beside others: cbor2 of the distribution, the one of second_decoder.py, and, with
CAIRN_FULL=1 where npm and a network are, cborg.

Items of every class are generated: deterministic ones and each way of not being so. Cairn and second_decoder.py agree
on every item. The others are more lenient; where they differ stands in the table DIFFERENCES, class by class, and
each line of it is asserted."""
import collections
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from distribution import needs

needs('cbor2')
import cbor2
from second_decoder import Refused, Tag, cbor, encode, head

# Class -> what Cairn, cbor2 and cborg do with every item of it: a accept, r refuse, * some of both. The last column
# says why those who differ do.
DIFFERENCES = {
    'deterministic':      'aaa',  # the same value everywhere
    'keys in any order':  'aaa',  # the order is free where nothing else is said
    'depth 15 and 16':    'aaa',
    'large negative':     'aaa',
    'tag':                'aar',  # cborg knows no tag without being told
    'tag with a meaning': 'a*r',  # Cairn knows no meanings; cbor2 makes dates and numbers of some, or fails
    'depth 17 and 18':    'raa',  # Cairn's own limit
    'over 256 pairs':     'raa',  # Cairn's own limit
    'longer head':        'raa',  # RFC 8949, 4.2.1: preferred, not required
    'indefinite':         'raa',  # arrays and maps. RFC 8949, 4.2.1 forbids it in deterministic encoding only
    'indefinite string':  'rar',  # the same; cborg has none
    'duplicate key':      'raa',  # RFC 8949, 5.6 leaves it to the decoder; the last one wins
    'float':              'raa',  # well-formed; no format of Cairn's has one
    'undefined':          'raa',  # well-formed; no format of Cairn's has one
    'other simple value': 'rar',  # well-formed; cborg has none but four
    'key of other type':  'ra*',  # well-formed; Cairn's keys are integers, text and bytes; tags see above
    'trailing bytes':     'rar',  # cbor2 reads the first item of a stream
    'bad UTF-8':          'rra',  # not valid; cborg puts U+FFFD
    'truncated':          'rrr',
    'reserved head':      'rrr',  # additional information 28 to 30
    'break alone':        'ra*',  # not well-formed; cbor2 gives an object for it, cborg an object inside of arrays
}

TEXTS = ['', 'a', 'é', '漢字', '\U0001f600', 'level', 'x' * 300, '\u0000', '\ud7ff\ue000']
BAD_TEXTS = [b'\xff', b'\xc0\x80', b'\xed\xa0\x80', b'\xf4\x90\x80\x80', b'a\x80', b'\xe2\x82', b'\xf8\x88\x80\x80\x80',
             b'\xe0\x80\xaf', b'\xf0\x80\x80\xaf', b'\xc1\xbf']
MEANINGS = [0, 1, 2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 100, 256, 258, 260, 261, 1004, 43000, 55799]


def integer(r):
    return r.choice([r.randrange(24), r.randrange(256), r.randrange(1 << 16), r.randrange(1 << 32),
                     r.randrange(1 << 53), (1 << r.choice([8, 16, 32])) - r.randrange(2)])


def value(r, depth):
    kind = r.randrange(8 if depth else 6)
    if kind == 0:
        return integer(r)
    if kind == 1:
        return -1 - integer(r)
    if kind == 2:
        return r.randbytes(r.choice([0, 1, 23, 24, 32, 255, 256]))
    if kind == 3:
        return r.choice(TEXTS)
    if kind in (4, 5):
        return r.choice([True, False, None])
    if kind == 6:
        return [value(r, depth - 1) for _ in range(r.randrange(5))]
    keys = {r.choice([integer(r), -1 - integer(r), r.choice(TEXTS), r.randbytes(3)]) for _ in range(r.randrange(5))}
    return {k: value(r, depth - 1) for k in sorted(keys, key=encode)}


def nested(r, depth, inner):
    """The item inside that many arrays and maps."""
    for _ in range(depth):
        inner = b'\x81' + inner if r.random() < 0.5 else b'\xa1' + encode(r.randrange(100)) + inner
    return inner


def longer_head(r):
    size = r.choice([1, 2, 4, 8])
    n = r.randrange(24 if size == 1 else 1 << 4 * size)
    major = r.choice([0, 1]) if n > 30 else r.choice([0, 1, 2, 3, 4, 5])
    body = b''
    if major in (2, 3, 4):
        body = (b'a', b'a', b'\x00')[major - 2] * n
    elif major == 5:
        body = b''.join(encode(i) + b'\x00' for i in range(n))
    return bytes([major << 5 | 23 + size.bit_length()]) + n.to_bytes(size, 'big') + body


def generate(r, name):
    plain = encode(value(r, 3))
    if name in ('deterministic', 'tag', 'tag with a meaning', 'large negative'):
        if name == 'deterministic':
            return plain
        if name == 'large negative':
            return encode(r.choice([-(1 << 64), -(1 << 63), -(1 << 63) - 1, -1 - r.randrange(1 << 62, 1 << 64)]))
        number = r.choice(MEANINGS) if name != 'tag' else r.choice([6, 18, 61, 62, 99, 1 << 20, 1 << 40])
        return head(6, number) + plain
    if name == 'keys in any order':
        keys = r.sample([*range(-9, 30), *'abcdefgh'], 5)
        return encode({k: value(r, 1) for k in keys})
    if name.startswith('depth'):
        return nested(r, r.choice([15, 16] if '15' in name else [17, 18]), encode(integer(r)))
    if name == 'over 256 pairs':
        return encode({i: None for i in range(r.randint(257, 300))})
    if name == 'duplicate key':
        k = encode(r.choice([5, -5, 'key', 500, 'x' * 30]))
        others = [encode(k2) + b'\x00' for k2 in r.sample(range(1000, 2000), r.randrange(4))]
        pairs = [k + b'\x01', k + b'\x02', *others]
        r.shuffle(pairs)
        return head(5, len(pairs)) + b''.join(pairs)
    if name == 'key of other type':
        key = r.choice([b'\xf5', b'\xf6', b'\x80', b'\x81\x01', b'\xa0', b'\xc6\x01', b'\xfb' + bytes(8)])
        return b'\xa1' + key + b'\x01'
    if name == 'truncated':
        # A number or an empty thing cannot be cut; an array of two things can.
        whole = b'\x82' + plain + encode(value(r, 1))
        return whole[:r.randrange(len(whole))] if r.random() < 0.9 else b'\x9b' + r.randbytes(8)
    if name == 'trailing bytes':
        return plain + r.choice([b'\x00', b'\xf6', b'\xa0', plain])
    core = {
        'longer head': lambda: longer_head(r),
        'indefinite': lambda: r.choice([b'\x9f\xff', b'\x9f\x01\xff', b'\xbf\xff', b'\xbf\x01\x02\xff']),
        'indefinite string': lambda: r.choice([b'\x5f\xff', b'\x5f\x41a\xff', b'\x7f\x61a\x61b\xff']),
        'float': lambda: r.choice([b'\xf9\x3c\x00', b'\xfa\x3f\x80\x00\x00', b'\xfb\x3f\xf0' + bytes(6),
                                   b'\xf9\x7c\x00', b'\xf9\x80\x00']),
        'undefined': lambda: b'\xf7',
        'other simple value': lambda: r.choice([bytes([0xe0 + r.randrange(20)]), bytes([0xf8, r.randrange(32, 256)])]),
        'bad UTF-8': lambda: (lambda b: head(3, len(b)) + b)(r.choice(BAD_TEXTS)),
        'reserved head': lambda: bytes([r.randrange(8) << 5 | r.choice([28, 29, 30])]) + plain,
        'break alone': lambda: b'\xff',
    }[name]()
    return nested(r, r.randrange(3), core)


def cairn(items):
    program = pathlib.Path(os.environ['CAIRN_BIN']) / 'cairn-cbor-check'
    done = subprocess.run([program], input=''.join(i.hex() + '\n' for i in items), text=True, check=True, timeout=100,
                          stdout=subprocess.PIPE)
    words = done.stdout.split('\n')[:-1]
    assert len(words) == len(items) and set(words) <= {'accept', 'refuse'}
    return [w == 'accept' for w in words]


def own(item):
    try:
        return True, cbor(item)
    except Refused:
        return False, None


def of_cbor2(item):
    try:
        return True, cbor2.loads(item)
    except Exception:  # whatever a decoder throws is a refusal
        return False, None


CBORG = """
import { decode } from 'cborg'
import readline from 'node:readline'
for await (const line of readline.createInterface({ input: process.stdin })) {
  try { decode(Buffer.from(line, 'hex'), { useMaps: true }); console.log('accept') } catch (e) { console.log('refuse') }
}
"""


def of_cborg(items):
    """What cborg says, or None where it cannot be had."""
    if os.environ.get('CAIRN_FULL') != '1' or not shutil.which('npm') or not shutil.which('node'):
        return None
    with tempfile.TemporaryDirectory() as folder:
        try:
            got = subprocess.run(['npm', 'install', '--no-audit', '--no-fund', 'cborg@4'], cwd=folder, timeout=120,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return None
        if got.returncode != 0:
            return None
        script = pathlib.Path(folder) / 'check.mjs'
        script.write_text(CBORG)
        done = subprocess.run(['node', script], input=''.join(i.hex() + '\n' for i in items), text=True, timeout=300,
                              stdout=subprocess.PIPE, check=True)
        version = json.loads((pathlib.Path(folder) / 'node_modules/cborg/package.json').read_text())['version']
        print(f'cborg {version}')
    return [w == 'accept' for w in done.stdout.split('\n')[:-1]]


def plain_of(v):
    """A value of cbor2 as second_decoder.py has it, as text."""
    if isinstance(v, cbor2.CBORTag):
        return f'tag {v.tag} {plain_of(v.value)}'
    if isinstance(v, Tag):
        return f'tag {v.number} {plain_of(v.value)}'
    if isinstance(v, dict):
        return '{' + ' '.join(f'{plain_of(k)}:{plain_of(x)}' for k, x in v.items()) + '}'
    if isinstance(v, (list, tuple)):
        return '[' + ' '.join(map(plain_of, v)) + ']'
    return f'{type(v).__name__} {v!r}'


def letter(accepted):
    return '*' if len(accepted) > 1 else 'a' if True in accepted else 'r'


def flipped(r, item):
    b = bytearray(item or b'\x00')
    b[r.randrange(len(b))] ^= 1 << r.randrange(8)
    return bytes(b)


def main():
    r = random.Random(int(os.environ.get('CAIRN_SEED', '1')))
    names = list(DIFFERENCES)
    items = [(name, generate(r, name)) for _ in range(400) for name in names]
    said = cairn([item for _, item in items])
    third = of_cborg([item for _, item in items])
    seen = collections.defaultdict(lambda: [set(), set(), set()])
    for i, (name, item) in enumerate(items):
        mine, v = own(item)
        assert mine == said[i], f'{name} {item.hex()}: Cairn {said[i]}, second_decoder.py {mine}'
        theirs, w = of_cbor2(item)
        seen[name][0].add(said[i])
        seen[name][1].add(theirs)
        if third:
            seen[name][2].add(third[i])
        if DIFFERENCES[name].startswith('aa'):
            assert plain_of(v) == plain_of(w), f'{name} {item.hex()}: other values'
    found = {name: ''.join(map(letter, seen[name][:3 if third else 2])) for name in names}
    other = [f'{name}: {f}, the table has {DIFFERENCES[name]}' for name, f in found.items()
             if f != DIFFERENCES[name][:len(f)]]
    assert not other, other
    # A bit more or less: nobody knows which class that makes, the two strict decoders still agree.
    broken = [flipped(r, item) for _, item in items[:4000]]
    for item, accepted in zip(broken, cairn(broken)):
        assert own(item)[0] == accepted, f'flipped {item.hex()}: Cairn {accepted}'
    print(f'{len(items)} items of {len(names)} classes, {len(broken)} with a flipped bit; '
          + ('with cborg' if third else 'without cborg'))


main()
