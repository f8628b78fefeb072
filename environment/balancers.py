"""What the files in haproxy/ leave open (global.cfg lists it): variables, the same for both ways of
running. What differs, where a balancer listens and keeps its files, local.py and machines.py add.
"""

RECORDS = ("app", "api")  # the balancers, and their names in the domain
INSIDE = 2000             # connections between the listeners of one balancer


def prefix(group):
    """Of the variables of a group."""
    return group.upper().replace("-", "_")


def group_variables(name, group):
    check = group["health_check"]
    return {f"{prefix(name)}_{key}": str(value) for key, value in {
        "CHECK_PATH": check["path"],
        "CHECK_INTERVAL": check["interval"],
        "HEALTHY": check["healthy"],
        "UNHEALTHY": check["unhealthy"],
        "SLOW_START": group["slow_start"],
    }.items()}


def variables(environment, record, groups, connections):
    """groups: those that have slots, the default one first; connections: of clients, at most."""
    limits = environment["balancer"]
    found = {
        "RECORD": record,
        "DEFAULT_GROUP": groups[0],
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
    }
    for group in groups:
        found |= group_variables(group, environment["groups"][group])
    return found
