"""What is killed, stopped or cut off while people use it."""

import concurrent.futures
import contextlib
import csv
import http.client
import io
import itertools
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time
import urllib.request
import uuid

import pytest

from database import holding_counter, owner, waiting_for_locks
from probe import Client, Probe, sign_up, whole_list
from stack import ROOT, Stack, free_ports
from waiting import wait_for

POOLS = ("login", "auth", "todo", "classic", "health")
# nginx goes on without its master, and the master starts a worker anew.
STILL_THERE = ("nginx master", "nginx worker")
UP = {("app", "web"): 2, ("app", "api"): 2, ("api", "api"): 2}


@pytest.fixture(scope="module")
def stack():
    with Stack() as stack:
        yield stack
        assert not re.search("failed|error", stack.output), stack.output


@pytest.fixture
def probe(stack):
    """It runs for the whole test; what it saw is looked at by the test."""
    wait_for(lambda: servers_up(stack) == UP)
    url = stack.url("app")
    with Probe(url, sign_up(url)[1]) as probe:
        probe.wait_answers(100)
        yield probe


def statistics(stack, name):
    """The rows of a balancer's CSV."""
    port = stack.ports["stats"] + ("app", "api").index(name)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/stats;csv", timeout=5) as answer:
        return list(csv.DictReader(io.StringIO(answer.read().decode().lstrip("# "))))


def servers_up(stack):
    found = {}
    with contextlib.suppress(OSError):
        for name, group in UP:
            found[name, group] = sum(
                row["pxname"] == group and row["svname"] not in ("FRONTEND", "BACKEND")
                and row["status"] == "UP" for row in statistics(stack, name))
    return found


def settle(stack, probe, request):
    """Two UP again, a hundred good answers more, the probe at its end; its figures are
    told with -s or -rP."""
    wait_for(lambda: servers_up(stack) == UP)
    probe.wait_answers(100)
    probe.__exit__()
    print(f"{request.node.name}: {probe}")


def clean(stack, probe):
    """Nothing failed, nothing is lost, nothing is there twice."""
    assert not probe.failures, probe
    assert not probe.compare(whole_list(probe.url, probe.token))


class Parts:
    """The processes of an instance, and how they were started."""

    def __init__(self, stack, instance):
        self.stack, self.directory, self.about = stack, instance["directory"], instance
        self.programs = {}
        for pid in stack.processes(self.directory):
            entry = pathlib.Path(f"/proc/{pid}")
            pairs = (entry / "environ").read_text().split("\0")
            environment = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
            if "SOCKET" in environment:
                self.programs[pathlib.Path(environment["SOCKET"]).stem] = (
                    pid, (entry / "cmdline").read_text().rstrip("\0"), environment)

    def nginx(self):
        """The pids of master and worker, as far as they run."""
        running = self.stack.processes(self.directory).items()
        return {word: pid for pid, line in running for word in ("master", "worker")
                if line.startswith(f"nginx: {word}")}

    def pids(self, name):
        if name == "nginx":
            return list(self.nginx().values())
        if name.startswith("nginx "):
            return [self.nginx()[name.split()[1]]]
        return [self.programs[name][0]]

    def replaced(self):
        """Another instance has its place, and nothing is left of it."""
        return not self.directory.exists() and not self.stack.processes(self.directory)

    def readiness(self):
        """The status that a balancer's check gets; None when nobody answers."""
        address = f"http://{self.about['address']}:{self.about['port']}/readyz"
        try:
            return urllib.request.urlopen(address, timeout=5).status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None


@pytest.fixture
def parts(stack):
    return Parts(stack, stack.instances("api")[0])


def send(pids, number):
    for pid in pids:
        os.kill(pid, number)


# ---- a part of an instance


@pytest.mark.parametrize("name", ["nginx master", "nginx worker", "nginx", "todo", "auth",
                                  "login", "classic", "health"])
def test_kill_9_of_a_part_fails_no_request(stack, parts, probe, request, name):
    send(parts.pids(name), signal.SIGKILL)
    probe.wait_answers(100)
    if name not in STILL_THERE:
        wait_for(parts.replaced)
    settle(stack, probe, request)
    clean(stack, probe)


