"""What a balancer has only in a machine: TLS, the redirect to it, operators, rules of its
own, and servers that it notes itself (host/guest)."""

import json
import socket
import ssl
import struct
import subprocess

import pytest
from problems import PROBLEMS, check_page, check_problem, details
from stack import ROOT, free_ports
from test_balancers import HAProxy, directory, instances  # noqa: F401
from waiting import wait_for

SERVERS = ROOT / "host/guest/usr/lib/allday/guest/servers"
NAMES = ("app.todo.test", "api.todo.test", "blue.todo.test")
RULES = {"hosts": "blue.todo.test api\n", "paths": "/todo api\n", "prefixes": "/api/ api\n/api/w/ web\n"}


class Machine(HAProxy):
    def __init__(self, directory, **limits):
        super().__init__(directory, "app", **limits)
        self.http = free_ports()["app"]
        self.pem = directory / "tls.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=test", "-addext",
                        "subjectAltName=" + ",".join(f"DNS:{name}" for name in NAMES),
                        "-keyout", directory / "key", "-out", self.pem], check=True,
                       stderr=subprocess.DEVNULL)
        (directory / "both.pem").write_text(self.pem.read_text() + (directory / "key").read_text())
        (directory / "rules").mkdir()
        for name, text in RULES.items():
            (directory / "rules" / name).write_text(text)
        (directory / "operators.cfg").write_text("userlist operators\n"
                                                 "  user admin insecure-password secret\n")
        self.files = [f"{directory}/operators.cfg", f"{ROOT}/haproxy/redirect.cfg"]
        self.directory = directory

    def settings(self):
        given = super().settings()
        tls = f"ssl crt {self.directory}/both.pem alpn h2,http/1.1"
        return given | {"BIND": f"{given['BIND']} {tls}", "RULES": f"{self.directory}/rules",
                        "STATS_BIND": f"{given['STATS_BIND']} {tls}", "STATS_USERS": "yes",
                        "HTTP_BIND": f"127.0.0.1:{self.http}", "HTTPS_SUFFIX": f":{self.port}"}

    def curl(self, url, *options):
        """Status and headers, of these the last of a name."""
        return self.answer(url, *options)[:2]

    def answer(self, url, *options):
        """The body, too."""
        where = url.format(https=self.port, http=self.http, stats=self.balancer.stats)
        connect = [word for name in NAMES for port in (self.port, self.http, self.balancer.stats)
                   for word in ("--resolve", f"{name}:{port}:127.0.0.1")]
        said = subprocess.run(["curl", "-s", "-i", "--cacert", self.pem, *connect, *options, where],
                              capture_output=True, text=True, check=True).stdout
        head, _, body = said.partition("\n\n")
        first, *lines = head.splitlines()
        headers = dict(line.partition(": ")[::2] for line in lines if ": " in line)
        return int(first.split()[1]), {name.lower(): value for name, value in headers.items()}, body

    def note(self):
        settings = self.settings()
        return subprocess.run([SERVERS, "once"], env=settings).returncode == 0

    def noted(self):
        if not self.balancer.servers.exists():
            return []
        lines = self.balancer.servers.read_text().splitlines()[2:]
        return [f"{line.split()[1]}/{line.split()[3]}" for line in lines]


@pytest.fixture
def machine(directory):  # noqa: F811
    balancer = Machine(directory)
    balancer.start()
    yield balancer
    balancer.stop()


def fill(machine, slot, instance, group, wanted="UP"):
    machine.fill(slot, instance, group=group)
    wait_for(lambda: machine.row(f"i{slot}", group)["check_status"] not in ("INI", "")
             and machine.row(f"i{slot}", group)["status"] == wanted)


# ---- TLS


