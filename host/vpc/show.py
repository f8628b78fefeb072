"""The private network as a table to read."""

from environment import VXLAN_PORT
from kernel import Kernel
from system import attached


def show(env):
    kernel, known = Kernel(env), attached(env)
    print(f"environment {env.name}, zone {env.zone}")
    for title, rows in (("router", router(env, kernel)), ("tunnel", tunnel(env)),
                        ("subnets", subnets(env, known)), ("groups", groups(env, known)),
                        ("rules", rules(kernel)), ("listeners", listeners(env, kernel))):
        print(f"\n{title}")
        print_rows(rows or [["none"]])


def print_rows(rows):
    widths = [max(len(str(row[i])) for row in rows if i < len(row))
              for i in range(max(map(len, rows)) - 1)]
    for row in rows:
        cells = [str(cell).ljust(width) for cell, width in zip(row, [*widths, 0])]
        print("  " + "  ".join(cells).rstrip())


def router(env, kernel):
    return [["namespace", env.namespace],
            ["to the host", f"{env.router_end} -> {env.host_end} ({env.uplink})"],
            ["refused", f"{kernel.counted('refused')} packets"],
            ["spoofed", f"{kernel.counted('spoofed')} packets"]]


def tunnel(env):
    if env.encrypted:
        kind = f"encrypted: VXLAN in WireGuard, UDP port {env.wireguard_port}"
    else:
        kind = f"NOT encrypted: VXLAN, UDP port {VXLAN_PORT}"
    return [["kind", f"{kind}, network {env.id}, MTU {env.mtu}"],
            *([f"zone {zone}", f"{about['address']}: {', '.join(about['subnets'].values())}"]
              for zone, about in sorted(env.others().items()))]


def subnets(env, known):
    return [[name, net, f"{sum(one['subnet'] == name for one in known.values())} machines"]
            for name, net in sorted(env.subnets.items())]


def groups(env, known):
    return [[group, " ".join(f"{name}={one['address']}" for name, one in sorted(known.items())
                             if one["group"] == group) or "-"]
            for group in sorted(env.groups) if group != "internet"]


def rules(kernel):
    """Each with the connections that it let begin since it was last changed."""
    return [[f"{group} from {source}", protocol, ports, f"{rule.packets} packets"]
            for rule in kernel.chain("forward") if "accept" in rule.does and rule.comment
            for group, _, source, protocol, ports in [rule.comment.split()]]


def listeners(env, kernel):
    packets = {rule.wants[-1][2]: rule.packets for rule in kernel.chain("listeners")}
    return [[f"{one['address']}:{one['port']}", one["protocol"],
             f"-> {one['machine']}:{one['to']}", f"{packets.get(inner, 0)} packets"]
            for inner, one in env.ports()]