@pytest.mark.parametrize("name", ["nginx", "todo", "auth"])
def test_sigterm_of_a_part_fails_no_request(stack, parts, probe, request, name):
    send(parts.pids(name if name != "nginx" else "nginx master"), signal.SIGTERM)
    wait_for(parts.replaced)
    settle(stack, probe, request)
    clean(stack, probe)


def test_a_todo_program_that_hangs_fails_no_request(stack, parts, probe, request):
    send(parts.pids("todo"), signal.SIGSTOP)
    wait_for(parts.replaced)
    settle(stack, probe, request)
    clean(stack, probe)


def test_a_program_that_hangs_in_a_transaction_blocks_nobody(stack, parts, probe, request):
    """It holds the lock of the account's counter until the database takes it away."""
    pids = parts.pids("todo")
    account = Client(probe.url, probe.token).call("GET", "/api/v1/account")[2]["id"]
    ident, value = str(uuid.uuid4()), "value of the one that hangs"
    probe.unsure[ident] = [value]
    with holding_counter(stack, account):
        writer = threading.Thread(target=write_at, args=(parts, probe.token, ident, value))
        writer.start()
        # More than an account has of the other instance (test_fair.py): some are of this one.
        wait_for(lambda: len(waiting_for_locks(stack)) > 2)
        send(pids, signal.SIGSTOP)
    try:
        written = len(probe.written)
        wait_for(lambda: len(probe.written) > written + 40, 15)
    finally:
        with contextlib.suppress(ProcessLookupError):  # it was replaced
            send(pids, signal.SIGCONT)
        writer.join()
    settle(stack, probe, request)
    clean(stack, probe)


def write_at(parts, token, ident, value):
    """Straight to one instance; the answer is nobody's concern."""
    client = Client(f"http://{parts.about['address']}:{parts.about['port']}", token)
    with contextlib.suppress(OSError, http.client.HTTPException):
        client.call("PUT", f"/api/v1/todos/{ident}", {"title": value, "note": value})


@pytest.mark.parametrize("name", POOLS)
def test_readiness_tells_a_missing_program_from_a_missing_database(stack, parts, name):
    """503 says that only the database is away, and such an instance is not replaced."""
    wait_for(lambda: parts.readiness() == 200)
    stack.asg("suspend", "api", "ReplaceUnhealthy")
    send(parts.pids(name), signal.SIGKILL)
    wait_for(lambda: parts.readiness() != 200)
    status = parts.readiness()
    stack.asg("resume", "api")
    wait_for(parts.replaced)
    assert status not in (None, 503)


# ---- the database


def sql(stack, text):
    options, user = owner(stack)
    return subprocess.run(
        ["mariadb", "--no-defaults", f"--socket={stack.state}/mysql.sock", f"--user={user}", "-N",
         "-e", text], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True,
        timeout=20, **options).stdout.split("\n")[:-1]


def database(stack):
    """Its process; 0 while it is just writing that down."""
    return int((stack.state / "mysql.pid").read_text() or 0)


def is_honest(failure):
    """503, in our words, with a time to wait: the one answer a failure may have."""
    _, status, headers, said = failure
    return (status == 503 and headers.get("Content-Type") == "application/problem+json"
            and int(headers.get("Retry-After", 0)) > 0
            and said["type"] == "urn:allday:unavailable" and said["status"] == 503)


def test_a_killed_database_is_told_honestly_and_comes_back(stack, probe, request):
    before = database(stack)
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: (stack.state / "mysql.pid").exists() and database(stack) not in (0, before))
    settle(stack, probe, request)
    assert not list(itertools.filterfalse(is_honest, probe.failures))
    assert not probe.compare(whole_list(probe.url, probe.token))


