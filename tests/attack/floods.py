"""Log-ins and writes without end."""

import collections
import http.client
import itertools
import threading
import time
import types
import uuid

import reading
from wire import Wire

NOTE = "😀" * 10000        # 40 kB, the longest there is
OWNER = "127.0.3.1"
MOST_WRITTEN = 300 * 1000 * 1000


def log_ins(target, over):
    """Of one client over all balancers; each try with another name. What is not refused
    with 429 was hashed."""
    seen, turn = collections.Counter(), itertools.count()
    wires = [[Wire(url, target.source, patience=30) for url in target.urls] for _ in range(8)]

    def work(mine):
        while not over.is_set():
            wire = mine[next(turn) % len(mine)]
            body = {"login": uuid.uuid4().hex, "password": "wrong horse"}
            try:
                seen[wire.call("POST", "/api/v1/sessions", body)[0]] += 1
            except (OSError, http.client.HTTPException) as error:
                seen[type(error).__name__] += 1
                over.wait(0.05)
    threads = [threading.Thread(target=work, args=(mine,), daemon=True) for mine in wires]
    for thread in threads:
        thread.start()
    over.wait()
    for thread in threads:
        thread.join(31)
    return (f"{seen[401]} tries of {target.login_rate} a minute; {reading.counted(seen)}",
            seen[401] <= target.login_rate)


def lock_out(target, over):
    """A stranger tries wrong passwords; may the owner, logged in, change the password?"""
    stranger, owner = Wire(target.url, target.source), Wire(target.url, OWNER, target.token)
    tries = [stranger.call("POST", "/api/v1/sessions", {"login": target.login, "password": "x"})[0]
             for _ in range(10)]
    status = owner.call("PUT", "/api/v1/account/password", {
        "current_password": target.password, "new_password": target.password + " again"})[0]
    over.wait()
    return (f"{reading.counted(collections.Counter(tries))}; then the owner's change of password: "
            f"{status}", status == 204)


def write(target, over):
    """One account, the longest notes, as fast as they are taken."""
    said = types.SimpleNamespace(bytes=0)
    started = time.monotonic()

    def ask(wire):
        if said.bytes > MOST_WRITTEN:
            over.wait(1)
            return "enough"
        status = wire.call("PUT", f"/api/v1/todos/{uuid.uuid4()}", {"title": "x", "note": NOTE})[0]
        if status == 201:
            said.bytes += len(NOTE.encode())
        return status
    seen = reading.hammer(target, over, ask)
    seconds = time.monotonic() - started
    return (f"{said.bytes / 1e6:.0f} MB, {said.bytes / 1e6 / seconds:.1f} MB/s; "
            f"{reading.counted(seen)}"), None
