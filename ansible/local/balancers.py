"""The HAProxy processes: a balancer `app` and a balancer `api` on each address."""

import dataclasses
import os
import pathlib
import resource

import alive
import dns
from environment import ROOT
from processes import Service

FILES = ["global", "sorry", "edge", "group", "balancer"]
HERE = pathlib.Path()  # paths that begin at the state directory, where the servers run
INSIDE = 2000          # connections between the files' own listeners
# The default one first.
GROUPS = {"app": ["web", "api"], "api": ["api"]}


@dataclasses.dataclass(frozen=True)
class Balancer:
    name: str                # app, api, app-2, api-2, …
    record: str              # app or api: its name in the zone
    address: str             # of the listener
    port: int
    stats: int               # port of the statistics, on 127.0.0.1
    socket: pathlib.Path     # HAProxy's runtime socket
    servers: pathlib.Path    # the server-state file it reads when it starts


def all_of(state, environment):
    ports = environment["ports"]
    for number, address in enumerate(environment["listen"]):
        for offset, record in enumerate(GROUPS):
            name = record if number == 0 else f"{record}-{number + 1}"
            yield Balancer(name, record, address, ports[record],
                           ports["stats"] + 2 * number + offset,
                           state / f"run/{name}.sock", state / f"run/{name}.servers")


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


def group_settings(name, group):
    check = group["health_check"]
    return {
        f"{name.upper()}_CHECK_PATH": check["path"],
        f"{name.upper()}_CHECK_INTERVAL": check["interval"],
        f"{name.upper()}_HEALTHY": str(check["healthy"]),
        f"{name.upper()}_UNHEALTHY": str(check["unhealthy"]),
        f"{name.upper()}_SLOW_START": group["slow_start"],
    }


def most_connections():
    """Of clients, as `ulimit -n` allows: each has a descriptor, and may want another one."""
    return max(100, resource.getrlimit(resource.RLIMIT_NOFILE)[1] // 2 - INSIDE - 200)


def settings(balancer, environment):
    """What the files in haproxy/ leave open; global.cfg lists it."""
    limits, groups = environment["balancer"], environment["groups"]
    connections = min(limits["connections"], most_connections())
    return {
        "PATH": os.environ["PATH"],
        "RECORD": balancer.record,
        "BIND": f"{balancer.address}:{balancer.port}",
        "STATS_BIND": f"127.0.0.1:{balancer.stats}",
        "ADMIN": str(balancer.socket),
        "ADMIN_MODE": "600",
        "RULES": "rules",  # beside the files (default-path config)
        "DEFAULT_GROUP": GROUPS[balancer.record][0],
        "SERVERS": str(balancer.servers),
        "SLOTS": str(limits["slots"]),
        "LOGIN_RATE": str(limits["login_rate"]),
        "WRITE_RATE": str(limits["write_rate"]),
        "WRITE_BYTES": str(limits["write_rate"] * 1024),
        "CONNECTIONS": str(connections),
        "CONNECTIONS_ALL": str(connections + INSIDE),
        "CONNECTIONS_PER_ADDRESS": str(limits["connections_per_address"]),
        "REQUESTS_PER_ADDRESS": str(limits["requests_per_address"]),
        "CONNECT_TIMEOUT": limits["connect_timeout"],
        # No origin is called so; an empty list would be a wrong file.
        "CORS_ORIGINS": " ".join(limits["cors_origins"]) or "nobody",
    } | group_settings("web", groups["web"]) | group_settings("api", groups["api"])


def service(state, balancer, environment):
    url = f"http://{dns.answer(balancer.address)}:{balancer.port}"
    return Service(state, f"balancer-{balancer.name}", argv(balancer),
                   settings(balancer, environment),
                   alive=lambda: alive.haproxy(state / balancer.socket, url))


def services(state, environment):
    return [service(state, balancer, environment) for balancer in all_of(HERE, environment)]
