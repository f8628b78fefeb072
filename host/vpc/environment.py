"""What Ansible says of an environment to this host, and what follows from that."""

import binascii
import json
import re

NAME = re.compile(r"[a-z][a-z0-9-]*")
RUN = "/run/allday"
VXLAN_PORT = 4789
GATEWAY = "169.254.1.1"  # of every machine, on the link
RESERVED = 10  # the first addresses of a subnet: its own, the router's, and some for later


class Failed(Exception):
    """A sentence for whoever called."""


class WrongUse(Exception):
    """The same, when it is the caller's mistake."""


def to_number(address):
    """(A number above 255 in it is no byte: ValueError.)"""
    return int.from_bytes(bytes(map(int, address.split("."))), "big")


def to_address(number):
    return ".".join(map(str, number.to_bytes(4, "big")))


def span(subnet):
    """Its first address as a number, and how many there are."""
    address, _, bits = subnet.partition("/")
    return to_number(address), 2 ** (32 - int(bits))


def within(address, subnet):
    first, size = span(subnet)
    return first <= to_number(address) < first + size


def spread(keys, low, count):
    """A number for each key that depends on little but the key: where one comes or goes the
    others keep theirs, so hosts that are told a minute apart agree meanwhile."""
    taken = {}
    for key in sorted(keys):
        number = binascii.crc32(key.encode()) % count
        while low + number in taken.values():
            number = (number + 1) % count
        taken[key] = low + number
    return taken


class Environment:
    def __init__(self, document):
        self.document = document
        self.name, self.zone, self.mtu = (document[key] for key in ("name", "zone", "mtu"))
        self.id = document["network"]
        self.encrypted = document["encryption"] == "wireguard"
        self.zones, self.groups = document["zones"], document["security_groups"]
        self.machines, self.listeners = document["machines"], document["listeners"]
        self.subnets = self.zones[self.zone]["subnets"]
        self.run = f"{RUN}/{self.name}"
        self.namespace = f"allday-{self.name}"
        self.uplink = f"ad{self.id}"  # the host's end
        base = to_number("100.64.0.0") + 2 * self.id
        self.host_end, self.router_end = to_address(base), to_address(base + 1)
        self.wireguard_port = 20000 + self.id % 12000
        # The marks of packets: 16 bits of the VXLAN header carry them to another zone.
        self.numbers = spread({*self.groups, "internet"}, 1, 65535)

    def endpoint(self, zone):
        """Where the tunnel of a zone ends."""
        about = self.zones[zone]
        return about["wireguard"]["address"] if self.encrypted else about["address"]

    def others(self):
        return {zone: about for zone, about in self.zones.items() if zone != self.zone}

    def ports(self):
        """Of each listener, the port of the router's uplink that stands for it: two of
        them may have one port on two addresses."""
        keys = {f"{one['address']} {one['protocol']} {one['port']}": one for one in self.listeners}
        numbers = spread(keys, 1024, 60000)
        return [(numbers[key], one) for key, one in keys.items()]


def read(name, which):
    """wanted: as Ansible wrote it; applied: as the last `up` found it. None: not there."""
    path = f"/etc/allday/{name}/environment.json" if which == "wanted" else f"{RUN}/{name}/vpc.json"
    try:
        with open(path) as file:
            return Environment(json.load(file))
    except FileNotFoundError:
        return None
    except KeyError as error:
        raise Failed(f"{path}: the field {error} is missing") from None
    except ValueError as error:
        raise Failed(f"{path}: {error}") from None
