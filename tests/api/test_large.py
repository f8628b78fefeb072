"""The largest account that the limits allow: what it costs nobody but itself. It is made in
the database, where 800 MB take seconds."""

import concurrent.futures
import contextlib
import os
import pathlib
import re
import signal
import subprocess
import time
import uuid

import pytest
from client import PASSWORD, Client, until_done
from database import (
    holding, holding_row, program, sql, stopped, wait_for_lock_wait,
)
from fastcgi import Connection, request
from stack import Stack
from waiting import wait_for

MOST, PIECE, MB = 10000, 50, 1024
NOTE = "REPEAT(CONVERT(UNHEX('F09F9880') USING utf8mb4), 10000)"
TITLE = "REPEAT('<', 500)"
CLEAR = "/api/v1/todos/clear-completed"


@pytest.fixture(scope="module")
def stack():
    with Stack() as running:
        # The instances stay as they are, whatever is done to them.
        running.asg("suspend", "api", "ReplaceUnhealthy")
        yield running


def hexa(client):
    return f"UNHEX('{client.account['id'].replace('-', '')}')"


def ident(number):
    return str(uuid.UUID(int=number))


def fill(client, first, last, deleted="NULL", title="'t'", note="''"):
    """Completed items with the ids of these numbers."""
    for start in range(first, last + 1, 500):
        sql(client.stack,
            "INSERT INTO todo (account_id, id, title, note, done, position, created, updated,"
            f" deleted, seq, writer) SELECT {hexa(client)}, UNHEX(LPAD(HEX(s.seq), 32, '0')),"
            f" {title}, {note}, 1, CONCAT('c', LPAD(s.seq, 6, '0')), UTC_TIMESTAMP(6),"
            f" UTC_TIMESTAMP(6), {deleted}, s.seq, ''"
            f" FROM seq_{start}_to_{min(start + 499, last)} s")
    sql(client.stack, f"UPDATE change_counter SET seq = {last} WHERE account_id = {hexa(client)}")


@pytest.fixture(scope="module")
def largest(stack):
    client = Client(stack).sign_up()
    fill(client, 1, MOST, title=TITLE, note=NOTE)
    fill(client, MOST + 1, 2 * MOST, deleted="UTC_TIMESTAMP(6)", title=TITLE, note=NOTE)
    return client


def count(client, condition):
    return int(sql(client.stack, "SELECT COUNT(*) FROM todo"
                                 f" WHERE account_id = {hexa(client)} AND {condition}")[0])


def memory(stack, field):
    """{pool of an instance: kB}"""
    found = {}
    for instance in stack.instances("api"):
        for name in ("todo", "classic", "auth"):
            text = pathlib.Path(f"/proc/{program(stack, instance, name)}/status").read_text()
            found[name, instance["id"]] = int(re.search(rf"^{field}:\s+(\d+) kB", text, re.M)[1])
    return found


# ---- reading

PATHS = ["/todo", "/api/v1/todos?limit=500", "/api/v1/todos?limit=500&filter=completed",
         "/api/v1/todos?limit=500&filter=trash", "/api/v1/changes?since=0&limit=500"]


def test_eight_readers_of_it_leave_the_programs_small(stack, largest):
    def status(path):
        """Read by a program of its own: eight threads of one Python are slow readers, of whom each
        may take 5 s for what a program has to send."""
        return subprocess.run(
            ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code} %{exitcode}", "-H", "@-",
             f"http://{largest.host}:{largest.port}{path}"], capture_output=True, text=True,
            input=f"Authorization: Bearer {largest.token}\n").stdout
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        statuses = set(pool.map(status, [path for path in PATHS for _ in range(8)]))
    assert statuses == {"200 0"}
    assert {key: kb for key, kb in memory(stack, "VmHWM").items() if kb > 32 * MB} == {}
    wait_for(lambda: max(memory(stack, "VmRSS").values()) < 16 * MB)


