"""One account asks for much: it waits behind itself, and nobody else behind it."""

import concurrent.futures
import pathlib

import pytest
from client import Client
from database import holding_counter, program, waiting_for_locks
from waiting import wait_for


@pytest.fixture
def instance(stack):
    return stack.instances("api")[0]


@pytest.fixture
def near(stack, instance):
    """near(client): the same account, at the instance itself."""
    def near(client):
        return Client(stack, (instance["address"], instance["port"]), token=client.token)
    return near


def threads(stack, instance):
    """Of its program todo."""
    environment = pathlib.Path(f"/proc/{program(stack, instance, 'todo')}/environ").read_text()
    return int(environment.split("\0THREADS=")[1].split("\0")[0])


def test_a_heavy_account_leaves_threads_to_others(stack, instance, me, other, near):
    half = (threads(stack, instance) + 1) // 2
    other.add("light")
    with concurrent.futures.ThreadPoolExecutor(4 * half) as pool, \
            holding_counter(stack, me.account["id"]):
        writes = [pool.submit(near(me).post, "/api/v1/todos", {"title": "heavy"})
                  for _ in range(4 * half)]
        wait_for(lambda: len(waiting_for_locks(stack)) >= half)
        seen = []
        for _ in range(10):
            assert near(other).get("/api/v1/todos").json["items"][0]["title"] == "light"
            seen.append(len(waiting_for_locks(stack)))
    assert max(seen) <= half, seen
    # (Those that waited for their turn until nobody waited for them are refused.)
    assert {write.result().status for write in writes} <= {201, 503}
    wait_for(lambda: near(me).post("/api/v1/todos", {"title": "later"}).status == 201)


def test_of_many_at_once_everybody_is_answered(stack, me, other, near):
    """More than there are threads, of two accounts, each its own list."""
    me.add("mine")
    other.add("other's")
    with concurrent.futures.ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda number: near(other if number % 6 == 0 else me)
                                .get("/api/v1/todos").json["items"][0]["title"], range(240)))
    assert answers == ["other's" if number % 6 == 0 else "mine" for number in range(240)]
