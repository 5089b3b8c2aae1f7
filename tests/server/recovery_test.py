#!/usr/bin/env python3
"""What a start makes of what a stop left: a failed signature, a lost index, more than the settings allow."""
import json
import shutil
import signal
import sys
import time
import urllib.request

sys.dont_write_bytecode = True
from killing import Wrong, World  # noqa: E402


def expect(condition, what):
    if not condition:
        raise Wrong(what)


def health(world):
    with urllib.request.urlopen(f'{world.url}/health', timeout=20) as answer:
        return json.load(answer)


def until(condition, what):
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.01)
    raise Wrong(f'it did not come to this: {what}')


def at_rest(world):
    now = health(world)
    return now['status'] == 'ok' and now['phase'] == 'open' and now['published'] == now['size']


def post(world, count, journal, *more):
    said = world.run(world.bin / 'cairn-load', 'run', world.url, '--dir', 'ground', '--clients', 1, '--count', count,
                     '--seconds', 30, '--journal', journal, *more).stdout
    expect(f'acknowledged {count} ' in said, said)


def failed_signature_makes_no_second_seal(world):
    """Where the file last-signed is written aside there is a folder: nothing can be signed until it is gone."""
    world.log_start()
    until(lambda: at_rest(world), 'all published')
    before = health(world)['size']
    (world.dir / 'log/last-signed.new').unlink(missing_ok=True)
    (world.dir / 'log/last-signed.new').mkdir()
    post(world, 1, 'journal.seal')
    time.sleep(2.5)  # it tries again each second
    said = world.run(world.bin / 'cairn-strike', 'inspect', 'log', '--journal', 'journal.seal').stdout.split()
    found = dict(zip(said[::2], said[1::2]))
    expect(int(found['size']) == before + 2, f'one statement and one seal behind {before}: {found}')
    expect(int(found['published']) == before, f'nothing is published unsigned: {found}')
    (world.dir / 'log/last-signed.new').rmdir()
    until(lambda: health(world)['published'] == before + 2, 'published once it can be signed')
    world.check('journal.seal', '--whole')
    world.log_stop()


def lost_index_is_made_again(world):
    world.log_start()
    post(world, 40, 'journal.index')
    world.log.kill()
    world.log_killed()
    shutil.rmtree(world.dir / 'log/derived')
    world.log_start()
    world.check('journal.index', '--whole')
    world.log_stop()
    world.run(world.cairnd, 'fsck', 'log')


def more_waits_than_the_setting_allows(world):
    """Statements wait while the witness is away; then the setting says that fewer may."""
    world.log_start()
    post(world, 1, 'journal.first')
    world.check('journal.first')
    world.witness.send_signal(signal.SIGSTOP)
    post(world, 260, 'journal.many', '--payload', 15000, '--wait-every', 0)
    world.log.kill()
    world.log_killed()
    world.configure('pending', '4096')
    world.log_start()
    world.witness.send_signal(signal.SIGCONT)
    world.check('journal.many', '--whole')
    world.log_stop()


CASES = [failed_signature_makes_no_second_seal, lost_index_is_made_again, more_waits_than_the_setting_allows]


def main():
    with World() as world:
        world.set_up()
        for case in CASES:
            case(world)
            print(f'ok: {case.__name__}')


main()
