"""What is not understood is refused with its reason, and changes nothing."""

import json
import re

import pytest
from client import METHODS, SPEC, Client, check, operations, resolve

ID = "01234567-89ab-7def-8123-456789abcdef"
NATIVE = [(method.upper(), path.replace("{id}", ID)) for method, path, operation in operations()
          if "requestBody" in operation and path.startswith("/api/")]
CLASSIC = [(method.upper(), path) for method, path, operation in operations()
           if "requestBody" in operation and not path.startswith("/api/")]

NOT_JSON = {
    "nothing": b"", "blank": b"  ", "array": b"[]", "number": b"1", "string": b'"x"',
    "null": b"null", "open": b'{"title":"x"', "cut": b'{"title":', "trailing": b'{"title":"x"} x',
    "two": b'{"title":"x"}{}', "comma": b'{"title":"x",}', "comment": b'{"title":"x"}//',
    "single": b"{'title':'x'}", "bare": b'{title:"x"}', "nan": b'{"title":NaN}',
    "infinity": b'{"title":1e999999x}', "control": b'{"title":"\x01"}', "tab": b'{"title":"\t"}',
    "nul": b'{"title":"a\\u0000b"}', "raw-nul": b'{"title":"a\x00b"}',
    "lone-high": b'{"title":"\\ud800"}', "lone-low": b'{"title":"\\udc00x"}',
    "utf8": b'{"title":"\xff"}', "overlong": b'{"title":"\xc0\xaf"}',
    "surrogate": b'{"title":"\xed\xa0\x80"}', "bom": b'\xef\xbb\xbf{"title":"x"}',
    "deep": b'{"title":' + b"[" * 5000 + b"]" * 5000 + b"}",
    "utf16": '{"title":"x"}'.encode("utf-16"), "form": b"title=x", "zero": b"\x00" * 1000,
}


@pytest.fixture(scope="module")
def empty(stack):
    """An account to which nothing of what is asked here is done: one for all who are refused."""
    return Client(stack).sign_up()


@pytest.fixture(scope="module")
def used(stack):
    """Another one, which may have an item."""
    return Client(stack).sign_up()


@pytest.mark.parametrize("method, path", NATIVE)
def test_what_is_not_json_is_refused_everywhere(empty, method, path):
    for name, raw in NOT_JSON.items():
        answer = empty(method, path, raw=raw)
        if not raw and path.endswith(("/clear-completed", "/empty-trash")):  # all
            assert answer.status == 200
            continue
        assert (answer.status, answer.slug) == (400, "bad-json"), name
    assert empty.titles() == []
    assert empty.get("/api/v1/account").status == 200


@pytest.mark.parametrize("method, path", CLASSIC)
def test_what_is_not_json_is_refused_by_the_classic_api(empty, method, path):
    for name, raw in NOT_JSON.items():
        answer = empty(method, path, raw=raw)
        assert (answer.status, answer.json["status"]) == (400, 400), name
    assert empty.titles() == []


@pytest.mark.parametrize("method, path", NATIVE)
def test_a_field_twice_is_named(empty, method, path):
    answer = empty(method, path, raw=b'{"title":"a","title":"b"}')
    assert (answer.status, answer.slug, answer.json["field"]) == (400, "duplicate-field", "title")
    assert empty.titles() == []


@pytest.mark.parametrize("method, path", NATIVE)
def test_an_unknown_field_is_named(empty, method, path):
    answer = empty(method, path, raw=b'{"colour":"red"}')
    assert (answer.status, answer.slug, answer.json["field"]) == (422, "unknown-field", "colour")


@pytest.mark.parametrize("method, path", NATIVE)
def test_another_media_type_is_refused(empty, method, path):
    for kind in "text/plain", "application/x-www-form-urlencoded", "", "application/jsonx":
        answer = empty(method, path, raw=b"{}", headers={"Content-Type": kind})
        assert (answer.status, answer.slug) == (415, "wrong-type"), kind
    answer = empty(method, path, raw=b"{", headers={"Content-Type": "Application/JSON; charset=utf-8"})
    assert answer.slug == "bad-json"


