"""haproxy/ alone: the real files, told by hand what asg tells them, before instances
that do what a test wants."""

import asyncio
import collections
import concurrent.futures
import contextlib
import csv
import errno
import http.client
import http.server
import itertools
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import pytest

from problems import check_problem
from stack import ROOT, free_ports

sys.path += [str(ROOT), str(ROOT / "run"), str(ROOT / "host/machine")]
import alive  # noqa: E402
import balancers  # noqa: E402
from waiting import wait_for  # noqa: E402

SEARCH = os.environ["PATH"] + ":/usr/sbin:/sbin"
CHECK = {"path": "/readyz", "interval": "1s", "healthy": 2, "unhealthy": 2, "grace": "10s"}


def answers(path):
    asking = alive.exchange(asyncio.open_unix_connection(path), b"show info\n")
    return asyncio.run(alive.within(asking))


# ---- instances


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self):
        if self.path == "/readyz":
            return self.say(self.server.ready)
        self.server.asked.append(self.headers)
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        time.sleep(self.server.seconds)
        self.server.free.wait(30)
        self.say(self.server.works)

    do_POST = do_GET

    def say(self, status):
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(self.server.text)))
        self.end_headers()
        self.wfile.write(self.server.text)

    def log_message(self, *_):
        pass


class Instance(http.server.ThreadingHTTPServer):
    """ready, works: the statuses that it answers; text: the body; asked: headers of its
    requests, which wait for `free`."""
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port=0, ready=200, works=200):
        super().__init__(("127.0.0.1", port), Answer)
        self.port = self.server_address[1]
        self.ready, self.works, self.seconds, self.asked = ready, works, 0, []
        self.text, self.free = b"", threading.Event()
        self.free.set()
        self.connections = set()
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def process_request(self, request, address):
        self.connections.add(request)
        super().process_request(request, address)

    def shutdown_request(self, request):
        self.connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, *_):
        pass

    def kill(self):
        """As the kernel ends one: nobody listens, and every connection is reset."""
        self.free.set()
        self.shutdown()
        self.server_close()
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


# ---- the balancer


