"""Done means done: asg takes a changed asg.json at once, and `asg wait` ends when what
was asked for is so, not before a pass has even seen it."""

import contextlib
import json
import os
import pathlib
import re

import pytest
from stack import Stack
from waiting import wait_for


@pytest.fixture(scope="module")
def stack():
    with Stack() as running:
        yield running


@pytest.fixture(autouse=True)
def settled(stack):
    stack.asg("wait")
    yield
    give(stack, api={"desired": 2})
    stack.asg("wait")


def replace(stack, text):
    new = stack.state / "asg.json.new"
    new.write_text(text)
    new.rename(stack.state / "asg.json")


def give(stack, **groups):
    """What asg reads, with those keys of groups."""
    environment = json.loads((stack.state / "asg.json").read_text())
    for name, keys in groups.items():
        environment["groups"].setdefault(name, {}).update(keys)
    replace(stack, json.dumps(environment))


def healthy(stack):
    return [one["id"] for one in stack.group("api")["instances"]
            if (one["state"], one["health"]) == ("InService", "healthy")]


def test_a_changed_file_is_waited_for(stack):
    reconcilers = [pid for pid, line in stack.processes().items() if " reconcile " in line]
    for desired in (3, 1, 2):
        give(stack, api={"desired": desired})
        stack.asg("wait")
        assert len(healthy(stack)) == desired
    # It took them itself: they did not wait for the next minute's.
    assert reconcilers == [pid for pid, line in stack.processes().items() if " reconcile " in line]


def settings(stack, ident):
    """Of its programs."""
    found = set()
    for pid in stack.processes():
        with contextlib.suppress(OSError):
            if os.readlink(f"/proc/{pid}/cwd") == f"{stack.state}/instances/{ident}":
                found |= set(pathlib.Path(f"/proc/{pid}/environ").read_text().split("\0"))
    return found


def test_a_file_with_other_settings_of_asg_is_waited_for(stack):
    """What says nothing of sizes shows in nothing but this."""
    path = stack.state / "asg.env"
    new = path.with_name("asg.env.new")
    new.write_text(re.sub("LOGIN_RATE=.*", "LOGIN_RATE=77", path.read_text()))
    new.rename(path)
    stack.asg("wait")
    [one] = healthy(stack)[:1]
    stack.asg("terminate", one)
    stack.asg("wait")
    with_it = {each["id"] for each in stack.group("api")["instances"] if "LOGIN_RATE=77" in settings(stack, each["id"])}
    assert len(with_it) == 1 and one not in with_it


def test_a_wrong_file_is_not_taken(stack):
    before, good = healthy(stack), (stack.state / "asg.json").read_text()
    history = stack.state / "asg/history"
    replace(stack, good[:len(good) // 2])
    wait_for(lambda: "is left as it was" in history.read_text())
    status, _, said = stack.asg("wait", "--for", "1", check=False)
    assert status == 111 and "asg.json" in said
    replace(stack, good)
    stack.asg("wait")
    assert healthy(stack) == before
    assert history.read_text().count("is left as it was") == 1


def test_a_termination_is_waited_for(stack):
    for _ in range(3):
        victim = healthy(stack)[0]
        stack.asg("terminate", victim)
        stack.asg("wait")
        there = {one["id"] for one in stack.group("api")["instances"]}
        assert victim not in there and len(healthy(stack)) == 2


def test_standby_is_waited_for(stack):
    one = healthy(stack)[0]
    stack.asg("standby", one)
    stack.asg("wait")
    assert len(healthy(stack)) == 2 and one not in healthy(stack)
    stack.asg("in-service", one)
    stack.asg("wait")
    assert len(healthy(stack)) == 2


def test_a_number_is_waited_for(stack):
    for desired in (4, 2):
        stack.asg("set-desired", "api", desired)
        stack.asg("wait")
        assert len(healthy(stack)) == desired


def test_it_says_what_is_missing(stack):
    victim = healthy(stack)[0]
    stack.asg("suspend", "api", "Terminate")
    stack.asg("terminate", victim)
    try:
        status, _, said = stack.asg("wait", "--for", "3", check=False)
    finally:
        stack.asg("resume", "api")
    assert status == 111 and victim in said and "terminated" in said, said


def test_it_notes_what_has_changed_alone(stack):
    def notes(word):
        events = map(json.loads, stack.asg("events", "--json", "--limit", "1000").splitlines())
        return [event for event in events if word in str(event)]
    stack.asg("suspend", "api", "AZRebalance")
    stack.asg("suspend", "api", "AZRebalance")
    stack.asg("resume", "api")
    assert len(notes("suspended the process AZRebalance")) == 1
    assert len(notes("resumed the process AZRebalance")) == 1
    assert not notes("resumed the process Launch")