@pytest.mark.parametrize("field, value", [
    ("title", 1), ("title", None), ("title", True), ("title", []), ("title", {}), ("title", ""),
    ("title", "x" * 501), ("title", "a\nb"), ("title", " \u200e"), ("title", "\x7f"),
    ("note", 1), ("note", None), ("note", "x" * 10001), ("note", "\r"), ("note", "\x0b"),
    ("done", 1), ("done", "true"), ("done", None),
    ("due", "2026-11-30"), ("due", 1), ("due", []), ("due", True),
    ("position", ""), ("position", "a"), ("position", "a00"), ("position", "a-"),
    ("position", "a" + "1" * 200), ("position", 1), ("position", None), ("position", "한"),
])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_wrong_value_names_its_field(used, method, field, value):
    path = "/api/v1/todos" + ("" if method == "POST" else f"/{ID}")
    if method == "PATCH":
        used.put(path, {"title": "before"})
    before = used.get("/api/v1/todos").body
    answer = used(method, path, {"title": "x", field: value})
    assert (answer.status, answer.slug, answer.json["field"]) == (422, "invalid-field", field)
    assert used.get("/api/v1/todos").body == before


@pytest.mark.parametrize("due, field, slug", [
    ({}, "due.date", "missing-field"), ({"date": "2026-02-30"}, "due.date", "invalid-field"),
    ({"date": "2026-1-1"}, "due.date", "invalid-field"), ({"date": ""}, "due.date", "invalid-field"),
    ({"date": "2026-11-30T00:00"}, "due.date", "invalid-field"),
    ({"date": None}, "due.date", "invalid-field"), ({"date": "10000-01-01"}, "due.date", "invalid-field"),
    ({"date": "2026-11-30", "time": "18:00"}, "due.zone", "missing-field"),
    ({"date": "2026-11-30", "zone": "UTC"}, "due.time", "missing-field"),
    ({"date": "2026-11-30", "time": "24:00", "zone": "UTC"}, "due.time", "invalid-field"),
    ({"date": "2026-11-30", "time": "6pm", "zone": "UTC"}, "due.time", "invalid-field"),
    ({"date": "2026-11-30", "time": "18:00", "zone": "Seoul"}, "due.zone", "invalid-field"),
    ({"date": "2026-11-30", "time": "18:00", "zone": "Asia/../../passwd"}, "due.zone", "invalid-field"),
    ({"date": "2026-11-30", "time": "18:00", "zone": "Asia/" + "x" * 500}, "due.zone", "invalid-field"),
    ({"date": "2026-11-30", "at": 1}, "due.at", "unknown-field"),
], ids=range(15))
def test_a_wrong_due_names_its_part(empty, due, field, slug):
    answer = empty.post("/api/v1/todos", {"title": "x", "due": due})
    assert (answer.status, answer.slug, answer.json["field"]) == (422, slug, field)
    assert empty.titles() == []


def test_the_limits_are_reached(me):
    item = me.add("가" * 500, note="나" * 10000, position="a" + "1" * 199,
                  due={"date": "9999-12-31", "time": "23:59", "zone": "America/Argentina/Buenos_Aires"})
    assert me.get(f"/api/v1/todos/{item['id']}").json == item
    astral = me.add("😀" * 500)
    assert me.get(f"/api/v1/todos/{astral['id']}").json["title"] == "😀" * 500


@pytest.mark.parametrize("text", [
    "'; DROP TABLE todo; --", "\" OR 1=1 --", "<script>alert(1)</script>", "</textarea><img src=x>",
    "%s%n%x", "${jndi:ldap://x}", "\\u0041", "{{7*7}}", "../../etc/passwd", "한국어 ‮"[:3], "🇰🇷👩‍👩‍👧",
    "a\\", "\u00a0x", "Ω≈ç√"])
def test_text_is_only_text(me, text):
    item = me.add(text, note=text)
    stored = me.get(f"/api/v1/todos/{item['id']}").json
    assert (stored["title"], stored["note"]) == (text, text)


def test_a_login_is_only_text(anybody):
    login = "x' OR '1'='1' -- <b>" + anybody.sign_up().login
    body = {"login": login, "password": "'; DROP TABLE account; --", "name": "<script>"}
    assert anybody.post("/api/v1/accounts", body).json["account"]["login"] == login
    assert anybody.post("/api/v1/sessions", {key: body[key] for key in ("login", "password")}
                        ).status == 201


