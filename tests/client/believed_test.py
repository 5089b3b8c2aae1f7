#!/usr/bin/env python3
"""What a reader is told who does not believe a file yet: whom and what it takes, and that the line does it."""
import os
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2],
                                'tests/tools'))
from running import World, check, rest  # noqa: E402

ORIGIN = 'log.example.org/believed'


def found(said, *wanted):
    for text in wanted:
        check(re.search(text, said, re.S), f'expected {text}; found\n{said}')


def publish(w, version, more=''):
    (w.folder / 'kyc.schema').write_text(f'schema kyc {version}\nfield level text required\n{more}')
    w.cairn('schema', 'publish', 'kyc.schema', '--yes', '--issuer', 'acme')


def attest(w, name, issuer='acme'):
    w.cairn('attest', 'kyc', 'level=full', '--about', name, '--out', f'{name}.cairn', '--issuer', issuer, '--yes')


def verify(w, name, code=3):
    return w.cairn('verify', f'{name}.cairn', home='reader', expect=(code,)).stdout


def trust(w, *words, code=0):
    done = w.cairn('trust', 'issuer', *words, '--yes', home='reader', expect=(code,))
    return done.stdout + done.stderr


def advised(said):
    """The line that the tool gives, as a shell would read it."""
    return re.search(r'cairn trust issuer (.*)', said).group(1).replace("'", '').split()


def a_log_comes_first(w, log, acme):
    found(trust(w, acme, '--for', 'kyc', '--as', 'acme', code=2), 'believe a log first')
    found(w.ask('trust', 'issuer', 'http://127.0.0.1:1', '--for', 'kyc', say='', home='reader', expect=(2,)),
          'believe a log first')
    w.cairn('trust', 'log', log.url, '--yes', home='reader')


def words_that_are_none_are_named(w, acme):
    for words, bad in (('kyc@4', 'kyc@4'), ('kyc,age>4', 'age>4'), ('kyc,', ''), ('any,kyc', 'any'),
                       ('kyc age', 'kyc age')):
        said = trust(w, acme, '--for', words, '--as', 'acme', code=2)
        found(said, f"expected SCHEMA, 'SCHEMA>=N' or any; found {re.escape(bad)}\n", 'cairn help trust')
    found(w.cairn('help', 'trust').stdout, 'SCHEMA>=N', 'Compatible', 'require nothing new', 'values .* may change')


def a_version_that_breaks_has_a_line_of_its_own(w, acme):
    found(trust(w, acme, '--for', 'kyc', '--as', 'bank'), 'bank .* for kyc 1 and compatible')
    for name in ('first', 'second'):
        found(verify(w, name, 0), '^valid')
    for name in ('fourth', 'fifth'):
        said = verify(w, name)
        found(said, '^untrusted  you believe bank for kyc 1 and compatible; version 4 broke with it\n',
              "--for 'kyc>=4'\n")
    found(trust(w, *advised(said)), 'wrote .*bank .* for kyc 4 and compatible')
    for name in ('first', 'second', 'fourth', 'fifth'):
        found(verify(w, name, 0), '^valid')
    found(trust(w, *advised(said)), 'already believed')


def a_schema_of_somebody_else_is_named(w, acme, globex):
    found(verify(w, 'foreign'), f"issuer  {globex} .*--for 'kyc>=4'\n$")  # whose schema it is, is believed
    w.cairn('trust', 'issuer', globex, '--for', 'any', '--as', 'globex', '--trust', 'one.trust', '--yes', home='reader')
    done = w.cairn('verify', 'foreign.cairn', '--trust', 'one.trust', expect=(3,))
    found(done.stdout, '^untrusted  the schema kyc 5 is not by globex', f"schema  {acme} .*--as NAME --for 'kyc>=4'\n")
    words = [word.replace('NAME', 'acme') for word in advised(done.stdout)]
    trust(w, *words, '--trust', 'one.trust')
    found(w.cairn('verify', 'foreign.cairn', '--trust', 'one.trust').stdout, '^valid')


def main():
    with World('believed') as w:
        key = w.make_log(ORIGIN)
        w.configure('interval 20ms')
        log = w.serve_log()
        rest(log)
        w.know_log(log.url, key)
        acme, globex = w.issuer('acme'), w.issuer('globex')
        for version, more, name in ((1, '', 'first'), (2, '', 'second'), (3, '', 'third'), (4, 'breaking\n', 'fourth'),
                                    (5, '', 'fifth')):
            publish(w, version, more)
            attest(w, name)
        attest(w, 'foreign', 'globex')
        a_log_comes_first(w, log, acme)
        (w.folder / 'one.trust').write_text((w.folder / 'reader/trust.cairn').read_text())
        words_that_are_none_are_named(w, acme)
        a_version_that_breaks_has_a_line_of_its_own(w, acme)
        a_schema_of_somebody_else_is_named(w, acme, globex)
        log.stop()
    print('ok: lines that the tool gives make what it speaks of believed')


main()
