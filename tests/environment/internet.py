"""The network between the test hosts: a bridge in a namespace of its own is the internet, a
/24 of 198.18.0.0/16 (addresses for tests) its addresses. This machine and a client are on it
too; what the hosts send further goes out masqueraded, so that apt works in them."""

import hashlib
import ipaddress
import json
import os
import pathlib
import re
import shutil
import subprocess

from system import Failed, call, write
from waiting import locked

SHARED = pathlib.Path("/run/allday-hosts")  # which clouds there are, and what was before them
RANGE = ipaddress.ip_network("198.18.0.0/16")
GATEWAY, CLIENT, FIRST, SECOND = 254, 200, 11, 111  # places in the /24

VPC = "10.20.0.0/16"  # of cloud.yml: nobody outside routes a private network

# Settings of the whole machine: the first of ours, the others of what hosts may set (they
# share this kernel). They get their old values back with the last cloud.
SETTINGS = ("net/ipv4/ip_forward", "fs/inotify/max_user_instances", "fs/inotify/max_user_watches",
            "fs/inotify/max_queued_events", "fs/file-max", "fs/nr_open", "fs/aio-max-nr",
            "kernel/pid_max", "kernel/threads-max", "kernel/keys/maxkeys",
            "kernel/keys/maxbytes", "vm/max_map_count", "vm/swappiness", "vm/overcommit_memory")


def read_settings():
    return {name: pathlib.Path("/proc/sys", name).read_text().strip()
            for name in SETTINGS if pathlib.Path("/proc/sys", name).exists()}


class Internet:
    def __init__(self, name, state):
        self.name, self.state = name, state  # name: of namespace, table and interface
        self.entry = SHARED / f"{name}.json"

    # ---- addresses

    @property
    def network(self):
        if not self.entry.exists():
            raise Failed(f"no hosts are up in {self.state}")
        return ipaddress.ip_network(json.loads(self.entry.read_text())["network"])

    def address(self, place):
        return str(self.network[place])

    def addresses(self, zone):
        """The two public ones of a host."""
        number = ord(zone) - ord("a")
        return self.address(FIRST + number), self.address(SECOND + number)

    @property
    def gateway(self):
        return self.address(GATEWAY)

    def free_network(self):
        """Of 256 the first that no route of this machine touches."""
        routes = json.loads(call("ip", "-4", "-j", "route", "show", "table", "all"))
        taken = [ipaddress.ip_network(route["dst"]) for route in routes
                 if route["dst"] != "default"]
        taken += [ipaddress.ip_network(json.loads(entry.read_text())["network"])
                  for entry in SHARED.glob("hosts-*.json")]
        nets = list(RANGE.subnets(new_prefix=24))
        start = int(self.name[-2:], 16)
        for net in nets[start:] + nets[:start]:
            if not any(net.overlaps(other) for other in taken):
                return net
        raise Failed(f"every /24 of {RANGE} is in use on this machine")

    # ---- up and down

    def up(self):
        """Idempotent: what is there is kept, what is half there made anew."""
        with locked("/run"):
            SHARED.mkdir(exist_ok=True)
            before = SHARED / "settings"
            if not before.exists():
                write(before, json.dumps(read_settings()))
            if not self.entry.exists():
                write(self.entry, json.dumps({"state": str(self.state),
                                              "network": str(self.free_network())}))
            if not self.complete():
                self.remove_links()
                self.make()
            pathlib.Path("/proc/sys/net/ipv4/ip_forward").write_text("1")

    def complete(self):
        """The nft table is made last."""
        return subprocess.run(["nft", "list", "table", "ip", self.name],
                              capture_output=True).returncode == 0

    def make(self):
        call("ip", "netns", "add", self.name)
        call("ip", "-n", self.name, "-batch", "-", text="""
            link set lo up
            link add internet type bridge
            link set internet up""")
        self.cable("uplink", self.name, None, [self.gateway])
        self.client_namespace()
        call("nft", "-f", "-", text=f"""table ip {self.name} {{
            chain forward {{
                type filter hook forward priority filter; policy accept;
                oifname "{self.name}" ct state new drop
                iifname "{self.name}" ip daddr {VPC} drop
            }}
            chain postrouting {{
                type nat hook postrouting priority srcnat; policy accept;
                ip saddr {self.network} oifname != "{self.name}" masquerade
            }}
        }}""")

    def client_namespace(self):
        space = f"{self.name}-client"
        call("ip", "netns", "add", space)
        self.cable("client", "eth0", space, [self.address(CLIENT)])

    def cable(self, port, interface, namespace, addresses):
        """From a port of the bridge to an interface of a namespace (None: this machine)."""
        # The same hardware address at each boot, as a server's, or the others would ask the
        # old one for a while.
        hardware = "02" + hashlib.sha256(f"{self.name} {port}".encode()).hexdigest()[:10]
        call("ip", "-n", self.name, "link", "add", "name", port, "type", "veth", "peer", "name",
             interface, "address", ":".join(re.findall("..", hardware)),
             "netns", namespace or str(os.getpid()))
        call("ip", "-n", self.name, "link", "set", "dev", port, "master", "internet", "up")
        inside = ["ip", "-n", namespace] if namespace else ["ip"]
        lines = [f"address add {address}/24 dev {interface}" for address in addresses]
        lines += [f"link set {interface} up"]
        if namespace:
            lines += ["link set lo up", f"route add default via {self.gateway}"]
        call(*inside, "-batch", "-", text="\n".join(lines))

    def plug(self, zone):
        """A new namespace for a host that boots: nothing of an earlier boot is in it."""
        space = f"{self.name}-{zone}"
        self.unplug(zone)
        call("ip", "netns", "add", space)
        self.cable(zone, "eth0", space, self.addresses(zone))
        return space

    def unplug(self, zone):
        call("ip", "netns", "delete", f"{self.name}-{zone}", check=False)
        call("ip", "-n", self.name, "link", "delete", "dev", zone, check=False)

    def cut(self, zone, how, check=True):
        call("ip", "-n", self.name, "link", "set", "dev", zone, how, check=check)

    def spaces(self):
        """Every namespace of ours; it need not be known how many hosts there were."""
        pattern = re.compile(re.escape(self.name) + "(-[a-z]+)?$")
        return [line.split()[0] for line in call("ip", "netns", "list").splitlines()
                if pattern.match(line.split()[0])]

    def remove_links(self):
        call("nft", "delete", "table", "ip", self.name, check=False)
        call("ip", "link", "delete", self.name, check=False)
        for space in self.spaces():
            call("ip", "netns", "delete", space)

    def alone(self):
        return not set(SHARED.glob("hosts-*.json")) - {self.entry}

    def down(self):
        with locked("/run"):
            self.remove_links()
            self.entry.unlink(missing_ok=True)
            if self.alone() and SHARED.exists():
                restore_settings()
                shutil.rmtree(SHARED)


def restore_settings():
    path = SHARED / "settings"
    if not path.exists():
        return
    now = read_settings()
    for name, value in json.loads(path.read_text()).items():
        if now.get(name) != value:
            pathlib.Path("/proc/sys", name).write_text(value)
