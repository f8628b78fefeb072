"""The private network, without machines: what `vpc` makes on three hosts that are only
namespaces, tried with real connections. No cloud is needed for it."""

import contextlib
import itertools
import json
import re
import select
import socket
import struct
import subprocess
import time

import pytest

import vpc_hosts
from vpc_hosts import OUTSIDE, ROOT, VPC
from vpc_lab import (LISTENERS, PORTS, SILENCE, ZONES, allowed, check_table, lab)  # noqa: F401
from waiting import wait_for

pytestmark = pytest.mark.skipif(bool(vpc_hosts.missing()), reason=vpc_hosts.missing())


def public(lab, zone):
    """(listener, who answers there; None: nobody may) for the listeners of a zone."""
    for one in LISTENERS[zone]:
        _, protocol, _, machine, to = one
        group = lab.machines[machine][1]
        yield one, machine if allowed("internet", group, protocol, to) else None


def test_what_passes_between_machines_is_what_the_groups_say(lab):
    check_table(lab)


def test_from_outside_listeners_lead_to_machines_and_show_them_the_client(lab):
    rows = [(one, expected) for zone in ZONES for one, expected in public(lab, zone)]
    answers = lab.probe([("internet", address, port, protocol, bool(expected))
                         for (address, protocol, port, _, _), expected in rows])
    assert answers == [[expected, OUTSIDE] if expected else None for _, expected in rows]


def test_from_outside_nothing_else_is_reached(lab):
    """Not even by somebody on the hosts' network who sends straight to the machines."""
    for zone, i in ZONES.items():
        lab.outside.sh(f"ip route add 10.{19 + i}.0.0/16 via 203.0.113.{i};"
                       f"ip route add 100.64.0.0/{10 + i} via 203.0.113.{i}")
    rows = [("internet", address, port, protocol, False) for protocol, port in PORTS
            for address in [*(address for _, _, address in lab.machines.values()),
                            "100.64.36.207"]]
    rows += [("internet", "203.0.113.3", port, protocol, False) for protocol, port in PORTS
             if protocol != "icmp"]
    assert lab.probe(rows) == [None] * len(rows)


def test_from_the_host_itself_listeners_work_too(lab):
    host = lab.hosts["a"].agents["host"]
    assert host.probe("203.0.113.1", 443) == ["app-a", "203.0.113.1"]
    assert host.probe("203.0.113.101", 443) [0] == "api-a"
    assert host.probe("203.0.113.1", 2222, seconds=SILENCE) is None


def test_what_goes_out_has_the_hosts_address(lab):
    assert lab.agent("i-000000b2").probe(OUTSIDE, 443) == ["internet", "203.0.113.2"]
    assert lab.agent("dns-a").probe(OUTSIDE, 53, "udp") == ["internet", "203.0.113.1"]
    # ... and may come in again by a listener.
    assert lab.agent("i-000000a2").probe("203.0.113.1", 443)[0] == "app-a"
    assert lab.agent("i-000000a2").probe("203.0.113.2", 443)[0] == "app-b"


def machine_sh(lab, name, script):
    host = lab.hosts[lab.machines[name][0]]
    return host.run("nsenter", f"--net=/run/netns/allday-prod.{name}", "sh", "-ec", script).stdout


def counted(lab, zone, comment):
    text = lab.hosts[zone].sh("nsenter --net=/run/netns/allday-prod nft list table inet vpc")
    return int(re.search(rf'counter packets (\d+) bytes \d+ comment "{comment}"', text)[1])