def test_text_is_composed(me):
    """What a Mac sends (NFD) is what a phone sends (NFC)."""
    assert me.add("\u1112\u1161\u11ab")["title"] == "한"
    assert me.add("e\u0301")["title"] == "é"


# ---- size


def test_a_body_over_the_limit(stack, balancer, empty):
    client = Client(stack, balancer, token=empty.token)
    for method, path in NATIVE + CLASSIC:
        answer = client(method, path, raw=b'{"title":"' + b"x" * 65536 + b'"}')
        assert (answer.status, answer.slug) == (413, "too-large"), path
    for method, path in [(m, p) for m, p in all_paths("post", "delete")]:
        answer = client(method, path, raw=b"x" * 65537)
        assert answer.status == 413, path
    assert empty.titles() == []


def test_ten_megabytes_are_refused_before_they_are_sent(empty, balancer):
    answer = Client(empty.stack, balancer).by_hand(
        "POST", "/api/v1/todos", "Host: x", f"Authorization: Bearer {empty.token}",
        "Content-Type: application/json", "Content-Length: 10000000")
    assert (answer.status, answer.slug) == (413, "too-large")
    assert empty.titles() == []


def test_a_body_at_the_limit_is_read(me):
    body = b'{"title":"x"}'.ljust(65536)
    assert me.post("/api/v1/todos", raw=body).status == 201


def all_paths(*methods):
    return [(method.upper(), path.replace("{id}", ID)) for method, path, _ in operations()
            if method in (methods or METHODS)]


def asks_balancers(path):
    """Health is asked of an instance, not through a balancer."""
    return path not in ("/healthz", "/readyz")


@pytest.mark.parametrize("method, path", [row for row in all_paths() if asks_balancers(row[1])])
def test_an_address_or_headers_too_long(empty, balancer, method, path):
    client = Client(empty.stack, balancer, token=empty.token)
    answer = client(method, f"{path}?{'x' * 8200}", raw=b"{}" if method != "GET" else None)
    assert (answer.status, answer.slug) == (414, "uri-too-long")
    answer = client(method, path, raw=b"{}" if method != "GET" else None,
                    headers={f"X-{i}": "x" * 4000 for i in range(5)})
    assert (answer.status, answer.slug) == (431, "headers-too-large")


# ---- HTTP itself


def head(me, method, path, *lines):
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", f"Authorization: Bearer {me.token}",
                        "Content-Type: application/json", *lines, "", ""]).encode()


def test_a_body_cut_short_writes_nothing(empty):
    got = empty.bytes(head(empty, "POST", "/api/v1/todos", "Content-Length: 40") + b'{"title":"x"}')
    assert b" 200 " not in got and b" 201 " not in got
    assert empty.titles() == []


def test_a_chunked_body_is_read_whole(me):
    got = me.bytes(head(me, "POST", "/api/v1/todos", "Transfer-Encoding: chunked",
                        "Connection: close") + b'8\r\n{"title"\r\n5\r\n:"x"}\r\n0\r\n\r\n')
    assert b" 201 " in got.partition(b"\r\n")[0]
    assert me.titles() == ["x"]


def test_chunks_over_the_limit(empty):
    chunk = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
    got = empty.bytes(head(empty, "POST", "/api/v1/todos", "Transfer-Encoding: chunked") + chunk * 6)
    assert b" 413 " in got.partition(b"\r\n")[0] or got == b""
    assert empty.titles() == []


@pytest.mark.parametrize("data", [
    b"\x00" * 100, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00",
    b"POST /api/v1/todos HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n{}",
    b"POST /api/v1/todos HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
    b"POST /api/v1/todos HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked"
    b"\r\n\r\n{}", b"GET / HTTP/1.1\r\nHo st: x\r\n\r\n", b"GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n"],
    ids=range(9))
def test_bytes_that_are_not_http(empty, data):
    first = empty.bytes(data).partition(b"\r\n")[0]
    assert b" 5" not in first[:12] and b" 2" not in first[:12]
    assert empty.get("/api/v1/account").status == 200