def test_whoever_comes_without_tls_is_sent_to_it(machine):
    status, headers = machine.curl("http://app.todo.test:{http}/a%20b?c=d")
    assert status == 308
    assert headers["location"] == f"https://app.todo.test:{machine.port}/a%20b?c=d"
    assert machine.curl("http://app.todo.test:{http}/balancerz")[0] == 200
    assert machine.curl("http://app.todo.test:{http}/", "-0", "-H", "Host:")[0] == 400


@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
def test_with_tls_it_is_said_so_on_both_sides(machine, instances, version):  # noqa: F811
    instance = instances()
    fill(machine, 1, instance, "web")
    status, headers = machine.curl("https://app.todo.test:{https}/", version)
    assert status == 200
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert instance.asked[-1]["X-Forwarded-Proto"] == "https"


@pytest.mark.parametrize("version, code", [("1.1", 35), ("1.2", 0), ("1.3", 0)])
def test_old_tls_is_refused(machine, version, code):
    url = f"https://127.0.0.1:{machine.port}/balancerz"
    assert subprocess.run(["curl", "-sk", f"--tlsv{version}", "--tls-max", version, "--ciphers",
                           "DEFAULT:@SECLEVEL=0", "-o", "/dev/null", url]).returncode == code


def test_the_statistics_are_for_operators(machine):
    for path in "/stats", "/metrics":
        url = "https://app.todo.test:{stats}" + path
        assert machine.curl(url)[0] == 401
        assert machine.curl(url, "-u", "admin:wrong")[0] == 401
        assert machine.curl(url, "-u", "admin:secret")[0] == 200


# ---- HTTP/2

TOKEN = "A" * 43
MANY = [word for number in range(1001) for word in ("-H", f"A{number}: x")]
HUGE = {"one line": ["-H", "Cookie: " + "x" * 17000], "many lines": MANY,
        "all lines": [word for n in range(5) for word in ("-H", f"A{n}: " + "x" * 4000)],
        "split cookie": [word for n in range(6) for word in ("-H", f"Cookie: c{n}=" + "x" * 3000)]}


def is_ours(status, headers, body, page):
    """A problem or a page of that status, with the request's id?"""
    assert body.count(headers["x-request-id"]) == 1, body
    if page:
        assert headers["content-type"].startswith("text/html")
        check_page(status, body)
        return body.startswith("<!doctype html>")
    assert headers["content-type"] == "application/problem+json"
    said = json.loads(body)
    assert said["detail"] in details(PROBLEMS[check_problem(said)])
    return said["status"] == status


@pytest.mark.parametrize("path, accept, page", [
    ("/api/v1/todos", "text/html", False), ("/", "text/html", True), ("/", "*/*", False)])
@pytest.mark.parametrize("what", HUGE)
def test_headers_too_large_are_refused_in_http_2_too(machine, what, path, accept, page):
    status, headers, body = machine.answer("https://app.todo.test:{https}" + path, "--http2",
                                           "-H", f"Accept: {accept}", *HUGE[what])
    assert status == 431 and is_ours(status, headers, body, page)


@pytest.mark.parametrize("crumbs", [
    ["x=1", "__Host-allday_session_{}=" + TOKEN, "y=2"],
    ["allday_session_9090=" + "B" * 43, "__Host-allday_session_{}=" + TOKEN]])
def test_cookies_that_come_in_pieces_are_one(machine, instances, crumbs):  # noqa: F811
    """RFC 9113 section 8.2.3."""
    instance = instances()
    fill(machine, 1, instance, "web")
    fields = [word for crumb in crumbs for word in ("-H", "Cookie: " + crumb.format(machine.port))]
    assert machine.curl("https://app.todo.test:{https}/", "--http2", *fields)[0] == 200
    assert instance.asked[-1]["Cookie"] == f"__Host-allday_session_{machine.port}={TOKEN}"


@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
@pytest.mark.parametrize("path, accept, page", [
    ("/api/v1/account", "text/html", False), ("/auth/x", "text/html,*/*", True),
    ("/auth/x", "*/*", False)])
