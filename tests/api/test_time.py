"""What takes 30 days or 10,000 items: done in the database beforehand. And time zones."""

import json
import re
import subprocess

import pytest
from client import Client
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


def test_a_full_list_takes_no_more(me):
    item = me.add("the last one")
    sql(me.stack, "INSERT INTO todo (account_id, id, title, note, done, position, created, updated,"
                  " seq, writer) SELECT account_id, UNHEX(LPAD(HEX(s.seq), 32, '0')), title, note,"
                  " done, position, created, updated, todo.seq, writer FROM todo, seq_1_to_9999 s"
                  f" WHERE account_id = {hexa(me)}")
    answer = me.post("/api/v1/todos", {"title": "one more"})
    assert (answer.status, answer.slug) == (403, "list-full")
    assert me.put("/api/v1/todos/01234567-89ab-7def-8123-456789abcdef",
                  {"title": "x"}).slug == "list-full"
    assert me.post("/todo", {"title": "x"}).json == {"error": "The list is full", "data": None}
    assert me.patch(f"/api/v1/todos/{item['id']}", {"done": True}).status == 200
    assert len(me.get("/api/v1/todos?limit=500").json["items"]) == 500


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
