"""Nothing is replaced for a fault that another instance would have as well; what has
ended is replaced at once, and nothing else with it."""

import contextlib
import json
import os
import pathlib
import signal

import pytest
from database import stopped
from probe import Probe, sign_up
from stack import Stack
from waiting import wait_for

WANTED = 3


@pytest.fixture(scope="module")
def stack():
    with Stack(groups={"api": {"desired": WANTED}}) as running:
        yield running


@pytest.fixture(autouse=True)
def settled(stack):
    stack.asg("wait")
    wait_for(lambda: begun(stack) == over(stack))


@pytest.fixture
def probe(stack):
    """Its failures are the database's own absence: others count them (test_failure.py)."""
    url = stack.url("app")
    with Probe(url, sign_up(url)[1], rate=60) as probe:
        probe.wait_answers(30)
        yield probe


class Done:
    """What was launched and terminated from here on."""

    def __init__(self, stack):
        self.stack = stack
        self.before = self.all()
        self.members = sorted(instance["id"] for instance in stack.instances("api"))

    def all(self):
        return [event for event in history(self.stack) if event["kind"] != "note"]

    def counts(self):
        done = [event["kind"] for event in self.all()[len(self.before):]]
        return done.count("launch"), done.count("terminate")

    def nothing(self):
        now = sorted(instance["id"] for instance in self.stack.instances("api"))
        assert (self.counts(), now) == ((0, 0), self.members), history(self.stack)[-12:]

    def only(self, victims):
        """Each of these was replaced, and nothing else."""
        self.stack.asg("wait")
        wait_for(lambda: self.counts()[1] >= len(victims))
        assert self.counts() == (len(victims), len(victims)), history(self.stack)[-12:]
        now = {instance["id"] for instance in self.stack.instances("api")}
        assert set(self.members) - now == set(victims)


def history(stack):
    return [json.loads(line)
            for line in stack.asg("events", "--json", "--limit", 1000).splitlines()]


def notes(stack, words):
    return [event for event in history(stack) if words in event.get("text", "")]


def begun(stack):
    return len(notes(stack, "instances say that the database is away")
               + notes(stack, "instances are out of order at once"))


def over(stack):
    return len(notes(stack, "most instances are in order again, after "))


def health(stack):
    return [each["health"] for each in stack.group("api")["instances"]
            if each["state"] == "InService"]


def database(stack):
    """Its process; 0 while it is just writing that down."""
    with contextlib.suppress(OSError):
        return int((stack.state / "mysql.pid").read_text() or 0)
    return 0


def balancer(stack, name):
    """Its master and workers."""
    master = int((stack.state / f"run/balancer-{name}.pid").read_text().split()[0])
    workers = pathlib.Path(f"/proc/{master}/task/{master}/children").read_text().split()
    return master, *map(int, workers)


def kill(stack, victims):
    for victim in victims:
        for pid in stack.processes(stack.state / "instances" / victim):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def test_a_database_that_hangs_replaces_nothing(stack, probe):
    for _ in range(3):
        done, before = Done(stack), (begun(stack), over(stack))
        with stopped(database(stack)):
            wait_for(lambda: health(stack) == ["not ready"] * WANTED)
            wait_for(lambda: begun(stack) > before[0])
        wait_for(lambda: over(stack) > before[1])
        assert health(stack) == ["healthy"] * WANTED
        # Once it was told, and once that it is over.
        assert (begun(stack), over(stack)) == (before[0] + 1, before[1] + 1)
        done.nothing()


def test_a_database_that_is_restarted_replaces_nothing(stack, probe):
    done = Done(stack)
    for _ in range(5):
        before = database(stack)
        os.kill(before, signal.SIGKILL)
        wait_for(lambda was=before: database(stack) not in (0, was))
        wait_for(lambda: health(stack) == ["healthy"] * WANTED)
        probe.wait_answers(60)
    done.nothing()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_what_is_killed_is_replaced_and_nothing_else(stack, probe, count):
    done = Done(stack)
    victims = done.members[:count]
    kill(stack, victims)
    done.only(victims)


def test_one_that_is_killed_while_the_database_hangs_is_replaced_alone(stack, probe):
    done = Done(stack)
    victim = done.members[0]
    with stopped(database(stack)):
        wait_for(lambda: health(stack) == ["not ready"] * WANTED)
        kill(stack, [victim])
        # The new one is there before the database is, and waits for it.
        wait_for(lambda: [each["health"] for each in stack.group("api")["instances"]
                          if each["state"] == "Pending"] == ["not ready"])
    done.only([victim])


def test_one_that_hangs_is_replaced(stack, probe):
    """By itself it is at fault, whatever it hangs for."""
    done = Done(stack)
    victim = done.members[0]
    for pid in stack.processes(stack.state / "instances" / victim):
        os.kill(pid, signal.SIGSTOP)
    wait_for(lambda: not (stack.state / "instances" / victim).exists(), 40)
    done.only([victim])


@pytest.mark.parametrize("name", ["app", "api"])
def test_a_balancer_that_hangs_replaces_nothing(stack, name):
    """Nor when it goes on, with checks that are all late; it is told once."""
    done, words = Done(stack), f"balancer {name} "
    before = len(notes(stack, words))
    with contextlib.ExitStack() as held:
        for pid in balancer(stack, name):
            held.enter_context(stopped(pid))
        wait_for(lambda: notes(stack, words + "does not answer"))
    wait_for(lambda: notes(stack, words + "answers again, after "))
    wait_for(lambda: health(stack) == ["healthy"] * WANTED)
    assert len(notes(stack, words)) == before + 2
    done.nothing()


def test_what_takes_all_of_them_for_a_moment_replaces_nothing(stack):
    """As a machine that has no time for them: they run, and none of them answers."""
    done, before = Done(stack), (begun(stack), over(stack))
    with contextlib.ExitStack() as held:
        for instance in stack.instances("api"):
            for pid in stack.processes(instance["directory"]):
                held.enter_context(stopped(pid))
        wait_for(lambda: health(stack) == ["unhealthy"] * WANTED)
        wait_for(lambda: begun(stack) > before[0])
    wait_for(lambda: over(stack) > before[1])
    done.nothing()