WORDS = sorted({path.replace("{id}", ID) for _, path, _ in operations()
                if path.startswith("/api/")})


@pytest.mark.parametrize("path", WORDS)
def test_every_other_method_of_every_path_is_refused_as_one(empty, path):
    """Also where another pattern would fit: clear-completed is no item."""
    known = {method.upper() for method, template, _ in operations()
             if template.replace("{id}", ID) == path}
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - known:
        answer = empty(method, path, checked=False)
        assert (answer.status, answer.slug) == (405, "wrong-method"), method
        assert set(answer.headers["Allow"].split(", ")) - {"HEAD"} == known


WITHOUT_QUERY = [
    (method.upper(), path.replace("{id}", ID)) for method, path, operation in operations()
    if path.startswith("/api/") and not any(
        resolve(part)["in"] == "query" for part in operation.get("parameters", ()))]


@pytest.mark.parametrize("method, path", WITHOUT_QUERY)
def test_a_parameter_that_no_call_knows_is_refused_everywhere(empty, method, path):
    known = next(operation for verb, template, operation in operations()
                 if (verb.upper(), template.replace("{id}", ID)) == (method, path))
    body = {} if "requestBody" in known else None
    answer = empty(method, f"{path}?limit=1", body)
    assert (answer.status, answer.slug, answer.json["field"]) == (400, "bad-query", "limit")
    assert empty.get("/api/v1/account").status == 200


@pytest.mark.parametrize("path, allow", [
    ("/api/v1/todos", "GET, HEAD, POST"), ("/api/v1/accounts", "POST"),
    ("/api/v1/account", "GET, HEAD, DELETE"), ("/api/v1/account/password", "PUT"),
    ("/api/v1/sessions", "POST, GET, HEAD, DELETE"), ("/api/v1/changes", "GET, HEAD"),
    (f"/api/v1/todos/{ID}", "GET, HEAD, PUT, PATCH, DELETE"),
    (f"/api/v1/todos/{ID}/restore", "POST")])
def test_another_method_is_told_which_there_are(empty, path, allow):
    for method in "OPTIONS", "PROPFIND", "GET", "POST", "PUT", "PATCH", "DELETE":
        if method in allow:
            continue
        answer = empty(method, path, checked=False)
        assert (answer.status, answer.slug) == (405, "wrong-method"), method
        assert answer.headers["Allow"] == allow


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1", "/api/v2/todos", "/api/v1/todos/",
                                  "/api/v1%2Ftodos", "/api/v1/..%2fv1/todos", "/api/../v1/todos",
                                  "/api/v1/Todos", "/api/v1/todos;x", "/api/v1/" + "x" * 3000])
def test_an_unknown_path(empty, path):
    answer = empty.get(path, checked=False)
    assert (answer.status, answer.slug) == (404, "not-found")


# ---- one path for the balancer, nginx and the program (RFC 3986 section 6.2.2)


@pytest.mark.parametrize("path", [
    "/api/v1/%74odos", "/%61pi/v1/todos", "//api/v1/todos", "/api//v1///todos", "/api/v1/./todos",
    "/api/v1/../v1/todos", "/x/%2e%2e/api/v1/todos", "/api/v1/%74odos?%6cimit=1"])
def test_a_path_in_another_spelling(me, balancer, path):
    me.add("a thing")
    client = Client(me.stack, balancer, token=me.token)
    assert [item["title"] for item in client.get(path, checked=False).json["items"]] == ["a thing"]


@pytest.mark.parametrize("path", ["/%61uth/signin", "//auth/signin", "/auth/./signin"])
def test_a_classic_path_in_another_spelling(stack, balancer, path):
    answer = Client(stack, balancer).post(path, {"username": "x", "password": "y"}, checked=False)
    assert answer.json == {"error": "Login failed.", "data": None}


# ---- every refusal has a shape and an id

HOST = "Host: localhost"
LONG = "Cookie: " + "x" * 17000
BARE = (b"<html><body><h1>400 Bad request</h1>\nYour browser sent an invalid request.\n"
        b"</body></html>\n")
