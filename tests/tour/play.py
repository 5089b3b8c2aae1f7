#!/usr/bin/env python3
"""Plays the commands of README.md as they stand there and holds what they print against what it shows.

  play.py README FOLDER [--free-ports] [--stay]

Every block marked ```console is played in one folder, in order. A line that begins with "$ " is a command; it may
end in " &" (it goes on running), in "# exit N" (it ends with that code, not 0), or in a here-document. The lines under
it are what it prints. A prompt "[y/N] " is answered with the letter that stands behind it, over a terminal.

What may differ from the page is in two tables below: ADDRESSES, replaced before anything is played, and SAMPLES,
patterns whose first match is remembered: where the page repeats a sample, the play must repeat what was seen.
"""
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import time

WAIT_S = 60

# Ports that the page names. With --free-ports each becomes a free one.
ADDRESSES = re.compile(r"127\.0\.0\.1:(7\d{3})")

# name, pattern, whether one sample on the page stands for one value throughout.
SAMPLES = [
    ("vkey", r"[a-z.]+\.example(?:\.org)?(?:/[a-z]+)?\+[0-9a-f]{8}\+[A-Za-z0-9+/]+=*", True),
    ("ckt", r"ckt:[A-Za-z0-9_-]{43}", True),
    ("kept", r"(?<=\.stolen-)[A-Za-z0-9_-]{8}", False),
    ("subject", r"sub-[2-9a-z]{12}", True),
    ("position", r"@[0-9,]+", True),
    ("time", r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\dZ", False),
    ("date", r"\d{4}-\d\d-\d\d", False),
    ("clock", r"\d\d:\d\d:\d\d(?=  )", False),
    ("age", r"\b\d+(?:\.\d)? (?:s|ms|minutes?|hours?|days?)\b", False),
    ("size", r"(?<=size )[0-9,]+|[0-9,]+(?= statements)|[0-9,]+ → [0-9,]+", False),
]
ANY_SAMPLE = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern, _ in SAMPLES))
PATTERN = {name: pattern for name, pattern, _ in SAMPLES}
FIXED = {name: fixed for name, _, fixed in SAMPLES}


class Mismatch(Exception):
    pass


class Command:
    def __init__(self, line, number):
        self.line, self.number = line, number
        self.code, self.background, self.here, self.output = 0, False, [], []
        found = re.search(r"\s+# exit (\d)$", self.line)
        if found:
            self.code, self.line = int(found.group(1)), self.line[: found.start()]
        if self.line.endswith(" &"):
            self.background, self.line = True, self.line[:-2]

    def here_end(self):
        found = re.search(r"<<'?(\w+)'?", self.line)
        return found.group(1) if found else None

    def script(self):
        return "\n".join([self.line] + self.here)


def read_commands(path):
    """The commands of every console block, with the lines that follow each."""
    commands, inside, here = [], False, None
    for number, line in enumerate(open(path, encoding="utf-8").read().split("\n"), 1):
        if line.startswith("```"):
            inside = line == "```console"
        elif not inside:
            continue
        elif here is not None:
            commands[-1].here.append(line)
            here = None if line == here else here
        elif line.startswith("$ "):
            commands.append(Command(line[2:], number))
            here = commands[-1].here_end()
        elif commands:
            commands[-1].output.append(line)
    return commands


