"""The zone answers with the balancers that answer."""

import contextlib
import json
import os
import signal
import socket
import struct
import subprocess

import pytest
from stack import ROOT, Stack
from waiting import wait_for

BOTH = ["127.0.0.1", "127.0.0.2"]
SECONDS = 5  # from a balancer's silence to an answer without it


@pytest.fixture(scope="module")
def stack():
    """Two balancers of each kind, on two addresses."""
    with Stack(listen=BOTH) as running:
        yield running


def question(port, name):
    """(response code, sorted addresses, highest TTL) of an A question, by UDP."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    asked = labels + b"\0" + struct.pack("!HH", 1, 1)
    with socket.socket(type=socket.SOCK_DGRAM) as asker:
        asker.settimeout(5)
        asker.connect(("127.0.0.1", port))
        asker.send(struct.pack("!6H", 4711, 0, 1, 0, 0, 0) + asked)
        answer = asker.recv(4096)
    ident, flags, _, count, _, _ = struct.unpack("!6H", answer[:12])
    assert ident == 4711 and flags & 0x8400 == 0x8400  # an answer, by authority
    at, addresses, ttls = 12 + len(asked), [], [0]
    for _ in range(count):
        at += 2 if answer[at] & 0xc0 else answer.index(b"\0", at) - at + 1
        kind, _, ttl, length = struct.unpack("!HHIH", answer[at:at + 10])
        at += 10 + length
        if kind == 1:
            addresses.append(socket.inet_ntoa(answer[at - 4:at]))
            ttls.append(ttl)
    return flags & 15, sorted(addresses), max(ttls)


def answers(stack, name):
    return question(stack.ports["dns"], f"{name}.todo.test")[1]


def balancer(stack, name):
    """The pids of a balancer: the master and its worker."""
    master = int((stack.state / f"run/balancer-{name}.pid").read_text().split()[0])
    with open(f"/proc/{master}/task/{master}/children") as children:
        return [master, *map(int, children.read().split())]


def send(pids, number):
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):  # hung for so long that it was ended
            os.kill(pid, number)


def beat(stack, until=lambda: False):
    """A second of dns-steer's."""
    file = stack.state / "dns-steer"
    before = file.stat().st_mtime_ns
    wait_for(lambda: until() or file.stat().st_mtime_ns != before)


def test_both_balancers_are_answered_for_a_short_time(stack):
    for name in "app", "api":
        code, addresses, ttl = question(stack.ports["dns"], f"{name}.todo.test")
        assert (code, addresses) == (0, BOTH) and ttl <= 5
    assert question(stack.ports["dns"], "nobody.todo.test")[:2] == (3, [])


@pytest.mark.parametrize("name, record, left", [("app-2", "app", "127.0.0.1"),
                                                ("api", "api", "127.0.0.2")])
def test_a_balancer_that_hangs_leaves_and_comes_back(stack, name, record, left):
    pids = balancer(stack, name)
    other = "api" if record == "app" else "app"
    send(pids, signal.SIGSTOP)
    try:
        wait_for(lambda: answers(stack, record) == [left], SECONDS)
        assert answers(stack, other) == BOTH
    finally:
        send(pids, signal.SIGCONT)
    wait_for(lambda: answers(stack, record) == BOTH, SECONDS)


def test_when_none_answers_all_are_answered(stack):
    first, second = balancer(stack, "app"), balancer(stack, "app-2")
    send(first, signal.SIGSTOP)
    try:
        wait_for(lambda: answers(stack, "app") == ["127.0.0.2"], SECONDS)
        send(second, signal.SIGSTOP)
        wait_for(lambda: answers(stack, "app") == BOTH, SECONDS)
    finally:
        send([*first, *second], signal.SIGCONT)
    wait_for(lambda: answers(stack, "app") == BOTH, SECONDS)


def test_what_another_hand_changes_is_put_right(stack):
    for _ in range(4):  # until no balancer's health changes any more
        beat(stack)
    socket_of_knot = stack.state / "dns/knot.sock"
    for verb, *words in (["zone-begin"], ["zone-unset", "app", "A", "127.0.0.2"], ["zone-commit"]):
        subprocess.run(["knotc", "-s", socket_of_knot, verb, "todo.test", *words],
                       check=True, capture_output=True)
    assert answers(stack, "app") == ["127.0.0.1"]
    wait_for(lambda: answers(stack, "app") == BOTH)


def test_dns_steer_begins_with_what_is_in_the_zone(stack):
    """It ends and is started again while a balancer hangs: that one stays away all the time."""
    pids = balancer(stack, "app-2")
    steer = stack.state / "run/dns-steer.pid"
    send(pids, signal.SIGSTOP)
    try:
        wait_for(lambda: answers(stack, "app") == ["127.0.0.1"], SECONDS)
        first = int(steer.read_text().split()[0])
        send([first], signal.SIGKILL)
        wait_for(lambda: (steer.read_text().split() or [str(first)])[0] != str(first))
        for _ in range(4):
            beat(stack, lambda: answers(stack, "app") != ["127.0.0.1"])
            assert answers(stack, "app") == ["127.0.0.1"]
    finally:
        send(pids, signal.SIGCONT)
    wait_for(lambda: answers(stack, "app") == BOTH, SECONDS)


def test_instances_are_replaced_while_one_balancer_hangs(stack):
    """The other one's word is enough, and the first learns of it when it is back."""
    pids = balancer(stack, "api-2")
    victim = stack.instances("api")[0]
    send(pids, signal.SIGSTOP)
    try:
        send(stack.processes(victim["directory"]), signal.SIGKILL)
        wait_for(lambda: not victim["directory"].exists())
        wait_for(lambda: len(stack.instances("api")) == 2)
    finally:
        send(pids, signal.SIGCONT)
    stack.asg("wait")
    for each in stack.group("api")["instances"]:
        assert each["health"] == "healthy"


@pytest.mark.parametrize("member, value, said", [
    ("version", 2, "version must be 1: it was not written by this release"),
    ("domain", None, "domain must be a text of at most 255 bytes"),
    ("domain", "a" * 256, "domain must be a text of at most 255 bytes"),
    ("ttl", -1, "ttl must be an integer from 0 to 86400"),
    ("balancers", [{"names": ["app"], "address": "::1", "port": 80}], "address must be an IPv4 address"),
    ("balancers", [{"names": ["app"], "address": "127.0.0.1", "port": 0}],
     "port must be an integer from 1 to 65535"),
    ("balancers", [{"names": ["a"] * 9, "address": "127.0.0.1", "port": 1}],
     "names must be an array of at most 8"),
    ("balancers", [1], "address must be a text of at most 15 bytes"),
    ("name_servers", [{"name": "a"}], "socket must be a text of at most 511 bytes"),
])
def test_another_dns_json_is_refused(tmp_path, member, value, said):
    right = {"version": 1, "domain": "todo.test", "ttl": 5, "balancers": [], "name_servers": []}
    (tmp_path / "dns.json").write_text(json.dumps(right | {member: value}))
    done = subprocess.run([ROOT / "build/bin/dns-steer", tmp_path], text=True, capture_output=True)
    assert done.returncode == 111 and f"dns.json: {said}" in done.stderr, done
