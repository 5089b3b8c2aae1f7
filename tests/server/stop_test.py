#!/usr/bin/env python3
"""Whoever is in the middle of a request when the server is told to stop hears that it stops."""
import os
import pathlib
import signal
import socket
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ.get('CAIRN_SOURCE') or pathlib.Path(__file__).resolve().parents[2],
                                'tests/tools'))
from running import World, check, get, rest  # noqa: E402

ORIGIN = 'log.example.org/stop'


def main():
    with World('stop') as w:
        w.make_log(ORIGIN)
        log = w.serve_log()
        rest(log)
        statement = get(log.url + '/statements/@1').body
        head = f'POST /entries HTTP/1.1\r\nHost: x\r\nContent-Length: {len(statement)}\r\n\r\n'.encode()
        with socket.create_connection(('127.0.0.1', int(log.port())), timeout=20) as peer:
            peer.sendall(head + statement[:-1])
            time.sleep(0.2)
            log.process.send_signal(signal.SIGTERM)
            time.sleep(0.2)
            peer.sendall(statement[-1:])
            answer = b''.join(iter(lambda: peer.recv(65536), b''))
        check(answer.startswith(b'HTTP/1.1 503 '), answer)
        check(b'\r\nCairn-Reason: busy\r\n' in answer, answer)
        code = log.process.wait(20)
        check(code == 0, f'it ended with {code}: {log.said()}')
    print('ok: a request that is under way is answered')


main()
