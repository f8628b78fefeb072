"""Connecting machines: a namespace, an address, membership in a security group."""

import contextlib
import os
import re

from environment import (GATEWAY, NAME, RESERVED, Failed, WrongUse, span, to_address, to_number)
from system import (attached, finish, inside, ip, load, lock, nft, save, start, start_ip, there)


def attach(env, name, group, subnet, address=None):
    check(env, name, group, subnet, address)
    with lock(env):
        known = attached(env)
        record = known.get(name)
        if record and is_that(env, record, group, subnet, address):
            return record
        if record:
            disconnect(env, known.pop(name))
        address = address or free_address(env, subnet, known)
        refuse_taken(address, known)
        record = {"name": name, "group": group, "subnet": subnet, "address": address,
                  "ready": False}
        save(path(env, name), record)
        try:
            connect(env, record)
        except BaseException:
            disconnect(env, record)
            raise
        record["ready"] = True
        save(path(env, name), record)
        return record


def detach(env, name):
    with lock(env):
        if record := attached(env).get(name):
            disconnect(env, record)


def path(env, name):
    return f"{env.run}/attached/{name}.json"


def namespace(env, record):
    return f"{env.namespace}.{record['name']}"


def interface(record):
    """The router's end of its cable; 15 characters are the most that Linux takes."""
    return f"m{to_number(record['address']):08x}"


def check(env, name, group, subnet, address):
    if not NAME.fullmatch(name):
        raise WrongUse(f"{name!r} is not the name of a machine")
    if group not in env.groups or group == "internet":
        raise WrongUse(f"environment {env.name} has no security group {group}")
    if subnet not in env.subnets:
        raise WrongUse(f"zone {env.zone} of {env.name} has no subnet {subnet}")
    if address and not usable(address, env.subnets[subnet]):
        raise WrongUse(f"{address} is not an address for a machine in subnet {subnet}, "
                       f"{env.subnets[subnet]}")


def usable(address, subnet):
    """Not the subnet's own, the router's, or the broadcast address."""
    first, size = span(subnet)
    return re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3}){3}", address) \
        and first + 2 <= to_number(address) < first + size - 1


def is_that(env, record, group, subnet, address):
    return (record["ready"] and there(namespace(env, record)) and record["group"] == group
            and record["subnet"] == subnet and address in (None, record["address"]))


def free_address(env, subnet, known):
    """The next one after that given last, so that an address rests as long as it can before
    it is another machine's."""
    rests = f"{env.run}/addresses.json"
    last = load(rests, {})
    first, size = span(env.subnets[subnet])
    taken = {record["address"] for record in known.values()}
    taken |= {about["address"] for about in env.machines.values()}
    count = size - RESERVED - 1  # the last one is the broadcast address
    for i in range(count):
        offset = (last.get(subnet, count - 1) + 1 + i) % count
        address = to_address(first + RESERVED + offset)
        if address not in taken:
            save(rests, last | {subnet: offset})
            return address
    raise Failed(f"no address is free in subnet {subnet}, {env.subnets[subnet]}")


def refuse_taken(address, known):
    for record in known.values():
        if record["address"] == address:
            raise Failed(f"{address} is the address of {record['name']}")


def membership(record):
    """As keys in the map and the set of the rules: whose packets they are, and whose member."""
    return {"machines": f"{interface(record)} . {record['address']}",
            f"sg-{record['group']}": record["address"]}


def admission(env, record):
    machine, member = membership(record).values()
    return (f"add element inet vpc machines {{ {machine} : {env.numbers[record['group']]} }}\n"
            f"add element inet vpc sg-{record['group']} {{ {member} }}\n")


def connect(env, record):
    machine, port, address = namespace(env, record), interface(record), record["address"]
    if there(machine):
        ip(None, f"netns delete {machine}")
    ip(None, f"netns add {machine}",
       f"link add {port} mtu {env.mtu} netns {env.namespace} type veth "
       f"peer name eth0 mtu {env.mtu} netns {machine}")
    children = [
        start_ip(machine, "link set eth0 addrgenmode none", "link set lo up",
                 "link set eth0 up", f"address add {address}/32 dev eth0",
                 f"route add {GATEWAY} dev eth0", f"route add default via {GATEWAY}"),
        start_ip(env.namespace, f"link set {port} addrgenmode none up",
                 f"route add {address} dev {port}")]
    nft(env.namespace, admission(env, record))
    for child in children:
        finish(child)


def disconnect(env, record):
    """First its rights go, then its cable and its connections, so that whoever gets the
    address next inherits nothing."""
    if there(env.namespace):
        expel(env, record)
        router = inside(env.namespace)
        children = [
            start_ip(env.namespace, f"link delete {interface(record)}"),
            start([*router, "conntrack", "--delete", "--reply-src", record["address"]]),
            start([*router, "conntrack", "--delete", "--orig-src", record["address"]])]
        if there(namespace(env, record)):
            children.append(start_ip(None, f"netns delete {namespace(env, record)}"))
        for child in children:
            with contextlib.suppress(Failed):  # an attach cut short had not come to it
                finish(child)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path(env, record["name"]))


def expel(env, record):
    elements = [f"delete element inet vpc {name} {{ {element} }}\n"
                for name, element in membership(record).items()]
    try:
        nft(env.namespace, "".join(elements))
    except Failed:  # its group is no more, or the attach had not come to it
        for element in elements:
            with contextlib.suppress(Failed):
                nft(env.namespace, element)
