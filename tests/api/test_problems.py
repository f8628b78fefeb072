"""Each hop tells a problem as problems/problems.yaml has it. What programs and balancers say is
held against the table wherever they are asked (client.py, test_balancer_machine.py); here are
the real files of nginx alone, and the table itself."""

import http.client
import json
import pathlib
import shutil
import subprocess
import uuid

import pytest
from problems import PROBLEMS, check_page, check_problem, details
from stack import ROOT, free_ports
from test_balancers import SEARCH, directory, wait_for  # noqa: F401

# What nginx itself may answer with, and what becomes of it.
API = {400: "bad-request", 411: "bad-request", 501: "bad-request", 505: "bad-request",
       404: "not-found", 405: "wrong-method", 413: "too-large", 414: "uri-too-long",
       431: "headers-too-large", 494: "headers-too-large", 500: "server-error",
       502: "unavailable", 503: "unavailable", 504: "unavailable"}
# (Of 408 nginx says nothing: it closes the connection.)
WEB = {400: 400, 403: 403, 404: 404, 405: 405, 413: 413, 414: 414, 416: 416, 431: 431,
       494: 431, 500: 500, 501: 501, 502: 500, 504: 500}


class Nginx:
    """Of one kind, with a location that fails for each status."""

    def __init__(self, kind, place):
        self.port = free_ports()["app"]
        (place / "tmp").mkdir()
        (place / "nginx").symlink_to(ROOT / "nginx")
        (place / "nginx.conf").symlink_to(f"nginx/{kind}.conf")
        failing = "".join(f"location = /fail/{status} {{ return {status}; }}\n"
                          for status in {"api": API, "web": WEB}[kind])
        (place / "instance.conf").write_text(
            f"set $instance i-00000000; listen 127.0.0.1:{self.port};\n"
            f"set_real_ip_from 127.0.0.1;\n{failing}")
        place.chmod(0o777)
        self.process = subprocess.Popen(
            ["nginx", "-p", f"{place}/", "-e", "stderr", "-c", place / "nginx.conf"],
            env={"PATH": SEARCH}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(self.answers)

    def answers(self):
        try:
            self.fail(404)
        except ConnectionError:
            return False
        return True

    def fail(self, status):
        """Its answer when that happens: status, headers, text; the id of the request."""
        ident = str(uuid.uuid4())
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", f"/fail/{status}", headers={"X-Request-ID": ident})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, answer.headers, text, ident


@pytest.fixture(scope="module", params=["api", "web"])
def kind(request):
    return request.param


@pytest.fixture
def nginx(kind, directory):  # noqa: F811
    running = Nginx(kind, directory)
    yield running
    running.process.terminate()
    running.process.wait()


def test_nginx_tells_problems_and_pages_of_the_table(kind, nginx):
    for status, told in (API if kind == "api" else WEB).items():
        code, headers, text, ident = nginx.fail(status)
        assert text.count(ident) == 1, text
        if kind == "web":
            assert code == (431 if status == 494 else status)
            assert headers["Content-Type"].startswith("text/html")
            check_page(told, text)
            continue
        said = json.loads(text)
        assert headers["Content-Type"] == "application/problem+json"
        assert check_problem(said) == told and code == said["status"], status
        assert said["detail"] in details(PROBLEMS[told]) and said["request_id"] == ident


def test_every_problem_that_the_table_gives_to_nginx_is_told(kind):
    assert {name for name, one in PROBLEMS.items() if "nginx" in one["from"]} == set(API.values())


# ---- the table


TABLE = (ROOT / "problems/problems.yaml").read_text()


@pytest.fixture
def copy(directory):  # noqa: F811
    """The table, its programs and what they are held against, to be spoiled."""
    for name in ("problems/generate", "problems/problems.yaml", "tests/lint/problems",
                 "docs/openapi.yaml"):
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, directory / name)
    return directory


def run(root, program):
    done = subprocess.run([root / program], text=True, capture_output=True)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("before, after, line, words", [
    ("title: Not found", "title: It isn't", "title: It isn't", "may be in a text"),
    ("title: Not found", "titel: Not found", "type: not-found", "title is missing"),
    ("type: bad-json", "type: bad-request", "type: bad-request\n    status: 400\n    title: Invalid JSON",
     "more than once"),
    ("from: [nginx, program]", "from: [ngin, program]", "from: [ngin", "ngin is unknown"),
])
def test_a_wrong_table_is_told_with_its_line(copy, before, after, line, words):
    table = pathlib.Path(copy / "problems/problems.yaml")
    text = TABLE.replace(before, after, 1)
    table.write_text(text)
    status, said = run(copy, "problems/generate")
    number = text[:text.index(line)].count("\n") + 1
    assert status == 1 and f"problems.yaml:{number}: " in said and words in said
    assert not (copy / "build").exists()


@pytest.mark.parametrize("before, after, words", [
    ("title: Wrong login or password", "title: Wrong login", "has title “Wrong login or password”"),
    ("- urn:allday:timeout\n", "- urn:allday:too-slow\n", "urn:allday:too-slow is not in"),
    ("const: \"urn:allday:stale\"", "const: \"urn:allday:list-full\"", "has status 403"),
])
def test_a_description_that_says_otherwise_is_told_with_its_line(copy, before, after, words):
    description = copy / "docs/openapi.yaml"
    text = description.read_text()
    assert run(copy, "tests/lint/problems") == (0, "")
    description.write_text(text.replace(before, after, 1))
    number = text[:text.index(before)].count("\n") + 1
    status, said = run(copy, "tests/lint/problems")
    assert status == 1 and any(f"openapi.yaml:{number}: " in told and words in told
                               for told in said.splitlines()), said


def test_what_a_release_has_is_what_the_table_says(copy):
    """The files that hosts get were made of the table as it is now."""
    assert run(copy, "problems/generate") == (0, "")
    made = [path.relative_to(copy) for part in ("haproxy", "nginx")
            for path in (copy / part).rglob("*") if path.is_file()]
    assert len(made) > 10
    for path in made:
        assert (copy / path).read_text() == (ROOT / path).read_text(), path