def test_a_list_that_is_read_slowly_is_whole(largest):
    """In more than the 2 s that an answer has to begin: what has begun nobody can ask for again."""
    said = subprocess.run(
        ["curl", "-sS", "--limit-rate", "4M", "-o", "/dev/null", "-w", "%{http_code} %{exitcode}",
         "-H", "@-", f"http://{largest.host}:{largest.port}/todo"], capture_output=True, text=True,
        input=f"Authorization: Bearer {largest.token}\n").stdout
    assert said == "200 0"


def test_the_classic_list_is_whole(largest):
    data = largest.get("/todo").json["data"]
    assert [item["id"] for item in data] == [f"{number:032x}" for number in range(1, MOST + 1)]
    assert {(item["title"], item["done"]) for item in data} == {("<" * 500, True)}


@pytest.mark.parametrize("path", [path for path in PATHS if "limit" in path])
def test_a_page_ends_before_it_has_more_than_a_million_bytes(largest, path):
    answer = largest.get(path)
    assert 900_000 < len(answer.body) < 1_000_200
    following = largest.get(f"{path}&cursor={answer.json['next']}").json["items"]
    ids = [item["id"] for item in answer.json["items"] + following]
    assert 20 < len(ids) == len(set(ids)) < 60


def test_who_reads_large_pages_rests_after_each(stack, largest, other):
    """Whatever the number of those who ask: processors are left to others, who are answered
    meanwhile. (On a slow machine it takes longer in any case.)"""
    instance = stack.instances("api")[0]

    def ask(client, path="/api/v1/todos?limit=500"):
        near = Client(stack, (instance["address"], instance["port"]), token=client.token)
        return len(near.get(path).body)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        start = time.monotonic()
        sizes = [pool.submit(ask, largest) for _ in range(32)]
        meanwhile = 0
        while not all(size.done() for size in sizes):
            ask(other, "/api/v1/todos")
            meanwhile += 1
        seconds = time.monotonic() - start
    # Two may have begun together.
    assert seconds > 30 * 0.018 and meanwhile > 1
    assert all(size.result() > 900_000 for size in sizes)


@pytest.mark.parametrize("path", [path for path in PATHS if "limit" in path])
def test_the_database_sends_little_more_than_a_page(stack, largest, path):
    """A program that has seen how long the account's items are."""
    instance = stack.instances("api")[0]
    near = Client(stack, (instance["address"], instance["port"]), token=largest.token)

    def sent():
        return int(sql(stack, "SHOW GLOBAL STATUS LIKE 'Bytes_sent'")[1])
    size, before = len(near.get(path).body), sent()
    for _ in range(3):
        near.get(path)
    assert sent() - before < 3 * 1.3 * size


@pytest.mark.parametrize("path", ["/api/v1/todos?limit=500", "/api/v1/changes?since=0&limit=500"])
def test_short_pages_hold_every_item_once_in_order(me, path):
    """Pages that end by their bytes, in the first statement and in the ones after it."""
    fill(me, 1, 130)
    fill(me, 131, 200, note=NOTE)
    ids, cursor, sizes = [], "", []
    while cursor is not None:
        answer = me.get(path + cursor).json
        ids += [item["id"] for item in answer["items"]]
        sizes.append(len(answer["items"]))
        cursor = answer["next"] and f"&cursor={answer['next']}"
    assert ids == [ident(number) for number in range(1, 201)]
    assert sizes[0] > 130 and max(sizes[1:]) < 30


def test_what_a_filter_leaves_out_is_not_read(largest):
    """There is none among 400 MB that it is not for."""
    answer = largest.get("/api/v1/todos?filter=active")
    assert (answer.status, answer.json["items"], answer.json["next"]) == (200, [], None)


def test_who_reads_slowly_holds_no_statement_and_a_cut_list_is_no_answer(stack, largest):
    values = {"REQUEST_METHOD": "GET", "REQUEST_URI": "/todo", "SCRIPT_NAME": "/todo",
              "QUERY_STRING": "", "CONTENT_LENGTH": "", "REMOTE_ADDR": "127.0.0.1",
              "REQUEST_ID": str(uuid.uuid4()), "HTTP_AUTHORIZATION": f"Bearer {largest.token}"}
    socket = stack.instances("api")[0]["directory"] / "classic.sock"
    with Connection(socket) as connection:
        connection.send(request(values))
        assert connection.read(8)
        # Nobody can read the table from now on: the answer ends before its end.
        with holding(stack, "SET lock_wait_timeout = 4; LOCK TABLES todo WRITE; SELECT 1;"), \
                pytest.raises(EOFError):
            connection.read(1 << 30)
    assert largest.get("/todo", checked=False).status == 200


