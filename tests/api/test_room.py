"""How much room an account has, and how fast it may write."""

import os
import random
import subprocess
import uuid

import pytest
from client import Client
from database import owner, sql
from stack import ROOT, Stack

ROOM = 1_000_000
ITEM = 512  # of an item, besides its text
BURST = 30
WIDE = "\ud55c"  # three bytes
WRITES = [("POST", "/api/v1/todos", {"title": "x"}),
          ("PUT", "/api/v1/todos/{id}", {"title": "x"}),
          ("PATCH", "/api/v1/todos/{id}", {"title": "x"}),
          ("DELETE", "/api/v1/todos/{id}", None),
          ("POST", "/api/v1/todos/{id}/restore", None),
          ("POST", "/api/v1/todos/restore", {"ids": ["01234567-89ab-7def-8123-456789abcdef"]}),
          ("POST", "/api/v1/todos/clear-completed", None),
          ("POST", "/api/v1/todos/empty-trash", None),
          ("POST", "/todo", {"title": "x"}),
          ("PUT", "/todo", {"id": "{hex}", "title": "x"}),
          ("DELETE", "/todo", {"id": "{hex}"})]


def with_environment(**variables):
    return Stack(groups={"api": {"launch_template": {"environment": variables}}})


@pytest.fixture(scope="module")
def stack():
    """Rooms of 1 MB."""
    with with_environment(ACCOUNT_MB="1") as running:
        yield running


@pytest.fixture(scope="module")
def slow():
    """A write a second, and 30 in a row."""
    with with_environment(WRITE_RATE="1", WRITE_BURST=str(BURST)) as running:
        yield running


def hexa(me):
    return f"UNHEX('{me.account['id'].replace('-', '')}')"


def taken(me):
    """What the items take, added up; and what is remembered of it, when it is up to date."""
    added, counted = sql(
        me.stack, "SELECT (SELECT COALESCE(SUM(512 + OCTET_LENGTH(title) + OCTET_LENGTH(note)), 0)"
                  f" FROM todo WHERE account_id = {hexa(me)}), IF(counted = seq, bytes, 'old')"
                  f" FROM change_counter WHERE account_id = {hexa(me)}")
    return added, counted


def age_trash(me, what):
    sql(me.stack, f"UPDATE todo SET deleted = deleted - INTERVAL {what}"
                  f" WHERE account_id = {hexa(me)} AND deleted IS NOT NULL")


def a_text(chance):
    return chance.choice(("a", "\u00e9", WIDE, "\N{GRINNING FACE}")) * chance.randint(0, 300)


def random_write(me, chance, ids):
    one, path = chance.choice(ids), f"/api/v1/todos/{chance.choice(ids)}"
    item = {"title": a_text(chance) + "x", "note": a_text(chance), "done": chance.random() < 0.5}
    chance.choice((
        lambda: me.put(path, item),
        lambda: me.put(path, item, headers={"If-Match": '"1"'}),
        lambda: me.patch(path, {"note": a_text(chance)}),
        lambda: me.post("/api/v1/todos", item),
        lambda: me.post("/todo", {"title": a_text(chance)}),
        lambda: me.put("/todo", {"id": one.replace("-", ""), "title": "other", "done": True}),
        lambda: me.delete(path),
        lambda: me.post(f"{path}/restore"),
        lambda: me.post("/api/v1/todos/restore", {"ids": chance.sample(ids, 5)}),
        lambda: me.post("/api/v1/todos/clear-completed"),
        lambda: me.post("/api/v1/todos/empty-trash", {"ids": chance.sample(ids, 5)}),
        lambda: me.post("/api/v1/todos/empty-trash"),
        lambda: age_trash(me, chance.choice(("1 DAY", "31 DAY"))),
    ))()


@pytest.mark.parametrize("seed", range(2))
def test_what_is_counted_is_what_is_there(me, seed):
    chance = random.Random(seed)
    ids = [str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(12)]
    me.add("the first write counts")
    for number in range(120):
        random_write(me, chance, ids)
        added, counted = taken(me)
        assert added == counted, f"after {number + 1} writes"


def migrating(stack):
    options, user = owner(stack)
    return options | {"env": os.environ | {
        "DB_SOCKET": f"{stack.state}/mysql.sock", "DB_NAME": "allday", "USER": user,
        "SECRETS": f"{stack.state}/secrets"}}


