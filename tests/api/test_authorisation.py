"""Who may do what. Every path of docs/openapi.yaml is asked with every method, by every kind
of credential, for things of every owner, and the answers are held against rules, not against a
list: an operation that is added to the description is in here by itself. Its request is its
example, with ids, logins and passwords put in."""

import http.client
import itertools
import json
import re
import secrets
import uuid

import client
import pytest
from client import PASSWORD, SPEC, Answer, operations, resolve

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
ITEMS = "/api/v1/todos"
FOREIGN = 32  # items of the other account; a request may use one up, by making one of that id
PAGES = {"/", "/healthz", "/readyz"}
REFUSALS = {401, 403, 404, 405, 415, 501}
OWNERS = ("own", "deleted", "foreign", "foreign, deleted", "unknown")
LOGIN_FIELDS, PASSWORD_FIELDS = {"login", "email", "username"}, {"password", "current_password"}
UUID, HEX = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), re.compile("[0-9a-f]{32}")
# What differs between two answers that tell the same.
PASSING = {"request_id", "timestamp", "seq", "position", "created", "updated", "completed",
           "last_used", "expires"}
OF_THE_MOMENT = {"date", "x-request-id", "etag", "content-length"}
SAME_SITE, CROSS_SITE = {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "cross-site"}


class Operation:
    """What the description says of a method and a path."""

    def __init__(self, method, path, said):
        self.method, self.path, self.said = method, path, said
        self.name = f"{method} {path}"
        self.responses = said["responses"]
        self.security = said.get("security", SPEC["security"])
        shared = SPEC["paths"][path].get("parameters", [])
        self.parameters = [resolve(one) for one in [*shared, *said.get("parameters", [])]]
        self.example = self.find_example()
        self.is_write = method not in ("GET", "HEAD")

    def find_example(self):
        content = self.said.get("requestBody", {}).get("content", {}).get("application/json", {})
        schema = resolve(content.get("schema", {}))
        examples = [one["value"] for one in content.get("examples", {}).values()]
        return next((found for found in [content.get("example"), *examples,
                                         *schema.get("examples", [])] if found is not None), None)

    @property
    def lacks_example(self):
        return "requestBody" in self.said and self.example is None

    @property
    def collection(self):
        """Where the things are made that a request names, or None when it names none."""
        if "{id}" in self.path:
            return self.path.partition("/{id}")[0]
        return ITEMS if any(UUID.fullmatch(text) or HEX.fullmatch(text)
                            for text in texts(self.example)) else None

    @property
    def spends_account(self):
        """Whether it needs the password, which it may change."""
        return bool(PASSWORD_FIELDS & set(self.example or ()))

    def denied(self):
        return 401 if "401" in self.responses else 403

    def takes(self, scheme):
        return any(scheme in one for one in self.security)

    def conditions(self):
        """Header fields besides the account, each by itself: its example, and any thing at all."""
        for one in self.parameters:
            if one["in"] == "header" and one["name"] in ("If-Match", "If-None-Match"):
                yield from ({one["name"]: value} for value in {one["example"], "*"})

    def target(self, ident):
        path = self.path.replace("{id}", ident or "")
        assert "{" not in path, f"{self.name} has a parameter that is not called id"
        query = []
        for one in self.parameters:
            if one["in"] == "query" and one.get("required"):
                assert "example" in one, f"{self.name}: {one['name']} has no example"
                query.append(f"{one['name']}={one['example']}")
        return path + ("?" + "&".join(query) if query else "")

    def body(self, ident, login):
        return self.example if self.example is None else filled(self.example, ident, login)


def texts(thing):
    """Every string in a JSON document."""
    if isinstance(thing, str):
        yield thing
    elif isinstance(thing, (dict, list)):
        for one in thing.values() if isinstance(thing, dict) else thing:
            yield from texts(one)


def filled(thing, ident, login):
    """The example with the id, the login and the password of this test."""
    if isinstance(thing, list):
        return [filled(one, ident, login) for one in thing]
    if isinstance(thing, dict):
        return {name: login if name in LOGIN_FIELDS else
                PASSWORD if name in PASSWORD_FIELDS else filled(value, ident, login)
                for name, value in thing.items()}
    if isinstance(thing, str) and UUID.fullmatch(thing):
        return ident
    return ident.replace("-", "") if isinstance(thing, str) and HEX.fullmatch(thing) else thing


def described():
    for method, path, said in operations():
        yield Operation(method.upper(), path, said)
        if method == "get":
            yield Operation("HEAD", path, said)


