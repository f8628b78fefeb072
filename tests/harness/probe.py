#!/usr/bin/python3
"""An open-loop probe: so many requests a second, whether the last ones were answered
or not, and a count of every answer.

  probe.py --url http://127.0.0.1:8080 [--token TOKEN] [--rate 200] [--seconds 10]
           [--ca ca.pem] [--again] [--pages 5] [--in-turn]

A request's time runs from the moment when it was due, so that waiting for a free
connection counts. A name's addresses are tried one after the other, as browsers do.
--again: what failed is sent once more, on a new connection, as browsers do too; both
are counted. --pages: so many times a second the app's first page, too. --in-turn: each
connection begins with another address. Without --token it signs up. Exit status: 0 nothing failed, 1 something did.

Without --seconds it goes on to the end of its input, answers each line `N` of it with
`ok` as soon as N more requests have gone well, and prints at last what it has to say as
one JSON object (tests/environment/load.py is at the other end).
"""

import argparse
import http.client
import itertools
import json
import socket
import ssl
import sys
import threading
import time
import urllib.parse
import uuid

CONNECTIONS = 48
PATIENCE = 30  # seconds for an answer
REACH = 1      # seconds for a connection, then the next address is tried
TTL = 5        # seconds of the environment's names
MOST = 9000    # items, of the 10,000 that a list holds; then they are changed
MIX = ("list", "put", "list", "patch", "list", "post", "list", "put", "list", "patch")


class Names:
    """What they are answered with, kept as long as the DNS allows: a balancer that has
    gone is tried until then. in_turn: the first of them is another one each time, as when
    there are many resolvers."""

    def __init__(self, in_turn=False):
        self.known, self.in_turn, self.turn = {}, in_turn, itertools.count()

    def addresses(self, host, port):
        until, found = self.known.get(host, (0, None))
        if time.monotonic() > until:
            found = self.ask(host, port)
            self.known[host] = time.monotonic() + TTL, found
        first = next(self.turn) % len(found) if self.in_turn else 0
        return found[first:] + found[:first]

    def ask(self, host, port):
        return [each[4] for each in
                socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_STREAM)]


class Connection(http.client.HTTPConnection):
    """ca: of the servers, for https."""

    def __init__(self, url, names, ca=None):
        where = urllib.parse.urlsplit(url)
        super().__init__(where.hostname, where.port or (443 if where.scheme == "https" else 80),
                         timeout=PATIENCE)
        self.names = names
        self.tls = ssl.create_default_context(cafile=ca) if where.scheme == "https" else None

    def connect(self):
        self.sock = self.reach()
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.settimeout(PATIENCE)
        if self.tls:
            self.sock = self.tls.wrap_socket(self.sock, server_hostname=self.host)

    def reach(self):
        refused = OSError(f"{self.host} has no address")
        for address in self.names.addresses(self.host, self.port):
            try:
                connection = socket.create_connection(address, REACH)
                # It has called a connection made that was about to be refused: no route.
                connection.getpeername()
                return connection
            except OSError as error:
                refused = error
        raise refused