def test_what_falls_off_a_full_trash_is_given_back(me):
    live = [me.add("live")["id"] for _ in range(2)]
    me.delete(f"/api/v1/todos/{me.add('one', note='n' * 50)['id']}")
    sql(me.stack, "INSERT INTO todo (account_id, id, title, note, done, position, created, updated,"
                  " deleted, seq, writer) SELECT account_id, UNHEX(LPAD(HEX(s.seq), 32, '0')), '',"
                  " IF(s.seq % 2, 'n', 'nn'), done, position, created, updated, deleted, todo.seq,"
                  f" writer FROM todo, seq_1_to_10004 s WHERE account_id = {hexa(me)}"
                  " AND deleted IS NOT NULL")
    sql(me.stack, f"UPDATE change_counter SET counted = -1 WHERE account_id = {hexa(me)}")
    with subprocess.Popen([ROOT / "sql/migrate"], stdout=subprocess.PIPE, text=True,
                          **migrating(me.stack)) as migrate:  # it counts what nobody has
        assert migrate.communicate()[0] == "" and migrate.returncode == 0
    for ident in live:
        assert taken(me)[1] != "old"
        assert me.delete(f"/api/v1/todos/{ident}").status == 204
        added, counted = taken(me)
        assert added == counted


def test_the_writes_of_a_release_that_does_not_count_are_counted(me):
    item = me.add("counted", note="n" * 1000)
    assert me.get("/api/v1/account").json["room"]["used"] == ITEM + 7 + 1000
    sql(me.stack, f"UPDATE todo SET note = REPEAT('n', 5000) WHERE account_id = {hexa(me)};"
                  f"UPDATE change_counter SET seq = seq + 1 WHERE account_id = {hexa(me)}")
    assert taken(me)[1] == "old" and "room" not in me.get("/api/v1/account").json
    me.patch(f"/api/v1/todos/{item['id']}", {"done": True})  # needs no room
    me.patch(f"/api/v1/todos/{item['id']}", {"note": "n" * 2000})  # makes some
    assert taken(me) == (str(ITEM + 7 + 2000), "old")
    me.patch(f"/api/v1/todos/{item['id']}", {"note": "n" * 3000})
    assert taken(me) == (str(ITEM + 7 + 3000),) * 2


def fill(me):
    """Items of 30 kB until no more fit; the last answer."""
    while True:
        answer = me.put(f"/api/v1/todos/{uuid.uuid4()}", {"title": "x", "note": WIDE * 10000})
        if answer.status != 201:
            return answer


def assert_full(answer):
    assert (answer.status, answer.slug) == (403, "account-full")


def test_a_full_account_may_change_what_takes_no_more_room(me):
    small = me.add("small", note="n" * 1000)
    assert_full(fill(me))
    room = me.get("/api/v1/account").json["room"]
    assert room["limit"] == ROOM and ROOM - ITEM - 1 - 30000 < room["used"] <= ROOM
    path, seq = f"/api/v1/todos/{small['id']}", me.get("/api/v1/todos").json["seq"]
    assert_full(me.patch(path, {"note": WIDE * 10000}))
    assert_full(me.post("/api/v1/todos", {"title": "x", "note": WIDE * 10000}))
    assert me.get("/api/v1/todos").json["seq"] == seq
    assert me.patch(path, {"note": "n"}).status == 200
    assert me.patch(path, {"done": True}).status == 200
    # The trash counts.
    for item in me.get("/api/v1/todos").json["items"]:
        assert me.delete(f"/api/v1/todos/{item['id']}").status == 204
    assert_full(fill(me))
    assert me.post("/api/v1/todos/empty-trash").status == 200
    assert me.get("/api/v1/account").json["room"]["used"] < ROOM / 10
    assert me.put(path, {"title": "x", "note": WIDE * 10000}).status == 201
    assert taken(me)[0] == taken(me)[1]


def test_the_classic_api_says_so_too(me):
    one = me.post("/todo", {"title": "one"}).json["data"][0]["id"]
    assert_full(fill(me))
    while (answer := me.post("/todo", {"title": WIDE * 500})).status == 200:
        pass
    full = {"error": "The account is full", "data": None}
    assert (answer.status, answer.json) == (400, full)
    assert me.put("/todo", {"id": one, "title": WIDE * 500}).json == full


def test_an_account_leaves_with_its_count(me):
    me.add("gone")
    me.delete("/api/v1/account", {"password": "correct horse"})
    assert sql(me.stack, f"SELECT COUNT(*) FROM change_counter WHERE account_id = {hexa(me)}") == ["0"]


def pace(slow, me, expression):
    """Where the account's writes stand, in microseconds."""
    sql(slow, f"UPDATE change_counter SET paced = {expression} WHERE account_id = {hexa(me)}")