ALL = list(described())
LACKING = [one.name for one in ALL if one.lacks_example]
ALL = [one for one in ALL if not one.lacks_example]
SECURED = [one for one in ALL if one.security]
PUBLIC = [one for one in ALL if not one.security]
UNDESCRIBED = {path: [method for method in METHODS
                      if not any((one.method, one.path) == (method, path) for one in ALL)]
               for path in SPEC["paths"]}


class Wire:
    """A kept connection; every answer is held against the description."""

    def __init__(self, host, port):
        self.host, self.port = host, port
        self.connection = http.client.HTTPConnection(host, port, timeout=40)

    def __call__(self, method, path, body=None, headers=()):
        data = None if body is None else json.dumps(body).encode()
        fields = dict(headers) | ({"Content-Type": "application/json"} if data else {})
        answer = self.ask(method, path, data, fields)
        client.check(method, path, answer, data)
        assert answer.status < 500 or answer.status == 501, f"{method} {path}: {answer}"
        return answer

    def ask(self, method, path, data, fields):
        # A balancer may close a connection that waits; a client then opens another one.
        for last in (False, True):
            try:
                self.connection.request(method, path, data, fields)
                got = self.connection.getresponse()
                return Answer(got.status, got.headers, got.read())
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                self.connection.close()
                if last:
                    raise

    def bearer(self, token):
        return {"Authorization": f"Bearer {token}"}

    def cookie(self, token):
        return {"Cookie": f"allday_session_{self.port}={token}"}


class Person:
    """An account with a session."""

    def __init__(self, wire):
        self.wire, self.login = wire, f"{uuid.uuid4().hex}@example.org"
        said = wire("POST", "/api/v1/accounts", {"login": self.login, "password": PASSWORD}).json
        self.token, self.account = said["token"], said["account"]["id"]
        self.session = said["session"]["id"]

    def __call__(self, method, path, body=None):
        return self.wire(method, path, body, self.wire.bearer(self.token))

    def make(self, collection):
        """A new thing there, as the description says that one is made; its id. A session is
        answered below its name."""
        op = next((one for one in ALL if (one.method, one.path) == ("POST", collection)), None)
        assert op, f"nothing can be made by POST at {collection}, so nobody's can be asked for"
        body = op.body(None, self.login)
        body.pop("cookie", None)
        said = self(op.method, op.path, body)
        assert said.status == 201, f"{op.name} with its example: {said}"
        named = said.json.get(collection.rpartition("/")[2].removesuffix("s"), said.json)
        return named["id"]

    def make_deleted(self, collection):
        ident = self.make(collection)
        assert self("DELETE", f"{collection}/{ident}").status == 204
        return ident

    def snapshot(self):
        """All that can be read of the account: every GET that names no thing."""
        read = [one for one in SECURED if one.method == "GET" and "{" not in one.path]
        wholes = [(one.path, one.target(None)) for one in read] + [
            ("trash", f"{ITEMS}?filter=trash&limit=500")]
        return {name: forget(self.read(path), {"last_used", "request_id"})
                for name, path in wholes}

    def read(self, path):
        """Not held against the description: it is the same again and again."""
        answer = self.wire.ask("GET", path, None, self.wire.bearer(self.token))
        assert answer.status == 200, f"GET {path}: {answer}"
        return answer.json


def forget(thing, names):
    if isinstance(thing, list):
        return [forget(one, names) for one in thing]
    if isinstance(thing, dict):
        return {name: forget(value, names) for name, value in thing.items() if name not in names}
    return thing


class World:
    """Me and the other one, and credentials that are good for nothing."""

    def __init__(self, stack, balancer):
        self.balancer, self.wire = balancer, Wire("127.0.0.1", stack.ports[balancer])
        self.other = Person(self.wire)
        self.theirs = {ITEMS: [(self.other.make(ITEMS), self.other.make_deleted(ITEMS))
                               for _ in range(FOREIGN)]}
        self.me = Person(self.wire)
        self.bad = list(self.bad_credentials())

    def bad_credentials(self):
        wire = self.wire
        yield "none", {}
        for kind, token in {"wrong shape": "x", "empty": "", "unknown": secrets.token_urlsafe(32),
                            "revoked": self.revoked(), "left": self.left()}.items():
            yield f"{kind}, bearer", wire.bearer(token)
            yield f"{kind}, cookie", wire.cookie(token) | SAME_SITE

    def gone(self, person):
        """When the session is not even remembered any more."""
        while person("GET", ITEMS).status != 401:
            pass
        return person.token

    def revoked(self):
        person = Person(self.wire)
        assert person("DELETE", "/api/v1/sessions/current").status == 204
        return self.gone(person)

    def left(self):
        person = Person(self.wire)
        assert person("DELETE", "/api/v1/account", {"password": PASSWORD}).status == 204
        return self.gone(person)

    def foreign(self, collection):
        if collection not in self.theirs:
            self.theirs[collection] = [(self.other.make(collection),
                                        self.other.make_deleted(collection))]
        return self.theirs[collection][-1]

    def ids(self, op, me, own=True):
        """{owner: id}; own=False: of mine those that need not be new."""
        there = op.collection
        if there is None:
            return {"own": None}
        living, deleted = self.foreign(there)
        return {"own": me.make(there), "deleted": me.make_deleted(there) if own else
                str(uuid.uuid4()), "foreign": living, "foreign, deleted": deleted,
                "unknown": str(uuid.uuid4())}

    def somebody(self, op=None):
        """Me, or somebody new when I am gone or the operation may make an end of me."""
        if op and op.spends_account or self.me("GET", "/api/v1/account").status != 200:
            self.me = Person(self.wire)
        return self.me

    def ask(self, op, ident, me, headers):
        return self.wire(op.method, op.target(ident), op.body(ident, me.login), headers)


