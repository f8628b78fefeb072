"""A disk that is nearly full: the database is read, and not written to."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess

import pytest
from client import PASSWORD, Client
from database import owner, sql, stopped
from stack import ROOT
from waiting import wait_for

ID = "01234567-89ab-7def-8123-456789abcdef"
MUCH, LITTLE = 10 ** 9, 1  # MB: more than any disk has, and what each has
WRITES = [("POST", "/api/v1/todos", {"title": "x"}),
          ("PUT", f"/api/v1/todos/{ID}", {"title": "x"}),
          ("PATCH", f"/api/v1/todos/{ID}", {"title": "x"}),
          ("DELETE", f"/api/v1/todos/{ID}", None),
          ("POST", f"/api/v1/todos/{ID}/restore", None),
          ("POST", "/api/v1/todos/restore", {"ids": [ID]}),
          ("POST", "/api/v1/todos/clear-completed", None),
          ("POST", "/api/v1/todos/empty-trash", None),
          ("DELETE", "/api/v1/sessions", None),
          ("POST", "/api/v1/sessions", {"login": "somebody@example.org", "password": PASSWORD}),
          ("POST", "/api/v1/accounts", {"login": "new@example.org", "password": PASSWORD})]
READS = ["/api/v1/todos", "/api/v1/todos?filter=trash", "/api/v1/changes?since=0",
         "/api/v1/account", "/api/v1/sessions", "/todo"]


@contextlib.contextmanager
def guard(stack, reserve, **changed):
    """It alone looks after the disk, and keeps so much of it."""
    options, user = owner(stack)
    environment = os.environ | {
        "DB_SOCKET": f"{stack.state}/mysql.sock", "DATADIR": f"{stack.state}/mysql", "USER": user,
        "RESERVE_MB": str(reserve), "FULL": str(mark(stack))}
    with subprocess.Popen([ROOT / "sql/disk-guard"], env=environment | changed, cwd=stack.state,
                          stdin=subprocess.DEVNULL, **options) as running:
        try:
            yield running
        finally:
            running.send_signal(signal.SIGTERM)


def mark(stack):
    return stack.state / "run/database-full"


def read_only(stack):
    with contextlib.suppress(subprocess.CalledProcessError):  # it is starting
        return sql(stack, "SELECT @@GLOBAL.read_only")[0] in ("1", "ON")


@pytest.fixture(autouse=True)
def unguarded(stack):
    """The guard of `make run` does nothing meanwhile; afterwards all is as before."""
    pid = int((stack.state / "run/disk-guard.pid").read_text().split()[0])
    with stopped(pid):
        yield
        with guard(stack, LITTLE):
            wait_for(lambda: not mark(stack).exists())
    wait_for(lambda: not read_only(stack))


@contextlib.contextmanager
def full(stack):
    with guard(stack, MUCH):
        wait_for(mark(stack).exists)
        yield


def near(stack):
    instance = stack.instances("api")[0]
    return Client(stack, (instance["address"], instance["port"]))


def assert_refused(answer):
    assert (answer.status, answer.slug) == (503, "read-only")
    assert int(answer.headers["Retry-After"]) > 0


def told(stack, before=()):
    """What has happened since."""
    events = map(json.loads, stack.asg("events", "--limit", "1000", "--json").splitlines())
    return [event.get("text", event["kind"]) for event in events][len(before):]


def test_a_disk_that_is_nearly_full_is_read_and_not_written(stack, me):
    item = me.add("kept", note="a note")
    before = told(stack)
    # So that to tell when it was used last would be a write.
    sql(stack, "UPDATE session SET last_used = last_used - INTERVAL 1 HOUR")
    with full(stack):
        for method, path, body in WRITES:
            assert_refused(me(method, path, body))
        assert me.post("/todo", {"title": "x"}).json["status"] == 503
        for path in (*READS, f"/api/v1/todos/{item['id']}"):
            assert me.get(path).status == 200, path
        assert me.titles() == ["kept"]
        wait_for(lambda: near(stack).get("/readyz").json.get("writable") is False)
        assert near(stack).get("/readyz").status == 200
        wait_for(lambda: "! the database: it is read-only: " in stack.asg("status"))
    with guard(stack, LITTLE):
        wait_for(lambda: not mark(stack).exists())
        assert me.patch(f"/api/v1/todos/{item['id']}", {"title": "changed"}).status == 200
        wait_for(lambda: near(stack).get("/readyz").json["writable"])
    wait_for(lambda: "read-only" not in stack.asg("status"))
    wait_for(lambda: told(stack, before)[1:])
    # And no instance had to go for it.
    began, ended = told(stack, before)
    assert began.startswith("the database: it is read-only: ")
    assert ended.startswith("the database is written to again, after ")


def test_a_database_that_is_started_on_a_full_disk_is_not_written_either(stack, me):
    with full(stack):
        before = (stack.state / "mysql.pid").read_text()
        os.kill(int(before), signal.SIGKILL)
        wait_for(lambda: (stack.state / "mysql.pid").exists()
                 and (stack.state / "mysql.pid").read_text() != before)
        wait_for(lambda: read_only(stack))
        wait_for(lambda: me.get("/api/v1/todos").status == 200)
        assert_refused(me.post("/api/v1/todos", {"title": "x"}))


def test_what_an_operator_made_read_only_stays_so(stack, me):
    sql(stack, "SET GLOBAL read_only = 1")
    try:
        with guard(stack, LITTLE) as _:
            subprocess.run(["sleep", "5"], check=True)  # two looks; more would do no harm
            assert_refused(me.post("/api/v1/todos", {"title": "x"}))
    finally:
        sql(stack, "SET GLOBAL read_only = 0")


@pytest.mark.parametrize("program", sorted(path.stem for path in
                                           pathlib.Path(ROOT / "sql/grants").glob("*.sql")))
def test_no_program_may_write_nonetheless(stack, program):
    given = "\n".join(sql(stack, f"SHOW GRANTS FOR allday_{program}@'%'")).upper()
    assert "READ_ONLY" not in given and "SUPER" not in given


def test_the_user_of_the_guard_may_do_nothing_else(stack):
    given = " ".join(sql(stack, "SHOW GRANTS FOR 'allday-guard'@localhost"))
    assert given.count("GRANT") == 1 and "GRANT READ_ONLY ADMIN ON *.* TO" in given


def test_a_guard_that_has_ended_leaves_nothing(stack):
    """Not even a sleep that does not hear of the end, as one that has not begun yet."""
    directory = stack.state / "deaf"
    directory.mkdir()
    directory.chmod(0o777)
    sleep, begun = directory / "sleep", directory / "pid"
    sleep.write_text(f"""#!/bin/sh
trap '' TERM
echo $$ > {begun}.new && mv {begun}.new {begun}
exec /bin/sleep 1
""")
    sleep.chmod(0o755)
    with guard(stack, LITTLE, PATH=f"{directory}:{os.environ['PATH']}") as running:
        wait_for(begun.exists)
        running.send_signal(signal.SIGTERM)
        assert running.wait() == 0
    assert not pathlib.Path("/proc", begun.read_text().strip()).exists()
