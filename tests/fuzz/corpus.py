#!/usr/bin/env python3
"""Makes the committed corpora anew: corpus.py [NAME…]

A corpus is the smallest set of files that reaches what the seeds, the committed files and whatever ./dev fuzz has
found reach together: libFuzzer's merge, by edges. Wants the fuzz preset built."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parents[1] / 'build/fuzz'
FILE_MAX = 6144


def merge(name, seeds):
    program = BUILD / 'bin' / f'fuzz_{name}'
    corpus = HERE / 'corpus' / name
    sources = [p for p in (seeds / name, corpus, BUILD / 'corpus' / name) if p.is_dir()]
    with tempfile.TemporaryDirectory() as made:
        subprocess.run([program, '-merge=1', '-use_counters=0', f'-max_len={FILE_MAX}', made, *sources],
                       check=True, capture_output=True)
        shutil.rmtree(corpus, ignore_errors=True)
        corpus.mkdir(parents=True)
        for file in pathlib.Path(made).iterdir():
            # A file's name is the hash of what is in it; twelve digits of it tell it from the others.
            shutil.copyfile(file, corpus / file.name[:12])
    files = list(corpus.iterdir())
    print(f'{name}: {len(files)} files, {sum(f.stat().st_size for f in files)} bytes')


def main():
    names = sys.argv[1:] or sorted(p.name[:-len('_fuzz.c')] for p in HERE.glob('*_fuzz.c'))
    with tempfile.TemporaryDirectory() as seeds:
        subprocess.run([BUILD / 'bin/fuzz-seeds', seeds], check=True)
        for name in names:
            merge(name, pathlib.Path(seeds))


main()
