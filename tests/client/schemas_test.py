#!/usr/bin/env python3
"""Schemas and claims as people write them: every type, lists, bounds, later versions. What a log would refuse is
refused before anything is signed, with what was expected, what was found and the line that puts it right."""
import os
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2],
                                'tests/tools'))
from running import World, check, get_json, rest  # noqa: E402

ORIGIN = 'log.example.org/schemas'
FIRST = """# everything there is
schema visit 1
valid-for 30d
field done    bool     required
field height  int      required  range -5..5
field count   uint     range 1..
field note    text     length ..12
describe note what was seen,  in a few words
field photo   bytes    length 2
field at      time     required  range 2026-01-01..2026-12-31T12:00Z
field langs   text[]   one-of en,pt,de
field marks   int[]    one-of -1,0,1
field codes   bytes[]
field days    time[]   range ..2030-01-01
private-allowed
"""
GOOD = ['done=yes', 'height=-5', 'count=18446744073709551615', 'note=a, b', 'photo=00ff', 'at=2026-11-20T03:08Z',
        'langs=en,pt', 'marks=-1,1', 'codes=', 'days=2026-11-20']
SHOWN = 'says    visit 1: at=1795144080 codes=[] count=18446744073709551615 days=[1795132800] do…'


def size(log):
    return get_json(log.url + '/health')['size']


def found(said, *wanted):
    for text in wanted:
        check(re.search(text, said, re.S), f'expected {text}; found\n{said}')


def published(w, text, code=0, *more):
    (w.folder / 'file.schema').write_text(text)
    done = w.cairn('schema', 'publish', 'file.schema', '--yes', *more, expect=(code,))
    return done.stdout + done.stderr


def attested(w, words, code=0, schema='visit'):
    done = w.cairn('attest', schema, *words, '--about', 'one', '--out', 'one.cairn', '--yes', expect=(code,))
    return done.stdout + done.stderr


def files_are_refused_with_line_and_column(w):
    good = 'schema a 1\n'
    for text, wanted in (
            ('field a text\n', 'line 1, column 1: field, where schema NAME VERSION, first of all should stand'),
            ('schema A 1\n', 'line 1, column 8: A, where a name of a-z'),
            ('schema a\n', 'line 1: nothing behind a, where a version, from 1 should stand'),
            ('schema a 0\n', 'line 1, column 10: 0, where a version'),
            (good + good, 'line 2, column 1: schema, where one such line'),
            (good, 'a schema without a field'),
            (good + 'fields a text\n', 'line 2, column 1: fields, where a word that begins such a line'),
            (good + 'field a words\n',
             r'line 2, column 9: words, where bool, int, uint, text, bytes or time, with \[\]'),
            (good + 'field a []\n', r'column 9: \[\], where bool'),
            (good + 'field a\n', 'nothing behind a, where bool'),
            (good + 'field a text\nfield a int\n', 'line 3, column 7: a, where a name that no field has'),
            (good + 'field a text maybe\n', 'column 14: maybe, where required, optional'),
            (good + 'field a text range 1..2\n', 'column 14: range, where length should'),
            (good + 'field a int length 1..2\n', 'column 13: length, where range should'),
            (good + 'field a bool range 1\n', 'column 14: range, where required or optional'),
            (good + 'field a bool one-of yes\n', 'column 14: one-of, where required or optional'),
            (good + 'field a text length 5..4\n', 'column 21: 5..4, where 2, 1..40, 1.. or ..40 should'),
            (good + 'field a int range 1..-1\n', r'column 19: 1..-1, where A, A..B'),
            (good + 'field a uint range -1..1\n', 'column 20: -1..1, where'),
            (good + 'field a int range ..\n', 'where A, A..B'),
            (good + 'field a int range\n', 'nothing behind range, where A, A..B'),
            (good + 'field a time range 2026-13-01..\n', 'where A, A..B'),
            (good + 'field a uint one-of 1,x\n', 'column 21: 1,x, where a whole number, 0 or more should'),
            (good + 'field a uint one-of 1,2,1\n', 'where each value once should'),
            (good + 'field a bytes one-of 0F\n', 'where bytes in lower-case hexadecimal should'),
            (good + 'field a text one-of ' + ','.join(f't{i}' for i in range(33)) + '\n', 'where at most 32 values'),
            (good + 'describe a words\n', 'column 10: a, where a field that stands above should'),
            (good + 'field a text\ndescribe a\n', 'nothing behind a, where words should'),
            (good + 'field a text\ndescribe a ' + 'x' * 256 + '\n', 'where at most 255 bytes of UTF-8 should'),
            (good + 'prev ' + '00' * 32 + '\n', 'column 1: prev, where a version above 1 should'),
            ('schema a 2\nprev 00\n', 'column 6: 00, where an id of 64'),
            (good + 'valid-for 0s\n', 'column 11: 0s, where a duration like 365d'),
            (good + 'open wide\n', 'column 6: wide, where the end of the line'),
            ('schema a 1\n' + ''.join(f'field f{i} text\n' for i in range(65)),
             'line 66, column 1: field, where at most 64')):
        found(published(w, text, 2), wanted, 'cairn help schema')