class HAProxy:
    """The balancer `api` or `app`, in a directory of its own."""
    files = []    # more than balancers.argv() names

    def __init__(self, directory, record="api", **limits):
        group = {"health_check": CHECK, "slow_start": "0s"}
        self.environment = {
            "listen": ["127.0.0.1"], "ports": free_ports(),
            "groups": {"web": group, "api": group},
            "balancer": {"slots": 4, "login_rate": 1000, "write_rate": 60000,
                         "connect_timeout": "100ms",
                         "connections": 2000, "connections_per_address": 1000,
                         "requests_per_address": 100, "cors_origins": []} | limits}
        (directory / "run").mkdir()
        self.log = directory / "log"
        self.balancer = next(one for one in balancers.all_balancers(directory, self.environment)
                             if one.record == record)
        self.port = self.balancer.port

    def settings(self):
        return balancers.settings(self.balancer, self.environment) | {"PATH": SEARCH}

    def start(self):
        files = [word for file in self.files for word in ("-f", file)]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*balancers.argv(self.balancer), *files], env=self.settings(),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        wait_for(lambda: answers(self.balancer.socket) or self.process.poll() is not None)
        assert self.process.poll() is None, self.log.read_text()

    def stop(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def ask(self, line):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(str(self.balancer.socket))
            connection.sendall(line.encode() + b"\n")
            return b"".join(iter(lambda: connection.recv(65536), b"")).decode()

    def fill(self, slot, instance, *states, group="api"):
        """What haproxy_route() sends for a slot that was empty; in tests/unit, too."""
        states = states or ("state drain", "health down", "state ready")
        server = f"set server {group}/i{slot}"
        self.ask(";".join(f"{server} {what}" for what in (f"addr 127.0.0.1 port {instance.port}",
                                                          *states)))
        server = f"set server {group}-open/i{slot}"
        self.ask(f"{server} state maint;{server} addr 127.0.0.1 port {instance.port};"
                 f"{server} state ready")

    def row(self, server, backend="api"):
        rows = csv.DictReader(self.ask("show stat").lstrip("# ").splitlines())
        return next(row for row in rows if (row["pxname"], row["svname"]) == (backend, server))

    def status(self, slot):
        return self.row(f"i{slot}")["status"]

    def workers(self):
        """Processes of this balancer besides the master."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError):
                if (os.getsid(int(entry.name)) == self.process.pid != int(entry.name)
                        and "Z" not in (entry / "stat").read_text().rpartition(")")[2][:3]):
                    found.append(int(entry.name))
        return found

    def get(self, path="/api/v1/todos", method="GET", source=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20,
                                                source_address=source and (source, 0))
        try:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()


@pytest.fixture
def directory():
    # Below /tmp for its length: a unix socket's path has 107 bytes.
    with tempfile.TemporaryDirectory(prefix="allday-", dir="/tmp") as path:
        yield pathlib.Path(path)


@pytest.fixture
def haproxy(directory):
    balancer = HAProxy(directory)
    balancer.start()
    yield balancer
    balancer.stop()


@pytest.fixture
def instances():
    """A function that makes instances."""
    made = []

    def make(**options):
        made.append(Instance(**options))
        return made[-1]
    yield make
    for instance in made:
        instance.kill()


def serve(haproxy, *members):
    """All of them in slots, those that are ready UP."""
    for slot, instance in enumerate(members, 1):
        haproxy.fill(slot, instance)
    for slot, instance in enumerate(members, 1):
        wanted = "UP" if instance.ready == 200 else "DOWN"
        wait_for(lambda: haproxy.row(f"i{slot}")["check_status"] not in ("INI", "")
                 and haproxy.status(slot) == wanted)


class Load:
    """Kept connections, so many requests a second: how they ended. As in a browser, a
    request that met the end of its kept connection is sent again on another one."""

    def __init__(self, port, rate=200, connections=8):
        self.port, self.rate = port, rate
        self.statuses, self.crossed = collections.Counter(), 0
        self.numbers, self.ended = itertools.count(), threading.Event()
        self.threads = [threading.Thread(target=self.work, daemon=True)
                        for _ in range(connections)]

    def __enter__(self):
        self.start = time.monotonic()
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def work(self):
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        for number in self.numbers:
            due = self.start + number / self.rate
            if self.ended.wait(max(0, due - time.monotonic())):
                return
            try:
                self.statuses[self.kept(client)] += 1
            except (OSError, http.client.HTTPException) as error:
                client.close()
                self.statuses[repr(error)] += 1

    def kept(self, client):
        if client.sock is not None:
            if select.select([client.sock], [], [], 0)[0]:  # it was closed meanwhile
                client.close()
                return self.once(client)
            with contextlib.suppress(http.client.RemoteDisconnected, ConnectionResetError,
                                     BrokenPipeError):
                return self.once(client)
            client.close()
            self.crossed += 1
        return self.once(client)

    @staticmethod
    def once(client):
        client.request("GET", "/api/v1/todos")
        answer = client.getresponse()
        answer.read()
        return answer.status

    def wait(self, count):
        """Until so many more were answered."""
        wanted = self.statuses.total() + count
        wait_for(lambda: self.statuses.total() >= wanted, 60)


# ---- slots


def unready_beside_ready(haproxy, instances, *states):
    """The requests that a not yet ready instance got, and the failed ones."""
    good, late = instances(), instances(ready=500, works=501)  # (500 is sent to the other one)
    serve(haproxy, good)
    with Load(haproxy.port) as load:
        load.wait(20)
        for _ in range(10):
            haproxy.fill(2, late, *states)
            load.wait(20)
            haproxy.ask("set server api/i2 state maint")
    load.statuses.pop(200)
    return len(late.asked), load.statuses


def test_an_instance_that_is_not_ready_gets_no_request(haproxy, instances):
    asked, failed = unready_beside_ready(haproxy, instances)
    assert (asked, not failed) == (0, True), failed


def test_that_test_would_see_them(haproxy, instances):
    asked, failed = unready_beside_ready(haproxy, instances, "state ready")
    assert asked and failed


@pytest.mark.alone
def test_a_slot_that_is_filled_is_up_after_two_checks(haproxy, instances):
    start = time.monotonic()
    serve(haproxy, instances())
    seconds = time.monotonic() - start
    print(f"UP after {seconds:.2f} s")
    assert seconds < 2
    assert haproxy.get()[0] == 200


@pytest.mark.alone
@pytest.mark.parametrize("what", ["killed", "hanging"])
def test_a_bad_instance_is_noticed_without_traffic(haproxy, instances, what):
    good, bad = instances(), instances()
    serve(haproxy, good, bad)
    start = time.monotonic()
    if what == "killed":
        bad.kill()
    else:
        bad.shutdown()  # the kernel still accepts for it
    wait_for(lambda: haproxy.status(2) == "DOWN")
    seconds = time.monotonic() - start
    print(f"{what}: DOWN after {seconds:.2f} s")
    assert seconds < (3 if what == "killed" else 6)
    if what == "hanging":
        bad.kill()


def test_503_of_a_check_is_told_from_death(haproxy, instances):
    one, two = instances(ready=503), instances(ready=500)
    serve(haproxy, one, two)
    wait_for(lambda: [haproxy.row(server)["check_status"].removeprefix("* ")
                      for server in ("i1", "i2")] == ["L6RSP", "L7STS"])


# ---- fail open


def test_when_all_checks_fail_all_instances_get_requests(haproxy, instances):
    members = [instances(ready=500) for _ in range(3)]
    serve(haproxy, *members)
    with Load(haproxy.port) as load:
        load.wait(200)
    assert set(load.statuses) == {200}
    assert all(len(instance.asked) > 30 for instance in members)


def test_requests_under_way_survive_the_last_failing_check(haproxy, instances):
    members = [instances() for _ in range(2)]
    serve(haproxy, *members)
    with Load(haproxy.port) as load:
        load.wait(50)
        for instance in members:
            instance.ready = 500
        wait_for(lambda: all(haproxy.status(slot) == "DOWN" for slot in (1, 2)))
        load.wait(100)
        for instance in members:
            instance.ready = 200
        wait_for(lambda: all(haproxy.status(slot) == "UP" for slot in (1, 2)))
        load.wait(50)
    assert set(load.statuses) == {200}


def test_fail_open_keeps_what_the_edge_said(haproxy, instances):
    instance = instances(ready=500)
    serve(haproxy, instance)
    _, headers, _ = haproxy.get(method="POST", **{"X-Forwarded-For": "1.2.3.4", "X-Real-IP": "1"})
    asked = instance.asked[-1]
    assert asked["X-Request-ID"] == headers["X-Request-ID"] == asked["Idempotency-Key"]
    assert asked["X-Forwarded-For"] == "127.0.0.1" and "X-Real-IP" not in asked
    assert asked["Host"] == f"127.0.0.1:{haproxy.port}"


def test_fail_open_does_not_multiply_requests(haproxy, instances):
    """An answer is an answer: 503 is not asked for again behind the group's back."""
    members = [instances(ready=503, works=503) for _ in range(3)]
    serve(haproxy, *members)
    status, headers, _ = haproxy.get()
    assert status == 503 and headers["Content-Type"] == "text/plain"
    assert sum(len(instance.asked) for instance in members) == 1


def is_honest(answer):
    status, headers, body = answer
    said = json.loads(body)
    return (status == 503 and headers["Content-Type"] == "application/problem+json"
            and int(headers["Retry-After"]) > 0 and check_problem(said) == "unavailable"
            and said["request_id"] == headers["X-Request-ID"])


def test_without_an_instance_the_answer_is_honest(haproxy, instances):
    assert is_honest(haproxy.get())
    gone = instances()
    serve(haproxy, gone)
    gone.kill()
    wait_for(lambda: haproxy.status(1) == "DOWN")
    assert is_honest(haproxy.get())
    haproxy.ask("set server api/i1 state maint; set server api-open/i1 state maint")
    assert is_honest(haproxy.get())
    _, headers, body = haproxy.get(Accept="text/html")
    assert headers["Content-Type"].startswith("text/html") and b"One moment" in body


@pytest.mark.alone
def test_an_instance_that_hangs_in_fail_open_is_given_up_in_time(haproxy, instances):
    instance = instances(ready=500)
    instance.seconds = 30
    serve(haproxy, instance)
    start = time.monotonic()
    assert is_honest(haproxy.get())
    assert 2.5 < time.monotonic() - start < 9
    assert len(instance.asked) == 1


# ---- nobody listens


def fresh(balancer):
    """How a request on a connection of its own ended."""
    try:
        return balancer.get()[0]
    except http.client.RemoteDisconnected:
        return "closed without a word"


def test_a_last_try_that_finds_nobody_is_answered(haproxy, instances):
    """One of two has died, the other has no database: no check has told yet of either, and
    connections to both are kept."""
    living, dead = instances(), instances()
    serve(haproxy, living, dead)
    for _ in range(4):
        assert fresh(haproxy) == 200
    living.works = 503
    for _ in range(5):
        dead.kill()
        assert [fresh(haproxy) for _ in range(10)] == 10 * [503]
        dead = instances(port=dead.port)
        wait_for(lambda: haproxy.status(2) == "UP")


def again(instances, instance, **options):
    """Another one where it listened."""
    instance.kill()
    return instances(port=instance.port, **options)


@pytest.mark.alone
def test_a_refused_connection_takes_an_instance_out_until_its_next_checks(haproxy, instances):
    good, bad = instances(), instances()
    serve(haproxy, good, bad)
    before = haproxy.row("i1")["chkdown"]
    bad.kill()
    while haproxy.status(2) == "UP":
        assert haproxy.get()[0] == 200
    assert haproxy.row("i2")["hanafail"] == "1"
    start = time.monotonic()
    instances(port=bad.port)
    wait_for(lambda: haproxy.status(2) == "UP")
    seconds = time.monotonic() - start
    print(f"UP after {seconds:.2f} s")
    assert seconds < 1
    assert haproxy.row("i1")["chkdown"] == before


def test_a_group_that_refused_for_a_moment_serves_before_its_checks_pass(haproxy, instances):
    members = [instances() for _ in range(3)]
    serve(haproxy, *members)
    for instance in members:
        instance.kill()
    while any(haproxy.status(slot) == "UP" for slot in (1, 2, 3)):
        assert is_honest(haproxy.get())
    members = [again(instances, instance, ready=500) for instance in members]
    assert [haproxy.get()[0] for _ in range(30)] == 30 * [200]
    assert all(haproxy.status(slot) == "DOWN" for slot in (1, 2, 3))
    for instance in members:
        instance.ready = 200
    wait_for(lambda: all(haproxy.status(slot) == "UP" for slot in (1, 2, 3)))


class Unreachable:
    """A port that neither takes a connection nor refuses it, as on a host that is away."""

    def __init__(self, port):
        self.listener = socket.create_server(("127.0.0.1", port), backlog=0)
        self.port, self.held = port, []
        self.held.append(self.dial())
        while self.reached():
            self.held.append(self.dial())

    def dial(self):
        connection = socket.socket()
        connection.setblocking(False)
        connection.connect_ex(("127.0.0.1", self.port))
        return connection

    def reached(self):
        return bool(select.select([], [self.held[-1]], [], 0.2)[1])

    def close(self):
        for each in (*self.held, self.listener):
            each.close()


def test_a_kept_connection_is_answered_when_no_instance_is_reached(haproxy, instances):
    """The last one goes while it serves without having passed its checks."""
    instance = instances(ready=500)
    serve(haproxy, instance)
    instance.free.clear()
    many = Many(haproxy, 8)
    wait_for(lambda: len(instance.asked) == 8)
    instance.free.set()
    assert [client.getresponse().read() for client in many.clients] == 8 * [b""]
    instance.kill()
    with contextlib.closing(Unreachable(instance.port)):
        for client in many.clients:
            assert Load.once(client) == 503
            client.close()


# ---- start, reload, end


def state_file(haproxy, *members):
    """As haproxy_state_file() writes it for instances that are UP."""
    lines = [f"0 {backend} {slot} i{slot} 127.0.0.1 2 4 1 1 0 {check} 0 0 0 slot.invalid"
             f" {instance.port} - 0 0 - - 0\n"
             for slot, instance in enumerate(members, 1)
             for backend, check in (("api", "15 3 3 6"), ("api-open", "1 0 4 8"))]
    haproxy.balancer.servers.write_text("1\n" + "".join(lines))


def test_a_cold_start_has_its_servers(directory, instances):
    haproxy, members = HAProxy(directory), [instances(), instances()]
    state_file(haproxy, *members)
    haproxy.start()
    try:
        assert [haproxy.get()[0] for _ in range(10)] == 10 * [200]
        assert all(instance.asked for instance in members)
        assert [haproxy.status(slot)[:2] for slot in (1, 2, 3)] == ["UP", "UP", "MA"]
        wait_for(lambda: haproxy.row("i1")["check_code"] == "200")
    finally:
        haproxy.stop()


@pytest.mark.parametrize("content", [None, "", "garbage\n", "1\n0 api\n", "1\n0 api 1 i1 nonsense"
                                     " 2 4 1 1 0 15 3 3 6 0 0 0 slot.invalid 99999 - 0 0 - - 0\n",
                                     "2\n\0\xff\n", "1\n" + 9000 * "x"])
def test_a_broken_file_hinders_no_start(directory, instances, content):
    haproxy = HAProxy(directory)
    if content is not None:
        haproxy.balancer.servers.write_text(content)
    haproxy.start()
    try:
        serve(haproxy, instances())
        assert haproxy.get()[0] == 200
    finally:
        haproxy.stop()


def test_a_reload_fails_no_request(haproxy, instances):
    members = [instances(), instances()]
    serve(haproxy, *members)
    state_file(haproxy, *members)
    before = haproxy.workers()
    with Load(haproxy.port) as load:
        for _ in range(3):
            load.wait(100)
            old = haproxy.workers()
            haproxy.process.send_signal(signal.SIGUSR2)
            wait_for(lambda: haproxy.workers() and not set(haproxy.workers()) & set(old))
            assert haproxy.status(1).startswith("UP")
        load.wait(100)
    print(f"{load.statuses}, {load.crossed} crossed the end of a connection")
    assert set(load.statuses) == {200}
    assert not set(before) & set(haproxy.workers())


def test_a_reload_of_wrong_files_leaves_the_old_worker(directory, instances, monkeypatch):
    shutil.copytree(ROOT / "haproxy", directory / "haproxy")
    monkeypatch.setattr(balancers, "ROOT", directory)
    haproxy = HAProxy(directory)
    haproxy.start()
    try:
        serve(haproxy, instances())
        old = haproxy.workers()
        (directory / "haproxy/group.cfg").write_text("nonsense\n")
        haproxy.process.send_signal(signal.SIGUSR2)
        wait_for(lambda: "nonsense" in haproxy.log.read_text())
        assert [haproxy.get()[0] for _ in range(20)] == 20 * [200]
        assert haproxy.workers() == old
    finally:
        haproxy.stop()


@pytest.mark.parametrize("who", ["master", "worker"])
def test_a_killed_balancer_leaves_nothing_and_starts_again(haproxy, instances, who):
    members = [instances()]
    serve(haproxy, *members)
    state_file(haproxy, *members)
    with socket.create_connection(("127.0.0.1", haproxy.port)):  # somebody is there
        os.kill(haproxy.process.pid if who == "master" else haproxy.workers()[0], signal.SIGKILL)
        haproxy.process.wait(5)
        wait_for(lambda: not haproxy.workers())
    haproxy.start()
    assert haproxy.get()[0] == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_a_balancer_ends_when_asked_to(haproxy, number):
    def ended():
        haproxy.process.send_signal(number)  # HAProxy may not be listening yet
        return haproxy.process.poll() is not None
    wait_for(ended)
    wait_for(lambda: not haproxy.workers())


UNIT = ROOT / "host/guest/usr/lib/systemd/system/allday-balancer.service"


def stop_as_systemd(haproxy):
    """Its unit's KillSignal=, to whom KillMode= says."""
    said = dict(line.split("=", 1) for line in UNIT.read_text().splitlines() if "=" in line)
    number = getattr(signal, said.get("KillSignal", "SIGTERM"))
    haproxy.process.send_signal(number)
    if said.get("KillMode", "control-group") == "control-group":
        for worker in haproxy.workers():
            os.kill(worker, number)


def test_a_balancer_that_is_stopped_ends_its_requests(haproxy, instances):
    """None that it has begun is lost, nor one that crosses its end on a kept connection: that is
    the last one there. Who comes then finds nobody, and goes to another balancer."""
    instance = instances()
    serve(haproxy, instance)
    kept = http.client.HTTPConnection("127.0.0.1", haproxy.port, timeout=20)
    assert Load.once(kept) == 200
    instance.free.clear()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(haproxy.get) for _ in range(8)]
        wait_for(lambda: len(instance.asked) == 9)
        stop_as_systemd(haproxy)
        wait_for(lambda: refused(haproxy.port))
        instance.free.set()
        assert [each.result()[0] for each in asked] == 8 * [200]
    assert Load.once(kept) == 200 and kept.sock is None
    haproxy.process.wait(10)
    assert not haproxy.workers()


