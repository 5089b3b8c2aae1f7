#!/usr/bin/env python3
"""docs/formats.md names what the code has: labels, purposes, kinds, verdicts, settings, addresses, tables. And its
known answers are what the definitions beside them give, computed here with nothing of Cairn's."""
import base64
import hashlib
import os
import pathlib
import re
import sys

ROOT = pathlib.Path(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2])


def sections(page):
    """Number of a section -> its text, what stands under its own sections included."""
    parts = re.split(r'^## (\d+)\. ', page, flags=re.M)
    return {int(parts[i]): parts[i + 1] for i in range(1, len(parts), 2)}


def source(path):
    return (ROOT / path).read_text()


def found_in(path, pattern):
    found = re.findall(pattern, source(path), re.M)
    if not found:
        raise ValueError(f'{path} has nothing of {pattern}')
    return found


def table_words(path, array):
    """First strings of the rows of a C table."""
    text = source(path)
    begin = text.index(array)
    return re.findall(r'^\s*\{"([^"]+)"', text[begin:text.index('};', begin)], re.M)


def number(text):
    """The number, not as a part of another one; a minus sign in print counts."""
    return r'(?<![\d.,])' + re.escape(text).replace(r'\-', '[-\u2212]') + r'(?![\d])'


def wanted():
    """(section or None for anywhere, pattern, what it is)"""
    labels = found_in('log/statement/labels.h', r'^#define (?:LABEL|CLAIM|ALG|VDS|VDP)_\w+ \(?(-?\d+)\)?$')
    want = [(None, number(n), f'label {n}') for n in labels]
    for name, n in found_in('log/statement/labels.h', r'^#define (PURPOSE_\w+) (\d+)U$'):
        want.append((2, rf'^\| {n} \| ', name))
    for kind in found_in('log/statement/labels.h', r'^#define TYP_\w+ TYP_PREFIX "([^"]+)"$'):
        want.append((3, re.escape(f'`application/vnd.cairn.{kind}`'), kind))
    for letter in found_in('log/index/key.h', r"^\s*INDEX_\w+ = '(\w)'"):
        want.append((9, rf'^\| `{letter}` \| {ord(letter):x} \| ', f'index kind {letter}'))
    want.append((14, ''.join(rf'\| {e} \| `{w}` \|\n' for w, e in found_in(
        'log/evidence/verdict.h', r'X\(\w+, "([^"]+)", (\d)\)')), 'the verdicts in their order'))
    for word in table_words('log/evidence/trust.c', 'takers[]'):
        want.append((13, rf'`{word} ', f'trust line {word}'))
    for path in ('server/node/config.c', 'witness/settings.c'):
        for word in table_words(path, 'settings[] = {'):
            want.append((13, rf'^\| `{word}` \| ', f'setting {word}'))
    for path in table_words('server/node/routes.c', '} rows[]'):
        after = '[{…a-z]' if path.endswith('/') and path != '/' else '[`?]'
        want.append((15, rf'`(GET|POST) {re.escape(path)}{after}', f'address {path}'))
    for tables in found_in('log/store/store_lmdb.c', r'\.tables = \{([^}]+)\}'):
        want += [(17, rf'^\| `{t}` \| ', f'table {t}') for t in re.findall(r'"(\w+)"', tables)]
    for reason in found_in('log/statement/status.c', r'^    "([a-z-]+)",$'):
        want.append((4, rf'\d\s+{reason}\b', f'status reason {reason}'))
    return want


def missing(page, want):
    parts = sections(page)
    return [what for section, pattern, what in want
            if re.search(pattern, page if section is None else parts.get(section, ''), re.M) is None]


# ---- known answers ----


def known(page):
    """Name -> value, of the block of section 19. A value may go on in indented lines."""
    block = sections(page)[19].split('```')[1]
    block = re.sub(r'\n {4,}', '', block)
    return dict(re.match(r'(.+?)\s+= *(.*)', line).groups() for line in block.strip().split('\n') if line)


def h(*parts):
    return hashlib.sha256(b''.join(parts)).digest()


def head(major, n):
    return bytes([major << 5 | n]) if n < 24 else bytes([major << 5 | 24, n])


def index_key(kind, *components):
    c = [x.encode() for x in components]
    first = h(b'\x13', kind, *c[:1])
    return first if len(c) < 2 else first[:16] + h(b'\x15', kind, c[1])[:16]


def computed(k):
    def raw(name):
        return bytes.fromhex(k[name])

    kid = h(raw('key.cose'))
    b64 = base64.urlsafe_b64encode(kid).decode().rstrip('=')
    protected, payload, signature = (raw('statement.' + part) for part in ('protected', 'payload', 'signature'))
    canonical = b'\xd2\x84' + head(2, len(protected)) + protected + b'\xa0' + head(2, len(payload)) + payload
    canonical += head(2, 64) + signature
    leaves = [h(b'\0', n.to_bytes(8, 'big'), raw(f'list.{n}')) for n in (49, 55)]
    halves = [h(b'\x10', raw(f'trie.K{i}'), raw(f'trie.V{i}')) for i in (1, 2)]
    answer = {
        'key.cose': bytes.fromhex('a301012006215820') + raw('key.x'),
        'key.kid': kid,
        'statement.id': h(canonical),
        'statement.leaf': h(b'\0', h(canonical)),
        'K of G': index_key(b'G'),
        'K of P acme': index_key(b'P', 'acme'),
        'list.V': (2).to_bytes(8, 'big') + h(b'\x01', *leaves),
        'trie.root': h(b'\x11', b'\0', bytes(32), *halves),
    }
    for iss in ('acme', 'north'):
        answer[f'K of S sub-4t7q9mzk2f6x {iss}'] = index_key(b'S', 'sub-4t7q9mzk2f6x', iss)
    answer = {name: value.hex() for name, value in answer.items()}
    return answer | {'key.iss': 'urn:ietf:params:oauth:ckt:sha-256:' + b64, 'key.short': 'ckt:' + b64}


def wrong_answers(page):
    have = known(page)
    return [f'known answer {name}: {value} computed' for name, value in computed(have).items() if have[name] != value]


def self_check(page, want):
    """An empty page lacks everything; a page with one digit changed has a wrong answer."""
    lacking = len(missing('', want)) == len(want)
    digit = re.search(r'(statement\.payload\s+= )(.)', page)
    changed = page[:digit.start(2)] + ('b' if digit.group(2) == 'a' else 'a') + page[digit.end(2):]
    return lacking and len(wrong_answers(changed)) > 0


def main():
    page = source('docs/formats.md')
    want = wanted()
    problems = missing(page, want) + wrong_answers(page)
    if not self_check(page, want):
        problems.append('self-check: an error went unnoticed')
    for problem in problems:
        print(f'docs/formats.md: {problem}')
    print(f'{len(want)} things of the code looked for, {len(computed(known(page)))} answers computed')
    sys.exit(1 if problems else 0)


main()
