"""How often somebody may try."""

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
