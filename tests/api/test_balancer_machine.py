"""What a balancer has only in a machine: TLS, the redirect to it, operators, rules of its
own, and servers that it notes itself (ansible/roles/release/files/guest)."""

import subprocess

import pytest
from stack import ROOT, free_ports
from test_balancers import HAProxy, directory, instances, wait_for  # noqa: F401

SERVERS = ROOT / "ansible/roles/release/files/guest/usr/lib/allday/guest/servers"
NAMES = ("app.todo.test", "api.todo.test", "blue.todo.test")
RULES = {"hosts": "blue.todo.test api\n", "paths": "/todo api\n", "prefixes": "/api/ api\n/api/w/ web\n"}


class Machine(HAProxy):
    def __init__(self, directory):
        super().__init__(directory, "app")
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
        """Status, headers, and the last of these."""
        where = url.format(https=self.port, http=self.http, stats=self.balancer.stats)
        connect = [word for name in NAMES for port in (self.port, self.http, self.balancer.stats)
                   for word in ("--resolve", f"{name}:{port}:127.0.0.1")]
        said = subprocess.run(["curl", "-s", "-i", "--cacert", self.pem, *connect, *options, where],
                              capture_output=True, text=True, check=True).stdout
        first, *lines = said.partition("\n\n")[0].splitlines()
        headers = dict(line.partition(": ")[::2] for line in lines if ": " in line)
        return int(first.split()[1]), {name.lower(): value for name, value in headers.items()}

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
