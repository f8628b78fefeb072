"""The runner looks after all of its services at once: what ends runs again, what hangs too."""

import asyncio
import contextlib
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading

import pytest
from client import Client
from database import owner, stopped, wait_for
from stack import ROOT, Stack

sys.path.append(str(ROOT / "ansible/local"))
import alive  # noqa: E402
import processes  # noqa: E402

LONG = 90  # seconds; longer than any patience of the runner


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
    assert asyncio.run(service.attempt()) == "fake ended at its start: it said nothing"
    assert [service.back_off() for _ in range(9)] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


# ---- what hangs


@pytest.mark.parametrize("name", ["balancer-app", "database", "dns", "asg"])
def test_what_hangs_is_started_again(stack, name):
    wait_for(lambda: lists(stack))
    before = pid(stack, name)
    hung = worker(before) if name == "balancer-app" else before
    os.kill(hung, signal.SIGSTOP)
    try:
        wait_for(lambda: f"{name} hung: " in stack.output, LONG)
        wait_for(lambda: changed(stack, name, before), LONG)
        wait_for(lambda: f"{name} runs again" in stack.output.partition(f"{name} hung: ")[2], LONG)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(hung, signal.SIGCONT)
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
    assert asyncio.run(service.attempt()).startswith("the start of fake took more than ")
    assert service.child.returncode == -signal.SIGTERM


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


def asked(*words, patience=2):
    question, _ = alive.QUESTIONS[words[0]]
    return asyncio.run(alive.within(question(*words[1:]), patience))


def test_silence_is_no_answer(tmp_path):
    path = str(tmp_path / "silent")
    web = Silent(socket.AF_INET, ("127.0.0.1", 0))
    url = f"http://127.0.0.1:{web.socket.getsockname()[1]}"
    with Silent(socket.AF_UNIX, path).socket:
        assert not asked("haproxy", path, url)
        assert not asked("mariadb", path, "nobody")
    udp = Silent(socket.AF_INET, ("127.0.0.1", 0), kind=socket.SOCK_DGRAM)
    assert not asked("dns", *udp.socket.getsockname(), "todo.test")
    (tmp_path / "lock").touch()
    assert not asked("asg", str(tmp_path / "lock"))
    assert not asked("asg", str(tmp_path / "none"))


@pytest.mark.parametrize("connections, works", [(10, False), (1999, True)])
def test_a_balancer_without_a_connection_left_is_busy(tmp_path, connections, works):
    """Its listener accepts nobody: that alone is no reason to end it."""
    path = str(tmp_path / "admin")
    said = f"Name: HAProxy\nMaxconn: 2000\nCurrConns: {connections}\n".encode()
    web = Silent(socket.AF_INET, ("127.0.0.1", 0))
    with Silent(socket.AF_UNIX, path, said).socket:
        url = f"http://127.0.0.1:{web.socket.getsockname()[1]}"
        assert asked("haproxy", path, url) == works


def test_it_is_a_command_too(stack):
    """As those who look after servers on hosts use it. It asks for years: nothing of it is
    in a log."""
    wait_for(lambda: lists(stack))
    options, user = owner(stack)

    def status(*words):
        return subprocess.run([ROOT / "ansible/local/alive.py", *map(str, words)],
                              capture_output=True, **options).returncode
    log = stack.state / "log/database.log"
    size = log.stat().st_size
    assert status("mariadb", stack.state / "mysql.sock", user) == 0
    assert status("haproxy", stack.state / "run/app.sock", stack.url("app")) == 0
    assert status("dns", "127.0.0.1", stack.ports["dns"], "todo.test") == 0
    assert status("asg", stack.state / "asg/lock") == 0
    assert status("dns", "127.0.0.1", 1, "todo.test") == 1
    assert status() == status("haproxy") == status("nobody", 1) == 100
    assert not re.search("Aborted|denied", log.read_text()[size:])
