"""asg/providers/nspawn where asg runs, and what its key opens on the other hosts. Nothing is
launched: asg is at work beside it."""

import contextlib
import json
import re
import shlex
import subprocess
import time

import pytest

import look
from waiting import wait_for

NOBODY = "i-ffffffff"


class Provider:
    def __init__(self, cloud):
        self.cloud = cloud
        self.home = cloud.asg_zone()
        self.host = cloud.hosts[self.home]
        self.others = [zone for zone in cloud.hosts if zone != self.home]
        self.run_directory = f"/run/allday/{cloud.name}"

    def sh(self, command):
        """Its exit status, and what it says where."""
        done = subprocess.run([*self.host.argv, command], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def __call__(self, *words):
        """As asg calls it."""
        settings = f"/var/lib/allday/{self.cloud.name}/asg/asg.env"
        return self.sh("export THREADS=; while IFS== read -r name value; do case $name in [A-Z]*) "
                       f"export \"$name=$value\";; esac; done < {settings}; "
                       f"exec $PROVIDER {shlex.join(words)}")

    def list(self):
        status, out, said = self("list")
        assert status == 0, said
        return [json.loads(line) for line in out.splitlines()]

    def link(self, zone):
        return f"allday-link@{self.cloud.name}.{zone}.service"

    def over_ssh(self, zone, command, *options):
        """Over asg's connection, what asg never asks."""
        socket = f"{self.run_directory}/link/{zone}"
        return self.sh(shlex.join(["ssh", "-q", "-F", "none", "-S", socket, "-o",
                                   "ProxyCommand=false", *options, "allday-asg@host", command]))

    @contextlib.contextmanager
    def away(self, zone, do, undo):
        self.host.run(do.format(link=self.link(zone)))
        try:
            yield
        finally:
            self.host.run(undo.format(link=self.link(zone)))
            wait_for(lambda: all("id" in line for line in self.list()), 15)


@pytest.fixture(scope="module")
def provider(cloud):
    cloud.asg("wait")
    return Provider(cloud)


def test_the_list_has_the_instances_of_all_zones(provider):
    machine = "/usr/lib/allday/bin/machine"
    wanted = {line["id"]: line["zone"] for host in provider.cloud.hosts.values() for line in
              map(json.loads, host.run(f"{machine} list {provider.cloud.name}").splitlines())}
    assert {line["id"]: line["zone"] for line in provider.list()} == wanted
    assert {line["state"] for line in provider.list()} == {"running"}
    assert set(wanted.values()) == set(provider.cloud.hosts)
    start = time.monotonic()
    provider.list()
    print(f"a list of {len(wanted)} instances in {len(provider.cloud.hosts)} zones: "
          f"{time.monotonic() - start:.2f} s, over ssh")


def test_the_console_is_found_in_whatever_zone(provider):
    for line in provider.list():
        status, out, _ = provider("console", line["id"])
        assert status == 0 and "Startup finished" in out
    status, _, said = provider("console", NOBODY)
    assert status == 100 and said == f"nspawn: there is no instance {NOBODY}\n"


def test_none_to_terminate_is_success(provider):
    assert provider("terminate", NOBODY) == (0, "", "")


@pytest.mark.parametrize("words,sentence", [
    (["launch", "web", "nowhere", NOBODY], "'nowhere' is no zone"),
    (["launch", "Web", "a", NOBODY], "'Web' is no name of a group"),
    (["launch", "web", "a", "x"], "'x' is no instance id"), (["list", "all"], "usage"),
    ([], "usage")])
def test_wrong_use(provider, words, sentence):
    status, out, said = provider(*words)
    assert (status, out) == (100, "") and said.startswith("nspawn: ") and sentence in said


def test_a_group_that_there_is_not(provider):
    for zone in provider.cloud.hosts:
        status, _, said = provider("launch", "nope", zone, NOBODY)
        assert status == 100 and f"zone {zone}: " in said and "has no group nope" in said


@pytest.mark.parametrize("do,undo,seconds", [
    ("systemctl stop {link}", "systemctl start {link}", 4.5),
    ("systemctl kill -s STOP {link}", "systemctl kill -s CONT {link}", 20)])
def test_a_zone_that_does_not_answer(provider, do, undo, seconds):
    gone, *others = provider.others
    with provider.away(gone, do, undo):
        start = time.monotonic()
        lines = provider.list()
        assert time.monotonic() - start < seconds
        assert [line for line in lines if line["zone"] == gone] == [
            {"zone": gone, "state": "unreachable", "reason": f"zone {gone} cannot be reached"}]
        assert {line["zone"] for line in lines} == set(provider.cloud.hosts)
        assert all(line["state"] == "running" for line in lines if line["zone"] != gone)
    with provider.away(gone, "systemctl stop {link}", "systemctl start {link}"):
        # It may live there.
        for words in (["terminate", NOBODY], ["console", NOBODY], ["launch", "web", gone, NOBODY]):
            assert provider(*words) == (111, "", f"nspawn: zone {gone} cannot be reached\n")


def test_a_killed_link_comes_back(provider):
    zone = provider.others[0]
    provider.host.run(f"systemctl kill -s KILL {provider.link(zone)}")
    wait_for(lambda: all("id" in line for line in provider.list()), 10)


def test_a_database_that_is_read_only_is_known_wherever_asg_is(provider):
    """By the mark of its guard, as the guard's user makes it."""
    cloud = provider.cloud
    zone, name = look.pet(cloud, "database")

    def guard(command):
        look.inside(cloud, zone, name, "setpriv --reuid=710 --clear-groups sh -c "
                    + shlex.quote(command))

    def told():
        return json.loads(cloud.asg("status", "--json"))["database"]
    guard("echo it is read-only > /run/allday/full")
    try:
        assert provider("list")[2] == "database: it is read-only\n"
        wait_for(lambda: told() == "it is read-only", 15)
    finally:
        guard("rm /run/allday/full")
    wait_for(lambda: told() is None, 15)


# ---- what the key opens


@pytest.mark.parametrize("command", [
    "", "id", "list; id", "list\nid", "list x", "run cloud.app-a", "launch web i-00000000 x",
    "launch ../x i-00000000", "terminate $(id)", "console i-00000000 | cat", "image list",
    "request i-00000000", "request 00000000-0000-0000-0000-000000000000 x",
    "/usr/bin/sudo -n id"])
def test_the_key_runs_nothing_else(provider, command):
    status, out, said = provider.over_ssh(provider.others[0], command)
    assert (status, out) == (100, "") and said.startswith("machine-over-ssh: ")


def test_the_key_gets_no_subsystem(provider):
    assert provider.over_ssh(provider.others[0], "sftp", "-s")[:2] == (100, "")


def test_the_key_is_forwarded_to_the_sockets_of_the_zone_alone(provider):
    """A request over the forward: what is refused closes without a word."""
    zone = next(zone for zone in provider.others if provider.host.run(
        f"ls -d {provider.run_directory}/app-{zone} 2>/dev/null || true"))
    ask = ("import socket; s = socket.socket(socket.AF_UNIX); s.settimeout(5); s.connect('{}'); "
           "s.sendall(b'show info\\n'); print(len(s.recv(100)))")
    tried = "/run/allday-test.sock"

    def answer(path):
        return provider.sh(f"python3 -c {shlex.quote(ask.format(path))} 2>&1")[1].strip()
    assert answer(f"{provider.run_directory}/app-{zone}/admin.sock") == "100"
    for target in ("/run/systemd/private", "/run/dbus/system_bus_socket", "127.0.0.1:22"):
        forward = ["-L", f"{tried}:{target}"]
        provider.over_ssh(zone, "", "-O", "forward", *forward)
        try:
            assert re.search("^0$|Broken pipe|Connection reset", answer(tried))
        finally:
            provider.over_ssh(zone, "", "-O", "cancel", *forward)
            provider.sh(f"rm -f {tried}")
