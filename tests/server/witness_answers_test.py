#!/usr/bin/env python3
"""What a witness says is heard whenever it comes: one that answers after its round has ended still tells that this is
a copy; one that insists on another root for the same size tells a fork; noise halts nothing."""
import base64
import http.server
import os
import pathlib
import re
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2],
                                'tests/tools'))
from running import BIN, World, check, get, rest, until  # noqa: E402

ORIGIN = 'log.example.org/answers'


class Stub:
    """A witness that answers as `answer(size)` says: status and body, after `wait_s`."""

    def __init__(self, answer, wait_s=0.0):
        stub, self.asked = self, 0

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers['Content-Length']))
                size = int(body.split(b'\n\n', 1)[1].split(b'\n')[1])
                stub.asked += 1
                time.sleep(wait_s)
                status, text = answer(size)
                try:
                    self.send_response(status)
                    self.send_header('Content-Length', str(len(text)))
                    self.end_headers()
                    self.wfile.write(text)
                except OSError:
                    pass

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.server.daemon_threads = True
        self.url = f'http://127.0.0.1:{self.server.server_address[1]}'
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()


def scene(name, answer, wait_s=0.0):
    """A log whose quorum is one honest witness, and a second witness that answers so."""
    w = World('answers')
    with w:
        key = w.make_log(ORIGIN)
        honest = w.make_witness(key)
        other = w.make_witness(key, name='other.example.org', folder='other')
        witness, stub = w.serve_witness(), Stub(answer, wait_s)
        w.configure(f'witness w {honest} {witness.url}', f'witness o {other} {stub.url}', 'quorum w', 'interval 20ms',
                    'refresh 1s')
        log = w.serve_log()
        yield log, stub
        log.stop()
    stub.server.shutdown()
    print(f'ok: {name}', flush=True)


def late_word_halts():
    for log, stub in scene('a larger size is heard after the round', lambda size: (409, b'1000\n'), 4.5):
        rest(log)
        found = until('it halts', lambda: log.health()['status'] == 'rolled-back' and log.health())
        check('saw size 1000' in found['detail'], found)


def another_root_halts():
    for log, stub in scene('another root for the same size is a fork', lambda size: (409, b'%d\n' % size)):
        found = until('it halts', lambda: log.health()['status'] == 'forked' and log.health())
        check('at size 3' in found['detail'], found)


def noise_halts_nothing():
    line = '— other.example.org ' + base64.b64encode(bytes(76)).decode() + '\n'
    for status, text in ((200, b''), (200, b'\0' * 9000), (200, line.encode() * 40), (200, b'x' * 100000), (404, b''),
                         (500, b'1000\n'), (302, b''), (409, b'0\n'), (409, b'2\n')):
        for log, stub in scene(f'{status} {text[:20]!r} halts nothing', lambda size: (status, text)):
            rest(log)
            until('it is asked', lambda: stub.asked > 0)
            until('trouble is told', lambda: re.search(r'witness o: ', log.said()))
            check(log.health()['status'] == 'ok', log.health())


def without_address_nothing_is_served():
    with World('answers') as w:
        key = w.make_log(ORIGIN)
        w.configure(f'witness w {w.make_witness(key)}', 'quorum w')
        done = w.run(BIN / 'cairnd', 'serve', 'log', '--listen', '127.0.0.1:0', expect=(2,))
        check('witness w does not end in its address' in done.stderr, done.stderr)
    print('ok: a witness without an address is no setting', flush=True)


def page_tells_of_the_checkpoint_it_serves():
    """Not of the round under way, in which nobody has answered yet."""
    for log, stub in scene('the page names who cosigned what is served', lambda size: (503, b''), 0.5):
        rest(log)
        for _ in range(40):
            page = get(log.url + '/').body.decode()
            check('cosigned by w\n' in page, page)
            time.sleep(0.02)


def main():
    without_address_nothing_is_served()
    page_tells_of_the_checkpoint_it_serves()
    late_word_halts()
    another_root_halts()
    noise_halts_nothing()


main()
