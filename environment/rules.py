"""What no key can be asked alone: the tree is complete, and each value is as the schema wants it.

A fault is blamed on the value that the file itself gives; of a default, on what it disagrees
with.
"""

import ipaddress
import json
import os
import pathlib

from environment.amounts import megabytes, milliseconds, most_instances, surge
from environment.faults import Fault, listed, path_text
from environment.ports import blocked

PROVIDERS = pathlib.Path(__file__).resolve().parents[1] / "asg/providers"
KINDS = ("web", "api")
RESERVED = 10             # addresses of a subnet that have other uses
VARIABLES_BYTES = 20000   # as JSON; a provider takes 64 KiB
# How often HAProxy asks an instance that is not up yet (haproxy/api-group.cfg), in ms.
FIRST_CHECK, NEXT_CHECK = 200, 100


def kind_by_name(name):
    """Of a group whose file does not say its kind; None: it must."""
    return next((kind for kind in KINDS if name == kind or name.startswith(f"{kind}-")), None)


def with_kinds(values):
    """Each group with its kind, but those that must say it and do not."""
    for name, group in values["groups"].items():
        if kind := group.get("kind") or kind_by_name(name):
            group["kind"] = kind
    return values


class Checker:
    """`values`: the complete environment; `root`: its nodes, of those that a file has."""

    def __init__(self, values, root, file):
        self.values, self.root, self.file, self.faults = values, root, str(file), []

    def get(self, *path):
        value = self.values
        for step in path:
            if isinstance(step, str) and step not in value:
                return None
            value = value[step]
        return value

    def blamed(self, *paths):
        """The first that the file itself gives, else that any file gives."""
        nodes = [node for path in paths if (node := self.root.get(*path)) is not None]
        own = [node for node in nodes if node.file == self.file]
        return (own or nodes or [self.root])[0]

    def fault(self, node, path, sentence):
        subject = f"{path_text(path)} " if path else ""
        self.faults.append(Fault(node.file, node.line, subject + sentence))

    # ---- the numbers of a group

    def order(self, low, high, name, group, subject=None):
        """The value at `low` must be at most that at `high`; either may be absent."""
        least, most = self.get(*low), self.get(*high)
        if least is not None and most is not None and least > most:
            self.fault(self.blamed(low, high, group), subject or low,
                       f"must be at most {name}, {most}, not {least}")

    def room(self, most, group):
        """A group at its max needs slots for the ones that replace others as well."""
        slots, count = self.values["balancer"]["slots"], self.get(*most)
        if count is not None and count <= slots < count + surge(count):
            self.fault(self.blamed(most, ("balancer", "slots"), group), most,
                       f"must leave {surge(count)} of balancer.slots, {slots}, for replacements, not be "
                       f"{count}")

    def numbers(self, path, group, highest=None):
        """min, desired and max of a group or of a scheduled action."""
        least, wanted, most = ((*path, key) for key in ("min", "desired", "max"))
        limit = most if self.get(*most) is not None else highest or most
        self.order(least, wanted, "desired", group)
        self.order(wanted, limit, "max", group)
        if self.get(*wanted) is None:
            self.order(least, limit, "max", group)
        self.order(most, ("balancer", "slots"), "balancer.slots", group)
        self.room(most, group)

    def extreme(self, group, key, choose):
        """Where the most (or least) stands that a group ever has."""
        paths = [(*group, key), *((*group, "schedule", index, key)
                                  for index in range(len(self.get(*group, "schedule"))))]
        return choose((path for path in paths if self.get(*path) is not None),
                      key=lambda path: self.get(*path))

    def scheduled(self, group, index):
        action = (*group, "schedule", index)
        self.numbers(action, group, self.extreme(group, "max", max))
        changes = self.get(*action).keys() & {"min", "desired", "max"}
        if not changes & {"min", "desired"}:
            self.order(self.extreme(group, "min", min), (*action, "max"), "max of a scheduled action",
                       group, (*group, "min"))
        if not changes:
            self.fault(self.root.get(*action), action, "needs a min, a desired or a max")

    # ---- what an instance of a group is

    def kind(self, path):
        if self.get(*path).get("kind") is None:
            self.fault(self.root.get(*path), path,
                       "needs the key kind, web or api: only groups called web, api, web-… or api-… may leave "
                       "it out")

    def variables(self, path):
        at = (*path, "launch_template", "environment")
        size = len(json.dumps(self.get(*at), ensure_ascii=False, separators=(",", ":")).encode())
        if size > VARIABLES_BYTES:
            self.fault(self.blamed(at), at, f"must have at most {VARIABLES_BYTES} bytes in all, not {size}")

    def health(self, path):
        """Will the balancers ever call it healthy?"""
        check, group = (*path, "health_check"), self.get(*path)
        asked, grace = group["health_check"]["path"], group["health_check"]["grace"]
        if group.get("kind") == "api" and asked not in ("/readyz", "/healthz"):
            self.fault(self.blamed((*check, "path")), (*check, "path"),
                       f"must be /readyz or /healthz, not {asked}: nothing else of an api group answers 200 "
                       f"to anybody")
        needed = FIRST_CHECK + group["health_check"]["healthy"] * NEXT_CHECK
        if milliseconds(grace) < needed:
            self.fault(self.blamed((*check, "grace"), (*check, "healthy")), (*check, "grace"),
                       f"must be at least {needed}ms, not {grace}: so long do "
                       f"{group['health_check']['healthy']} checks (healthy) take")

    def disk(self, path):
        template = (*path, "launch_template")
        memory, disk = self.get(*template, "memory"), self.get(*template, "disk")
        if megabytes(disk) > megabytes(memory):
            self.fault(self.blamed((*template, "disk"), (*template, "memory")), (*template, "disk"),
                       f"must be at most memory, {memory}, not {disk}: it is kept there")

    def release(self, path):
        """On hosts it is the name of a directory."""
        at = (*path, "launch_template", "release")
        text = self.get(*at)
        if set(text) & set("+~:") or text and not text[0].isalnum():
            self.fault(self.blamed(at), at,
                       f"is {text}, which cannot be the id of a release on hosts: letters, digits and . _ -, "
                       f"the first a letter or a digit")

    def policies(self, path):
        limit = self.get(*path, "launch_template", "cpu")
        for index, policy in enumerate(self.get(*path, "scaling", "policies")):
            at = (*path, "scaling", "policies", index, "target")
            if policy["metric"] == "cpu" and policy["target"] > limit:
                self.fault(self.blamed(at, (*path, "launch_template", "cpu")), at,
                           f"must be at most launch_template.cpu, {limit}, not {policy['target']:g}: no "
                           f"instance can use more")

    # ---- addresses

    def addresses_here(self):
        wanted = sum(map(most_instances, self.values["groups"].values()))
        network = self.values["instances"]
        room = ipaddress.IPv4Network(network).num_addresses - 2
        if room < wanted:
            self.fault(self.blamed(("instances",), ("groups",)), ("instances",),
                       f"is {network}, which has {room} addresses: the groups may need {wanted} at once, max "
                       f"and replacements together")

    def subnets(self, zones):
        return sum(ipaddress.IPv4Network(self.get("zones", zone, "subnets", "app")).num_addresses
                   - 1 - RESERVED for zone in zones)

    def addresses_of(self, path):
        room = self.subnets(zone for zone in self.values["zones"] if zone in self.get(*path, "zones"))
        wanted = most_instances(self.get(*path))
        if wanted > room:
            self.fault(self.blamed(self.extreme(path, "max", max), path), (*path, "max"),
                       f"needs {wanted} addresses with those for replacements: the subnets `app` of "
                       f"its zones have {room}")

    def addresses_on_hosts(self):
        wanted = sum(map(most_instances, self.values["groups"].values()))
        room = self.subnets(self.values["zones"])
        if wanted > room:
            self.fault(self.blamed(("groups",)), ("groups",),
                       f"need {wanted} addresses, max and replacements of all together: the subnets `app` of "
                       f"the zones have {room}")

    # ---- ports

    def opened(self, at, first, last):
        """By a browser."""
        if refused := blocked(first, last):
            said = first if first == last else f"{first} to {last}"
            self.fault(self.blamed(at), at,
                       f"is {said}, but browsers do not open port{'s'[:len(refused) > 1]} {listed(refused, 'and')} "
                       f"(https://fetch.spec.whatwg.org/#port-blocking): it must be another one")

    def ports(self):
        """Statistics take two for each address of `listen`."""
        spans = {}
        for key, first in self.values["ports"].items():
            last = first + (2 * len(self.values["listen"]) - 1 if key == "stats" else 0)
            at, said = ("ports", key), str(first) if first == last else f"{first} to {last}"
            if last > 65535:
                self.fault(self.blamed(at), at, f"must not go beyond 65535, but is {said}")
            if key != "dns":
                self.opened(at, first, last)
            for other, (begin, end, text) in spans.items():
                if first <= end and begin <= last:
                    self.two_ports((key, said), (other, text))
            spans[key] = first, last, said

    def two_ports(self, one, other):
        node = self.blamed(("ports", one[0]), ("ports", other[0]))
        if node is self.root.get("ports", other[0]):
            one, other = other, one
        self.fault(node, ("ports", one[0]),
                   f"is {one[1]}, but ports.{other[0]} is {other[1]}: they must differ")

    # ---- all of them

    def provider(self):
        name = self.values["provider"]
        if not os.access(PROVIDERS / name, os.X_OK):
            known = ", ".join(sorted(file.name for file in PROVIDERS.iterdir()))
            self.fault(self.blamed(("provider",)), ("provider",),
                       f"is {name}, which is no executable in asg/providers ({known})")

    def group(self, name, hosts):
        path = "groups", name
        self.numbers(path, path)
        for index in range(len(self.get(*path, "schedule"))):
            self.scheduled(path, index)
        self.kind(path)
        self.variables(path)
        self.health(path)
        if hosts:
            self.disk(path)
            self.release(path)
            self.policies(path)
            self.addresses_of(path)

    def all(self, hosts):
        if not self.values["groups"]:
            self.fault(self.blamed(("groups",)), ("groups",), "must have at least one group")
        self.provider()
        for name in self.values["groups"]:
            self.group(name, hosts)
        if not self.faults:
            (self.addresses_on_hosts if hosts else self.addresses_here)()
        if not hosts:
            self.ports()
        return self.faults
