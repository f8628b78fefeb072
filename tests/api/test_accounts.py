"""Accounts and sessions."""

import contextlib
import re
import uuid

import pytest
from client import PASSWORD, Client
from database import program


def test_signing_up_starts_a_session(me):
    assert me.get("/api/v1/account").json == me.account
    assert me.account["login"] == me.login


def test_a_login_is_unique_in_any_case(anybody, me):
    answer = anybody.post("/api/v1/accounts", {"login": me.login.upper(), "password": PASSWORD})
    assert (answer.status, answer.slug, answer.json["field"]) == (409, "login-taken", "login")


def test_logging_in_by_any_case(anybody, me):
    answer = anybody.post("/api/v1/sessions", {"login": me.login.upper(), "password": PASSWORD})
    assert answer.status == 201
    assert answer.json["account"] == me.account


def test_unknown_login_and_wrong_password_get_the_same_answer(anybody, me):
    wrong = anybody.post("/api/v1/sessions", {"login": me.login, "password": "wrong horse"})
    unknown = anybody.post("/api/v1/sessions", {"login": uuid.uuid4().hex, "password": PASSWORD})
    assert wrong.status == unknown.status == 401
    assert wrong.json | {"request_id": 0} == unknown.json | {"request_id": 0}
    assert sorted(wrong.headers) == sorted(unknown.headers)


def test_a_name_is_kept(anybody):
    answer = anybody.post("/api/v1/accounts", {"login": uuid.uuid4().hex, "password": PASSWORD,
                                               "name": "홍길동"})
    assert answer.json["account"]["name"] == "홍길동"


@pytest.mark.parametrize("body, field", [
    ({"password": PASSWORD}, "login"), ({"login": "x"}, "password"),
    ({"login": "", "password": PASSWORD}, "login"),
    ({"login": " x", "password": PASSWORD}, "login"),
    ({"login": "x\n", "password": PASSWORD}, "login"),
    ({"login": "x" * 255, "password": PASSWORD}, "login"),
    ({"login": "x", "password": "1234567"}, "password"),
    ({"login": "x", "password": "1" * 257}, "password"),
    ({"login": "x", "password": PASSWORD, "name": "x" * 101}, "name"),
    ({"login": "x", "password": PASSWORD, "cookie": 1}, "cookie"),
    ({"login": "x", "password": PASSWORD, "admin": True}, "admin"),
])
def test_a_bad_sign_up_names_the_field(anybody, body, field):
    answer = anybody.post("/api/v1/accounts", body)
    assert (answer.status, answer.json["field"]) == (422, field)


def test_changing_the_password_revokes_the_other_sessions(anybody, me):
    second = anybody.post("/api/v1/sessions", {"login": me.login, "password": PASSWORD}).json
    change = {"current_password": PASSWORD, "new_password": "another horse"}
    assert me.put("/api/v1/account/password", change).status == 204
    assert me.get("/api/v1/account").status == 200
    assert Client(me.stack, token=second["token"]).get("/api/v1/account").status == 401
    assert anybody.post("/api/v1/sessions",
                        {"login": me.login, "password": PASSWORD}).status == 401
    assert anybody.post("/api/v1/sessions",
                        {"login": me.login, "password": "another horse"}).status == 201


def test_changing_the_password_needs_the_current_one(me):
    answer = me.put("/api/v1/account/password",
                    {"current_password": "wrong", "new_password": "another horse"})
    assert (answer.status, answer.slug) == (403, "wrong-password")
    assert answer.json["field"] == "current_password"


def test_a_deleted_account_leaves_nothing(anybody, me):
    me.add()
    assert me.delete("/api/v1/account", {"password": "wrong"}).status == 403
    assert me.delete("/api/v1/account", {"password": PASSWORD}).status == 204
    assert me.get("/api/v1/todos").status == 401
    again = anybody.post("/api/v1/accounts", {"login": me.login, "password": PASSWORD}).json
    assert Client(me.stack, token=again["token"]).titles() == []


