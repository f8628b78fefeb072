"""What a browser meets at the balancers, and the balancers at the instances."""

import re

import pytest
from client import Answer, Client, check

HEADERS = {
    "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.fixture
def page(stack):
    return Client(stack, "app")


def test_every_answer_has_the_security_headers(stack, balancer):
    client = Client(stack, balancer)
    for path in "/", "/login", "/api/v1/todos", "/api/v1/nowhere", "/todo", "/assets/none.js":
        answer = client.get(path)
        for name, value in HEADERS.items():
            assert answer.headers[name] == value, (path, name)
        policy = dict(part.strip().split(" ", 1)
                      for part in answer.headers["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert "Permissions-Policy" in answer.headers
        assert "Server" not in answer.headers and "X-Powered-By" not in answer.headers


def test_refusals_have_them_too(stack, balancer):
    answer = Client(stack, balancer).get("/?" + "x" * 9000)
    assert answer.status == 414
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Request-ID"]


@pytest.mark.parametrize("path", ["/", "/login", "/signup"])
def test_pages_are_the_app(page, path):
    answer = page.get(path, checked=False)
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "no-cache" in answer.headers["Cache-Control"]


def test_assets_are_kept_for_ever_and_do_not_pretend(page):
    name = re.search(rb'"(/assets/[^"]+\.js)"', page.get("/", checked=False).body)[1].decode()
    answer = page.get(name)
    assert answer.status == 200
    assert "immutable" in answer.headers["Cache-Control"]
    assert page.get("/assets/none.js").status == 404


def test_scripts_are_compressed(page):
    name = re.search(rb'"(/assets/[^"]+\.js)"', page.get("/", checked=False).body)[1].decode()
    answer = page.get(name, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"


def test_a_request_has_one_id_that_the_client_cannot_choose(me):
    mine = "11111111-1111-4111-8111-111111111111"
    answer = me.get("/api/v1/nowhere", headers={"X-Request-ID": mine})
    ident = answer.headers["X-Request-ID"]
    assert ident == answer.json["request_id"] != mine
    logs = "".join(file.read_text() for file in me.stack.state.glob("instances/*/console.log"))
    assert f"request_id={ident}" in logs
    assert mine not in logs


def test_an_address_cannot_be_pretended(me):
    other = Client(me.stack)
    answer = other.post("/api/v1/sessions", {"login": me.login, "password": "correct horse"},
                        headers={"X-Forwarded-For": "203.0.113.7", "X-Real-IP": "203.0.113.7"})
    assert answer.json["session"]["address"] == "127.0.0.1"


def test_head_is_get_without_the_body(me):
    for path in "/api/v1/todos", "/api/v1/account", "/todo", "/":
        answer, full = me("HEAD", path), me.get(path)
        assert (answer.status, answer.body) == (full.status, b"")
        assert answer.headers["Content-Length"] == full.headers["Content-Length"]


def test_answers_are_kept_by_nobody(me):
    for path in "/api/v1/todos", "/todo", "/api/v1/account":
        assert me.get(path).headers["Cache-Control"] == "no-store"


def instance_client(stack, instance):
    client = Client(stack)
    client.host, client.port = instance["address"], instance["port"]
    return client


def test_instances_say_that_they_are_alive_and_ready(stack):
    for instance in stack.instances("api") + stack.instances("web"):
        client = instance_client(stack, instance)
        native = instance["group"] == "api"
        for path in "/healthz", "/readyz":
            assert client.get(path, checked=native).status == 200


def test_an_instance_has_the_same_limits_as_the_balancer(me):
    client = instance_client(me.stack, me.stack.instances("api")[0])
    client.token = me.token
    for path in "/healthz", "/readyz", "/api/v1/todos":
        # Refused before nginx has read the request's id, so not quite as described.
        assert client.get(f"{path}?{'x' * 9300}", checked=False).status == 414
        assert client.get(path, headers={f"X-{i}": "x" * 6000 for i in range(5)},
                          checked=False).status == 431
    assert client.post("/api/v1/todos", raw=b"x" * 65537).status == 413


def test_a_check_can_fail():
    """The description is believed by no test: a wrong answer is noticed."""
    with pytest.raises(AssertionError):
        check("GET", "/api/v1/account", Answer(418, {"Content-Type": "text/plain"}, b""))
