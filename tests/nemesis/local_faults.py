"""What may befall what runs. Each fault is done and undone by one function; it ends only what
it finds by number in this environment, and what it started itself."""

import contextlib
import os
import pathlib
import signal
import subprocess
import time

from common import LONG, PATIENCE, SHORT, add_pressure
from local_world import worlds  # noqa: F401
from plan import Catalogue
from waiting import wait_for

SERVERS = {"a balancer": ["balancer-app", "balancer-app-2", "balancer-api", "balancer-api-2"],
           "dns": ["dns"], "dns-steer": ["dns-steer"], "asg": ["asg"]}
PROGRAMS = {"web": ["nginx"], "api": ["nginx", "todo", "auth", "login", "classic", "health"]}
MB = 1024 * 1024

CATALOGUE = Catalogue()
fault = CATALOGUE.fault


def send(pids, number):
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


@contextlib.contextmanager
def stopped(pids):
    send(pids, signal.SIGSTOP)
    try:
        yield
    finally:
        send(pids, signal.SIGCONT)


def tree(pid):
    """A process and its children: a balancer is two."""
    with open(f"/proc/{pid}/task/{pid}/children") as children:
        return [pid, *map(int, children.read().split())]


def runs_again(world, name, before):
    wait_for(lambda: world.pid(name) not in (0, before), PATIENCE, f"{name} is started again")


# ---- instances


def victim(world, group):
    one = world.random.choice(world.instances(group))
    world.victims.add(one["id"])
    return one


def replaced(world, one):
    wait_for(lambda: one["id"] not in world.ids(), PATIENCE, f"{one['id']} is replaced")


def named(world, one, name):
    """Those of its processes that are called so."""
    return [pid for pid in world.processes(one["directory"])
            if pathlib.Path(f"/proc/{pid}/comm").read_text().strip() in (name, name[:15])
            or f"/{name}.sock\0" in pathlib.Path(f"/proc/{pid}/environ").read_text()]


def instance_faults(group):
    @fault(f"kill -9 of a {group} instance", (1, 1))
    def kill(world):
        send(world.processes((one := victim(world, group))["directory"]), signal.SIGKILL)
        replaced(world, one)

    @fault(f"SIGSTOP of a {group} instance", (1, 1))
    def stop(world):
        with stopped(world.processes((one := victim(world, group))["directory"])):
            replaced(world, one)

    @fault(f"SIGSTOP of a {group} instance for {SHORT} s")
    def pause(world):
        one = world.random.choice(world.instances(group))
        with stopped(world.processes(one["directory"])):
            time.sleep(SHORT)

    @fault(f"kill -9 of a program of a {group} instance", (1, 1))
    def kill_one(world):
        one, name = victim(world, group), world.random.choice(PROGRAMS[group])
        send(named(world, one, name), signal.SIGKILL)
        replaced(world, one)


for each in PROGRAMS:
    instance_faults(each)


# ---- servers of the runner


def server_faults(what, names):
    @fault(f"kill -9 of {what}")
    def kill(world):
        name = world.random.choice(names)
        send([before := world.pid(name)], signal.SIGKILL)
        runs_again(world, name, before)

    @fault(f"SIGSTOP of {what}")
    def hang(world):
        """Of a balancer it is the worker that serves."""
        name = world.random.choice(names)
        with stopped(tree(before := world.pid(name))[-1:]):
            runs_again(world, name, before)

    @fault(f"SIGSTOP of {what} for {LONG} s")
    def pause(world):
        with stopped(tree(world.pid(world.random.choice(names)))):
            time.sleep(LONG)


for each in SERVERS.items():
    server_faults(*each)


@fault(f"the runner is stopped for {LONG} s, and asg killed")
def runner(world):
    with stopped([world.runner.pid]):
        send([before := world.pid("asg")], signal.SIGKILL)
        time.sleep(LONG)
    runs_again(world, "asg", before)


# ---- the database


def database_faults():
    @fault("the database is killed", database=True)
    def kill(world):
        send([before := world.pid("database")], signal.SIGKILL)
        runs_again(world, "database", before)

    @fault("the database is restarted", database=True)
    def restart(world):
        send([before := world.pid("database")], signal.SIGTERM)
        runs_again(world, "database", before)

    @fault("the database hangs for 5 s", database=True)
    def pause(world):
        with stopped([world.pid("database")]):
            time.sleep(5)

    @fault("the database hangs", database=True)
    def hang(world):
        with stopped([before := world.pid("database")]):
            runs_again(world, "database", before)


database_faults()


@contextlib.contextmanager
def filled(world, left):
    """So many MB of the world's own disk are free."""
    file = world.directory / f"full-{left}"
    about = os.statvfs(world.directory)
    blocks = about.f_bavail * about.f_frsize // MB - left + 1
    try:
        subprocess.run(["dd", "if=/dev/zero", f"of={file}", "bs=1M", f"count={blocks}"],
                       stderr=subprocess.DEVNULL)  # the last one may not fit
        yield
    finally:
        file.unlink()


@fault("the disk is full", database=True)
def full_disk(world):
    """First so full that the database is closed, then to the last byte."""
    mark = world.state / "run/database-full"
    if not world.disk:
        return
    with filled(world, 200):
        wait_for(mark.exists, PATIENCE, "the database is read-only")
        with filled(world, 0):
            send([before := world.pid("asg")], signal.SIGKILL)
            runs_again(world, "asg", before)
            time.sleep(LONG)
    wait_for(lambda: not mark.exists(), PATIENCE, "the database is written to again")


# ---- clock


def clock_faults(seconds, words):
    @fault(f"the clock is set {words}")
    def step(world):
        world.step_clock(seconds)
        try:
            time.sleep(LONG)
        finally:
            world.step_clock(0)


for seconds, words in ((3600, "forward by 1 h, and back"), (-3600, "back by 1 h, and forward"),
                       (8, "forward by 8 s, and back")):
    clock_faults(seconds, words)


add_pressure(CATALOGUE)
