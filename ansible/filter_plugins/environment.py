"""What an environment file (as `asg check --json` prints it) means for each host.

  environment | allday_zones                     {inventory host: zone}, the first runs asg
  environment | allday_host(zone, addresses, image, release, encryption, wireguard)
                                                 /etc/allday/ENV/environment.json of a zone
  environment | allday_machines(zone, addresses) its named machines, {name: machine}
  environment | allday_asg(zone, addresses)      what asg is told where it runs
  environment | allday_names                     the names a certificate is for

`addresses` is {zone: IPv4 address} of the hosts; a zone's own `address` goes first.
`encryption` is none or wireguard, `wireguard` {zone: public key}.

A machine of allday_machines:
  role      balancer, dns or database
  settings  {NAME: text}, its machine.env
  files     {path in its config directory: text}; nothing in it is secret
  values    what the role dns is told
"""

import hashlib
import ipaddress
import re

PORT = 8000  # of every instance
STATS = 8404  # in the machine
DATABASE = "allday"
ACCOUNTS = ["db-auth", "db-todo", "db-classic", "db-health"]
POOLS = ("login", "auth", "todo", "classic", "health")
RECORDS = ("app", "api")  # the balancers, and their names in the domain
INSIDE = 2000  # connections between the listeners of one balancer
CREDENTIALS = {"balancer": [], "dns": ["tsig", "dnssec"], "database": ACCOUNTS}
SUBNETS = {"balancer": "public", "dns": "public", "database": "data"}
# Host parts of the named machines' addresses; app and api are one role.
PLACES = {"app": 10, "api": 11, "dns": 12, "db": 10}
TUNNEL = int(ipaddress.IPv4Address("100.96.0.0"))  # of wireguard, 16 zones a network


# ---- names, numbers and addresses


def network_number(name):
    """1 to 65535, the same for a name everywhere."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % 65535 + 1


def pet_address(environment, zone, pet):
    subnet = environment["zones"][zone]["subnets"]["data" if pet == "db" else "public"]
    return str(ipaddress.IPv4Network(subnet)[PLACES[pet]])


def host_address(environment, zone, addresses):
    return environment["zones"][zone].get("address") or addresses[zone]


def listen_address(environment, zone, record, addresses):
    """Where a zone's balancer is reached from outside."""
    own = environment["zones"][zone].get("addresses", {})
    return own.get(record) or host_address(environment, zone, addresses)


def pets_of(environment, zone):
    """(pet, role, what the file says of it) of each named machine of a zone."""
    for record in RECORDS:
        if zone in environment["balancers"][record]["zones"]:
            yield record, "balancer", environment["balancers"][record]
    if zone in environment["dns"]["zones"]:
        yield "dns", "dns", environment["dns"]
    if zone == environment["database"]["zone"]:
        yield "db", "database", environment["database"]


def pets_everywhere(environment):
    for zone in environment["zones"]:
        for pet, _, _ in pets_of(environment, zone):
            yield pet, zone


def kind(group):
    """web or api: what an instance of a group of that name is."""
    return group.partition("-")[0]


def names_of(environment, record):
    """Of a balancer, in the domain."""
    return [record, *environment["balancers"][record]["names"]]


def whole(environment, name):
    return environment["domain"] if name == "@" else f"{name}.{environment['domain']}"


def allday_names(environment):
    """Those of the balancers, and what leads to them by a CNAME."""
    names = [whole(environment, name) for record in RECORDS for name in names_of(environment, record)]
    return names + [f"{one['name']}.{environment['domain']}" for one in environment["dns"]["records"]
                    if one["type"] == "CNAME" and one["value"] in names]


def allday_zones(environment):
    return {zone["host"]: name for name, zone in environment["zones"].items()}


# ---- environment.json of a host


def host_machines(environment, zone):
    return {
        f"{pet}-{zone}": {
            "role": role,
            "subnet": SUBNETS[role],
            "security_group": role,
            "address": pet_address(environment, zone, pet),
            "memory": said["memory"],
            "cpu": said["cpu"],
            "credentials": CREDENTIALS[role],
        } for pet, role, said in pets_of(environment, zone)}


def balancer_subnets(environment):
    zones = [zone for zone in environment["zones"]
             if any(zone in environment["balancers"][record]["zones"] for record in RECORDS)]
    return [environment["zones"][zone]["subnets"]["public"] for zone in zones]


def group_settings(environment, group):
    settings = {"BALANCERS": " ".join(balancer_subnets(environment))}
    if kind(group) == "api":
        address = pet_address(environment, environment["database"]["zone"], "db")
        settings |= {"DB_ADDRESS": f"{address}:3306", "DB_NAME": DATABASE,
                     "SIGN_UP": environment["sign_up"],
                     "LOGIN_RATE": str(environment["balancer"]["login_rate"]),
                     "SIGN_UP_RATE": str(environment["balancer"]["sign_up_rate"])}
    return settings


