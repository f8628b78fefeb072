"""Hosts for test_vpc.py that are only namespaces: each with its own network, and its own
/run, /etc and /var/log, so that what the program writes is gone with it. They meet on a
bridge in a namespace that plays the internet."""

import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
VPC = ROOT / "host/vpc/vpc"
OUTSIDE = "203.0.113.254"
HOLD = """
mount -t tmpfs run /run
mkdir /run/netns /run/wireguard /run/upper /run/work
mount -t overlay -o lowerdir=/etc,upperdir=/run/upper,workdir=/run/work etc /etc
mount -t tmpfs log /var/log
ip link set lo up
echo ready
exec cat
"""


class Host:
    """Ends, with all that is in it, when this process does."""

    def __init__(self, name):
        self.name = name
        self.holder = subprocess.Popen(["unshare", "-mn", "sh", "-ec", HOLD], text=True,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.holder.stdout.readline() == "ready\n"
        self.enter = ["nsenter", "-t", str(self.holder.pid), "-m", "-n", "--"]
        self.agents = {}

    def start(self, *argv, **options):
        return subprocess.Popen([*self.enter, *map(str, argv)], **{"text": True} | options)

    def run(self, *argv, check=True, text=""):
        done = subprocess.run([*self.enter, *map(str, argv)], input=text, text=True, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert not check or done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"
        return done

    def sh(self, script):
        return self.run("sh", "-ec", script).stdout

    def vpc(self, *words, check=True):
        return self.run(VPC, *words, check=check)

    def write(self, path, text):
        self.run("sh", "-ec", f"mkdir -p {os.path.dirname(path)}; cat >{path}", text=text)

    def describe(self, document):
        self.write(f"/etc/allday/{document['name']}/environment.json", json.dumps(document))

    def agent(self, name, namespace=None, quiet=False):
        where = ["nsenter", f"--net=/run/netns/{namespace}", "--"] if namespace else []
        words = [name, "quiet"] if quiet else [name]
        self.agents[name] = Agent(self, [*where, "/usr/bin/python3", "-ISB",
                                         ROOT / "tests/environment/vpc_agent.py", *words])
        return self.agents[name]

    def close(self):
        for agent in self.agents.values():
            agent.close()
        self.holder.communicate(timeout=10)


class Agent:
    def __init__(self, host, argv):
        self.process = host.start(*argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL)
        self.ready = False

    def wait(self):
        """Until it listens: they start together, so not where they are made."""
        if not self.ready:
            assert self.process.stdout.readline() == "ready\n"
            self.ready = True

    def send(self, **order):
        self.wait()
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    def receive(self):
        return json.loads(self.process.stdout.readline())

    def ask(self, **order):
        self.send(**order)
        return self.receive()

    def probe(self, address, port, protocol="tcp", seconds=5):
        return self.ask(probe=[[address, port, protocol, seconds]])[0]

    def close(self):
        if self.process.poll() is None:
            self.process.communicate(timeout=10)


def internet():
    outside = Host("internet")
    outside.sh(f"ip link add bridge type bridge; ip address add {OUTSIDE}/24 dev bridge;"
               "ip link set bridge up")
    outside.agent("internet")
    return outside


def host(outside, name, number):
    made = Host(name)
    made.sh(f"""
        ip link add wan type veth peer name to-{name} netns {outside.holder.pid}
        for last in {number} {number + 100}; do
            ip address add 203.0.113.$last/24 dev wan
        done
        ip link set wan up
        ip route add default via {OUTSIDE}
        echo 1 >/proc/sys/net/ipv4/ip_forward
    """)
    outside.sh(f"ip link set to-{name} master bridge up")
    return made


def missing():
    """Why the tests cannot run here; empty: they can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    for tool in "ip", "nft", "nsenter", "unshare", "conntrack", "bridge":
        if subprocess.run(["which", tool], stdout=subprocess.DEVNULL).returncode:
            return f"{tool} is not installed"
    probe = subprocess.run(
        ["unshare", "-n", "sh", "-ec", "ip link add v0 type vxlan id 1 dstport 4789 gbp;"
         "nft add table inet a"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return "this kernel has no VXLAN or no nftables" if probe.returncode else ""
