"""How often somebody may try."""

import concurrent.futures
import contextlib
import json
import socket
import time
import uuid

import pytest
from client import PASSWORD, Client
from database import sql
from stack import Stack
from waiting import wait_for

LOGIN_POOL = [("POST", "/api/v1/accounts"), ("POST", "/api/v1/sessions"),
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


@pytest.fixture
def open_wall(strict):
    """An instance itself, which believes one balancer's word for who asks: as if the client
    went by many balancers, each of which was started just now."""
    instance = strict.instances("api")[0]

    def ask(source, method, path, body=None, token=None, number=0):
        at = (strict.instances("api")[number]["address"], instance["port"])
        return Client(strict, at, token=token)(
            method, path, body, headers={"X-Forwarded-For": source})
    return ask


def new():
    return {"login": uuid.uuid4().hex, "password": PASSWORD}


def test_one_count_for_all_balancers_and_instances(open_wall):
    """Whatever it asks, right or wrong; what is refused before a hash costs nothing."""
    for ask, paths in (("203.0.113.7", ["/api/v1/accounts"]),
                       ("203.0.113.8", ["/api/v1/sessions", "/auth/signin"]),
                       ("::ffff:203.0.113.9", ["/auth/signup", "/api/v1/sessions"])):
        for _ in range(7):
            assert open_wall(ask, "POST", "/api/v1/accounts", {}).status == 422
        statuses = []
        for number in range(6):
            path = paths[number % len(paths)]
            body = new() | {"username": uuid.uuid4().hex}
            body = ({"username": body["username"], "password": PASSWORD}
                    if path.startswith("/auth/") else new())
            answer = open_wall(ask, "POST", path, body, number=number % 2)
            statuses.append(answer.status)
        assert [status == 429 for status in statuses] == [False] * 5 + [True], statuses
        assert 0 < int(answer.headers["Retry-After"]) <= 61
    # The same address in its other form, but not the one beside it.
    assert open_wall("203.0.113.9", "POST", "/api/v1/sessions", new()).status == 429
    assert open_wall("203.0.113.10", "POST", "/api/v1/sessions", new()).status == 401


def test_an_ipv6_customer_has_one_count(open_wall):
    tries = [open_wall(f"2001:db8:1:2:{number}::1", "POST", "/api/v1/sessions", new()).status
             for number in range(6)]
    assert tries == [401] * 5 + [429]
    assert open_wall("2001:db8:1:3::1", "POST", "/api/v1/sessions", new()).status == 401


def test_no_address_stands_in_the_database(strict, open_wall):
    open_wall("198.51.100.77", "POST", "/api/v1/sessions", new())
    assert sql(strict, "SELECT login_key FROM login_attempt WHERE LENGTH(login_key) <> 32"
                       " OR login_key LIKE '%198.51%'") == []
    assert sql(strict, "SELECT COUNT(*) FROM login_attempt WHERE login_key IN"
                       " (UNHEX(SHA2(CONCAT(CHAR(0), '4', UNHEX('C633644D')), 256)))") == ["1"]


def test_rows_of_long_ago_leave(strict, open_wall):
    sql(strict, "INSERT INTO login_attempt SELECT UNHEX(SHA2(seq, 256)),"
                " UTC_TIMESTAMP() - INTERVAL 16 MINUTE, 1 FROM seq_1_to_30")
    for number in range(4):
        open_wall(f"198.51.100.{number}", "POST", "/api/v1/sessions", new())
    assert sql(strict, "SELECT COUNT(*) FROM login_attempt"
                       " WHERE since < UTC_TIMESTAMP() - INTERVAL 15 MINUTE") == ["0"]


def test_a_clock_that_was_set_back_keeps_nobody_out(strict, open_wall):
    sql(strict, "REPLACE INTO login_attempt VALUES (UNHEX(SHA2(CONCAT(CHAR(0), '4',"
                " UNHEX('C6336458')), 256)), UTC_TIMESTAMP() + INTERVAL 1 HOUR, 1000)")
    assert open_wall("198.51.100.88", "POST", "/api/v1/sessions", new()).status == 401


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


def test_no_stranger_keeps_the_owner_from_the_own_account(anybody, me, strict):
    """By the login, and from the same address."""
    for _ in range(11):
        status = try_login(anybody, me.login).status
    assert status == 429
    change = {"current_password": PASSWORD, "new_password": "another horse"}
    assert me.put("/api/v1/account/password", change).status == 204
    assert me.delete("/api/v1/account", {"password": "another horse"}).status == 204
    behind = "127.9.9.10"
    owner = Client(strict, source=behind).sign_up()
    owner.source = behind
    stranger = Client(strict, source=behind)
    while try_login(stranger, uuid.uuid4().hex).status != 429:
        pass
    assert owner.put("/api/v1/account/password", change).status == 204
    assert owner.delete("/api/v1/account", {"password": "another horse"}).status == 204


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


def test_a_long_note_arrives_over_a_slow_line(me):
    """22 kB at 2 kB a second, with its length and without; 40 kB are more than a buffer."""
    notes = {(size, chunked): json.dumps({"title": str(size), "note": "é" * (size // 6)})
             .encode() for size in (22000, 40000) for chunked in (False, True)}

    def send(balancer, key):
        return slowly(Client(me.stack, balancer, token=me.token), notes[key], key[1])
    with concurrent.futures.ThreadPoolExecutor(2 * len(notes)) as pool:
        said = {(balancer, *key): pool.submit(send, balancer, key)
                for balancer in ("api", "app") for key in notes}
    assert {key: line.result() for key, line in said.items()} == dict.fromkeys(
        said, "HTTP/1.1 201 Created")


def test_who_falls_silent_is_given_up(me):
    def fall_silent(balancer):
        return Client(me.stack, balancer, token=me.token).by_hand(
            "POST", "/api/v1/todos", "Host: localhost", "Content-Length: 2000",
            "Content-Type: application/json")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for answer in pool.map(fall_silent, ("api", "app")):
            assert (answer.status, answer.slug) == (408, "timeout")


def test_one_address_has_so_many_classic_requests_at_an_instance(stack):
    """Each may leave its whole list in a file for a slow reader."""
    instance = stack.instances("api")[0]
    client = Client(stack, (instance["address"], instance["port"]))
    with contextlib.ExitStack() as held:
        for _ in range(8):
            one = held.enter_context(socket.create_connection((client.host, client.port), 20))
            one.sendall(b"POST /todo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n")
        wait_for(lambda: client.get("/todo", checked=False).status == 503)
        answer = client.get("/todo", checked=False)
        assert answer.slug == "unavailable" and int(answer.headers["Retry-After"]) > 0
        assert client.get("/api/v1/todos").status == 401
        other = client.get("/todo", headers={"X-Forwarded-For": "127.9.9.9"})
        assert other.status == 403
    wait_for(lambda: client.get("/todo").status == 403)


# ---- one address that takes all connections


def longest_answer(client, until):
    longest = 0
    while time.monotonic() < until:
        start = time.monotonic()
        assert client.get("/api/v1/todos").status == 200
        longest = max(longest, time.monotonic() - start)
        time.sleep(0.02)
    return longest


@pytest.mark.alone
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
