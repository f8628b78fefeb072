"""What every operation of docs/openapi.yaml promises alike: each is asked wrongly in each
way that its list of answers knows. The token is good unless the way is to have none."""

import pytest
from client import Client, operations

ID = "01234567-89ab-7def-8123-456789abcdef"
JSON = {"Content-Type": "application/json"}
CLASSIC = ("/todo", "/auth/")


def way_400(client, method, path):
    """HTTP/1.1 wants a Host."""
    return client.by_hand(method, path, "Connection: close")


def way_401(client, method, path):
    return Client(client.stack)(method, path, headers=JSON)


def way_404(client, method, path):
    return client(method, path.replace(ID, "nonsense"), {"title": "x"})


def way_413(client, method, path):
    return client(method, path, raw=b" " * 65537)


def way_414(client, method, path):
    return client(method, f"{path}?{'x' * 8192}")


def way_415(client, method, path):
    return client(method, path, raw=b"{}", headers={"Content-Type": "text/plain"})


def way_422(client, method, path):
    return client(method, path, {"colour": "red"})


def way_431(client, method, path):
    return client(method, path, headers={f"X-{i}": "x" * 1000 for i in range(17)})


WAYS = {int(name[4:]): way for name, way in globals().items() if name.startswith("way_")}
CASES = [(method.upper(), path, status) for method, path, operation in operations()
         for status in WAYS if str(status) in operation["responses"]
         # Nobody needs a session to begin one.
         and (status != 401 or operation.get("security") != [])]


@pytest.fixture(scope="module")
def me(stack):
    """One account for all: it is refused what it asks for, or reads."""
    return Client(stack).sign_up()


@pytest.mark.parametrize("method, path, status", CASES)
def test_a_wrong_request_gets_its_status(me, method, path, status):
    answer = WAYS[status](me, method, path.format(id=ID))
    assert answer.status == status
    if not path.startswith(CLASSIC) or status in (413, 414, 431):
        assert answer.json["status"] == status and answer.slug
        assert answer.json["request_id"] == answer.headers["X-Request-ID"]


@pytest.mark.parametrize("path", sorted({path for _, path, _ in operations()}))
def test_an_unknown_method_gets_the_known_ones(me, path):
    answer = me("BREW", path.format(id=ID))
    assert answer.status == 405
    known = {method.upper() for method, p, _ in operations() if p == path}
    allowed = set(answer.headers["Allow"].split(", "))
    assert known <= allowed and ("HEAD" in allowed) == ("GET" in allowed)


@pytest.mark.parametrize("path", sorted({path for method, path, _ in operations()
                                         if method == "get" and path != "/todo"}))
def test_head_is_get_without_a_body(me, path):
    path = path.format(id=me.add()["id"])
    get, head = me.get(path), me("HEAD", path)
    assert (head.status, head.body) == (get.status, b"")
    assert head.headers["Content-Length"] == get.headers["Content-Length"]
    assert head.headers["ETag"] == get.headers["ETag"]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1", "/api/v2/todos", "/api/v1/todos/",
                                  "/api/v1/accounts/x", "/api/v1/todos/x/y", "/api/v1/todos%2fx",
                                  "/api/v1/todos/%2e%2e/x", "/api/v1/../etc/passwd"])
def test_a_path_that_is_not_there(me, balancer, method, path):
    answer = Client(me.stack, balancer, token=me.token)(method, path, checked=False)
    assert answer.status == 404
    assert method == "HEAD" or answer.slug == "not-found"


def test_a_body_that_does_not_come_is_given_up(me):
    before = me.titles()
    answer = me.by_hand("POST", "/api/v1/todos", "Host: x", "Content-Type: application/json",
                        "Content-Length: 9")
    assert (answer.status, answer.slug) == (408, "timeout")
    assert me.titles() == before
