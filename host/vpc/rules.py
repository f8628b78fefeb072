"""What may pass, as two tables of nftables: one in the router, one on the host."""

import os

from environment import VXLAN_PORT
from machines import admission
from system import attached, load, nft, save, say_nft

# A flood of refused packets is counted, but not all of it logged.
SOME = "limit rate 10/second burst 100 packets"
# Who connected to whom, and on which port: that is logged once in a while, not for each
# connection (a balancer checks each instance every second). When a set is full, nothing
# new is logged until something of it has expired. The interfaces are in the key by their
# numbers, so that the next machine with an address is told of at once. (The protocol has sets
# of its own: nft 1.0.6 drops the first of more than five parts without a word.)
KEY = "meta iif . meta oif . ip saddr . ip daddr . th dport"
ACCEPTED, REFUSED = "10m", "1m"  # as long as Amazon's flow logs aggregate; a minute
LOGGED = {"accepted-tcp": ACCEPTED, "accepted-udp": ACCEPTED,
          "refused-tcp": REFUSED, "refused-other": REFUSED}
DSTNAT, SRCNAT = -100, 100  # as numbers: not every hook knows both names


def tables(env):
    """(where, namespace, table, its text) of the two."""
    yield "router", env.namespace, "inet vpc", router(env)
    yield "host", None, host_table(env), host(env)


def in_force(namespace, name):
    """The rules that the kernel has, as nft writes them, without counters and members."""
    return say_nft(namespace, "--stateless", "--terse", "list", "table", *name.split())


def missing(env):
    """Where other rules are in force than are wanted: what was said is another text, or somebody
    changed them."""
    done = load(f"{env.run}/rules.json", {})
    return [where for where, namespace, name, text in tables(env)
            if done.get(where) != [text, in_force(namespace, name)]]


def apply(env):
    """In one transaction each, and only where something is to change: counters live on. Where
    that was."""
    wrong, done = missing(env), {}
    for where, namespace, name, text in tables(env):
        if where in wrong:
            nft(namespace, text + (members(env) if where == "router" else ""))
        done[where] = [text, in_force(namespace, name)]
    save(f"{env.run}/rules.json", done)
    return wrong


def remove(env):
    table = host_table(env)
    nft(None, f"table {table}\ndelete table {table}\n")
    for name in "rules.json", "addresses.json":
        if os.path.exists(f"{env.run}/{name}"):
            os.unlink(f"{env.run}/{name}")


def host_table(env):
    return f"ip allday-{env.name}"


def table(name, *parts):
    """Instead of what there may be; the first line is for when there is none."""
    return f"table {name}\ndelete table {name}\ntable {name} {{\n{''.join(parts)}}}\n"


def chain(name, hook, priority, policy, lines):
    body = "".join(f"\t\t{line}\n" for line in lines)
    kind = "nat" if priority in (DSTNAT, SRCNAT) else "filter"
    return (f"\tchain {name} {{\n\t\ttype {kind} hook {hook} priority {priority}; "
            f"policy {policy};\n{body}\t}}\n")


def either(values):
    return "{ " + ", ".join(map(str, values)) + " }"


# ---- in the router


def router(env):
    return table(
        "inet vpc",
        "\tmap machines { type ifname . ipv4_addr : mark; }\n",
        *(f"\tset sg-{group} {{ type ipv4_addr; }}\n" for group in sorted(env.groups)),
        *(f"\tset {name} {{ typeof {KEY}; size 8192; flags dynamic,timeout; timeout {time}; }}\n"
          for name, time in LOGGED.items()),
        chain("arrive", "prerouting", "raw", "drop", arrive(env)),
        chain("listeners", "prerouting", DSTNAT, "accept", redirects(env)),
        chain("forward", "forward", "filter", "drop", forward(env)),
        chain("input", "input", "filter", "drop",
              ["ct state established,related accept", *tunnel_over_wireguard(env)]),
        chain("outbound", "postrouting", SRCNAT, "accept",
              [f'oifname "uplink" snat ip to {env.router_end}']))


