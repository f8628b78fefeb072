"""The two HAProxy processes and the slots of their target groups."""

import os

import haproxy
from environment import ROOT
from processes import Service

FILES = {
    "app": ["global.cfg", "sorry.cfg", "edge.cfg", "app.cfg", "web-group.cfg", "api-group.cfg"],
    "api": ["global.cfg", "sorry.cfg", "edge.cfg", "api.cfg", "api-group.cfg"],
}
GROUPS = {"app": ["web", "api"], "api": ["api"]}


def argv(name):
    """SCHED_BATCH: servers on one machine do not preempt each other at every message."""
    files = [word for file in FILES[name] for word in ("-f", str(ROOT / "haproxy" / file))]
    return ["chrt", "--batch", "0", "haproxy", "-db", *files]


def settings(name, admin, environment):
    """What the files in haproxy/ leave open; global.cfg lists it."""
    balancer, ports = environment["balancer"], environment["ports"]
    stats = ports["stats"] + list(FILES).index(name)
    return {
        "PATH": os.environ["PATH"],
        "BIND": f"{environment['listen']}:{ports[name]}",
        "STATS_BIND": f"127.0.0.1:{stats}",
        "ADMIN": str(admin),
        "SLOTS": str(balancer["slots"]),
        "LOGIN_RATE": str(balancer["login_rate"]),
        "CONNECT_TIMEOUT": balancer["connect_timeout"],
        # No origin is called so; an empty list would be a wrong file.
        "CORS_ORIGINS": " ".join(balancer["cors_origins"]) or "nobody",
    }


def admin(state, name):
    return state / f"run/{name}.sock"


def answers(path):
    try:
        return "Uptime" in haproxy.ask(path, "show info")
    except OSError:
        return False


def service(state, name, environment, instances):
    """`instances()` gives the instances of this moment, for a balancer that died."""
    path = admin(state, name)
    return Service(state, f"balancer-{name}", argv(name), settings(name, path, environment),
                   ready=lambda: answers(path), attach=lambda: attach(state, name, instances()))


def attach(state, name, instances):
    for group in GROUPS[name]:
        members = [instance for instance in instances if instance["group"] == group]
        for slot, instance in enumerate(members, 1):
            haproxy.attach(admin(state, name), group, slot, instance["address"], instance["port"])


def all_up(state, instances):
    """Has every balancer seen all of its instances ready?"""
    for name, groups in GROUPS.items():
        up = haproxy.servers_up(admin(state, name))
        for group in groups:
            if up.get(group, 0) < sum(instance["group"] == group for instance in instances):
                return False
    return True
