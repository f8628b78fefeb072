"""What the named machines of a zone are told: balancers, DNS server, database.

  role      balancer, dns or database
  settings  {NAME: text}, its machine.env
  files     {path in its config directory: text}; nothing in it is secret
  values    what the role dns is told

all_machines(environment, zone, addresses)   {name: machine} of a zone
written(text)                                what `machine settings` said that it did with them
"""

import json
import re

from environment import balancers, zone as zones
from environment.amounts import megabytes, most_instances
from environment.balancers import RECORDS
from environment.hosts import (DATABASE, STATS, host_address, listen_address, machine_address,
                               named_machines)

POOLS = ("login", "auth", "todo", "classic", "health")


# ---- balancers


def rule_files(rules):
    """HAProxy's map files: host, whole path or beginning of a path, and its group."""
    lines = {"hosts": [], "paths": [], "prefixes": []}
    for rule in rules:
        if "host" in rule:
            lines["hosts"].append(f"{rule['host']} {rule['group']}\n")
        else:
            file = "prefixes" if rule["path"].endswith("/") else "paths"
            lines[file].append(f"{rule['path']} {rule['group']}\n")
    return {f"rules/{file}": "".join(found) for file, found in lines.items()}


def listening(address, https):
    """Where a balancer listens in its machine."""
    tls = "ssl crt /etc/allday/tls/"
    return {
        "BIND": f"{address}:443 {tls} alpn h2,http/1.1",
        "HTTP_BIND": f"{address}:80",
        "HTTPS_SUFFIX": "" if https == 443 else f":{https}",
        "STATS_BIND": f"{address}:{STATS} {tls}",
        "STATS_USERS": "yes",
    }


def balancer_groups(environment, record):
    """Those that its rules name, and all others of their kinds: with slots that are filled
    and checked, a rule can lead to one at once."""
    said, every = environment["balancers"][record], environment["groups"]
    named = [said["default"], *(rule["group"] for rule in said["rules"])]
    kinds = {every[name]["kind"] for name in named}
    return list(dict.fromkeys([*named, *(name for name in every if every[name]["kind"] in kinds)]))


def balancer(environment, zone, record):
    """GROUPS: those that have slots; each is made of the file of its kind."""
    said = environment["balancers"][record]
    groups = balancer_groups(environment, record)
    settings = balancers.variables(environment, record, groups, environment["balancer"]["connections"]) | \
        listening(machine_address(environment, zone, record), said["https"]) | {
            "GROUPS": " ".join(groups),
            "RULES": "/etc/allday/rules",
            "ADMIN": "/run/allday/admin.sock",
            "ADMIN_MODE": "660",
            "SERVERS": "/var/lib/allday/servers",
        }
    for group in groups:
        settings[f"{balancers.prefix(group)}_KIND"] = environment["groups"][group]["kind"]
    return {"settings": settings, "files": rule_files(said["rules"]), "values": {}}


# ---- DNS


def balancer_records(environment, addresses):
    """Of each name all balancers; dns-steer takes out those that do not answer."""
    return {
        name: list(dict.fromkeys(listen_address(environment, zone, record, addresses)
                                 for zone in environment["balancers"][record]["zones"]))
        for record in RECORDS for name in zones.names_of(environment, record)}


def dns(environment, zone, addresses):
    """values: what the role dns is told, without its `dns_`."""
    domain = environment["domain"]
    return {"settings": {"DOMAIN": domain}, "files": {}, "values": {
        "domain": domain,
        "address": machine_address(environment, zone, "dns"),
        "name_servers": [host_address(environment, one, addresses)
                         for one in environment["dns"]["zones"]],
        "records": balancer_records(environment, addresses),
        "balancer_ttl": zones.BALANCER_TTL,
        "names": [name.removesuffix(f".{domain}")
                  for name in zones.certificate_names(environment) if name != domain],
        "others": zones.other_records(environment),
    }}


# ---- the database


def connections(environment):
    """One for each thread of every program, and one that asks whether it can have another
    (lib/db/db_ping.h), of as many instances as there can be while some are replaced; and some
    for people."""
    total = 20
    for group in environment["groups"].values():
        if group["kind"] == "api":
            threads = group["launch_template"]["threads"]
            total += most_instances(group) * sum(threads.get(pool, 2) + 1 for pool in POOLS)
    return total


def database(environment, zone):
    """Half of its memory holds pages."""
    pages = megabytes(environment["database"]["memory"]) // 2
    settings = {
        "bind_address": machine_address(environment, zone, "db"),
        "max_connections": max(151, connections(environment)),
        "innodb_buffer_pool_size": f"{pages}M",
        "innodb_log_file_size": f"{max(16, pages // 4)}M",
    }
    lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
    return {"settings": {"DB_NAME": DATABASE,
                         "RESERVE_MB": str(megabytes(environment["disk_reserve"]))},
            "files": {"my.cnf": f"[mariadbd]\n{lines}"},
            "values": {}}


def written(text):
    """What `machine settings` printed, {units, files, leads}; "" when it did not run. The program
    of an earlier release has lines for people, with the paths of units and files and with sentences."""
    if text.startswith("{"):
        return json.loads(text)
    lines = text.splitlines()
    leads = [found for line in lines if (found := re.fullmatch(r"(\S+) leads to (.*) until .* of (.*)", line))]
    paths = [line for line in lines if " " not in line]
    return {"units": [path for path in paths if path.endswith(".service")],
            "files": [path for path in paths if not path.endswith(".service")],
            "leads": [{"balancer": one[1], "to": one[2].split(), "until": one[3].split()} for one in leads]}


def all_machines(environment, zone, addresses):
    """{name: machine} of a zone."""
    found = {}
    for name, role, _ in named_machines(environment, zone):
        made = (balancer(environment, zone, name) if role == "balancer" else
                dns(environment, zone, addresses) if role == "dns" else database(environment, zone))
        found[f"{name}-{zone}"] = {"role": role} | made
    return found
