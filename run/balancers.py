"""The HAProxy processes: a balancer `app` and a balancer `api` on each address."""

import os
import pathlib
import resource

import alive
from environment import ROOT
from environment.balancers import INSIDE
from environment.local import GROUPS, all_balancers, answer, balancer_variables
from processes import Service

FILES = ["global", "sorry", "edge", "group", "balancer"]
HERE = pathlib.Path()  # paths that begin at the state directory, where the servers run


def argv(balancer):
    """SCHED_BATCH: servers on one machine do not preempt each other at every message (but who
    runs all of it at idle priority may not leave that).
    A master and its worker: SIGUSR2 reloads without losing a request. Whole paths: after
    `default-path config` HAProxy 3.0 looks for a relative second file beside the first."""
    names = FILES + [f"{group}-group" for group in GROUPS[balancer.record]]
    named = [word for name in names
             for word in ("-f", str(ROOT / f"haproxy/{name}.cfg"))]
    batch = [] if os.sched_getscheduler(0) == os.SCHED_IDLE else ["chrt", "--batch", "0"]
    return [*batch, "haproxy", "-W", "-db", *named]


def most_connections():
    """Of clients, as `ulimit -n` allows: each has a descriptor, and may want another one."""
    return max(100, resource.getrlimit(resource.RLIMIT_NOFILE)[1] // 2 - INSIDE - 200)


def settings(balancer, environment):
    return {"PATH": os.environ["PATH"]} | balancer_variables(environment, balancer, most_connections())


def service(state, balancer, environment):
    url = f"http://{answer(balancer.address)}:{balancer.port}"
    return Service(state, f"balancer-{balancer.name}", argv(balancer),
                   settings(balancer, environment),
                   alive=lambda: alive.haproxy(state / balancer.socket, url))


def services(state, environment):
    return [service(state, balancer, environment) for balancer in all_balancers(HERE, environment)]
