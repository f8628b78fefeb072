"""Heavy answers, as many at once as one client can read, and what is done to a large account."""

import collections
import http.client
import threading
import time

from wire import Wire

READERS = 8
BROKEN = "answer that is no JSON"


def hammer(target, over, ask, clients=READERS):
    """ask(wire) on as many kept connections, again and again until over; Counter of what it
    returned. What is under way then is cut."""
    seen = collections.Counter()
    wires = [Wire(target.url, target.source, target.token, 30) for _ in range(clients)]

    def work(wire):
        while not over.is_set():
            try:
                what = ask(wire)
            except (OSError, http.client.HTTPException) as error:
                what = type(error).__name__
            except ValueError:
                what = BROKEN
            if not over.is_set():
                seen[what] += 1
            if what not in (200, 201, 304):
                over.wait(0.01)
    threads = [threading.Thread(target=work, args=(wire,), daemon=True) for wire in wires]
    for thread in threads:
        thread.start()
    over.wait()
    while any(thread.is_alive() for thread in threads):
        for wire in wires:
            wire.cut()
        time.sleep(0.01)
    return seen


def counted(seen):
    return ", ".join(f"{count} x {what}" for what, count in seen.most_common(4)) or "nothing"


def get(path, fields=()):
    return lambda wire: wire.call("GET", path, fields=fields)[0]


def lists(path):
    """What is answered with 200 is a whole list."""
    def attack(target, over):
        seen = hammer(target, over, get(path))
        return counted(seen), seen[BROKEN] == 0
    return attack


def expect(target, over):
    """A request without a body that announces one: the answer may be cut off."""
    def ask(wire):
        wire.http.timeout = 5
        status = wire.call("GET", "/api/v1/todos?limit=500", fields={"Expect": "100-continue"})[0]
        return status if status < 500 else f"status {status}"
    seen = hammer(target, over, ask)
    cut = seen["IncompleteRead"] + seen["TimeoutError"] + seen["timeout"]
    return f"{counted(seen)}; cut off: {cut}", cut == 0


def clear(target, over):
    """Everything in it is done."""
    def ask(wire):
        return wire.call("POST", "/api/v1/todos/clear-completed")[0]
    seen = hammer(target, over, ask, 2)
    return counted(seen), bool(seen) and not any(isinstance(what, str) or what >= 500
                                                 for what in seen)


def leave(target, over):
    """Until the account has gone."""
    wire, seen = Wire(target.url, target.source, target.token, 30), collections.Counter()
    started = time.monotonic()
    while not over.is_set() and not {204, 401} & set(seen):
        try:
            status = wire.call("DELETE", "/api/v1/account", {"password": target.password})[0]
        except (OSError, http.client.HTTPException) as error:
            status = type(error).__name__
        seen[status] += 1
        over.wait(0 if status == 204 else 1)
    took = time.monotonic() - started
    over.wait()
    return f"{counted(seen)}, {took:.1f} s", set(seen) <= {204, 202}
