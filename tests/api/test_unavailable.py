"""Without its database, and without one of its programs: told by every operation. And an
instance whose disk takes nothing."""

import concurrent.futures
import contextlib
import os
import re
import subprocess

import pytest
from client import PASSWORD, Client, operations
from database import (
    holding_counter, owner, program, sql, stopped, waiting_for_locks)
from stack import ROOT, Stack
from waiting import wait_for

ID = "01234567-89ab-7def-8123-456789abcdef"
LIVING = ("/", "/healthz", "/api/v1/sign-up")  # an instance answers them without a database
ROWS = [(method.upper(), path.format(id=ID)) for method, path, operation in operations()
        if "503" in operation["responses"]]


@pytest.fixture(scope="module")
def disk(open_directory):
    """What the instances take for their disk."""
    directory = open_directory / "disk"
    directory.mkdir()
    directory.chmod(0o777)
    return directory


@pytest.fixture(scope="module")
def stack(disk):
    # The instances stay as they are, whatever is done to them; there may be none.
    template = {"environment": {"DISK": str(disk)}}
    with Stack(groups={"api": {"min": 0, "launch_template": template}}) as running:
        running.asg("suspend", "api", "ReplaceUnhealthy")
        yield running


@pytest.fixture(autouse=True)
def available(stack):
    """Whatever the test before left."""
    wait_for(lambda: Client(stack).get("/readyz").status == 200)


@pytest.fixture
def instance(stack):
    return stack.instances("api")[0]


@pytest.fixture
def near(me, instance):
    """A client that asks the instance itself."""
    return Client(me.stack, (instance["address"], instance["port"]), token=me.token)


def assert_unavailable(answer, path):
    assert (answer.status, answer.slug) == (503, "unavailable"), path
    assert int(answer.headers["Retry-After"]) > 0


def database(stack):
    return stopped(int((stack.state / "mysql.pid").read_text()))


def test_without_a_program_an_instance_is_neither_alive_nor_ready(stack, near, instance):
    with stopped(program(stack, instance, "todo")):
        for path in "/healthz", "/readyz":
            wait_for(lambda path=path: near.get(path).status == 500)
    wait_for(lambda: near.get("/readyz").status == 200)


# ---- a database that is there, but not for a program


def migrate(stack):
    """As at every start of the database."""
    options, user = owner(stack)
    subprocess.run([ROOT / "sql/migrate"], check=True, **options, stdout=subprocess.DEVNULL,
                   env=os.environ | {"DB_SOCKET": f"{stack.state}/mysql.sock", "USER": user,
                                     "DB_NAME": "allday", "SECRETS": f"{stack.state}/secrets"})


@pytest.fixture
def restored(stack):
    yield
    migrate(stack)


def cut_off(stack, user):
    """Its connections are gone; it must make new ones."""
    for number in sql(stack, f"SELECT id FROM information_schema.processlist"
                             f" WHERE user = '{user}'"):
        with contextlib.suppress(subprocess.CalledProcessError):
            sql(stack, f"KILL CONNECTION {number}")


def as_program(stack, name, text, password=None):
    """What the program could say to the database, as its own user."""
    given = password or (stack.state / f"secrets/db-{name}").read_text().strip()
    return subprocess.run(
        ["mariadb", "--no-defaults", f"--socket={stack.state}/mysql.sock",
         f"--user=allday_{name}", f"--password={given}", "-N", "-e", text, "allday"],
        capture_output=True, text=True)


@pytest.mark.parametrize("name", ["auth", "todo", "classic"])
def test_a_program_whose_user_is_locked_is_not_ready(stack, near, restored, name):
    """Also while its old connections work; nothing is replaced for it, and giving the
    rights anew cures it."""
    locked = ["login", "auth"] if name == "auth" else [name]

    def shut_out():
        return [user for user, can in near.get("/readyz").json["users"].items() if not can]
    # (Each program asks every two seconds.)
    wait_for(lambda: not shut_out())
    sql(stack, f"ALTER USER allday_{name} ACCOUNT LOCK")
    wait_for(lambda: shut_out() == locked)
    answer = near.get("/readyz")
    assert answer.status == 503
    assert answer.json["status"] == "no database" and answer.json["database"]
    assert near.get("/healthz").status == 200
    migrate(stack)
    wait_for(lambda: near.get("/readyz").status == 200)


