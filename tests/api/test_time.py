"""What takes 30 days or 10,000 items: done in the database beforehand. And time zones."""

import json
import re
import subprocess

import pytest
from client import Client, until_done
from database import sql


def hexa(me):
    return f"UNHEX('{me.account['id'].replace('-', '')}')"


def test_an_expired_session_opens_nothing(me):
    assert me.get("/api/v1/account").status == 200
    sql(me.stack, f"UPDATE session SET expires = UTC_TIMESTAMP(6) WHERE account_id = {hexa(me)}")
    assert me.get("/api/v1/account").slug == "no-session"
    assert me.get("/todo").status == 403
    assert Client(me.stack, cookie=me.token).get("/api/v1/todos").status == 401


def test_the_trash_is_emptied_after_30_days(me):
    path = f"/api/v1/todos/{me.add('old')['id']}"
    me.delete(path)
    sql(me.stack, "UPDATE todo SET deleted = deleted - INTERVAL 31 DAY"
                  f" WHERE account_id = {hexa(me)}")
    assert me.titles("?filter=trash") == []
    assert me.get(path).status == me.post(f"{path}/restore").status == 404


def test_who_asks_after_the_trash_was_emptied_must_fetch_anew(me):
    start = me.get("/api/v1/todos").json["seq"]
    me.add("keeps the number above zero")
    old, new = me.add("old"), me.add("new")
    me.delete(f"/api/v1/todos/{old['id']}")
    sql(me.stack, "UPDATE todo SET deleted = deleted - INTERVAL 31 DAY"
                  f" WHERE account_id = {hexa(me)} AND deleted IS NOT NULL")
    me.delete(f"/api/v1/todos/{new['id']}")
    assert me.get(f"/api/v1/changes?since={start + 1}").slug == "resync"
    assert me.get("/api/v1/changes?since=0").status == 200
    assert me.get(f"/api/v1/changes?since={me.get('/api/v1/todos').json['seq']}").status == 200


def fill(me, count=9999):
    """So many copies of the account's items; what they take is not known to its quota."""
    sql(me.stack, "INSERT INTO todo (account_id, id, title, note, done, position, created, updated,"
                  " deleted, seq, writer) SELECT account_id, UNHEX(LPAD(HEX(s.seq), 32, '0')), title,"
                  " note, done, position, created, updated, deleted, todo.seq, writer"
                  f" FROM todo, seq_1_to_{count} s WHERE account_id = {hexa(me)};"
                  f" UPDATE change_counter SET counted = -1 WHERE account_id = {hexa(me)}")


def test_a_full_list_takes_no_more(me):
    gone = [me.add("in the trash")["id"] for _ in range(2)]
    for ident in gone:
        me.delete(f"/api/v1/todos/{ident}")
    path = f"/api/v1/todos/{me.add('the last one')['id']}"
    sql(me.stack, f"DELETE FROM todo WHERE account_id = {hexa(me)} AND deleted IS NOT NULL")
    fill(me)
    sql(me.stack, f"UPDATE todo SET deleted = UTC_TIMESTAMP(6), done = 1"
                  f" WHERE account_id = {hexa(me)} AND id IN (UNHEX(LPAD('1', 32, '0')),"
                  " UNHEX(LPAD('2', 32, '0')))")
    trash = [f"00000000-0000-0000-0000-{number:012}" for number in (1, 2)]
    # The trash does not count.
    assert me.post("/api/v1/todos", {"title": "one more"}).status == 201
    assert me.post(f"/api/v1/todos/{trash[0]}/restore").status == 200
    answer = me.post("/api/v1/todos", {"title": "one more"})
    assert (answer.status, answer.slug) == (403, "list-full")
    # Nor does it let more in.
    for answer in (me.put("/api/v1/todos/01234567-89ab-7def-8123-456789abcdef", {"title": "x"}),
                   me.put(f"/api/v1/todos/{trash[1]}", {"title": "x"}),
                   me.post(f"/api/v1/todos/{trash[1]}/restore"),
                   me.post("/api/v1/todos/restore", {"ids": trash})):
        assert (answer.status, answer.slug) == (403, "list-full")
    assert me.post("/todo", {"title": "x"}).json == {"error": "The list is full", "data": None}
    assert me.patch(path, {"done": True}).status == 200
    assert len(me.get("/api/v1/todos?limit=500").json["items"]) == 500
    # Deleting makes room.
    assert len(me.post("/api/v1/todos/clear-completed").json["items"]) == 2
    assert me.post("/api/v1/todos/restore", {"ids": trash}).json["items"] == trash


def in_trash(me, condition="TRUE"):
    return int(sql(me.stack, "SELECT COUNT(*) FROM todo WHERE deleted >"
                             " UTC_TIMESTAMP(6) - INTERVAL 30 DAY"
                             f" AND account_id = {hexa(me)} AND {condition}")[0])


