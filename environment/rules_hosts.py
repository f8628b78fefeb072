"""What must go together in an environment on hosts: zones, their network, who may speak to whom,
balancers, certificates and the records of the domain."""

import ipaddress
import itertools
import re

from environment.faults import shown
from environment.rules import Checker

SUBNETS = ("public", "app", "data")
ROLES = ("balancer", "web", "api", "dns", "database")
# What routers and loopbacks need for themselves.
TAKEN = [ipaddress.IPv4Network(text) for text in (
    "0.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")]
LONGEST_NAME = 253   # RFC 1035: 255, with its lengths
NEEDS = (("files", "certificate"), ("files", "key"), ("acme", "directory"), ("acme", "email"))

LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"


def is_name(text):
    """A whole domain name."""
    last = text.rpartition(".")[2]
    return len(text) <= LONGEST_NAME and re.fullmatch(rf"{LABEL}(\.{LABEL})+", text) and \
        not re.fullmatch(r"[0-9]+|0[xX][0-9a-fA-F]*", last)


def is_address(make):
    def check(text):
        try:
            return bool(make(text)) and "%" not in text
        except ValueError:
            return False
    return check


def numbers_then(count, high, rest):
    """So many numbers, and what `rest` takes."""
    def check(text):
        *parts, last = text.split(" ", count)
        return len(parts) == count and rest(last) and \
            all(re.fullmatch("[0-9]{1,9}", part) and int(part) <= high for part in parts)
    return check


def is_authority(text):
    return re.fullmatch(r'(issue|issuewild|iodef) [^"\\]+', text)


RECORDS = {
    "A": (is_address(ipaddress.IPv4Address), "an IPv4 address"),
    "AAAA": (is_address(ipaddress.IPv6Address), "an IPv6 address"),
    "CAA": (numbers_then(1, 255, is_authority), "like 0 issue ca.example.net"),
    "CNAME": (is_name, "a whole domain name"),
    "MX": (numbers_then(1, 65535, is_name), "like 10 mail.example.net"),
    "SRV": (numbers_then(3, 65535, is_name), "like 0 5 5060 sip.example.net"),
    "TXT": (bool, "text in printable ASCII"),
}


def is_reserved(name):
    """asg, certbot and create write those."""
    return name in ("app", "api") or name.startswith("_acme-challenge") or \
        re.fullmatch(r"ns[0-9]+", name)


