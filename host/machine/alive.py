"""Does a server still do its work? Questions that its own work answers, for the runner of `make
run` (run/) and for `machine watch`. A single one without an answer is no verdict: a machine that
is very busy may owe it.

  within(question, patience)  True: it was answered (that it refuses is an answer); False: somebody
                              is there and does not answer; None: nobody is there
  haproxy(socket, url)        its runtime socket answers, and so does its listener, if named
  mariadb(socket, user)       it lets the user in (this process's own) and answers a ping
  dns(address, port, domain)  it answers a question for the domain
  touched(file)               asg touches its lock in each pass, dns-steer a file each second
"""

import asyncio
import errno
import os
import socket
import ssl
import struct
import urllib.parse

PATIENCE = 5  # seconds
MONITOR = "/balancerz"  # haproxy/edge.cfg
NOBODY = (errno.ECONNREFUSED, errno.ECONNRESET, errno.ENOENT, errno.ENETUNREACH, errno.EPIPE)


async def within(question, patience=PATIENCE):
    """What ends while it is asked is not there either."""
    try:
        async with asyncio.timeout(patience):
            return await question
    except OSError as error:  # (also TimeoutError)
        return None if error.errno in NOBODY else False
    except (EOFError, LookupError, ValueError):
        return None


async def exchange(connecting, said):
    reader, writer = await connecting
    try:
        writer.write(said)
        return await reader.read()
    finally:
        writer.close()


async def serves(url):
    """Whoever is turned away (limits of connections, haproxy/balancer.cfg) was answered, too."""
    where = urllib.parse.urlsplit(url)
    tls = ssl._create_unverified_context() if where.scheme == "https" else None
    connecting = asyncio.open_connection(where.hostname, where.port, ssl=tls)
    said = f"GET {MONITOR} HTTP/1.0\r\nHost: {where.hostname}\r\n\r\n"
    try:
        await exchange(connecting, said.encode())
    except ConnectionResetError:
        pass
    return True


async def haproxy(path, url=None):
    """With no connection left it takes no more: that is a flood, and no reason to end those
    that it serves."""
    said = (await exchange(asyncio.open_unix_connection(path), b"show info\n")).decode()
    about = dict(line.split(": ", 1) for line in said.splitlines() if ": " in line)
    busy = int(about["CurrConns"]) * 2 > int(about["Maxconn"])
    return busy or url is None or await serves(url)


async def packet(reader):
    header = await reader.readexactly(4)
    return await reader.readexactly(int.from_bytes(header[:3], "little"))


# Of https://mariadb.com/kb/en/connection/: protocol 4.1, length of the password in one byte,
# named plugins. The server asks the kernel who it is (unix_socket), so no password is said.
CAPABILITIES = 0x200 | 0x8000 | 0x80000
UTF8 = 45
PLUGIN = b"mysql_native_password\0"  # with another one it asks for this one first
OK, ERROR, PING, QUIT = b"\0", b"\xff", b"\x0e", b"\x01"


def framed(body, number=0):
    return struct.pack("<I", len(body) | number << 24) + body


async def mariadb(path, user):
    """A refusal (too many connections) is an answer, too. It logs who leaves without a
    log-in, and who may not log in."""
    reader, writer = await asyncio.open_unix_connection(path)
    log_in = struct.pack("<IIB23x", CAPABILITIES, 1 << 24, UTF8) + user.encode() + b"\0\0" + PLUGIN
    try:
        if (await packet(reader))[:1] == ERROR:
            return True
        writer.write(framed(log_in, 1))
        if (await packet(reader))[:1] == OK:
            writer.write(framed(PING))
            await packet(reader)
            writer.write(framed(QUIT))
        return True
    finally:
        writer.close()


async def dns(address, port, domain, connection=None):
    """SOA, by UDP. connection: a socket of another network, perhaps."""
    labels = b"".join(bytes([len(label)]) + label for label in domain.encode().split(b"."))
    ident, loop = os.urandom(2), asyncio.get_running_loop()
    with connection or socket.socket(type=socket.SOCK_DGRAM) as asker:
        asker.setblocking(False)
        asker.connect((address, int(port)))
        await loop.sock_sendall(asker, ident + struct.pack("!5H", 0, 1, 0, 0, 0) + labels +
                                b"\0" + struct.pack("!HH", 6, 1))
        return (await loop.sock_recv(asker, 512)).startswith(ident)


async def touched(path):
    """It need not be recent by any clock, but it must change."""
    before = os.stat(path).st_mtime_ns
    while os.stat(path).st_mtime_ns == before:
        await asyncio.sleep(0.2)
    return True