def host_groups(environment):
    return {
        name: {
            "subnet": "app",
            "security_group": kind(name),
            "memory": group["launch_template"]["memory"],
            "cpu": group["launch_template"]["cpu"],
            "disk": group["launch_template"]["disk"],
            # Only so that `machine prune` keeps it: a launch says which.
            "release": group["launch_template"]["release"],
            "settings": group_settings(environment, name),
            "credentials": ACCOUNTS if kind(name) == "api" else [],
        } for name, group in environment["groups"].items()}


def balancer_listeners(environment, zone, record, addresses):
    said = environment["balancers"][record]
    address = listen_address(environment, zone, record, addresses)
    for port, to in ((said["http"], 80), (said["https"], 443), (said["stats"], STATS)):
        yield {"address": address, "protocol": "tcp", "port": port,
               "machine": f"{record}-{zone}", "to": to}


def dns_listeners(environment, zone, addresses):
    for protocol in ("udp", "tcp"):
        yield {"address": host_address(environment, zone, addresses), "protocol": protocol,
               "port": environment["dns"]["port"], "machine": f"dns-{zone}", "to": 53}


def host_listeners(environment, zone, addresses):
    found = []
    for pet, role, _ in pets_of(environment, zone):
        if role == "balancer":
            found += balancer_listeners(environment, zone, pet, addresses)
        elif role == "dns":
            found += dns_listeners(environment, zone, addresses)
    return found


def host_zones(environment, addresses, wireguard):
    number, zones = network_number(environment["name"]), {}
    for place, (name, zone) in enumerate(environment["zones"].items()):
        zones[name] = {"address": host_address(environment, name, addresses),
                       "subnets": zone["subnets"]}
        if wireguard:
            tunnel = ipaddress.IPv4Address(TUNNEL + 16 * number + place)
            zones[name]["wireguard"] = {"public_key": wireguard[name], "address": str(tunnel)}
    return zones


def allday_host(environment, zone, addresses, image, release, encryption="none", wireguard=None):
    encrypted = encryption == "wireguard"
    return {
        "name": environment["name"],
        "domain": environment["domain"],
        "zone": zone,
        "network": network_number(environment["name"]),
        "mtu": 1370 if encrypted else 1450,
        "encryption": encryption,
        "image": image,
        "release": release,
        "zones": host_zones(environment, addresses, wireguard if encrypted else None),
        "security_groups": environment["security_groups"],
        "listeners": host_listeners(environment, zone, addresses),
        "machines": host_machines(environment, zone),
        "groups": host_groups(environment),
    }


# ---- the named machines


def check_settings(name, group):
    check, prefix = group["health_check"], name.upper().replace("-", "_")
    return {
        f"{prefix}_CHECK_PATH": check["path"],
        f"{prefix}_CHECK_INTERVAL": check["interval"],
        f"{prefix}_HEALTHY": str(check["healthy"]),
        f"{prefix}_UNHEALTHY": str(check["unhealthy"]),
        f"{prefix}_SLOW_START": group["slow_start"],
    }


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
    said = environment["balancers"][record]
    named = [said["default"], *(rule["group"] for rule in said["rules"])]
    kinds = set(map(kind, named))
    return list(dict.fromkeys(
        [*named, *(name for name in environment["groups"] if kind(name) in kinds)]))


def balancer(environment, zone, record):
    """haproxy/global.cfg lists the settings; GROUPS: those that have slots."""
    limits, said = environment["balancer"], environment["balancers"][record]
    groups = balancer_groups(environment, record)
    settings = listening(pet_address(environment, zone, record), said["https"]) | {
        "RECORD": record,
        "GROUPS": " ".join(groups),
        "DEFAULT_GROUP": said["default"],
        "RULES": "/etc/allday/rules",
        "ADMIN": "/run/allday/admin.sock",
        "ADMIN_MODE": "660",
        "SERVERS": "/var/lib/allday/servers",
        "SLOTS": str(limits["slots"]),
        "LOGIN_RATE": str(limits["login_rate"]),
        "WRITE_RATE": str(limits["write_rate"]),
        "WRITE_BYTES": str(limits["write_rate"] * 1024),
        "CONNECTIONS": str(limits["connections"]),
        "CONNECTIONS_ALL": str(limits["connections"] + INSIDE),
        "CONNECTIONS_PER_ADDRESS": str(limits["connections_per_address"]),
        "REQUESTS_PER_ADDRESS": str(limits["requests_per_address"]),
        "CONNECT_TIMEOUT": limits["connect_timeout"],
        # No origin is called so; an empty list would be a wrong file.
        "CORS_ORIGINS": " ".join(limits["cors_origins"]) or "nobody",
    }
    for group in groups:
        settings |= check_settings(group, environment["groups"][group])
    return {"settings": settings, "files": rule_files(said["rules"]), "values": {}}


def dns_records(environment, addresses):
    """Of each name all balancers; asg takes out those that do not answer."""
    return {
        name: list(dict.fromkeys(listen_address(environment, zone, record, addresses)
                                 for zone in environment["balancers"][record]["zones"]))
        for record in RECORDS for name in names_of(environment, record)}


