"""The classic API: what a front end typed from the book sends, and what it gets."""

import re
import uuid

import pytest
from client import Client

ORIGIN = "http://localhost:3000"


def second_edition(anybody, name=None):
    """Sign up and in by username; a client that holds the token."""
    user = {"username": name or f"홍길동{uuid.uuid4().hex[:8]}", "password": "pw12345678"}
    up = anybody.post("/auth/signup", user)
    assert up.status == 200, up
    signed = anybody.post("/auth/signin", user)
    assert signed.status == 200, signed
    client = Client(anybody.stack, token=signed.json["token"])
    client.username, client.up, client.signed = user["username"], up.json, signed.json
    return client


@pytest.fixture
def me(anybody):
    return second_edition(anybody)


@pytest.fixture
def other(anybody):
    return second_edition(anybody)


def todo(client):
    return client.get("/todo").json["data"]


def test_the_front_page_says_it_runs(anybody):
    answer = anybody.get("/")
    assert answer.body == b"The service is up and running..."


def test_second_edition_accounts(me):
    assert me.up == {"token": None, "username": me.username, "password": None, "id": me.up["id"]}
    assert me.signed == me.up | {"token": me.token}
    assert re.fullmatch("[0-9a-f]{32}", me.up["id"])


def test_first_edition_accounts(anybody):
    user = {"email": f"{uuid.uuid4().hex}@example.org", "username": "홍", "password": "pw12345678"}
    up = anybody.post("/auth/signup", user).json
    assert up == {"token": None, "email": user["email"], "username": "홍", "password": None,
                  "id": up["id"]}
    signed = anybody.post("/auth/signin", {"email": user["email"], "password": "pw12345678"}).json
    # The first edition's own slip, which its clients never noticed.
    assert signed == up | {"token": signed["token"], "email": "홍", "username": None}
    assert todo(Client(anybody.stack, token=signed["token"])) == []


@pytest.mark.parametrize("body, message", [
    ({"username": "x"}, "Invalid Password value."),
    ({"username": "x", "password": None}, "Invalid Password value."),
    ({"username": "x", "password": ""}, "Invalid Password value."),
    ({"password": "x"}, "Invalid arguments"), ({}, "Invalid arguments"),
    ({"username": None, "password": "x"}, "Invalid arguments"),
    ({"email": None, "username": "x", "password": "x"}, "Invalid arguments"),
    ({"email": "x@y", "username": "x"}, "rawPassword cannot be null"),
])
def test_signing_up_wrongly(anybody, body, message):
    answer = anybody.post("/auth/signup", body)
    assert (answer.status, answer.json) == (400, {"error": message, "data": None})


def test_signing_up_twice(anybody, me):
    again = anybody.post("/auth/signup", {"username": me.username, "password": "pw12345678"})
    assert again.json == {"error": "Username already exists", "data": None}
    again = anybody.post("/auth/signup", {"email": me.username, "username": "x", "password": "pw12345678"})
    assert (again.status, again.json["error"]) == (400, "Email already exists")


@pytest.mark.parametrize("body", [{"username": "nobody at all", "password": "x"}, {},
                                  {"email": "nobody@x", "password": "x"}, {"username": "x"},
                                  {"username": 1, "password": 1}])
def test_signing_in_wrongly(anybody, body):
    answer = anybody.post("/auth/signin", body)
    assert (answer.status, answer.json) == (400, {"error": "Login failed.", "data": None})


def test_wrong_password(anybody, me):
    answer = anybody.post("/auth/signin", {"username": me.username, "password": "wrong"})
    assert (answer.status, answer.json) == (400, {"error": "Login failed.", "data": None})


@pytest.mark.parametrize("value", [None, "Bearer null", "Bearer undefined", "Bearer x.y.z", "null"])
def test_without_a_session_it_is_403(anybody, value):
    headers = {"Authorization": value} if value else {}
    for method, body in ("GET", None), ("POST", {"title": "x"}), ("PUT", {}), ("DELETE", {}):
        answer = anybody(method, "/todo", body, headers=headers)
        assert answer.status == 403
        assert answer.json | {"timestamp": 0} == {"timestamp": 0, "status": 403,
                                                  "error": "Forbidden", "path": "/todo"}