# ---- writing


def pieces(client, condition):
    """Of what was written by one transaction each: the largest."""
    return int(sql(client.stack, "SELECT COALESCE(MAX(n), 0) FROM (SELECT COUNT(*) n FROM todo"
                                 f" WHERE account_id = {hexa(client)} AND {condition}"
                                 " GROUP BY seq) s")[0])


def test_old_trash_of_any_size_keeps_nothing_from_being_deleted(me):
    fill(me, 1, 3 * PIECE, deleted="UTC_TIMESTAMP(6) - INTERVAL 40 DAY", note=NOTE)
    for number in 1, 2, 3:
        assert me.delete(f"/api/v1/todos/{me.add()['id']}").status == 204
        assert count(me, "deleted < UTC_TIMESTAMP(6) - INTERVAL 31 DAY") == (3 - number) * PIECE
    assert me.get("/api/v1/changes?since=1").slug == "resync"


def test_all_of_it_is_cleared_and_erased_and_gone(largest):
    cleared = until_done(largest, "clear-completed")
    assert {name for answer in cleared for name in answer["items"]} == \
        {ident(number) for number in range(1, MOST + 1)}
    assert sum(len(answer["items"]) for answer in cleared) == MOST
    assert pieces(largest, "deleted IS NOT NULL") <= PIECE
    # The oldest have left the trash.
    assert count(largest, "deleted > UTC_TIMESTAMP(6) - INTERVAL 30 DAY") == MOST
    assert sum(answer["count"] for answer in until_done(largest, "empty-trash")) == MOST
    assert pieces(largest, "deleted IS NOT NULL") <= PIECE
    assert count(largest, "note <> ''") == 0
    assert largest.delete("/api/v1/account", {"password": PASSWORD}).status == 204


# ---- in the middle

BODIES = [None, {"ids": [ident(number) for number in range(1, 3 * PIECE + 1)]}]
ALL = BODIES[1]["ids"]


@contextlib.contextmanager
def half_cleared(client, near, body):
    """A request that has cleared some items, not all, and waits for one: its answer to come,
    and the names to send it under again."""
    names = {"X-Request-ID": str(uuid.uuid4()), "Idempotency-Key": str(uuid.uuid4())}
    fill(client, 1, len(ALL))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        with holding_row(client.stack, f"todo WHERE account_id = {hexa(client)}"
                                       " AND id = UNHEX(LPAD(HEX(120), 32, '0'))"):
            waits = pool.submit(wait_for_lock_wait, client.stack,
                                f"todo WHERE account_id = {hexa(client)} AND deleted IS NOT NULL")
            answer = pool.submit(lambda: near.post(CLEAR, body, headers=names, checked=False))
            waits.result()
            yield answer, names


def test_a_piece_that_took_long_is_followed_by_a_smaller_one(stack, me, at):
    """The first is small, for nobody knows; the one with item 120 waits."""
    with half_cleared(me, at(0), None) as (answer, names):
        start = time.monotonic()
        wait_for(lambda: answer.done() or time.monotonic() - start > 0.5)
    if answer.result().status == 503:  # it waited too long
        at(0).post(CLEAR, headers=names)
    by_seq = f"FROM todo WHERE account_id = {hexa(me)} GROUP BY seq ORDER BY seq"
    sizes = [int(size) for size in sql(stack, f"SELECT COUNT(*) {by_seq}")]
    late = sql(stack, f"SELECT MAX(id = UNHEX(LPAD(HEX(120), 32, '0'))) {by_seq}").index("1")
    assert sizes[0] <= 10 and sizes[late + 1] <= 20, sizes