class Player:
    def __init__(self, folder, free_ports):
        self.folder, self.free_ports = folder, free_ports
        self.ports, self.bound, self.children = {}, {}, []

    # ---- what differs from the page

    def port(self, page):
        if not self.free_ports:
            return page
        if page not in self.ports:
            with socket.socket() as s:
                s.bind(("127.0.0.1", 0))
                self.ports[page] = str(s.getsockname()[1])
        return self.ports[page]

    def address(self, text):
        text = ADDRESSES.sub(lambda m: "127.0.0.1:" + self.port(m.group(1)), text)
        return re.sub(r"(?<=http.server )(7\d{3})", lambda m: self.port(m.group(1)), text)

    def concrete(self, text):
        """A command of the page with the addresses and samples of this play."""

        def value(m):
            return self.bound.get(m.group(0), m.group(0)) if FIXED[m.lastgroup] else m.group(0)

        return ANY_SAMPLE.sub(value, self.address(text))

    def pattern(self, expected):
        """The page's line as a regular expression; groups are samples that are not known yet."""
        out, at, new = [], 0, []
        for m in ANY_SAMPLE.finditer(expected):
            out.append(re.escape(expected[at : m.start()]))
            sample, kind = m.group(0), m.lastgroup
            if FIXED[kind] and sample in self.bound:
                out.append(re.escape(self.bound[sample]))
            elif FIXED[kind]:
                out.append(f"({PATTERN[kind]})")
                new.append(sample)
            else:
                out.append(f"(?:{PATTERN[kind]})")
            at = m.end()
        out.append(re.escape(expected[at:]))
        return re.compile("".join(out)), new

    def match(self, command, expected, got):
        expected = self.address(expected)
        regex, new = self.pattern(expected)
        found = regex.fullmatch(got)
        if not found:
            raise Mismatch(f"line {command.number}: $ {command.line}\n  expected  {expected}\n  found     {got}")
        for sample, value in zip(new, found.groups()):
            self.bound[sample] = value

    def match_all(self, command, got):
        expected = [line for line in command.output if line.strip()]
        got = [line.rstrip() for line in got if line.strip()]
        for e, g in zip(expected, got):
            self.match(command, e, g)
        if len(expected) != len(got):
            raise Mismatch(
                f"line {command.number}: $ {command.line}\n  expected {len(expected)} lines, found {len(got)}:\n    "
                + "\n    ".join(got)
            )

    # ---- running

    def run(self, command):
        """Over a terminal of its own, so that prompts can be answered as a person does."""
        answers = [m.group(1) for line in command.output for m in re.finditer(r"\[y/N\] (\w)", line)]
        pid, fd = pty.fork()
        if pid == 0:
            os.chdir(self.folder)
            os.execvp("bash", ["bash", "-c", self.concrete(command.script())])
        out, end = b"", time.monotonic() + WAIT_S
        while True:
            if time.monotonic() > end:
                os.kill(pid, signal.SIGKILL)
                raise Mismatch(f"line {command.number}: $ {command.line}\n  did not end within {WAIT_S} s")
            if not select.select([fd], [], [], 1)[0]:
                continue
            try:
                more = os.read(fd, 65536)
            except OSError:
                break
            if not more:
                break
            out += more
            if out.endswith(b"[y/N] ") and answers:
                os.write(fd, answers.pop(0).encode() + b"\n")
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.close(fd)
        return code, out.decode(errors="replace").replace("\r\n", "\n").split("\n")

    def play_foreground(self, command):
        code, got = self.run(command)
        print("\n".join(got).rstrip("\n"))
        self.match_all(command, got)
        if code != command.code:
            raise Mismatch(f"line {command.number}: $ {command.line}\n  expected exit {command.code}, found {code}")

    def play_background(self, command):
        """Its first lines are those the page shows; it goes on until the play ends."""
        path = os.path.join(self.folder, f".output-{len(self.children) + 1}")
        out = open(path, "wb")
        child = subprocess.Popen(
            ["bash", "-c", "exec " + self.concrete(command.line)], cwd=self.folder, stdout=out, stderr=out,
            stdin=subprocess.DEVNULL, start_new_session=True)
        self.children.append(child)
        wanted, end = [line for line in command.output if line.strip()], time.monotonic() + WAIT_S
        while True:
            got = [line for line in open(path, encoding="utf-8", errors="replace").read().split("\n") if line.strip()]
            if len(got) >= len(wanted):
                break
            if child.poll() is not None or time.monotonic() > end:
                said = "\n    ".join(got)
                raise Mismatch(f"line {command.number}: $ {command.line}\n  ended or said too little:\n    {said}")
            time.sleep(0.05)
        for e, g in zip(wanted, got):
            print(g)
            self.match(command, e, g.rstrip())

    def play_stop(self, command):
        """`kill %N; wait %N` ends the N-th command that was left running."""
        child = self.children[int(re.match(r"kill %(\d+)", command.line).group(1)) - 1]
        child.terminate()
        child.wait(WAIT_S)

    def play(self, command):
        print("$ " + self.concrete(command.script()) + (" &" if command.background else ""), flush=True)
        if re.fullmatch(r"kill %(\d+); wait %\1", command.line):
            self.play_stop(command)
        elif command.background:
            self.play_background(command)
        else:
            self.play_foreground(command)

    def stop(self):
        for child in reversed(self.children):
            if child.poll() is None:
                child.terminate()
        for child in self.children:
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()


def stay(player):
    """Until Ctrl-C, or until one of those that were left running ends."""
    print(f"""
Cairn runs on http://127.0.0.1:{player.port("7379")} with three witnesses; none of them audits yet. Ctrl-C stops it.
  export PATH="$PWD/build/release/bin:$PATH" CAIRN_HOME="$PWD/tour"   (the next lines then work)
  cairn verify tour/kyc.cairn                       what a verifier sees
  cairn attest kyc level=full country=PT --about new
  less tour/kyc.cairn                               an evidence file explains itself""", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        while all(child.poll() in (None, -signal.SIGTERM, 0) for child in player.children):
            time.sleep(0.5)
        print("one of the servers ended")
        return 1
    except (KeyboardInterrupt, SystemExit):
        return 0


def main():
    readme, folder = sys.argv[1], sys.argv[2]
    player = Player(folder, "--free-ports" in sys.argv)
    commands = read_commands(readme)
    code = 0
    if not commands:
        sys.exit("no command found in " + readme)
    try:
        for command in commands:
            player.play(command)
        page = os.path.basename(readme)
        print(f"\nplayed {len(commands)} commands of {page}: each printed what the page shows", flush=True)
        if "--stay" in sys.argv:
            code = stay(player)
    except Mismatch as e:
        print(f"\nthe page and the play differ at {e}", file=sys.stderr)
        code = 1
    finally:
        player.stop()
    return code


if __name__ == "__main__":
    sys.exit(main())
