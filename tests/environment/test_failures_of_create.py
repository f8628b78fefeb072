"""`create` when something is wrong: it says what, has touched nothing before it could know,
and may be repeated."""

import re
import signal

import look
import pytest
from load import Load
from plays import changed, play, said
from test_create import fingerprint
from waiting import wait_for

WRONG = {
    "an unknown key": ("vpc:", "vcp:", r"cloud.yml:\d+: .*vcp"),
    "a network that is none": ("10.20.0.0/16", "10.20.0.0/61", r"cloud.yml:\d+: .*cidr"),
    "a subnet outside": ("10.20.1.0/24", "10.99.1.0/24", r"cloud.yml:\d+: .*10\.99\.1\.0"),
    "a zone that is none": ("database: {zone: a", "database: {zone: q", r"cloud.yml:\d+: .*zone"),
    "YAML that is none": ("zones:\n", "zones: [\n", r"cloud.yml:\d+: "),
    "a host that the inventory lacks": ("host: host-a", "host: host-q", "host-q is not in the inventory"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_file(one, wrong):
    old, new, sentence = WRONG[wrong]
    before = fingerprint(one)
    status, output = play(one, "create", file=one.variant(lambda text: text.replace(old, new, 1)))
    assert status and re.search(sentence, said(output)), output
    assert fingerprint(one) == before


def test_balancers_that_asg_cannot_reach(cloud):
    """The end of create names one, and tells what is wrong with the connection."""
    here = cloud.asg_zone()
    away = cloud.hosts[next(zone for zone in cloud.hosts if zone != here)]
    refusal = "/etc/ssh/sshd_config.d/00-refusal.conf"
    away.run(f"echo DenyUsers allday-asg > {refusal} && systemctl reload ssh && "
             "pkill -u allday-asg")
    try:
        wait_for(lambda: "does not answer" in cloud.asg("status"))
        status, output = play(cloud, "create", "-e", "asg_patience=3")
    finally:
        away.run(f"rm {refusal} && systemctl reload ssh")
    assert status, output
    assert f"app-{away.zone} (does not answer)" in output and "Permission denied" in output
    wait_for(lambda: "does not answer" not in cloud.asg("status"))


def test_too_little_disk(one):
    """On a host that has no image yet and no room for one."""
    host = one.hosts["a"]
    host.run("fallocate -l $(($(df --output=avail -B1 /var/lib/allday | tail -1) - 200000000)) "
             "/var/lib/allday/full")
    try:
        status, output = play(one, "create")
    finally:
        host.run("rm /var/lib/allday/full")
    assert status and "/var/lib/allday" in said(output), output


def test_a_port_that_is_taken(one):
    host = one.hosts["a"]
    play(one, "terminate", "-e", "confirm=cloud")
    host.run("systemd-run --unit=squatter python3 -m http.server 443")
    try:
        status, output = play(one, "create")
    finally:
        host.run("systemctl stop squatter")
    assert status and "443" in said(output), output


MOMENTS = {
    "the host's packages": ("TASK \\[host ", signal.SIGINT),
    "the release": ("TASK \\[release ", signal.SIGKILL),
    "the network": ("TASK \\[vpc ", signal.SIGKILL),
    "the named machines": ("TASK \\[machine ", signal.SIGINT),
    "their settings": ("TASK \\[dns ", signal.SIGKILL),
    "the start of the groups": ("TASK \\[asg ", signal.SIGKILL),
}


def test_interrupted_and_repeated(one):
    for what, (pattern, number) in MOMENTS.items():
        status, output = play(one, "create", until=pattern, number=number)
        assert status, f"{what}: it was not interrupted\n{output}"
    status, output = play(one, "create")
    assert status == 0, output
    assert wait_for(lambda: look.in_service(one))
    with Load(one) as load:
        load.wait_answers(100)
        status, output = play(one, "create")
        load.wait_answers(100)
    assert status == 0 and changed(output) == 0, output
    assert not load.stumbles and not load.complaints, str(load)
