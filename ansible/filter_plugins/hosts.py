"""What a host is like (host/look) beside what it is wanted for.

  environment | allday_addresses(hostvars)       {zone: IPv4 address} of its hosts
  environment | allday_encryption({zone: seen})  none or wireguard, between the zones
  environment | allday_asg_here({zone: seen}, now)
                                                 {zone, turn} of asg: the zone that it was moved
                                                 to last, and when, in seconds since 1970
  environment | allday_waiting([zone], zone of asg)
                                                 sentences: what waits for hosts that are away
  documents | allday_entries                     what clients reach: [{record, name, address, port,
                                                 where, zone}], of the environment.json of hosts
  status | allday_unreachable([zone])            names of balancers that asg cannot reach, as
                                                 `asg status --json` says, but for those of zones
                                                 that are away
  seen | allday_faults(host, wanted, built, encryption)
                                                 sentences: why the host cannot be used
  seen | allday_asg_faults(host, environment)    sentences: why asg cannot move to the host
  seen | allday_changed(host, wanted)            sentences: what `wanted` says that the host has
                                                 otherwise, but for image and release
  seen | allday_releases_missing(host, environment, zone, brought)
                                                 the same, of releases that groups of the zone
                                                 name and that are not there; brought: create's

`seen` is what look printed, `wanted` the environment.json that the host is to have, `built`
the Debian release and the architecture that our programs were built for.
"""

import socket

DEBIANS = ("debian 12", "debian 13")
ROOM = 500    # MB, for a release, logs and what the machines write
IMAGE = 3000  # MB, for an image and its making


# ---- of the whole environment


def address_of(name):
    return socket.getaddrinfo(name, None, socket.AF_INET)[0][4][0]


def allday_addresses(environment, hostvars):
    found = {}
    for zone, said in environment["zones"].items():
        known = hostvars[said["host"]]
        name = said.get("address") or known.get("ansible_host") or said["host"]
        try:
            found[zone] = address_of(name)
        except OSError as error:
            raise ValueError(f"zones.{zone}.host: {said['host']} has the name {name}, which has "
                             f"no IPv4 address: {error.strerror}") from None
    return found


def documents(environment, seen):
    """What hosts that were seen have been told of the environment."""
    return [document for host in seen.values() for document in host.get("environments", [])
            if document["name"] == environment["name"]]


def away(environment, seen):
    return [zone for zone in environment["zones"] if zone not in seen]


def allday_encryption(environment, seen):
    """Who is away has no say: what the others have is kept."""
    wanted, there = environment["vpc"]["encryption"], documents(environment, seen)
    if wanted != "auto":
        return wanted
    if away(environment, seen) and there:
        return there[0]["encryption"]
    able = len(seen) > 1 and all(host["wireguard"] for host in seen.values())
    return "wireguard" if able else "none"


def turns(environment, seen):
    """look: lines `ENV/asg:TURN` of the files that say that asg is on this host."""
    for line in seen["asg"]:
        path, _, turn = line.partition(":")
        if path == f"{environment['name']}/asg" and turn.isdigit():
            yield int(turn)


def allday_asg_here(environment, seen, now):
    """At first it is in the first zone. Of two hosts that say it is with them, one was away
    when it was moved. When none says so of an environment that was there before, it is where
    nobody can look: there must never be two."""
    found = [(turn, zone) for zone, host in seen.items() for turn in turns(environment, host)]
    hidden = away(environment, seen) if documents(environment, seen) else []
    turn, zone = max(found, default=(now, next(iter([*hidden, *environment["zones"]]))))
    return {"zone": zone, "turn": turn}


def only_there(environment, away):
    """What nobody else has of the zones that are away."""
    if environment["database"]["zone"] in away:
        yield "it has the database: lists cannot be read until it is back"
    for record, said in environment["balancers"].items():
        if set(said["zones"]) <= set(away):
            yield f"no other zone has a balancer {record}: {record}.{environment['domain']} is away"
    if set(environment["dns"]["zones"]) <= set(away):
        yield "no other zone has a DNS server"
    for name, group in environment["groups"].items():
        if set(group["zones"]) <= set(away):
            yield f"the group {name} may be in no other zone"


def allday_waiting(environment, away, asg_zone):
    found = []
    for zone in away:
        here = list(only_there(environment, [zone]))
        if asg_zone == zone:
            here.append("asg is there: the groups stay as they are until it is back, or "
                        "move-asg.yml lets it run elsewhere")
        found.append(f"{environment['zones'][zone]['host']} (zone {zone}) cannot be reached and "
                     f"is left as it was; when it is back, the same command brings it up to date"
                     + "".join(f"; {sentence}" for sentence in here))
    return found


def allday_entries(documents):
    found = []
    for document in documents:
        for listener in document["listeners"]:
            record = listener["machine"].partition("-")[0]
            if listener["to"] == 443:
                found.append({
                    "record": record, "name": f"{record}.{document['domain']}",
                    "address": listener["address"], "port": listener["port"],
                    "where": f"{listener['address']}:{listener['port']}",
                    "zone": document["zone"]})
    return found


def allday_unreachable(status, away):
    """Of `asg status --json`: the balancers that it cannot ask, but for those of zones that are away."""
    return [one["name"] for one in status["balancers"]
            if not one["reachable"] and one["name"].partition("-")[2] not in away]