def test_no_right_is_noticed_too(stack, near, restored):
    sql(stack, "REVOKE ALL PRIVILEGES, GRANT OPTION FROM allday_todo")
    wait_for(lambda: near.get("/readyz").status == 503)


@pytest.mark.parametrize("name", ["auth", "todo", "classic", "health"])
@pytest.mark.parametrize("statement", [
    "SET PASSWORD = PASSWORD('evil')", "SET PASSWORD = ''",
    "SET PASSWORD FOR CURRENT_USER() = PASSWORD('evil')",
    "SET PASSWORD = PASSWORD('evil'); SET PASSWORD = PASSWORD('more')"])
def test_no_program_locks_its_kind_out(stack, near, restored, name, statement):
    as_program(stack, name, statement)
    cut_off(stack, f"allday_{name}")
    assert as_program(stack, name, "SELECT 1").stdout == "1\n"
    assert near.get("/api/v1/todos").status == near.get("/api/v1/account").status == 200
    wait_for(lambda: near.get("/readyz").status == 200)
    # Nor does the other password, which it has made, outlive the next start.
    migrate(stack)
    assert as_program(stack, name, "SELECT 1", "evil").returncode
    assert as_program(stack, name, "SELECT 1", "more").returncode


@contextlib.contextmanager
def missing(disk):
    away = disk.with_name("away")
    disk.rename(away)
    yield
    away.rename(disk)