def test_a_hanging_database_is_told_honestly_and_comes_back(stack, probe, request):
    pid = database(stack)
    os.kill(pid, signal.SIGSTOP)
    try:
        wait_for(lambda: len(probe.failures) >= 50)
        late = ask_once(stack, probe.token)
    finally:
        os.kill(pid, signal.SIGCONT)
    settle(stack, probe, request)
    assert not list(itertools.filterfalse(is_honest, [*probe.failures, late]))
    # Its few connections queue for those that wait.
    assert probe.figures()["longest"] < 20
    assert not probe.compare(whole_list(probe.url, probe.token))


def test_a_hanging_database_is_no_reason_to_replace_an_instance(stack, probe):
    """Each check of its instances is answered, all through: what has no answer is dead."""
    instances, done = stack.instances("api"), activities(stack)
    addresses, seen = [f"{one['address']}:{one['port']}" for one in instances], set()

    def down_for(seconds):
        rows = [row for row in statistics(stack, "api")
                if row["pxname"] == "api" and row["addr"] in addresses]
        seen.update(row["check_status"].lstrip("* ") for row in rows)
        assert len(rows) == len(addresses)
        return all(row["status"] == "DOWN" and int(row["lastchg"]) >= seconds for row in rows)

    os.kill(pid := database(stack), signal.SIGSTOP)
    try:
        wait_for(lambda: down_for(8), 60)  # many of the programs' two seconds of patience
    finally:
        os.kill(pid, signal.SIGCONT)
    wait_for(lambda: servers_up(stack) == UP)
    assert "L6RSP" in seen and "L7TOUT" not in seen
    assert stack.instances("api") == instances
    assert activities(stack) == done


def activities(stack):
    """What was launched and terminated; not that the database was away."""
    return [line for line in stack.asg("activities", "--limit", 1000, "--json").splitlines()
            if json.loads(line)["kind"] != "note"]


def ask_once(stack, token):
    return "list", *Client(stack.url("api"), token).call("GET", "/api/v1/todos")


def test_database_connections_that_are_killed_fail_no_request(stack, probe, request):
    for _ in range(5):
        for ident in sql(stack, "SELECT id FROM information_schema.processlist"
                                " WHERE user LIKE 'allday%'"):
            with contextlib.suppress(subprocess.CalledProcessError):  # it has ended
                sql(stack, f"KILL CONNECTION {ident}")
        probe.wait_answers(50)
    settle(stack, probe, request)
    clean(stack, probe)


# ---- balancers


def test_two_servers_of_each_group_are_up(stack):
    wait_for(lambda: servers_up(stack) == UP)
    for port in (stack.ports["stats"], stack.ports["stats"] + 1):
        page = urllib.request.urlopen(f"http://127.0.0.1:{port}/stats", timeout=5).read()
        assert b"HAProxy" in page and b"i2" in page


@pytest.mark.parametrize("name", ["app", "api"])
def test_a_killed_balancer_runs_again_with_its_servers(stack, name):
    wait_for(lambda: servers_up(stack) == UP)
    file = stack.state / f"run/balancer-{name}.pid"
    pid = int(file.read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: int(file.read_text().partition(" ")[0] or pid) != pid)
    wait_for(lambda: servers_up(stack) == UP)
    assert Client(stack.url(name)).call("GET", "/api/v1/todos")[0] == 401
    wait_for(lambda: f"balancer-{name} runs again" in stack.output)


# ---- memory


def test_an_idle_program_is_small():
    with Stack() as stack:
        for instance in stack.instances("api"):
            for name, (pid, *_) in Parts(stack, instance).programs.items():
                text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
                kilobytes = sum(int(n) for n in re.findall(r"Private_\w+: +(\d+)", text))
                print(f"{name}: {kilobytes} kB")
                assert 0 < kilobytes < 6 * 1024, (name, kilobytes)


def resident(pid):
    """Bytes; 4096 a page."""
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