def test_nobody_uses_the_address_of_another_machine(lab):
    """The web machine takes a balancer's address as well, here and of another zone: what it
    sends from there goes nowhere."""
    web, api = "i-000000a1", lab.machines["i-000000a2"][2]
    for victim in "app-a", "app-b":
        address = lab.machines[victim][2]
        before = counted(lab, "a", "spoofed"), counted(lab, "a", "refused")
        machine_sh(lab, web, f"ip address add {address}/32 dev eth0;"
                             f"ip route add {api} via 169.254.1.1 dev eth0 src {address}")
        assert lab.agent(web).probe(api, 8000, seconds=SILENCE) is None
        machine_sh(lab, web, f"ip route del {api}; ip address del {address}/32 dev eth0")
        # The rules for groups do not even see it.
        assert counted(lab, "a", "spoofed") > before[0]
        assert counted(lab, "a", "refused") == before[1]


def in_vxlan(network, mark, source, target):
    """A UDP packet for port 53 as the tunnel carries it."""
    datagram = struct.pack(">HHHH", 4000, 53, 12, 0) + b"evil"
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(datagram), 1, 0, 64, 17, 0,
                       socket.inet_aton(source), socket.inet_aton(target))
    total = sum(struct.unpack(">10H", head))
    total = (total & 0xffff) + (total >> 16)
    head = head[:10] + struct.pack(">H", ~total & 0xffff) + head[12:]
    frame = bytes.fromhex("02adcb00710102adcb0071020800") + head + datagram
    return struct.pack(">BBHI", 0x88, 0, mark, network << 8) + frame


SEND = ("import socket,sys; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto("
        "bytes.fromhex(sys.argv[1]), ('203.0.113.1', 4789))")


def test_the_tunnel_believes_the_other_hosts_only(lab):
    """The same packet, from a stranger and from a zone's host."""
    text = lab.hosts["a"].sh("nsenter --net=/run/netns/allday-prod nft list table inet vpc")
    mark = int(re.search(r'mark (0x\w+) ip daddr @sg-dns udp .*"dns from dns', text)[1], 16)
    packet = in_vxlan(4711, mark, lab.machines["dns-b"][2], lab.machines["dns-a"][2])

    def passed():
        listing = lab.hosts["a"].sh("nsenter --net=/run/netns/allday-prod nft list table inet vpc")
        return int(re.search(r'packets (\d+) .*comment "dns from dns udp', listing)[1])
    before = passed()
    lab.outside.run("/usr/bin/python3", "-ISc", SEND, packet.hex())
    wait_for(lambda: re.search(r"udp dport 4789 .*packets 1 ",
                               lab.hosts["a"].sh("nft list table ip allday-prod")))
    assert passed() == before
    lab.hosts["b"].run("/usr/bin/python3", "-ISc", SEND, packet.hex())
    wait_for(lambda: passed() == before + 1)


def cut(host):
    """How many pieces of packets the host and its router have made."""
    text = host.sh("f=/proc/net/snmp; cat $f; nsenter --net=/run/netns/allday-prod cat $f")
    rows = [line.split() for line in text.splitlines() if line.startswith("Ip: ")]
    return sum(int(dict(zip(*rows[i:i + 2]))["FragCreates"]) for i in (0, 2))


@pytest.mark.parametrize("target", ["i-000000a2", "i-000000b2", "internet"])
def test_full_packets_pass_and_none_is_cut_in_pieces(lab, target):
    """Within a zone, between zones (1450 bytes and 50 of the tunnel), and out of the host."""
    def edit(changed):
        changed["security_groups"]["api"] += [{"from": "api", "protocol": "tcp", "ports": [443]}]
    address = OUTSIDE if target == "internet" else lab.machines[target][2]
    lab.attach("a", "i-000000a9", "api", "app")
    lab.change(edit)
    try:
        assert "mtu 1450" in machine_sh(lab, "i-000000a9", "ip link show eth0")
        number, seen = lab.agent("i-000000a9").ask(open=[address, 443])
        text = "x" * 60000
        assert seen[0] == target and lab.agent("i-000000a9").ask(talk=[number, text]) == text
        assert not any(map(cut, lab.hosts.values()))
    finally:
        lab.restore()
        lab.detach("i-000000a9")


