"""Late copies: what a paused instance does after another one has answered the request, and
people have gone on. A copy is sent straight to an instance, under the id of the first."""

import concurrent.futures
import subprocess
import uuid

import pytest
from client import PASSWORD, Client
from database import owner, sql
from test_time import fill
from waiting import wait_for

ID = "01234567-89ab-7def-8123-456789abcdef"
PATH = f"/api/v1/todos/{ID}"
RESTORE = f"{PATH}/restore"
BULK = "/api/v1/todos"


@pytest.fixture
def twice(at):
    """twice(method, path, body, between): the answers of a request and of its late copy."""
    def twice(method, path, body=None, between=lambda: None, key=None):
        names = {"X-Request-ID": str(uuid.uuid4())}
        if key or method == "POST":
            names["Idempotency-Key"] = key or names["X-Request-ID"]
        first = at(0)(method, path, body, headers=names)
        between()
        return first, at(1)(method, path, body, headers=names)
    return twice


def good(answer):
    assert answer.status < 300, answer
    return answer


@pytest.mark.parametrize("key", [None, "k"])
@pytest.mark.parametrize("method, path, body", [
    ("PUT", PATH, {"title": "late"}), ("PATCH", PATH, {"title": "late"}),
    ("PUT", "/todo", {"id": ID.replace("-", ""), "title": "late", "done": False})])
def test_an_edit_that_came_between_stands(me, twice, method, path, body, key):
    good(me.put(PATH, {"title": "old"}))
    first, copy = twice(method, path, body, lambda: [
        good(me.patch(PATH, {"title": title})) for title in ("newer", "newest")], key)
    assert (first.status, copy.status) == (200, 200)
    assert me.titles() == ["newest"]


def test_sixty_writes_later_it_is_known(me, twice):
    first, copy = twice("PUT", PATH, {"title": "late"}, lambda: [
        good(me.patch(PATH, {"title": f"{number}"})) for number in range(63)])
    assert me.titles() == ["62"] and copy.status == 200


def test_a_create_does_not_bring_back(me, twice):
    twice("PUT", PATH, {"title": "late"}, lambda: good(me.delete(PATH)))
    assert me.titles() == []
    twice("PUT", PATH, {"title": "late"}, lambda: [
        good(me.delete(PATH)), good(me.post(f"{BULK}/empty-trash"))])
    assert me.get(PATH).status == 404 and me.titles("?filter=trash") == []


def test_a_delete_and_a_restore_are_done_once(me, twice):
    good(me.put(PATH, {"title": "a"}))
    twice("DELETE", PATH, None, lambda: good(me.post(RESTORE)))
    assert me.titles() == ["a"]
    good(me.delete(PATH))
    twice("POST", RESTORE, None, lambda: good(me.delete(PATH)))
    assert me.titles() == []


def test_what_had_nothing_to_do_has_nothing_to_do_later(me, twice):
    good(me.put(PATH, {"title": "a"}))
    good(me.delete(PATH))
    first, copy = twice("DELETE", PATH, None, lambda: good(me.post(RESTORE)))
    assert (first.status, copy.status) == (204, 204) and me.titles() == ["a"]
    first, copy = twice("POST", RESTORE, None, lambda: good(me.delete(PATH)))
    assert (first.status, copy.status) == (200, 200) and me.titles() == []


@pytest.mark.parametrize("method, headers", [("PATCH", {}), ("PUT", {"If-Match": "*"})])
def test_what_was_refused_is_not_done_later(me, at, method, headers):
    names = headers | {"X-Request-ID": str(uuid.uuid4())}
    first = at(0)(method, PATH, {"title": "late"}, headers=names)
    assert first.status in (404, 412)
    good(me.put(PATH, {"title": "new"}))
    assert at(1)(method, PATH, {"title": "late"}, headers=names).status == 412
    assert me.titles() == ["new"]


def test_a_refused_request_may_be_sent_again_under_its_key(me):
    name = {"Idempotency-Key": "k"}
    assert me.patch(PATH, {"title": "b"}, headers=name).status == 404
    good(me.put(PATH, {"title": "a"}))
    assert me.patch(PATH, {"title": "b"}, headers=name).status == 200
    assert me.titles() == ["b"]


