"""What is there: the machines of a cloud as its hosts and asg know them."""

import calendar
import json
import re
import time


def facts(cloud):
    """{zone: what its host's environment.json says}."""
    return {zone: json.loads(host.run(f"cat /etc/allday/{cloud.name}/environment.json"))
            for zone, host in cloud.hosts.items()}


def groups(cloud):
    """{name: what `asg status` says}."""
    return {each["name"]: each for each in json.loads(cloud.asg("status", "--json"))["groups"]}


def instances(cloud, group=None):
    return [one for name, each in groups(cloud).items() if group in (None, name)
            for one in each["instances"]]


def in_service(cloud, group="api"):
    return [one for one in instances(cloud, group)
            if one["state"] == "InService" and one["health"] == "healthy"]


def remembered(cloud):
    """What asg remembers: of operators' words, of the instances, and of what it did."""
    told = {name: (each["desired"], each["suspended"], sorted(
        (one["id"], one["state"], one["protected"], one["cause"]) for one in each["instances"]))
        for name, each in groups(cloud).items()}
    return told, [event for event in events(cloud) if event["kind"] != "note"]


def machines(cloud):
    """All of them: name, zone, security_group, address, namespace."""
    about = facts(cloud)
    found = [{"name": name, "zone": zone, "security_group": one["security_group"],
              "address": one["address"]}
             for zone, file in about.items() for name, one in file["machines"].items()]
    found += [{"name": one["id"], "zone": one["zone"], "address": one["address"],
               "security_group": about[one["zone"]]["groups"][one["group"]]["security_group"]}
              for one in instances(cloud)]
    for one in found:
        one["namespace"] = f"allday-{cloud.name}.{one['name']}"
    return found


def unit(cloud, name):
    kind = "instance" if name.startswith("i-") else "machine"
    return f"allday-{kind}@{cloud.name}.{name}.service"


def first_process(cloud, name):
    """Words for its host's shell: the machine's PID 1, which is its supervisor's child."""
    return f"$(pgrep -P $(systemctl show --value -p MainPID {unit(cloud, name)}))"


def inside(cloud, zone, name, command):
    """What a command says, run by root in a machine."""
    return cloud.hosts[zone].run(
        f"nsenter --all -t {first_process(cloud, name)} {command}")


def processes(cloud, zone, name, program):
    """Those of that name in a machine, as its host numbers them, the oldest first."""
    return cloud.hosts[zone].run(
        f"pgrep -x {program} --ns {first_process(cloud, name)} --nslist pid || :").split()


def pet(cloud, role):
    """(zone, name) of the first machine of that role: dns, database."""
    for zone, file in facts(cloud).items():
        for name, one in file["machines"].items():
            if one["role"] == role:
                return zone, name
    raise AssertionError(f"there is no {role}")


def listener(about, address, port):
    """(zone, machine) behind a public address."""
    for zone, file in about.items():
        for one in file["listeners"]:
            if one["address"] == address and one["port"] == port:
                return zone, one["machine"]
    raise AssertionError(f"no listener is at {address}:{port}")


def whose_log(cloud, group, request):
    """(instance, line) of the group that logged the request's id."""
    for one in instances(cloud, group):
        for line in cloud.asg("console", one["id"]).splitlines():
            if f"request_id={request}" in line:
                return one, line
    raise AssertionError(f"no instance of {group} has logged request {request}")


def events(cloud):
    """All that asg remembers to have done, oldest first."""
    return [json.loads(line) for line in
            cloud.asg("events", "--json", "--limit", "100000").splitlines()]


def launches(cloud, since):
    """The successful ones that began after the moment (seconds since 1970), oldest first,
    with their moments in seconds since then."""
    found = []
    for event in events(cloud):
        if event["kind"] == "launch" and event["status"] == "Successful":
            event |= {key: seconds(event[key]) - since
                      for key in ("noticed", "start", "launched", "end")}
            if event["start"] > 0:
                found.append(event)
    return found


def seconds(text):
    """Of a time as asg writes it."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    moment = time.strptime(whole + " UTC", "%Y-%m-%dT%H:%M:%S %Z")
    return calendar.timegm(moment) + float(f"0.{fraction or 0}")


def delegation(cloud):
    """The domain's DS record, as create tells it for the parent zone."""
    return (cloud.state / "secrets/ds").read_text().strip()


def resolved(cloud, server, name):
    """The addresses that the DNS server of that address gives, validated from the DS record."""
    anchors = cloud.state / "anchors"
    owner, _, *numbers, digest = delegation(cloud).split()
    anchors.write_text(
        f'trust-anchors {{ "{owner}" static-ds {" ".join(numbers)} "{digest}"; }};\n')
    said = cloud.client(f"delv @{server} -a {anchors} +root={cloud.domain} {name} A 2>&1 || :")
    found = re.findall(r"\sIN\s+A\s+([\d.]+)", said)
    assert "; fully validated" in said and found, f"{server}: {said}"
    return sorted(found)
