"""Proofs that take long are made in parts, and go on where they were stopped: what was found for one commit is kept
in a small file under the build folder. With uncommitted changes nothing is taken over from an earlier run."""
import json
import os
import pathlib
import subprocess

SOURCE = pathlib.Path(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2])
BUILD = pathlib.Path(os.environ.get('CAIRN_BUILD') or SOURCE / 'build/release')


def git(*words):
    done = subprocess.run(['git', '-C', str(SOURCE), *words], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ''


def commit():
    """What is being proven, and whether that is a commit and nothing else."""
    clean = bool(git('rev-parse', 'HEAD')) and not git('status', '--porcelain', '--untracked-files=no')
    name = git('rev-parse', '--short', 'HEAD') or 'no commit'
    return name if clean else f'{name} and uncommitted changes', clean


class Proof:
    """Parts with a name each; `run` gives the figures of a part, from an earlier run when there was one."""

    def __init__(self, name, settings):
        self.file = BUILD / 'prove' / f'{name}.json'
        self.commit, self.clean = commit()
        self.settings, self.parts = settings, {}
        print(f'commit {self.commit}', flush=True)
        if self.clean and self.file.exists():
            kept = json.loads(self.file.read_text())
            if kept['commit'] == self.commit and kept['settings'] == settings:
                self.parts = kept['parts']
                print(f'{len(self.parts)} parts were done before', flush=True)

    def run(self, part, work):
        if part not in self.parts:
            self.parts[part] = work()
            self.keep()
        return self.parts[part]

    def keep(self):
        if not self.clean:
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        aside = self.file.with_suffix('.new')
        aside.write_text(json.dumps({'commit': self.commit, 'settings': self.settings, 'parts': self.parts}))
        aside.rename(self.file)

    def total(self):
        """The figures of all parts added up; figures may be dictionaries of figures."""
        def add(a, b):
            return {k: add(a.get(k, {}), v) if isinstance(v, dict) else a.get(k, 0) + v for k, v in b.items()}
        sum_of = {}
        for figures in self.parts.values():
            sum_of = {**sum_of, **add(sum_of, figures)}
        return sum_of