def answers_of_reach(lab, zone, questions):
    """Of many questions, by the program's own function: starting it each time takes long."""
    script = ("import json, sys; sys.path.insert(0, sys.argv[1]); import environment, reach\n"
              "env = environment.read('prod', 'applied')\n"
              "for a, b, port in json.load(sys.stdin): print(reach.reach(env, a, b, port))")
    done = lab.hosts[zone].run("/usr/bin/python3", "-ISBc", script, ROOT / "host/vpc",
                               text=json.dumps(questions))
    lines = done.stdout.splitlines()
    return list(zip(lines[::2], map(int, lines[1::2])))


def test_reach_agrees_with_what_passes(lab):
    """With the table above, that is: that one agrees with reality."""
    names = {name: group for name, (zone, group, _) in lab.machines.items() if zone == "a"}
    names |= {group: group for group in ("web", "api", "internet")}
    leads = {(machine, to, protocol) for _, protocol, _, machine, to in LISTENERS["a"]}
    questions = [(a, b, protocol, port) for a, b in itertools.product(names, names) if a != b
                 for protocol, port in [*PORTS[:-1]]]
    answers = answers_of_reach(lab, "a", [(a, b, f"{port}/{protocol}")
                                          for a, b, protocol, port in questions])
    for (a, b, protocol, port), (sentence, code) in zip(questions, answers, strict=True):
        expected = allowed(names[a], names[b], protocol, port) \
            and (a != "internet" or (b, port, protocol) in leads)
        assert sentence.startswith("yes: " if expected else "no: ") and code == (not expected), \
            sentence


def test_reach_names_the_rule(lab):
    host = lab.hosts["a"]
    assert "rule web from balancer tcp 8000" in host.vpc(
        "reach", "prod", "app-a", "i-000000a1", "8000").stdout
    assert "listener 203.0.113.101:443" in host.vpc(
        "reach", "prod", "internet", "api-a", "443").stdout
    refused = host.vpc("reach", "prod", "web", "database", "3306", check=False)
    assert refused.returncode == 1 and "no rule of database allows it from web" in refused.stdout
    private = host.vpc("reach", "prod", "internet", "dns-a", "53/tcp", check=False)
    assert private.returncode == 1 and "no listener leads there" in private.stdout
    unknown = host.vpc("reach", "prod", "web", "i-ffffffff", "3306", check=False)
    assert unknown.returncode == 100 and "i-ffffffff is neither a machine" in unknown.stderr


def test_show_is_readable(lab):
    assert lab.agent("app-a").probe(lab.machines["i-000000a1"][2], 8000)
    assert lab.agent("internet").probe("203.0.113.101", 443)
    text = lab.hosts["a"].vpc("show", "prod").stdout
    for part in (r"allday-prod", r"NOT encrypted", r"203\.0\.113\.2: 10\.21\.0\.0/24",
                 r"data +10\.20\.2\.0/24 +1 machines", r"database +db-a=10\.20\.2\.10",
                 r"web from balancer +tcp +8000 +[1-9]\d* packets",
                 r"203\.0\.113\.101:443 +tcp +-> api-a:443 +[1-9]"):
        assert re.search(part, text), part


@contextlib.contextmanager
def flow_log(lab, zone):
    """What the two services do: the one that writes it, the one that people start."""
    host = lab.hosts[zone]
    writer = host.start("nsenter", "--net=/run/netns/allday-prod", VPC, "record", "prod")
    reader = None
    try:
        wait_for(lambda: host.sh(
            "nsenter --net=/run/netns/allday-prod cat /proc/net/netfilter/nfnetlink_log").strip())
        host.write("/var/log/allday/prod/flows.log", "")
        reader = host.start(VPC, "flows", "prod", stdout=subprocess.PIPE, text=False, bufsize=0)
        wait_for(lambda: "elements" not in host.sh(
            "nsenter --net=/run/netns/allday-prod nft list set inet vpc accepted-tcp"))
        yield reader.stdout
    finally:
        for process in filter(None, (writer, reader)):
            process.terminate()
            process.communicate(timeout=10)


