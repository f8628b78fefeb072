"""Does a server work? A question that its own work answers: True, it answers (that it refuses
is an answer); False, somebody is there and does not; None, nobody is there: it has ended, or
starts or recovers, which is its keeper's affair. And whether what does not answer is at work
all the same, as under load. (The runner of `make run` asks all in one loop, by
run/alive.py.)"""

import errno
import os
import re
import socket
import subprocess

ASK = 4  # seconds for an answer
# A question of DNS for the root's SOA; who does not serve that says so.
QUERY = bytes.fromhex("a11d 0000 0001 0000 0000 0000 00 0006 0001")
NOBODY = (errno.ECONNREFUSED, errno.ENOENT, errno.ENETUNREACH)


def answer(connection, address, question):
    with connection:
        connection.settimeout(ASK)
        try:
            connection.connect(address)
            connection.sendall(question)
            return connection.recv(512) != b"" or None  # it ended while it was asked
        except OSError as error:
            return None if error.errno in (*NOBODY, errno.ECONNRESET, errno.EPIPE) else False


def haproxy(path):
    """By its runtime socket, which the loop answers that moves the requests."""
    return answer(socket.socket(socket.AF_UNIX), str(path), b"show info\n")


def knot(address, port, connection=None):
    """connection: made in another network, perhaps."""
    return answer(connection or socket.socket(socket.AF_INET, socket.SOCK_DGRAM), (address, port),
                  QUERY)


def mariadb(path, enter=()):
    """By SELECT 1 of the user that this is; enter: a command that becomes another, elsewhere. A
    connection that only greets would leave a line in its log each time."""
    argv = [*enter, "mariadb", "--no-defaults", "--protocol=socket", f"--socket={path}", "--batch",
            "--execute=SELECT 1"]
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=ASK)
    except subprocess.TimeoutExpired:
        return False
    code = re.search(r"^ERROR (\d+)", done.stderr, re.M)
    if done.returncode == 0 or code and int(code[1]) < 2000:
        return True
    # A full queue before its socket (11) is one that it does not empty.
    return False if code and int(code[1]) == 2002 and "(11)" in done.stderr else None


# ---- at work, or hanging?


def work(pids):
    """Seconds that their threads have had a processor, or waited for one."""
    total = 0
    for pid in pids:
        try:
            for thread in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{thread}/schedstat") as file:
                    total += sum(map(int, file.read().split()[:2]))
        except OSError:
            pass
    return total / 1e9


class Patience:
    """The verdict on one server, and how often it may be ended for it. Times are of a clock
    that nobody sets."""

    HANGS = 10     # seconds without an answer, when it did nothing meanwhile
    BUSY = 60      # and when it was at work, or waited for a processor
    IDLE = 0.02    # of the time: what a server that hangs may still use
    AGAIN = 30     # seconds until it may be ended again; doubled each time
    MOST = 900
    GOOD = 3600    # after so long all is forgotten

    def __init__(self):
        self.since, self.worked, self.ended, self.free = None, 0, 0, 0
        self.last = None

    def hangs(self, now, said, worked):
        """said: its answer; worked: a function, asked when there was none."""
        if said is not False:
            self.since = None
            if self.last is not None and now - self.last > self.GOOD:
                self.ended = 0
            return False
        if self.since is None:
            self.since, self.worked = now, worked()
            return False
        silent = now - self.since
        if silent < self.HANGS or now < self.free:
            return False
        return silent >= self.BUSY or worked() - self.worked < self.IDLE * silent

    def was_ended(self, now):
        self.since, self.last = None, now
        self.free = now + min(self.AGAIN * 2 ** self.ended, self.MOST)
        self.ended += 1
