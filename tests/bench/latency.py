"""How long the list takes when others are there too: at half of capacity, beside clients
that are idle, slow, or log in without end."""

import contextlib
import resource
import selectors
import socket
import statistics
import subprocess
import tempfile
import threading
import uuid

import chain
from chain import SERVING, Result, lua, measure, ratio, table, told
from lists import CHANGING, TYPED
from stack import Stack

CONNECTIONS, ROUNDS = 64, 5
IDLE, SLOW, TICK, PIECE = 1000, 200, 0.1, 16


def paced(url, accounts, rate, path=CHANGING):
    """Work for measure() with CONNECTIONS: so many requests a second, at random moments."""
    return url, lua(accounts, path, pause=1000 * CONNECTIONS / rate), SERVING


@contextlib.contextmanager
def log_in_flood(stack):
    """So many at once, each again when it is answered: all that two hash at a time can do."""
    login = {"login": f"{uuid.uuid4()}@example.org", "password": "correct horse"}
    chain.call(stack, "POST", "/api/v1/accounts", login)
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(lua([("", "")], "/api/v1/sessions", "POST", login, TYPED))
        file.flush()
        child = subprocess.Popen(["wrk", "-t1", "-c32", "-d600s", "-s", file.name, stack.url("app")],
                                 stdout=subprocess.DEVNULL)
        try:
            yield
        finally:
            child.kill()
            child.wait()
    # Answered when those before it have been hashed.
    chain.call(stack, "POST", "/api/v1/sessions", login)


def request(token):
    return (f"GET /api/v1/todos HTTP/1.1\r\nHost: todo\r\nAuthorization: Bearer {token}\r\n\r\n"
            .encode())


@contextlib.contextmanager
def idle_clients(stack, token):
    """Each has had one answer."""
    resource.setrlimit(resource.RLIMIT_NOFILE,
                       (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    with contextlib.ExitStack() as connections:
        for _ in range(IDLE):
            client = connections.enter_context(
                socket.create_connection(("127.0.0.1", stack.ports["app"])))
            client.sendall(request(token))
            assert client.recv(65536).startswith(b"HTTP/1.1 200")
        yield


def dawdle(stack, token, over):
    """Sends a few bytes a tick, reads a few, and begins anew."""
    text = request(token)
    sent = {}
    waiting = selectors.DefaultSelector()
    for _ in range(SLOW):
        client = socket.create_connection(("127.0.0.1", stack.ports["app"]))
        sent[client] = 0
        waiting.register(client, selectors.EVENT_READ)
    while not over.wait(TICK):
        for key, _ in waiting.select(0):
            key.fileobj.recv(8 * PIECE)
            sent[key.fileobj] = sent[key.fileobj] if sent[key.fileobj] < len(text) else 0
        for client, place in sent.items():
            if place < len(text):
                sent[client] += client.send(text[place:place + PIECE])
    for client in sent:
        client.close()
    waiting.close()


@contextlib.contextmanager
def slow_clients(stack, token):
    over = threading.Event()
    thread = threading.Thread(target=dawdle, args=(stack, token, over))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def with_and_without(work, disturbance):
    """Rounds in turn: (Result without, with)."""
    without, beside = Result(), Result()
    for _ in range(ROUNDS):
        without.extend(measure({"": work}, 1, CONNECTIONS)[""])
        with disturbance():
            beside.extend(measure({"": work}, 1, CONNECTIONS)[""])
    return without, beside


def latency():
    with Stack(balancer=chain.LIMITS) as stack:
        accounts = chain.seed(stack)
        url, token = stack.url("app"), accounts[0][0]
        full = measure({"at capacity": (url, lua(accounts, CHANGING), SERVING)}, 3, CONNECTIONS)
        capacity = full["at capacity"].rate
        half = measure({"at half of it": paced(url, accounts, capacity / 2)}, ROUNDS, CONNECTIONS)
        table(full | half)
        p = half["at half of it"]
        ratio("p99-half-load", p.p99 / p.p50, 4)
        quarter = paced(url, accounts, capacity / 4)
        for name, what, disturbance, target in [
                ("idle-clients", f"beside {IDLE} idle clients",
                 lambda: idle_clients(stack, token), 1.2),
                ("slow-clients", f"beside {SLOW} slow clients",
                 lambda: slow_clients(stack, token), None),
                ("login-isolation", "beside a flood of log-ins",
                 lambda: log_in_flood(stack), 1.5)]:
            without, beside = with_and_without(quarter, disturbance)
            table({"alone": without, what: beside})
            value = statistics.median(b[1] / a[1] for a, b in
                                      zip(without.latencies, beside.latencies))
            if target:
                ratio(name, value, target)
            else:
                told(f"p99 {what}, of that without", f"{value:.2f}")


PARTS = {"latency": latency}