@pytest.mark.parametrize("body", BODIES)
def test_a_late_copy_goes_on_with_nothing(stack, me, at, body):
    """Paused in its midst, while another instance ends the request and the person goes on."""
    with contextlib.ExitStack() as paused:
        with half_cleared(me, at(0), body) as (answer, names):
            paused.enter_context(stopped(program(stack, stack.instances("api")[0], "todo")))
        assert 0 < count(me, "deleted IS NOT NULL") < len(ALL)
        assert at(1).post(CLEAR, body, headers=names).json["items"] == ALL
        back = [ALL[0], ALL[-1]]
        assert at(1).post("/api/v1/todos/restore", {"ids": back}).json["items"] == back
        at(1).add("b", done=True)
    assert answer.exception() or answer.result().status in (200, 503)
    assert [item["id"] for item in at(1).get("/api/v1/todos").json["items"]][:2] == back
    assert at(1).titles() == ["t", "t", "b"]
    assert at(1).post(CLEAR, body, headers=names).json["items"] == ALL


@pytest.mark.parametrize("body", BODIES)
def test_what_a_killed_request_has_begun_its_copy_ends(stack, me, at, body):
    instance, other = stack.instances("api")[0], at(1)
    with half_cleared(me, at(0), body) as (answer, names):
        os.kill(program(stack, instance, "todo"), signal.SIGKILL)
    assert answer.exception() or answer.result().status == 503
    assert 0 < count(me, "deleted IS NOT NULL") < len(ALL)
    # Meanwhile another device has brought one back.
    assert other.post(f"/api/v1/todos/{ALL[0]}/restore").status == 200
    assert other.post(CLEAR, body, headers=names).json["items"] == ALL
    assert [item["id"] for item in other.get("/api/v1/todos").json["items"]] == ALL[:1]
    stack.asg("terminate", instance["id"])
    wait_for(lambda: instance["id"] not in [each["id"] for each in stack.instances("api")] and [
        each["state"] for each in stack.group("api")["instances"]] == ["InService"] * 2, 60)


# ---- a deleted account


def test_without_its_counter_an_account_has_no_list(me):
    """As in the second in which a session that is gone is still known."""
    path = f"/api/v1/todos/{me.add()['id']}"
    sql(me.stack, f"DELETE FROM change_counter WHERE account_id = {hexa(me)}")
    assert me.get("/todo").json["data"] == []
    assert me.get(path).status == 404
    assert {me.get("/api/v1/todos").slug, me.get("/api/v1/changes?since=0").slug,
            me.get("/api/v1/todos?filter=trash").slug, me.delete(path).slug,
            me.put(path, {"title": "x"}).slug, me.post(CLEAR).slug} == {"no-session"}


def test_what_is_left_of_an_account_is_nobodys_and_goes(stack, me, anybody):
    fill(me, 1, 3 * PIECE)
    login = {"login": me.login, "password": PASSWORD}
    with holding_row(stack, f"todo WHERE account_id = {hexa(me)} LIMIT 1"):
        assert me.delete("/api/v1/account", {"password": PASSWORD}).status == 204
        assert count(me, "TRUE") == 3 * PIECE
        assert me.get("/api/v1/account").status == 401
        assert anybody.post("/api/v1/sessions", login).slug == "wrong-login"
        again = anybody.post("/api/v1/accounts", login)
        assert again.status == 201
    again = Client(stack, token=again.json["token"])
    assert again.titles() == []

    def gone():
        assert again.get("/api/v1/account").status == 200
        return sql(stack, "SELECT since FROM account_removal") == []
    wait_for(gone)
    assert count(me, "TRUE") == 0


def rows_read(me, work):
    """By all of the database, at least, within the account's own quiet environment."""
    def told():
        return int(sql(me.stack, "SHOW GLOBAL STATUS LIKE 'Handler_read_next'")[1])
    before = told()
    work()
    return told() - before


def test_a_new_item_reads_no_other(me):
    fill(me, 1, 2000)
    me.add("the quota is added up")  # once: they were not made by a write
    assert min(rows_read(me, lambda: me.add("new")) for _ in range(5)) < 100
    assert min(rows_read(me, lambda: me.put(f"/api/v1/todos/{uuid.uuid4()}", {"title": "new"}))
               for _ in range(5)) < 100
