"""An environment `prod` in three zones for the tests of `vpc`: its description, its machines
(namespaces with an agent in each), and the table of what may pass between them."""

import contextlib
import copy
import itertools

import pytest

import vpc_hosts
from vpc_agent import TCP, UDP
from vpc_hosts import OUTSIDE

PORTS = [("tcp", port) for port in TCP] + [("udp", port) for port in UDP] + [("icmp", 0)]
ZONES = {"a": 1, "b": 2, "c": 3}
GROUPS = {
    "balancer": [{"from": "internet", "protocol": "tcp", "ports": [80, 443, 8404]}],
    "web": [{"from": "balancer", "protocol": "tcp", "ports": [8000]}],
    "api": [{"from": "balancer", "protocol": "tcp", "ports": [8000]}],
    "database": [{"from": "api", "protocol": "tcp", "ports": [3306]}],
    "dns": [{"from": source, "protocol": protocol, "ports": [53]}
            for source in ("internet", "dns") for protocol in ("udp", "tcp")],
    "internet": [{"from": "api", "protocol": "tcp", "ports": [443]},
                 {"from": "dns", "protocol": "udp", "ports": [53]}]}
# Of each zone: name, group, subnet, and the last number of the address of those that keep theirs.
MACHINES = {
    "a": [("app-a", "balancer", "public", 10), ("api-a", "balancer", "public", 11),
          ("dns-a", "dns", "public", 12), ("db-a", "database", "data", 10),
          ("i-000000a1", "web", "app", None), ("i-000000a2", "api", "app", None)],
    "b": [("app-b", "balancer", "public", 10), ("dns-b", "dns", "public", 12),
          ("i-000000b1", "web", "app", None), ("i-000000b2", "api", "app", None)],
    "c": [("i-000000c1", "web", "app", None), ("i-000000c2", "api", "app", None)]}
# Public address and port, machine, its port. Two share a port; the last leads where no
# group lets anybody.
LISTENERS = {
    "a": [("203.0.113.1", "tcp", 80, "app-a", 80), ("203.0.113.1", "tcp", 443, "app-a", 443),
          ("203.0.113.101", "tcp", 443, "api-a", 443), ("203.0.113.1", "udp", 53, "dns-a", 53),
          ("203.0.113.1", "tcp", 8404, "api-a", 8404), ("203.0.113.1", "tcp", 2222, "db-a", 22)],
    "b": [("203.0.113.2", "tcp", 443, "app-b", 443)], "c": []}
SILENCE = 0.4  # seconds after which nothing more is expected


def subnets(zone):
    return {name: f"10.{19 + ZONES[zone]}.{i}.0/24" for i, name in enumerate(
        ("public", "app", "data"))}


def fixed(zone, subnet, last):
    return last and subnets(zone)[subnet].replace("0/24", str(last))


def document(zone, name="prod", network=4711):
    """environment.json of a zone's host."""
    return {"name": name, "zone": zone, "network": network, "mtu": 1450, "encryption": "none",
            "zones": {z: {"address": f"203.0.113.{i}", "subnets": subnets(z),
                          "wireguard": {"address": f"100.127.0.{i}"}} for z, i in ZONES.items()},
            "security_groups": copy.deepcopy(GROUPS),
            "machines": {name: {"address": fixed(zone, subnet, last)}
                         for name, _, subnet, last in MACHINES[zone] if last},
            "listeners": [dict(zip(("address", "protocol", "port", "machine", "to"), one))
                          for one in LISTENERS[zone]]}


class Lab:
    def __init__(self):
        self.machines = {}  # name: (zone, group, address)
        self.outside = vpc_hosts.internet()
        self.hosts = {zone: vpc_hosts.host(self.outside, zone, i) for zone, i in ZONES.items()}
        for zone, host in self.hosts.items():
            host.describe(document(zone))
            host.vpc("up", "prod")
            for name, group, subnet, last in MACHINES[zone]:
                self.attach(zone, name, group, subnet, last)
            host.agent("host", quiet=True)
        self.outside.agents["internet"].wait()

    def attach(self, zone, name, group, subnet, last=None):
        host = self.hosts[zone]
        address = host.vpc("attach", "prod", name, group, subnet,
                           *filter(None, [fixed(zone, subnet, last)])).stdout.strip()
        self.machines[name] = zone, group, address
        host.agent(name, f"allday-prod.{name}")

    def detach(self, name):
        host = self.hosts[self.machines.pop(name)[0]]
        host.vpc("detach", "prod", name)
        host.agents.pop(name).close()

    def agent(self, name):
        if name == "internet":
            return self.outside.agents[name]
        return self.hosts[self.machines[name][0]].agents[name]

    def change(self, edit, zones="abc"):
        for zone in zones:
            changed = document(zone)
            edit(changed)
            self.hosts[zone].describe(changed)
            self.hosts[zone].vpc("up", "prod")

    def restore(self):
        self.change(lambda changed: None)

    def probe(self, table):
        """table: (sender, address, port, protocol, is expected to answer); what answered."""
        orders = {}
        for row in table:
            orders.setdefault(row[0], []).append(row)
        # All listen before the first one asks.
        for name in {*self.machines, "internet"}:
            self.agent(name).wait()
        for name, rows in orders.items():
            self.agent(name).send(probe=[[address, port, protocol, 5 if expected else SILENCE]
                                         for _, address, port, protocol, expected in rows])
        answers = {name: iter(self.agent(name).receive()) for name in orders}
        return [next(answers[row[0]]) for row in table]

    def close(self):
        for host in (*self.hosts.values(), self.outside):
            host.close()


@pytest.fixture(scope="module")
def lab(able):
    with contextlib.closing(Lab()) as made:
        yield made


def allowed(source, target, protocol, port):
    """By the environment's groups."""
    return any(rule["from"] == source and rule["protocol"] == protocol and port in rule["ports"]
               for rule in GROUPS[target])


def pairs(lab):
    """Every (from, to, port) between machines, and out to the internet."""
    places = {name: (group, address) for name, (_, group, address) in lab.machines.items()}
    for (a, (source, _)), (b, (target, address)) in itertools.product(
            places.items(), [*places.items(), ("internet", ("internet", OUTSIDE))]):
        for protocol, port in PORTS if a != b else ():
            yield a, b, address, port, protocol, allowed(source, target, protocol, port)


def check_table(lab):
    rows = list(pairs(lab))
    answers = lab.probe([(a, *rest) for a, _, *rest in rows])
    wrong = [f"{a} to {b} {protocol} {port}: expected {expected}, got {answer}"
             for (a, b, _, port, protocol, expected), answer in zip(rows, answers)
             if expected != (bool(answer) and answer[0] == b)]
    assert len(rows) > 1000 and not wrong, "\n".join(wrong)