def claims_are_refused_with_what_would_do(w):
    def but(word):
        name = word.partition('=')[0]
        return [word if g.startswith(name + '=') else g for g in GOOD]

    for words, wanted, line in (
            (but('done=maybe'), 'expected done=yes or no; found done=maybe', 'done=yes'),
            (but('height=6'), 'height=a whole number, at least -5, at most 5; found height=6', 'height=-5'),
            (but('height=-0'), 'found height=-0', 'height=-5'),
            (but('count=0'), 'count=a whole number, 0 or more, at least 1; found', 'count=1'),
            (but('count=18446744073709551616'), 'found count=18446744073709551616', 'count=1'),
            (but('note=thirteen letters'), 'note=a text, at most 12 bytes; found',
             'note: what was seen,  in a few words'),
            (but('photo=00f'), 'photo=bytes in lower-case hexadecimal, at least 2 bytes, at most 2 bytes',
             'photo=00ff'),
            (but('photo=00FF'), 'found photo=00FF', 'photo=00ff'),
            (but('at=2027-01-01'),
             'at=a date, or a date and time in UTC, at least 2026-01-01, at most 2026-12-31 12:00:00Z',
             'at=2026-01-01'),
            (but('at=tomorrow'), 'found at=tomorrow', 'at=2026-01-01'),
            (but('langs=en,fr'),
             'langs=VALUES with commas between them, each a text, one of en, pt, de; found langs=en,fr',
             'langs=en'),
            (but('marks=2'), 'marks=VALUES with commas between them, each a whole number, one of -1, 0, 1', 'marks=-1'),
            (but('codes=00,'), None, None),
            (but('codes=00,x'), 'found codes=00,x', 'codes=00ff'),
            (but('days=2030-01-02'), 'at most 2030-01-01; found', 'days=2030-01-01'),
            (GOOD[1:], 'done=yes or no; found none, and it is required', 'done=yes'),
            (GOOD + ['mood=good'], 'expected the fields of visit 1: done height .*; found mood',
             'publish version 2 of visit'),
            (GOOD + ['done=no'], 'duplicate-key', None),
            (GOOD + ['mood'], 'expected FIELD=VALUE; found mood', 'usage:')):
        said = attested(w, words, 2 if wanted else 0)
        found(said, *(text for text in (wanted, line) if text))


