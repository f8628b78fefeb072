"""The router of an environment, its cable to the host and its tunnel to the other zones."""

import contextlib
import os

import machines
import rules
from environment import (GATEWAY, VXLAN_PORT, Environment, Failed, span, to_address, to_number)
from system import ask_ip, attached, inside, ip, load, lock, run, save, there

# Source addresses are checked by the rules; the kernel's check would not know the mark.
SETTINGS = """
echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter
echo 0 >/proc/sys/net/ipv4/conf/default/rp_filter
echo 1 >/proc/sys/net/ipv4/ip_forward
"""


def with_those_that_leave(env, applied):
    """Clients are led to a balancer that the file does not name any more until it has ended."""
    there, taken = attached(env), {(one["address"], one["protocol"], one["port"])
                                   for one in env.listeners}
    leaving = {name: about for name, about in (applied or {}).get("machines", {}).items()
               if name not in env.machines and name in there}
    kept = [one for one in (applied or {}).get("listeners", []) if one["machine"] in leaving
            and (one["address"], one["protocol"], one["port"]) not in taken]
    if not leaving:
        return env
    return Environment(env.document | {"machines": env.machines | leaving,
                                       "listeners": env.listeners + kept})


def check(env):
    """Prints what `up` would."""
    applied = load(f"{env.run}/vpc.json")
    env = with_those_that_leave(env, applied)
    if not there(env.namespace) or applied != env.document or rules.missing(env):
        print(f"{env.name}: is not what environment.json says")


def up(env):
    with lock(env):
        before = load(f"{env.run}/vpc.json")
        env = with_those_that_leave(env, before)
        save(f"{env.run}/vpc.json", env.document)
        if not there(env.namespace):
            ip(None, f"netns add {env.namespace}")
        # The rules are there before anything can pass.
        changed = rules.apply(env)
        make_uplink(env)
        make_router(env)
        make_tunnel(env)
        lead_to_other_zones(env)
    if changed or before != env.document:
        print(f"{env.name}: made what environment.json says")


def down(env):
    with lock(env):
        for record in attached(env).values():
            machines.disconnect(env, record)
        if there(env.namespace):
            # Somebody may still be in it; the links go all the same.
            for link in "tunnel", "wireguard", "uplink":
                with contextlib.suppress(Failed):
                    ip(env.namespace, f"link delete {link}")
            ip(None, f"netns delete {env.namespace}")
        rules.remove(env)
        os.unlink(f"{env.run}/vpc.json")
        os.rmdir(f"{env.run}/attached")
        with contextlib.suppress(OSError):  # others keep things in it too
            os.rmdir(env.run)


def make_uplink(env):
    if not ask_ip(None, "link", "show", "dev", env.uplink):
        ip(None, f"link add {env.uplink} type veth peer name uplink netns {env.namespace}")
    ip(None, f"address replace {env.host_end}/31 dev {env.uplink}",
       f"link set {env.uplink} addrgenmode none up")


def make_router(env):
    """It has the second address of each subnet, to speak from when a packet is too big or
    leads nowhere; what is not attached is unreachable, not the internet's."""
    run([*inside(env.namespace), "sh", "-ec", SETTINGS])
    lines = ["link set lo up", f"address replace {GATEWAY}/32 dev lo scope link"]
    for subnet in env.subnets.values():
        lines += [f"address replace {to_address(span(subnet)[0] + 1)}/32 dev lo",
                  f"route replace unreachable {subnet}"]
    ip(env.namespace, *lines, f"address replace {env.router_end}/31 dev uplink",
       "link set uplink addrgenmode none up", f"route replace default via {env.host_end}")


# ---- to the other zones


def make_tunnel(env):
    """The device is in the router, its UDP packets are the host's, or WireGuard's, whose
    own packets are the host's."""
    if env.encrypted:
        make_wireguard(env)
    here = env.endpoint(env.zone)
    found = ask_ip(env.namespace, "link", "show", "dev", "tunnel")
    if found and found[0]["linkinfo"]["info_data"].get("local") != here:
        ip(env.namespace, "link delete tunnel")
        found = []
    if not found:
        # In the header the kernel writes the packet's mark, and reads it from there (gbp).
        ip(env.namespace if env.encrypted else None,
           f"link add tunnel netns {env.namespace} address {ethernet(here)} type vxlan "
           f"id {env.id} local {here} dstport {VXLAN_PORT} gbp nolearning")
    if not env.encrypted and ask_ip(env.namespace, "link", "show", "dev", "wireguard"):
        ip(env.namespace, "link delete wireguard")
    ip(env.namespace, f"link set tunnel mtu {env.mtu} addrgenmode none up")


def ethernet(address):
    return "02:ad:" + to_number(address).to_bytes(4, "big").hex(":")


def lead_to_other_zones(env):
    """Routes, neighbours and their hosts are written down: nothing is learnt or asked for."""
    wanted = {net: env.endpoint(zone) for zone, about in env.others().items()
              for net in about["subnets"].values()}
    run(["bridge", "-n", env.namespace, "-batch", "-"], "".join(
        f"fdb replace {ethernet(end)} dev tunnel dst {end}\n" for end in set(wanted.values())))
    old = [route["dst"] for route in ask_ip(env.namespace, "route", "show", "dev", "tunnel")]
    ip(env.namespace, *(f"neighbour replace {end} lladdr {ethernet(end)} dev tunnel nud permanent"
                        for end in set(wanted.values())),
       *(f"route replace {net} via {end} dev tunnel onlink" for net, end in wanted.items()),
       *(f"route delete {net} dev tunnel" for net in old if net not in wanted))


def make_wireguard(env):
    if not ask_ip(env.namespace, "link", "show", "dev", "wireguard"):
        try:
            ip(None, f"link add wireguard netns {env.namespace} type wireguard")
        except Failed as error:
            raise Failed("encryption is wireguard, but this kernel does not support it "
                         f"({error})") from None
    run([*inside(env.namespace), "wg", "syncconf", "wireguard", "/dev/stdin"], wireguard(env))
    ends = [env.endpoint(zone) for zone in env.others()]
    ip(env.namespace, f"address replace {env.endpoint(env.zone)}/32 dev wireguard",
       f"link set wireguard mtu {env.mtu + 50} up",
       *(f"route replace {end}/32 dev wireguard" for end in ends))


def wireguard(env):
    with open(f"/etc/allday/{env.name}/secrets/wireguard.key") as file:
        key = file.read().strip()
    peers = "".join(
        f"[Peer]\nPublicKey = {about['wireguard']['public_key']}\n"
        f"Endpoint = {about['address']}:{env.wireguard_port}\n"
        f"AllowedIPs = {about['wireguard']['address']}/32\n" for about in env.others().values())
    return f"[Interface]\nPrivateKey = {key}\nListenPort = {env.wireguard_port}\n{peers}"