def test_what_a_balancer_says_itself_is_a_problem_or_a_page(directory, version, path,  # noqa: F811
                                                            accept, page):
    """HAProxy's own errors, whatever may bring them about. (The paths are some for which
    edge.cfg goes on to the rules of the listener.)"""
    balancer = Machine(directory)
    codes, port = {400: 400, 408: 408, 500: 500, 502: 503, 503: 503, 504: 503}, free_ports()["app"]
    lines = [f"  http-request return status {code} default-errorfiles if {{ req.hdr(x) {code} }}\n"
             for code in codes]
    (directory / "errors.cfg").write_text(
        f"frontend errors from edge\n  bind 127.0.0.1:{port} ssl crt {directory}/both.pem alpn "
        "h2,http/1.1\n" + "".join(lines))
    balancer.files.append(f"{directory}/errors.cfg")
    balancer.start()
    try:
        for code, said in codes.items():
            status, headers, body = balancer.answer(
                f"https://127.0.0.1:{port}{path}", version, "-k", "-H", f"Accept: {accept}",
                "-H", f"X: {code}")
            assert status == said and is_ours(said, headers, body, page), body
            assert (headers.get("retry-after") is not None) == (said == 503)
    finally:
        balancer.stop()


@pytest.mark.parametrize("path, page", [("/api/v1/sessions", False), ("/auth/signin", True)])
def test_too_many_log_ins_are_a_problem_or_a_page(directory, path, page):  # noqa: F811
    balancer = Machine(directory, login_rate=1)
    balancer.start()
    try:
        ask = ["https://app.todo.test:{https}" + path, "--http2", "-d", "{}", "-H",
               "Accept: text/html"]
        assert balancer.curl(*ask)[0] == 503  # there is no instance
        status, headers, body = balancer.answer(*ask)
        assert status == 429 and is_ours(status, headers, body, page)
        assert headers["retry-after"] == "60"
    finally:
        balancer.stop()


@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
@pytest.mark.parametrize("status, size, path, limits", [
    (413, 70000, "/api/v1/todos", {}), (413, 1000000, "/", {}),
    (400, 60000, "/api/v1/%00", {}), (414, 60000, "/" + "x" * 9000, {}),
    (429, 60000, "/api/v1/todos", {"write_rate": 1}),
    (429, 60000, "/api/v1/sessions", {"login_rate": 1})])
def test_a_body_does_not_hide_the_refusal(directory, version, status, size, path,  # noqa: F811
                                          limits):
    balancer = Machine(directory, **limits)
    balancer.start()
    (directory / "body").write_bytes(b"x" * size)
    try:
        send = ["https://app.todo.test:{https}" + path, version, "-H", "Expect:",
                "--data-binary", f"@{directory}/body"]
        told = [balancer.answer(*send) for _ in range(32)][2 if limits else 0:]
        assert {one[0] for one in told} == {status}
        assert all(is_ours(*one, page=False) for one in told)
    finally:
        balancer.stop()


def test_who_waits_to_be_asked_for_a_large_body_is_not_asked(machine):
    """RFC 9110 section 10.1.1."""
    context = ssl.create_default_context(cafile=machine.pem)
    with socket.create_connection(("127.0.0.1", machine.port), 5) as plain, \
            context.wrap_socket(plain, server_hostname=NAMES[0]) as client:
        client.sendall(b"PUT /api/v1/todos HTTP/1.1\r\nHost: app.todo.test\r\n"
                       b"Content-Length: 70000\r\nExpect: 100-continue\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_connection_has_few_streams(machine):
    """SETTINGS_MAX_CONCURRENT_STREAMS (RFC 9113 section 6.5.2)."""
    context = ssl.create_default_context(cafile=machine.pem)
    context.set_alpn_protocols(["h2"])
    with socket.create_connection(("127.0.0.1", machine.port), 5) as plain, \
            context.wrap_socket(plain, server_hostname=NAMES[0]) as client:
        client.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5))
        frame = client.recv(1000)
    length = int.from_bytes(frame[:3], "big")
    settings = dict(struct.iter_unpack(">HI", frame[9:9 + length]))
    assert frame[3] == 4 and settings[3] == 32


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def begun(streams):
    """Requests of HTTP/2 with the beginning of a body each (RFC 9113, 7541 section 6.2.2)."""
    def word(text):
        return bytes([len(text)]) + text.encode()
    fields = (b"\x83\x87\x04" + word("/api/v1/todos") + b"\x01" + word(NAMES[0]) +
              b"\x0f\x0d" + word("60000"))
    return b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0) + b"".join(
        frame(1, 4, stream, fields) + frame(0, 0, stream, b"x" * 1000)
        for stream in range(1, 2 * streams, 2))


