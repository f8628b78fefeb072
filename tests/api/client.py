"""A small HTTP client that believes nothing: each answer is held against
docs/openapi.yaml and problems/problems.yaml, and what was seen is remembered
(test_promised.py)."""

import contextlib
import http.client
import json
import pathlib
import re
import socket
import urllib.parse
import uuid

import jsonschema
import yaml
from problems import check_problem, seen

ROOT = pathlib.Path(__file__).resolve().parents[2]
SPEC = yaml.safe_load((ROOT / "docs/openapi.yaml").read_text())
METHODS = ("get", "post", "put", "patch", "delete")
PASSWORD = "correct horse"


def operations():
    """Every (method, path template, operation) of the description."""
    return [(method, path, item[method]) for path, item in SPEC["paths"].items()
            for method in METHODS if method in item]


def strict(thing):
    """The same, but an object has no fields besides those that are described."""
    if isinstance(thing, list):
        return [strict(one) for one in thing]
    if not isinstance(thing, dict):
        return thing
    closed = {"additionalProperties": False} if thing.get("type") == "object" else {}
    return closed | {name: strict(one) for name, one in thing.items()}


# What we say is held to the letter; what a program may say is as it is described.
ANSWERS = strict(SPEC)


def resolve(thing, spec=SPEC):
    while "$ref" in thing:
        part = spec
        for name in thing["$ref"].removeprefix("#/").split("/"):
            part = part[name.replace("~1", "/")]
        thing = part
    return thing


def template_of(path):
    """The most literal template that fits: /todos/clear-completed before /todos/{id}."""
    fitting = [template for template in SPEC["paths"]
               if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)]
    return min(fitting, key=lambda template: template.count("{"), default=None)


def check_schema(schema, document, spec=ANSWERS):
    resolver = jsonschema.RefResolver("", spec)
    jsonschema.Draft202012Validator(
        schema, resolver=resolver, format_checker=jsonschema.FormatChecker()).validate(document)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def slug(self):
        """The last part of a problem's type."""
        return self.json["type"].removeprefix("urn:allday:")

    @property
    def etag(self):
        return self.headers["ETag"]

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"


# What "default" stands for in the description: no such method, too slow, too much at once,
# our own mistake.
ANYWHERE = (405, 408, 429, 500)


def check_taken(operation, path, sent):
    """What was taken is what the description lets a program send?"""
    named = {part["name"] for part in map(resolve, operation.get("parameters", ()))
             if part["in"] == "query"}
    asked = urllib.parse.parse_qs(path.partition("?")[2], keep_blank_values=True)
    assert set(asked) <= named, f"taken, but not described: {path}"
    if "requestBody" in operation and (sent or operation["requestBody"]["required"]):
        content = operation["requestBody"]["content"]["application/json"]
        check_schema(content["schema"], json.loads(sent), SPEC)


def check(method, path, answer, sent=None):
    """Does the description promise this answer?"""
    template = template_of(path.partition("?")[0])
    if template is None:
        return
    item = ANSWERS["paths"][template]
    operation = item.get("get" if method == "HEAD" else method.lower())
    if operation is None:
        operation = next(item[name] for name in METHODS if name in item)
        assert answer.status >= 400, f"{method} {template} is not described: {answer}"
        if answer.status not in ANYWHERE:
            return
    responses = operation["responses"]
    assert str(answer.status) in responses or answer.status in ANYWHERE, \
        f"{method} {template} does not promise {answer}"
    seen.add((method.lower(), template, str(answer.status)))
    if answer.status < 300:
        check_taken(SPEC["paths"][template]["get" if method == "HEAD" else method.lower()],
                    path, sent)
    promised = resolve(responses.get(str(answer.status), responses["default"]), ANSWERS)
    for name, header in promised.get("headers", {}).items():
        header, value = resolve(header, ANSWERS), answer.headers.get(name)
        assert value or not header.get("required"), f"no {name}: {answer}"
        if value:
            check_schema(header["schema"], value)
    content = promised.get("content")
    if method == "HEAD" or not content:
        assert not answer.body, f"a body where none is promised: {answer}"
        return
    kind = answer.headers["Content-Type"].partition(";")[0]
    assert kind in content, f"{kind} is not promised: {answer}"
    if kind.endswith("json"):
        check_schema(content[kind]["schema"], answer.json)
    if kind == "application/problem+json":
        check_problem(answer.json)