def quoted(text):
    """As in a zone file (RFC 1035): strings of at most 255 bytes."""
    parts = [text[n:n + 255] for n in range(0, len(text), 255)]
    return " ".join('"' + re.sub(r'(["\\])', r"\\\1", part) + '"' for part in parts)


def record_data(one):
    """What is a name at its end is a whole one; certificates' authorities and texts are quoted."""
    if one["type"] == "TXT":
        return quoted(one["value"])
    if one["type"] == "CAA":
        *head, value = one["value"].split(" ", 2)
        return f"{' '.join(head)} {quoted(value)}"
    return one["value"] + ("." if one["type"] in ("CNAME", "MX", "SRV") else "")


def other_records(environment):
    return [f"{one['name']} {one['ttl']} {one['type']} {record_data(one)}"
            for one in environment["dns"]["records"]]


def dns(environment, zone, addresses):
    """values: what the role dns is told, without its `dns_`."""
    return {"settings": {"DOMAIN": environment["domain"]}, "files": {}, "values": {
        "domain": environment["domain"],
        "address": pet_address(environment, zone, "dns"),
        "name_servers": [host_address(environment, one, addresses)
                         for one in environment["dns"]["zones"]],
        "records": dns_records(environment, addresses),
        "names": [name.removesuffix(f".{environment['domain']}")
                  for name in allday_names(environment) if name != environment["domain"]],
        "others": other_records(environment),
    }}


def megabytes(size):
    return int(size[:-1]) * {"M": 1, "G": 1024}[size[-1]]


def connections(environment):
    """One for each thread of every program, and one that asks whether it can have another
    (lib/reach.h), of as many instances as there can be while some are replaced; and some
    for people."""
    total = 20
    for name, group in environment["groups"].items():
        if kind(name) == "api":
            threads = group["launch_template"]["threads"]
            most = max([group["max"], *(action.get("max", 0) for action in group["schedule"])])
            total += (most + max(1, most // 10)) * sum(threads.get(pool, 2) + 1 for pool in POOLS)
    return total


def database(environment, zone):
    """Half of its memory holds pages."""
    pages = megabytes(environment["database"]["memory"]) // 2
    address = pet_address(environment, zone, "db")
    settings = {
        "bind_address": address,
        "max_connections": max(151, connections(environment)),
        "innodb_buffer_pool_size": f"{pages}M",
        "innodb_log_file_size": f"{max(16, pages // 4)}M",
    }
    lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
    return {"settings": {"DB_NAME": DATABASE,
                         "RESERVE_MB": str(megabytes(environment["disk_reserve"]))},
            "files": {"my.cnf": f"[mariadbd]\n{lines}"},
            "values": {}}


def machine(environment, zone, pet, role, addresses):
    if role == "balancer":
        return balancer(environment, zone, pet)
    if role == "dns":
        return dns(environment, zone, addresses)
    return database(environment, zone)


def allday_machines(environment, zone, addresses):
    return {f"{pet}-{zone}": {"role": role} | machine(environment, zone, pet, role, addresses)
            for pet, role, _ in pets_of(environment, zone)}


# ---- asg


def load_balancers(environment, run, addresses):
    for record in RECORDS:
        for zone in environment["balancers"][record]["zones"]:
            address = listen_address(environment, zone, record, addresses)
            port = environment["balancers"][record]["http"]
            name = f"{record}-{zone}"
            yield f"{name},{record},{address},{port},{run}/{name}/admin.sock"


def links(environment, here, addresses):
    """Of each other zone: its host, and the sockets of its machines that asg asks, which
    ssh brings to the same paths here."""
    run, found = f"/run/allday/{environment['name']}", {}
    for zone, said in environment["zones"].items():
        if zone != here:
            found[zone] = {"host": said["host"],
                           "address": host_address(environment, zone, addresses), "sockets": []}
    sockets = {"app": "admin.sock", "api": "admin.sock", "dns": "knot.sock"}
    for pet, zone in pets_everywhere(environment):
        if zone != here and pet in sockets:
            found[zone]["sockets"].append(f"{run}/{pet}-{zone}/{sockets[pet]}")
    return found


def allday_asg(environment, zone, addresses):
    """settings: the lines of asg.env; links: {other zone: host, address, sockets}."""
    name = environment["name"]
    run, other = f"/run/allday/{name}", links(environment, zone, addresses)
    zones = " ".join(f"{one}={other[one]['address'] if one in other else ''}"
                     for one in environment["zones"])
    return {
        "settings": {
            "ENVIRONMENT": f"/var/lib/allday/{name}/asg/environment.json",
            "ENVIRONMENT_NAME": name,
            "PROVIDER": f"/var/lib/allday/{name}/release/usr/share/allday/asg/providers/nspawn",
            "ZONES": zones,
            "LOAD_BALANCERS": " ".join(load_balancers(environment, run, addresses)),
            "KNOT_SOCKET": " ".join(f"{run}/dns-{one}/knot.sock"
                                    for one in environment["dns"]["zones"]),
        },
        "links": other,
    }


class FilterModule:
    def filters(self):
        return {function.__name__: function for function in (
            allday_asg, allday_host, allday_machines, allday_names, allday_zones)}
