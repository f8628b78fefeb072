"""Primary and secondary DNS server of an environment `test`, as the role `dns` sets them up."""

import re
import signal

from private import Host

PRIMARY, SECONDARY = "10.20.0.12", "10.20.10.12"
BOTH = {"a": PRIMARY, "b": SECONDARY}
FIRST, SECOND = "203.0.113.1", "203.0.113.2"
SECRETS = {"tsig-transfer": "QSBrZXkgdGhhdCBpcyBmb3Igbm9ib2R5IGVsc2UgMzI=",
           "tsig-acme": "QW5vdGhlciBrZXksIGZvciBjZXJ0Ym90IG9ubHkgMzI="}
# What they need, and a validating resolver.
PROGRAMS = {"knotd": "knot", "kdig": "knot-dnsutils", "knsupdate": "knot-dnsutils",
            "delv": "bind9-dnsutils", "ansible-playbook": "ansible-core"}
REFUSED = ("NOTAUTH", "BADKEY")
GUEST = """
echo > /run/allday/test/machines/$NAME/process
mkdir -p /run/credentials/allday-knot.service
cp /etc/allday/test/secrets/tsig /run/credentials/allday-knot.service
mount --bind /var/lib/allday/test/$NAME/config /etc/allday
mount --bind /var/lib/allday/test/$NAME/data /var/lib/allday
mount --bind /run/allday/test/$NAME /run/allday
exec knotd -c /etc/allday/knot.conf
"""


class Servers(Host):
    def __init__(self, *others, addresses=BOTH):
        super().__init__(*addresses.values(), *others)
        self.addresses = addresses
        self.running, self.name_servers, self.ds = {}, [FIRST, SECOND], ""
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
        first, others = zone == "a", list(self.addresses.values())[1:]
        return {"allday": {"name": "test"}, "allday_zone": zone, "allday_secrets": "/etc/allday",
                "allday_etc": "/etc/allday/test", "allday_lib": "/var/lib/allday/test",
                "allday_machines": {f"dns-{zone}": {"values": {
                    "is_primary": first, "domain": "todo.test", "address": self.addresses[zone],
                    "secondaries": others if first else [],
                    "primaries": [] if first else [self.addresses["a"]],
                    "name_servers": self.name_servers,
                    "records": {"app": [FIRST, SECOND], "api": [FIRST, SECOND]}}}}}

    def apply(self, zones, *options):
        """The role, for the servers of some zones: how many tasks changed something."""
        changed = self.played([{"include_role": {"name": "dns"}}],
                              {zone: self.variables(zone) for zone in zones}, *options)
        return sum(changed.values())

    def launch(self, zone):
        self.running[zone] = self.start(GUEST, f"dns-{zone}.log", NAME=f"dns-{zone}")

    def logs(self):
        return "\n".join(self.path(f"{self.scratch}/dns-{zone}.log").read_text()
                         for zone in self.running)

    def end(self, zone, number=signal.SIGKILL):
        self.stop(self.running.pop(zone), number)
        self.path(f"/run/allday/test/machines/dns-{zone}/process").unlink()
        self.path(f"/run/allday/test/machines/dns-{zone}/read").unlink(missing_ok=True)

    def knotc(self, *words):
        return self.do("knotc", "-x", "-s", "/run/allday/test/dns-a/knot.sock", *words)

    def change(self, *commands):
        """As asg does it."""
        self.knotc("zone-begin", "todo.test")
        for verb, *words in commands:
            self.knotc(verb, "todo.test", *words)
        self.knotc("zone-commit", "todo.test")

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
        self.ds = self.ds or self.read_ds()
        tag, algorithm, digest_type, digest = (ds or self.ds).split()
        self.path("/etc/anchor").write_text(
            f"trust-anchors {{ todo.test. static-ds {tag} {algorithm} {digest_type} "
            f'"{digest}"; }};')
        return self.run("delv", f"@{self.addresses[zone]}", "-a", "/etc/anchor", "+root=todo.test",
                        f"{name}.todo.test", kind)[1]

    def read_ds(self):
        """As it is printed for whoever has the parent domain."""
        status, said, changed = self.play(
            [{"include_role": {"name": "dns", "tasks_from": "ds"}},
             {"debug": {"msg": "the record: {{ dns_ds }}"}}],
            {"a": self.variables("a")})
        assert (status, changed) == (0, {"a": 0}), said
        return re.search(r"the record: todo\.test\. DS (.*)\"", said)[1]

    def update(self, key, *lines):
        """A dynamic update, as certbot sends it: the server's verdict."""
        signed = ["-y", f"hmac-sha256:{key}:{SECRETS[f'tsig-{key}']}"] if key else []
        words = [f"server {self.addresses['a']}", "zone todo.test", *lines, "send", "answer"]
        said = self.run("knsupdate", *signed, text="\n".join([*words, "quit\n"]))[1]
        return re.search(r"status: (\w+)", said)[1]
