"""What is behind the balancers: peers at a program's socket, and the database."""

import contextlib
import os
import signal
import socket
import struct

PEERS, EVERY = 8, 2
BEGIN, PARAMS = 1, 4


def record(kind, content):
    return struct.pack("!BBHHBx", 1, kind, 1, len(content), 0) + content


# A request that never comes to its end.
DRIP = record(BEGIN, struct.pack("!HB5x", 1, 1)) + record(PARAMS, bytes([14, 3]) +
                                                         b"REQUEST_METHODGET" * 100)


def connected(path):
    one = socket.socket(socket.AF_UNIX)
    try:
        one.settimeout(1)
        one.connect(path)
        return one
    except OSError:
        one.close()
        return None


def drip(target, over):
    """More peers than threads at each socket: a byte, then nothing for a while."""
    peers, opened, ended = {}, 0, 0
    while not over.is_set():
        for path in target.sockets:
            for number in range(PEERS):
                one, place = peers.get((path, number), (None, 0))
                if one is None:
                    one, place = connected(path), 0
                    opened += one is not None
                try:
                    if one is not None:
                        one.send(DRIP[place:place + 1])
                except OSError:
                    one.close()
                    one, ended = None, ended + 1
                peers[path, number] = one, place + 1
        over.wait(EVERY)
    for one, _ in peers.values():
        if one is not None:
            one.close()
    return f"{PEERS} peers at each of {len(target.sockets)} sockets, given up {ended} times", None


def stop_database(target, over):
    os.kill(target.database, signal.SIGSTOP)
    try:
        over.wait()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(target.database, signal.SIGCONT)
    return "mariadbd was stopped meanwhile", None
