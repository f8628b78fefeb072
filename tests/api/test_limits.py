"""How often somebody may try."""

import contextlib
import json
import socket
import threading
import time
import uuid

import pytest
from client import PASSWORD, Client
from stack import Stack

LOGIN_POOL = [("POST", "/api/v1/accounts"), ("POST", "/api/v1/sessions"),
              ("PUT", "/api/v1/account/password"), ("DELETE", "/api/v1/account"),
              ("POST", "/auth/signup"), ("POST", "/auth/signin")]


@pytest.fixture(scope="module")
def strict():
    with Stack(balancer={"login_rate": 5}) as running:
        yield running


@pytest.mark.parametrize("number, row", enumerate(LOGIN_POOL))
def test_one_address_is_slowed_down_and_the_others_are_not(strict, balancer, number, row):
    source = f"127.9.{number}.{1 if balancer == 'app' else 2}"
    client = Client(strict, balancer, source=source)
    answers = [client(*row, {}) for _ in range(6)]
    assert [answer.status == 429 for answer in answers] == [False] * 5 + [True]
    assert answers[5].slug == "too-many"
    assert int(answers[5].headers["Retry-After"]) > 0
    assert client.get("/api/v1/todos").status == 401
    assert Client(strict, balancer, source="127.9.9.9").get("/api/v1/todos").status == 401


def try_login(client, login, password="wrong horse"):
    return client.post("/api/v1/sessions", {"login": login, "password": password})


@pytest.mark.parametrize("known", [True, False])
def test_one_login_has_ten_wrong_tries(anybody, known):
    login = anybody.sign_up().login if known else uuid.uuid4().hex
    assert [try_login(anybody, login).status for _ in range(10)] == [401] * 10
    answer = try_login(anybody, login.upper(), PASSWORD)
    assert (answer.status, answer.slug) == (429, "too-many")
    assert 0 < int(answer.headers["Retry-After"]) <= 900
    assert anybody.post("/auth/signin", {"username": login, "password": PASSWORD}).status == 429


def test_the_right_password_forgives_the_wrong_ones(anybody):
    login = anybody.sign_up().login
    for _ in range(3):
        for _ in range(5):
            try_login(anybody, login)
        assert try_login(anybody, login, PASSWORD).status == 201


def test_a_stolen_session_cannot_guess_the_password(me):
    for _ in range(10):
        assert me.delete("/api/v1/account", {"password": "guess"}).status == 403
    assert me.delete("/api/v1/account", {"password": PASSWORD}).status == 429
    change = {"current_password": PASSWORD, "new_password": "another horse"}
    assert me.put("/api/v1/account/password", change).status == 429


def test_an_account_keeps_its_newest_sessions(anybody, me):
    for _ in range(100):
        assert try_login(anybody, me.login, PASSWORD).status == 201
    assert me.get("/api/v1/account").status == 401


@pytest.mark.parametrize("number, path", enumerate([
    "/api/v1/%73essions", "//api/v1/sessions", "/api/./v1/sessions", "/x/../api/v1/sessions",
    "/%61uth/signin"]))
def test_no_spelling_of_a_path_gets_past(strict, balancer, number, path):
    source = f"127.10.{number}.{1 if balancer == 'app' else 2}"
    client = Client(strict, balancer, source=source)
    answers = [client.post(path, {}, checked=False).status for _ in range(6)]
    assert [status == 429 for status in answers] == [False] * 5 + [True]


# ---- slow lines


def slowly(client, body, chunked, rate=2000):
    """The answer's first line to a body that comes at so many bytes a second."""
    length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}"
    with socket.create_connection((client.host, client.port), timeout=20) as connection:
        connection.sendall("\r\n".join([
            "POST /api/v1/todos HTTP/1.1", f"Host: localhost:{client.port}",
            f"Authorization: Bearer {client.token}", "Content-Type: application/json", length,
            "Connection: close", "", ""]).encode())
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for start in range(0, len(body), rate):
                part = body[start:start + rate]
                connection.sendall(b"%x\r\n%b\r\n" % (len(part), part) if chunked else part)
                time.sleep(1)
            if chunked:
                connection.sendall(b"0\r\n\r\n")
        return connection.recv(100).partition(b"\r\n")[0].decode()


def test_a_long_note_arrives_over_a_slow_line(me, balancer):
    """22 kB at 2 kB a second, with its length and without; 40 kB are more than a buffer."""
    client = Client(me.stack, balancer, token=me.token)
    said = {}
    notes = {(size, chunked): json.dumps({"title": str(size), "note": "é" * (size // 6)})
             .encode() for size in (22000, 40000) for chunked in (False, True)}

    def send(key):
        said[key] = slowly(client, notes[key], key[1])
    threads = [threading.Thread(target=send, args=(key,)) for key in notes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {key: line for key, line in said.items() if line != "HTTP/1.1 201 Created"} == {}


def test_who_falls_silent_is_given_up(me, balancer):
    client = Client(me.stack, balancer, token=me.token)
    answer = client.by_hand("POST", "/api/v1/todos", "Host: localhost", "Content-Length: 2000",
                            "Content-Type: application/json")
    assert (answer.status, answer.slug) == (408, "timeout")


# ---- one address that takes all connections


def longest_answer(client, until):
    longest = 0
    while time.monotonic() < until:
        start = time.monotonic()
        assert client.get("/api/v1/todos").status == 200
        longest = max(longest, time.monotonic() - start)
        time.sleep(0.02)
    return longest


def test_half_requests_of_one_address_leave_room(me, balancer):
    with contextlib.ExitStack() as held:
        for _ in range(2100):
            with contextlib.suppress(ConnectionResetError, BrokenPipeError):
                one = held.enter_context(socket.create_connection(
                    ("127.0.0.1", me.stack.ports[balancer]), timeout=20))
                one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        other = Client(me.stack, balancer, source="127.0.0.9", token=me.token)
        longest = longest_answer(other, time.monotonic() + 4)
        print(f"longest answer {longest:.3f} s")
        assert longest < 1
        # The burst is over: the same address is told that the balancer lives.
        assert Client(me.stack, balancer).get("/balancerz", checked=False).status == 200