def test_every_write_answers_with_the_whole_list(me):
    answer = me.post("/todo", {"title": "우유 사기"})
    assert answer.status == 200
    item, = answer.json["data"]
    assert answer.json == {"error": None, "data": [
        {"id": item["id"], "title": "우유 사기", "done": False}]}
    assert re.fullmatch("[0-9a-f]{32}", item["id"])
    for change in {"done": True}, {"title": "우유 사기!!"}:
        item |= change
        answer = me.put("/todo", item)
        assert (answer.status, answer.json) == (200, {"error": None, "data": [item]})
    answer = me.delete("/todo", item)
    assert (answer.status, answer.json) == (200, {"error": None, "data": []})


def test_the_oldest_comes_first(me):
    for title in "abc":
        me.post("/todo", {"title": title})
    assert [item["title"] for item in todo(me)] == ["a", "b", "c"]


def test_what_the_client_must_not_choose_is_ignored(me):
    me.post("/todo", {"id": "x", "userId": "y", "title": "a", "colour": "red"})
    assert [item["title"] for item in todo(me)] == ["a"]


@pytest.mark.parametrize("body", [{}, {"title": None}, {"title": ""}])
def test_an_empty_title_is_taken(me, body):
    assert me.post("/todo", body).json["data"][0]["title"] == ""


@pytest.mark.parametrize("body", [{"title": 1}, {"title": "x" * 501}, {"title": "x", "done": "y"}])
def test_what_cannot_be_an_item(me, body):
    answer = me.post("/todo", body)
    assert answer.status == 400 and answer.json["data"] is None and answer.json["error"]
    assert todo(me) == []


@pytest.mark.parametrize("ident", ["0" * 32, "f" * 32, "x", "", "' OR 1=1 --"])
def test_an_unknown_id_changes_nothing(me, ident):
    me.post("/todo", {"title": "a"})
    for method in "PUT", "DELETE":
        answer = me(method, "/todo", {"id": ident, "title": "b", "done": True})
        assert answer.status == 200
        assert [item["title"] for item in answer.json["data"]] == ["a"]


def test_no_id_is_an_error(me):
    for body in {"title": "x"}, {"id": None, "title": "x"}:
        assert me.put("/todo", body).status == 400
        assert me.delete("/todo", body).status == 400


def test_nobody_writes_anothers_item(me, other):
    item = me.post("/todo", {"title": "mine"}).json["data"][0]
    assert other.put("/todo", item | {"title": "stolen"}).json["data"] == []
    assert other.delete("/todo", item).json["data"] == []
    assert [item["title"] for item in todo(me)] == ["mine"]


def test_both_apis_show_one_list(me):
    me.post("/todo", {"title": "a"})
    assert me.titles() == ["a"]
    me.add("b")
    assert [item["title"] for item in todo(me)] == ["a", "b"]


# ---- another origin


def test_a_preflight_of_our_front_end(anybody):
    for path, method in ("/todo", "GET"), ("/todo", "DELETE"), ("/auth/signin", "POST"):
        answer = anybody("OPTIONS", path, headers={
            "Origin": ORIGIN, "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "authorization, content-type"}, checked=False)
        assert answer.status in (200, 204)
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert method in answer.headers["Access-Control-Allow-Methods"]
        allowed = answer.headers["Access-Control-Allow-Headers"].lower()
        assert "authorization" in allowed and "content-type" in allowed


@pytest.mark.parametrize("token", [True, False])
def test_answers_to_our_front_end_may_be_read(me, anybody, token):
    answer = (me if token else anybody).get("/todo", headers={"Origin": ORIGIN})
    assert answer.status == (200 if token else 403)
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Origin" in answer.headers["Vary"]


def test_answers_to_a_foreign_page_may_not(me):
    for origin in "http://evil.example", "null", ORIGIN + ".evil.example":
        answer = me.get("/todo", headers={"Origin": origin})
        assert "Access-Control-Allow-Origin" not in answer.headers
        answer = me("OPTIONS", "/todo", checked=False, headers={
            "Origin": origin, "Access-Control-Request-Method": "GET"})
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_the_native_api_is_for_its_own_origin(me):
    answer = me.get("/api/v1/todos", headers={"Origin": ORIGIN})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_foreign_cookie_write_is_forbidden(anybody, me):
    token = Client(anybody.stack, cookie=me.token)
    answer = token.post("/todo", {"title": "x"}, headers={"Origin": ORIGIN})
    assert answer.status == 403
    assert todo(me) == []