def test_sessions_are_listed_newest_first(anybody, me):
    second = anybody.post("/api/v1/sessions", {"login": me.login, "password": PASSWORD}).json
    items = me.get("/api/v1/sessions").json["items"]
    assert [item["id"] for item in items] == [second["session"]["id"], me.session["id"]]
    assert [item["current"] for item in items] == [False, True]


def test_one_session_is_revoked(anybody, me):
    second = anybody.post("/api/v1/sessions", {"login": me.login, "password": PASSWORD}).json
    path = f"/api/v1/sessions/{second['session']['id']}"
    assert me.delete(path).status == 204
    assert me.delete(path).status == 404
    assert Client(me.stack, token=second["token"]).get("/api/v1/account").status == 401
    assert me.delete("/api/v1/sessions/current").status == 204
    assert me.get("/api/v1/account").status == 401


def test_another_ones_session_is_not_there(me, other):
    assert me.delete(f"/api/v1/sessions/{other.session['id']}").status == 404
    assert me.delete("/api/v1/sessions/nonsense").status == 404
    assert other.get("/api/v1/account").status == 200


def test_all_sessions_are_revoked(anybody, me):
    second = anybody.post("/api/v1/sessions", {"login": me.login, "password": PASSWORD}).json
    assert me.delete("/api/v1/sessions").status == 204
    for token in me.token, second["token"]:
        assert Client(me.stack, token=token).get("/api/v1/account").status == 401


@pytest.mark.parametrize("value", ["Bearer", "Bearer ", "Bearer null", "Bearer " + "A" * 43,
                                   "Bearer " + "A" * 5000, "Basic YTpi", "bearer  x", "'; --"],
                         ids=range(8))
def test_a_forged_token_opens_nothing(anybody, value):
    answer = anybody.get("/api/v1/todos", headers={"Authorization": value})
    assert (answer.status, answer.slug) == (401, "no-session")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


# ---- cookies

SAME = {"Sec-Fetch-Site": "same-origin"}


def by_cookie(me):
    answer = Client(me.stack).post("/api/v1/sessions", {
        "login": me.login, "password": PASSWORD, "cookie": True}, headers=SAME)
    assert answer.status == 201 and "token" not in answer.json
    return answer


def cookie_client(me):
    value = re.match(r"allday_session_\d+=([^;]+)", by_cookie(me).headers["Set-Cookie"])[1]
    return Client(me.stack, "app", cookie=value)


def test_the_cookie_is_out_of_reach_of_scripts(me):
    parts = by_cookie(me).headers["Set-Cookie"].split("; ")
    assert parts[0].startswith(f"allday_session_{me.port}=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"} <= set(parts)


def test_the_cookie_is_a_session(me):
    assert cookie_client(me).get("/api/v1/account").json == me.account


def test_nobody_can_pretend_tls(me):
    answer = Client(me.stack).post("/api/v1/sessions", {
        "login": me.login, "password": PASSWORD, "cookie": True},
        headers=SAME | {"X-Forwarded-Proto": "https"})
    assert answer.headers["Set-Cookie"].startswith(f"allday_session_{me.port}=")


@pytest.mark.parametrize("headers, status", [
    ({}, 403), ({"Sec-Fetch-Site": "cross-site"}, 403), ({"Sec-Fetch-Site": "same-site"}, 403),
    ({"Origin": "http://evil.example"}, 403), ({"Origin": "null"}, 403), (SAME, 201),
    ({"Sec-Fetch-Site": "none"}, 201), ({"Origin": "http://{host}"}, 201),
    ({"Origin": "http://{host}.evil.example"}, 403),
    ({"Origin": "http://{host}", "Sec-Fetch-Site": "cross-site"}, 403),
])
def test_a_cookie_write_comes_from_our_own_pages(me, headers, status):
    client = cookie_client(me)
    headers = {name: value.format(host=f"127.0.0.1:{client.port}")
               for name, value in headers.items()}
    answer = client.post("/api/v1/todos", {"title": "x"}, headers=headers)
    assert answer.status == status
    assert status == 201 or answer.slug == "foreign-origin"
    assert me.titles() == (["x"] if status == 201 else [])