@pytest.fixture(scope="module", params=["api", "app"])
def world(stack, request):
    return World(stack, request.param)


def accounts(world, me):
    return {"no account": {}, "own account": {"Allday-Account": me.account},
            "other account": {"Allday-Account": world.other.account}}


def told(answer, ident):
    """All that an answer tells but for its moment: foreign and unknown must be alike."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    fields = {name: value for name, value in headers.items() if name not in OF_THE_MOMENT}
    text = answer.body.decode().replace(ident, "ID").replace(ident.replace("-", ""), "ID")
    is_json = "json" in headers.get("content-type", "")
    return (answer.status, fields, sorted(headers),
            forget(json.loads(text), PASSING) if is_json and text else text)


def named(op, *what):
    return f"{op.name}, {', '.join(map(str, what))}"


def test_every_operation_with_a_body_has_an_example():
    assert not LACKING, "no example of a body in docs/openapi.yaml, so nobody can ask: " + \
        ", ".join(LACKING)


@pytest.mark.parametrize("op", SECURED, ids=lambda op: op.name)
def test_who_has_no_session_gets_nothing(world, op):
    me = world.somebody(op)
    ids = world.ids(op, me)
    before = me.snapshot(), world.other.snapshot()
    for (kind, credential), (whose, account), (owner, ident) in itertools.product(
            world.bad, accounts(world, me).items(), ids.items()):
        answer = world.ask(op, ident, me, credential | account)
        assert answer.status == op.denied(), named(op, kind, whose, owner, answer)
        if answer.status == 401 and op.method != "HEAD":
            assert answer.slug == "no-session", named(op, kind, whose, owner, answer)
    assert (me.snapshot(), world.other.snapshot()) == before


@pytest.mark.parametrize("op", SECURED, ids=lambda op: op.name)
def test_a_session_of_another_account_does_nothing(world, op):
    me = world.somebody(op)
    ids, wire = world.ids(op, me), world.wire
    before = me.snapshot(), world.other.snapshot()
    for credential, (owner, ident) in itertools.product(
            [wire.bearer(me.token), wire.cookie(me.token) | SAME_SITE], ids.items()):
        answer = world.ask(op, ident, me, credential | {"Allday-Account": world.other.account})
        wanted = 409 if "409" in op.responses else op.denied()
        assert answer.status == wanted, named(op, owner, answer)
        answer = world.ask(op, ident, me, credential | {"Allday-Account": "x"})
        assert answer.status == 400, named(op, owner, answer)
    assert (me.snapshot(), world.other.snapshot()) == before


@pytest.mark.parametrize("op", [one for one in SECURED if one.is_write], ids=lambda op: op.name)
def test_a_page_elsewhere_cannot_write_by_the_cookie(world, op):
    me = world.somebody(op)
    ids = world.ids(op, me)
    before = me.snapshot(), world.other.snapshot()
    for origin, (owner, ident) in itertools.product(
            [{}, CROSS_SITE, {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://evil.example"}],
            ids.items()):
        answer = world.ask(op, ident, me, world.wire.cookie(me.token) | origin)
        assert answer.status == 403, named(op, origin, owner, answer)
    assert (me.snapshot(), world.other.snapshot()) == before


def ways(world, op, me):
    """How the owner may ask."""
    wire = world.wire
    yield wire.bearer(me.token)
    yield wire.bearer(me.token) | {"Allday-Account": me.account}
    if op.takes("cookie"):
        yield wire.cookie(me.token) | SAME_SITE
        yield wire.cookie(me.token) | SAME_SITE | {"Allday-Account": me.account}


def may_be(op, owner, answer):
    """Of one's own things everything goes, what is not there is 404; PUT makes it."""
    if owner == "own":
        return answer.status < 400
    if "{id}" in op.path and owner not in ("own", "deleted"):
        return answer.status == 404 or op.method == "PUT" and answer.status == 201
    return answer.status < 500


