"""May A connect to B? Asked of the rules that are in force."""

import re

from environment import WrongUse
from kernel import Kernel
from system import attached


def reach(env, source, target, text):
    match = re.fullmatch(r"([0-9]{1,5})(?:/(tcp|udp))?", text)
    if not match:
        raise WrongUse(f"{text!r} is not a port such as 8000 or 53/udp")
    port, protocol = int(match[1]), match[2] or "tcp"
    kernel, known = Kernel(env), attached(env)
    a, b = place(env, kernel, known, source), place(env, kernel, known, target)
    way = f"{source} to {target} on {protocol} port {port}"
    if source == target and source in known:
        print(f"yes: {way}: within the machine")
        return 0
    listener = listener_to(env, kernel, a, b, protocol, port)
    if a["group"] == "internet" and not listener:
        print(f"no: {way}: no listener leads there")
        return 1
    facts = b["facts"] | {"meta mark": a["mark"], f"{protocol} dport": port}
    rule = kernel.first("forward", facts | ({"ct status": "dnat"} if listener else {}))
    if rule:
        through = f", listener {listener}" if listener else ""
        print(f"yes: {way}: rule {rule.comment}{through}")
        return 0
    print(f"no: {way}: no rule of {b['group']} allows it from {a['group']}")
    return 1


def place(env, kernel, known, name):
    """What the router sees of it: as a sender its mark, as a receiver an address or a set."""
    if record := known.get(name):
        address = record["address"]
        return {"group": record["group"], "mark": kernel.machines.get(address),
                "facts": {"ip daddr": address}}
    if name == "internet":
        facts = {"meta oifname": "uplink"}
    elif name in env.groups:
        facts = {"ip daddr": f"@sg-{name}"}
    else:
        raise WrongUse(f"{name} is neither a machine in zone {env.zone} nor a security group of "
                       f"{env.name}")
    return {"group": name, "mark": env.numbers[name], "facts": facts}


def listener_to(env, kernel, a, b, protocol, port):
    """From outside one comes to a machine by a listener only; its public side as text."""
    if a["group"] != "internet":
        return None
    wanted = b["facts"].get("ip daddr", "")
    among = kernel.sets.get(wanted.removeprefix("@"), [wanted])
    for inner, one in env.ports():
        rule = kernel.first("listeners", {"meta iifname": "uplink", "ip daddr": env.router_end,
                                          f"{protocol} dport": inner})
        if rule and rule.to[0] in among and rule.to[1] == port:
            return f"{one['address']}:{one['port']}"
    return None
