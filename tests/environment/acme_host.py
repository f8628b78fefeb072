"""A host whose environment `test` gets its certificate by ACME: certbot, Debian's pebble, our
own DNS server, HAProxy in two zones, of which the second is reached as asg reaches it."""

import json
import subprocess
import sys

from name_servers import Servers
from private import HOST, ROOT
from waiting import wait_for

sys.path.append(str(ROOT))
from environment.hosts import host_document  # noqa: E402

HERE, THERE, CA = "203.0.113.1", "203.0.113.2", "203.0.113.9"
BALANCERS = {"app-a": "10.20.0.10", "app-b": "10.20.10.10"}
FILE = f"""
name: test
domain: todo.test
provider: nspawn
zones:
  a:
    host: a
    address: {HERE}
    subnets: {{public: 10.20.0.0/24, app: 10.20.1.0/24, data: 10.20.2.0/24}}
  b:
    host: b
    address: {THERE}
    subnets: {{public: 10.20.10.0/24, app: 10.20.11.0/24, data: 10.20.12.0/24}}
dns: {{zones: [a, b]}}
balancers: {{api: {{zones: [a]}}}}
certificates: {{source: acme, directory: "https://{CA}:14000/dir", email: me@example.org}}
groups: {{web: {{}}, api: {{}}}}
"""
HAPROXY = """
global
  stats socket /run/allday/test/{name}/admin.sock level admin
defaults
  mode http
  timeout client 5s
  timeout server 5s
  timeout connect 5s
frontend balancer
  bind {address}:443 ssl crt /var/lib/allday/test/{name}/config/tls/ alpn h2,http/1.1
  http-request return status 200 content-type text/plain string {name}
"""
PEBBLE = {"pebble": {
    "listenAddress": f"{CA}:14000", "managementListenAddress": f"{CA}:15000",
    "certificate": "/etc/pebble/cert.pem", "privateKey": "/etc/pebble/key.pem",
    "httpPort": 80, "tlsPort": 443, "ocspResponderURL": "",
    "externalAccountBindingRequired": False}}

# Asks until its input ends, each time by a new connection and by one that it keeps.
CLIENT = """
import http.client, json, select, ssl, sys
address, name, ca = sys.argv[1:]
context = ssl.create_default_context(cafile=ca)
class Connection(http.client.HTTPSConnection):
    def connect(self):
        http.client.HTTPConnection.connect(self)
        self.sock = context.wrap_socket(self.sock, server_hostname=name)
kept, asked, failed = Connection(address, timeout=5, context=context), 0, []
while not select.select([0], [], [], 0.005)[0]:
    for connection in kept, Connection(address, timeout=5, context=context):
        asked += 1
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
        except (OSError, http.client.HTTPException) as error:
            failed.append(str(error))
        if connection is not kept:
            connection.close()
print(json.dumps([asked, failed]))
"""