def test_one_key_for_all_loses_no_edit(me):
    name = {"Idempotency-Key": "always-the-same"}
    good(me.put(PATH, {"title": "a"}, headers=name))
    good(me.patch(PATH, {"title": "b"}, headers=name))
    good(me.patch(PATH, {"title": "c"}, headers=name))
    assert me.titles() == ["c"]


def test_a_key_is_known_before_the_condition_is_judged(me):
    etag = good(me.put(PATH, {"title": "a"})).etag
    names = {"Idempotency-Key": "k", "If-Match": etag}
    first = me.patch(PATH, {"title": "b"}, headers=names)
    good(me.patch(PATH, {"note": "n"}))
    again = me.patch(PATH, {"title": "b"}, headers=names)
    assert (first.status, again.status, again.json["note"]) == (200, 200, "n")


@pytest.mark.parametrize("method, path", [("PUT", PATH), ("PATCH", PATH), ("DELETE", PATH),
                                          ("POST", RESTORE), ("POST", f"{BULK}/clear-completed")])
def test_a_bad_key_is_refused_everywhere(me, method, path):
    body = {"title": "x"} if method in ("PUT", "PATCH") else None
    answer = me(method, path, body, headers={"Idempotency-Key": "a b"})
    assert (answer.status, answer.json["field"]) == (400, "Idempotency-Key")


# ---- many at once


@pytest.mark.parametrize("body", [None, {"ids": [ID]}])
def test_clearing_again_clears_nothing_else(me, twice, body):
    good(me.put(PATH, {"title": "a", "done": True}))
    first, copy = twice("POST", f"{BULK}/clear-completed", body,
                        lambda: [good(me.post(RESTORE)), me.add("b", done=True)])
    assert first.json == copy.json and first.json["items"] == [ID]
    assert me.titles() == ["a", "b"]


@pytest.mark.parametrize("body", [None, {"ids": [ID]}])
def test_clearing_nothing_clears_nothing_later(me, twice, body):
    good(me.put(PATH, {"title": "a"}))
    first, copy = twice("POST", f"{BULK}/clear-completed", body,
                        lambda: good(me.patch(PATH, {"done": True})))
    assert first.json == copy.json and first.json["items"] == []
    assert me.titles() == ["a"]


def test_restoring_again_restores_nothing(me, twice):
    good(me.put(PATH, {"title": "a"}))
    good(me.delete(PATH))
    first, copy = twice("POST", f"{BULK}/restore", {"ids": [ID]}, lambda: good(me.delete(PATH)))
    assert first.json == copy.json and first.json["items"] == [ID]
    assert me.titles() == []


def full(me):
    """ID is in the trash of a full list, of which one item is told."""
    one = me.add("a")["id"]
    fill(me, 9998)
    good(me.put(PATH, {"title": "in the trash"}))
    good(me.delete(PATH))
    me.add("the last one")
    return one


def test_what_was_refused_as_too_many_is_not_restored_later(me, twice):
    one = full(me)
    first, copy = twice("POST", f"{BULK}/restore", {"ids": [ID]},
                        lambda: good(me.delete(f"{BULK}/{one}")))
    assert (first.slug, copy.slug) == ("list-full", "list-full")
    assert good(me.get(PATH)).json["deleted"]
    # Its key is free for who asks again.
    assert good(me.post(f"{BULK}/restore", {"ids": [ID]})).json["items"] == [ID]


def test_what_was_refused_as_too_many_may_be_asked_again_under_its_key(me):
    one, name = full(me), {"Idempotency-Key": "k"}
    assert me.post(f"{BULK}/restore", {"ids": [ID]}, headers=name).slug == "list-full"
    good(me.delete(f"{BULK}/{one}"))
    assert good(me.post(f"{BULK}/restore", {"ids": [ID]}, headers=name)).json["items"] == [ID]


@pytest.mark.parametrize("body", [None, {"ids": [ID]}])
def test_emptying_again_empties_nothing(me, twice, body):
    good(me.put(PATH, {"title": "a"}))
    good(me.delete(PATH))
    first, copy = twice("POST", f"{BULK}/empty-trash", body,
                        lambda: [good(me.put(PATH, {"title": "b"})), good(me.delete(PATH))])
    assert first.json == copy.json | {"count": 1} and first.json["count"] == 1
    assert me.titles("?filter=trash") == ["b"]


# ---- accounts and sessions


def change(client, old, new, **headers):
    return client.put("/api/v1/account/password",
                      {"current_password": old, "new_password": new}, headers=headers)