REFUSED = {
    "escape": (400, "GET", "{}%zz", [HOST]), "cut escape": (400, "GET", "{}%", [HOST]),
    "one digit": (400, "GET", "{}%4", [HOST]), "NUL": (400, "GET", "{}%00", [HOST]),
    "above the root": (400, "GET", "{}" + "%2F.." * 5, [HOST]),
    "no host": (400, "GET", "{}", []), "bad host": (400, "GET", "{}", ["Host: a/b"]),
    "host of blanks": (400, "GET", "{}", ["Host: a b"]), "host port": (400, "GET", "{}", ["Host: a:x"]),
    "two cookies": (400, "GET", "{}", [HOST, "Cookie: a=1", "Cookie: b=2"]),
    "two bearers": (400, "GET", "{}", [HOST, "Authorization: Bearer a", "Authorization: Bearer b"]),
    "address": (414, "GET", "{}?" + "x" * 8200, [HOST]),
    "body": (413, "POST", "{}", [HOST, "Content-Length: 65537", "Expect: 100-continue"]),
    "one line": (431, "GET", "{}", [HOST, LONG]),
    "all lines": (431, "GET", "{}", [HOST, *(f"A{n}: {'x' * 4000}" for n in range(5))]),
    "many lines": (431, "GET", "{}", [HOST, *(f"A{n}: x" for n in range(1001))]),
    "method": (405, "PROPFIND", "{}", [HOST]), "method of a page": (405, "DELETE", "{}", [HOST]),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("where, path", [("api", "/api/v1/todos"), ("app", "/api/v1/todos"),
                                         ("api", "/todo"), ("app", "/todo"), ("api", "/nowhere"),
                                         ("app", "/"), ("app", "/assets/x.js")])
def test_a_refusal_is_a_problem_or_a_page_with_an_id(stack, name, where, path):
    status, method, address, lines = REFUSED[name]
    page = where == "app" and path in ("/", "/assets/x.js")
    if name == "method of a page" and not page:
        return
    for accept in ("*/*", "text/html,*/*;q=0.8"):
        answer = Client(stack, where).by_hand(
            method, address.format(path), *lines, f"Accept: {accept}", "Connection: close",
            checked=False)
        if name in ("bad host", "host of blanks") and answer.body == BARE:
            return  # HAProxy 3.0 refuses them before any section is known (edge.cfg)
        if not page:
            check(method, address.format(path), answer)
        expected = 404 if status == 405 and path in ("/nowhere", "/assets/x.js") else status
        assert answer.status == expected, answer
        assert expected != 405 or "GET" in answer.headers["Allow"]
        ident = answer.headers["X-Request-ID"]
        assert ident and answer.body.decode().count(ident) == 1 or path == "/todo", answer
        kind = answer.headers["Content-Type"]
        if page and "html" in accept:
            assert kind.startswith("text/html") and b"<!doctype html>" in answer.body
        elif not page and path != "/todo":
            assert kind == "application/problem+json" and answer.json["request_id"] == ident


@pytest.mark.parametrize("path", ["/api/v1/account", "/todo", "/"])
@pytest.mark.parametrize("lines", [
    ["Cookie: " + "x" * 15000], ["User-Agent: " + "x" * 15000], ["Referer: " + "x" * 15000],
    [f"A{n}: x" for n in range(990)], ["Cookie: " + "; ".join(f"c{n}={'x' * 3000}" for n in range(5))]],
    ids=range(5))
def test_what_the_balancer_lets_pass_the_instances_take(empty, balancer, path, lines):
    answer = Client(empty.stack, balancer).by_hand(
        "GET", path, HOST, f"Authorization: Bearer {empty.token}", "Connection: close", *lines)
    assert answer.status == 200


@pytest.mark.parametrize("group", ["api", "web"])
def test_what_is_logged_is_ascii(stack, group):
    """Whatever bytes the address and the method have, so that grep finds lines."""
    instance = stack.instances(group)[0]
    client = Client(stack, (instance["address"], instance["port"]))
    client.bytes("GET /nowhere-우유 HTTP/1.1\r\nHost: x\r\nX-Request-ID: 한\r\n\r\n".encode())
    text = (instance["directory"] / "console.log").read_bytes()
    assert b"path=\"/nowhere-" in text
    assert all(line.isascii() for line in text.splitlines() if b"nowhere" in line)


@pytest.mark.parametrize("group", ["api", "web"])
def test_a_transfer_coding_that_nobody_knows_is_refused_in_our_shape(stack, group):
    instance = stack.instances(group)[0]
    client = Client(stack, (instance["address"], instance["port"]))
    got = client.bytes(b"POST /todo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: unknown\r\n\r\n")
    body = got.partition(b"\r\n\r\n")[2]
    assert b"nginx" not in body
    assert (b"urn:allday:bad-request" if group == "api" else b"<title>Allday</title>") in body


# ---- whose account

SESSION = [(method.upper(), path.replace("{id}", ID)) for method, path, operation in operations()
           if operation.get("security") != [] and path.startswith(("/api/", "/todo"))]


@pytest.mark.parametrize("method, path", SESSION)
def test_another_accounts_request_is_not_done(me, other, method, path):
    item = me.put(f"/api/v1/todos/{ID}", {"title": "mine", "done": True})
    assert item.status in (201, 200, 404), item
    before = me.get("/api/v1/todos").body
    meant = {"Allday-Account": other.account["id"]}
    answer = me(method, path, {} if method != "GET" else None, headers=meant)
    classic = path.startswith("/todo")
    assert answer.status == (403 if classic else 409)
    assert classic or answer.slug == "wrong-account"
    assert me.get("/api/v1/todos").body == before
    answer = me(method, path, {} if method != "GET" else None, headers={"Allday-Account": "me"})
    assert answer.status == 400
    assert classic or (answer.slug, answer.json["field"]) == ("bad-request", "Allday-Account")
    assert me.get("/api/v1/todos", headers={"Allday-Account": me.account["id"].upper()}).status == 200


def test_who_logs_in_is_meant_by_nobody(me, other):
    """The cookie of the account before, and its name, are replaced."""
    body = {"login": me.login, "password": "correct horse", "cookie": True}
    answer = me.post("/api/v1/sessions", body, headers={"Allday-Account": other.account["id"]})
    assert answer.status == 201


# ---- reason phrases (RFC 9110 section 15)

PHRASES = {200: "OK", 201: "Created", 204: "No Content", 304: "Not Modified", 400: "Bad Request",
           401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
           412: "Precondition Failed", 413: "Content Too Large", 414: "URI Too Long",
           415: "Unsupported Media Type", 422: "Unprocessable Content",
           431: "Request Header Fields Too Large"}


def first_line(client, method, path, body=b"", *lines):
    kind = ["Content-Type: application/json", f"Content-Length: {len(body)}"] if body else []
    head = "\r\n".join([f"{method} {path} HTTP/1.1", HOST, "Connection: close",
                        *([f"Authorization: Bearer {client.token}"] if client.token else []),
                        *kind, *lines, "", ""])
    return client.bytes(head.encode() + body).partition(b"\r\n")[0].decode()


def test_every_status_has_its_phrase(me, anybody):
    item, todos = f"/api/v1/todos/{ID}", "/api/v1/todos"
    said = [
        first_line(me, "PUT", item, b'{"title":"x"}'), first_line(me, "GET", item),
        first_line(me, "GET", item, b"", f'If-None-Match: {me.get(item).etag}'),
        first_line(me, "PATCH", item, b"{}", 'If-Match: "0"'), first_line(me, "DELETE", item),
        first_line(me, "GET", "/api/v1/none"), first_line(me, "POST", todos, b"{"),
        first_line(me, "POST", todos, b"{}"), first_line(me, "PATCH", todos, b"{}"),
        first_line(anybody, "GET", todos), first_line(anybody, "GET", "/todo"),
        first_line(me, "POST", todos, b"", "Content-Length: 70000", "Expect: 100-continue"),
        first_line(me, "POST", todos, b"", "Content-Type: text/plain"),
        first_line(me, "GET", "/?" + "x" * 9000), first_line(me, "GET", todos, b"", LONG),
        first_line(me, "GET", "/todo"), first_line(me, "GET", "/%zz")]
    codes = set()
    for line in said:
        code, phrase = re.fullmatch(r"HTTP/1.1 (\d+) (.*)", line).groups()
        assert PHRASES[int(code)] == phrase, line
        codes.add(int(code))
    assert codes == set(PHRASES), codes
