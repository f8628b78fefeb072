"""A server of a named machine that hangs instead of ending is ended and starts again; nothing
is replaced for it."""

import look
import pytest
from load import Load
from waiting import wait_for

SERVERS = {"balancer": ("app", "haproxy"), "database": ("db", "mariadbd"), "dns": ("dns", "knotd")}


def processes(cloud, zone, name, program):
    """Of the server: all but the master of HAProxy."""
    found = look.processes(cloud, zone, name, program)
    return found[1:] if program == "haproxy" else found


@pytest.mark.parametrize("role", SERVERS)
def test_one_that_hangs_begins_anew(cloud, role):
    begin, program = SERVERS[role]
    zone = look.pet(cloud, role)[0]
    name = f"{begin}-{zone}"
    host, before = cloud.hosts[zone], {one["id"] for one in look.instances(cloud)}
    supervisor = host.run(f"cat /run/allday/{cloud.name}/machines/{name}/process")
    with Load(cloud, 20) as load:
        load.wait_answers(40)
        hang = processes(cloud, zone, name, program)
        assert hang
        host.run(f"kill -STOP {' '.join(hang)}")
        wait_for(lambda: (now := processes(cloud, zone, name, program)) and not set(now) & set(hang),
                      120)
        load.wait_answers(40)
    print(f"{program} hangs\n  {load}")
    # While the database hangs there are honest answers; nothing else goes wrong.
    assert not [line for line in load.complaints if role != "database" or ": 503 " not in line]
    assert host.run(f"cat /run/allday/{cloud.name}/machines/{name}/process") == supervisor
    assert f"{program} of {cloud.name}.{name} has not answered for" in host.run(
        "journalctl -q --no-pager -o cat -u 'allday-watch@*'")
    assert {one["id"] for one in look.instances(cloud)} == before


def test_one_that_starts_is_left_alone(cloud):
    """As long as a database recovers, its socket is not there."""
    zone, name = look.pet(cloud, "database")
    host = cloud.hosts[zone]
    said = "journalctl -q --no-pager -o cat -u 'allday-watch@*' | grep -c 'has not answered' || :"
    before = host.run(said)
    host.run(f"systemctl restart {look.unit(cloud, name)}")
    wait_for(lambda: processes(cloud, zone, name, "mariadbd"), 60)
    wait_for(lambda: all(one["health"] == "healthy" for one in look.instances(cloud)), 60)
    assert host.run(said) == before
