"""What the nemesis strikes on hosts: a cloud on three of them, with two balancers of each kind,
two name servers and one database, and an instance of each group on every host."""

import contextlib
import os
import random

from common import PAGES, RATE  # the paths of the next ones, too

import look
from load import Load
from standing import made


@contextlib.contextmanager
def worlds():
    """Who makes the world of a seed: one cloud is that of all."""
    with made(3, os.environ.get("ALLDAY_CLOUD")) as cloud:
        yield lambda seed: World(seed, cloud)


class World:
    """with World(seed, cloud) as world: …"""


    def __init__(self, seed, cloud):
        self.cloud, self.random = cloud, random.Random(seed)
        self.about, self.home = look.facts(cloud), cloud.asg_zone()
        self.database = look.pet(cloud, "database")[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    # ---- who is there

    def machines(self, role):
        """(zone, name) of those with a name."""
        return [(zone, name) for zone, file in self.about.items()
                for name, one in file["machines"].items() if one["role"] == role]

    def zone(self, role):
        """The host of asg, of the database, or one that has neither."""
        known = {"asg": self.home, "the database": self.database}
        return known.get(role) or next(zone for zone in self.cloud.hosts
                                       if zone not in known.values())

    def ids(self):
        return {one["id"] for one in look.instances(self.cloud)}

    def done(self, kind):
        """The instances that were launched, or terminated, by asg."""
        return [event["instance"] for event in look.events(self.cloud) if event["kind"] == kind]

    def filled(self, lost, state=("InService", "Pending")):
        """Every group has, or is about to have, what it should without that zone."""
        return all(sum(one["zone"] != lost and one["state"] in state for one in group["instances"])
                   >= group["desired"] for group in look.groups(self.cloud).values())

    def whole(self):
        """Every group has what it should, an instance in each zone, in the eyes of all balancers;
        and all of these are in the zone, says each of the name servers."""
        return all(map(self.is_whole, look.groups(self.cloud).values())) and all(
            sorted(self.resolved(server, balancer)) == sorted(addresses)
            for balancer, addresses in self.addresses().items() for server in self.cloud.dns)

    def is_whole(self, group):
        well = [one for one in group["instances"]
                if one["state"] == "InService" and one["health"] == "healthy"]
        return len(group["instances"]) == group["desired"] == len(well) and \
            {one["zone"] for one in well} == set(self.cloud.hosts)

    def addresses(self):
        """{balancer: those that its name leads to}"""
        found = {}
        for zone, name in self.machines("balancer"):
            kind = name.removesuffix(f"-{zone}")
            public = self.cloud.internet.addresses(zone)[kind != "app"]
            found.setdefault(kind, []).append(public)
        return found

    def resolved(self, server, balancer):
        """(What went wrong it says on standard output, too.)"""
        return self.cloud.client(f"dig +short +time=1 +tries=1 @{server} "
                                 f"{balancer}.{self.cloud.domain} A || :").split()

    def beat(self):
        """Another one after each pass of asg."""
        return self.cloud.hosts[self.home].run(
            f"stat -c %y /var/lib/allday/{self.cloud.name}/asg/asg/lock")

    # ---- for run

    def probe(self):
        return Load(self.cloud, RATE, pages=PAGES, in_turn=True)

    def request(self, ident):
        """What the logs say of it."""
        return self.cloud.asg("request", ident)

    def said(self):
        watches = [f"{zone}: {line}" for zone, host in self.cloud.hosts.items() for line in
                   host.run("journalctl -q --no-pager -o short-iso -n 5 -u 'allday-watch@*' "
                             "-g 'has not answered' || :").splitlines()]
        return "\n".join([self.cloud.asg("activities", "--limit", "30"), *watches])