@pytest.mark.parametrize("op", SECURED, ids=lambda op: op.name)
def test_the_owner_reaches_what_is_his_own_and_nothing_else(world, op):
    before = world.other.snapshot()
    for number in itertools.count():
        me = world.somebody(op)
        way = next(itertools.islice(ways(world, op, me), number, None), None)
        if way is None:
            break
        ids = world.ids(op, me)
        # What is asked last may end the session.
        answers = {owner: world.ask(op, ids[owner], me, way)
                   for owner in reversed(OWNERS) if owner in ids}
        for owner, answer in answers.items():
            assert may_be(op, owner, answer), named(op, way, owner, answer)
        compare_foreign(world, op, ids, answers)
    assert world.other.snapshot() == before


@pytest.mark.parametrize("op", [one for one in SECURED if [*one.conditions()] and one.collection],
                         ids=lambda op: op.name)
def test_no_condition_tells_what_is_foreign(world, op):
    before = world.other.snapshot()
    for condition in op.conditions():
        me = world.somebody(op)
        ids = world.ids(op, me)
        answers = {owner: world.ask(op, ids[owner], me, world.wire.bearer(me.token) | condition)
                   for owner in ("foreign", "foreign, deleted", "unknown")}
        compare_foreign(world, op, ids, answers)
    assert world.other.snapshot() == before


def putting(op):
    """What makes a thing under an id of one's own choice, among those that this one names."""
    return next((one for one in SECURED if op.collection and one.method == "PUT" and
                 one.path == op.collection + "/{id}"), None)


@pytest.mark.parametrize("op", [one for one in SECURED if putting(one)], ids=lambda op: op.name)
def test_of_two_that_have_the_same_id_each_has_his_own(world, op):
    me, ident = world.somebody(op), world.foreign(op.collection)[0]
    world.theirs[op.collection].pop()
    way = world.wire.bearer(me.token)
    before = world.other.snapshot()
    assert world.ask(putting(op), ident, me, way).status == 201
    assert world.ask(op, ident, me, way).status < 400
    assert world.other.snapshot() == before


def compare_foreign(world, op, ids, answers):
    if op.collection is None:
        return
    unknown = told(answers["unknown"], ids["unknown"])
    for owner in ("foreign", "foreign, deleted"):
        assert told(answers[owner], ids[owner]) == unknown, named(op, owner)
    if answers["foreign"].status == 201:
        world.theirs[op.collection].pop()  # there is one of mine by that id now


# ---- what is for everybody, and what is for nobody


@pytest.mark.parametrize("op", PUBLIC, ids=lambda op: op.name)
def test_what_is_for_everybody_is_done_whoever_asks(world, op):
    """With the example as it is and a new login, or the login of somebody who has an account."""
    me, wire = world.somebody(op), world.wire
    before = world.other.snapshot()
    ways_in = [{}, wire.bearer(secrets.token_urlsafe(32)), wire.bearer(me.token),
               wire.cookie(world.other.token)]
    for credential in ways_in:
        logins = [f"{uuid.uuid4().hex}@example.org", me.login]
        answers = [wire(op.method, op.target(None), op.body(None, login), credential | SAME_SITE)
                   for login in logins]
        assert min(answer.status for answer in answers) < 400, \
            f"the example of {op.name} in docs/openapi.yaml is of no use: {answers}"
    assert world.other.snapshot() == before


@pytest.mark.parametrize("path", UNDESCRIBED)
def test_what_is_not_described_is_refused(world, path):
    """Whoever asks for it. A path may fit another one's {id} too, which then has no such thing."""
    if world.balancer == "app" and path in PAGES:
        return  # the web group answers
    me = world.somebody()
    ident = world.foreign(ITEMS)[0]
    before = me.snapshot(), world.other.snapshot()
    for method, headers in itertools.product(UNDESCRIBED[path], [
            {}, world.wire.bearer(me.token), world.wire.cookie(me.token) | SAME_SITE]):
        answer = world.wire(method, path.replace("{id}", ident), headers=headers)
        assert answer.status in REFUSALS, f"{method} {path}: {answer}"
    assert (me.snapshot(), world.other.snapshot()) == before