def test_a_page_elsewhere_cannot_log_its_visitor_in(me):
    for path in "/api/v1/sessions", "/api/v1/accounts":
        answer = Client(me.stack).post(path, {"login": me.login, "password": PASSWORD,
                                              "cookie": True},
                                       headers={"Origin": "http://evil.example"})
        assert (answer.status, answer.slug) == (403, "foreign-origin")


def test_logging_out_clears_the_cookie(me):
    answer = cookie_client(me).delete("/api/v1/sessions/current", headers=SAME)
    assert answer.status == 204
    assert "Max-Age=0" in answer.headers["Set-Cookie"]


def test_every_cookie_write_is_guarded(me):
    client = cookie_client(me)
    ident = "01234567-89ab-7def-8123-456789abcdef"
    for method, path, body in [
            ("PUT", f"/api/v1/todos/{ident}", {"title": "x"}),
            ("PATCH", f"/api/v1/todos/{ident}", {}), ("DELETE", f"/api/v1/todos/{ident}", None),
            ("POST", f"/api/v1/todos/{ident}/restore", None),
            ("POST", "/api/v1/todos/clear-completed", None),
            ("POST", "/api/v1/todos/empty-trash", None),
            ("POST", "/api/v1/todos/restore", {"ids": [ident]}),
            ("PUT", "/api/v1/account/password", {}), ("DELETE", "/api/v1/account", {}),
            ("DELETE", "/api/v1/sessions", None), ("DELETE", "/api/v1/sessions/current", None)]:
        assert client(method, path, body).slug == "foreign-origin", path


# ---- what is left in memory


def copies(pid, secret):
    """How often it stands in all that the process may write: heap, stacks, the rest."""
    count = 0
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            start, end, rights = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
            if rights.startswith("rw"):
                with contextlib.suppress(OSError):  # [vvar]
                    memory.seek(int(start, 16))
                    count += memory.read(int(end, 16) - int(start, 16)).count(secret)
    return count


def test_no_password_stays_in_memory(anybody, stack):
    """Longer than json-c's first buffer, with an escape, right and wrong, and refused."""
    pids = [program(stack, instance, pool) for instance in stack.instances("api")
            for pool in ("login", "auth", "classic")]
    first, second, wrong = (f"a secret \u00e9\\ {uuid.uuid4().hex}" for _ in range(3))
    account = {"login": uuid.uuid4().hex, "password": first}
    me = Client(stack, token=anybody.post("/api/v1/accounts", account).json["token"])
    change = {"current_password": first, "new_password": second}
    for status, answer in [
            (201, anybody.post("/api/v1/sessions", account)),
            (401, anybody.post("/api/v1/sessions", account | {"password": wrong})),
            (409, anybody.post("/api/v1/accounts", account)),
            (422, anybody.post("/api/v1/sessions", account | {"more": wrong})),
            (415, anybody.post("/api/v1/sessions", account, headers={"Content-Type": "text/x"})),
            (400, anybody.post("/api/v1/sessions", raw=b'{"password": "' + first.encode())),
            (200, anybody.post("/auth/signin", {"username": account["login"],
                                                "password": first})),
            (403, me.put("/api/v1/account/password", change | {"current_password": wrong})),
            (204, me.put("/api/v1/account/password", change)),
            (204, me.delete("/api/v1/account", {"password": second}))]:
        assert answer.status == status
        for secret in first, second, wrong:
            tail = secret[-32:].encode()
            assert [copies(pid, tail) for pid in pids] == [0] * len(pids), answer
