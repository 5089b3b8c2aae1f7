#!/usr/bin/env python3
"""Reads the source: layers, banned calls, columns, words, the top level.

Each rule is provoked first, on a source tree made for it; a rule that does not notice fails the test.
What is allowed where stands in the tables below."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

PURE = ['log/base', 'log/tree', 'log/note', 'log/statement', 'log/index', 'log/admit', 'log/evidence']

# Folder -> folders whose headers it may include. A file belongs to the longest folder that begins its path.
LAYERS = {folder: PURE[:i + 1] for i, folder in enumerate(PURE)}
LAYERS |= {
    'log/store': ['log/base', 'log/tree', 'log/statement', 'log/index', 'log/store'],
    'server/net': ['log/base', 'server/net'],
    'server/shell': ['log/base', 'server/shell'],
    'server/node': ['log', 'server/net', 'server/shell', 'server/node'],
    'server': ['log', 'server'],
    'witness': PURE + ['server/net', 'server/shell', 'witness'],
    'client': PURE + ['server/shell', 'client'],
    'tests': ['log', 'server', 'witness', 'client', 'tests'],
    'bench': ['log', 'server', 'witness', 'client', 'bench'],
}

# What the pure folders may include of the system, beyond PLAIN: header -> the one file.
PLAIN = ['stdbool.h', 'stddef.h', 'stdint.h', 'string.h', 'limits.h']
PURE_SYSTEM = {'stdlib.h': 'log/base/base.c', 'sodium.h': 'log/base/sign.c', 'openssl/sha.h': 'log/base/hash.c',
               'endian.h': 'log/base/hash.c'}

# Header -> where it may be included.
SYSTEM = {
    'uv.h': ['server/', 'witness/', 'tests/', 'bench/'],
    'llhttp.h': ['server/net/', 'tests/fuzz/'],
    'lmdb.h': ['log/store/', 'tests/store/', 'bench/'],
    'curl/curl.h': ['server/net/', 'client/', 'tests/'],
    'jansson.h': ['client/', 'witness/follow.c', 'tests/'],
    'zlib.h': ['server/node/', 'tests/'],
    'cmocka.h': ['tests/'],
    'assert.h': [],  # ASSERT stays on in release; assert does not.
}

# What the code must not say -> where it may all the same.
SHELLS = ['log/store/', 'server/', 'witness/', 'client/', 'tests/', 'bench/']
BANNED = [
    (r'\b(malloc|calloc|realloc|free|strdup|strndup|asprintf)\s*\(', SHELLS),
    (r'\btime\s*\(', ['server/node/node.c', 'witness/', 'client/', 'tests/', 'bench/']),
    (r'\b(rand|random|srand|drand48|rand_r)\s*\(', []),
    (r'\b(strcpy|strcat|strncpy|strncat|stpcpy|sprintf|vsprintf|gets|strtok)\s*\(', []),
    (r'\b(atoi|atol|atoll|atof)\s*\(', []),
    (r'\b(alloca|system|popen)\s*\(', []),
    (r'\b(setjmp|longjmp)\s*\(', ['tests/']),
    (r'\bMDB_(NOSYNC|NOMETASYNC|MAPASYNC|WRITEMAP)\b', ['tests/store/']),
    (r'\bgoto\b', ['log/store/', 'server/', 'witness/', 'client/', 'tests/', 'bench/']),
    (r'\btypedef\s+(struct|union)\b', []),
    (r'\bNDEBUG\b', []),
    # What is cleaned up at the end has a value from the start: a return may stand between.
    (r'(?<![^\n]) +[A-Z][A-Z_]+ \w+;', []),
    (r'(?<![^\n]) [^\n]*\bcleanup\(\w+\)\)\)[^;{}=]*;', []),
]

COLUMNS_MAX = 120
LONG_LINES = ['log/base/err.h']  # one row, one line
BYTES = ['tests/fuzz/corpus/']  # what programs are given to read; nobody wrote it

TOP_LEVEL = {'CMakeLists.txt', 'log', 'server', 'client', 'witness', 'tests', 'bench', 'docs',
             'CMakePresets.json', 'dev', '.ci', '.clang-format', '.clang-tidy', '.gitignore', 'LICENSE', 'README.md',
             '.github', '.gitattributes'}

# Spelt in halves, as this file is read too.
WORDS = re.compile(r'\b(' + '|'.join(['FIX' 'ME', 'TO' 'DO', 'XX' 'X', 'HA' 'CK']) + r')\b')
MACHINE = re.compile('/wo' 'rk/|/ro' 'ot/|/home/[a-z]+/')

TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|' r"'(?:\\.|[^'\\\n])*'", re.S)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.M)


def blank(match):
    return re.sub(r'[^\n]', ' ', match.group(0))


def without_comments(text):
    return TOKEN.sub(lambda m: blank(m) if m.group(0)[0] == '/' else m.group(0), text)


def code_only(text):
    return TOKEN.sub(blank, text)


def line_of(text, at):
    return text.count('\n', 0, at) + 1


def begins(path, folders):
    return any(path == f or path.startswith(f if f.endswith('/') else f + '/') for f in folders)


def check_includes(path, text):
    folder = max((f for f in LAYERS if begins(path, [f])), key=len, default=None)
    clean = without_comments(text)
    for m in INCLUDE.finditer(clean):
        kind, header = m.groups()
        line = line_of(clean, m.start())
        if kind == '"' and (folder is None or not begins(header, LAYERS[folder])):
            yield line, 'layers', f'{folder} must not include "{header}"'
        if kind == '<' and header in SYSTEM and not begins(path, SYSTEM[header]):
            yield line, 'system', f'<{header}> does not belong here'
        if kind == '<' and begins(path, PURE) and header not in PLAIN and PURE_SYSTEM.get(header) != path:
            yield line, 'pure', f'pure code must not include <{header}>'


def check_banned(path, text):
    code = code_only(text)
    for pattern, allowed in BANNED:
        if begins(path, allowed):
            continue
        for m in re.finditer(pattern, code):
            yield line_of(code, m.start()), 'banned', m.group(0)


def check_text(path, text):
    if begins(path, BYTES):
        return
    for number, line in enumerate(text.split('\n'), 1):
        if len(line) > COLUMNS_MAX and path not in LONG_LINES and not path.endswith(('.md', '.json', 'LICENSE')):
            yield number, 'columns', f'{len(line)} columns'
        if '\t' in line and path.endswith(('.c', '.h', '.py', '.sh')):
            yield number, 'tab', 'a tab'
        if WORDS.search(line):
            yield number, 'word', WORDS.search(line).group(0)
        if MACHINE.search(line):
            yield number, 'machine', MACHINE.search(line).group(0)


def check_headers_used(files):
    """A header that nothing includes is dead."""
    used = {m.group(2) for text in files.values() for m in INCLUDE.finditer(text)}
    for path in files:
        if path.endswith('.h') and path not in used:
            yield path, 1, 'dead', 'no file includes it'


def check_top_level(files):
    for name in sorted({path.split('/')[0] for path in files} - TOP_LEVEL):
        yield name, 1, 'top-level', 'does not belong at the top level'


def source_files(root):
    """Every file that git has or would take, or every file when there is no git; those that are text."""
    listing = subprocess.run(['git', '-C', root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'],
                             capture_output=True)
    if listing.returncode == 0:
        paths = listing.stdout.decode().split('\0')
    else:
        paths = [str(p.relative_to(root)) for p in pathlib.Path(root).rglob('*')]
        paths = [p for p in paths if p.split('/')[0] not in ('build', 'tour', '.git')]
    files = {}
    for path in sorted(set(paths)):
        full = os.path.join(root, path)
        if path and os.path.isfile(full):
            data = open(full, 'rb').read()
            if b'\0' not in data:
                files[path] = data.decode('utf-8', 'replace')
    return files


def problems(root):
    files = source_files(root)
    found = list(check_top_level(files)) + list(check_headers_used(files))
    for path, text in files.items():
        checks = [check_text]
        if path.endswith(('.c', '.h')):
            checks += [check_includes, check_banned]
        for check in checks:
            found += [(path, *problem) for problem in check(path, text)]
    return found


# Rule, file, contents: each must be noticed, by its rule and no other.
PROVOCATIONS = [
    ('layers', 'log/base/a.c', '#include "log/tree/merkle.h"\n'),
    ('layers', 'log/tree/a.c', '  #  include "log/note/note.h"\n'),
    ('layers', 'log/index/a.c', '#include "log/store/store.h"\n'),
    ('layers', 'log/store/a.c', '#include "log/admit/fold.h"\n'),
    ('layers', 'log/evidence/a.c', '#include "server/net/http.h"\n'),
    ('layers', 'server/net/a.c', '#include "log/tree/merkle.h"\n'),
    ('layers', 'server/net/a.c', '#include "server/node/node.h"\n'),
    ('layers', 'client/a.c', '#include "log/store/store.h"\n'),
    ('layers', 'witness/a.c', '#include "server/node/node.h"\n'),
    ('layers', 'log/base/a.c', '#include "base.h"\n'),
    ('system', 'client/a.c', '#include <uv.h>\n'),
    ('system', 'server/node/a.c', '#include <lmdb.h>\n'),
    ('system', 'server/node/a.c', '#include <assert.h>\n'),
    ('system', 'server/node/a.c', '#include <jansson.h>\n'),
    ('pure', 'log/tree/a.c', '#include <stdio.h>\n'),
    ('pure', 'log/tree/a.c', '#include <stdlib.h>\n'),
    ('pure', 'log/note/a.c', '#include <sodium.h>\n'),
    ('banned', 'log/tree/a.c', 'void f(void) { p = malloc(3); }\n'),
    ('banned', 'log/tree/a.c', 'void f(void) { free (p); }\n'),
    ('banned', 'log/store/a.c', 'long f(void) { return time(NULL); }\n'),
    ('banned', 'server/node/a.c', 'int f(void) { return rand(); }\n'),
    ('banned', 'client/a.c', 'void f(void) { strcpy(a, b); }\n'),
    ('banned', 'client/a.c', 'void f(void) { strcat(a, b); }\n'),
    ('banned', 'client/a.c', 'void f(void) { sprintf(a, "%s", b); }\n'),
    ('banned', 'tests/client/a.c', 'int f(void) { return atoi("7"); }\n'),
    ('banned', 'log/store/a.c', 'int flags = MDB_NOSYNC;\n'),
    ('banned', 'log/store/a.c', 'int flags = MDB_NOTLS | MDB_NOMETASYNC;\n'),
    ('banned', 'log/store/a.c', 'int flags = MDB_MAPASYNC;\n'),
    ('banned', 'log/store/a.c', 'int flags = MDB_WRITEMAP;\n'),
    ('banned', 'log/tree/a.c', 'void f(void) { goto fail; }\n'),
    ('banned', 'server/a.c', 'typedef struct x y;\n'),
    ('banned', 'server/a.c', '#ifdef NDEBUG\n#endif\n'),
    ('banned', 'client/a.c', 'void f(void)\n{\n    FETCH answer;\n}\n'),
    ('banned', 'client/a.c', ' struct x *x __attribute__((cleanup(g)));\n'),
    ('columns', 'log/tree/a.c', '/* ' + 'a' * 115 + ' */\n'),
    ('columns', 'tests/tidy/a.py', '#' * 121 + '\n'),
    ('tab', 'log/tree/a.c', 'int\tx;\n'),
    ('word', 'log/tree/a.c', '/* FIX' 'ME */\n'),
    ('word', 'docs/a.md', 'TO' 'DO: more\n'),
    ('word', 'dev', '# XX' 'X\n'),
    ('word', 'CMakeLists.txt', '# a HA' 'CK\n'),
    ('machine', 'docs/a.md', 'see /wo' 'rk/main\n'),
    ('machine', 'dev', 'cd /ro' 'ot/x\n'),
    ('dead', 'log/tree/a.h', 'int x;\n'),
    ('top-level', 'notes.txt', 'a\n'),
    ('top-level', 'src/a.c', 'int x;\n'),
]

# File, contents: nothing of this may be noticed.
INNOCENT = [
    ('log/tree/a.c', '#include <stdint.h>\n#include "log/base/base.h"\n#include "log/tree/merkle.h"\n'),
    ('log/base/base.c', '#include <stdlib.h>\n'),
    ('log/store/b.c', '#include <lmdb.h>\n#include "log/index/trie.h"\nvoid f(void) { free(p); }\n'),
    ('server/node/b.c', '#include <uv.h>\n#include "log/evidence/verdict.h"\n#include "server/net/http.h"\n'),
    ('log/note/b.c', '/* malloc(3) and time(2), goto\n * atoi(x) #include <uv.h> */\n'
                     'const char *s = "free(it) // rand()";\n'),
    ('log/note/c.c', "char quote = '\"'; /* strcpy(a, b) */ char other = '\\'';\nint timeout(int last_time);\n"),
    ('log/base/err.h', '#define ROW ' + 'x' * 130 + '\n#include "log/base/err.h"\n'),
    ('tests/fuzz/corpus/cbor/a', 'XX' 'X' * 99 + '\t/ro' 'ot/x'),
    ('docs/a.md', 'a long line ' * 20 + '\nhttps://example.org/network/\n'),
    ('log/note/d.c', 'int x; /* ' + 'é' * 100 + ' */\n'),
]


def planted(files):
    with tempfile.TemporaryDirectory() as root:
        for path, text in files:
            full = os.path.join(root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, 'w', encoding='utf-8') as f:
                f.write(text)
        return problems(root)


def self_check():
    failed = [f'noticed in innocent code: {p}' for p in planted(INNOCENT)]
    for rule, path, text in PROVOCATIONS:
        noticed = {p[2] for p in planted([(path, text)])}
        if noticed != {rule}:
            failed.append(f'{path} with {text!r}: expected {rule}, noticed {noticed or "nothing"}')
    return failed


def main():
    failed = self_check()
    for line in failed:
        print(f'self-check: {line}')
    print(f'{len(PROVOCATIONS)} violations provoked, {len(PROVOCATIONS) - len(failed)} noticed')
    root = os.environ.get('CAIRN_SOURCE') or str(pathlib.Path(__file__).resolve().parents[2])
    found = problems(root)
    for path, line, rule, message in found:
        print(f'{path}:{line}: {rule}: {message}')
    print(f'{len(source_files(root))} files read, {len(found)} problems')
    sys.exit(1 if failed or found else 0)


main()
