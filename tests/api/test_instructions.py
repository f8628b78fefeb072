"""How many instructions a request costs its program, as callgrind counts them: the same on
every run, whatever else the machine does. instructions.json has what it was, by Debian
release (compilers and libraries differ).

When a count is off by more than TOLERANCE, see where they go:

  valgrind --tool=callgrind … build/bin/todo; callgrind_annotate callgrind.out.PID

and, when the change is worth it (or there are fewer now), `make instructions` writes the
present ones down, to be committed with their reason.
"""

import contextlib
import json
import os
import pathlib
import re
import subprocess
import uuid

import pytest

from fastcgi import Connection
from probe import sign_up
from stack import Stack
from test_fastcgi import programs
from waiting import wait_for

KNOWN = pathlib.Path(__file__).with_name("instructions.json")
TOLERANCE, FEW, MANY, ITEMS = 0.05, 30, 130, 20
RELEASE = re.search(r"^VERSION_CODENAME=(\w+)",
                    pathlib.Path("/etc/os-release").read_text(), re.M)[1]
# The C library chooses its functions by the processor: the plainest ones, everywhere.
PLAIN = "glibc.cpu.hwcaps=-AVX2,-AVX,-AVX512F,-ERMS,-FSRM,-BMI2"


@pytest.fixture(scope="module")
def stack():
    with Stack() as stack:
        yield stack


def asking(stack):
    """ask(connection, …) on behalf of a new account."""
    token = sign_up(stack.url("api"))[1]

    def ask(connection, method="GET", path="/api/v1/todos", body=None, **headers):
        text = json.dumps(body).encode() if body else b""
        bare, _, query = path.partition("?")
        status, answer = connection.ask({
            "REQUEST_METHOD": method, "REQUEST_URI": path, "SCRIPT_NAME": bare,
            "QUERY_STRING": query, "CONTENT_LENGTH": str(len(text) or ""),
            "CONTENT_TYPE": "application/json", "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1", "REQUEST_ID": str(uuid.uuid4()),
            "HTTP_HOST": "todo.test", "HTTP_ACCEPT": "application/json",
            "HTTP_AUTHORIZATION": f"Bearer {token}", **headers}, text)
        assert status < 400, answer
        return answer
    return ask


def fill(stack, ask, items):
    with Connection(stack.instances("api")[0]["directory"] / "todo.sock") as connection:
        for item in items:
            ask(connection, "PUT", f"/api/v1/todos/{uuid.uuid4()}", item)


@pytest.fixture(scope="module")
def ask(stack):
    """The same, of an account with ITEMS items."""
    ask = asking(stack)
    fill(stack, ask, [{"title": f"item {number} of the list"} for number in range(ITEMS)])
    return ask


def connected(path, child):
    """None until it listens, which is after its socket is there."""
    assert child.poll() is None, "the program ended (its words are among those captured)"
    with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
        return Connection(path, patience=60)
    return None


@contextlib.contextmanager
def counted(place, counts):
    """A todo program of its own, one thread, under callgrind; its count is added at its end."""
    path, output = place / f"{uuid.uuid4().hex[:4]}.sock", place / f"{uuid.uuid4().hex}.out"
    _, environment = next(found for found in programs(place)
                          if found[1]["SOCKET"].endswith("/todo.sock"))
    binary = pathlib.Path(__file__).parents[2] / "build/bin/todo"
    owner = place.stat()
    who = {"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}
    # (For gdb it would make files in /tmp that are named by its pid, and fail where one is left.)
    child = subprocess.Popen(
        ["valgrind", "-q", "--vgdb=no", "--tool=callgrind",
         f"--callgrind-out-file={output}", binary], **who,
        cwd=place, env=environment | {"SOCKET": str(path), "THREADS": "1", "GLIBC_TUNABLES": PLAIN})
    try:
        with wait_for(lambda: connected(path, child), 120) as connection:
            yield connection
        child.terminate()
        child.wait(30)
        counts.append(int(re.search(r"^(?:summary|totals): (\d+)", output.read_text(), re.M)[1]))
    finally:
        child.kill()
        child.wait()
        path.unlink(missing_ok=True)
        output.unlink(missing_ok=True)


def list_changing(ask, connection, number):
    ask(connection, path=f"/api/v1/todos?limit={100 + number}")


def list_unchanged(ask, connection, number):
    ask(connection)


def list_not_modified(ask, connection, number, known=[]):
    if number == 0:
        known[:] = [json.loads(ask(connection))["seq"]]
    ask(connection, HTTP_IF_NONE_MATCH=f'W/"{known[0]}"')


def put(ask, connection, number, known=[]):
    if number == 0:
        known[:] = [json.loads(ask(connection))["items"][0]["id"]]
    ask(connection, "PUT", f"/api/v1/todos/{known[0]}", {"title": f"written {number:04}"})


def patch(ask, connection, number, known=[]):
    if number == 0:
        known[:] = [json.loads(ask(connection))["items"][0]["id"]]
    ask(connection, "PATCH", f"/api/v1/todos/{known[0]}", {"done": number % 2 == 0})


HOT = [list_changing, list_unchanged, list_not_modified, put, patch]


def instructions(place, ask, work, few=FEW, many=MANY):
    """Of one request: what many cost more than few."""
    counts = []
    for times in few, many:
        with counted(place, counts) as connection:
            for number in range(times):
                work(ask, connection, number)
    return round((counts[1] - counts[0]) / (many - few))


@pytest.mark.parametrize("work", HOT, ids=lambda work: work.__name__)
def test_a_request_costs_what_it_did(stack, ask, work):
    known = json.loads(KNOWN.read_text()) if KNOWN.exists() else {}
    mine = known.setdefault(RELEASE, {})
    found = instructions(stack.instances("api")[0]["directory"], ask, work)
    if "RECORD" in os.environ:
        mine[work.__name__] = found
        KNOWN.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n")
    if work.__name__ not in mine:
        pytest.skip(f"nothing is known of Debian {RELEASE}: make instructions")
    # Less, by twice as much: libraries of Debian's updates do so much.
    assert 1 - 2 * TOLERANCE < found / mine[work.__name__] < 1 + TOLERANCE, \
        f"{work.__name__} costs {found} instructions; it was {mine[work.__name__]}"


def whole_page(ask, connection, number):
    return ask(connection, path="/api/v1/todos?limit=500")


@pytest.mark.parametrize("character", ["<", '"'])
def test_what_must_be_escaped_costs_not_much_more(stack, character):
    """By byte of the answer, which is a million of them."""
    place, costs = stack.instances("api")[0]["directory"], []
    for note in "x" * 10000, "x" + (character * 9998) + "x":
        ask = asking(stack)
        fill(stack, ask, [{"title": "a", "note": note}] * 110)
        with Connection(place / "todo.sock") as connection:
            size = len(whole_page(ask, connection, 0))
        assert 900_000 < size < 1_000_200
        costs.append(instructions(place, ask, whole_page, 1, 5) / size)
    assert costs[1] < 3 * costs[0], f"{costs[1] / costs[0]:.1f} times"
