"""The role asg on a private host: what asg remembers outlives a move that was interrupted at any
task, whichever playbook comes next."""

import json

import pytest
from private import ROOT, Host, need


FILE = """
name: test
provider: nspawn
domain: todo.test
zones:
  a: {host: host-a, subnets: {public: 10.20.0.0/24, app: 10.20.1.0/24, data: 10.20.2.0/24}}
groups: {web: {}, api: {}}
"""
REMEMBERED = "on the controller"


class AsgHost(Host):
    def __init__(self):
        super().__init__("192.0.2.1")
        for name in "systemctl", "systemd-run":
            self.path(f"/usr/bin/{name}").unlink(missing_ok=True)
            self.path(f"/usr/bin/{name}").write_text("#!/bin/sh\n[ \"$1\" != show ] || printf 'LoadState=loaded\\nActiveState=inactive\\n'\n")
            self.path(f"/usr/bin/{name}").chmod(0o755)
        self.path("/etc/environment.yml").write_text(FILE)
        self.environment = json.loads(self.do(ROOT / "environment/check", "--json", "/etc/environment.yml"))
        for directory in "/etc/allday/test/secrets", "/etc/secrets/asg", "/etc/cron.d":
            self.path(directory).mkdir(parents=True, exist_ok=True)
        for name in "asg_ed25519", "asg_ed25519.pub":
            self.path(f"/etc/secrets/{name}").write_text("ssh-ed25519 KEY\n")

    def create(self, zone="a", was_here=False, asg_zone="a"):
        """What create does with the role on the host of that zone."""
        seen = {"asg": ["test/asg:7"] if was_here else [], "key": "ssh-ed25519 HOST"}
        self.played([{"include_role": {"name": "asg"}}], {"host-a": {
            "allday": self.environment, "allday_zone": zone, "host_seen": seen,
            "host_asg": {"zone": asg_zone, "turn": 7}, "allday_secrets": "/etc/secrets",
            "allday_etc": "/etc/allday/test", "allday_lib": "/var/lib/allday/test",
            "allday_machines": {}, "allday_leads": [], "allday_addresses": {"a": "192.0.2.1", "b": "192.0.2.2"}}})

    def leave(self, where, text):
        path = self.path(where)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


STATE, COPY = "/var/lib/allday/test/asg/asg/state", "/etc/secrets/asg/state"


@pytest.fixture
def host():
    need({"ansible-playbook": "ansible-core"})
    with AsgHost() as made:
        yield made


@pytest.mark.parametrize("was_here, there, remembered", [
    (False, None, REMEMBERED),            # it had been stopped, and nobody said yet where it is
    (True, None, REMEMBERED),             # its state was removed already, its turn not yet
    (True, "of today", "of today"),       # it had been stopped, and nothing removed yet
    (False, "brought before", REMEMBERED)])
def test_a_create_after_a_move_that_was_interrupted_forgets_nothing(host, was_here, there, remembered):
    host.leave(COPY, REMEMBERED)
    if there:
        host.leave(STATE, there)
    host.create(was_here=was_here)
    assert host.path(STATE).read_text() == remembered
    assert host.path("/etc/allday/test/asg").read_text() == "7"
    assert not host.path(COPY).exists()


def test_what_a_move_has_brought_to_another_host_is_not_there_when_asg_comes(host):
    """With an old state it would terminate what has been launched since."""
    host.leave(COPY, REMEMBERED)
    host.leave(STATE, "brought before")
    host.create(zone="b")
    assert not host.path(STATE).exists()
    assert host.path(COPY).read_text() == REMEMBERED
