#!/usr/bin/env python3
"""Every check that a verifier of the index makes is needed: without it, some test of lies fails.

Each row takes one check out of a copy of a source; the copy is compiled and linked in front of the libraries, with the
tests named first in the row's group. A text that does not stand in its source, or in the function named behind it,
exactly once fails the test."""
import concurrent.futures
import itertools
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(os.environ['CAIRN_SOURCE'])
BUILD = pathlib.Path(os.environ['CAIRN_BUILD'])
REFUSE = ' return ERR_BAD_PROOF;'

# Programs that may notice, then (file, text, what stands in its place[, function]).
LIES = ['test_index_hostile_slow', 'test_index_malformed_slow']
SEALS = ['test_evidence_seal']
PAGES = ['test_evidence_page']
PATH, LIST, OPENED = 'log/index/trie_path.c', 'log/index/list.c', 'log/index/opened.c'
CHECK, CHECK_INDEX = 'log/evidence/check.c', 'log/evidence/check_index.c'
PAGE, CBOR = 'log/evidence/page.c', 'log/base/cbor.c'

GROUPS = [
    (LIES, [
        # One path: bits fall strictly, below the prefix's; the count; the root; the zero root.
        (PATH, 'if (bit >= limit)' + REFUSE, ''),
        (PATH, 'if (bit >= limit)', 'if (bit > limit)'),
        (PATH, 'limit = bit;', ''),
        (PATH, 'return hash_equal(&h, root) ? ERR_OK : ERR_BAD_PROOF;', 'return ERR_OK;'),
        (PATH, 'if (is_zero(root) || list_count(value) == 0)' + REFUSE, 'if (is_zero(root))' + REFUSE),
        (PATH, 'TRY(trie_presence_verify(other, value, path, root));', ''),
        (PATH, 'if (path->step[i].bit == fork)' + REFUSE, ''),
        (PATH, 'return is_zero(root) && path->count == 0 ?', 'return path->count == 0 ?', 'trie_absence_verify'),
        (PATH, 'return is_zero(root) && path->count == 0 ?', 'return is_zero(root) ?', 'trie_absence_verify'),
        (PATH, 'if (hash_equal(key, other))' + REFUSE, ''),
        # A prefix: its bits, a leaf, counts, under it, rising, no branch under it.
        (PATH, 'return bits >= 128 && bits <= 255;', 'return bits <= 255;'),
        (PATH, 'return bits >= 128 && bits <= 255;', 'return bits >= 128;'),
        (PATH, 'if (!prefix_bits_good(bits) || count == 0 || is_zero(root))',
         'if (!prefix_bits_good(bits) || is_zero(root))'),
        (PATH, 'if (!prefix_bits_good(bits) || count == 0 || is_zero(root))', 'if (count == 0 || is_zero(root))'),
        (PATH, 'if (list_count(&leaves[i].value) == 0)' + REFUSE, ''),
        (PATH, 'if (trie_fork(prefix, &leaves[i].key) < bits)' + REFUSE, ''),
        (PATH, 'if (i > 0 && hash_compare(&leaves[i - 1].key, &leaves[i].key) >= 0)' + REFUSE, ''),
        (PATH, '&leaves[i].key) >= 0)', '&leaves[i].key) > 0)'),
        (PATH, 'return path_check(&leaves[0].key, &subtree, bits, path, root);',
         'return path_check(&leaves[0].key, &subtree, TRIE_LEAF, path, root);'),
        # The absence of a prefix.
        (PATH, 'if (!prefix_bits_good(bits)) return ERR_BAD_PROOF;', ''),
        (PATH, 'return is_zero(root) && path->count == 0 ?', 'return path->count == 0 ?', 'trie_prefix_absence_verify'),
        (PATH, 'return is_zero(root) && path->count == 0 ?', 'return is_zero(root) ?', 'trie_prefix_absence_verify'),
        (PATH, 'if (fork >= bits)' + REFUSE, ''),
        # A list.
        (LIST, 'if (count == 0 || count > TREE_SIZE_MAX)', 'if (count > TREE_SIZE_MAX)'),
        (LIST, 'if (items[i].position >= covers)' + REFUSE, ''),
        (LIST, 'if (items[i].position >= covers)', 'if (items[i].position > covers)'),
        (LIST, 'if (i > 0 && items[i].position <= items[i - 1].position)' + REFUSE, ''),
        (LIST, 'items[i].position <= items[i - 1].position', 'items[i].position < items[i - 1].position'),
        # Several keys: bits rise, are bits; a leaf on its way, asked for, of a count.
        (OPENED, 'if (bit < least || bit >= TRIE_LEAF)', 'if (bit >= TRIE_LEAF)'),
        (OPENED, 'if (bit < least || bit >= TRIE_LEAF)', 'if (bit + 1 < least || bit >= TRIE_LEAF)'),
        (OPENED, 'if (bit < least || bit >= TRIE_LEAF)', 'if (bit < least)'),
        (OPENED, 'if (list_count(&value) == 0)' + REFUSE, ''),
        (OPENED, 'if (!way_leads(&k->way, &ret->key))' + REFUSE, ''),
        (OPENED, 'if (!asked)' + REFUSE, ''),
        (OPENED, 'if (bytes.len != 32)' + REFUSE, ''),
        (OPENED, 'if (way_asked(&k->way, k->keys, k->count)) k->incomplete = true;', ''),
        # A node: something opened below it, and what was opened parts there; then the whole.
        (OPENED, 'if (!left->opened && !half->opened)' + REFUSE, ''),
        (OPENED, 'if (left->opened && half->opened && trie_fork(&left->key, &half->key) != bit)' + REFUSE, ''),
        (OPENED, 'if (items != promised || !hash_equal(&half.hash, root))', 'if (!hash_equal(&half.hash, root))'),
        (OPENED, 'if (items != promised || !hash_equal(&half.hash, root))', 'if (items != promised)'),
        (OPENED, '''ERR_BAD_PROOF;
    return cbor_end(&k->items);''', '''ERR_BAD_PROOF;
    return ERR_OK;'''),
        (OPENED, 'if (hash_equal(root, &zero) != (promised == 0))' + REFUSE, ''),
        (OPENED, '''k->present[i] = false;
    return cbor_end(&k->items);''', '''k->present[i] = false;
    return ERR_OK;'''),
        (OPENED, 'if (count == 0 || check_whole(&k, root) != ERR_OK)', 'if (check_whole(&k, root) != ERR_OK)'),
        (OPENED, 'return k.incomplete ? ERR_INCOMPLETE : ERR_OK;', 'return ERR_OK;'),
    ]),
    (SEALS, [
        # The seal: the last leaf, of the position it says, and what the lists under its root have.
        (CHECK, 'if (check_position(c, last_at(c)) != c->checkpoint.size - 1 || c->kind[last_at(c)] != KIND_SEAL)',
         'if (c->kind[last_at(c)] != KIND_SEAL)'),
        (CHECK, 'if (check_position(c, last_at(c)) != c->checkpoint.size - 1 || c->kind[last_at(c)] != KIND_SEAL)',
         'if (check_position(c, last_at(c)) != c->checkpoint.size - 1)'),
        (CHECK, 'if (seal->covers != position || seal->from_ms > seal->to_ms) return false;', ''),
        (CHECK, 'if (seal->has_previous && check_find(c, seal->previous, &at) && c->kind[at] != KIND_SEAL)',
         'if (false)'),
        (CHECK, 'return seal->previous >= before->covers && seal->from_ms >= before->to_ms;',
         'return seal->from_ms >= before->to_ms;'),
        (CHECK, 'return seal->previous >= before->covers && seal->from_ms >= before->to_ms;',
         'return seal->previous >= before->covers;'),
        (CHECK_INDEX, 'present && memcmp(value.b, proven->b, sizeof(value.b)) == 0 ? ERR_OK', 'present ? ERR_OK'),
        (CHECK_INDEX, 'if (a->count == 0) return present ? ERR_BAD_PROOF : ERR_OK;',
         'if (a->count == 0) return ERR_OK;'),
    ]),
    (PAGES, [
        # The form: bits of a prefix, and nothing behind them.
        (PAGE, 'if (bits < 128 || bits > PAGE_BITS_KEY) return ERR_BAD_EVIDENCE;', ''),
        (PAGE, 'if (trie_bit(&p->key, bit) != 0) return ERR_BAD_EVIDENCE;', ''),
        (CBOR, 'if (there != n) return ERR_CBOR_TYPE;', ''),
        (PAGE, 'return ret->len % size == 0 && ret->len / size <= most ?', 'return ret->len / size <= most ?'),
        (PAGE, 'return cbor_end(c);', 'return ERR_OK;'),
        # The seal: one, the log's, of its own position, in the tree.
        (PAGE, 'if (s.kind != KIND_SEAL || !span_equal(s.iss, seen->checkpoint.origin))' + REFUSE,
         'if (!span_equal(s.iss, seen->checkpoint.origin))' + REFUSE),
        (PAGE, 'if (s.kind != KIND_SEAL || !span_equal(s.iss, seen->checkpoint.origin))' + REFUSE,
         'if (s.kind != KIND_SEAL)' + REFUSE),
        (PAGE, '|| seen->seal.covers != seen->checkpoint.size - 1)', ')'),
        (PAGE, 'return tree_inclusion_verify(&leaf, seen->seal.covers, seen->checkpoint.size, path, count, '
               '&seen->checkpoint.root);', 'return path[0].b[0] == leaf.b[0] && count == 0 ? ERR_BAD_PROOF : ERR_OK;'),
        # Nothing there: and nothing shown.
        (PAGE, 'if (p->rows.len > 0 || p->from > 0 || p->hashes.len > 0)', 'if (p->from > 0 || p->hashes.len > 0)'),
        (PAGE, 'if (p->rows.len > 0 || p->from > 0 || p->hashes.len > 0)', 'if (p->rows.len > 0 || p->hashes.len > 0)'),
        (PAGE, 'if (p->rows.len > 0 || p->from > 0 || p->hashes.len > 0)', 'if (p->rows.len > 0 || p->from > 0)'),
        # Items: rising below the seal, in the list's tree; the list in the trie.
        (PAGE, 'if (item.position >= covers || (i', 'if ((i'),
        (PAGE, ' || (i > 0 && item.position <= page_item(p, i - 1).position))', ')'),
        (PAGE, 'return tree_range_verify(p->from, leaves, count, list_count(value), p->hashes, &root);',
         'return leaves[0].b[0] == root.b[0] ? ERR_BAD_PROOF : ERR_OK;'),
        (PAGE, 'TRY(trie_presence_verify(&leaf.key, &leaf.value, way, &seen->seal.root));', '(void)way;'),
        # A prefix has its leaves and nothing else.
        (PAGE, 'if (p->leaf.len > 0 || p->from > 0 || p->hashes.len > 0)', 'if (p->from > 0 || p->hashes.len > 0)'),
        (PAGE, 'if (p->leaf.len > 0 || p->from > 0 || p->hashes.len > 0)', 'if (p->leaf.len > 0 || p->hashes.len > 0)'),
        (PAGE, 'if (p->leaf.len > 0 || p->from > 0 || p->hashes.len > 0)', 'if (p->leaf.len > 0 || p->from > 0)'),
        (PAGE, 'return trie_prefix_verify(&p->key, p->bits, leaves, count, way, &seen->seal.root);', 'return ERR_OK;'),
    ]),
]


