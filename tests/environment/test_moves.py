"""What the file says otherwise than before is what is then, and what it leaves out ends: the
database in another zone, a balancer less."""

import subprocess
import time

import look
from load import Load
from waiting import wait_for

ZONE = "database: {zone: %s"
BALANCER = "api: {zones: [%s]"


def balancers(cloud):
    """Zones that have a balancer api."""
    return [zone for zone, file in look.facts(cloud).items() if f"api-{zone}" in file["machines"]]


def variant(cloud, old, new):
    """The database in another zone, and no balancer api in the last one that has one."""
    zones = balancers(cloud)

    def change(text):
        text, before = text.replace(ZONE % old, ZONE % new), text
        assert text != before and BALANCER % ", ".join(zones) in text
        return text.replace(BALANCER % ", ".join(zones), BALANCER % ", ".join(zones[:-1]))
    return cloud.variant(change)


def create(cloud, file):
    done = subprocess.run(cloud.ansible("create", file), capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, env=cloud.ansible_environment)
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout


def units(cloud, zone):
    """Named machines that run, or that a start of the host would begin."""
    said = cloud.hosts[zone].run(
        f"systemctl list-units --state=activating,active,reloading,deactivating --plain --no-legend "
        f"'allday-machine@{cloud.name}.*' | cut -d' ' -f1; "
        f"ls /etc/systemd/system/multi-user.target.wants | grep allday-machine@{cloud.name} || :")
    return {line.removeprefix(f"allday-machine@{cloud.name}.").removesuffix(".service")
            for line in said.split()}


def settled(cloud):
    return all(group["in_service"] == group["desired"] for group in look.groups(cloud).values())


def changed(cloud, file, old, new):
    """Under load; what it said. While the database moves there are honest answers."""
    cloud.asg("wait")  # what an earlier test had replaced is gone
    before = {one["id"] for one in look.instances(cloud)}
    with Load(cloud, 50) as load:
        load.wait_answers(200)
        said = create(cloud, file)
        after = time.monotonic()
        load.wait_answers(200)
    print(f"the database moves from {old} to {new}\n  {load}")
    print("  " + next((line for line in said.splitlines() if "the database moves" in line), ""))
    assert not [line for line in load.complaints if ": 503 " not in line], str(load)
    assert not load.late(after), str(load)
    assert before == {one["id"] for one in look.instances(cloud)}, "nothing is replaced for it"
    return said


def test_the_database_and_a_balancer_go_where_the_file_says(cloud):
    old, last = look.pet(cloud, "database")[0], balancers(cloud)[-1]
    new = next(zone for zone in cloud.hosts if zone != old)
    said = changed(cloud, variant(cloud, old, new), old, new)
    assert f"db-{old}" not in units(cloud, old) and f"db-{new}" in units(cloud, new)
    assert f"api-{last}" in said
    # With its last request.
    wait_for(lambda: f"api-{last}" not in units(cloud, last), 90)
    kept = cloud.hosts[old].run(f"ls /var/lib/allday/{cloud.name}/db-{old}/data")
    assert "mysql.moved" in kept
    # And back: the older copy there is not taken for the database.
    changed(cloud, cloud.state / "cloud.yml", new, old)
    assert f"db-{new}" not in units(cloud, new)
    assert f"db-{old}" in units(cloud, old) and f"api-{last}" in units(cloud, last)
    wait_for(lambda: settled(cloud))


def test_no_empty_database_is_made_in_place_of_one_that_is_gone(cloud):
    zone, name = look.pet(cloud, "database")
    data = f"/var/lib/allday/{cloud.name}/{name}/data"
    host = cloud.hosts[zone]
    host.run(f"systemctl stop {look.unit(cloud, name)}; mv {data}/mysql {data}/mysql.hidden; "
             f"systemctl start {look.unit(cloud, name)}")
    try:
        assert "mysql\n" not in host.run(f"ls {data}")
        done = subprocess.run(cloud.ansible("create"), capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, env=cloud.ansible_environment)
        assert done.returncode and "-e new_database=yes" in done.stdout
        assert "mysql\n" not in host.run(f"ls {data}")
    finally:
        host.run(f"systemctl stop {look.unit(cloud, name)}; mv {data}/mysql.hidden {data}/mysql; "
                 f"systemctl start {look.unit(cloud, name)}")
        wait_for(lambda: settled(cloud))
