#!/usr/bin/env python3
"""A log that answers with something else than what was asked for misleads nobody: no other statement is revoked or
kept, what it took and does not show stays in the outbox, no text of it reaches the terminal as it is, and no other
log takes its name."""
import hashlib
import os
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2],
                                'tests/tools'))
import pieces  # noqa: E402
from running import BIN, Answer, World, check, get, get_json, rest  # noqa: E402

ORIGIN = 'log.example.org/hostile'
SCHEMA = 'schema kyc 1\nvalid-for 365d\nfield level text required one-of basic,full\n'


class Liar:
    """Takes the place of a proxy's forward: `lies` maps a path to the path that is asked instead, or to None."""

    def __init__(self, proxy):
        self.honest, self.lies, self.posted, self.edit = proxy.forward, {}, [], None

    def __call__(self, method, path, body, headers):
        if method == 'POST':
            self.posted.append(body)
        for said, instead in self.lies.items():
            if not path.startswith(said):
                continue
            return Answer(404, {}, b'') if instead is None else self.honest(method, instead, body, headers)
        answer = self.honest(method, path, body, headers)
        if self.edit and path.startswith('/index/'):
            answer.body = pieces.encode(self.edit(pieces.decode(answer.body)))
        return answer


def attest(w, about):
    done = w.cairn('attest', 'kyc', 'level=full', '--about', about, '--log', 'log')
    return re.search(r'@\d+', done.stdout).group(0)


def get_id(log, position):
    return hashlib.sha256(get(f'{log.url}/statements/{position}').body).hexdigest()


def other_statement_is_not_revoked(w, log, liar, one, other):
    one_id = get_id(log, one)
    for asked, lies in ((one_id, {f'/statements/{one_id}': f'/statements/{other}'}),
                        (one, {f'/statements/{one}': f'/statements/{other}'}),
                        (one, {f'/{what}/{one}': f'/{what}/{other}' for what in ('statements', 'evidence')})):
        liar.lies, liar.posted = lies, []
        done = w.cairn('revoke', asked, '--reason', 'issued-in-error', '--yes', '--log', 'liar', expect=(1,))
        check(liar.posted == [], f'it signed and sent: {done.stdout}{done.stderr}')
    liar.lies = {}


def other_evidence_is_not_kept(w, log, liar, one, other):
    one_id = get_id(log, one)
    for asked in (one, one_id):
        liar.lies = {f'/evidence/{asked}': f'/evidence/{other}'}
        w.cairn('get', asked, '--out', 'kept.cairn', '--log', 'liar', expect=(1,))
        check(not (w.folder / 'kept.cairn').exists(), 'it was kept')
    liar.lies = {}
    w.cairn('get', one, '--out', 'kept.cairn', '--log', 'liar')


def what_is_not_shown_stays_in_the_outbox(w, log, liar, one):
    outbox = w.folder / 'home/outbox'
    check(list(outbox.iterdir()) == [], 'there is something already')
    liar.lies = {'/evidence/': None}
    w.cairn('revoke', get_id(log, one), '--reason', 'issued-in-error', '--yes', '--log', 'liar', expect=(1,))
    check(len(liar.posted) == 1, liar.posted)
    check(len(list(outbox.iterdir())) == 1, 'the revocation is gone')
    liar.lies = {}
    # The log took it all the same: the next command sends it again, and hears so. What was refused is not kept.
    done = w.cairn('revoke', get_id(log, one), '--reason', 'claims-changed', '--yes', '--log', 'log', expect=(1,))
    check(re.search(r'left in the outbox: @\d+ · status about \S+\n$', done.stdout), done.stdout)
    check(list(outbox.iterdir()) == [], 'it is still there')


def without_the_newest(m):
    """The list without its last statement, which is not shown either."""
    kind, components, positions = m[pieces.ANSWERS][0]
    shown = [s for s in m[pieces.STATEMENTS] if s[0] != positions[-1]]
    return {**m, pieces.STATEMENTS: shown, pieces.ANSWERS: [[kind, components, positions[:-1]]]}


def none_at_all(m):
    kind, components, positions = m[pieces.ANSWERS][0]
    shown = [s for s in m[pieces.STATEMENTS] if s[0] not in positions]
    return {**m, pieces.STATEMENTS: shown, pieces.ANSWERS: [[kind, components, []]]}


def one_list_short(m):
    """All is shown, and the list says less."""
    kind, components, positions = m[pieces.ANSWERS][0]
    return {**m, pieces.ANSWERS: [[kind, components, positions[:-1]]]}


def another_key(m):
    """Somebody else signed the newest statement of the list."""
    at = m[pieces.ANSWERS][0][2][-1]
    changed = [[n, b[:-1] + bytes([b[-1] ^ 1])] if n == at else [n, b] for n, b in m[pieces.STATEMENTS]]
    return {**m, pieces.STATEMENTS: changed}