def versions_continue(w, log):
    second = FIRST.replace('visit 1', 'visit 2') + 'field mood text\n'
    before = size(log)
    found(published(w, second.replace('visit 2', 'visit 3'), 2),
        r'expected version 2 of visit, as .* published 1; found 3',
          'schema visit 2')
    found(published(w, second.replace('field mood text', 'field mood text required'), 2),
          r'found others: mood \(required\)', 'a line of its own: breaking')
    found(published(w, second.replace('height  int ', 'height  uint').replace('-5..5', '0..5'), 2),
        'found others: height')
    found(published(w, 'schema other 2\nfield a text\n', 2), 'it was not published from this folder', 'prev ID')
    check(size(log) == before, 'something was sent')
    found(published(w, second), r'ok    visit 2 is @\d+')
    found(attested(w, GOOD + ['mood=good']), r'ok    @\d+')
    found(published(w, 'schema visit 3\nbreaking\nfield mood text\n'),
          r'^note  this folder attests to visit 3 from then on, and to no earlier version; readers take .*\n'
          r'ok    visit 3 is @\d+')
    found(attested(w, ['mood=good']), r'ok    @\d+')


def names_are_of_an_issuer(w):
    """Two issuers in one folder publish the same name: each attests under its own, and under another's only when it
    says so."""
    w.issuer('globex')
    first = (w.folder / 'home/schemas/visit.statement').read_bytes()
    under = ['visit', 'mood=good', '--about', 'two', '--issuer', 'globex']
    done = w.unasked('attest', *under)
    found(done.stdout + done.stderr,
          r'note  globex published no schema visit from this folder; the one that is here is of ckt:\S{43}\n',
          r'Attest under it\?.*no terminal')
    found(w.ask('attest', *under, '--out', 'two.cairn'), r'Attest under it\? \[y/N\] y\n', r'ok    @\d+')
    found(published(w, 'schema visit 2\nfield light text\n', 2, '--issuer', 'globex'),
          'not published from this folder')
    found(published(w, 'schema visit 1\nfield light text\n', 0, '--issuer', 'globex'), r'ok    visit 1 is @\d+')
    check((w.folder / 'home/schemas/visit.statement').read_bytes() == first, 'the first issuer lost its schema')
    for issuer, claim in (('acme', 'mood=good'), ('globex', 'light=on')):
        said = w.unasked('attest', 'visit', claim, '--about', 'two', '--issuer', issuer, '--out', f'{issuer}.cairn',
                         expect=(0,))
        check('under it' not in said.stdout + said.stderr, said.stdout)
    found(published(w, 'schema visit 2\nfield light text\nfield more text\n', 0, '--issuer', 'globex'), 'visit 2 is')
    said = w.unasked('attest', 'visit', 'more=on', '--about', 'two', '--issuer', 'globex', '--out', 'more.cairn',
                     expect=(0,))
    check((w.folder / 'home/schemas/visit.statement').read_bytes() == first, 'the first issuer lost its schema')


def main():
    with World('schemas') as w:
        key = w.make_log(ORIGIN)
        w.configure('interval 20ms')
        log = w.serve_log()
        rest(log)
        w.know_log(log.url, key)
        w.issuer('acme')
        before = size(log)
        files_are_refused_with_line_and_column(w)
        check(size(log) == before, 'a refused file was sent')
        (w.folder / 'file.schema').write_text(FIRST)
        found(w.ask('schema', 'publish', 'file.schema'),
              r'Publish visit 1 \(done bool, height int, count uint, note text, photo bytes, at time, langs text\[\], '
              r'marks int\[\], codes bytes\[\], days time\[\]\)\? It can never change.', r'ok    visit 1 is @\d+')
        found(attested(w, GOOD), r'ok    @\d+')
        check(SHOWN in (w.folder / 'one.cairn').read_text(), 'one.cairn says something else')
        claims_are_refused_with_what_would_do(w)
        found(attested(w, GOOD + ['--private']), r'ok    @\d+.*it has the claims')
        check(SHOWN in (w.folder / 'one.cairn').read_text(), 'one.cairn says something else')
        versions_continue(w, log)
        names_are_of_an_issuer(w)
        log.stop()
    print('ok: schemas of every type, three versions, files and claims that are refused')


main()
