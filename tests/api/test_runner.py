"""The runner looks after all of its services at once: what ends runs again, what hangs too."""

import asyncio
import contextlib
import fcntl
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading

import pytest
from client import Client
from database import owner, stopped
from stack import ROOT, Stack

sys.path += [str(ROOT / "run"), str(ROOT / "host/machine")]
import alive  # noqa: E402
import processes  # noqa: E402
from waiting import wait_for  # noqa: E402

LONG = 180  # seconds; longer than any patience of the runner
SERVICES = ["balancer-app", "database", "dns", "dns-steer", "asg", "disk-guard"]


@pytest.fixture(scope="module")
def stack():
    with Stack() as running:
        yield running


def pid(stack, name):
    """Its process now; 0 while that is being written down."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int((stack.state / f"run/{name}.pid").read_text().split()[0])
    return 0


def changed(stack, name, before):
    return pid(stack, name) not in (0, before)


def worker(master):
    return int(pathlib.Path(f"/proc/{master}/task/{master}/children").read_text().split()[0])


def lists(stack):
    with contextlib.suppress(OSError):
        return Client(stack).get("/api/v1/todos").status == 401
    return False


# ---- what ends


def test_while_one_cannot_start_the_others_are_looked_after(stack):
    """A database that hangs at its start; meanwhile a balancer and the DNS server end."""
    before = {name: pid(stack, name) for name in ("database", "balancer-app", "dns")}
    os.kill(before["database"], signal.SIGKILL)
    wait_for(lambda: changed(stack, "database", before["database"]))
    with stopped(pid(stack, "database")):
        for name in "balancer-app", "dns":
            os.kill(before[name], signal.SIGKILL)
        for name in "balancer-app", "dns":
            wait_for(lambda: f"{name} runs again" in stack.output)
        assert "database runs again" not in stack.output
    wait_for(lambda: "database runs again" in stack.output, LONG)
    wait_for(lambda: lists(stack))


def test_one_that_ends_at_once_is_started_later_and_later(tmp_path):
    service = fake(tmp_path, "exit 3")
    assert asyncio.run(service.attempt()) == "fake ended while it was starting: it said nothing"
    assert [service.back_off() for _ in range(9)] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def is_open(path):
    for file in pathlib.Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if os.readlink(file) == str(path):
                return True
    return False


def test_nothing_is_left_by_a_runner_that_is_killed_before_it_wrote_it_down(tmp_path):
    """What it had begun would run for ever, and nobody would find it."""
    begun, log = tmp_path / "begun", tmp_path / "log/fake.log"
    service = fake(tmp_path, f"echo begun > {begun}; exec sleep 5")
    service.write_down = lambda: os._exit(0)  # as SIGKILL would do
    runner = os.fork()
    if not runner:
        service.launch()
    os.waitpid(runner, 0)
    # Whoever it had begun has the log open until its end.
    wait_for(lambda: begun.exists() or not is_open(log), 30)
    assert not begun.exists()


def test_what_is_not_installed_is_told(tmp_path):
    service = fake(tmp_path, "")
    service.argv = ["no-such-server"]
    with pytest.raises(processes.Failed, match="no-such-server is not installed; `make packages`"):
        service.launch()


# ---- what hangs


def test_what_hangs_is_started_again(stack):
    """All of it at once; of a balancer the worker hangs, which serves."""
    wait_for(lambda: lists(stack))
    before = {name: pid(stack, name) for name in SERVICES}
    hung = [worker(number) if name == "balancer-app" else number
            for name, number in before.items()]
    for number in hung:
        os.kill(number, signal.SIGSTOP)
    try:
        for name in SERVICES:
            wait_for(lambda: changed(stack, name, before[name]), LONG)
            wait_for(lambda: f"{name} runs again" in
                     stack.output.partition(f"{name} hung: ")[2], LONG)
    finally:
        for number in hung:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGCONT)
    wait_for(lambda: lists(stack))
    stack.asg("wait", "--for", 60)


# ---- how that is told from what is busy


def fake(directory, script, answers=lambda: False):
    for name in "log", "run":
        (directory / name).mkdir(exist_ok=True)

    async def asked():
        return answers()
    return processes.Service(directory, "fake", ["sh", "-c", script], alive=asked)


def test_a_start_is_waited_for_as_long_as_it_does_something(tmp_path, monkeypatch):
    """As a database does that has much to recover: three times the patience."""
    monkeypatch.setattr(processes, "PATIENCE", 2)
    done = tmp_path / "done"
    service = fake(tmp_path, "end=$(($(cut -d. -f1 /proc/uptime) + 6)); while [ $(cut -d. -f1"
                             f" /proc/uptime) -lt $end ]; do :; done; touch {done}; exec sleep 60",
                   done.exists)

    async def started():
        await service.start()
        await service.stop()
    asyncio.run(started())


def test_a_start_that_does_nothing_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "PATIENCE", 1)
    service = fake(tmp_path, "exec sleep 600")
    assert asyncio.run(service.attempt()).startswith("fake has not started within ")
    assert service.child.returncode == -signal.SIGTERM


def test_who_does_not_hear_while_it_starts_is_not_waited_for_long(tmp_path, monkeypatch):
    """MariaDB, asked to end before it takes connections, does not."""
    monkeypatch.setattr(processes, "PATIENCE", 600)
    monkeypatch.setattr(processes, "STARTING", 0.5)
    deaf = tmp_path / "deaf"
    service = fake(tmp_path, f"trap '' TERM; touch {deaf}; while :; do sleep 0.1; done")

    async def given_up():
        start = asyncio.ensure_future(service.start())
        while not deaf.exists():
            await asyncio.sleep(0.01)
        start.cancel()
        await asyncio.wait_for(service.stop(), 60)
    asyncio.run(given_up())
    assert service.child.returncode == -signal.SIGKILL


def test_one_answer_of_three_is_enough(tmp_path, monkeypatch):
    """A machine that is very busy owes the others."""
    monkeypatch.setattr(processes, "PAUSE", 0)
    asked = iter([False, False, True, False, False, True, False, False, False])
    service = fake(tmp_path, "exec sleep 600", lambda: next(asked))
    real = asyncio.sleep
    monkeypatch.setattr(asyncio, "sleep", lambda seconds: real(0))
    asyncio.run(service.hangs())
    assert list(asked) == []


class Silent:
    """It accepts, and answers with this alone."""

    def __init__(self, family, address, said=b"", kind=socket.SOCK_STREAM):
        self.socket = socket.socket(family, kind)
        self.socket.bind(address)
        self.said = said
        if kind == socket.SOCK_STREAM:
            self.socket.listen()
            threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                self.kept = connection
                if self.said:
                    connection.recv(100)
                    connection.sendall(self.said)
                    connection.close()


def asked(question, patience=2):
    return asyncio.run(alive.within(question, patience))


def test_silence_is_no_answer(tmp_path):
    path = str(tmp_path / "silent")
    web = Silent(socket.AF_INET, ("127.0.0.1", 0))
    url = f"http://127.0.0.1:{web.socket.getsockname()[1]}"
    with Silent(socket.AF_UNIX, path).socket:
        assert asked(alive.haproxy(path, url)) is False
        assert asked(alive.mariadb(path, "nobody")) is False
    udp = Silent(socket.AF_INET, ("127.0.0.1", 0), kind=socket.SOCK_DGRAM)
    assert asked(alive.dns(*udp.socket.getsockname(), "todo.test")) is False
    (tmp_path / "lock").touch()
    assert asked(alive.touched(tmp_path / "lock")) is False
    assert asked(alive.touched(tmp_path / "none")) is None


@pytest.mark.parametrize("connections, works", [(10, False), (1999, True)])
def test_a_balancer_without_a_connection_left_is_busy(tmp_path, connections, works):
    """Its listener accepts nobody: that alone is no reason to end it."""
    path = str(tmp_path / "admin")
    said = f"Name: HAProxy\nMaxconn: 2000\nCurrConns: {connections}\n".encode()
    web = Silent(socket.AF_INET, ("127.0.0.1", 0))
    with Silent(socket.AF_UNIX, path, said).socket:
        url = f"http://127.0.0.1:{web.socket.getsockname()[1]}"
        assert bool(asked(alive.haproxy(path, url))) == works


def test_asking_leaves_no_line_in_the_log(stack):
    """They are asked for years."""
    log = stack.state / "log/database.log"
    size = log.stat().st_size
    options, user = owner(stack)
    script = "import asyncio, sys, alive; print(asyncio.run(alive.within(alive.mariadb(*sys.argv[1:]))))"
    done = subprocess.run([sys.executable, "-B", "-c", script, stack.state / "mysql.sock", user], text=True,
                          capture_output=True, cwd=ROOT / "host/machine", **options)
    assert done.stdout == "True\n", done.stderr
    assert asked(alive.haproxy(stack.state / "run/app.sock", stack.url("app")))
    assert asked(alive.dns("127.0.0.1", stack.ports["dns"], "todo.test"))
    assert asked(alive.touched(stack.state / "asg/lock"), patience=20)
    assert asked(alive.dns("127.0.0.1", 1, "todo.test")) is None
    assert not re.search("Aborted|denied", log.read_text()[size:])


# ---- the runner itself


@contextlib.contextmanager
def in_place_of(directory, name, script):
    """A runner that finds this instead of a server."""
    (directory / name).write_text(f"#!/bin/sh\n{script}\n")
    (directory / name).chmod(0o755)
    directory.chmod(0o777)
    stack = Stack()
    stack.variables = {"PATH": f"{directory}:{os.environ['PATH']}"}
    try:
        yield stack
    finally:
        stack.stop()
        assert not stack.processes()
        stack.remove()


@pytest.fixture
def directory():
    with tempfile.TemporaryDirectory(prefix="allday-", dir="/tmp") as path:
        yield pathlib.Path(path)


def test_when_one_cannot_start_at_first_the_others_are_ended(directory):
    with in_place_of(directory, "knotd", "echo no luck; exit 3") as stack:
        with pytest.raises(AssertionError, match="did not start"):
            stack.__enter__()
        assert stack.runner.wait() == 1
        stack.read_on()
        assert "allday: dns ended while it was starting:\n  no luck" in stack.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_start_can_be_interrupted(directory, number):
    begun = directory / "begun"
    with in_place_of(directory, "knotd", f"touch {begun}; exec sleep 600") as stack:
        threading.Thread(target=lambda: wait_for(begun.exists) and
                         os.kill(stack.runner.pid, number)).start()
        with pytest.raises(AssertionError, match="did not start"):
            stack.__enter__()
        stack.read_on()
        assert stack.runner.wait() == 0, stack.output


def test_who_does_not_read_what_it_says_stops_nothing(directory):
    """A terminal after Ctrl-S."""
    with Stack() as stack:
        stack.stop(signal.SIGKILL)  # what reads it ends with it
        reading, writing = os.pipe()
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
        complaints = directory / "complaints"
        with complaints.open("w") as file:
            runner = subprocess.Popen([ROOT / "run/run", stack.file], stdout=writing,
                                      stdin=subprocess.DEVNULL, stderr=file)
        try:
            said = b""
            while b"\nready\n" not in said:
                said += os.read(reading, 4096)
            os.set_blocking(writing, False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    os.write(writing, b"x")
            os.set_blocking(writing, True)
            for name in "dns", "balancer-app":
                os.kill(before := pid(stack, name), signal.SIGKILL)
                wait_for(lambda: changed(stack, name, before), LONG)
        finally:
            runner.terminate()
            status = runner.wait(LONG)
            os.close(reading)
            os.close(writing)
        assert (status, complaints.read_text()) == (0, "")


def test_one_that_is_stopped_can_be_ended():
    with Stack() as stack:
        os.kill(stack.runner.pid, signal.SIGSTOP)
        try:
            subprocess.run([ROOT / "run/run", "--stop", stack.file], check=True,
                           timeout=LONG, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(stack.runner.pid, signal.SIGCONT)
        stack.runner.wait()
        assert not stack.processes()