class Client:
    """One client at one balancer, or at the (host, port) of an instance; token and cookie
    are sent when they are set."""

    def __init__(self, stack, balancer="api", source=None, token=None, cookie=None):
        self.host, self.port = (("127.0.0.1", stack.ports[balancer])
                                if isinstance(balancer, str) else balancer)
        self.stack, self.source, self.token, self.cookie = stack, source, token, cookie

    def __call__(self, method, path, body=None, headers=(), raw=None, checked=True):
        """body is sent as JSON, raw as it is."""
        fields = {"Connection": "close"}
        if self.host != "127.0.0.1":  # an instance: a balancer would name the request
            fields["X-Request-ID"] = str(uuid.uuid4())
        if self.token:
            fields["Authorization"] = f"Bearer {self.token}"
        if self.cookie:
            fields["Cookie"] = f"allday_session_{self.port}={self.cookie}"
        if body is not None or raw is not None:
            fields["Content-Type"] = "application/json"
        fields.update(headers)
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        connection = http.client.HTTPConnection(
            self.host, self.port, timeout=40,
            source_address=(self.source, 0) if self.source else None)
        try:
            connection.request(method, path, data, fields)
            got = connection.getresponse()
            answer = Answer(got.status, got.headers, got.read())
        finally:
            connection.close()
        if checked:
            check(method, path, answer, data)
        return answer

    def get(self, path, **options):
        return self("GET", path, **options)

    def post(self, path, body=None, **options):
        return self("POST", path, body, **options)

    def put(self, path, body=None, **options):
        return self("PUT", path, body, **options)

    def patch(self, path, body=None, **options):
        return self("PATCH", path, body, **options)

    def delete(self, path, body=None, **options):
        return self("DELETE", path, body, **options)

    def bytes(self, data):
        """Send bytes that need not be HTTP; the answer's first line and the rest."""
        with socket.create_connection((self.host, self.port), timeout=40) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def by_hand(self, method, path, *lines, checked=True):
        """A request of these header lines and no other; its answer is held against the
        description like any."""
        head = "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""])
        with socket.create_connection((self.host, self.port), timeout=40) as connection:
            connection.sendall(head.encode("latin-1"))
            with contextlib.closing(http.client.HTTPResponse(connection, method=method)) as got:
                got.begin()
                answer = Answer(got.status, got.headers, got.read())
        if checked:
            check(method, path, answer)
        return answer

    # ---- what most tests begin with

    def sign_up(self, balancer="api"):
        """A new account, as a client of its own."""
        self.login = f"{uuid.uuid4().hex[:12]}@example.org"
        answer = self.post("/api/v1/accounts", {"login": self.login, "password": PASSWORD})
        assert answer.status == 201, answer
        client = Client(self.stack, balancer, token=answer.json["token"])
        client.login, client.session = self.login, answer.json["session"]
        client.account = answer.json["account"]
        return client

    def add(self, title="a thing", **fields):
        answer = self.post("/api/v1/todos", {"title": title} | fields)
        assert answer.status == 201, answer
        return answer.json

    def titles(self, query=""):
        return [item["title"] for item in self.get(f"/api/v1/todos{query}").json["items"]]


def until_done(client, what, body=None):
    """The answers of a request on many items, asked again while there is more to do."""
    answers = [client.post(f"/api/v1/todos/{what}", body)]
    while answers[-1].json.get("more"):
        answers.append(client.post(f"/api/v1/todos/{what}", body))
    return [answer.json for answer in answers]
