"""Where the data of an environment are, and what becomes of hosts that left its file.

  environment | allday_left(memory, seen, hostvars, addresses)
                            [{host, zone, address}]: hosts that were of it and are not any more;
                            none that is one of the file by another name: by its address, there
                            or in the inventory, or by its SSH key
  left | allday_left_looked({host: looked}, seen)
                            {left, seen}: the same two without those that are hosts of the file
                            by the key that they have now
  environment | allday_places(addresses, hostvars, memory)
                            {host: {zone, address, user, port, key}}, to be remembered
  environment | allday_database(seen, memory, new)
                            {step, from, name, key, sentence, fault}: what `create` is to do
                            about its database before it starts it
  environment | allday_left_faults(seen_left)
                            sentences: why a host may not be left yet

`seen` is {host: what host/look printed there}, of hosts that have left too; what
cannot be reached is not in it. `memory` is what the last create wrote down on the controller:
{"database": {zone, host}, "hosts": {host: {zone, address, key}}}, or {}. `new`: the operator's yes to
an empty database. Steps:

  none    it is where the file says
  make    there has been none: an empty one is made
  move    its data come from the host `from`, where they are the machine `name`'s
  finish  a move was interrupted when the data were here already
"""

import ipaddress


def file_hosts(environment):
    return {zone["host"]: name for name, zone in environment["zones"].items()}


def documents(environment, seen):
    return [document for host in seen.values() for document in host["environments"]
            if document["name"] == environment["name"]]


def keys(seen):
    return {about["key"] for about in seen.values() if about.get("key")}


def renamed(environment, seen, memory):
    """{name in `memory`: name in the file}."""
    here = {seen[host]["key"]: host for host in file_hosts(environment) if seen.get(host, {}).get("key")}
    return {host: here[said["key"]] for host, said in memory.get("hosts", {}).items()
            if host not in file_hosts(environment) and said.get("key") in here}


def allday_left(environment, memory, seen, hostvars, addresses):
    """What was before `memory` was kept is known by the address that hosts still know of it."""
    found = {host: {"host": host, **said} for host, said in memory.get("hosts", {}).items()}
    by_address = {hostvars[host].get("ansible_host", host): host for host in hostvars}
    for document in documents(environment, seen):
        for zone, said in document["zones"].items():
            host = by_address.get(said["address"])
            if host:
                found.setdefault(host, {"host": host, "zone": zone, "address": said["address"]})
    here = {hostvars[host].get("ansible_host", host) for host in file_hosts(environment)}
    return [said for host, said in found.items() if host not in file_hosts(environment)
            and said.get("key") not in keys(seen) and said["address"] not in addresses.values()
            and (host not in hostvars or hostvars[host].get("ansible_host", host) not in here)]


def allday_left_looked(left, looked, seen):
    same = {host for host, about in looked.items() if about.get("key") in keys(seen)}
    return {"left": [said for said in left if said["host"] not in same],
            "seen": {host: about for host, about in looked.items() if host not in same}}


def allday_places(environment, addresses, hostvars, memory):
    found = {}
    for zone, said in environment["zones"].items():
        known = hostvars[said["host"]]
        before = memory.get("hosts", {}).get(said["host"], {})
        key = known.get("host_seen", before).get("key", "")
        found[said["host"]] = {"zone": zone, "address": addresses[zone],
                               "user": known.get("ansible_user", "root"),
                               "port": int(known.get("ansible_port", 22))} | ({"key": key} if key else {})
    return found


def allday_left_faults(environment, seen_left):
    """Its memory would be lost, and there would be two for a while."""
    first = next(iter(environment["zones"]))
    return [f"asg is on {host}, which the file does not name any more; let it move first, by the "
            f"file that still names it: move-asg.yml -e to={first}"
            for host, seen in seen_left.items()
            if any(line.startswith(f"{environment['name']}/asg:") for line in seen["asg"])]


# ---- the database


def held(environment, seen):
    """{state: {(host, machine): KiB}}; look prints ENV/MACHINE/STATE:KiB."""
    found = {"mysql": {}, "arrived": {}, "wanted": {}}
    for host, about in seen.items():
        for line in about.get("databases", []):
            path, _, size = line.rpartition(":")
            name, machine, state = path.split("/")
            if name == environment["name"]:
                found[state][host, machine] = int(size)
    return found


def told(environment, seen, memory):
    """The zone in which it was last: as the controller remembers, or by the address that
    the instances of the hosts are given."""
    if "database" in memory:
        host = memory["database"]["host"]
        return memory["database"] | {"host": renamed(environment, seen, memory).get(host, host)}
    for document in documents(environment, seen):
        for group in document["groups"].values():
            address = group.get("settings", {}).get("DB_ADDRESS", "").partition(":")[0]
            for zone, said in document["zones"].items():
                if address and ipaddress.ip_address(address) in ipaddress.ip_network(
                        said["subnets"]["data"]):
                    host = environment["zones"].get(zone, {}).get("host", "its host")
                    return {"zone": zone, "host": host}
    return None