def compiling(source):
    """How the build compiles a source: the words before the names of what comes out and goes in."""
    for entry in json.loads((BUILD / 'compile_commands.json').read_text()):
        if pathlib.Path(entry['file']) == SOURCE / source:
            words = shlex.split(entry['command'])
            return words[:words.index('-o')]
    sys.exit(f'{source}: the build does not compile it')


def linking(program):
    """What the build links a program from, libraries last."""
    objects, libraries = [], []
    words = subprocess.run(['ninja', '-C', BUILD, '-t', 'commands', '-s', f'bin/{program}'], check=True,
                           capture_output=True, text=True).stdout.split()
    for word in words:
        if re.search(r'\.(o|a)$', word) or '.so' in word:
            path = word if word.startswith('/') else str(BUILD / word)
            (objects if word.endswith('.o') else libraries).append(path)
    return objects, libraries


def compiler_of(words):
    return list(itertools.takewhile(lambda word: not word.startswith('-'), words))


def flags_of(words):
    return [w for w in words if w.startswith(('-O', '-g', '-f', '--coverage')) and w not in ('-fPIC', '-fPIE')]


def changed(text, before, after, function):
    """The source without the check; None when that does not stand there exactly once."""
    begin = text.index(f'enum err {function}(') if function else 0
    end = text.index('\n}\n', begin) if function else len(text)
    if text.count(before, begin, end) != 1:
        return None
    return text[:begin] + text[begin:end].replace(before, after) + text[end:]


