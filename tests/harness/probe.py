#!/usr/bin/python3
"""An open-loop probe: so many requests a second, whether the last ones were answered
or not, and a count of every answer.

  probe.py --url http://127.0.0.1:8080 --token TOKEN --seconds 10 [--rate 200]

A request's time runs from the moment when it was due, so that waiting for a free
connection counts. Exit status: 0 nothing failed, 1 something did.
"""

import argparse
import http.client
import itertools
import json
import sys
import threading
import time
import urllib.parse
import uuid

CONNECTIONS = 48
PATIENCE = 30  # seconds for an answer
MIX = ("list", "put", "list", "patch", "list", "post", "list", "put", "list", "patch")


class Client:
    """One kept connection."""

    def __init__(self, url, token=None):
        self.token = token
        self.http = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=PATIENCE)

    def call(self, method, path, body=None):
        """(status, headers, what the JSON says)."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
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


def sign_up(url, password="a long sentence"):
    """A new account: its login and a token."""
    login = f"{uuid.uuid4()}@example.org"
    status, _, said = Client(url).call(
        "POST", "/api/v1/accounts", {"login": login, "password": password})
    assert status == 201, said
    return login, said["token"]


def whole_list(url, token):
    items, path = [], "/api/v1/todos?limit=500"
    while path:
        status, _, said = Client(url, token).call("GET", path)
        assert status == 200, said
        items += said["items"]
        path = said["next"] and f"/api/v1/todos?limit=500&cursor={said['next']}"
    return items


class Probe:
    """with Probe(url, token) as probe: …; then look at it.

    answers: (kind, seconds, moment of the answer) of those that went well
    failures: (kind, status or None, headers, body or exception) of the others
    written: {id: value acknowledged last}, posted: {title}, both for compare()
    """

    def __init__(self, url, token, rate=200, mix=MIX):
        self.url, self.token, self.rate, self.mix = url, token, rate, mix
        self.answers, self.failures = [], []
        self.written, self.posted = {}, set()
        self.unsure = {}       # {id or title: values whose write was not acknowledged}
        self.seq = 0           # the highest acknowledged
        self.numbers = itertools.count()
        self.changed = threading.Condition()
        self.ended = threading.Event()

    def __enter__(self):
        self.start = time.monotonic()
        self.threads = [threading.Thread(target=self.work, daemon=True)
                        for _ in range(CONNECTIONS)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        """Nothing new; what is under way is waited for."""
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def work(self):
        client, own = Client(self.url, self.token), []
        for number in self.numbers:
            due = self.start + number / self.rate
            if self.ended.wait(max(0, due - time.monotonic())):
                return
            kind = self.mix[number % len(self.mix)]
            self.ask(client, kind if own or kind != "patch" else "put", number, own, due)

    def ask(self, client, kind, number, own, due):
        """own: the ids that this thread made. Nobody else changes them, so what was
        acknowledged last is what the list must show."""
        value = f"value {number}"
        body = {"title": value, "note": value}
        ident = own[number % len(own)] if kind == "patch" else str(uuid.uuid4())
        seen = self.seq
        try:
            if kind == "list":
                answer = client.call("GET", "/api/v1/todos?limit=20")
            elif kind == "post":
                answer = client.call("POST", "/api/v1/todos", body)
            else:
                answer = client.call(kind.upper(), f"/api/v1/todos/{ident}", body)
            wrong = self.wrong(kind, answer, value, seen)
        except (OSError, http.client.HTTPException, ValueError) as error:
            answer, wrong = (None, {}, error), True
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
        """count, failures, p50, p99, longest gap between good answers; seconds."""
        times = sorted(seconds for _, seconds, _ in self.answers) or [float("nan")]
        moments = [self.start, *sorted(moment for _, _, moment in self.answers)]
        return {"count": len(self.answers) + len(self.failures), "failures": len(self.failures),
                "p50": times[len(times) // 2], "p99": times[len(times) * 99 // 100],
                "longest": times[-1],
                "gap": max((b - a for a, b in zip(moments, moments[1:])), default=0)}

    def __str__(self):
        one = self.figures()
        failed = "".join(f"\n  {kind}: {status} {body}"
                         for kind, status, _, body in self.failures[:5])
        return (f"{one['count']} requests, {one['failures']} failures, "
                f"p50 {one['p50'] * 1000:.1f} ms, p99 {one['p99'] * 1000:.1f} ms, "
                f"longest {one['longest'] * 1000:.0f} ms, "
                f"longest gap {one['gap'] * 1000:.0f} ms{failed}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rate", type=float, default=200)
    given = parser.parse_args()
    with Probe(given.url, given.token, given.rate) as probe:
        time.sleep(given.seconds)
    print(probe)
    complaints = []
    if probe.seq:  # the token was good: something was acknowledged
        complaints = probe.compare([item for item in whole_list(given.url, given.token)
                                    if item["title"].startswith("value ")])
    print(*complaints, sep="\n", end="\n" if complaints else "")
    return 1 if probe.failures or complaints else 0


if __name__ == "__main__":
    sys.exit(main())
