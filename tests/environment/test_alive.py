"""What hangs is told from what works, starts or is busy: the servers themselves, stopped and
let go on, and the verdict by a clock of the test's own."""

import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "host/machine"))
import alive  # noqa: E402
import watch  # noqa: E402
from stack import free_ports  # noqa: E402
from waiting import pause  # noqa: E402

os.environ["PATH"] += ":/usr/sbin:/sbin"


def haproxy(place):
    (place / "haproxy.cfg").write_text(
        f"global\n  stats socket {place}/admin.sock\ndefaults\n  mode http\n  timeout client 5s\n"
        f"  timeout server 5s\n  timeout connect 5s\nfrontend f\n  bind unix@{place}/f.sock\n")
    return ["haproxy", "-db", "-f", place / "haproxy.cfg"], lambda: watch.answered(alive.haproxy(place / "admin.sock"))


def knotd(place):
    port = free_ports()["dns"]
    (place / "knot.conf").write_text(
        f"server:\n  listen: 127.0.0.1@{port}\n  rundir: {place}\ndatabase:\n  storage: {place}\n"
        f"control:\n  listen: {place}/knot.sock\n")
    return ["knotd", "-c", place / "knot.conf"], lambda: watch.answered(alive.dns("127.0.0.1", port, "todo.test"))


def mariadbd(place):
    user = subprocess.check_output(["id", "-un"], text=True).strip()
    subprocess.run(["mariadb-install-db", "--no-defaults", f"--datadir={place}/data", f"--user={user}",
                    "--skip-test-db", "--auth-root-authentication-method=socket",
                    f"--auth-root-socket-user={user}"], check=True, capture_output=True)
    return ["mariadbd", f"--defaults-file={ROOT}/sql/my.cnf", "--skip-networking", f"--user={user}",
            f"--datadir={place}/data", f"--socket={place}/s", f"--pid-file={place}/pid"], \
        lambda: watch.mariadb(place / "s")


@pytest.fixture(params=[haproxy, knotd, mariadbd], ids=lambda server: server.__name__)
def server(request, tmp_path):
    argv, ask = request.param(tmp_path)
    assert ask() is None, "nobody is there yet"
    with open(tmp_path / "log", "w") as log:
        child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        until = time.monotonic() + 60
        while ask() is not True:
            assert child.poll() is None and time.monotonic() < until, (tmp_path / "log").read_text()
            time.sleep(0.05)
        yield child, ask
    finally:
        child.kill()
        child.wait()


def test_one_that_is_stopped_hangs_and_one_that_has_ended_does_not(server, monkeypatch):
    child, ask = server
    monkeypatch.setattr(watch, "ASK", 1)
    pause(child.pid)
    assert ask() is False
    before = watch.work([child.pid])
    assert ask() is False and watch.work([child.pid]) == before
    monkeypatch.setattr(watch, "ASK", 30)
    os.kill(child.pid, signal.SIGCONT)
    assert ask() is True
    child.kill()
    child.wait()
    assert ask() is None


def test_asking_leaves_no_line_in_the_log(server, tmp_path):
    _, ask = server
    assert ask() is True
    before = (tmp_path / "log").read_text()
    assert [ask() for _ in range(3)] == [True] * 3
    assert (tmp_path / "log").read_text() == before


# ---- the verdict


def verdicts(patience, answers, work=lambda now: 0, start=1000):
    """When it is ended, of one question a second."""
    ended = []
    for now, said in enumerate(answers, start):
        if patience.hangs(now, said, lambda: work(now)):
            patience.was_ended(now)
            ended.append(now - start)
    return ended


def test_who_does_nothing_for_ten_seconds_hangs():
    assert verdicts(watch.Patience(), [True] * 5 + [False] * 12) == [15]
    assert verdicts(watch.Patience(), [False] * 9 + [True] + [False] * 9) == []


def test_who_starts_or_recovers_does_not():
    assert verdicts(watch.Patience(), [None] * 600) == []
    assert verdicts(watch.Patience(), ([False] * 9 + [None]) * 60) == []


def test_load_alone_is_no_reason_but_a_minute_without_an_answer_is():
    assert verdicts(watch.Patience(), [False] * 59 + [True], lambda now: now * 0.1) == []
    assert verdicts(watch.Patience(), [False] * 70, lambda now: now * 0.1) == [60]


def test_it_is_not_ended_again_and_again():
    ended = verdicts(watch.Patience(), [False] * 4000)
    gaps = [later - earlier for earlier, later in zip(ended, ended[1:])]
    assert ended[0] == 10 and gaps == [30, 60, 120, 240, 480, 900, 900, 900]


def test_after_a_good_hour_it_begins_anew():
    patience = watch.Patience()
    assert verdicts(patience, [False] * 41) == [10, 40]
    assert verdicts(patience, [True] + [False] * 11, start=1041 + 3600) == [11]
    assert patience.free == 1041 + 3600 + 11 + 30