class Client:
    """One kept connection."""

    def __init__(self, url, token=None, ca=None, names=None):
        self.token = token
        self.http = Connection(url, names or Names(), ca)

    def call(self, method, path, body=None, key=None):
        """(status, headers, what the JSON says)."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if key:
            headers["Idempotency-Key"] = key
        if body is not None:
            body = json.dumps(body)
            headers["Content-Type"] = "application/json"
        try:
            self.http.request(method, path, body, headers)
            answer = self.http.getresponse()
            text = answer.read()
        except BaseException:
            self.http.close()
            raise
        is_json = "json" in answer.headers.get("Content-Type", "")
        return answer.status, answer.headers, json.loads(text) if is_json and text else text


def sign_up(url, password="a long sentence", ca=None):
    """A new account: its login and a token."""
    login = f"{uuid.uuid4()}@example.org"
    status, _, said = Client(url, ca=ca).call(
        "POST", "/api/v1/accounts", {"login": login, "password": password})
    assert status == 201, said
    return login, said["token"]


def whole_list(url, token, ca=None):
    items, path = [], "/api/v1/todos?limit=500"
    while path:
        status, _, said = Client(url, token, ca).call("GET", path)
        assert status == 200, said
        items += said["items"]
        path = said["next"] and f"/api/v1/todos?limit=500&cursor={said['next']}"
    return items


class Probe:
    """with Probe(url, token) as probe: …; then look at it.

    answers: (kind, seconds, moment of the answer) of those that went well
    failures: (kind, status or None, headers, body or exception) of the others
    stumbles: (kind, moment when it was due, what happened) of each attempt that failed;
              with again=True a request has a second one, and may yet be an answer
    written: {id: value acknowledged last}, posted: {title}, both for compare()
    """

    def __init__(self, url, token, rate=200, mix=MIX, ca=None, again=False,
                 pages=0, in_turn=False):
        self.url, self.token, self.rate, self.mix, self.ca = url, token, rate, mix, ca
        self.pages = pages
        self.attempts = 2 if again else 1
        self.names = Names(in_turn)
        self.answers, self.failures, self.stumbles = [], [], []
        self.written, self.posted = {}, set()
        self.unsure = {}       # {id or title: values whose write was not acknowledged}
        self.seq = 0           # the highest acknowledged
        self.numbers = itertools.count()
        self.changed = threading.Condition()
        self.ended = threading.Event()

    def __enter__(self):
        self.start, self.stopped = time.monotonic(), float("inf")
        self.threads = [threading.Thread(target=self.work, daemon=True)
                        for _ in range(CONNECTIONS)]
        if self.pages:
            self.threads.append(threading.Thread(target=self.load_pages, daemon=True))
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        """Nothing new; what is under way is waited for."""
        self.stopped = time.monotonic()
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def work(self):
        client, own = Client(self.url, self.token, self.ca, self.names), []
        for number in self.numbers:
            due = self.start + number / self.rate
            if self.ended.wait(max(0, due - time.monotonic())):
                return
            self.ask(client, self.kind(number, own), number, own, due)

    def kind(self, number, own):
        kind = self.mix[number % len(self.mix)]
        if kind in ("put", "post") and len(self.written) + len(self.posted) >= MOST:
            kind = "patch"
        return "put" if kind == "patch" and not own else kind

    def ask(self, client, kind, number, own, due):
        """own: the ids that this thread made. Nobody else changes them, so what was
        acknowledged last is what the list must show."""
        value = f"value {number}"
        ident = own[number % len(own)] if kind == "patch" else str(uuid.uuid4())
        for attempt in range(self.attempts):
            answer, wrong = self.attempt(client, kind, ident, value)
            if not wrong:
                break
            self.stumbles.append((kind, due, f"{answer[0]} {answer[2]}"))
            if attempt + 1 < self.attempts:
                client.http.close()
        with self.changed:
            if wrong:
                self.failures.append((kind, *answer))
                if kind != "list":
                    self.unsure.setdefault(value if kind == "post" else ident, []).append(value)
            else:
                now = time.monotonic()
                self.answers.append((kind, now - due, now))
                self.acknowledge(kind, ident, value, answer[2], own)
            self.changed.notify_all()

    def attempt(self, client, kind, ident, value):
        """What was answered, and whether that is wrong."""
        body = {"title": value, "note": value}
        seen = self.seq
        try:
            if kind == "list":
                answer = client.call("GET", "/api/v1/todos?limit=20")
            elif kind == "post":
                key = ident if self.attempts > 1 else None
                answer = client.call("POST", "/api/v1/todos", body, key)
            else:
                answer = client.call(kind.upper(), f"/api/v1/todos/{ident}", body)
            return answer, self.wrong(kind, answer, value, seen)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return (None, {}, error), True

    def wrong(self, kind, answer, value, seen):
        """Not 2xx, or not what was asked for: another text, or an older list than one
        that was acknowledged before the question."""
        status, _, said = answer
        if not 200 <= status < 300:
            return True
        if kind == "list":
            halves = [item for item in said["items"] if item["title"] != item["note"]]
            return said["seq"] < seen or bool(halves)
        return said["title"] != value or said["note"] != value

    def acknowledge(self, kind, ident, value, said, own):
        self.seq = max(self.seq, said["seq"])
        if kind == "post":
            self.posted.add(value)
        elif kind != "list":
            self.written[ident] = value
            self.unsure.pop(ident, None)
            if kind == "put":
                own.append(ident)

    def load_pages(self):
        client = Client(self.url, ca=self.ca, names=self.names)
        while not self.ended.wait(1 / self.pages):
            due = time.monotonic()
            for _ in range(self.attempts):
                answer = self.load_page(client)
                if answer[0] == 200:
                    break
                self.stumbles.append(("page", due, f"{answer[0]} {answer[2]}"))
                client.http.close()
            with self.changed:
                if answer[0] == 200:
                    self.answers.append(("page", time.monotonic() - due, time.monotonic()))
                else:
                    self.failures.append(("page", *answer))

    def load_page(self, client):
        try:
            return client.call("GET", "/")
        except (OSError, http.client.HTTPException, ValueError) as error:
            return None, {}, error

    def wait_answers(self, count, patience=60):
        """Until so many more requests have gone well."""
        with self.changed:
            wanted = len(self.answers) + count
            assert self.changed.wait_for(lambda: len(self.answers) >= wanted, patience), \
                f"no {count} answers in {patience} s; {self}"

    def compare(self, items):
        """What is wrong with the list, as sentences; an empty list when nothing is."""
        there = {item["id"]: item["title"] for item in items}
        titles = [item["title"] for item in items]
        complaints = [f"half written: {item}" for item in items if item["title"] != item["note"]]
        complaints += [f"twice: {title}" for title in set(titles) if titles.count(title) > 1]
        complaints += [f"lost: {title}" for title in self.posted - set(titles)]
        for ident, value in self.written.items():
            if there.get(ident) not in (value, *self.unsure.get(ident, [])):
                complaints.append(f"{ident} is {there.get(ident)!r} instead of {value!r}")
        for ident, title in there.items():
            known = ident in self.written or title in self.posted
            if not known and title not in self.unsure.get(ident, self.unsure.get(title, [])):
                complaints.append(f"never sent: {ident} {title!r}")
        return complaints

    def figures(self):
        """count, failures, p50, p99, longest gap between good answers; seconds. stumbles:
        requests of which an attempt failed."""
        times = sorted(seconds for _, seconds, _ in self.answers) or [float("nan")]
        moments = [self.start, *sorted(moment for _, _, moment in self.answers
                                       if moment < self.stopped)]
        return {"count": len(self.answers) + len(self.failures), "failures": len(self.failures),
                "stumbles": len({due for _, due, _ in self.stumbles}),
                "p50": times[len(times) // 2], "p99": times[len(times) * 99 // 100],
                "longest": times[-1],
                "gap": max((b - a for a, b in zip(moments, moments[1:])), default=0)}

    def __str__(self):
        one = self.figures()
        again = f" ({one['stumbles']} at the first attempt)" if self.attempts > 1 else ""
        failed = "".join(f"\n  {kind}: {status} {body}"
                         for kind, status, _, body in self.failures[:5])
        return (f"{one['count']} requests, {one['failures']} failures{again}, "
                f"p50 {one['p50'] * 1000:.1f} ms, p99 {one['p99'] * 1000:.1f} ms, "
                f"longest {one['longest'] * 1000:.0f} ms, "
                f"longest gap {one['gap'] * 1000:.0f} ms{failed}")


def obey(probe, lines):
    """What tests/environment/load.py asks for."""
    for line in lines:
        try:
            probe.wait_answers(int(line))
            print("ok", flush=True)
        except AssertionError as error:
            print(str(error).replace("\n", ";"), flush=True)


def complaints(probe):
    if not probe.seq:  # the token is no good: nothing was acknowledged
        return []
    return probe.compare([item for item in whole_list(probe.url, probe.token, probe.ca)
                          if item["title"].startswith("value ")])


def told(failure):
    """It in words of JSON."""
    kind, status, headers, said = failure
    return kind, status, dict(headers.items()), said if isinstance(said, dict) else str(said)


def report(probe):
    return {"text": str(probe), "figures": probe.figures(), "complaints": complaints(probe),
            "stumbles": probe.stumbles, "answers": probe.answers,
            "failures": list(map(told, probe.failures))}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--token")
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--ca")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--pages", type=float, default=0)
    parser.add_argument("--in-turn", action="store_true")
    given = parser.parse_args()
    token = given.token or sign_up(given.url, ca=given.ca)[1]
    with Probe(given.url, token, given.rate, ca=given.ca, again=given.again,
               pages=given.pages, in_turn=given.in_turn) as probe:
        if given.seconds is None:
            obey(probe, sys.stdin)
        else:
            time.sleep(given.seconds)
    if given.seconds is None:
        print(json.dumps(report(probe)))
        return 0
    wrong = complaints(probe)
    print(probe, *wrong, sep="\n")
    return 1 if probe.failures or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