class Acme(Servers):
    def __init__(self):
        super().__init__(CA, *BALANCERS.values(), addresses={"a": HERE, "b": THERE})

    def prepare(self):
        self.path("/etc/environment.yml").write_text(FILE)
        self.environment = json.loads(self.do(ROOT / "environment/check", "--json",
                                              "/etc/environment.yml"))
        self.install_machine()
        self.apply(["a", "b"])
        for zone in "ab":
            self.launch(zone)
        self.start_pebble()
        self.link()
        wait_for(lambda: all(self.ask(zone, "app") for zone in "ab"))

    def install_machine(self):
        """What releases bring; both zones are this host."""
        for name in "machine", "machine-over-ssh":
            self.path(f"/usr/lib/allday/bin/{name}").symlink_to(HOST / "machine" / name)
        document = host_document(self.environment, "a", {}, "", "")
        document["machines"] |= host_document(self.environment, "b", {}, "", "")["machines"]
        self.path("/etc/allday/test/environment.json").write_text(json.dumps(document))
        for name in "app-a", "api-a", "app-b":
            self.path(f"/var/lib/allday/test/{name}/config").mkdir(parents=True)
            self.path(f"/run/allday/test/{name}").mkdir(parents=True)

    def start_pebble(self):
        self.path("/etc/pebble").mkdir()
        self.path("/etc/pebble/pebble.json").write_text(json.dumps(PEBBLE))
        self.do("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-nodes", "-days", "2", "-keyout", "/etc/pebble/key.pem",
                "-out", "/etc/pebble/cert.pem", "-subj", "/CN=pebble",
                "-addext", f"subjectAltName=IP:{CA}")
        # As a host is told of a CA that is not everybody's.
        self.do("sh", "-c", "cat /etc/pebble/cert.pem >> /etc/ssl/certs/ca-certificates.crt")
        self.start("exec pebble -config /etc/pebble/pebble.json -strict "
                   f"-dnsserver {THERE}:53", "pebble.log", PEBBLE_VA_NOSLEEP="1",
                   PEBBLE_WFE_NONCEREJECT="0")
        roots = wait_for(lambda: self.run("curl", "-s", "--cacert", "/etc/pebble/cert.pem",
                                          f"https://{CA}:15000/roots/0")[1])
        self.path("/etc/pebble/root.pem").write_text(roots)

    def cut(self):
        self.stop(self.master)
        self.path("/run/allday/test/link/b").unlink()

    def link(self):
        """The connection of asg to zone b, by the key that can do only that."""
        self.path("/usr/bin/sudo").unlink(missing_ok=True)
        self.path("/usr/bin/sudo").write_text('#!/bin/sh\n[ "$1" = -n ] && shift && exec "$@"\n')
        self.path("/usr/bin/sudo").chmod(0o755)
        self.do("sh", "-euc", """
            mkdir -p /run/sshd /run/allday/test/link /etc/link
            echo 'allday-asg::0:0::/:/bin/sh' >> /etc/passwd
            ssh-keygen -q -t ed25519 -N '' -f /etc/link/key
            ssh-keygen -q -t ed25519 -N '' -f /etc/link/host
            allowed='restrict,command="/usr/lib/allday/bin/machine-over-ssh test"'
            echo "$allowed $(cat /etc/link/key.pub)" > /etc/link/authorized_keys
            """)
        self.start("exec /usr/sbin/sshd -D -f /dev/null -h /etc/link/host "
                   f"-o ListenAddress={THERE} -o AuthorizedKeysFile=/etc/link/authorized_keys "
                   "-o StrictModes=no -o PidFile=none", "sshd.log")
        # (It may be there before sshd listens.)
        self.master = self.start(
            "until ssh -N -M -S /run/allday/test/link/b -i /etc/link/key -F none "
            "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "
            f"allday-asg@{THERE}; do sleep 0.1; done", "link.log")
        wait_for(lambda: self.path("/run/allday/test/link/b").exists())

    def start_balancers(self):
        for name, address in BALANCERS.items():
            self.path(f"/etc/{name}.cfg").write_text(HAPROXY.format(name=name, address=address))
            self.start(f"exec haproxy -W -db -f /etc/{name}.cfg", f"{name}.log")
        wait_for(lambda: all(self.shown(name) for name in BALANCERS))

    # ---- the role

    def variables_of_roles(self, source):
        machines = "{{ allday | allday_machines(allday_zone, allday_addresses) }}"
        environment = json.loads(json.dumps(self.environment))
        environment["certificates"]["source"] = source
        return self.variables("a") | {
            "allday": environment, "allday_machines": machines, "allday_addresses": {},
            "environment_file": "/etc/environment.yml"}

    def create(self, source="acme"):
        """The role's three parts: how many tasks have changed something."""
        tasks = [{"include_role": {"name": "certificates", "tasks_from": part}}
                 for part in ("controller", "main", "acme")]
        return self.played(tasks, {"a": self.variables_of_roles(source)})["a"]

    # ---- what clients see

    def shown(self, name):
        """The serial number and the issuer of the certificate."""
        said = self.run("sh", "-c", f"openssl s_client -connect {BALANCERS[name]}:443 "
                        "-servername app.todo.test 2>/dev/null | "
                        "openssl x509 -noout -serial -issuer")
        return said[1] if said[0] == 0 else ""

    def client(self):
        """Call it for what it has seen: how many requests, and which failures."""
        self.do("sh", "-c", "cat /etc/allday/ca.pem /etc/pebble/root.pem > /etc/trusted.pem")
        self.path("/etc/client.py").write_text(CLIENT)
        asking = [subprocess.Popen(self.inside(
            ["/usr/bin/python3", "/etc/client.py", address, "app.todo.test", "/etc/trusted.pem"]),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for address in BALANCERS.values()]
        return lambda: [json.loads(one.communicate()[0]) for one in asking]
