"""Behind a proxy of somebody else's, with an authentication of its own: the app's balancer
is reached by nginx, and the browser's session works through it."""

import base64
import http.client
import http.cookies
import json
import subprocess
import uuid

import pytest
from client import PASSWORD
from stack import free_ports
from test_balancers import SEARCH, directory  # noqa: F401
from waiting import wait_for

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzb21lYm9keSJ9." + "A" * 43
BASIC = "auth_basic inner; auth_basic_user_file users;"
BEARER = f'proxy_set_header Authorization "Bearer {JWT}";'
REWRITTEN = "proxy_set_header Host $proxy_host; proxy_set_header X-Forwarded-Host $http_host;"
KEPT = "proxy_set_header Host $http_host;"


@pytest.fixture(params=[(BASIC, REWRITTEN), (BASIC, KEPT), (BEARER, REWRITTEN), (BEARER, KEPT)],
                ids=["basic", "basic-host", "bearer", "bearer-host"])
def front(stack, request, directory):  # noqa: F811
    """The port of the proxy."""
    port = free_ports()["app"]
    temporary = " ".join(f"{name}_temp_path {name};" for name in (
        "client_body", "fastcgi", "proxy", "uwsgi", "scgi"))
    (directory / "users").write_text("somebody:{PLAIN}open sesame\n")
    (directory / "nginx.conf").write_text(f"""
        daemon off; pid pid; error_log stderr warn; events {{ }}
        http {{ access_log off; {temporary}
          server {{ listen 127.0.0.1:{port}; location / {{
            {' '.join(request.param)} proxy_pass {stack.url('app')}; }} }} }}""")
    directory.chmod(0o755)
    (directory / "users").chmod(0o644)
    with subprocess.Popen(["nginx", "-p", directory, "-c", directory / "nginx.conf"],
                          env={"PATH": SEARCH}, stderr=subprocess.DEVNULL) as proxy:
        wait_for((directory / "pid").exists)
        yield port
        proxy.terminate()


class Browser:
    """It sends what a page of ours would, and keeps the cookies."""

    def __init__(self, port, fetch_metadata):
        self.port, self.jar = port, http.cookies.SimpleCookie()
        self.fields = {"Origin": f"http://localhost:{port}", "Authorization": "Basic "
                       + base64.b64encode(b"somebody:open sesame").decode()}
        if fetch_metadata:
            self.fields["Sec-Fetch-Site"] = "same-origin"

    def __call__(self, method, path, body=None):
        fields = self.fields | {"Host": f"localhost:{self.port}"}
        if self.jar:
            fields["Cookie"] = "; ".join(f"{one.key}={one.value}" for one in self.jar.values())
        if body is not None:
            fields["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
        connection.request(method, path, body and json.dumps(body), fields)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        self.jar.load(answer.headers.get("Set-Cookie", ""))
        return answer.status, json.loads(text) if text.startswith(b"{") else None


@pytest.mark.parametrize("fetch_metadata", [True, False])
def test_a_session_works_behind_another_authentication(front, fetch_metadata):
    browser = Browser(front, fetch_metadata)
    authorization = browser.fields.pop("Authorization")
    assert browser("GET", "/api/v1/todos")[0] == 401
    browser.fields["Authorization"] = authorization
    who = {"login": f"{uuid.uuid4().hex[:12]}@example.org", "password": PASSWORD, "cookie": True}
    status, said = browser("POST", "/api/v1/accounts", who)
    assert status == 201 and "token" not in said, said
    assert browser("DELETE", "/api/v1/sessions/current")[0] == 204
    assert browser("GET", "/api/v1/todos")[0] == 401
    assert browser("POST", "/api/v1/sessions", who)[0] == 201
    path = f"/api/v1/todos/{uuid.uuid4()}"
    assert browser("PUT", path, {"title": "우유"})[0] == 201
    assert browser("PATCH", path, {"done": True})[0] == 200
    status, said = browser("GET", path)
    assert (status, said["title"], said["done"]) == (200, "우유", True)
    assert browser("DELETE", path)[0] == 204
    assert browser("GET", "/api/v1/todos")[1]["items"] == []
    browser.fields["Origin"] = "http://elsewhere.example"
    browser.fields.pop("Sec-Fetch-Site", None)
    assert browser("PUT", path, {"title": "theirs"})[0] == 403
    browser.fields["Origin"] = f"http://localhost:{front}"
    assert browser("DELETE", "/api/v1/sessions/current")[0] == 204
    assert browser("GET", "/api/v1/todos")[0] == 401

