"""The list: what is written comes back, once, to its owner alone."""

import gzip
import uuid

import pytest

ID = "01234567-89ab-7def-8123-456789abcdef"
PATH = f"/api/v1/todos/{ID}"


def test_an_item_comes_back_as_it_was_sent(me):
    sent = {"title": "우유 사기", "note": "두 팩\n\t저지방", "done": False, "position": "a5",
            "due": {"date": "2026-11-30", "time": "18:00", "zone": "Asia/Seoul"}}
    answer = me.post("/api/v1/todos", sent)
    assert answer.status == 201
    assert {key: answer.json[key] for key in sent} == sent
    assert me.get(answer.headers["Location"]).json == answer.json


def test_what_is_not_said_has_a_default(me):
    item = me.add("x")
    assert (item["note"], item["done"], item["due"]) == ("", False, None)
    assert item["completed"] is item["deleted"] is None


def test_new_items_go_to_the_end(me):
    for title in "abc":
        me.add(title)
    assert me.titles() == ["a", "b", "c"]


def test_put_creates_then_replaces(me):
    first = me.put(PATH, {"title": "a", "note": "n", "done": True})
    assert first.status == 201 and first.json["completed"]
    second = me.put(PATH, {"title": "b"})
    assert second.status == 200
    assert (second.json["title"], second.json["note"], second.json["done"]) == ("b", "", False)
    assert second.json["position"] == first.json["position"]
    assert me.titles() == ["b"]


def test_patch_changes_what_it_names(me):
    me.put(PATH, {"title": "a", "note": "n"})
    assert me.patch(PATH, {"done": True}).json["completed"]
    assert me.patch(PATH, {"done": False}).json["completed"] is None
    item = me.patch(PATH, {"due": {"date": "2028-02-29"}}, headers={
        "Content-Type": "application/merge-patch+json"}).json
    assert (item["title"], item["note"], item["due"]) == ("a", "n", {"date": "2028-02-29"})
    assert me.patch(PATH, {"due": None}).json["due"] is None


def test_reordering_is_a_new_position(me):
    a, b = me.add("a"), me.add("b")
    me.patch(f"/api/v1/todos/{b['id']}", {"position": "Zz"})
    assert me.titles() == ["b", "a"]
    me.patch(f"/api/v1/todos/{b['id']}", {"position": a["position"]})
    assert sorted(me.titles()) == ["a", "b"]


def test_the_same_key_and_body_is_one_item(me):
    answers = [me.post("/api/v1/todos", {"title": "once"}, headers={"Idempotency-Key": "k1"})
               for _ in range(3)]
    assert [answer.status for answer in answers] == [201] * 3
    assert len({answer.json["id"] for answer in answers}) == 1
    assert me.titles() == ["once"]


def test_the_same_key_with_another_body_is_refused(me):
    me.post("/api/v1/todos", {"title": "a"}, headers={"Idempotency-Key": "k"})
    answer = me.post("/api/v1/todos", {"title": "b"}, headers={"Idempotency-Key": "k"})
    assert (answer.status, answer.slug) == (422, "key-reused")


def test_a_key_belongs_to_its_account(me, other):
    for client in me, other:
        assert client.post("/api/v1/todos", {"title": "x"},
                           headers={"Idempotency-Key": "k"}).status == 201
    assert me.titles() == other.titles() == ["x"]


@pytest.mark.parametrize("key", ["a b", "x" * 201, "한"])
def test_a_bad_key_is_refused(me, key):
    answer = me.post("/api/v1/todos", {"title": "x"}, headers={"Idempotency-Key": key.encode()})
    assert answer.status == 400
    assert me.titles() == []


# ---- versions


def test_an_unchanged_item_is_not_sent_again(me):
    answer = me.put(PATH, {"title": "a"})
    same = me.get(PATH, headers={"If-None-Match": answer.etag})
    assert (same.status, same.body) == (304, b"")
    me.patch(PATH, {"title": "b"})
    assert me.get(PATH, headers={"If-None-Match": answer.etag}).status == 200


def test_a_long_list_is_compressed_and_a_short_one_is_not(me):
    accepts = {"Accept-Encoding": "gzip"}
    me.post("/api/v1/todos", {"title": "short"})
    assert "Content-Encoding" not in me.get("/api/v1/todos", headers=accepts).headers
    me.post("/api/v1/todos", {"title": "long", "note": "n" * 9000})
    plain = me.get("/api/v1/todos")
    packed = me.get("/api/v1/todos", headers=accepts, checked=False)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == "Accept-Encoding" and len(packed.body) < 2000
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["ETag"] == plain.headers["ETag"]


