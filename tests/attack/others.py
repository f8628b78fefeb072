"""The others: people with lists of their own who read, add and check off at a steady rate,
whether the last requests were answered or not."""

import contextlib
import dataclasses
import http.client
import itertools
import os
import threading
import time
import uuid

from wire import Wire

RATE = 50
THREADS = 2        # of an account: connections, as a browser has them
PATIENCE = 5       # seconds, then an answer counts as none
MIX = ("list", "add", "list", "check", "list")


@dataclasses.dataclass
class Asked:
    kind: str
    due: float           # monotonic time when it was due
    end: float           # when it was answered, or given up
    status: int | None   # None: no answer
    honest: bool         # 503 or 429 that says when to try again

    seconds = property(lambda self: self.end - self.due)
    good = property(lambda self: self.status in (200, 201, 204))


class Others:
    """with Others(url, accounts) as others: …; others.asked is what became of it."""

    def __init__(self, url, accounts, rate=RATE, patience=PATIENCE):
        self.url, self.accounts, self.rate, self.patience = url, accounts, rate, patience
        self.asked = []
        self.waiting = {}      # {number: moment when it was due}
        self.numbers = itertools.count()
        self.over = threading.Event()

    def __enter__(self):
        self.start = time.monotonic()
        self.threads = [threading.Thread(target=self.work, args=(account,), daemon=True)
                        for _ in range(THREADS) for account in self.accounts]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def work(self, account):
        # On machines of their own they would not be short of CPU.
        with contextlib.suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), -10)
        wire, own = Wire(self.url, account["source"], account["token"], self.patience), []
        for number in self.numbers:
            due = self.start + number / self.rate
            if self.over.wait(max(0, due - time.monotonic())):
                break
            self.waiting[number] = due
            self.ask(wire, MIX[number % len(MIX)], due, own)
            del self.waiting[number]
        wire.close()

    def ask(self, wire, kind, due, own):
        kind = "add" if kind == "check" and not own else kind
        status, honest = None, False
        try:
            # Behind others of the same people for so long: given up before it was sent.
            if time.monotonic() - due > self.patience:
                raise TimeoutError
            status, headers, _ = request(wire, kind, own)
            honest = status in (429, 503) and "Retry-After" in headers
        except (OSError, http.client.HTTPException, ValueError):
            pass
        self.asked.append(Asked(kind, due, time.monotonic(), status, honest))

    def between(self, start, end):
        """Those that were due then."""
        return [one for one in list(self.asked) if start <= one.due < end]

    def last_bad(self, since, slow):
        """When the last one ended, since then, that failed or took longer; now, when one
        still waits for so long."""
        now = time.monotonic()
        if any(now - due > slow for due in list(self.waiting.values())):
            return now
        return max((one.end for one in list(self.asked)
                    if one.end > since and (not one.good or one.seconds > slow)), default=since)


def request(wire, kind, own):
    if kind == "list":
        return wire.call("GET", "/api/v1/todos?limit=20")
    if kind == "add":
        ident = str(uuid.uuid4())
        answer = wire.call("PUT", f"/api/v1/todos/{ident}", {"title": "milk"})
        if answer[0] == 201:
            own.append(ident)
        return answer
    return wire.call("PATCH", f"/api/v1/todos/{own[-1]}", {"done": True})


def p99(asked):
    """Of lists, seconds; what was not answered took as long as was waited."""
    times = sorted(one.seconds for one in asked if one.kind == "list")
    return times[len(times) * 99 // 100] if times else float("nan")
