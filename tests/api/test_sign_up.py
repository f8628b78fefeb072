"""Who may sign up, and with which passwords."""

import ctypes
import subprocess
import threading
import unicodedata
import uuid

import pytest
from client import PASSWORD, Client
from database import sql
from stack import ROOT, Stack


def account(**more):
    return {"login": uuid.uuid4().hex, "password": PASSWORD} | more


def classic():
    return {"username": uuid.uuid4().hex, "password": PASSWORD}


# ---- closed, or by invitation


@pytest.fixture(scope="module")
def closed():
    with Stack(sign_up="closed") as running:
        yield running


@pytest.fixture(scope="module")
def invited():
    # (An invitation is a bound of its own: that of an address is for where sign-up is open.)
    with Stack(sign_up="invitation",
               balancer={"login_rate": 100000, "sign_up_rate": 1}) as running:
        yield running


@pytest.fixture(scope="module")
def bounded():
    with Stack(balancer={"sign_up_rate": 3}) as running:
        yield running


def invite(stack):
    done = subprocess.run([ROOT / "run/run", "--invite", stack.file], check=True,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return done.stdout.strip()


def test_everybody_is_told_who_may(anybody, closed, invited, balancer):
    for stack, mode in ((anybody.stack, "open"), (closed, "closed"), (invited, "invitation")):
        assert Client(stack, balancer).get("/api/v1/sign-up").json == {"mode": mode}


def test_nobody_may_where_it_is_closed(closed):
    client = Client(closed)
    for body in account(), account(invitation="x"), {}:
        answer = client.post("/api/v1/accounts", body)
        assert (answer.status, answer.slug) == (403, "sign-up-closed")
    answer = client.post("/auth/signup", classic())
    assert answer.status == 400 and "does not accept new accounts" in answer.json["error"]
    assert sql(closed, "SELECT COUNT(*) FROM account") == ["0"]


def test_one_address_makes_so_many_accounts_a_day(bounded, balancer):
    """By both APIs, at all balancers and instances; who has one may log in all the same."""
    client = Client(bounded, balancer, source=f"127.9.1.{1 if balancer == 'app' else 2}")
    other = Client(bounded, source=client.source)
    mine = account()
    assert client.post("/api/v1/accounts", mine).status == 201
    assert other.post("/api/v1/accounts", account()).status == 201
    assert client.post("/auth/signup", classic()).status == 200

    def refused():
        answers = client.post("/api/v1/accounts", account()), other.post("/auth/signup", classic())
        return [answer.status for answer in answers] == [429, 429]
    assert refused()
    later = int(client.post("/api/v1/accounts", account()).headers["Retry-After"])
    assert 80000 < later <= 86401
    assert client.post("/api/v1/sessions", {"login": mine["login"], "password": PASSWORD}).status \
        == 201
    neighbour = Client(bounded, balancer, source="127.9.1.9")
    assert neighbour.post("/auth/signup", classic()).status == 200
    passed = "UPDATE login_attempt SET since = since - INTERVAL {} HOUR"
    sql(bounded, passed.format(23))
    assert refused()
    sql(bounded, passed.format(2))
    assert client.post("/api/v1/accounts", account()).status == 201


def test_an_invitation_makes_one_account(invited):
    client, code = Client(invited), invite(invited)
    answer = client.post("/api/v1/accounts", account(invitation=code))
    assert answer.status == 201
    again = client.post("/api/v1/accounts", account(invitation=code))
    assert (again.status, again.slug, again.json["field"]) == (
        403, "wrong-invitation", "invitation")
    assert Client(invited, token=answer.json["token"]).get("/api/v1/todos").status == 200


def test_without_one_nobody_may(invited):
    client = Client(invited)
    answer = client.post("/api/v1/accounts", account())
    assert (answer.status, answer.slug, answer.json["field"]) == (
        422, "missing-field", "invitation")
    for code in "", "x", "aaaa-aaaa-aaaa-aaaa-aaaa", "x" * 1000:
        answer = client.post("/api/v1/accounts", account(invitation=code))
        assert (answer.status, answer.slug) == (403, "wrong-invitation")
    assert client.post("/auth/signup", classic()).status == 400


def test_it_is_typed_as_one_types(invited):
    code = f"  {invite(invited).upper().replace('-', ' ')} "
    assert Client(invited).post("/api/v1/accounts", account(invitation=code)).status == 201


def test_the_classic_api_takes_it_too(invited):
    body = classic() | {"invitation": invite(invited)}
    assert Client(invited).post("/auth/signup", body).status == 200


def test_one_that_is_over_is_none(invited):
    code = invite(invited)
    sql(invited, "UPDATE invitation SET expires = UTC_TIMESTAMP() - INTERVAL 1 SECOND")
    answer = Client(invited).post("/api/v1/accounts", account(invitation=code))
    assert (answer.status, answer.slug) == (403, "wrong-invitation")
    invite(invited)
    assert sql(invited, "SELECT COUNT(*) FROM invitation WHERE expires < UTC_TIMESTAMP()") == ["0"]


def test_a_sign_up_that_fails_leaves_it(invited):
    client, code = Client(invited), invite(invited)
    taken = account(invitation=invite(invited))
    assert client.post("/api/v1/accounts", taken).status == 201
    answer = client.post("/api/v1/accounts", taken | {"invitation": code})
    assert answer.slug == "login-taken"
    assert client.post("/api/v1/accounts", account(invitation=code)).status == 201


def test_several_at_once_make_one(invited):
    code, said = invite(invited), []

    def sign_up():
        said.append(Client(invited).post("/api/v1/accounts", account(invitation=code)).status)
    threads = [threading.Thread(target=sign_up) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == [201] + [403] * 5


def test_the_same_request_again_is_the_same_account(invited):
    """The balancer sends what got no answer to another instance."""
    body, name = account(invitation=invite(invited)), {"X-Request-ID": str(uuid.uuid4())}
    first, second = [
        Client(invited, (instance["address"], instance["port"])).post(
            "/api/v1/accounts", body, headers=name)
        for instance in invited.instances("api")]
    assert first.status == second.status == 201
    assert first.json["account"] == second.json["account"]


def test_no_code_is_stored(invited):
    code = invite(invited)
    assert sql(invited, "SELECT COUNT(*) FROM invitation WHERE code ="
                        f" UNHEX(SHA2('{code.replace('-', '')}', 256))") == ["1"]


# ---- passwords


COMMON = ["password", "Password1!", "12345678", "iloveyou", "qlalfqjsgh", "Qlalfqjsgh1!",
          "안녕하세요안녕하세요", "사랑해요12345", "dkssudgktpdy", "aaaaaaaa", " " * 8]


@pytest.mark.parametrize("password", COMMON)
def test_what_is_tried_first_is_refused_everywhere(anybody, me, password):
    answer = anybody.post("/api/v1/accounts", account(password=password))
    assert (answer.status, answer.slug, answer.json["field"]) == (
        422, "common-password", "password")
    answer = me.put("/api/v1/account/password",
                    {"current_password": PASSWORD, "new_password": password})
    assert (answer.status, answer.slug, answer.json["field"]) == (
        422, "common-password", "new_password")
    assert anybody.post("/auth/signup", classic() | {"password": password}).status == 400


def test_the_login_is_no_password(anybody, me):
    login = f"{uuid.uuid4().hex[:10]}z"
    for name, password in ((login, login), (f"{login}@example.org", f"{login.upper()}12")):
        answer = anybody.post("/api/v1/accounts", {"login": name, "password": password})
        assert answer.slug == "common-password"
    answer = me.put("/api/v1/account/password",
                    {"current_password": PASSWORD, "new_password": me.login})
    assert answer.slug == "common-password"


@pytest.mark.parametrize("password", ["x", "1234567", "가나다", "x" * 257, "가" * 90])
def test_both_apis_have_one_rule_for_lengths(anybody, password):
    answer = anybody.post("/api/v1/accounts", account(password=password))
    assert (answer.status, answer.json["field"]) == (422, "password")
    answer = anybody.post("/auth/signup", classic() | {"password": password})
    assert (answer.status, answer.json["error"]) == (400, "Invalid Password value.")


@pytest.mark.parametrize("login", [" ", " x", "x ", "\u3000"])
def test_both_apis_have_one_rule_for_logins(anybody, login):
    answer = anybody.post("/api/v1/accounts", account(login=login))
    assert (answer.status, answer.json["field"]) == (422, "login")
    for body in {"username": login, "password": PASSWORD}, {
            "email": login, "username": "x", "password": PASSWORD}:
        assert anybody.post("/auth/signup", body).status == 400


def test_a_password_is_the_same_however_its_letters_are_composed(anybody):
    composed = "긴 문장이 좋은 암호다 é"
    decomposed = unicodedata.normalize("NFD", composed)
    wide = composed.replace(" ", "\u3000")
    for made in composed, decomposed:
        body = account(password=made)
        token = anybody.post("/api/v1/accounts", body).json["token"]
        for typed in composed, decomposed, wide:
            assert anybody.post("/api/v1/sessions", body | {"password": typed}).status == 201
            assert anybody.post("/auth/signin", {"username": body["login"],
                                                 "password": typed}).status == 200
        change = {"current_password": decomposed, "new_password": decomposed + "!"}
        me = Client(anybody.stack, token=token)
        assert me.put("/api/v1/account/password", change).status == 204
        assert me.delete("/api/v1/account", {"password": composed + "!"}).status == 204


def test_a_hash_of_before_is_of_what_was_typed(anybody):
    """And becomes one of the composed form."""
    composed = "긴 문장이 좋은 암호다"
    decomposed = unicodedata.normalize("NFD", composed)
    body = account(password=composed)
    ident = anybody.post("/api/v1/accounts", body).json["account"]["id"].replace("-", "")
    old = ctypes.create_string_buffer(128)
    text, size = decomposed.encode(), ctypes.c_size_t
    assert ctypes.CDLL("libargon2.so.1").argon2id_hash_encoded(
        2, 19456, 1, text, size(len(text)), b"0123456789abcdef", size(16), size(32), old,
        size(128)) == 0
    old = old.value.decode()
    sql(anybody.stack, f"UPDATE credential SET hash = '{old}' WHERE account_id = UNHEX('{ident}')")
    for status, typed in (401, composed), (201, decomposed), (201, composed):
        assert anybody.post("/api/v1/sessions", body | {"password": typed}).status == status


def test_what_is_too_long_to_be_one_is_merely_wrong(anybody, me):
    for password in "x" * 257, "가" * 5000, "x" * 60000:
        answer = anybody.post("/api/v1/sessions", {"login": me.login, "password": password})
        assert (answer.status, answer.slug) == (401, "wrong-login")
