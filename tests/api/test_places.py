"""Names of directories: whatever a checkout, its state and its files are called, it runs, or
one sentence says why not before anything begins."""

import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

import pytest
from stack import ROOT, free_ports

NAMES = ["a b", "a'b", 'a"b', "a,b", "allday (1)", "a$b", "$HOME", "a=b", "a&b", "a;b", "하루 종일",
         "a%20b", "a[1]", "a`b`", "a!b", "~a", "-a", "a@b", "a{b}", "<a>", "a|b", "a^b", "  a  "]
REFUSED = ["a#b", "a:b", "a?b", "a*b", "a\\b", "a\nb"]
PARTS = ["run", "ansible/environments", "asg/providers", "build/bin", "build/release", "dns",
         "environment", "haproxy", "host/machine", "nginx", "sql", "www/dist"]


@pytest.fixture
def directory():
    """Reachable by www-data, too: pytest's own is not."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="allday-", dir="/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def checkout(path):
    """What runs of this one, beside it: the same files."""
    for part in PARTS:
        shutil.copytree(ROOT / part, path / part, copy_function=os.link, symlinks=True)
    return path


class Running:
    def __init__(self, root, file, ports, **environment):
        self.ports, self.output = ports, ""
        self.process = subprocess.Popen(
            [root / "run/run", file], text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
            env={key: value for key, value in os.environ.items() if key != "ALLDAY_STATE"}
            | environment)

    def __enter__(self):
        for line in self.process.stdout:
            self.output += line
            if line == "ready\n":
                return self
        raise AssertionError(self.output)

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(90) == 0

    def status(self, balancer, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[balancer], timeout=10)
        connection.request(method, path, body and json.dumps(body),
                           {"Content-Type": "application/json"} if body else {})
        answer = connection.getresponse().status
        connection.close()
        return answer


def environment_file(path, ports, state):
    path.write_text(json.dumps({"name": "test", "ports": ports, "state": state,
                                "groups": {"web": {"desired": 1}, "api": {"desired": 1}}}))
    return path


def works(running):
    for name in "app", "api":
        found = subprocess.run(["dig", "+short", "@127.0.0.1", "-p", str(running.ports["dns"]),
                                f"{name}.todo.test"], text=True, capture_output=True)
        assert found.stdout == "127.0.0.1\n"
    assert running.status("app", "GET", "/") == 200
    assert running.status("app", "GET", "/api/v1/todos") == 401
    assert running.status("api", "POST", "/api/v1/accounts",
                          {"login": "me", "password": "correct horse"}) == 201


EVERYTHING = "a 'b' \"c\", (1) $HOME=d&e;f 하루%20[1]`g`!"


@pytest.mark.parametrize("given", ["relative", "file", "variable"])
def test_a_checkout_and_its_state_may_be_called_anything(directory, given):
    """All of it in one name, since each start takes seconds."""
    root = checkout(directory / (EVERYTHING if given == "relative" else "x"))
    odd = directory / "#: ?*\\ '\"(,%$"
    state = {"relative": "var", "file": str(odd), "variable": "nowhere"}[given]
    ports = free_ports()
    file = environment_file(directory / "my, (file).yml", ports, state)
    variables = {"ALLDAY_STATE": str(odd)} if given == "variable" else {}
    with Running(root, file, ports, **variables) as running:
        works(running)
        place = root / "var" if given == "relative" else odd
        done = subprocess.run([root / "build/bin/asg", "-s", place, "status"], text=True,
                              capture_output=True, cwd="/")
        assert "1 of 1 in service" in done.stdout, done
    assert not any(entry.name.endswith(".pid") for entry in (place / "run").iterdir())


def place(root, name):
    there = root / name / "run"
    there.mkdir(parents=True)
    shutil.copy(ROOT / "run/place", there)
    return subprocess.run([there / "place"], text=True, capture_output=True)


@pytest.mark.parametrize("name", NAMES)
def test_it_can_be_built_in(directory, name):
    done = place(directory, name)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_built_in_is_told_before_anything_begins(directory, name):
    done = place(directory, name)
    assert done.returncode == 1
    assert done.stderr.startswith("allday: this directory, ") and "rename it" in done.stderr


@pytest.mark.parametrize("name", REFUSED[:5])
def test_make_says_so_before_npm_and_the_compiler(directory, name):
    root = directory / name
    (root / "www").mkdir(parents=True)
    for part in "Makefile", "www/package-lock.json":
        shutil.copy(ROOT / part, root / part)
    shutil.copytree(ROOT / "run", root / "run")
    done = subprocess.run(["make", "--no-print-directory", "run"], cwd=root, text=True,
                          capture_output=True)
    assert done.returncode != 0 and "rename it" in done.stderr
    assert done.stdout == "" and not (root / "build").exists()


def test_a_path_that_is_too_long_is_told(directory):
    ports = free_ports()
    file = environment_file(directory / "long.yml", ports, str(directory / ("x" * 100)))
    done = subprocess.run([ROOT / "run/run", file], text=True, capture_output=True)
    assert done.returncode == 1 and "is too long for unix sockets" in done.stderr
    assert done.stderr.count("\n") == 1 and done.stdout == ""


@pytest.mark.parametrize("said, words", [
    ({"groups": {"api-blue": {}}}, "groups.api-blue cannot be run here"),
    ({"instances": "192.0.2.0/24"}, "instances cannot have addresses of 192.0.2.0/24"),
    ({"listen": ["0.0.0.0", "127.0.0.2"]}, "must not name another address beside it"),
    ({"listen": "0.0.0.0", "ports": {"app": 8000}}, "ports.app is 8000 on every address"),
])
def test_what_nothing_here_can_launch_is_told_before_anything_begins(directory, said, words):
    file = directory / "wrong.yml"
    file.write_text(json.dumps({"name": "test", "ports": free_ports(),
                                "state": str(directory / "var")} | said))
    done = subprocess.run([ROOT / "run/run", file], text=True, capture_output=True)
    assert done.returncode == 1 and words in done.stderr and done.stderr.count("\n") == 1
    assert str(file) in done.stderr and done.stdout == ""
