"""What a running environment writes down: of each request where it has been, nothing of what
people wrote, and never more than there is room for."""

import re
import subprocess
import urllib.request

import pytest
from database import stopped
from probe import Client, sign_up
from stack import ROOT, Stack
from waiting import wait_for

NOBODY = "11111111-1111-4111-8111-111111111111"


@pytest.fixture(scope="module")
def stack():
    with Stack() as running:
        yield running


@pytest.fixture(scope="module")
def token(stack):
    return sign_up(stack.url("app"))[1]


def way(stack, ident):
    """(who, line) of what is found of a request, in order."""
    return [line.split(None, 2)[1:] for line in stack.asg("request", ident).splitlines()]


def test_the_way_of_a_request_is_found_by_its_id(stack, token):
    _, headers, _ = Client(stack.url("app"), token).call("GET", "/api/v1/todos?limit=5")
    ident = headers["X-Request-ID"]
    wait_for(lambda: len(way(stack, ident)) == 2)
    (balancer, first), (instance, second) = way(stack, ident)
    assert balancer == "app" and f" 200 " in first and " path=/api/v1/todos" in first
    assert instance in [one["id"] for one in stack.instances("api")]
    assert "pool=unix:todo.sock pool_status=200 " in second and 'path="/api/v1/todos"' in second


def test_what_a_balancer_refused_is_found(stack, token):
    status, headers, _ = Client(stack.url("api"), token).call("GET", "/api/v1/%00")
    (who, line), = way(stack, headers["X-Request-ID"])
    assert status == 400 and who == "api" and "refused=bad-path" in line


def test_what_a_program_says_of_a_request_is_found(stack, token):
    pid, = (pid for pid, line in stack.processes().items() if "mariadbd" in line.split()[0])
    with stopped(pid):
        status, headers, _ = Client(stack.url("api"), token).call("GET", "/api/v1/todos")
    assert status == 503
    ident = headers["X-Request-ID"]
    wait_for(lambda: "level=error program=todo" in str(way(stack, ident)))
    assert way(stack, ident)[0][0] == "api"


@pytest.mark.parametrize("ident", [NOBODY, "1", "../" + NOBODY, NOBODY + "\n", "-x" + NOBODY[2:]])
def test_what_is_no_request_is_said_so(stack, ident):
    status, out, said = stack.asg("request", ident, check=False)
    assert status == 100 and out == "" and ("request" in said or "invalid option" in said)


def test_the_statistics_name_each_instance(stack):
    url = f"http://127.0.0.1:{stack.ports['stats']}/stats"

    def page(options=""):
        return urllib.request.urlopen(url + options).read().decode()
    wanted = {one["id"] for group in ("web", "api") for one in stack.instances(group)}
    wait_for(lambda: set(re.findall("i-[0-9a-f]{8}", page())) == wanted)
    assert '<tr class="maintain"' not in page() and '<tr class="maintain"' in page(";all")
    assert "begins anew with each start and each reload" in page()
    status, headers, _ = Client(stack.url("app")).call("GET", "/readyz")
    assert status == 200 and headers["Allday-Instance"] is None


def test_make_finds_it_too(stack, token):
    _, headers, _ = Client(stack.url("app"), token).call("GET", "/api/v1/todos")
    done = subprocess.run(["make", "-s", "request", f"ENVIRONMENT={stack.file}",
                           f"ID={headers['X-Request-ID']}"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0 and "path=/api/v1/todos" in done.stdout, done.stderr


def test_no_log_has_what_people_write(stack, token):
    client = Client(stack.url("app"), token)
    client.call("GET", "/api/v1/todos?filter=s3cr3t")
    client.call("GET", "/assets/nothing.js?s3cr3t")
    client.call("POST", "/api/v1/todos", {"title": "s3cr3t"})
    _, headers, _ = client.call("GET", "/api/v1/nowhere?s3cr3t")
    wait_for(lambda: len(way(stack, headers["X-Request-ID"])) == 2)
    files = [*stack.state.glob("log/*"), *stack.state.glob("instances/*/console.log")]
    for text in (file.read_text(errors="replace") for file in files):
        assert "s3cr3t" not in text and token not in text


def test_a_log_is_bounded_while_it_is_written(stack, token):
    """By the runner, for as long as it lives; whoever writes goes on."""
    instance = stack.instances("api")[0]
    logs = [stack.state / "log/balancer-app.log", instance["directory"] / "console.log"]
    for log in logs:
        with log.open("ab") as file:
            file.write(b"x" * (17 << 20))
    for log in logs:
        wait_for(lambda: log.stat().st_size < 1 << 20)
        assert log.with_name(f"{log.name}.1").stat().st_size > 16 << 20
    _, headers, _ = Client(stack.url("app"), token).call("GET", "/api/v1/nowhere")
    wait_for(lambda: len(way(stack, headers["X-Request-ID"])) == 2)