# ---- of one host


def has_asg(seen, wanted):
    """It has, or will have as the first zone of a new environment."""
    new = all(other["name"] != wanted["name"] for other in seen["environments"])
    return any(turns(wanted, seen)) or new and wanted["zone"] == next(iter(wanted["zones"]))


def of_debian(seen, host, wanted, built):
    """Machines run on an image of the Debian that the programs are built for, so only asg
    depends on the host's."""
    if seen["debian"] not in DEBIANS:
        yield f"{host} runs {seen['debian']}; Debian 12 or 13 is needed"
    elif seen["architecture"] != built[1]:
        yield (f"{host} runs on {seen['architecture']}, but the programs are built for "
               f"{built[1]}; build them on such a machine")
    elif seen["suite"] != built[0] and has_asg(seen, wanted):
        yield (f"{host} runs {seen['suite']}, but asg, which is on it, is built for {built[0]}: "
               f"build on {seen['suite']}, or have move-asg.yml let it run on a host with "
               f"{built[0]}")
    if not seen["systemd"]:
        yield f"{host} was not started by systemd"
    if not seen["python"]:
        yield f"{host} has no /usr/bin/python3; install it there: apt-get install python3"


def of_disk(seen, host, built):
    there = any(name.startswith(built[0] + "-") for name in seen["images"])
    needed = ROOM if there else IMAGE
    if seen["free"] < needed:
        yield (f"{host} has {seen['free']} MB free in /var/lib/allday; {needed} MB are needed"
               + ("" if there else ", since an image must be made"))


def of_address(seen, host, wanted):
    zone = wanted["zone"]
    for address in sorted({one["address"] for one in wanted["listeners"]} | {
            wanted["zones"][zone]["address"]}):
        if address not in seen["addresses"]:
            yield (f"{host} does not have the address {address} of zone {zone}, but "
                   f"{', '.join(sorted(set(seen['addresses']) - {'127.0.0.1'}))}; "
                   f"zones.{zone}.address says another one")


def listens(line, listener):
    protocol, _, rest = line.partition(" ")
    where, _, who = rest.partition(" ")
    address, _, port = where.rpartition(":")
    return protocol == listener["protocol"] and port == str(listener["port"]) and \
        address.partition("%")[0].strip("[]") in ("0.0.0.0", "::", "*", listener["address"])


def of_ports(seen, host, wanted):
    for listener in wanted["listeners"]:
        where = f"port {listener['port']}/{listener['protocol']} of {listener['address']}"
        for line in seen["listening"]:
            if listens(line, listener):
                who = line.split("((")[-1].split(",")[0] if "((" in line else "another program"
                yield f"{host}: {where} is used already, by {who}"
        for other in seen["environments"]:
            same = [one for one in other["listeners"] if other["name"] != wanted["name"] and all(
                one[key] == listener[key] for key in ("address", "protocol", "port"))]
            if same:
                yield f"{host}: {where} belongs to the environment {other['name']}"


def of_environments(seen, host, wanted):
    for other in seen["environments"]:
        if other["name"] == wanted["name"]:
            if other["zone"] != wanted["zone"]:
                yield (f"{host} is zone {other['zone']} of {wanted['name']}; to make it zone "
                       f"{wanted['zone']}, terminate the environment first")
        elif other["network"] == wanted["network"]:
            yield (f"{host}: the environments {other['name']} and {wanted['name']} would get the "
                   f"same network number {wanted['network']}; give one another name")


def of_encryption(seen, host, encryption):
    if encryption == "wireguard" and not seen["wireguard"]:
        yield (f"{host}: its kernel has no WireGuard, which vpc.encryption asks for; "
               f"`none` or `auto` does without")


def allday_faults(seen, host, wanted, built, encryption):
    return [*of_debian(seen, host, wanted, built), *of_disk(seen, host, built), *of_address(seen, host, wanted),
            *of_ports(seen, host, wanted), *of_environments(seen, host, wanted),
            *of_encryption(seen, host, encryption)]


def allday_asg_faults(seen, host, environment):
    """Our programs are built for the Debian of the image."""
    built = [document["image"].partition("-")[0] for document in documents(environment, {host: seen})]
    return [f"{host} runs {seen['suite']}, but asg is built for {suite}; it stays where it is"
            for suite in built if suite != seen["suite"]]


def allday_changed(seen, host, wanted):
    [here] = [each for each in seen["environments"] if each["name"] == wanted["name"]] or [{}]
    others = sorted(key for key in {*here, *wanted} - {"image", "release"}
                    if here.get(key) != wanted.get(key))
    return [f"{host}: {key} is changed too, and not only the groups' numbers; create without "
            f"--tags does all of it" for key in others]


def allday_releases_missing(seen, host, environment, zone, brought):
    there = {"", brought, *seen.get("releases", [])}
    return [f"{host}: groups.{name}.launch_template.release is {release}, which is not there "
            f"(machine release list)"
            for name, group in environment["groups"].items()
            if (release := group["launch_template"]["release"]) not in there
            and zone in group["zones"]]


class FilterModule:
    def filters(self):
        return {function.__name__: function for function in (
            allday_addresses, allday_asg_faults, allday_asg_here, allday_changed, allday_encryption,
            allday_entries, allday_faults, allday_releases_missing, allday_unreachable, allday_waiting)}