class HostsChecker(Checker):

    # ---- zones that are named

    def zone(self, path):
        name = self.get(*path)
        if name not in self.values["zones"]:
            self.fault(self.blamed(path), path,
                       f"is {shown(name)}, which is none of the zones: {', '.join(self.values['zones'])}")

    def named_zones(self):
        for place in (("groups", name) for name in self.values["groups"]):
            self.zones_of(place)
        for place in (("balancers", "app"), ("balancers", "api"), ("dns",)):
            self.zones_of(place)
        self.zone(("database", "zone"))

    def zones_of(self, path):
        for index in range(len(self.get(*path, "zones"))):
            self.zone((*path, "zones", index))

    # ---- hosts and their addresses: of one zone each

    def addresses(self, zone):
        """Those that the file gives: {path: address}."""
        paths = (("address",), ("addresses", "app"), ("addresses", "api"))
        return {("zones", zone, *path): found for path in paths
                if (found := self.get("zones", zone, *path))}

    def two_zones(self, zone, other):
        pairs = [((("zones", zone, "host"), self.get("zones", zone, "host")),
                  (("zones", other, "host"), self.get("zones", other, "host")))]
        pairs += itertools.product(self.addresses(zone).items(), self.addresses(other).items())
        for (path, one), (before, two) in pairs:
            if one == two:
                self.fault(self.blamed(path, before), path,
                           f"is {one}, as is that of the zone {other}: a zone is a host")

    def outside(self, zone):
        path, cidr = ("zones", zone, "address"), self.values["vpc"]["cidr"]
        address = self.get(*path)
        if address and ipaddress.IPv4Address(address) in ipaddress.IPv4Network(cidr):
            self.fault(self.blamed(path, ("vpc", "cidr")), path,
                       f"is {address}, which is within vpc.cidr, {cidr}: hosts are outside of it")

    # ---- the network

    def cidr(self):
        path = "vpc", "cidr"
        vpc = ipaddress.IPv4Network(self.get(*path))
        for network in TAKEN:
            if vpc.overlaps(network):
                self.fault(self.blamed(path), path, f"is {vpc}, which overlaps {network}: that is reserved")
                return

    def subnet(self, path, before):
        own, vpc = ipaddress.IPv4Network(self.get(*path)), ipaddress.IPv4Network(self.get("vpc", "cidr"))
        if not own.subnet_of(vpc):
            self.fault(self.blamed(path, ("vpc", "cidr")), path,
                       f"is {own}, which is not within vpc.cidr, {vpc}")
        for other in before:
            network = ipaddress.IPv4Network(self.get(*other))
            if own.overlaps(network):
                self.fault(self.blamed(path, other), path,
                           f"is {own}, which overlaps {'.'.join(other)}, {network}")

    def network(self):
        self.cidr()
        subnets = []
        for index, zone in enumerate(zones := list(self.values["zones"])):
            for other in zones[:index]:
                self.two_zones(zone, other)
            self.outside(zone)
            for path in (("zones", zone, "subnets", name) for name in SUBNETS):
                self.subnet(path, subnets)
                subnets.append(path)

    # ---- who may speak to whom

    def security_groups(self):
        every = self.values["security_groups"]
        for name, rules in every.items():
            for index, rule in enumerate(rules):
                path = "security_groups", name, index, "from"
                if rule["from"] != "internet" and rule["from"] not in every:
                    self.fault(self.blamed(path), path,
                               f"is {shown(rule['from'])}, which is neither internet nor one of the security "
                               f"groups: {', '.join(every)}")
        for role in ROLES:
            if role not in every:
                self.fault(self.blamed(("security_groups",)), ("security_groups",),
                           f"needs the key {role}: there are machines of that role")

    # ---- balancers

    def target(self, path):
        name = self.get(*path)
        if name not in self.values["groups"]:
            self.fault(self.blamed(path, ("groups",)), path, f"is {shown(name)}, which is none of the groups")

    def rules(self, record):
        rules = self.get("balancers", record, "rules")
        for index, rule in enumerate(rules):
            path = "balancers", record, "rules", index
            if ("path" in rule) == ("host" in rule):
                self.fault(self.blamed(path), path, "needs either a path or a host")
            self.target((*path, "group"))
            for before, key in itertools.product(rules[:index], ("path", "host")):
                if key in rule and rule[key] == before.get(key):
                    self.fault(self.blamed((*path, key)), path,
                               f"has the {key} {rule[key]}, as has a rule before it")

    def listeners(self, zone):
        """(path of the port, port, address; "" for the host's own)"""
        own = self.get("zones", zone)
        for record, said in self.values["balancers"].items():
            address = own["addresses"].get(record) or own.get("address", "")
            for key in ("http", "https", "stats") if zone in said["zones"] else ():
                yield ("balancers", record, key), said[key], address
        if zone in self.values["dns"]["zones"]:
            yield ("dns", "port"), self.get("dns", "port"), own.get("address", "")

    def two_listeners(self, zone, path, other, port):
        node = self.blamed(path, other)
        if node is self.root.get(*other):
            path, other = other, path
        self.fault(node, path,
                   f"is {port}, as is {'.'.join(other)}, on one address of the zone {zone}: they must differ, "
                   f"or `addresses` of the zone must give each its own")

    def all_listeners(self):
        """What is wrong in one zone is told once."""
        for zone in self.values["zones"]:
            pairs = [(one, before) for before, one in itertools.combinations(self.listeners(zone), 2)
                     if one[1:] == before[1:]]
            for (path, port, _), (other, _, _) in pairs:
                self.two_listeners(zone, path, other, port)
            if pairs:
                return

    def ports_of_balancers(self):
        for record, said in self.values["balancers"].items():
            for key in ("http", "https", "stats"):
                self.opened(("balancers", record, key), said[key], said[key])

    def certificates(self):
        at = "certificates",
        source = self.get("certificates", "source")
        for needed, key in NEEDS:
            given = key in self.values["certificates"]
            if given == (source == needed):
                continue
            first, second = (*at, "source"), at
            sentence = f"needs the key {key}: its source is {source}"
            if given:
                first, second = (*at, key), (*at, "source")
                sentence = f"has the key {key}, which is for the source {needed}, not {source}"
            self.fault(self.blamed(first, second), at, sentence)

    # ---- the records of the domain

    def names_of_balancers(self):
        owners = {}
        for record, said in self.values["balancers"].items():
            for index, name in enumerate(said["names"]):
                path = "balancers", record
                node = self.root.get(*path, "names", index)
                if is_reserved(name):
                    self.fault(node, path, f"has the name {name}, which create writes itself")
                if owners.setdefault(name, record) != record:
                    self.fault(node, path, f"has the name {name}, as has balancers.{owners[name]}")
        return owners

    def record_name(self, path, record, owners):
        name, node = record["name"], self.root.get(*path)
        if is_reserved(name) or name in owners and record["type"] in ("A", "CNAME"):
            self.fault(node, path, f"has the name {name}, which create writes itself")
        if name == "@" and record["type"] == "CNAME":
            self.fault(node, path, "is of the domain itself, which cannot be a CNAME")
        if len(name) + 1 + len(self.values["domain"]) > LONGEST_NAME:
            self.fault(node, path, f"has a name of more than {LONGEST_NAME} bytes, with the domain's")

    def record_value(self, path, record):
        valid, wanted = RECORDS[record["type"]]
        if not re.fullmatch(r"[ -~]*", record["value"]) or not valid(record["value"]):
            self.fault(self.root.get(*path, "value"), (*path, "value"), f"must be {wanted}")

    def two_records(self, path, record, before):
        if record["name"] != before["name"]:
            return
        if "CNAME" in (record["type"], before["type"]):
            self.fault(self.root.get(*path), path, "is beside another record of that name: a CNAME is alone")
        elif (record["type"], record["value"]) == (before["type"], before["value"]):
            self.fault(self.root.get(*path), path, "is given twice")

    def records(self):
        owners, records = self.names_of_balancers(), self.get("dns", "records")
        for index, record in enumerate(records):
            path = "dns", "records", index
            self.record_name(path, record, owners)
            self.record_value(path, record)
            for before in records[:index]:
                self.two_records(path, record, before)

    def all(self, hosts=True):
        super().all(hosts)
        self.named_zones()
        self.network()
        self.security_groups()
        for record in self.values["balancers"]:
            self.target(("balancers", record, "default"))
            self.rules(record)
        self.all_listeners()
        self.ports_of_balancers()
        self.certificates()
        self.records()
        return self.faults
