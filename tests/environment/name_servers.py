"""The two DNS servers of an environment `test`, as the role `dns` sets them up."""

import re
import signal

from private import HOST, Host

BOTH = {"a": "10.20.0.12", "b": "10.20.10.12"}
FIRST, SECOND = "203.0.113.1", "203.0.113.2"
SECRETS = {"tsig-acme": "QW5vdGhlciBrZXksIGZvciBjZXJ0Ym90IG9ubHkgMzI="}
# What they need, and a validating resolver.
PROGRAMS = {"knotd": "knot", "kdig": "knot-dnsutils", "knsupdate": "knot-dnsutils",
            "delv": "bind9-dnsutils", "ansible-playbook": "ansible-core"}
# Machines that are to start again are noted; they have read everything then.
SYSTEMCTL = """#!/bin/sh
echo "$@" >> /run/systemctl.log
name=${2#*.}
touch "/run/allday/test/machines/${name%.service}/process"
"""
REFUSED = ("NOTAUTH", "BADKEY")
GUEST = """
echo > /run/allday/test/machines/$NAME/process
export CREDENTIALS_DIRECTORY=/run/credentials/allday-knot.service
mkdir -p /run/credentials /run/dnssec
mount -t tmpfs none /run/credentials
mkdir /run/credentials/allday-knot.service
cp $SECRETS/* $CREDENTIALS_DIRECTORY
mount --bind /var/lib/allday/test/$NAME/config /etc/allday
mount --bind /var/lib/allday/test/$NAME/data /var/lib/allday
mount --bind /run/allday/test/$NAME /run/allday
mount -t tmpfs none /run/dnssec
. /etc/allday/machine.env
export DOMAIN
sh "$PREPARE"
exec knotd -c /etc/allday/knot.conf
"""


class Servers(Host):
    def __init__(self, *others, addresses=BOTH):
        super().__init__(*addresses.values(), *others)
        self.addresses = addresses
        self.running, self.name_servers = {}, [FIRST, SECOND]
        self.path("/usr/bin/systemctl").unlink(missing_ok=True)
        self.path("/usr/bin/systemctl").write_text(SYSTEMCTL)
        self.path("/usr/bin/systemctl").chmod(0o755)
        self.path("/etc/allday/test/secrets").mkdir(parents=True)
        for name, text in SECRETS.items():
            self.path(f"/etc/allday/{name}").write_text(text)
        for name in "dns-a", "dns-b":
            for directory in (f"/var/lib/allday/test/{name}/config",
                              f"/var/lib/allday/test/{name}/data",
                              f"/run/allday/test/machines/{name}", f"/run/allday/test/{name}"):
                self.path(directory).mkdir(parents=True)

    def variables(self, zone):
        """As the environment file gives them to the hosts."""
        return {"allday": {"name": "test", "domain": "todo.test"}, "allday_zone": zone,
                "allday_secrets": "/etc/allday", "allday_etc": "/etc/allday/test",
                "allday_lib": "/var/lib/allday/test",
                "allday_machines": {f"dns-{zone}": {"values": {
                    "domain": "todo.test", "address": self.addresses[zone],
                    "name_servers": self.name_servers,
                    "records": {"app": [FIRST, SECOND], "api": [FIRST, SECOND]},
                    "balancer_ttl": 5, "names": ["app", "api"], "others": []}}}}

    def apply(self, zones, *options):
        """The role, for the servers of some zones: how many tasks changed something."""
        status, said, changed = self.try_to_apply(zones, *options)
        assert status == 0, said
        return sum(changed.values())

    def try_to_apply(self, zones, *options):
        return self.play([{"include_role": {"name": "dns"}}],
                         {zone: self.variables(zone) for zone in zones}, *options)

    def launch(self, zone):
        variables = self.path(f"/var/lib/allday/test/dns-{zone}/config/machine.env")
        if not variables.exists():
            variables.write_text('DOMAIN="todo.test"\n')
        self.running[zone] = self.start(
            GUEST, f"dns-{zone}.log", NAME=f"dns-{zone}", SECRETS="/etc/allday/test/secrets",
            PREPARE=str(HOST / "guest/usr/lib/allday/guest/dns"))

    def logs(self):
        return "\n".join(self.path(f"{self.scratch}/dns-{zone}.log").read_text()
                         for zone in self.running)

    def end(self, zone, number=signal.SIGKILL):
        self.stop(self.running.pop(zone), number)
        self.path(f"/run/allday/test/machines/dns-{zone}/process").unlink()
        self.path(f"/run/allday/test/machines/dns-{zone}/read").unlink(missing_ok=True)

    def knotc(self, zone, *words):
        return self.do("knotc", "-x", "-s", f"/run/allday/test/dns-{zone}/knot.sock", *words)

    def change(self, *commands, zones=None):
        """As dns-steer does it, with all that run."""
        for zone in zones or self.running:
            self.knotc(zone, "zone-begin", "todo.test")
            for verb, *words in commands:
                self.knotc(zone, verb, "todo.test", *words)
            self.knotc(zone, "zone-commit", "todo.test")

    def ask(self, zone, name, kind="A"):
        """The answer's data, sorted; None without an answer."""
        status, said = self.run("kdig", f"@{self.addresses[zone]}", "+short", "+retry=0",
                                "+timeout=1", f"{name}.todo.test" if name else "todo.test", kind)
        if status or ";;" in said:
            return None
        return sorted(said.split("\n")[:-1])

    def serial(self, zone):
        found = self.ask(zone, "", "SOA")
        return int(found[0].split()[2]) if found else 0

    def validate(self, zone, name, kind="A", ds=None):
        """What a validating resolver that knows the DS record says."""
        tag, algorithm, digest_type, digest = (ds or self.read_ds()).split()
        self.path("/etc/anchor").write_text(
            f"trust-anchors {{ todo.test. static-ds {tag} {algorithm} {digest_type} "
            f'"{digest}"; }};')
        return self.run("delv", f"@{self.addresses[zone]}", "-a", "/etc/anchor", "+root=todo.test",
                        f"{name}.todo.test", kind)[1]

    def read_ds(self):
        """As create prints it for whoever has the parent domain."""
        return self.path("/etc/allday/ds").read_text().split(" DS ")[1].strip()

    def signed(self, zones):
        """Of create: that the servers sign with that key."""
        return self.play([{"include_role": {"name": "dns", "tasks_from": "signed"}}],
                         {zone: self.variables(zone) | {"dns_patience": 1} for zone in zones})

    def update(self, key, *lines, zone="a"):
        """A dynamic update, as certbot sends it: the server's verdict."""
        signed = ["-y", f"hmac-sha256:{key}:{SECRETS[f'tsig-{key}']}"] if key else []
        words = [f"server {self.addresses[zone]}", "zone todo.test", *lines, "send", "answer"]
        said = self.run("knsupdate", *signed, text="\n".join([*words, "quit\n"]))[1]
        return re.search(r"status: (\w+)", said)[1]