def test_an_unchanged_list_is_not_sent_again(me):
    me.add()
    answer = me.get("/api/v1/todos")
    assert me.get("/api/v1/todos", headers={"If-None-Match": answer.etag}).status == 304
    me.add()
    assert me.get("/api/v1/todos", headers={"If-None-Match": answer.etag}).status == 200


@pytest.mark.parametrize("method, body", [("PUT", {"title": "b"}), ("PATCH", {"title": "b"}),
                                          ("DELETE", None)])
def test_a_stale_write_changes_nothing(me, method, body):
    old = me.put(PATH, {"title": "a"}).etag
    new = me.patch(PATH, {"note": "n"}).etag
    answer = me(method, PATH, body, headers={"If-Match": old})
    assert (answer.status, answer.slug) == (412, "stale")
    assert me.get(PATH).etag == new
    assert me(method, PATH, body, headers={"If-Match": new}).status in (200, 204)


def test_create_only(me):
    assert me.put(PATH, {"title": "a"}, headers={"If-None-Match": "*"}).status == 201
    assert me.put(PATH, {"title": "b"}, headers={"If-None-Match": "*"}).status == 412
    assert me.titles() == ["a"]


def test_replace_only(me):
    assert me.put(PATH, {"title": "a"}, headers={"If-Match": "*"}).status == 412
    assert me.titles() == []


# ---- the trash


def test_deleted_is_in_the_trash_and_comes_back(me):
    me.put(PATH, {"title": "a"})
    assert [me.delete(PATH).status, me.delete(PATH).status] == [204, 204]
    assert me.titles() == []
    assert me.titles("?filter=trash") == ["a"]
    assert me.get(PATH).json["deleted"]
    assert me.patch(PATH, {"title": "b"}).status == 404
    restored = me.post(f"{PATH}/restore")
    assert restored.status == 200 and restored.json["deleted"] is None
    assert me.post(f"{PATH}/restore").status == 200
    assert me.titles() == ["a"]


def test_put_brings_back_from_the_trash(me):
    me.put(PATH, {"title": "a"})
    me.delete(PATH)
    assert me.put(PATH, {"title": "b"}).status == 200
    assert me.titles() == ["b"]


def test_clearing_takes_the_completed_ones(me):
    done = [me.add(title, done=True)["id"] for title in "ab"]
    me.add("c")
    answer = me.post("/api/v1/todos/clear-completed").json
    assert answer["items"] == done
    assert me.titles() == ["c"]
    again = me.post("/api/v1/todos/clear-completed").json
    assert again == {"items": [], "seq": answer["seq"]}


# ---- lists


def test_filters(me):
    me.add("a")
    me.add("b", done=True)
    gone = me.add("c")["id"]
    me.delete(f"/api/v1/todos/{gone}")
    assert me.titles("?filter=all") == me.titles() == ["a", "b"]
    assert me.titles("?filter=active") == ["a"]
    assert me.titles("?filter=completed") == ["b"]
    assert me.titles("?filter=trash") == ["c"]


def walk(me, path):
    """Every page of it."""
    items, cursor = [], ""
    while True:
        answer = me.get(f"{path}{cursor}").json
        items += answer["items"]
        if not answer["next"]:
            return items
        cursor = f"&cursor={answer['next']}"


def test_pages_hold_every_item_once_in_order(me):
    for i in range(23):
        # Two devices may make the same key.
        me.put(f"/api/v1/todos/{uuid.uuid4()}", {"title": str(i), "position": f"a{i // 5}"})
    items = walk(me, "/api/v1/todos?limit=4")
    assert len({item["id"] for item in items}) == 23
    order = [(item["position"], item["id"]) for item in items]
    assert order == sorted(order)


@pytest.mark.parametrize("query, field", [
    ("limit=0", "limit"), ("limit=501", "limit"), ("limit=x", "limit"), ("limit=", "limit"),
    ("limit=-1", "limit"), ("limit=1e3", "limit"), ("filter=none", "filter"),
    ("filter=", "filter"), ("cursor=x", "cursor"), ("cursor=%00", "cursor"), ("cursor=%", "cursor"),
    ("cursor=" + "a" * 500, "cursor"), ("colour=red", "colour"), ("limit=1&limit=2", "limit"),
    ("limit=99999999999999999999", "limit"), ("cursor=a0." + ID + "'--", "cursor")])
