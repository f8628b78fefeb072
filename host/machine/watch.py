"""What hangs in the named machines of an environment on this host instead of ending is ended,
and so begins anew: HAProxy, MariaDB, Knot. (An instance that hangs is replaced by asg.)"""

import contextlib
import glob
import os
import signal
import socket
import subprocess
import sys
import time

import alive
import common
import instances
import kernel

EVERY = 3  # seconds
AGAIN = 10  # seconds for its systemd to start it again
SERVERS = {"balancer": "haproxy", "database": "mariadbd", "dns": "knotd"}
GUARD = "710"  # allday-guard, of machine's sysusers: a user of MariaDB without a password


def first_of(directory, running):
    """The machine's PID 1, or None."""
    supervisor = instances.main_process(directory)
    return next((pid for pid, (parent, _, _) in running.items() if parent == supervisor), None)


def newest(environment):
    return os.path.realpath(f"{common.LIB}/{environment}/release/usr/lib/allday/machine/watch.py")


def machines(environment):
    """(environment, name, role, address, PID 1) of those that run here."""
    running = instances.processes()
    for path in glob.glob(f"{common.machines(environment)}/*/instance.json"):
        name = path.split("/")[-2]
        about = common.read_json(path) or {}
        first = first_of(os.path.dirname(path), running)
        if first and about.get("role") in SERVERS:
            yield environment, name, about["role"], about["address"], first


def ask(environment, name, role, address, first):
    if role == "balancer":
        return alive.haproxy(f"{common.RUN}/{environment}/{name}/admin.sock")
    if role == "dns":
        with kernel.network(common.netns(environment, name)):
            connection = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        return alive.knot(address, 53, connection)
    return alive.mariadb("/run/database/mysqld.sock", [
        "nsenter", "--target", str(first), "--all", "setpriv", f"--reuid={GUARD}", "--clear-groups"])


def processes_of(first, program):
    """Of that name, in the machine."""
    children, found, waiting = {}, [], [first]
    for pid, (parent, _, _) in instances.processes().items():
        children.setdefault(parent, []).append(pid)
    while waiting:
        pid = waiting.pop()
        waiting += children.get(pid, [])
        with contextlib.suppress(OSError), open(f"/proc/{pid}/comm") as file:
            if file.read().strip() == program:
                found.append(pid)
    return found


def end(environment, name, program, first):
    """Its machine's systemd starts it again; where that hangs too, all of the machine is ended."""
    hanging = processes_of(first, program)
    for pid in hanging:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + AGAIN
    while not set(processes_of(first, program)) - set(hanging):
        if time.monotonic() > until:
            subprocess.run(["systemctl", "kill", "--signal=KILL", common.unit(environment, name)],
                           stdin=subprocess.DEVNULL, capture_output=True)
            return
        time.sleep(0.2)


def look_after(machine, patience):
    environment, name, role, _, first = machine
    program = SERVERS[role]
    said = ask(*machine)
    now = time.monotonic()
    if patience.hangs(now, said, lambda: alive.work(processes_of(first, program))):
        print(f"{program} of {environment}.{name} has not answered for "
              f"{now - patience.since:.0f} s and is ended", file=sys.stderr, flush=True)
        patience.was_ended(now)
        end(environment, name, program, first)


def prove():
    """To the systemd of the host, that this goes on itself."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.connect(os.environ["NOTIFY_SOCKET"].replace("@", "\0", 1))
        notify.send(b"READY=1\nWATCHDOG=1")


def watch(environment):
    """All are asked at once, so that none waits for another one's answer."""
    import concurrent.futures
    known, mine = {}, os.path.realpath(__file__)
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        # (Its unit starts that of a newer release.)
        while newest(environment) == mine:
            there = list(machines(environment))
            known = {machine[:2]: known.get(machine[:2]) or alive.Patience() for machine in there}
            for done in [pool.submit(look_after, machine, known[machine[:2]]) for machine in there]:
                if error := done.exception():
                    print(f"watch: {error}", file=sys.stderr, flush=True)
            if "NOTIFY_SOCKET" in os.environ:
                prove()
            time.sleep(EVERY)
