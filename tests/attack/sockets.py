"""Connections and streams that are held."""

import contextlib
import selectors
import socket
import ssl
import struct
import threading
import time

from wire import anyone

STREAMS, CONNECTIONS, RENEW = 100, 6, 9
SLOW, PIECE = 600, 512
PAGE = "/api/v1/todos?limit=500"


def request(target, path=PAGE):
    return (f"GET {path} HTTP/1.1\r\nHost: localhost:{target.port}\r\n"
            f"Authorization: Bearer {target.token}\r\n\r\n").encode()


def connect(target, **options):
    """None when it is refused; options: of the socket, before it connects."""
    try:
        one = socket.socket()
    except OSError:  # no more descriptors
        return None
    try:
        for name, value in options.items():
            one.setsockopt(socket.SOL_SOCKET, getattr(socket, name), value)
        one.settimeout(2)
        one.bind((target.source, 0))
        one.connect(("127.0.0.1", target.port))
        return one
    except OSError:
        one.close()
        return None


# ---- HTTP/1.1


class Held:
    """So many connections of one client, and how often they had to be opened."""

    def __init__(self, target, text, count, **options):
        self.target, self.text, self.count, self.options = target, text, count, options
        self.opened, self.most = 0, 0
        self.all = selectors.DefaultSelector()

    def fill(self, over):
        missing = self.count - len(self.all.get_map())
        for _ in range(missing):
            if over.is_set():
                return
            one = connect(self.target, **self.options)
            if one is None:
                break
            self.opened += 1
            one.setblocking(False)
            try:
                one.send(self.text)
            except OSError:
                one.close()
                continue
            self.all.register(one, selectors.EVENT_READ)
        self.most = max(self.most, len(self.all.get_map()))

    def read(self, size, seconds):
        """Of each that has something; those that were closed leave."""
        for key, _ in self.all.select(seconds):
            try:
                if key.fileobj.recv(size):
                    continue
            except BlockingIOError:
                continue
            except OSError:
                pass
            self.all.unregister(key.fileobj)
            key.fileobj.close()

    def close(self):
        for key in list(self.all.get_map().values()):
            key.fileobj.close()
        self.all.close()

    def told(self):
        return f"held {self.most} of {self.count}, opened {self.opened}"


def hold(target, over, text, count, size=65536, pause=0.05, **options):
    held = Held(target, text, count, **options)
    try:
        while not over.is_set():
            held.fill(over)
            held.read(size, pause)
            over.wait(pause)
        return held.told(), None
    finally:
        held.close()


def idle(count):
    """Each has had one answer."""
    return lambda target, over: hold(target, over, request(target, "/api/v1/todos?limit=1"), count)


def halves(target, over):
    return hold(target, over, b"GET / HTTP/1.1\r\nHost: x\r\n", 2100)


def slow_readers(target, over):
    """Each takes its answer in at half a kilobyte a second."""
    return hold(target, over, request(target), SLOW, PIECE, 1, SO_RCVBUF=2048)


# ---- HTTP/2, by hand (RFC 9113; literal fields without indexing of RFC 7541 6.2.2)

HEADERS, SETTINGS, GOAWAY = 1, 4, 7
END_STREAM, END_HEADERS, ACK = 1, 4, 1
INITIAL_WINDOW_SIZE = 4
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def frame(kind, flags, stream, content=b""):
    return struct.pack("!I", len(content))[1:] + struct.pack("!BBI", kind, flags, stream) + content


def literal(name, value):
    assert len(name) < 127 and len(value) < 127
    return bytes([0, len(name)]) + name.encode() + bytes([len(value)]) + value.encode()


def stalled(target, scheme):
    """A preface and a hundred requests, whose answers nobody will take in."""
    fields = {":method": "GET", ":scheme": scheme, ":path": PAGE,
              ":authority": f"localhost:{target.port}", "authorization": f"Bearer {target.token}"}
    block = b"".join(literal(*field) for field in fields.items())
    return (PREFACE + frame(SETTINGS, 0, 0, struct.pack("!HI", INITIAL_WINDOW_SIZE, 0)) +
            b"".join(frame(HEADERS, END_STREAM | END_HEADERS, 2 * number + 1, block)
                     for number in range(STREAMS)))


def answered(data):
    """Streams that have begun an answer: HEADERS frames of the server."""
    found, place = 0, 0
    while place + 9 <= len(data):
        length = int.from_bytes(data[place:place + 3], "big")
        found += data[place + 3] == HEADERS
        place += 9 + length
    return found


class Streams:
    def __init__(self, target, over, tls):
        self.target, self.over, self.tls = target, over, tls
        self.opened, self.refused, self.answers = 0, 0, 0

    def once(self):
        """One connection: until it is closed, or for RENEW seconds."""
        with contextlib.ExitStack() as stack:
            one = connect(self.target)
            if one is None:
                return False
            stack.callback(one.close)
            if self.tls:
                context = anyone()
                context.set_alpn_protocols(["h2"])
                one = context.wrap_socket(one)
                stack.callback(one.close)
                if one.selected_alpn_protocol() != "h2":
                    return False
            one.sendall(stalled(self.target, "https" if self.tls else "http"))
            self.opened += 1
            data, end = b"", time.monotonic() + RENEW
            one.settimeout(0.2)
            while time.monotonic() < end and not self.over.is_set():
                with contextlib.suppress(TimeoutError):
                    more = one.recv(65536)
                    data += more
                    if not more:
                        break
            self.answers += answered(data)
            return answered(data) > 0

    def work(self):
        while not self.over.is_set():
            try:
                kept = self.once()
            except (OSError, ssl.SSLError):
                kept = False
            self.refused += not kept
            if not kept:
                self.over.wait(0.05)


def h2(tls):
    def attack(target, over):
        streams = Streams(target, over, tls)
        threads = [threading.Thread(target=streams.work) for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return (f"{streams.opened} connections, {streams.answers} answers begun, "
                f"{streams.refused} times turned away"), None
    return attack
