"""What a balancer says of its servers stands in its log, each time once."""

import os
import signal

from database import wait_for
from heal import end_of, hit
from stack import Stack


def said(stack, name):
    return (stack.state / f"log/balancer-{name}.log").read_text().splitlines()


def test_a_server_that_goes_is_told_once():
    with Stack() as stack:
        before = {name: len(said(stack, name)) for name in ("app", "api")}
        victim = hit(stack, signal.SIGKILL)
        end_of(stack, victim)
        for name, count in before.items():
            wait_for(lambda: any("is DOWN" in line for line in said(stack, name)[count:]))
            lines = said(stack, name)[count:]
            told = [line[line.index("Server api/"):] for line in lines if "Server api/" in line]
            assert len(told) == len(set(told)), os.linesep.join(lines)