def test_a_bad_query_names_the_parameter(me, query, field):
    answer = me.get(f"/api/v1/todos?{query}")
    assert (answer.status, answer.slug, answer.json["field"]) == (400, "bad-query", field)


# ---- what moved


def test_changes_are_the_delta_with_tombstones(me):
    a, b = me.add("a"), me.add("b")
    start = me.get("/api/v1/todos").json["seq"]
    me.patch(f"/api/v1/todos/{a['id']}", {"title": "a2"})
    me.delete(f"/api/v1/todos/{b['id']}")
    answer = me.get(f"/api/v1/changes?since={start}").json
    assert [(item["title"], bool(item["deleted"])) for item in answer["items"]] == \
        [("a2", False), ("b", True)]
    nothing = me.get(f"/api/v1/changes?since={answer['seq']}")
    assert nothing.json["items"] == []
    assert me.get(f"/api/v1/changes?since={answer['seq']}",
                  headers={"If-None-Match": nothing.etag}).status == 304


def test_changes_of_one_moment_are_paged(me):
    for i in range(9):
        me.add(str(i), done=True)
    start = me.get("/api/v1/todos").json["seq"]
    me.post("/api/v1/todos/clear-completed")
    items = walk(me, f"/api/v1/changes?since={start}&limit=2")
    assert len({item["id"] for item in items}) == len(items) == 9
    assert len({item["seq"] for item in items}) == 1


def test_a_number_from_the_future_means_anew(me):
    answer = me.get("/api/v1/changes?since=1000")
    assert (answer.status, answer.slug) == (410, "resync")


@pytest.mark.parametrize("query", ["since=-1", "since=x", "since=", "limit=0", "cursor=a0." + ID,
                                   "filter=all", "since=9223372036854775808"])
def test_bad_questions_for_changes(me, query):
    assert me.get(f"/api/v1/changes?{query}").slug == "bad-query"


# ---- whose


def test_what_is_not_mine_is_not_there(me, other):
    item = me.add("mine")
    path = f"/api/v1/todos/{item['id']}"
    answers = [other.get(path), other.patch(path, {"title": "x"}), other.delete(path),
               other.post(f"{path}/restore")]
    assert [answer.status for answer in answers] == [404] * 4
    nowhere = other.get(f"/api/v1/todos/{uuid.uuid4()}")
    assert answers[0].json | {"request_id": 0} == nowhere.json | {"request_id": 0}
    assert other.put(path, {"title": "my own"}).status == 201
    assert me.titles() == ["mine"]
    assert other.get("/api/v1/changes?since=0").json["items"][0]["title"] == "my own"


@pytest.mark.parametrize("ident", ["x", "1", ID.replace("-", ""), ID + "0", "..", "%2e%2e",
                                   "00000000-0000-0000-0000-000000000000", "'%20or%201=1"])
def test_what_is_no_id_is_not_there(me, ident):
    assert me.get(f"/api/v1/todos/{ident}", checked=False).status == 404
    assert me.put(f"/api/v1/todos/{ident}", {"title": "x"}, checked=False).status == 404
    assert me.titles() == []


# ---- conditions (RFC 9110, 13.1)


@pytest.mark.parametrize("method, body", [("PUT", {"title": "b"}), ("PATCH", {"title": "b"}),
                                          ("DELETE", None), ("POST", None)])
def test_lists_of_etags(me, method, body):
    path = f"{PATH}/restore" if method == "POST" else PATH

    def ask(name, value):
        return me(method, path, body, headers={name: value}).status
    etag = me.put(PATH, {"title": "a"}).etag
    for name, value in (("If-Match", f"W/{etag}"), ("If-Match", f'"1x", W/{etag}'),
                        ("If-None-Match", etag), ("If-None-Match", f'"1x", W/{etag}'),
                        ("If-None-Match", "*")):
        assert ask(name, value) == 412, (name, value)
    assert me.get(PATH).etag == etag
    assert ask("If-None-Match", '"1x", "2x"') in (200, 204)
    assert ask("If-Match", f'"1x",, {me.get(PATH).etag} ') in (200, 204)


@pytest.mark.parametrize("name", ["If-Match", "If-None-Match"])
@pytest.mark.parametrize("value", ["1", '"1', 'w/"1"', '*, "1"', '"1" "2"', ","])
@pytest.mark.parametrize("method, path, body", [
    ("GET", PATH, None), ("GET", "/api/v1/todos", None), ("GET", "/api/v1/changes", None),
    ("PUT", PATH, {"title": "b"}), ("PATCH", PATH, {"title": "b"}), ("DELETE", PATH, None),
    ("POST", f"{PATH}/restore", None), ("POST", "/api/v1/todos", {"title": "b"})])
