#!/usr/bin/env python3
"""Two CPU minutes of new fuzzing for each target, with the address and undefined-behaviour sanitizers, on top of its
corpus: fuzz_prove.py [NAME…]

Ends at the first finding, which is left in build/fuzz/found. Targets that were done at this very source are passed
over: build/fuzz/proved remembers them, by the commit and what is changed beside it. CAIRN_FUZZ_SECONDS says another
number of seconds."""
import concurrent.futures
import hashlib
import os
import pathlib
import re
import resource
import subprocess
import sys
import threading

SOURCE = pathlib.Path(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2])
BUILD = SOURCE / 'build/fuzz'
SECONDS = int(os.environ.get('CAIRN_FUZZ_SECONDS') or 120)
# Statements, the rules and the index: rules_prove.py runs them, since both halves together take an hour.
RULES = ['derived_fold', 'fragment', 'history', 'issuer', 'list_value', 'opened', 'opened_rules', 'page', 'private',
         'rules', 'schema', 'schema_check', 'seal', 'statement', 'status', 'trie_path', 'values']
OPTIONS = ['-timeout=20', '-rss_limit_mb=3000', '-max_len=8192', '-print_final_stats=1']


def git(*words):
    return subprocess.run(['git', '-C', SOURCE, *words], check=True, capture_output=True).stdout


def state_of_source():
    """The commit, and a hash of what was changed since: files that git does not know do not count."""
    changed = git('diff', 'HEAD', '--', 'log', 'server', 'witness', 'client', 'tests/fuzz')
    return git('rev-parse', '--short=12', 'HEAD').decode().strip() + (
        '-' + hashlib.sha256(changed).hexdigest()[:12] if changed else '')


def build(names):
    subprocess.run(['cmake', '--preset', 'fuzz'], cwd=SOURCE, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(['cmake', '--build', '--preset', 'fuzz', '--target', *[f'fuzz_{n}' for n in names]],
                   cwd=SOURCE, check=True, stdout=subprocess.DEVNULL)


def run_once(name, seconds):
    """Runs a target for some seconds on the wall. Gives the seconds of CPU it had and the inputs it ran."""
    new, found = BUILD / 'corpus' / name, BUILD / 'found'
    new.mkdir(parents=True, exist_ok=True)
    found.mkdir(exist_ok=True)
    program = subprocess.Popen(
        [BUILD / 'bin' / f'fuzz_{name}', *OPTIONS, f'-max_total_time={seconds}', f'-artifact_prefix={found}/{name}-',
         new, SOURCE / 'tests/fuzz/corpus' / name], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = program.stderr.read().decode(errors='replace')
    _, status, usage = os.wait4(program.pid, 0)
    if status != 0:
        raise RuntimeError(f'{name}: a finding, see {found}\n{said[-4000:]}')
    return usage.ru_utime + usage.ru_stime, int(re.search(r'number_of_executed_units: (\d+)', said).group(1))


def prove(name, proved, lock):
    cpu, inputs = 0.0, 0
    while cpu < SECONDS:
        more, count = run_once(name, max(5, int(SECONDS - cpu) + 1))
        cpu, inputs = cpu + more, inputs + count
    with lock:
        print(f'{name}: {inputs} inputs in {cpu:.0f} s of CPU, no finding', flush=True)
        (proved / name).write_text(f'{inputs} {cpu:.0f}\n')


def main(names):
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    build(names)
    state = state_of_source()
    proved = BUILD / 'proved' / f'{state}-{SECONDS}s'
    proved.mkdir(parents=True, exist_ok=True)
    left = [n for n in names if not (proved / n).exists()]
    print(f'{state}: {len(names)} targets, {len(names) - len(left)} of them done before', flush=True)
    lock = threading.Lock()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in concurrent.futures.as_completed([pool.submit(prove, n, proved, lock) for n in left]):
            if done.exception():
                print(done.exception(), flush=True)
                pool.shutdown(cancel_futures=True)
                sys.exit(1)
    print(f'{len(names)} targets without a finding')


if __name__ == '__main__':
    every = sorted(p.name[:-len('_fuzz.c')] for p in SOURCE.glob('tests/fuzz/*_fuzz.c'))
    main(sys.argv[1:] or [name for name in every if name not in RULES])