def answer(step, sentence="", **more):
    return {"step": step, "from": "", "name": "", "key": "", "sentence": sentence, "fault": ""} | more


def fault(sentence):
    return answer("none", fault=sentence)


def data_of(environment, machine):
    return f"/var/lib/allday/{environment['name']}/{machine}/data/mysql"


def move_from(environment, seen, place, size, wanted):
    """Nothing is stopped for what cannot go well."""
    (host, name), (there, machine) = place, wanted
    zone = name.removeprefix("db-")
    if seen[there]["free"] < size // 1024 + 100:
        return fault(f"database.zone: the database of zone {zone} has {size // 1024} MB, and {there} "
                     f"has {seen[there]['free']} MB free in /var/lib/allday")
    if seen[host]["debian"] > seen[there]["debian"]:
        return fault(f"database.zone: the database of zone {zone} is one of {seen[host]['debian']}, "
                     f"which the older MariaDB of {there} ({seen[there]['debian']}) cannot read")
    return answer("move", **{"from": host, "name": name, "key": seen[host].get("key", "")},
                  sentence=f"the database moves from zone {zone} ({host}) to zone "
                           f"{machine.removeprefix('db-')} ({there}), {size // 1024} MB")


def lost(environment, known, wanted, on_their_way, new):
    """A host that is gone is no proof that there was none."""
    there, machine = wanted
    zone = machine.removeprefix("db-")
    if on_their_way and not new:
        host, name = on_their_way[0]
        return fault(
            f"database.zone: the data of {environment['name']} were on their way to {host} "
            f"({data_of(environment, name)}.arrived); let them arrive first, by "
            f"database.zone: {name.removeprefix('db-')}")
    if new:
        return answer("make", f"an empty database is made in zone {zone} ({there}), as was asked for")
    return fault(
        f"database.zone: the data of {environment['name']} were in zone {known['zone']} "
        f"({known['host']}), where they cannot be had from; create makes no empty database in zone "
        f"{zone} ({there}) in their place, but with -e new_database=yes")


def finish(environment, seen, known, wanted):
    """Unless they have gone on where they were since, which that host alone can tell."""
    there, machine = wanted
    zone = machine.removeprefix("db-")
    if known and known["zone"] != zone and known["host"] not in seen:
        path = data_of(environment, machine)
        return fault(
            f"database.zone: the data of {environment['name']} were in zone {known['zone']} "
            f"({known['host']}), which cannot be reached, and those that came to zone {zone} "
            f"({there}) before, {path}.arrived, may be older; to take them nonetheless, rename them "
            f"{path} there")
    return answer("finish", f"the database moves to zone {zone} ({there})")


def elsewhere(environment, seen, others, wanted, known):
    """It is on one or more other hosts."""
    last = [place for place in others if known and place[1] == f"db-{known['zone']}"]
    places = " and ".join(f"{host} ({data_of(environment, name)})" for host, name in others)
    if not last and known and known["host"] not in seen:
        return fault(f"database.zone: the data of {environment['name']} were in zone {known['zone']} "
                     f"({known['host']}), which cannot be reached; those on {places} may be older, "
                     "and are taken only when database.zone names their zone")
    if len(last) != 1 and len(others) != 1:
        return fault(f"database.zone: there are databases of {environment['name']} on {places}; move "
                     "all but the right one away")
    place = (last or list(others))[0]
    return move_from(environment, seen, place, others[place], wanted)


def allday_database(environment, seen, memory, new=False):
    zone = environment["database"]["zone"]
    wanted = environment["zones"][zone]["host"], f"db-{zone}"
    known, there = told(environment, seen, memory), held(environment, seen)
    others = {place: size for place, size in there["mysql"].items() if place != wanted}
    if wanted[0] not in seen:
        if known is None or known["zone"] == zone:  # (The host may have another name now.)
            return answer("none")
        return fault(f"database.zone: the database is to move from zone {known['zone']} to zone {zone}, "
                     f"whose host {wanted[0]} cannot be reached")
    if wanted in there["mysql"]:
        old = [place for place in others if known and place[1] == f"db-{known['zone']}"]
        if old and known["zone"] != zone:
            return fault(f"database.zone: the database is in zone {known['zone']} ({old[0][0]}), and "
                         f"{wanted[0]} has an older one in {data_of(environment, wanted[1])}; move that "
                         "away to let the data come there")
        return answer("none")
    if wanted in there["arrived"] and not others:
        return finish(environment, seen, known, wanted)
    if others:
        return elsewhere(environment, seen, others, wanted, known)
    if known is None or wanted in there["wanted"]:
        return answer("make")
    return lost(environment, known, wanted, list(there["arrived"]), new)


class FilterModule:
    def filters(self):
        return {function.__name__: function for function in (
            allday_database, allday_left, allday_left_faults, allday_left_looked, allday_places)}