def written_out(slow):
    """A client whose account has no writes left, its items, and the last answer."""
    me = Client(slow).sign_up()
    ids = []
    for _ in range(10 * BURST):
        answer = me.put(f"/api/v1/todos/{uuid.uuid4()}", {"title": "x"})
        if answer.status != 201:
            return me, ids, answer
        ids.append(answer.json["id"])
    raise AssertionError("nothing slows it down")


def test_an_account_that_writes_without_end_is_slowed_down_on_all_instances(slow):
    me, ids, answer = written_out(slow)
    assert (answer.status, answer.slug) == (429, "too-many")
    assert len(ids) >= BURST and int(answer.headers["Retry-After"]) > 0
    for method, path, body in WRITES:
        # Whatever time this takes: it has none left.
        pace(slow, me, "UNIX_TIMESTAMP() * 1000000 + 60000000")
        path, hexed = path.replace("{id}", ids[0]), ids[0].replace("-", "")
        if body and body.get("id"):
            body = body | {"id": hexed}
        answer = me(method, path, body)
        assert answer.status == 429 and int(answer.headers["Retry-After"]) > 0, (method, path)
    assert len(me.get("/api/v1/todos?limit=500").json["items"]) == len(ids)
    assert Client(slow).sign_up().add("another's")
    # When it has waited it may go on.
    pace(slow, me, "0")
    assert me.put(f"/api/v1/todos/{ids[0]}", {"title": "y"}).status == 200


def test_the_longest_list_may_come_at_once_and_four_times_as_much(me):
    """50,000 writes in a row where nothing else is said, at 20 a second."""
    me.add("the first")
    pace(me.stack, me, "UNIX_TIMESTAMP() * 1000000 + 49000 * 1000000 / 20")
    assert me.post("/api/v1/todos", {"title": "x"}).status == 201
    pace(me.stack, me, "UNIX_TIMESTAMP() * 1000000 + 51000 * 1000000 / 20")
    assert me.post("/api/v1/todos", {"title": "x"}).status == 429


def test_text_and_many_items_count_as_more_writes(slow):
    me = Client(slow).sign_up()
    answers = [me.put(f"/api/v1/todos/{uuid.uuid4()}", {"title": "x", "note": WIDE * 10000}).status
               for _ in range(BURST)]
    assert answers[:2] == [201, 201] and 429 in answers[2:]  # thirteen each
    me, ids, _ = written_out(slow)
    sql(slow, f"UPDATE todo SET done = 1 WHERE account_id = {hexa(me)}")
    ahead = "UNIX_TIMESTAMP() * 1000000 + 1000000000"  # a clock that the writes do not meet
    pace(slow, me, "0")
    assert me.post("/api/v1/todos/clear-completed").status == 200
    behind = sql(slow, f"SELECT {ahead} - paced FROM change_counter WHERE account_id = {hexa(me)}")
    assert float(behind[0]) < 1000000000


def test_a_clock_that_was_set_back_locks_nobody_out(slow):
    me = Client(slow).sign_up()
    me.add("before")
    pace(slow, me, "UNIX_TIMESTAMP() * 1000000 + 360000000000")
    assert me.post("/api/v1/todos", {"title": "after"}).status == 201


@pytest.fixture(scope="module")
def strict():
    """Ten writes a minute from one address, and 10 kB."""
    with Stack(balancer={"login_rate": 1000, "write_rate": 10}) as running:
        yield running


def test_an_address_that_writes_without_end_is_slowed_down(strict, balancer):
    number = 1 if balancer == "app" else 2
    me = Client(strict, balancer, source=f"127.9.0.{number}").sign_up()
    busy = Client(strict, balancer, source=f"127.9.1.{number}", token=me.token)
    answers = [busy.post("/api/v1/todos", {"title": "x"}) for _ in range(11)]
    assert [answer.status for answer in answers] == [201] * 10 + [429]
    assert answers[10].slug == "too-many" and int(answers[10].headers["Retry-After"]) > 0
    for path in "/api/v1/sessions", "/api/v1/sessions/current":
        assert busy.delete(path).status == 429
    assert len(busy.get("/api/v1/todos").json["items"]) == 10
    # Bytes count too, and addresses do not count for each other.
    heavy = Client(strict, balancer, source=f"127.9.2.{number}", token=me.token)
    statuses = [heavy.post("/api/v1/todos", {"title": "x", "note": WIDE * 1500}).status
                for _ in range(8)]
    assert statuses[0] == 201 and statuses[-1] == 429