def test_a_password_change_is_done_once(me, at):
    name = {"X-Request-ID": str(uuid.uuid4())}
    second = "a second password"
    assert change(at(0), PASSWORD, second, **name).status == 204
    assert change(at(1), PASSWORD, second, **name).status == 204
    assert change(me, second, PASSWORD).status == 204
    assert change(at(1), PASSWORD, second, **name).status == 204
    assert me.post("/api/v1/sessions", {"login": me.login, "password": PASSWORD}).status == 201


def test_of_two_changes_at_once_one_is_wrong(me, stack):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        statuses = list(pool.map(lambda number: change(me, PASSWORD, f"another horse {number}").status,
                                 range(2)))
    assert sorted(statuses) == [204, 403]


def test_ending_a_session_twice_is_well_but_ending_none_is_not(me, anybody, at):
    other = anybody.post("/api/v1/sessions", {"login": me.login, "password": PASSWORD})
    path = f"/api/v1/sessions/{other.json['session']['id']}"
    name = {"X-Request-ID": str(uuid.uuid4())}
    assert [at(n).delete(path, headers=name).status for n in (0, 1)] == [204, 204]
    assert me.delete(path).status == 404


def test_a_sign_up_does_not_bring_a_deleted_account_back(stack, anybody):
    about = stack.instances("api")[0]
    there = Client(stack, (about["address"], about["port"]))
    body = {"login": f"{uuid.uuid4()}@example.org", "password": PASSWORD}
    name = {"X-Request-ID": str(uuid.uuid4())}
    tokens = [good(there.post("/api/v1/accounts", body, headers=name)).json["token"]
              for _ in range(2)]
    one = Client(stack, token=tokens[1])
    assert one.delete("/api/v1/account", {"password": PASSWORD}).status == 204
    assert there.post("/api/v1/accounts", body, headers=name).status == 409
    assert anybody.post("/api/v1/sessions", body).status == 401
    assert anybody.post("/api/v1/accounts", body).status == 201


def busy(stack, statement, request):
    """The request's answer, when it has found its session and then waited until this
    statement was committed; under a second, the programs' patience."""
    options, user = owner(stack)
    with concurrent.futures.ThreadPoolExecutor(1) as pool, subprocess.Popen(
            ["mariadb", "--no-defaults", f"--socket={stack.state}/mysql.sock", f"--user={user}",
             "--unbuffered", "-N", "allday"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, **options) as database:
        print(f"START TRANSACTION; {statement}; SELECT 'so';", file=database.stdin, flush=True)
        assert database.stdout.readline() == "so\n"
        answer = pool.submit(request)
        wait_for(lambda: sql(stack, "SELECT id FROM information_schema.processlist"
                                    " WHERE user = 'allday_auth' AND command = 'Execute'"))
        print("COMMIT;", file=database.stdin, flush=True)
        database.stdin.close()
        return answer.result()


def test_logging_out_everywhere_ends_no_later_session(stack, me, anybody):
    """The one that asked has ended while it was paused."""
    later = anybody.post("/api/v1/sessions", {"login": me.login, "password": PASSWORD}).json
    mine = me.session["id"].replace("-", "")
    answer = busy(stack, f"DELETE FROM session WHERE id = UNHEX('{mine}')",
                  lambda: me.delete("/api/v1/sessions"))
    assert answer.status == 204
    assert Client(stack, token=later["token"]).get("/api/v1/account").status == 200


def test_a_revoked_session_changes_no_password(stack, me, anybody):
    mine = me.session["id"].replace("-", "")
    answer = busy(stack, f"DELETE FROM session WHERE id = UNHEX('{mine}')",
                  lambda: change(me, PASSWORD, "of the thief"))
    assert answer.status == 401
    assert anybody.post("/api/v1/sessions",
                        {"login": me.login, "password": PASSWORD}).status == 201


def test_a_log_in_with_the_password_of_before_begins_no_session(stack, me, anybody):
    """It was right when it was looked at."""
    account = me.account["id"].replace("-", "")
    answer = busy(stack, "UPDATE credential SET hash = CONCAT(hash, 'x')"
                             f" WHERE account_id = UNHEX('{account}')",
                  lambda: anybody.post("/api/v1/sessions",
                                       {"login": me.login, "password": PASSWORD}))
    assert (answer.status, answer.slug) == (401, "wrong-login")
    assert len(me.get("/api/v1/sessions").json["items"]) == 1
