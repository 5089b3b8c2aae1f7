#!/usr/bin/env python3
"""Asks the linker whether the pure library is pure: whatever its archives leave undefined must be defined in a
lower archive or stand in the list below. Provoked first, with objects compiled for it."""
import os
import pathlib
import subprocess
import sys
import tempfile

# In the order of the layers: each may use those before it.
LAYERS = ['base', 'tree', 'note', 'statement', 'index', 'admit', 'evidence']

ALLOWED = {
    'memcpy', 'memmove', 'memset', 'memcmp', 'memchr', 'bcmp', 'strlen', 'abort',
    # what the compiler adds: hardening, position independence
    '__memcpy_chk', '__memmove_chk', '__memset_chk', '__stack_chk_fail', '_GLOBAL_OFFSET_TABLE_',
    # Ed25519 and wiping; nothing that draws random numbers
    'crypto_core_ed25519_is_valid_point', 'crypto_sign_detached', 'crypto_sign_seed_keypair',
    'crypto_sign_verify_detached', 'sodium_memzero',
    'SHA256_Init', 'SHA256_Update', 'SHA256_Final',
}


def symbols(path):
    """(undefined, defined) of an object or archive."""
    listing = subprocess.run(['nm', '-P', '-g', path], check=True, capture_output=True, text=True).stdout
    undefined, defined = set(), set()
    for line in listing.splitlines():
        words = line.split()
        if len(words) >= 2 and len(words[1]) == 1:
            (undefined if words[1] in 'Uvw' else defined).add(words[0])
    return undefined - defined, defined


def impure(path, below):
    """What `path` uses that is neither allowed nor in `below`."""
    return sorted(symbols(path)[0] - ALLOWED - below)


PROVOCATIONS = [
    ('malloc', '#include <stdlib.h>\nvoid *f(void);\nvoid *f(void) { return malloc(3); }\n'),
    ('time', '#include <time.h>\nlong f(void);\nlong f(void) { return time(0); }\n'),
    ('rand', '#include <stdlib.h>\nint f(void);\nint f(void) { return rand(); }\n'),
    ('open', '#include <fcntl.h>\nint f(void);\nint f(void) { return open("x", O_RDONLY); }\n'),
    ('randombytes_buf', 'void randombytes_buf(void *, unsigned long);\nvoid f(void *p);\n'
                        'void f(void *p) { randombytes_buf(p, 8); }\n'),
    ('mdb_get', 'int mdb_get(void);\nint f(void);\nint f(void) { return mdb_get(); }\n'),
    ('uv_now', 'long uv_now(void);\nlong f(void);\nlong f(void) { return uv_now(); }\n'),
    ('upper_layer', 'int upper_layer(void);\nint f(void);\nint f(void) { return upper_layer(); }\n'),
]
INNOCENT = ('#include <string.h>\nint lower_layer(void);\nunsigned long f(char *a, const char *b);\n'
            'unsigned long f(char *a, const char *b) { memcpy(a, b, 9); return strlen(b) + lower_layer(); }\n')


def compiled(folder, name, text):
    source, made = os.path.join(folder, name + '.c'), os.path.join(folder, name + '.o')
    with open(source, 'w', encoding='utf-8') as f:
        f.write(text)
    subprocess.run([os.environ.get('CC', 'cc'), '-O2', '-c', source, '-o', made], check=True)
    return made


def self_check():
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        found = impure(compiled(folder, 'innocent', INNOCENT), {'lower_layer'})
        if found:
            failed.append(f'innocent code: {found}')
        for name, text in PROVOCATIONS:
            found = impure(compiled(folder, name, text), {'lower_layer'})
            if found != [name]:
                failed.append(f'{name} used, noticed {found}')
    return failed


def main():
    if os.environ.get('CAIRN_SANITIZED') == '1':
        print('a sanitizer adds symbols of its own: purity is checked in the other builds')
        sys.exit(77)
    source = os.environ.get('CAIRN_SOURCE') or str(pathlib.Path(__file__).resolve().parents[2])
    build = os.environ.get('CAIRN_BUILD') or os.path.join(source, 'build/release')
    failed = self_check()
    for line in failed:
        print(f'self-check: {line}')
    print(f'{len(PROVOCATIONS)} impurities provoked, {len(PROVOCATIONS) - len(failed)} noticed')
    below, read = set(), 0
    for layer in LAYERS:
        archive = os.path.join(build, f'libcairn_{layer}.a')
        if not list(pathlib.Path(source, 'log', layer).glob('*.c')):
            continue
        found = impure(archive, below)
        failed += found
        for name in found:
            print(f'log/{layer}: {name} is neither allowed nor of a lower layer')
        below |= symbols(archive)[1]
        read += 1
    print(f'{read} archives read')
    sys.exit(1 if failed or not read else 0)


main()