def test_bodies_that_come_slowly_are_requests_under_way(directory):  # noqa: F811
    """Each has a buffer of 32 KiB: 2,000 connections of one address had room for 2 GB."""
    most, connections, streams = 20, 4, 32
    balancer = Machine(directory, requests_per_address=most)
    balancer.start()
    context = ssl.create_default_context(cafile=balancer.pem)
    context.set_alpn_protocols(["h2"])
    held, said = [], b""
    try:
        for _ in range(connections):
            plain = socket.create_connection(("127.0.0.1", balancer.port), 5)
            held.append(context.wrap_socket(plain, server_hostname=NAMES[0]))
            held[-1].sendall(begun(streams))
        refused = connections * streams - 2 * most - 1
        for client in held:
            while said.count(b"urn:allday:too-many") < refused:
                try:
                    more = client.recv(65536)
                except TimeoutError:
                    break
                if not more:
                    break
                said += more
        assert said.count(b"urn:allday:too-many") >= refused
    finally:
        for client in held:
            client.close()
        balancer.stop()


# ---- rules


@pytest.mark.parametrize("host, path, group", [
    ("app", "/", "web"), ("app", "/todo", "api"), ("app", "/todo/", "web"),
    ("app", "/api/x", "api"), ("app", "/api", "web"), ("app", "/api/w/x", "web"),
    ("blue", "/", "api"), ("blue", "/api/w/x", "api"), ("BLUE", "/", "api")])
def test_rules_say_where_a_request_goes(machine, instances, host, path, group):  # noqa: F811
    members = {name: instances() for name in ("web", "api")}
    for name, instance in members.items():
        fill(machine, 1, instance, name)
    machine.curl("https://%s.todo.test:{https}%s" % (host.lower(), path),
                 "-H", f"Host: {host}.todo.test:{machine.port}")
    assert [name for name, instance in members.items() if instance.asked] == [group]


# ---- servers


def test_it_starts_again_with_the_servers_that_it_had(machine, instances):  # noqa: F811
    good, bad = instances(), instances(ready=500)
    fill(machine, 1, good, "web")
    fill(machine, 2, bad, "web", "DOWN")
    assert machine.note()
    # One that is DOWN may yet be the last hope of NAME-open.
    assert machine.noted() == ["web/i1", "web-open/i1", "web-open/i2"]
    machine.stop()
    machine.start()
    for _ in range(10):
        assert machine.curl("https://app.todo.test:{https}/")[0] == 200
    assert len(good.asked) == 10 and bad.asked == []
    assert machine.note() and machine.noted() == ["web/i1", "web-open/i1", "web-open/i2"]


def test_what_was_noted_stays_while_there_is_nothing_better(machine, instances):  # noqa: F811
    fill(machine, 1, instances(), "web")
    assert machine.note()
    before = machine.noted()
    machine.ask("set server web/i1 state maint; set server web-open/i1 state maint")
    assert not machine.note() and machine.noted() == before
    machine.stop()
    assert not machine.note() and machine.noted() == before
