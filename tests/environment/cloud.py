"""A cloud on test hosts, as tests and `hosts create` use it: the hosts, the client outside,
asg, and the playbooks."""

import contextlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import time

import yaml

import files
from internet import CLIENT, Internet
from system import Failed, call, write

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PATIENCE = 120  # seconds for the app to answer when create has ended


class Host:
    def __init__(self, cloud, zone):
        self.cloud, self.zone = cloud, zone
        self.argv = ["ssh", "-F", str(cloud.state / "ssh_config"), f"host-{zone}"]

    def run(self, command, **options):
        """What a command says: a text for the host's shell, or a list of words."""
        if not isinstance(command, str):
            command = shlex.join(map(str, command))
        return output([*self.argv, command], **options)

    def _power(self, what):
        self.cloud.hosts_command(what, self.zone)

    def stop(self):
        """The power fails."""
        self._power("stop")

    def start(self):
        self._power("start")

    def reboot(self):
        self._power("reboot")

    def cut(self):
        """Its network cable is pulled."""
        self._power("cut")

    def mend(self):
        self._power("mend")


class Cloud:
    """state: the directory that `hosts up` has made."""

    def __init__(self, state):
        self.state = pathlib.Path(os.path.abspath(state))
        if not (self.state / "cloud.yml").exists():
            raise Failed(f"no hosts are up in {self.state}")
        environment = yaml.safe_load((self.state / "cloud.yml").read_text())
        self.name, self.domain = environment["name"], environment["domain"]
        self.hosts = {zone: Host(self, zone) for zone in environment["zones"]}
        self.internet = Internet(files.name_of(self.state), self.state)
        self.dns = [line.split()[1] for line in
                    (self.state / "resolv.conf").read_text().splitlines()
                    if line.startswith("nameserver")]
        self.client_address = self.internet.address(CLIENT)
        self.ca = self.state / "secrets/ca.pem"
        self.home = None  # of asg, when it was seen last

    @property
    def created(self):
        """Of `create`: seconds until the app answered, and the parts of them."""
        return json.loads((self.state / "created.json").read_text())

    def hosts_command(self, *words, **options):
        return output([HERE / "hosts", "--state", self.state, *words], **options)

    # ---- a machine outside

    def client_argv(self, words):
        return [str(HERE / "hosts"), "--state", str(self.state), "client", *map(str, words)]

    def client(self, command, **options):
        """As of a host, on the machine outside."""
        return output(self.client_argv([command] if isinstance(command, str) else command),
                      **options)

    @contextlib.contextmanager
    def routes(self):
        """For so long the client sends what is for the VPC's own addresses to the hosts."""
        environment = yaml.safe_load((self.state / "cloud.yml").read_text())
        lines = [f"{subnet} via {self.internet.addresses(zone)[0]}"
                 for zone, one in environment["zones"].items()
                 for subnet in one["subnets"].values()]
        client = ["ip", "-n", f"{self.internet.name}-client", "-batch", "-"]
        call(*client, text="\n".join(f"route replace {line}" for line in lines))
        try:
            yield
        finally:
            call(*client, text="\n".join(f"route delete {line}" for line in lines))

    # ---- asg

    def asg_zone(self):
        """Where it is: of hosts that say it is on them, the one it came to last."""
        turns = {}
        for zone, host in self.hosts.items():
            with contextlib.suppress(AssertionError):
                turns[zone] = int(host.run(f"cat /etc/allday/{self.name}/asg"))
        assert turns, "asg is on no host that answers"
        self.home = max(turns, key=turns.get)
        return self.home

    def asg(self, *words):
        home = self.hosts[self.home or self.asg_zone()]
        command = ["/usr/lib/allday/bin/asg", "-s", f"/var/lib/allday/{self.name}/asg", *words]
        return home.run(command, timeout=300)

    # ---- playbooks

    @property
    def ansible_environment(self):
        return os.environ | {"ANSIBLE_CONFIG": str(ROOT / "ansible/ansible.cfg"),
                             "ANSIBLE_NOCOLOR": "1", "PYTHONDONTWRITEBYTECODE": "1",
                             "ALLDAY_SECRETS": str(self.state / "secrets")}

    def ansible(self, name, file=None):
        return ["ansible-playbook", "-i", str(self.state / "inventory"),
                str(ROOT / f"ansible/{name}.yml"), "-e",
                f"env={file or self.state / 'cloud.yml'}"]

    def variant(self, change):
        """A file like this cloud's own, but changed: change(text) -> text."""
        path = self.state / "variant" / "cloud.yml"
        path.parent.mkdir(exist_ok=True)
        before = (self.state / "cloud.yml").read_text()
        assert (after := change(before)) != before, "nothing is changed by that"
        write(path, after)
        return path

    def playbook(self, name, show=False, **variables):
        """What it says; it must go well."""
        self.home = None
        child = subprocess.Popen([*self.ansible(name), "-e", json.dumps(variables)], text=True,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, env=self.ansible_environment)
        said = ""
        with child:
            for line in child.stdout:
                said += line
                if show:
                    print(line, end="", flush=True)
        assert child.returncode == 0, f"{name}.yml ended with status {child.returncode}" + (
            "" if show else f"\n{said[-6000:]}")
        return said

    def create(self, show=False):
        """From the hosts as they are until the app answers the client. (What a compiler takes
        is not counted.)"""
        output(["make", "--silent", "-C", ROOT, "release"], timeout=600)
        began = time.monotonic()
        try:
            said = self.playbook("create", show)
            self.wait_app()
            took = time.monotonic() - began
        finally:
            self.hosts_command("keep")
        parts = re.findall(r"^[\d.]+ s: .*", said, re.M)
        write(self.state / "created.json", json.dumps(
            {"seconds": took, "parts": parts[-1] if parts else ""}))

    def wait_app(self):
        """The page, and of the API that it wants a session: both balancers' groups serve."""
        urls = {f"https://app.{self.domain}/": "200",
                f"https://api.{self.domain}/api/v1/account": "401"}
        deadline = time.monotonic() + PATIENCE
        while urls:
            for url, wanted in list(urls.items()):
                said = subprocess.run(self.client_argv(
                    ["curl", "-sS", "-m", "2", "--cacert", self.ca, "-o", "/dev/null",
                     "-w", "%{http_code}", url]), capture_output=True, text=True)
                if said.stdout == wanted:
                    del urls[url]
            if urls and time.monotonic() > deadline:
                raise Failed(f"{url} does not answer as it should: {said.stdout} {said.stderr}")
            time.sleep(0.1)


def output(argv, input=None, timeout=120, env=None):
    """What it says; that it ends well is asserted."""
    done = subprocess.run(list(map(str, argv)), input=input or "", capture_output=True,
                          text=True, timeout=timeout, env=env)
    assert done.returncode == 0, (f"{shlex.join(map(str, argv))[-300:]}\nended with status "
                                  f"{done.returncode}\n{done.stdout[-4000:]}{done.stderr[-2000:]}")
    return done.stdout
