"""What most tests of the API begin with: an environment, and clients of it."""

import json
import os
import pathlib
import tempfile

import client
import pytest
from client import Client
from stack import Stack


def pytest_sessionfinish():
    """For the test of what all modules have seen together (test_promised.py)."""
    if "SEEN" in os.environ:
        pathlib.Path(os.environ["SEEN"], f"{os.getpid()}.json").write_text(
            json.dumps(sorted(client.seen)))


@pytest.fixture(scope="session")
def stack():
    with Stack() as running:
        yield running


@pytest.fixture(scope="module")
def open_directory():
    """That others may enter and write to too: the programs run as another user when this is
    root. (What is above pytest's own is closed again by each run of it that begins.)"""
    with tempfile.TemporaryDirectory(prefix="allday-open-") as made:
        directory = pathlib.Path(made)
        directory.chmod(0o777)
        yield directory


@pytest.fixture(params=["api", "app"])
def balancer(request):
    return request.param


@pytest.fixture
def anybody(stack):
    """A client that is not logged in."""
    return Client(stack)


@pytest.fixture
def me(anybody):
    """A client with an account of its own."""
    return anybody.sign_up()


@pytest.fixture
def other(anybody):
    return anybody.sign_up()


@pytest.fixture
def at(stack, me):
    """at(number): an instance, as this account."""
    def at(number):
        about = stack.instances("api")[number]
        return Client(stack, (about["address"], about["port"]), token=me.token)
    return at
