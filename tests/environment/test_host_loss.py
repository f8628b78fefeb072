"""Whole hosts go and come back, under a load from outside. What that costs is printed; what
must not be lost or stay away is asserted. These come last: they are hard on the cloud."""

import time

import faults
import look
import pytest
from load import Load
from waiting import wait_for


def spread(cloud, group):
    """{zone: machines in service}, zones without one too."""
    found = dict.fromkeys(cloud.hosts, 0)
    for one in look.in_service(cloud, group):
        found[one["zone"]] += 1
    return found


def complete(cloud, without=()):
    """The groups have what they want, none of it in those zones, and as even as can be."""
    for name, group in look.groups(cloud).items():
        there = {zone: count for zone, count in spread(cloud, name).items()
                 if zone not in without}
        if sum(there.values()) != group["desired"] or max(there.values()) - min(there.values()) > 1:
            return False
    return True


def told(what, load, moment):
    late = load.late(moment + 3)
    print(f"{what}\n  {load}\n  of the attempts due 3 s after it or later {len(late)} failed; "
          f"the last that failed was due {last(load, moment):.1f} s after it")


def last(load, moment):
    return max([each[1] - moment for each in load.stumbles], default=0)


@pytest.fixture
def zones(cloud):
    """Of asg, of the database, and one that has balancers but neither."""
    asg, database = cloud.asg_zone(), look.pet(cloud, "database")[0]
    other = next(zone for zone, file in look.facts(cloud).items()
                 if zone not in (asg, database) and "app-" + zone in file["machines"])
    return {"asg": asg, "database": database, "other": other}


def answered(cloud, server):
    """The addresses of the app, validated; None without a good answer."""
    try:
        return look.resolved(cloud, server, f"app.{cloud.domain}")
    except AssertionError:
        return None


def both_answer(cloud):
    """Both name servers, with the balancers of both."""
    wanted = [cloud.internet.addresses(zone)[0] for zone in list(cloud.hosts)[:2]]
    return all(answered(cloud, server) == wanted for server in cloud.dns[:2])


def test_a_zone_is_powered_off_and_comes_back(cloud, zones):
    lost = zones["other"]
    with Load(cloud) as load:
        load.wait_answers(400)
        moment = time.monotonic()
        cloud.hosts[lost].stop()
        wait_for(lambda: complete(cloud, [lost]), 120)
        filled = time.monotonic() - moment
        load.wait_answers(1000)
        recovered = time.monotonic()
        cloud.hosts[lost].start()
        wait_for(lambda: complete(cloud), 180)
        load.wait_answers(1000)
    told(f"zone {lost} is powered off; the others have filled the groups up after {filled:.1f} s",
         load, moment)
    assert not load.complaints
    # From full groups on, and through the return of the zone, nobody notices a thing.
    assert not load.late(recovered), load.late(recovered)
    balanced = {name: spread(cloud, name) for name in look.groups(cloud)}
    print(f"  back again: {balanced}")


def test_the_host_of_the_database_reboots_and_all_comes_back(cloud, zones):
    with Load(cloud) as load:
        load.wait_answers(400)
        moment = time.monotonic()
        cloud.hosts[zones["database"]].reboot()
        wait_for(lambda: complete(cloud), 180)
        load.wait_answers(1000)
    told(f"zone {zones['database']}, which has the database, reboots", load, moment)
    # What was written before is there, and no more.
    assert not load.complaints


def test_without_asg_all_keeps_serving_and_it_moves(cloud, zones):
    """And the other name server answers without the lost host's balancer, asg or not."""
    home, new = zones["asg"], zones["other"]
    assert [home, new] == list(cloud.hosts)[:2]
    stays = cloud.internet.addresses(new)[0]
    with Load(cloud) as load:
        load.wait_answers(400)
        moment = time.monotonic()
        cloud.hosts[home].stop()
        wait_for(lambda: answered(cloud, cloud.dns[1]) == [stays])
        alone = time.monotonic() - moment
        load.wait_answers(2000)
        cloud.playbook("move-asg", to=new)
        wait_for(lambda: complete(cloud, [home]), 120)
        load.wait_answers(400)
        whole = time.monotonic()
        times = faults.befall(cloud, "kill -9 of its PID 1")
        load.wait_answers(400)
    told(f"zone {home}, where asg ran, is powered off; asg is moved to {new}", load, moment)
    print(f"  the other name server answers without it {alone:.1f} s after it")
    print(f"  it replaces a killed machine there: in service +{times['in service']:.2f} s")
    assert not load.complaints and not load.late(whole), str(load)


def test_the_host_that_asg_has_left_returns_and_leaves_it_alone(cloud):
    left, home = next(iter(cloud.hosts)), cloud.asg_zone()
    assert home != left, "asg has been moved"
    cloud.hosts[left].start()
    wait_for(lambda: complete(cloud), 180)
    running = [zone for zone, host in cloud.hosts.items()
               if host.run("pgrep -x asg || :").split()]
    assert running == [home]
    wait_for(lambda: both_answer(cloud), 120)


def test_a_lost_name_server_is_made_anew(cloud):
    """With nothing of what it had; the key is the same."""
    first, ds = next(iter(cloud.hosts)), look.delegation(cloud)
    home = f"/var/lib/allday/{cloud.name}/dns-{first}"
    cloud.hosts[first].run(f"systemctl stop allday-machine@{cloud.name}.dns-{first}; rm -rf {home} "
                           f"/etc/allday/{cloud.name}/secrets/dnssec")
    cloud.create()
    assert look.delegation(cloud) == ds
    wait_for(lambda: both_answer(cloud))


def test_asg_moves_back_with_all_that_it_remembers(cloud):
    """And while its host lives nobody notices."""
    first, left = next(iter(cloud.hosts)), cloud.asg_zone()
    web, api = look.in_service(cloud, "web"), look.in_service(cloud, "api")
    cloud.asg("protect", web[0]["id"])
    cloud.asg("standby", api[0]["id"])
    cloud.asg("suspend", "web", "AZRebalance")
    cloud.asg("set-desired", "web", str(len(web) + 1))
    cloud.asg("wait")
    before = look.remembered(cloud)
    with Load(cloud) as load:
        load.wait_answers(200)
        cloud.playbook("move-asg", to=first)
        cloud.asg("wait")
        assert cloud.asg_zone() == first and look.remembered(cloud) == before
        cloud.asg("resume", "web")
        cloud.asg("in-service", api[0]["id"])
        cloud.asg("protect", web[0]["id"], "--off")
        faults.befall(cloud, "kill -9 of its PID 1")
        load.wait_answers(200)
    print(f"asg moves while all is well\n  {load}")
    assert not load.stumbles and not load.complaints
    with pytest.raises(AssertionError, match=f"in zone {first} on host-{first}"):
        cloud.hosts[left].run(f"asg -s /var/lib/allday/{cloud.name}/asg status")
