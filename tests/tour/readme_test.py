#!/usr/bin/env python3
"""The commands of README.md work as they stand there; and the player would notice if one did not."""
import os
import re
import subprocess
import sys
import tempfile

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, here)
import play  # noqa: E402

readme = os.path.join(here, "..", "..", "README.md")


def played(page):
    """Whether the page plays, and what was said."""
    with tempfile.TemporaryDirectory() as folder:
        env = dict(os.environ, CAIRN_HOME=os.path.realpath(folder))
        env["PATH"] = os.environ["CAIRN_BIN"] + ":" + env["PATH"]
        done = subprocess.run(
            [sys.executable, os.path.join(here, "play.py"), page, os.path.realpath(folder), "--free-ports"],
            env=env, capture_output=True, text=True, timeout=300)
        return done.returncode == 0, done.stdout + done.stderr


def changed(text, old, new):
    assert text.count(old) >= 1, f"README.md no longer says: {old}"
    return text.replace(old, new, 1)


def main():
    text = open(readme, encoding="utf-8").read()
    good, said = played(readme)
    print(said)
    if not good:
        return 1

    first = text.index("### An issuer")
    head = text[:first]
    other = re.search(r"witness\.lake\.example\+\S+", head).group(0)
    # What a page promises and the program does not do, each in the shortest page that shows it.
    wrong = {
        "another word": changed(head, "publish this line\nmove", "publish this line!\nmove"),
        "another exit code": changed(head, "cat >> log/cairnd.conf", "false\n$ cat >> log/cairnd.conf"),
        "a line too many": changed(head, "move  operator.key", "and a line that nobody prints\nmove  operator.key"),
        "a key that is not the same": re.sub(r"(log's operator:\n  witness uni )\S+", r"\1" + other, head, count=1),
    }
    for what, page in wrong.items():
        with tempfile.NamedTemporaryFile("w", suffix=".md", encoding="utf-8") as f:
            f.write(page)
            f.flush()
            good, said = played(f.name)
        if good:
            print(f"a page with {what} was played without complaint")
            return 1
    print(f"{len(wrong)} wrong pages were noticed")
    for word in ("verify", "attest", "revoke", "trust log", "trust issuer", "schema publish", "issuer new",
                 "issuer register", "issuer rotate", "log add", "log approve"):
        assert "$ cairn " + word in text, f"README.md does not show cairn {word}"
    return 0


if __name__ == "__main__":
    sys.exit(main())