@pytest.mark.alone
def test_a_flood_of_log_ins_is_bounded_and_stops_nobody(stack, probe, request):
    pids = [Parts(stack, instance).pids("login")[0] for instance in stack.instances("api")]
    base = {pid: resident(pid) for pid in pids}
    most, over = dict(base), threading.Event()

    def sample():
        while not over.wait(0.002):
            for pid in pids:
                most[pid] = max(most[pid], resident(pid))
    sampler = threading.Thread(target=sample)
    sampler.start()
    login, _ = sign_up(stack.url("api"))

    def log_in(_):
        """How often it was asked to come again before it was let in."""
        for times in itertools.count():
            status, headers, _ = Client(stack.url("api")).call(
                "POST", "/api/v1/sessions", {"login": login, "password": "a long sentence"})
            if status == 201:
                return times
            assert status == 503 and times < 20
            time.sleep(int(headers["Retry-After"]))
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        again = list(pool.map(log_in, range(96)))
    over.set()
    sampler.join()
    settle(stack, probe, request)
    print(f"asked to come again: {sum(again)} times;",
          {pid: (base[pid] >> 20, most[pid] >> 20) for pid in pids})
    # Two threads of 19 MiB, and some room for the connections of the flood.
    assert all(15 << 20 < most[pid] - base[pid] < 42 << 20 for pid in pids)
    clean(stack, probe)


# ---- the runner


def run(file, **options):
    """A runner that is expected to refuse: its status and its sentence."""
    done = subprocess.run([ROOT / "run/run", file], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=30, **options)
    return done.returncode, done.stderr


def test_a_second_runner_of_the_same_environment_says_so(stack):
    status, said = run(stack.file)
    assert status == 1 and said.startswith("allday: ") and said.count("\n") == 1
    assert str(stack.runner.pid) in said and "already" in said
    assert stack.runner.poll() is None


@pytest.mark.parametrize("name", ["app", "api", "stats", "dns"])
def test_a_port_in_use_is_named(stack, tmp_path, name):
    ports = free_ports() | {name: stack.ports[name]}
    state = stack.directory / f"other-{name}"
    file = tmp_path / "environment.yml"
    file.write_text(json.dumps({"name": "other", "ports": ports, "state": str(state)}))
    status, said = run(file)
    assert status == 1 and said.count("\n") == 1
    assert f"port {ports[name]} " in said and f"ports.{name}" in said
    assert not (state / "mysql").exists()


def put_item(stack):
    """An account with one item: the token and what its list must be."""
    _, token = sign_up(stack.url("app"))
    status, _, item = Client(stack.url("app"), token).call(
        "POST", "/api/v1/todos", {"title": "stays"})
    assert status == 201
    return token, [item]


def test_when_make_is_told_to_end_what_it_runs_ends(tmp_path):
    """It tells its child alone: no shell may stand between them."""
    ports, file = free_ports(), tmp_path / "environment.yml"
    file.write_text(json.dumps({"name": "made", "ports": ports, "state": str(tmp_path / "state")}))
    # (-o: what is built is not built again beside tests that use it.)
    child = subprocess.Popen(["make", "-C", ROOT, "-o", "packages", "-o", "build", "run", f"ENVIRONMENT={file}"],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        assert "ready\n" in iter(child.stdout.readline, "")
        child.terminate()
        child.wait(60)
        wait_for(lambda: not (tmp_path / "state/lock").exists() or subprocess.run(
            ["flock", "-n", tmp_path / "state/lock", "true"]).returncode == 0)
        with pytest.raises(ConnectionRefusedError):
            Client(f"http://127.0.0.1:{ports['app']}").call("GET", "/")
    finally:
        subprocess.run([ROOT / "run/run", "--stop", file], check=False)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_end_nothing_is_left_and_the_list_stays(number):
    with Stack() as stack:
        token, items = put_item(stack)
        stack.stop(number)
        assert stack.runner.returncode == 0 and not stack.processes()
        stack.start()
        assert whole_list(stack.url("app"), token) == items


def test_what_a_killed_runner_left_is_ended_by_the_next():
    with Stack() as stack:
        token, items = put_item(stack)
        os.kill(stack.runner.pid, signal.SIGKILL)
        stack.runner.wait()
        left = set(stack.processes())
        assert len(left) > 10
        stack.start()
        assert not left & set(stack.processes())
        assert "ended what an earlier run left" in stack.output
        assert whole_list(stack.url("app"), token) == items
