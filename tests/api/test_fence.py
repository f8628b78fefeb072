"""A paused instance goes on, and what it still does undoes nothing.

Each round pauses an instance at one hop while people write; what hangs is answered by
another instance, they go on, and then the paused one goes on too. Whether its nginx
passes on what it finds before it sees that the balancer has given up is a race: so each
write is also sent to it once more, as it was, as one that has lost the race would come.
Every other time nobody looks after the instances: the process asg has ended.
FENCE_ROUNDS=200 take some ten minutes: all hops are paused at once, each of another
instance."""

import concurrent.futures
import contextlib
import itertools
import os
import pathlib
import platform
import signal
import socket
import struct
import subprocess
import threading
import time
import uuid

import pytest

import client
from database import owner
from probe import Client, sign_up
from stack import Stack
from test_failure import Parts, statistics
from waiting import wait_for

HOPS = ("nginx", "todo", "instance", "to the database", "from the database")
ROUNDS = int(os.environ.get("FENCE_ROUNDS", 2 * len(HOPS)))
INSTANCES = len(HOPS) + 2
EPOLL_PWAIT = {"x86_64": "281", "aarch64": "22"}[platform.machine()]
HUNG = 1  # seconds: no write takes so long by itself


class Database:
    """Between the programs and MariaDB: whose connections stop is told by pid."""

    def __init__(self, stack):
        self.stack = stack
        self.path, self.real = stack.state / "mysql.sock", stack.state / "mysql.real.sock"
        self.open = {}  # {(pid, direction): Event}
        self.path.rename(self.real)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.path.chmod(0o777)
        self.listener.listen(512)
        threading.Thread(target=self.accept, daemon=True).start()
        self.sql("SELECT CONCAT('KILL ', id, ';') FROM information_schema.processlist"
                 " WHERE user LIKE 'allday%'", lambda line: self.sql(line))

    def sql(self, text, each=None):
        options, user = owner(self.stack)
        lines = subprocess.run(
            ["mariadb", "--no-defaults", f"--socket={self.real}", f"--user={user}", "-N", "-e",
             text, "allday"], capture_output=True, text=True, **options).stdout.splitlines()
        for line in lines if each else ():
            each(line)
        return lines

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client = self.listener.accept()[0]
                pid = struct.unpack("3i", client.getsockopt(
                    socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
                server = socket.socket(socket.AF_UNIX)
                server.connect(str(self.real))
                for pair, direction in (((client, server), "to"), ((server, client), "from")):
                    threading.Thread(target=self.forward, args=(*pair, self.event(pid, direction)),
                                     daemon=True).start()

    def event(self, pid, direction):
        if (pid, direction) not in self.open:
            self.open[pid, direction] = threading.Event()
            self.open[pid, direction].set()
        return self.open[pid, direction]

    @staticmethod
    def forward(source, target, may):
        """What was read is kept while it may not go on, and then goes on, even its end."""
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                may.wait()
                target.sendall(data)
        may.wait()
        for each in (target, source):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.listener.close()
        self.path.unlink()
        self.real.rename(self.path)


@pytest.fixture(scope="module")
def stack():
    with Stack() as stack:
        stack.asg("set-desired", "api", INSTANCES)
        yield stack


@pytest.fixture(scope="module")
def database(stack):
    wait_for(lambda: servers_up(stack) == INSTANCES, 60)
    between = Database(stack)
    yield between
    between.close()


def settled(stack):
    """All are in service, and those that were replaced are gone."""
    return servers_up(stack) == len(stack.instances("api")) == INSTANCES


def servers_up(stack):
    return sum(row["pxname"] == "api" and row["svname"] not in ("FRONTEND", "BACKEND")
               and row["status"] == "UP" for row in statistics(stack, "api"))


@contextlib.contextmanager
def without_asg(stack):
    """It has ended, and the runner, which would start it again, is stopped."""
    os.kill(stack.runner.pid, signal.SIGSTOP)
    try:
        os.kill(int((stack.state / "run/asg.pid").read_text().split()[0]), signal.SIGTERM)
        wait_for(lambda: not asg_runs(stack))
        yield
        assert not asg_runs(stack)
    finally:
        os.kill(stack.runner.pid, signal.SIGCONT)
    wait_for(lambda: asg_runs(stack), 30)


def asg_runs(stack):
    return any(" reconcile " in line for line in stack.processes().values())


# ---- pausing


class Paused:
    """One instance at one hop."""

    def __init__(self, hop, parts, database):
        self.hop, self.parts, self.database = hop, parts, database
        self.program = parts.pids("todo")[0]

    def pids(self):
        if self.hop == "instance":
            return list(self.parts.stack.processes(self.parts.directory))
        return self.parts.pids(self.hop)

    def pause(self):
        if "database" in self.hop:
            self.database.event(self.program, self.hop.split()[0]).clear()
        else:
            self.stopped = self.pids()
            self.send(signal.SIGSTOP)

    def resume(self):
        if "database" in self.hop:
            self.database.event(self.program, self.hop.split()[0]).set()
        else:
            self.send(signal.SIGCONT)

    def send(self, number):
        for pid in self.stopped:
            with contextlib.suppress(ProcessLookupError):  # it was replaced
                os.kill(pid, number)

    def taken(self):
        """It has nothing left to do of what it got before; or it is no more."""
        if not pathlib.Path(f"/proc/{self.program}").exists():
            return True
        for _ in range(4):  # nginx takes them in their order
            with contextlib.suppress(OSError):
                Client(f"http://{self.parts.about['address']}:{self.parts.about['port']}").call(
                    "GET", "/api/v1/todos")
        return idle(self.program) == int(self.parts.programs["todo"][2]["THREADS"])


def idle(pid):
    """So many of its threads wait for a request."""
    count = 0
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*"):
        with contextlib.suppress(OSError):
            count += (task / "syscall").read_text().split()[0] == EPOLL_PWAIT
    return count


# ---- what people do: before the pause, while it hangs, then; and what must be so at the end


class Story:
    """One item. hangs() is what is sent to the paused instances among others."""

    def __init__(self, url, token, number):
        self.client, self.id = Client(url, token), str(uuid.uuid4())
        self.path, self.keyed = f"/api/v1/todos/{self.id}", number % 2
        self.took, self.number = 0, number

    def ask(self, method, path, body=None, expected=(200, 201, 204)):
        """Until it is answered, as a client would."""
        key = str(uuid.uuid4()) if self.keyed else None
        for _ in range(10):
            status, headers, said = self.client.call(method, path, body, key)
            if status < 500:
                break
        assert status in expected, (method, path, status, said)
        names = {"X-Request-ID": headers["X-Request-ID"]}
        if key or method == "POST":  # the balancer gives it one
            names["Idempotency-Key"] = key or headers["X-Request-ID"]
        self.sent = method, path, body, names
        return said

    def once_more(self, about):
        """A late copy, straight to an instance."""
        method, path, body, names = self.late
        there = client.Client(None, (about["address"], about["port"]), token=self.client.token)
        assert there(method, path, body, headers=names, checked=False).status < 500

    def put(self, title, **fields):
        return self.ask("PUT", self.path, {"title": title, "note": self.id} | fields)

    def patch(self, **fields):
        return self.ask("PATCH", self.path, fields)

    def many(self, what, expected=(200,), **body):
        return self.ask("POST", f"/api/v1/todos/{what}", body or None, expected)

    def before(self):
        self.put("old")

    def then(self):
        self.patch(title="new", done=True)

    def now(self):
        return self.client.call("GET", self.path)

    def right(self):
        """The edit that was acknowledged last stands."""
        _, _, item = self.now()
        return item["title"] == "new" and item["done"] and not item["deleted"]


class PutNew(Story):
    def before(self):
        pass

    def hangs(self):
        self.put("first")


class Put(Story):
    def hangs(self):
        self.put("replaced")


class Patch(Story):
    def hangs(self):
        self.patch(title="patched", done=False)


class Post(Story):
    def before(self):
        pass

    def hangs(self):
        self.made = self.ask("POST", "/api/v1/todos", {"title": "posted", "note": self.id})
        self.path = f"/api/v1/todos/{self.made['id']}"


class Delete(Story):
    def hangs(self):
        self.ask("DELETE", self.path)

    def then(self):
        self.ask("POST", f"{self.path}/restore")
        super().then()


class Clear(Story):
    def before(self):
        self.put("old", done=True)

    def hangs(self):
        self.many("clear-completed", ids=[self.id])

    def then(self):
        self.many("restore", ids=[self.id])
        super().then()


class ClearAll(Clear):
    """In a list of its own."""

    def before(self):
        self.client.token = sign_up(self.url)[1]
        super().before()

    def hangs(self):
        self.many("clear-completed")


class Restore(Story):
    def before(self):
        self.put("old")
        self.ask("DELETE", self.path)

    def hangs(self):
        self.ask("POST", f"{self.path}/restore")

    def then(self):
        self.ask("DELETE", self.path)

    def right(self):
        return bool(self.now()[2]["deleted"])


class RestoreMany(Restore):
    def hangs(self):
        self.many("restore", ids=[self.id])


class Refused(Restore):
    """An edit of what is in the trash: 404, and never done."""

    def hangs(self):
        self.ask("PATCH", self.path, {"title": "late"}, (404,))

    def then(self):
        self.ask("POST", f"{self.path}/restore")
        self.patch(title="new", done=True)

    right = Story.right


class Empty(Story):
    def before(self):
        self.put("old")
        self.ask("DELETE", self.path)

    def hangs(self):
        self.many("empty-trash", ids=[self.id])

    def then(self):
        self.put("new", done=True)
        self.ask("DELETE", self.path)

    def right(self):
        return bool(self.now()[2].get("deleted"))


class Emptied(PutNew):
    """What left for good does not come back."""

    def then(self):
        self.ask("DELETE", self.path)
        self.many("empty-trash", ids=[self.id])

    def right(self):
        return self.now()[0] == 404


class Classic(Story):
    def hangs(self):
        self.ask("PUT", "/todo", {"id": self.id.replace("-", ""), "title": "classic", "done": False})


KINDS = (PutNew, Put, Patch, Post, Delete, Clear, ClearAll, Restore, RestoreMany, Refused, Empty,
         Emptied, Classic)


def live(story):
    """How long it hung."""
    start = time.monotonic()
    story.hangs()
    story.took, story.late = time.monotonic() - start, story.sent
    story.then()


def doubled(url, token):
    """Notes that stand in more than one item."""
    notes = []
    for trash in ("all", "trash"):
        path = f"/api/v1/todos?limit=500&filter={trash}"
        notes += [item["note"] for item in Client(url, token).call("GET", path)[2]["items"]]
    return sorted(note for note in set(notes) if note and notes.count(note) > 1)


def logs(stack):
    return [(instance["directory"] / "console.log").read_text(errors="replace")
            for instance in stack.instances("api")]


def rounds(stack, database, hops):
    """(hung, copies that came late, what is wrong)."""
    url = stack.url("api")
    token = sign_up(url)[1]
    stories = [kind(url, token, number) for number, kind in enumerate(KINDS * 4)]
    for story in stories:
        story.url = url
    instances = stack.instances("api")
    paused = [Paused(hop, Parts(stack, instance), database)
              for hop, instance in zip(hops, instances)]
    with concurrent.futures.ThreadPoolExecutor(len(stories)) as pool:
        list(pool.map(lambda story: story.before(), stories))
        try:
            for one in paused:
                one.pause()
            list(pool.map(live, stories))
        finally:
            for one in paused:
                one.resume()
    for one in paused:
        wait_for(one.taken, 30)
    about = stack.instances("api")[0]
    for story in stories:
        story.once_more(about)
    after = logs(stack)
    hung = [story for story in stories if story.took > HUNG]
    late = sum("".join(after).count(f"request_id={story.late[3]['X-Request-ID']} client") > 2
               for story in hung)
    wrong = [f"{type(story).__name__}, hung {story.took:.1f} s: {story.now()[2]}"
             for story in stories if not story.right()]
    return len(hung), late, wrong, doubled(url, token)


def test_what_a_paused_instance_still_does_undoes_nothing(stack, database):
    figures, wrong, twice = [], [], []
    modes = itertools.cycle([False, True])
    for first in range(0, ROUNDS, len(HOPS)):
        away = next(modes)
        wait_for(lambda: settled(stack), 60)
        with without_asg(stack) if away else contextlib.nullcontext():
            hung, late, bad, more = rounds(stack, database, HOPS[:ROUNDS - first])
        figures.append((hung, late))
        wrong += bad
        twice += more
        print(f"rounds {first + 1} to {min(first + len(HOPS), ROUNDS)}, asg"
              f" {'away' if away else 'there'}: {hung} hung, {late} came late,"
              f" {len(bad)} reverted, {len(more)} doubled", flush=True)
    assert sum(hung for hung, _ in figures) >= len(figures)
    assert sum(late for _, late in figures), "nothing came late: nothing was tried"
    assert not wrong and not twice, "\n".join(wrong + twice)
