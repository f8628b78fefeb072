"""The flow log: whom the router let through to whom, and whom it refused, when it begins and
again while it goes on (rules.py says how often).

The rules hand the packets that they log to netlink (NFLOG), each with the rule's name as
prefix and the sender's group as mark; this reads them there."""

import errno
import os
import socket
import struct
import time

import environment
import rules
from environment import within
from system import attached, nft

NETLINK_NETFILTER, ULOG = 12, 4
RECEIVE_BUFFER = 33  # SO_RCVBUFFORCE: root may have more than the system's limit
PACKET, CONFIG = ULOG << 8, ULOG << 8 | 1
BIND, COPY_PACKET = 1, 2
COMMAND, MODE, TIMEOUT = 1, 2, 4  # attributes of a CONFIG message
MARK, PAYLOAD, PREFIX = 2, 9, 10  # attributes of a PACKET message
RULES = 1  # the group that the rules log to
SIZE = 16 << 20  # bytes of flows.log, and of flows.log.1, which it was before
PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp"}


def record(env):
    directory = f"/var/log/allday/{env.name}"
    os.makedirs(directory, exist_ok=True)
    log = subscribe()
    while True:
        try:
            data = log.recv(1 << 18)
            env = environment.read(env.name, "applied") or env  # `up` may have changed it
            names = attached(env)
            lines = [line(env, names, packet) for packet in packets(data)]
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
            lines = [f"time={now()} action=lost\n"]
        append(f"{directory}/flows.log", lines)


def append(path, lines):
    with open(path, "a") as file:
        file.writelines(lines)
        full = file.tell() > SIZE
    if full:
        os.replace(path, f"{path}.1")


def follow(env):
    """The log as it grows; what goes on already is told again."""
    for name in rules.LOGGED:
        nft(env.namespace, f"flush set inet vpc {name}\n")
    os.execvp("tail", ["tail", "-n", "20", "-F", f"/var/log/allday/{env.name}/flows.log"])


def subscribe():
    log = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
    log.setsockopt(socket.SOL_SOCKET, RECEIVE_BUFFER, 4 << 20)
    log.bind((0, 0))
    for attribute, value in ((COMMAND, struct.pack("B", BIND)),
                             (MODE, struct.pack(">IBx", 64, COPY_PACKET)),
                             (TIMEOUT, struct.pack(">I", 10))):  # hundredths of a second
        body = struct.pack(">BBH", 0, 0, RULES) + pad(
            struct.pack("=HH", 4 + len(value), attribute) + value)
        log.send(struct.pack("=IHHII", 16 + len(body), CONFIG, 5, 0, 0) + body)  # ask, and ack
        code = struct.unpack_from("=i", log.recv(4096), 16)[0]
        if code:
            raise OSError(-code, f"the flow log: {os.strerror(-code)}")
    return log


def pad(data):
    return data + bytes(-len(data) % 4)


def packets(data):
    """The attributes of each message: {number: bytes}."""
    at = 0
    while at < len(data):
        length, kind = struct.unpack_from("=IH", data, at)
        if kind == PACKET:
            yield dict(attributes(data[at + 20:at + length]))
        at += length + -length % 4


def attributes(data):
    at = 0
    while at < len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        yield kind & 0x3fff, data[at + 4:at + length]
        at += length + -length % 4


def now():
    second, nanoseconds = divmod(time.time_ns(), 10**9)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second)) + f".{nanoseconds // 10**6:03}Z"


def line(env, names, packet):
    head = packet[PAYLOAD]
    action, _, rule = packet[PREFIX].rstrip(b"\0").decode().partition(" ")
    protocol, size = head[9], (head[0] & 15) * 4
    source, target = (socket.inet_ntoa(head[at:at + 4]) for at in (12, 16))
    ports = struct.unpack_from(">HH", head, size) if protocol in (6, 17) else (0, 0)
    mark = int.from_bytes(packet.get(MARK, b""), "big")
    group = next((name for name, number in env.numbers.items() if number == mark), "-")
    return (f"time={now()} action={action} protocol={PROTOCOLS.get(protocol, protocol)} "
            f"{side(env, names, 'from', source, ports[0], group)} "
            f"{side(env, names, 'to', target, ports[1])} rule=\"{rule or 'none'}\"\n")


def side(env, names, key, address, port, group=None):
    name = next((name for name, one in names.items() if one["address"] == address), None)
    group = group or (names[name]["group"] if name else "-")
    return (f"{key}={name or zone_of(env, address)} {key}_group={group} "
            f"{key}_address={address} {key}_port={port}")


def zone_of(env, address):
    for zone, about in env.zones.items():
        if any(within(address, net) for net in about["subnets"].values()):
            return f"zone-{zone}"
    return "internet"