def refused(port):
    with contextlib.closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED


# ---- what it tells


def test_the_balancer_says_itself_that_it_lives(haproxy):
    status, _, _ = haproxy.get("/balancerz")
    assert status == 200
    assert haproxy.row("BACKEND")["stot"] == "0"


def slow_post(haproxy, seconds):
    """The body comes late: time in all, but not the instance's."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", haproxy.port)) as client:
        client.putrequest("POST", "/api/v1/todos")
        client.putheader("Content-Length", "1")
        client.endheaders()
        time.sleep(seconds)
        client.send(b"x")
        assert client.getresponse().status == 200


def test_every_request_is_told_with_its_times(haproxy, instances):
    instance = instances()
    serve(haproxy, instance)
    before = time.time()
    slow_post(haproxy, 0.3)
    instance.seconds = 0.3
    haproxy.get()
    haproxy.get("/balancerz")
    told = []

    def both():
        told[:] = [line.split() for line in haproxy.ask("show events timers").split("\n")
                   if " i1 " in line]
        return len(told) == 2
    wait_for(both)
    assert [fields[1:4] for fields in told] == 2 * [["api", "i1", "200"]]
    assert all(before - 1 < int(fields[0]) / 1e6 < time.time() + 1 for fields in told)
    (all_1, own_1), (all_2, own_2) = [map(int, fields[4:6]) for fields in told]
    assert 0 <= own_1 < 250 < all_1 < 3000 and 250 < own_2 <= all_2 < 3000


# ---- the log


def refuse(haproxy, path="/api/v1/todos?q=secret", **more):
    """A request that no instance answers; status and id."""
    status, headers, _ = haproxy.get(path, **more)
    return status, headers["X-Request-ID"]


def line_of(log, ident):
    """What a log says of a request, once."""
    wait_for(lambda: f"request_id={ident} " in log())
    line, = (line for line in log().splitlines() if f"request_id={ident} " in line)
    head = line.split()
    return head[1:4], dict(word.partition("=")[::2] for word in head[6:])


@pytest.mark.parametrize("status, refused, path, headers", [
    (503, "-", "/api/v1/todos", {}),
    (400, "bad-path", "/api/v1/%00", {}),
    (413, "too-large", "/api/v1/todos", {"Content-Length": "70000", "Expect": "100-continue"}),
    (414, "uri-too-long", "/api/v1/todos?q=" + "x" * 9000, {}),
    (431, "headers-too-large", "/api/v1/todos", {"A": "x" * 17000}),
    (429, "requests-of-address", "/api/v1/todos", {}),
    (429, "write-rate", "/api/v1/todos", {}),
    (429, "login-rate", "/api/v1/sessions", {})])
def test_what_a_balancer_answers_itself_is_in_its_log(directory, status, refused, path, headers):
    limits = {"requests-of-address": {"requests_per_address": 0}, "write-rate": {"write_rate": 1},
              "login-rate": {"login_rate": 1}}.get(refused, {})
    haproxy = HAProxy(directory, **limits)
    haproxy.start()
    try:
        for _ in range(3 if status == 429 else 1):
            told, ident = refuse(haproxy, path, method="POST", **headers)
        assert told == status
        head, words = line_of(haproxy.log.read_text, ident)
        assert head[0] == "api" and head[2] == str(status)
        assert words["refused"] == refused and words["client"] == "127.0.0.1"
        assert words["method"] == "POST" and words["path"] == path.partition("?")[0]
        # Why it ended: `L` is HAProxy itself.
        assert words["end"] == ("LR" if refused != "-" else "--")
    finally:
        haproxy.stop()


def test_what_an_instance_answers_is_in_the_ring_alone(haproxy, instances):
    serve(haproxy, instances(works=404))
    status, headers, _ = haproxy.get("/api/v1/todos?q=secret", **{"X-Request-ID": "mine"})
    ident = headers["X-Request-ID"]
    assert status == 404 and len(ident) == 36
    head, words = line_of(lambda: haproxy.ask("show events timers"), ident)
    assert head == ["api", "i1", "404"] and words["path"] == "/api/v1/todos"
    refused = refuse(haproxy, "/api/v1/%00")[1]
    line_of(haproxy.log.read_text, refused)
    log = haproxy.log.read_text() + haproxy.ask("show events timers")
    assert ident not in haproxy.log.read_text() and "secret" not in log and "mine" not in log


def test_one_address_fills_no_log(haproxy):
    for _ in range(100):
        last = refuse(haproxy, "/api/v1/%00")[1]
    assert line_of(lambda: haproxy.ask("show events timers"), last)
    assert haproxy.log.read_text().count("refused=bad-path") == 60


def test_a_change_of_a_server_is_told_once(haproxy, instances):
    instance = instances()
    serve(haproxy, instance)
    instance.kill()
    wait_for(lambda: haproxy.status(1) == "DOWN")
    wait_for(lambda: "Server api/i1 is DOWN, reason" in haproxy.log.read_text())
    haproxy.get("/balancerz")
    assert haproxy.log.read_text().count("Server api/i1 is DOWN, reason") == 1


# ---- cookies

TOKEN, THEIRS = "A" * 42 + "-", "B" * 43


@pytest.mark.parametrize("host, cookie, passed", [
    ("localhost:8080", f"x=1; allday_session_8080={TOKEN}; y=2", f"allday_session_8080={TOKEN}"),
    ("localhost:8080", f"allday_session_9090={THEIRS}; allday_session_8080={TOKEN}",
     f"allday_session_8080={TOKEN}"),
    ("localhost:8080", f"allday_session={THEIRS}; allday_session_80801={THEIRS}", None),
    ("localhost:8080", f"xallday_session_8080={THEIRS}", None),
    ("localhost", f"allday_session_8080={THEIRS}; allday_session={TOKEN}",
     f"allday_session={TOKEN}"),
    ("localhost", f"__Host-allday_session={TOKEN}", f"__Host-allday_session={TOKEN}"),
    ("[::1]:8080", f"allday_session_8080={TOKEN}", f"allday_session_8080={TOKEN}"),
    ("[::1]", f"allday_session_8080={THEIRS};allday_session={TOKEN}", f"allday_session={TOKEN}"),
    ("localhost:8080", f"allday_session_8080=short; allday_session_8080={TOKEN}",
     f"allday_session_8080={TOKEN}"),
    ("localhost:8080", "x=" + "y" * 15000, None)], ids=range(10))
def test_only_the_own_cookie_is_passed_on(haproxy, instances, host, cookie, passed):
    instance = instances()
    serve(haproxy, instance)
    assert haproxy.get(Host=host, Cookie=cookie)[0] == 200
    assert instance.asked[-1].get("Cookie") == passed


# ---- what one client may have


@pytest.fixture
def small(directory):
    """A balancer of few connections."""
    balancer = HAProxy(directory, connections=200, connections_per_address=1000,
                       requests_per_address=20)
    balancer.start()
    yield balancer
    balancer.stop()


def silent(balancer, held, addresses, each):
    """So many connections of so many addresses that say nothing."""
    for number in range(addresses * each):
        with contextlib.suppress(OSError):
            held.enter_context(socket.create_connection(
                ("127.0.0.1", balancer.port), 5, (f"127.0.1.{number % addresses + 1}", 0)))


def connections_of(balancer):
    return int(balancer.row("FRONTEND")["scur"])


@pytest.mark.parametrize("addresses, each", [(1, 300), (16, 64), (40, 64)])
def test_silent_connections_of_some_leave_room_for_others(small, addresses, each):
    with contextlib.ExitStack() as held:
        silent(small, held, addresses, each)
        wait_for(lambda: connections_of(small) >= 100)
        assert connections_of(small) < 190
        assert small.get("/balancerz", source="127.0.9.9")[0] == 200


def test_one_address_has_so_many_connections(directory):
    balancer = HAProxy(directory, connections=2000, connections_per_address=50)
    balancer.start()
    try:
        with contextlib.ExitStack() as held:
            silent(balancer, held, 1, 100)
            wait_for(lambda: connections_of(balancer) >= 50)
            assert connections_of(balancer) < 75
            assert balancer.get("/balancerz", source="127.0.9.9")[0] == 200
    finally:
        balancer.stop()


def kept(balancer, source):
    client = http.client.HTTPConnection("127.0.0.1", balancer.port, timeout=20,
                                        source_address=(source, 0))
    client.request("GET", "/api/v1/todos")
    return client, client.getresponse()


def test_when_connections_are_scarce_none_is_kept(small, instances):
    serve(small, instances())
    with contextlib.ExitStack() as held:
        client, answer = kept(small, "127.0.2.1")
        assert answer.read() == b"" and answer.headers["Connection"] is None
        for first in range(0, 160, 2):
            held.enter_context(socket.create_connection(
                ("127.0.0.1", small.port), 5, (f"127.0.3.{first + 1}", 0)))
            held.enter_context(socket.create_connection(
                ("127.0.0.1", small.port), 5, (f"127.0.3.{first + 2}", 0)))
        wait_for(lambda: connections_of(small) > 150)
        client.request("GET", "/api/v1/todos")
        answer = client.getresponse()
        assert (answer.status, answer.headers["Connection"]) == (200, "close")


def test_an_idle_connection_is_given_up_before_the_app_asks_again(haproxy, instances):
    serve(haproxy, instances())
    client, answer = kept(haproxy, "127.0.0.1")
    answer.read()
    start = time.monotonic()
    assert client.sock.recv(1) == b""
    assert time.monotonic() - start < 20


class Many:
    """So many requests under way."""

    def __init__(self, balancer, count, source=lambda number: "127.0.2.1", **headers):
        self.clients = []
        for number in range(count):
            client = http.client.HTTPConnection("127.0.0.1", balancer.port, timeout=20,
                                                source_address=(source(number), 0))
            client.request("GET", "/api/v1/todos", headers=headers)
            self.clients.append(client)

    def answers(self):
        return collections.Counter(client.getresponse().status for client in self.clients)


def is_refused_for_now(answer):
    status, headers, body = answer
    said = json.loads(body)
    return (status == 429 and said["type"] == "urn:allday:too-many" and headers["Retry-After"]
            and said["request_id"] == headers["X-Request-ID"])


def test_one_address_has_so_many_requests_under_way(small, instances):
    instance = instances()
    serve(small, instance)
    instance.free.clear()
    many = Many(small, 20)
    wait_for(lambda: len(instance.asked) == 20)
    for path in "/api/v1/todos", "/todo", "/api/v1/sessions":
        assert is_refused_for_now(small.get(path, source="127.0.2.1")), path
    others = Many(small, 1, lambda _: "127.0.2.2")
    wait_for(lambda: len(instance.asked) == 21)
    instance.free.set()
    assert many.answers() == {200: 20} and others.answers() == {200: 1}
    assert small.get(source="127.0.2.1")[0] == 200


@pytest.mark.parametrize("name, value", [("Authorization", "Bearer " + "A" * 43),
                                         ("Cookie", "allday_session=" + "A" * 43)])
def test_one_credential_has_so_many_requests_under_way(haproxy, instances, name, value):
    """Whatever the addresses."""
    instance = instances()
    serve(haproxy, instance)
    instance.free.clear()
    headers = {"Host": "localhost", name: value}
    many = Many(haproxy, 64, lambda number: f"127.0.2.{number % 16 + 1}", **headers)
    wait_for(lambda: len(instance.asked) == 64)
    assert is_refused_for_now(haproxy.get(source="127.0.3.1", **headers))
    assert is_refused_for_now(haproxy.get("/todo", source="127.0.3.1", **headers))
    headers[name] = value.replace("A", "B")
    other = Many(haproxy, 1, **headers)
    wait_for(lambda: len(instance.asked) == 65)
    instance.free.set()
    assert many.answers() == {200: 64} and other.answers() == {200: 1}


def test_in_clear_there_is_no_http_2(haproxy, instances):
    """Nobody has agreed on it (RFC 9113 section 3.3 wants prior knowledge)."""
    serve(haproxy, instances())
    with socket.create_connection(("127.0.0.1", haproxy.port), 5) as client:
        client.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5))
        assert client.recv(9)[3:4] != b"\x04"


# ---- expectations


def test_a_large_answer_to_who_expects_is_whole(haproxy, instances):
    instance = instances()
    serve(haproxy, instance)
    instance.text = bytes(400000)
    for _ in range(20):
        status, _, body = haproxy.get(Expect="100-continue")
        assert (status, len(body)) == (200, 400000)
    assert "Expect" not in instance.asked[-1]


def test_a_body_that_expects_is_asked_for(haproxy, instances):
    instance = instances()
    serve(haproxy, instance)
    with socket.create_connection(("127.0.0.1", haproxy.port), 20) as client:
        client.sendall(b"POST /api/v1/todos HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
                       b"Expect: 100-continue\r\nConnection: close\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 100 ")
        client.sendall(b"{}")
        assert client.recv(1000).startswith(b"HTTP/1.1 200 ")
    assert "Expect" not in instance.asked[-1]


# ---- other origins


def test_another_origin_has_the_classic_api_without_cookies(directory, instances):
    origin = "http://localhost:3000"
    balancer = HAProxy(directory, cors_origins=[origin])
    balancer.start()
    try:
        serve(balancer, instances())
        for method in "GET", "OPTIONS":
            _, headers, _ = balancer.get("/todo", method, Origin=origin,
                                         **{"Access-Control-Request-Method": "POST"})
            assert headers["Access-Control-Allow-Origin"] == origin
            assert headers["Access-Control-Allow-Credentials"] is None
        assert balancer.get(Origin=origin)[1]["Access-Control-Allow-Origin"] is None
    finally:
        balancer.stop()


# ---- several of them


def test_each_address_has_two_balancers():
    environment = {"listen": ["127.0.0.1", "127.0.0.2"],
                   "ports": {"app": 1, "api": 2, "stats": 10}}
    state = pathlib.Path("/state")
    assert [(b.name, b.record, b.address, b.port, b.stats, str(b.socket), str(b.servers))
            for b in balancers.all_balancers(state, environment)] == [
        ("app", "app", "127.0.0.1", 1, 10, "/state/run/app.sock", "/state/run/app.servers"),
        ("api", "api", "127.0.0.1", 2, 11, "/state/run/api.sock", "/state/run/api.servers"),
        ("app-2", "app", "127.0.0.2", 1, 12, "/state/run/app-2.sock", "/state/run/app-2.servers"),
        ("api-2", "api", "127.0.0.2", 2, 13, "/state/run/api-2.sock", "/state/run/api-2.servers")]
