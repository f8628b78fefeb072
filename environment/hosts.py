"""What follows from a file for each host. A zone is a host.

`addresses` is {zone: IPv4 address} of the hosts; a zone's own `address` goes first.
`encryption` is none or wireguard, `wireguard` {zone: public key}.
"""

import hashlib
import ipaddress

from environment.balancers import RECORDS

STATS = 8404  # in the machine
DATABASE = "allday"
DATABASE_PORT = 3306
ACCOUNTS = ["db-auth", "db-todo", "db-classic", "db-health"]
CREDENTIALS = {"balancer": [], "dns": ["tsig", "dnssec"], "database": ACCOUNTS}
SUBNETS = {"balancer": "public", "dns": "public", "database": "data"}
# Host parts of the named machines' addresses; app and api are one role.
HOST_PARTS = {"app": 10, "api": 11, "dns": 12, "db": 10}
TUNNEL = int(ipaddress.IPv4Address("100.96.0.0"))  # of wireguard, 16 zones a network


# ---- names, numbers and addresses


def network_number(name):
    """1 to 65535, the same for a name everywhere."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % 65535 + 1


def machine_address(environment, zone, machine):
    subnet = environment["zones"][zone]["subnets"]["data" if machine == "db" else "public"]
    return str(ipaddress.IPv4Network(subnet)[HOST_PARTS[machine]])


def host_address(environment, zone, addresses):
    return environment["zones"][zone].get("address") or addresses[zone]


def listen_address(environment, zone, record, addresses):
    """Where a zone's balancer is reached from outside."""
    own = environment["zones"][zone].get("addresses", {})
    return own.get(record) or host_address(environment, zone, addresses)


def named_machines(environment, zone):
    """(app, api, dns or db; its role; what the file says of it) of each of a zone."""
    for record in RECORDS:
        if zone in environment["balancers"][record]["zones"]:
            yield record, "balancer", environment["balancers"][record]
    if zone in environment["dns"]["zones"]:
        yield "dns", "dns", environment["dns"]
    if zone == environment["database"]["zone"]:
        yield "db", "database", environment["database"]


def zones_of_hosts(environment):
    """{inventory host: zone}, the first runs asg."""
    return {zone["host"]: name for name, zone in environment["zones"].items()}


# ---- environment.json of a host


def machines(environment, zone):
    return {
        f"{name}-{zone}": {
            "role": role,
            "subnet": SUBNETS[role],
            "security_group": role,
            "address": machine_address(environment, zone, name),
            "memory": said["memory"],
            "cpu": said["cpu"],
            "credentials": CREDENTIALS[role],
        } for name, role, said in named_machines(environment, zone)}


def balancer_subnets(environment):
    zones = [zone for zone in environment["zones"]
             if any(zone in environment["balancers"][record]["zones"] for record in RECORDS)]
    return [environment["zones"][zone]["subnets"]["public"] for zone in zones]


def group_settings(environment, group):
    settings = {"BALANCERS": " ".join(balancer_subnets(environment))}
    if group["kind"] == "api":
        address = machine_address(environment, environment["database"]["zone"], "db")
        settings |= {"DB_ADDRESS": f"{address}:{DATABASE_PORT}", "DB_NAME": DATABASE,
                     "SIGN_UP": environment["sign_up"],
                     "LOGIN_RATE": str(environment["balancer"]["login_rate"]),
                     "SIGN_UP_RATE": str(environment["balancer"]["sign_up_rate"])}
    return settings


def groups(environment):
    return {
        name: {
            "kind": group["kind"],
            "subnet": "app",
            "security_group": group["kind"],
            "memory": group["launch_template"]["memory"],
            "cpu": group["launch_template"]["cpu"],
            "disk": group["launch_template"]["disk"],
            # Only so that `machine prune` keeps it: a launch says which.
            "release": group["launch_template"]["release"],
            "settings": group_settings(environment, group),
            "credentials": ACCOUNTS if group["kind"] == "api" else [],
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


def listeners(environment, zone, addresses):
    found = []
    for name, role, _ in named_machines(environment, zone):
        if role == "balancer":
            found += balancer_listeners(environment, zone, name, addresses)
        elif role == "dns":
            found += dns_listeners(environment, zone, addresses)
    return found


def zones(environment, addresses, wireguard):
    number, found = network_number(environment["name"]), {}
    for place, (name, zone) in enumerate(environment["zones"].items()):
        found[name] = {"address": host_address(environment, name, addresses),
                       "subnets": zone["subnets"]}
        if wireguard:
            tunnel = ipaddress.IPv4Address(TUNNEL + 16 * number + place)
            found[name]["wireguard"] = {"public_key": wireguard[name], "address": str(tunnel)}
    return found


def host_document(environment, zone, addresses, image, release, encryption="none", wireguard=None):
    """/etc/allday/ENV/environment.json, which `vpc` and `machine` read."""
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
        "zones": zones(environment, addresses, wireguard if encrypted else None),
        "security_groups": environment["security_groups"],
        "listeners": listeners(environment, zone, addresses),
        "machines": machines(environment, zone),
        "groups": groups(environment),
    }


# ---- asg, where it runs


def load_balancers(environment, run):
    for record in RECORDS:
        for zone in environment["balancers"][record]["zones"]:
            yield f"{record}-{zone},{run}/{record}-{zone}/admin.sock"


def links(environment, here, addresses):
    """Of each other zone: its host, and the sockets of its balancers, which ssh brings to the same
    paths here."""
    run, found = f"/run/allday/{environment['name']}", {}
    for zone, said in environment["zones"].items():
        if zone != here:
            found[zone] = {
                "host": said["host"], "address": host_address(environment, zone, addresses),
                "sockets": [f"{run}/{name}-{zone}/admin.sock"
                            for name, _, _ in named_machines(environment, zone) if name in RECORDS]}
    return found


def asg_settings(environment, zone, addresses):
    """settings: the lines of asg.env; links: {other zone: host, address, sockets}."""
    name = environment["name"]
    run, other = f"/run/allday/{name}", links(environment, zone, addresses)
    return {
        "settings": {
            "ENVIRONMENT_NAME": name,
            "PROVIDER": f"/var/lib/allday/{name}/release/usr/share/allday/asg/providers/nspawn",
            "ZONES": " ".join(f"{one}={other[one]['address'] if one in other else ''}"
                              for one in environment["zones"]),
            "LOAD_BALANCERS": " ".join(load_balancers(environment, run)),
        },
        "links": other,
    }
