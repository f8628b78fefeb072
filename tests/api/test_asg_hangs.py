"""An asg that hangs while it holds the lock of the passes is killed by the next one; one that
gets on is waited for."""

import contextlib
import os
import signal
import subprocess

import pytest
from stack import ROOT, Stack
from waiting import wait_for


@pytest.fixture(scope="module")
def stack():
    with Stack() as running:
        yield running


def holder(stack):
    """(pid, how far it has got)."""
    pid, _, beats = (stack.state / "asg/lock").read_text().split()
    return int(pid), int(beats)


@contextlib.contextmanager
def another(stack, seconds):
    child = subprocess.Popen([ROOT / "build/bin/asg", "-s", stack.state, "reconcile", "--for", str(seconds)],
                             stderr=subprocess.PIPE, text=True)
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def test_one_that_gets_on_is_waited_for(stack):
    before, beats = holder(stack)
    with another(stack, 0) as child:
        assert child.wait() == 111 and "another asg is at work" in child.stderr.read()
    now, later = holder(stack)
    assert later > beats or now != before


def test_one_that_hangs_is_killed_by_the_next(stack):
    hangs, _ = holder(stack)
    # (The runner, which would end it too, is kept from that.)
    os.kill(stack.runner.pid, signal.SIGSTOP)
    os.kill(hangs, signal.SIGSTOP)
    try:
        with another(stack, 40) as child:
            wait_for(lambda: holder(stack)[0] == child.pid, 60)
            victim = stack.instances("api")[0]["id"]
            stack.asg("terminate", victim)
            wait_for(lambda: victim not in [one["id"] for one in stack.instances("api")], 60)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(hangs, signal.SIGCONT)
        os.kill(stack.runner.pid, signal.SIGCONT)
