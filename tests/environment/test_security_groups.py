"""Every (from, to, port) of the VPC, with real connections: what the environment file
allows passes, nothing else does. A port where nobody listens tells it as well: a machine
that was reached refuses, one that was not is silent."""

import itertools
import json
import pathlib

import look
from waiting import wait_for

PORTS = [("tcp", 22), ("udp", 53), ("tcp", 53), ("tcp", 80), ("tcp", 443), ("tcp", 3306),
         ("tcp", 8000), ("tcp", 8404), ("tcp", 9)]
CONNECT = (pathlib.Path(__file__).parent / "connect.py").read_text()
REPLACEMENTS = 20


def allowed(rules, source, target, protocol, port):
    """By the environment file."""
    return any(rule["from"] == source and rule["protocol"] == protocol and port in rule["ports"]
               for rule in rules[target])


def verdicts(host, wanted):
    """host: what runs a command there. wanted: [namespace, address, protocol, port]."""
    return json.loads(host(["/usr/bin/python3", "-c", CONNECT], input=json.dumps(wanted)))


def told(source, target, protocol, port):
    return f"{source['security_group']} {source['name']} ({source['zone']}) -> " \
        f"{target['security_group']} {target['name']} ({target['zone']}) {port}/{protocol}"


def pairs(machines):
    return [(source, target, protocol, port)
            for source, target in itertools.permutations(machines, 2) for protocol, port in PORTS]


def breaches(cloud):
    """(how many were tried, sentences about what is not as the file says)."""
    rules = next(iter(look.facts(cloud).values()))["security_groups"]
    table, wrong = pairs(look.machines(cloud)), []
    for zone, host in cloud.hosts.items():
        here = [row for row in table if row[0]["zone"] == zone]
        said = verdicts(host.run, [[source["namespace"], target["address"], protocol, port]
                                   for source, target, protocol, port in here])
        for row, verdict in zip(here, said):
            source, target, protocol, port = row
            right = allowed(rules, source["security_group"], target["security_group"],
                            protocol, port)
            if right != (verdict in ("open", "refused")):
                wrong.append(f"{told(*row)}: {verdict}")
    return len(table), wrong


def test_between_all_machines(cloud):
    count, wrong = breaches(cloud)
    print(f"{count} connections tried")
    assert count and not wrong, "\n".join(wrong)


def test_right_after_replacements(cloud):
    for number in range(REPLACEMENTS // 2):
        ends = [look.in_service(cloud, group)[0]["id"] for group in ("web", "api")]
        for ident in ends:
            cloud.asg("terminate", ident)
        wait_for(lambda: not {one["id"] for one in look.instances(cloud)} & set(ends))
        cloud.asg("wait")
    count, wrong = breaches(cloud)
    print(f"{count} connections tried after {REPLACEMENTS} replacements")
    assert count and not wrong, "\n".join(wrong)


def test_from_outside_the_vpc(cloud):
    """The client can route to the machines' own addresses, and to the hosts': nothing but
    the listeners leads to a machine."""
    about, machines = look.facts(cloud), look.machines(cloud)
    rules = next(iter(about.values()))["security_groups"]
    with cloud.routes():
        table = [(machine, *port) for machine in machines for port in PORTS]
        said = verdicts(cloud.client, [[None, machine["address"], *port]
                                       for machine, *port in table])
    wrong = [f"internet -> {machine['name']} {port}/{protocol}: {verdict}"
             for (machine, protocol, port), verdict in zip(table, said)
             if verdict in ("open", "refused")
             and not allowed(rules, "internet", machine["security_group"], protocol, port)]
    assert not wrong, "\n".join(wrong)


def test_the_listeners_and_no_other_public_port(cloud):
    listeners = [one for file in look.facts(cloud).values() for one in file["listeners"]]
    addresses = sorted({one["address"] for one in listeners})
    # The hosts' own ssh is not the VPC's.
    table = [(address, *port) for address in addresses for port in PORTS if port != ("tcp", 22)]
    said = verdicts(cloud.client, [[None, *row] for row in table])
    there = {(one["address"], one["protocol"], one["port"]) for one in listeners}
    for row, verdict in zip(table, said):
        assert (verdict == "open") == (row in there), f"{row}: {verdict}"


def test_no_machine_reaches_a_host_or_what_lies_outside(cloud):
    about, machines = look.facts(cloud), look.machines(cloud)
    rules = next(iter(about.values()))["security_groups"]
    outside = {"gateway": "169.254.1.1", "client": cloud.client_address} | {
        f"host {zone}": each["address"] for file in about.values()
        for zone, each in file["zones"].items()}
    for zone, host in cloud.hosts.items():
        table = [(machine, place, protocol, port) for machine in machines
                 if machine["zone"] == zone for place in outside for protocol, port in PORTS]
        said = verdicts(host.run, [[machine["namespace"], outside[place], protocol, port]
                                   for machine, place, protocol, port in table])
        for (machine, place, protocol, port), verdict in zip(table, said):
            right = place != "gateway" and allowed(rules, machine["security_group"], "internet",
                                                   protocol, port)
            assert right == (verdict in ("open", "refused")), \
                f"{machine['name']} -> {place} {port}/{protocol}: {verdict}"


def one_of_each(machines):
    """The first of each security group."""
    return list({one["security_group"]: one for one in reversed(machines)}.values())


def test_vpc_reach_says_the_same(cloud):
    """Where the receiver is: its router decides. Of other hosts' machines it knows the group."""
    rules = next(iter(look.facts(cloud).values()))["security_groups"]
    table = pairs(one_of_each(look.machines(cloud)))
    for zone, host in cloud.hosts.items():
        here = [row for row in table if row[1]["zone"] == zone]
        answers = host.run("\n".join(map(reach(cloud.name), here))).split("= ")[1:]
        for row, answer in zip(here, answers, strict=True):
            source, target, protocol, port = row
            right = allowed(rules, source["security_group"], target["security_group"],
                            protocol, port)
            assert answer.split()[0] == ("0" if right else "1"), f"{told(*row)}: {answer}"


def reach(environment):
    def command(row):
        source, target, protocol, port = row
        asks = source["name" if source["zone"] == target["zone"] else "security_group"]
        return (f"/usr/lib/allday/bin/vpc reach {environment} {asks} {target['name']} "
                f"{port}/{protocol}; echo = $?")
    return command