def notices(folder, number, programs, source, before, after, function=None):
    """The first program that fails without the check, or None."""
    text = changed((SOURCE / source).read_text(), before, after, function)
    if text is None:
        return f'does not stand in {source} exactly once'
    copy, made = folder / f'{number}.c', folder / f'{number}.o'
    copy.write_text(text)
    words = compiling(source)
    subprocess.run([*words, '-Wno-error', '-w', '-o', made, '-c', copy], check=True)
    for program in programs:
        run = folder / f'{number}-{program}'
        objects, libraries = linking(program)
        subprocess.run([*compiler_of(words), *flags_of(words), *objects, made, '-o', run, *libraries], check=True)
        done = subprocess.run([run], env={**os.environ, 'CMOCKA_TEST_ABORT': '1'}, capture_output=True, timeout=300)
        if done.returncode != 0:
            return program
        run.unlink()
    return None


def main():
    rows = [(programs, *row) for programs, group in GROUPS for row in group]
    failed = 0
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        tried = [pool.submit(notices, pathlib.Path(folder), number, *row) for number, row in enumerate(rows)]
        for (programs, *row), result in zip(rows, tried):
            noticed = result.result()
            failed += noticed not in programs
            if noticed not in programs or '-v' in sys.argv:
                print(noticed or 'not noticed', *row, sep=' | ', flush=True)
    print(f'{len(rows)} checks taken out, {len(rows) - failed} noticed')
    sys.exit(1 if failed else 0)


main()
