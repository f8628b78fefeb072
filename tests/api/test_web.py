"""What a browser meets at the balancers, and the balancers at the instances."""

import contextlib
import http.client
import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest
from client import Answer, Client, check
from stack import ROOT
from test_provider import provider  # noqa: F401 (a fixture)

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


@pytest.mark.parametrize("group", ["api", "web"])
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_whether_it_is_alive_can_only_be_read(stack, group, path):
    client = instance_client(stack, stack.instances(group)[0])
    for method in "POST", "PUT", "PATCH", "DELETE":
        answer = client(method, path, checked=False)
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD"), method
    assert client("HEAD", path, checked=False).status == 200


def test_an_instance_has_limits_above_the_balancers(me):
    client = instance_client(me.stack, me.stack.instances("api")[0])
    client.token = me.token
    for path in "/healthz", "/readyz", "/api/v1/todos":
        # Refused before nginx has read the request's id, so not quite as described.
        assert client.get(f"{path}?{'x' * 21000}", checked=False).status == 414
        assert client.get(path, headers={f"X-{i}": "x" * 15000 for i in range(5)},
                          checked=False).status == 431
    assert client.post("/api/v1/todos", raw=b"x" * 65537).status == 413


def test_a_check_can_fail():
    """The description is believed by no test: a wrong answer is noticed."""
    with pytest.raises(AssertionError):
        check("GET", "/api/v1/account", Answer(418, {"Content-Type": "text/plain"}, b""))


# ---- several releases of the pages at once


def another_build(dist, name):
    """What Vite has made, its assets called otherwise, in the new directory dist."""
    shutil.copytree(ROOT / "www/dist", dist)
    for file in (dist / "assets").iterdir():
        stem, dot, ends = file.name.partition(".")
        file.rename(file.with_name(f"{stem}{name}{dot}{ends}"))
    page = (dist / "index.html").read_text()
    (dist / "index.html").write_text(re.sub(r"(/assets/[^.\"]+)\.", rf"\g<1>{name}.", page))


class Builds:
    """Builds of the app that differ in the names of their assets, and what keep-assets does."""

    def __init__(self, directory):
        self.directory, self.pool, self.releases = directory, directory / "assets", []
        directory.chmod(0o755)

    def build(self, name):
        dist = self.directory / name
        another_build(dist, name)
        subprocess.run([ROOT / "www/keep-assets", dist, self.pool, *self.releases], check=True)
        return dist


def asked(instance, path):
    with contextlib.closing(http.client.HTTPConnection(
            instance["address"], instance["port"], timeout=10)) as connection:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode(errors="replace")


@pytest.fixture
def builds(open_directory):
    return Builds(pathlib.Path(tempfile.mkdtemp(dir=open_directory)))


def test_a_first_visit_is_complete_while_two_releases_run(builds, provider):
    """The page of one instance, its assets from any: none is missing, 12 times of 12."""
    old, new = builds.build("Old"), builds.build("New")
    for dist in old, new:
        provider.release(dist.name, pages=dist)
    web = [provider.launch("web", RELEASE=dist.name, ASSETS=str(builds.pool))[1] for dist in (old, new)]
    for visit in range(12):
        page = asked(web[visit % 2], "/")[2]
        assets = re.findall(r'"(/assets/[^"]+)"', page)
        assert len(assets) >= 2 and all(("Old", "New")[visit % 2] in path for path in assets), assets
        for number, path in enumerate(assets):
            for instance in web[number % 2], web[(number + 1) % 2]:
                status, headers, _ = asked(instance, path)
                assert (status, headers["Content-Encoding"]) == (200, "gzip"), path
                assert "immutable" in headers["Cache-Control"]
                assert headers["Content-Type"].split(";")[0] in ("text/javascript", "text/css")
    for path in "/assets/none.js", "/assets/", "/builds", "/assets/../builds", "/none.js":
        status, headers, body = asked(web[0], path)
        assert status == 404 or "<div id=" in body, path
        assert "immutable" not in headers.get("Cache-Control", "")


def test_the_assets_of_the_last_five_builds_are_kept(builds, provider):
    dists = [builds.build(f"Build{number}") for number in range(3)]
    provider.release("Build0", pages=dists[0])
    _, web = provider.launch("web", RELEASE="Build0", ASSETS=str(builds.pool))
    shutil.rmtree(dists[0])  # (as a build does)
    dists += [builds.build(f"Build{number}") for number in range(3, 6)]
    for _ in range(9):  # the same again takes nobody's place
        subprocess.run([ROOT / "www/keep-assets", dists[5], builds.pool], check=True)
    names = {number: [f"/assets/{file.name.removesuffix('.gz')}"
                      for file in (dists[number] / "assets").iterdir()] for number in range(1, 6)}
    for number in range(1, 6):
        assert {asked(web, path)[0] for path in names[number]} == {200}, number
    gone = {path.replace("Build1", "Build0") for path in names[1]}
    assert {asked(web, path)[0] for path in gone} == {404}


def test_a_release_that_is_there_keeps_its_assets(builds):
    """On a host; six more have come since."""
    releases = builds.directory / "releases"
    releases.mkdir()
    builds.releases = [releases]
    for name in ("First", "a", "b", "c", "d", "e", "f"):
        dist = builds.build(name)
        there = releases / name / "usr/share/allday/www/dist"
        shutil.copytree(dist, there)
        if name == "c":
            shutil.rmtree(releases / "a")
        subprocess.run([ROOT / "www/keep-assets", there, builds.pool, releases], check=True)
    kept = {file.name for file in (builds.pool / "assets").iterdir()}
    for name, there in (("First", True), ("a", False), ("b", True), ("f", True)):
        names = {file.name for file in (builds.directory / name / "assets").iterdir()}
        assert names <= kept if there else not names & kept, name


def test_the_environment_serves_assets_of_builds_before(stack, page):
    """`make run`: a tab that is open asks for what the last build has left out."""
    left = ROOT / "build/assets/assets/left-Behind1.js"
    assert page.get("/assets/left-Behind1.js").status == 404
    left.write_text("export {};")
    try:
        assert page.get("/assets/left-Behind1.js").status == 200
    finally:
        left.unlink()