def line_with(stream, words, seconds=1):
    end = time.monotonic() + seconds
    while select.select([stream], [], [], max(0, end - time.monotonic()))[0]:
        line = stream.readline().decode()  # (of a stream without buffer: select sees it all)
        if all(word in line for word in words):
            return line
    raise AssertionError(f"no line with {words} within {seconds} s")


def test_flows_tell_within_a_second_who_was_accepted_and_who_refused(lab):
    web, api = lab.machines["i-000000a1"][2], lab.machines["i-000000a2"][2]
    with flow_log(lab, "a") as stream:
        assert lab.agent("app-a").probe(web, 8000)
        line_with(stream, ["action=accept protocol=tcp from=app-a from_group=balancer",
                           f"to=i-000000a1 to_group=web to_address={web} to_port=8000",
                           'rule="web from balancer tcp 8000"'])
        assert lab.agent("i-000000a1").probe(api, 53, "udp", SILENCE) is None
        line_with(stream, ["action=refuse protocol=udp from=i-000000a1 from_group=web",
                           "to=i-000000a2 to_group=api", "to_port=53", 'rule="none"'])
        assert lab.agent("internet").probe("203.0.113.1", 443)
        line_with(stream, ["action=accept", "from=internet from_group=internet", "to=app-a"])
        assert lab.agent("i-000000b1").probe(api, 8000, "tcp", SILENCE) is None
        line_with(stream, ["action=refuse", "from=zone-b from_group=web", "to=i-000000a2"])


def test_the_flow_log_tells_of_what_goes_on_only_now_and_then(lab):
    """A balancer checks each instance every second: its connections are no news."""
    web = lab.machines["i-000000a1"][2]

    def log():
        return lab.hosts["a"].sh("cat /var/log/allday/prod/flows.log")
    with flow_log(lab, "a"):
        for _ in range(20):
            assert lab.agent("app-a").probe(web, 8000)
        for _ in range(3):
            assert lab.agent("app-a").probe(web, 2222, seconds=SILENCE) is None
        assert lab.agent("app-a").probe(lab.machines["i-000000a2"][2], 53, "udp", SILENCE) is None
        wait_for(lambda: "to_port=53" in log())
        told = log()
    assert [told.count(f" to_port={port} ") for port in (8000, 2222, 53)] == [1, 1, 1], told


def test_the_flow_log_tells_who_has_an_address_now(lab):
    """Its machine goes and another one comes: the first connection of that is news."""
    host, address = lab.hosts["a"], lab.machines["db-a"][2]
    with flow_log(lab, "a") as stream:
        lab.agent("i-000000a2").probe(address, 3306)
        line_with(stream, ["from=i-000000a2", "to=db-a", f"to_address={address}"])
        # (From here on it is remembered for sure: the reader began with an empty memory.)
        lab.agent("i-000000a2").probe(address, 3306)
        lab.detach("db-a")
        host.vpc("attach", "prod", "db-next", "database", "data", address)
        try:
            lab.agent("i-000000a2").probe(address, 3306)
            line_with(stream, ["from=i-000000a2", "to=db-next", f"to_address={address}"])
        finally:
            host.vpc("detach", "prod", "db-next")
            lab.attach("a", "db-a", "database", "data", 10)


def test_a_flow_log_does_not_grow_without_end(tmp_path):
    """(In a Python of its own: the modules have names that ours have, too.)"""
    subprocess.run(["/usr/bin/python3", "-c", f"""
import flows
flows.SIZE = 1000
for _ in range(100):
    flows.append("{tmp_path}/flows.log", ["x" * 99 + "\\n"])
"""], check=True, cwd=ROOT / "host/vpc")
    sizes = {file.name: file.stat().st_size for file in tmp_path.iterdir()}
    assert sizes.keys() == {"flows.log", "flows.log.1"} and sizes["flows.log.1"] == 1100
    assert sizes["flows.log"] <= 1000
