#!/usr/bin/env python3
"""Makes the committed corpora anew: corpus.py [NAME…]

A corpus is a few dozen files: seeds, the shorter ones when there are many, and out of the committed files and what
./dev fuzz has found those that reach the most edges, each chosen for what the ones before it do not reach. Wants the
fuzz preset built."""
import hashlib
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parents[1] / 'build/fuzz'
FILES_MAX = 48
SEEDS_MAX = 16
FILE_MAX = 6144


def edges_of(name, sources, scratch):
    """File -> the edges it reaches, as libFuzzer's merge writes them down."""
    control = scratch / 'control'
    (scratch / 'merged').mkdir()
    subprocess.run([BUILD / 'bin' / f'fuzz_{name}', '-set_cover_merge=1', '-use_counters=0', f'-max_len={FILE_MAX}',
                    f'-merge_control_file={control}', scratch / 'merged', *sources], check=True, capture_output=True)
    lines = control.read_text().splitlines()
    count = int(lines[0])
    files = [pathlib.Path(line) for line in lines[2:2 + count]]
    edges = {}
    for words in map(str.split, lines[2 + count:]):
        if words[0] == 'FT' and files[int(words[1])].stat().st_size <= FILE_MAX:
            edges[files[int(words[1])]] = set(words[2:])
    return edges


def chosen(edges, seeds):
    """The seeds and the greedy cover; of equals the shorter file."""
    files = sorted((f for f in edges if f.is_relative_to(seeds)), key=lambda f: f.stat().st_size)[:SEEDS_MAX]
    reached = set().union(*(edges.pop(f) for f in files))
    while edges and len(files) < FILES_MAX:
        best = max(sorted(edges), key=lambda f: (len(edges[f] - reached), -f.stat().st_size))
        if not edges[best] - reached:
            break
        reached |= edges.pop(best)
        files.append(best)
    return files


def make(name, seeds):
    corpus = HERE / 'corpus' / name
    sources = [p for p in (seeds / name, corpus, BUILD / 'corpus' / name) if p.is_dir()]
    with tempfile.TemporaryDirectory() as scratch:
        contents = [f.read_bytes() for f in chosen(edges_of(name, sources, pathlib.Path(scratch)), seeds)]
    shutil.rmtree(corpus, ignore_errors=True)
    corpus.mkdir(parents=True)
    for data in contents:
        (corpus / hashlib.sha256(data).hexdigest()[:12]).write_bytes(data)
    print(f'{name}: {len(contents)} files, {sum(map(len, contents))} bytes')


def main():
    names = sys.argv[1:] or sorted(p.name[:-len('_fuzz.c')] for p in HERE.glob('*_fuzz.c'))
    with tempfile.TemporaryDirectory() as seeds:
        subprocess.run([BUILD / 'bin/fuzz-seeds', seeds], check=True)
        for name in names:
            make(name, pathlib.Path(seeds))


main()
