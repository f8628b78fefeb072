"""What follows from a file for `make run`: everything on this machine."""

import dataclasses
import pathlib
import socket

from environment import ROOT, balancers
from environment.hosts import DATABASE

# What each balancer leads to, the default first: the files in haproxy/ are of these two.
GROUPS = {"app": ["web", "api"], "api": ["api"]}


# ---- balancers


@dataclasses.dataclass(frozen=True)
class Balancer:
    name: str                # app, api, app-2, api-2, …
    record: str              # app or api: its name in the zone
    address: str             # of the listener
    port: int
    stats: int               # port of the statistics, on 127.0.0.1
    socket: pathlib.Path     # HAProxy's runtime socket
    servers: pathlib.Path    # the server-state file it reads when it starts


def all_balancers(state, environment):
    """A balancer `app` and a balancer `api` on each address. state: what the paths begin with."""
    ports = environment["ports"]
    for number, address in enumerate(environment["listen"]):
        for offset, record in enumerate(GROUPS):
            name = record if number == 0 else f"{record}-{number + 1}"
            yield Balancer(name, record, address, ports[record],
                           ports["stats"] + 2 * number + offset,
                           state / f"run/{name}.sock", state / f"run/{name}.servers")


def balancer_variables(environment, balancer, most):
    """most: connections that this machine can have."""
    connections = min(environment["balancer"]["connections"], most)
    return balancers.variables(environment, balancer.record, GROUPS[balancer.record], connections) | {
        "BIND": f"{balancer.address}:{balancer.port}",
        "STATS_BIND": f"127.0.0.1:{balancer.stats}",
        "ADMIN": str(balancer.socket),
        "ADMIN_MODE": "600",
        "RULES": "rules",  # beside the files (default-path config)
        "SERVERS": str(balancer.servers),
    }


# ---- ports and names


def answer(address):
    """Where clients on this machine reach what listens there: with 0.0.0.0, its loopback."""
    return "127.0.0.1" if address == "0.0.0.0" else address


def listeners(environment):
    """Key, address, number and type of each port that is listened on."""
    ports, tcp, udp = environment["ports"], socket.SOCK_STREAM, socket.SOCK_DGRAM
    for balancer in all_balancers(pathlib.Path(), environment):
        yield f"ports.{balancer.record}", balancer.address, balancer.port, tcp
        yield "ports.stats", "127.0.0.1", balancer.stats, tcp
    for address in environment["listen"]:
        yield "ports.dns", address, ports["dns"], tcp
        yield "ports.dns", address, ports["dns"], udp


def zone_records(environment):
    """Lines of the zone: all balancers, of which dns-steer takes out those that do not answer."""
    return "".join(f"{name} A {address}\n" for name in ("ns", *balancers.RECORDS)
                   for address in map(answer, environment["listen"]))


# ---- asg


def asg_settings(state, environment):
    """The lines of asg.env: for asg itself, then for the provider."""
    return {
        "PROVIDER": ROOT / "asg/providers" / environment["provider"],
        "LOAD_BALANCERS": " ".join(
            f"{one.name},{one.socket},{one.servers}"
            for one in all_balancers(pathlib.Path(), environment)),
        "ALLDAY_STATE": state,
        "INSTANCES": environment["instances"],
        "BALANCERS": " ".join(sorted({"127.0.0.1", *environment["listen"]})),
        "RELEASES": state / "releases",
        "ASSETS": ROOT / "build/assets",
        "SECRETS": state / "secrets",
        "DB_ADDRESS": state / "mysql.sock",
        "DB_NAME": DATABASE,
        "SIGN_UP": environment["sign_up"],
        "LOGIN_RATE": environment["balancer"]["login_rate"],
        "SIGN_UP_RATE": environment["balancer"]["sign_up_rate"],
        "DATABASE_FULL": state / "run/database-full",
    }
