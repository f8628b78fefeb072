"""What may befall machines and hosts. Each fault is done and undone by one function; what it
makes necessary, by the rules of the product, stands beside it.

(Clocks are left to the other kind of world: all test hosts have that of this kernel.)
"""

from cloud_world import worlds  # noqa: F401
from common import LONG, PATIENCE, SHORT, add_pressure
from plan import Catalogue

import faults
import look
from cloud import Host
from waiting import wait_for

PROGRAMS = {"web": ["nginx"], "api": ["nginx", "todo", "auth", "classic", "health"]}
SERVERS = {"balancer": "haproxy", "dns": "knotd", "database": "mariadbd"}
ITS = 2        # instances of a host: one of each group
AWAY = 1000    # answers, ten seconds: what has gone is missed by then

CATALOGUE = Catalogue()
fault = CATALOGUE.fault


def until(world, condition, what):
    wait_for(condition, PATIENCE, what)


def begins_anew(world, zone, pids, running):
    """Until others run in their place. running: who does."""
    until(world, lambda: (now := running()) and not set(now) & set(pids),
          f"other processes than {' '.join(pids)} in zone {zone}")


# ---- instances


def one_of(world, group):
    return world.random.choice(look.in_service(world.cloud, group))


def victim(world, group):
    one = one_of(world, group)
    world.victims.add(one["id"])
    return one


def replaced(world, one):
    until(world, lambda: one["id"] not in world.ids(), f"{one['id']} is replaced")


def paused(world, zone, name, seconds):
    """All of a machine, its systemd too."""
    world.cloud.hosts[zone].run(
        f"pids=$(pgrep --ns {look.first_process(world.cloud, name)} --nslist pid .); "
        f"kill -STOP $pids; sleep {seconds}; kill -CONT $pids")


def fatal_fault(group, name):
    @fault(f"{group} instance: {name}", (1, 1))
    def strike(world):
        faults.strike(world.cloud, name, one := victim(world, group))
        replaced(world, one)


def instance_faults(group):
    @fault(f"{group} instance: SIGSTOP for {SHORT} s")
    def pause(world):
        one = one_of(world, group)
        paused(world, one["zone"], one["id"], SHORT)

    @fault(f"{group} instance: kill -9 of a program")
    def kill(world):
        """Its systemd starts it again."""
        one, program = one_of(world, group), world.random.choice(PROGRAMS[group])
        send(world, one, program, "KILL")

    @fault(f"{group} instance: SIGSTOP of a program", (1, 1))
    def stop(world):
        one, program = victim(world, group), world.random.choice(PROGRAMS[group])
        send(world, one, program, "STOP")
        replaced(world, one)


def send(world, one, program, signal):
    pids = look.processes(world.cloud, one["zone"], one["id"], program)
    assert pids, f"no {program} in {one['id']}"
    world.cloud.hosts[one["zone"]].run(f"kill -{signal} {' '.join(pids)}")


for each in PROGRAMS:
    for name in faults.FAULTS:
        # (A web instance writes nothing, and does without a disk.)
        if each == "api" or "disk" not in name:
            fatal_fault(each, name)
    instance_faults(each)


# ---- machines with a name: their systemd, and their host's, start them again


def machine_faults(role, program, database):
    def pids(world, zone, name):
        return look.processes(world.cloud, zone, name, program)

    def struck(world, signal, last=False):
        """Its server gets the signal, of a balancer the worker alone perhaps."""
        zone, name = world.random.choice(world.machines(role))
        before = pids(world, zone, name)[-1 if last else 0:]
        world.cloud.hosts[zone].run(f"kill -{signal} {' '.join(before)}")
        begins_anew(world, zone, before, lambda: pids(world, zone, name))

    @fault(f"{role}: kill -9 of all of the machine", database=database)
    def kill(world):
        zone, name = world.random.choice(world.machines(role))
        before = pids(world, zone, name)
        world.cloud.hosts[zone].run(f"kill -9 {look.first_process(world.cloud, name)}")
        begins_anew(world, zone, before, lambda: pids(world, zone, name))

    @fault(f"{role}: kill -9 of {program}", database=database)
    def kill_server(world):
        struck(world, "KILL")

    @fault(f"{role}: SIGSTOP of {program}", database=database)
    def hang(world):
        struck(world, "STOP", last=True)

    @fault(f"{role}: SIGSTOP of all of the machine for {LONG} s", database=database)
    def pause(world):
        paused(world, *world.random.choice(world.machines(role)), LONG)


for each in SERVERS.items():
    machine_faults(*each, each[0] == "database")


@fault("database: the machine is restarted", database=True)
def restart(world):
    [(zone, name)] = world.machines("database")
    world.cloud.hosts[zone].run(f"systemctl restart {look.unit(world.cloud, name)}")


# ---- asg: the next minute's begins, and ends one that hangs


def asg_fault(what, signal):
    @fault(f"asg: {what}")
    def strike(world):
        host = world.cloud.hosts[world.home]
        before = host.run("pgrep -x asg || :").split()
        host.run(f"kill -{signal} {' '.join(before)}" if before else "true")
        begins_anew(world, world.home, before, lambda: host.run("pgrep -x asg || :").split())


asg_fault("kill -9", "KILL")
asg_fault("SIGSTOP", "STOP")


@fault(f"asg: SIGSTOP for {LONG} s")
def pause_asg(world):
    world.cloud.hosts[world.home].run(
        f"pkill -STOP -x asg; sleep {LONG}; pkill -CONT -x asg || :")


# ---- hosts


def lose(world, zone):
    """Its instances are lost with it."""
    world.victims.update(one["id"] for one in look.instances(world.cloud) if one["zone"] == zone)


def host_faults(role, database=False):
    """What was on it is launched in the other zones, where asg can see that and live; when it is
    back one of each group moves there, to even out the zones."""
    about = {"needed": (2 * ITS, 2 * ITS), "moved": ITS, "database": database}

    def until_made_good(what, away, back):
        @fault(f"the host of {role}: {what}, until it is made good elsewhere", **about)
        def strike(world):
            lose(world, zone := world.zone(role))
            away(world.cloud.hosts[zone])
            try:
                until(world, lambda: world.filled(zone), f"what was in zone {zone} is made good")
            finally:
                back(world.cloud.hosts[zone])

    until_made_good("no power", Host.stop, Host.start)
    until_made_good("its cable is pulled", Host.cut, Host.mend)


host_faults("the database", database=True)
host_faults("neither")


@fault("the host of neither: it reboots", (ITS, 2 * ITS), moved=ITS)
def reboot(world):
    """It may be back before it is missed."""
    lose(world, zone := world.zone("neither"))
    world.cloud.hosts[zone].reboot()


@fault("the host of asg: no power", (ITS, ITS))
def without_asg(world):
    """Nobody launches anything meanwhile, and then in that zone."""
    lose(world, world.home)
    world.cloud.hosts[world.home].stop()
    try:
        world.load.wait_answers(AWAY)
    finally:
        world.cloud.hosts[world.home].start()


@fault("the host of asg: its cable is pulled")
def cut_off(world):
    """All others are out of its reach, which is no fault of theirs."""
    world.cloud.hosts[world.home].cut()
    try:
        world.load.wait_answers(2 * AWAY)
    finally:
        world.cloud.hosts[world.home].mend()


add_pressure(CATALOGUE)