@contextlib.contextmanager
def full(disk):
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=777", "none", disk], check=True)
    try:
        with contextlib.suppress(OSError), open(disk / "fill", "wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)
        yield
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize("broken", [missing, full])
def test_an_instance_whose_disk_takes_nothing_is_to_be_replaced(near, disk, broken):
    assert near.get("/healthz").json["disk"] is True
    with broken(disk):
        for path in "/healthz", "/readyz":
            answer = near.get(path)
            assert (answer.status, answer.json["status"]) == (500, "dead")
            assert answer.json["disk"] is False and all(answer.json["programs"].values())
    assert near.get("/healthz").status == 200
    assert list(disk.iterdir()) == []  # nothing is left of the attempts


def test_without_the_database_every_call_says_when_to_come_again(stack, me):
    me.add("kept")
    with database(stack):
        wait_for(lambda: me.get("/api/v1/todos").status == 503)
        # (What is no good in itself is told without asking the database.)
        for path in (path for method, path in ROWS if method == "GET" and path not in LIVING):
            answer = me.get(path)
            assert answer.status == 503 and int(answer.headers["Retry-After"]) > 0, path
    wait_for(lambda: me.get("/api/v1/todos").status == 200)
    assert me.titles() == ["kept"]


def test_without_an_instance_every_call_says_when_to_come_again(stack, me):
    stack.asg("set-desired", "api", 0)
    stack.asg("wait")
    for method, path in ROWS:
        assert_unavailable(me(method, path, {} if method != "GET" else None), path)
    stack.asg("set-desired", "api", 2)
    stack.asg("wait")
    assert me.get("/api/v1/todos").status == 200


def test_an_instance_without_the_database_is_alive_but_not_ready(stack, near):
    with database(stack):
        wait_for(lambda: near.get("/readyz").status == 503)
        assert near.get("/healthz").status == 200
        assert near.get("/").status == 200
        assert near.get("/api/v1/todos").slug == "unavailable"
        answer = near.get("/todo")
        assert (answer.status, answer.json["status"]) == (503, 503)
        assert int(answer.headers["Retry-After"]) > 0
    wait_for(lambda: near.get("/readyz").status == 200)
    wait_for(lambda: near.get("/todo").status == 200)


def test_the_balancers_wait_for_the_database_to_come_back(stack, me):
    with database(stack):
        wait_for(lambda: me.get("/readyz").status == 503)
    wait_for(lambda: me.get("/readyz").status == 200)
    assert sql(stack, "SELECT 1") == ["1"]


@contextlib.contextmanager
def setting(stack, name, value):
    before, = sql(stack, f"SELECT @@GLOBAL.{name}")
    sql(stack, f"SET GLOBAL {name} = {value}")
    try:
        yield
    finally:
        sql(stack, f"SET GLOBAL {name} = {before}")


def test_a_database_that_is_read_only_takes_no_writes_and_is_read(stack, me):
    item = f"/api/v1/todos/{me.add('kept')['id']}"
    gone = f"/api/v1/todos/{me.add('gone')['id']}"
    me.delete(gone)
    calls = [("PUT", item, {"title": "new"}), ("PATCH", item, {"title": "new"}),
             ("DELETE", item, None), ("POST", "/api/v1/todos", {"title": "new"}),
             ("POST", f"{gone}/restore", None), ("POST", "/api/v1/todos/clear-completed", None),
             ("POST", "/api/v1/todos/empty-trash", None),
             ("POST", "/api/v1/todos/restore", {"ids": [gone[-36:]]}),
             ("DELETE", "/api/v1/sessions", None)]
    with setting(stack, "read_only", 1):
        for method, path, body in calls:
            answer = me(method, path, body)
            assert (answer.status, answer.slug) == (503, "read-only"), path
            assert int(answer.headers["Retry-After"]) > 0
        answer = me.post("/todo", {"title": "new"})
        assert answer.status == 503 and int(answer.headers["Retry-After"]) > 0
        assert me.titles() == ["kept"]
    assert me.patch(item, {"title": "after"}).status == 200


def test_a_statement_that_is_killed_is_told(stack, me, near):
    """By an operator, or because it took too long."""
    with holding_counter(stack, me.account["id"]), \
            concurrent.futures.ThreadPoolExecutor(1) as pool:
        answer = pool.submit(near.post, "/api/v1/todos", {"title": "killed"})
        wait_for(lambda: waiting_for_locks(stack))
        for ident in waiting_for_locks(stack):
            sql(stack, f"KILL QUERY {ident}")
        assert_unavailable(answer.result(), "killed")
    assert me.titles() == []


# ---- how long a call may take: counted in tries, and in what the files allow for each


def seconds(text):
    """Of HAProxy's and nginx's way to write them."""
    number, unit = re.fullmatch(r"(\d+)(ms|s)", text).groups()
    return int(number) / (1000 if unit == "ms" else 1)


def said(path, pattern):
    return re.findall(pattern, (ROOT / path).read_text(), re.M)


def test_all_tries_together_fit_into_what_is_promised():
    times = dict(said("haproxy/global.cfg", r"^  timeout (queue|server) (\w+)$"))
    tries = 1 + int(said("haproxy/global.cfg", r"^  retries (\d+)$")[0])
    queue, server, connect = seconds(times["queue"]), seconds(times["server"]), 0.1
    hashing = seconds(said("haproxy/api-group.cfg", r"set-timeout server (\w+)")[0])
    assert tries * (queue + connect + server) <= 10 and queue + connect + hashing <= 10
    # The one inside gives up first, and says so.
    usual, *longer = map(seconds, said("nginx/api/routes.conf", r"fastcgi_read_timeout (\w+);"))
    work, = said("lib/fcgi/connection.c", r"\bWORK_S = (\d+),")
    hash_work, = said("lib/fcgi/connection.c", r"\bHASHING_S = (\d+),")
    assert int(work) < usual < server and int(hash_work) < min(longer) <= max(longer) < hashing
    # When all fail their checks there is one between nginx and the group.
    opened = seconds(said("haproxy/group.cfg", r"^  timeout server (\w+)$")[0])
    hash_opened = seconds(said("haproxy/api-group.cfg", r"set-timeout server (\w+)")[1])
    assert usual < opened < server and max(longer) < hash_opened < hashing


def tries_of(stack, answer):
    """How many instances' nginx was sent this request."""
    logs = [(instance["directory"] / "console.log").read_text(errors="replace")
            for instance in stack.instances("api")]
    return "".join(logs).count(f"request_id={answer.headers['X-Request-ID']} client")


def test_a_log_in_has_one_long_try(stack, me, anybody):
    with contextlib.ExitStack() as ends:
        for instance in stack.instances("api"):
            ends.enter_context(stopped(program(stack, instance, "login")))
        answer = anybody.post("/api/v1/sessions", {"login": me.login, "password": PASSWORD})
    assert_unavailable(answer, "login")
    wait_for(lambda: tries_of(stack, answer) >= 1)
    assert tries_of(stack, answer) == 1
