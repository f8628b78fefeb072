"""A raw FastCGI client: whole requests, and whatever else may arrive on a socket."""

import errno
import os
import socket
import struct
import time

BEGIN, END, PARAMS, STDIN, STDOUT = 1, 3, 4, 5, 6
KEEP = 1


def record(kind, content=b"", length=None):
    """length: what the header says, when it shall lie."""
    length = len(content) if length is None else length
    return struct.pack("!BBHHBx", 1, kind, 1, length, 0) + content


def begin(keep=True):
    return record(BEGIN, struct.pack("!HB5x", 1, KEEP if keep else 0))


def pairs(values):
    """PARAMS records, the end of them included."""
    def size(text):
        return bytes([len(text)]) if len(text) < 128 else struct.pack("!I", len(text) | 1 << 31)
    encoded = [[text.encode(errors="surrogateescape") for text in pair]
               for pair in values.items()]
    content = b"".join(size(name) + size(value) + name + value for name, value in encoded)
    return record(PARAMS, content) + record(PARAMS)


def request(values, body=b"", keep=True):
    """All of a request; the body ends properly, however long it is."""
    return begin(keep) + pairs(values) + (record(STDIN, body) if body else b"") + record(STDIN)


class Connection:
    def __init__(self, path, patience=10):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(patience)
        # With a time-out it does not wait for room in the backlog (unix(7)).
        end = time.monotonic() + patience
        while (failed := self.socket.connect_ex(str(path))) == errno.EAGAIN:
            if time.monotonic() > end:
                break
            time.sleep(0.01)
        if failed:
            raise OSError(failed, os.strerror(failed))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def read(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def answer(self):
        """(status, body), or EOFError when the program has closed."""
        output = b""
        while True:
            _, kind, _, length, padding = struct.unpack("!BBHHBx", self.read(8))
            content = self.read(length + padding)[:length]
            if kind == STDOUT:
                output += content
            elif kind == END:
                head, _, body = output.partition(b"\r\n\r\n")
                return int(head.split(b"Status: ")[1].split()[0]), body

    def ask(self, values, body=b"", keep=True):
        self.send(request(values, body, keep))
        return self.answer()
