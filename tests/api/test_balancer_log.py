"""What a balancer says of its servers stands in its log, each time once."""

import signal

from heal import end_of, hit
from stack import Stack
from waiting import wait_for


def said(stack, name):
    return (stack.state / f"log/balancer-{name}.log").read_text().splitlines()


def test_a_server_that_goes_is_told_once():
    with Stack() as stack:
        before = {name: len(said(stack, name)) for name in ("app", "api")}
        victim = hit(stack, signal.SIGKILL)
        end_of(stack, victim)
        for name, count in before.items():
            wait_for(lambda: any("is DOWN" in line for line in said(stack, name)[count:]))
            # On standard error and to its log, that would be: the same without the level.
            lines = said(stack, name)[count:]
            assert not [line for line in lines if line.startswith("Server ")], "\n".join(lines)