def test_the_oldest_leave_a_full_trash(me):
    first, new = me.add("an old one", note="its note"), me.add("a new one")
    me.delete(f"/api/v1/todos/{first['id']}")
    sql(me.stack, f"UPDATE todo SET deleted = deleted - INTERVAL 1 DAY"
                  f" WHERE account_id = {hexa(me)} AND deleted IS NOT NULL")
    me.add("done", done=True)
    sql(me.stack, f"UPDATE todo SET deleted = UTC_TIMESTAMP(6) WHERE account_id = {hexa(me)}"
                  " AND done = 1")
    sql(me.stack, "INSERT INTO todo (account_id, id, title, note, done, position, created, updated,"
                  " deleted, seq, writer) SELECT account_id, UNHEX(LPAD(HEX(s.seq), 32, '0')), title,"
                  " note, done, position, created, updated, deleted, todo.seq, writer"
                  f" FROM todo, seq_1_to_9998 s WHERE account_id = {hexa(me)} AND done = 1")
    assert in_trash(me) == 10000
    since = me.get("/api/v1/todos").json["seq"]
    assert me.delete(f"/api/v1/todos/{new['id']}").status == 204
    assert in_trash(me) == 10000
    assert me.get(f"/api/v1/todos/{first['id']}").status == 404
    assert me.get(f"/api/v1/todos/{new['id']}").json["deleted"]
    told = {item["id"]: item for item in me.get(f"/api/v1/changes?since={since}").json["items"]}
    assert told[first["id"]]["note"] == "" and new["id"] in told
    assert sum(answer["count"] for answer in until_done(me, "empty-trash")) == 10000
    assert in_trash(me) == 0


def test_what_left_the_trash_is_forgotten_a_day_later(me):
    gone, other = me.add("gone"), me.add("other")
    me.delete(f"/api/v1/todos/{gone['id']}")
    me.post("/api/v1/todos/empty-trash")
    rows = f"SELECT COUNT(*) FROM todo WHERE account_id = {hexa(me)}"
    me.delete(f"/api/v1/todos/{other['id']}")
    assert sql(me.stack, rows) == ["2"]
    sql(me.stack, "UPDATE todo SET deleted = deleted - INTERVAL 1 DAY"
                  f" WHERE account_id = {hexa(me)} AND title = ''")
    me.post(f"/api/v1/todos/{other['id']}/restore")
    me.delete(f"/api/v1/todos/{other['id']}")
    assert sql(me.stack, rows) == ["1"]
    assert me.get("/api/v1/changes?since=1").slug == "resync"


def test_counting_a_list_reads_no_note(me):
    plan = sql(me.stack, "EXPLAIN SELECT COUNT(*) FROM todo FORCE INDEX (todo_deleted)"
                         f" WHERE account_id = {hexa(me)} AND deleted IS NULL")
    assert "todo_deleted" in plan and plan[-3:] == ["where;", "Using", "index"]


@pytest.mark.parametrize("days, status", [(29, 200), (31, 401)])
def test_a_session_lasts_30_days(me, days, status):
    sql(me.stack, f"UPDATE session SET expires = expires - INTERVAL {days} DAY"
                  f" WHERE account_id = {hexa(me)}")
    assert me.get("/api/v1/account").status == status


def zones():
    """What browsers report (ICU's own list), and every zone and link of tzdata."""
    node = subprocess.run(["node", "-p", "JSON.stringify(Intl.supportedValuesOf('timeZone'))"],
                          capture_output=True, text=True, check=True)
    with open("/usr/share/zoneinfo/tzdata.zi") as file:
        listed = re.findall(r"^(?:Z (\S+)|L \S+ (\S+))", file.read(), re.M)
    names = set(json.loads(node.stdout)) | {zone or link for zone, link in listed}
    assert len(names) > 590 and {"Asia/Calcutta", "EST5EDT"} <= names
    return sorted(names) + ["+00:00", "-00:00", "+09:00", "-03:30", "+23:59", "-23:59"]


def test_every_time_zone_of_browsers_and_tzdata_is_one(me):
    path = f"/api/v1/todos/{me.add('x')['id']}"
    for zone in zones():
        due = {"date": "2026-11-30", "time": "18:00", "zone": zone}
        answer = me.patch(path, {"due": due})
        assert (answer.status, answer.status == 200 and answer.json["due"]) == (200, due), zone


@pytest.mark.parametrize("zone", ["Etc/Unknown", "asia/seoul", "+24:00", "+09:60", "+9:00", "UTC+9",
                                  "posixrules", "right/UTC", "Asia/Seoul/", "", "tzdata.zi"])
def test_what_is_no_time_zone_is_named(me, zone):
    due = {"date": "2026-11-30", "time": "18:00", "zone": zone}
    answer = me.post("/api/v1/todos", {"title": "x", "due": due})
    assert (answer.status, answer.json["field"]) == (422, "due.zone")