def test_a_malformed_condition_is_named(me, name, value, method, path, body):
    if (method, name) == ("GET", "If-Match"):
        return  # of writes alone
    answer = me(method, path, body, headers={name: value})
    assert (answer.status, answer.slug, answer.json["field"]) == (400, "bad-request", name)


def test_what_is_held_may_be_one_of_many(me):
    etag = me.put(PATH, {"title": "a"}).etag
    whole = me.get("/api/v1/todos").etag
    for path, held in ((PATH, f'"1x", W/{etag}'), (PATH, "*"),
                       ("/api/v1/todos", f'"1x", {whole}'), ("/api/v1/changes", whole[2:])):
        assert me.get(path, headers={"If-None-Match": held}).status == 304, (path, held)


def test_a_post_that_would_replace_is_stale(me):
    answer = me.post("/api/v1/todos", {"title": "a"}, headers={"If-Match": "*"})
    assert (answer.status, answer.slug) == (412, "stale")


# ---- many at once


@pytest.mark.parametrize("path", ["clear-completed", "restore", "empty-trash"])
@pytest.mark.parametrize("body", [{}, {"ids": []}, {"ids": ["x"]}, {"ids": [1]}, {"ids": ID},
                                  {"ids": [str(uuid.UUID(int=n + 1)) for n in range(501)]},
                                  {"ids": [ID], "all": True}])
def test_bad_ids_are_refused(me, path, body):
    me.put(PATH, {"title": "a", "done": True})
    answer = me.post(f"/api/v1/todos/{path}", body)
    assert answer.status == 422 and answer.json["field"] in ("ids", "all")
    assert me.titles() == ["a"]


def test_clearing_takes_the_named_ones_that_are_completed(me, other):
    done = [me.add(title, done=True)["id"] for title in "abc"]
    foreign = other.add("d", done=True)["id"]
    named = [done[2], done[0], me.add("e")["id"], foreign, str(uuid.uuid4()), done[0]]
    answer = me.post("/api/v1/todos/clear-completed", {"ids": named}).json
    assert answer["items"] == [done[0], done[2]]
    assert me.titles() == ["b", "e"] and other.titles() == ["d"]
    back = me.post("/api/v1/todos/restore", {"ids": [*named, done[1]]}).json
    assert back["items"] == [*done, named[2]] and back["seq"] == answer["seq"] + 1
    assert me.titles() == ["a", "b", "c", "e"]


def test_five_hundred_at_once(me):
    ids = [str(uuid.uuid4()) for _ in range(500)]
    for ident in ids[:3]:
        me.put(f"/api/v1/todos/{ident}", {"title": "x", "done": True})
    assert len(me.post("/api/v1/todos/clear-completed", {"ids": ids}).json["items"]) == 3
    assert len(me.post("/api/v1/todos/restore", {"ids": ids}).json["items"]) == 3


def test_emptying_the_trash(me, other):
    gone, kept = me.add("gone"), me.add("kept")
    for item in gone, kept:
        me.delete(f"/api/v1/todos/{item['id']}")
    since = me.get("/api/v1/todos").json["seq"]
    answer = me.post("/api/v1/todos/empty-trash", {"ids": [gone["id"]]}).json
    assert answer == {"count": 1, "seq": since + 1}
    assert me.titles("?filter=trash") == ["kept"]
    path = f"/api/v1/todos/{gone['id']}"
    assert [me.get(path).status, me.post(f"{path}/restore").status, me.delete(path).status,
            me.patch(path, {"title": "x"}).status] == [404] * 4
    assert me.post("/api/v1/todos/restore", {"ids": [gone["id"]]}).json["items"] == []
    (told,) = me.get(f"/api/v1/changes?since={since}").json["items"]
    assert (told["id"], told["title"], told["note"]) == (gone["id"], "", "") and told["deleted"]
    assert me.post("/api/v1/todos/empty-trash").json["count"] == 1
    assert me.post("/api/v1/todos/empty-trash").json["count"] == 0
    again = me.put(path, {"title": "anew"}, headers={"If-None-Match": "*"})
    assert again.status == 201 and again.json["created"] > gone["created"]
    assert me.titles() == ["anew"]