def keys_of_an_issuer_are_all_shown(w, liar):
    """Nothing is built on a list that is not proven: no key is made, nothing is sent."""
    old = None

    def remember(m):
        nonlocal old
        old = m
        return m
    liar.edit = remember
    w.cairn('issuer', 'show', 'acme', '--log', 'liar')
    w.cairn('issuer', 'rotate', 'acme', '--yes', '--log', 'log')
    before = sorted(f.name for f in (w.folder / 'home').iterdir())
    other = w.issuer('globex')
    liar.posted = []
    for edit in (without_the_newest, none_at_all, one_list_short, another_key):
        liar.edit = edit
        for word, *more in (('show',), ('rotate', '--yes'), ('recover', 'home/acme.recovery', '--yes')):
            done = w.cairn('issuer', word, 'acme', *more, '--log', 'liar', expect=(1,))
            check('does not hold' in done.stderr, f'{edit.__name__} {word}: {done.stderr}')
    # Sound, and as it was before the key here was listed: a recovery built on it would drop that.
    liar.edit = lambda _: old
    for word, *more in (('show',), ('rotate', '--yes'), ('recover', 'home/acme.recovery', '--yes')):
        done = w.cairn('issuer', word, 'acme', *more, '--log', 'liar', expect=(3,))
        check('a copy may be behind: ask again' in done.stderr, f'{word}: {done.stderr}')
    liar.edit = None
    liar.lies = {'/index/I': f'/index/I?c=urn%3aietf%3aparams%3aoauth%3ackt%3asha-256%3a{other[4:]}'}
    done = w.cairn('issuer', 'show', 'acme', '--log', 'liar', expect=(1,))
    check('does not hold' in done.stderr, done.stderr)
    liar.lies = {}
    after = sorted(f.name for f in (w.folder / 'home').iterdir() if not f.name.startswith('globex'))
    check(after == before and liar.posted == [], f'{set(after) - set(before)} {liar.posted}')


def text_of_a_file_is_escaped(w, log, one):
    """What turns the direction of a line may stand in a checkpoint; nobody has verified it yet."""
    evidence = get(f'{log.url}/evidence/{one}', Accept='application/cose').body
    at = evidence.index(ORIGIN.encode() + b'\n')
    (w.folder / 'evil.cairn').write_bytes(evidence[:at] + '\u202e\u2066'.encode() + evidence[at + 6:])
    said = w.cairn('inspect', 'evil.cairn').stdout
    check('\u202e' not in said and '\u2066' not in said, repr(said))
    check('\\u{202e}' in said, said)


def remembered_log_is_not_replaced(w):
    """The name that a log is given by itself may be taken."""
    (w.folder / 'elsewhere').mkdir()
    key = w.make_log('log.example.net/other', 'elsewhere/log')
    other = w.serve([BIN / 'cairnd', 'serve', 'elsewhere/log', '--listen', '127.0.0.1:0'], 'other')
    rest(other)
    before = (w.folder / 'home/logs/log.policy').read_bytes()
    w.cairn('log', 'add', other.url, '--key', key, '--name', 'log', expect=(2,))
    check((w.folder / 'home/logs/log.policy').read_bytes() == before, 'the first log is gone')
    w.cairn('log', 'add', other.url, '--key', key, '--name', 'other')
    w.cairn('log', 'add', other.url, '--key', key, '--name', 'other')
    other.stop()


def origin_is_no_key(w):
    """What is called like somebody's key would be taken for that somebody."""
    for origin in ('urn:ietf:params:oauth:ckt:sha-256:' + 43 * 'A', 'URN:x', 'ckt:' + 43 * 'A', 'Ckt:x'):
        w.run(BIN / 'cairnd', 'init', 'key-log', '--origin', origin, expect=(2,))
        check(not (w.folder / 'key-log').exists(), f'{origin} has a folder')


def main():
    with World('hostile') as w:
        origin_is_no_key(w)
        key = w.make_log(ORIGIN)
        w.configure('interval 20ms')
        log = w.serve_log()
        rest(log)
        proxy = w.proxy(log.url)
        proxy.forward = liar = Liar(proxy)
        w.know_log(log.url, key)
        w.know_log(proxy.url, key, 'liar')
        w.issuer()
        w.schema(SCHEMA)
        one, other = attest(w, 'one'), attest(w, 'other')
        other_statement_is_not_revoked(w, log, liar, one, other)
        other_evidence_is_not_kept(w, log, liar, one, other)
        what_is_not_shown_stays_in_the_outbox(w, log, liar, one)
        text_of_a_file_is_escaped(w, log, one)
        keys_of_an_issuer_are_all_shown(w, liar)
        remembered_log_is_not_replaced(w)
        check(get_json(log.url + '/health')['status'] == 'ok', 'the log is well')
        log.stop()
    print('ok: six lies, nobody misled')


main()