def members(env):
    return "".join(admission(env, record) for record in attached(env).values()
                   if record["ready"] and record["group"] in env.groups)


def tunnel_over_wireguard(env):
    peers = [env.endpoint(zone) for zone in env.others()]
    if not env.encrypted or not peers:
        return []
    return [f'iifname "wireguard" ip saddr {either(peers)} udp dport {VXLAN_PORT} accept']


def arrive(env):
    """Who sent it is known by where it comes in, and nobody uses another one's address.
    (Through the tunnel it arrives with the mark that the other zone's router gave it.)"""
    local = list(env.subnets.values())
    remote = [net for about in env.others().values() for net in about["subnets"].values()]
    from_tunnel = [f'iifname "tunnel" ip saddr {either(remote)} accept'] if remote else []
    return [*from_tunnel, *tunnel_over_wireguard(env),
            f'iifname "uplink" ip saddr != {either(local + remote)} '
            f'meta mark set {env.numbers["internet"]} accept',
            "meta mark set iifname . ip saddr map @machines accept",
            'counter comment "spoofed"',
            f'meta nfproto ipv4 {SOME} log prefix "refuse spoofed" group 1']


def redirects(env):
    return [f'iifname "uplink" ip daddr {env.router_end} {one["protocol"]} dport {port} counter '
            f'dnat ip to {env.machines[one["machine"]]["address"]}:{one["to"]}'
            for port, one in env.ports()]


def forward(env):
    # What this zone's router lets into the tunnel, the one at its end decides on.
    return ["ct state established,related accept", "ct state invalid drop",
            *(line for group in sorted(env.groups) for rule in env.groups[group]
              for line in allow(env, group, rule)),
            'iifname != { "tunnel", "uplink" } oifname "tunnel" accept',
            'counter comment "refused"',
            f'meta l4proto tcp {once("refused-tcp")} log prefix "refuse" group 1',
            f'meta l4proto != tcp {once("refused-other")} log prefix "refuse" group 1']


def once(name):
    return f"{KEY} != @{name} add @{name} {{ {KEY} }}"


def allow(env, group, rule):
    about = describe(group, rule)
    to = 'oifname "uplink"' if group == "internet" else f"ip daddr @sg-{group}"
    through = "ct status dnat " if rule["from"] == "internet" else ""
    wanted = (f'meta mark {env.numbers[rule["from"]]} {through}{to} {rule["protocol"]} '
              f'dport {either(rule["ports"])}')
    return (f'{wanted} {once("accepted-" + rule["protocol"])} log prefix "accept {about}" group 1',
            f'{wanted} counter accept comment "{about}"')


def describe(group, rule):
    """It is the rule's name in logs and answers; the kernel takes no long ones."""
    ports = ",".join(map(str, rule["ports"]))
    return f"{group} from {rule['from']} {rule['protocol']} {ports}"[:110]


# ---- on the host


def host(env):
    to_router = [f"ip daddr {one['address']} {one['protocol']} dport {one['port']} "
                 f"dnat to {env.router_end}:{port}" for port, one in env.ports()]
    return table(
        host_table(env),
        chain("prerouting", "prerouting", DSTNAT, "accept", to_router),
        chain("output", "output", DSTNAT, "accept", to_router),
        chain("postrouting", "postrouting", SRCNAT, "accept",
              [f"ip saddr {env.router_end} masquerade"]),
        chain("input", "input", "filter", "accept", not_from_strangers(env)))


def not_from_strangers(env):
    """A packet of this environment's tunnel is a peer's; over WireGuard it is seen in the
    router only. (Behind the UDP header: 32 bits of flags and group, then the network.)"""
    peers = [] if env.encrypted else [env.endpoint(zone) for zone in env.others()]
    unless = f"ip saddr != {either(peers)} " if peers else ""
    return [f"udp dport {VXLAN_PORT} @th,96,24 {env.id} {unless}counter drop"]
