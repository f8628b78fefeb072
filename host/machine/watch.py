"""What hangs in the named machines of an environment on this host instead of ending is ended,
and so begins anew: HAProxy, MariaDB, Knot. (An instance that hangs is replaced by asg.)"""

import asyncio
import contextlib
import glob
import os
import re
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
ASK = 4    # seconds for an answer
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


def answered(question):
    return asyncio.run(alive.within(question, ASK))


def mariadb(path, enter=()):
    """By SELECT 1 of the user that this is; enter: a command that becomes another, in its machine,
    which has no Python. A connection that only greets would leave a line in its log each time."""
    argv = [*enter, "mariadb", "--no-defaults", "--protocol=socket", f"--socket={path}", "--batch",
            "--execute=SELECT 1"]
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=ASK)
    except subprocess.TimeoutExpired:
        return False
    code = re.search(r"^ERROR (\d+)", done.stderr, re.M)
    if done.returncode == 0 or code and int(code[1]) < 2000:
        return True
    # A full queue before its socket (11) is one that it does not empty.
    return False if code and int(code[1]) == 2002 and "(11)" in done.stderr else None


def ask(environment, name, role, address, first):
    if role == "balancer":
        return answered(alive.haproxy(f"{common.RUN}/{environment}/{name}/admin.sock"))
    if role == "dns":
        with kernel.network(common.netns(environment, name)):
            connection = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        return answered(alive.dns(address, 53, common.environment(environment)["domain"], connection))
    return mariadb("/run/database/mysqld.sock", [
        "nsenter", "--target", str(first), "--all", "setpriv", f"--reuid={GUARD}", "--clear-groups"])


# ---- at work, or hanging?


def work(pids):
    """Seconds that their threads have had a processor, or waited for one."""
    total = 0
    for pid in pids:
        try:
            for thread in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{thread}/schedstat") as file:
                    total += sum(map(int, file.read().split()[:2]))
        except OSError:
            pass
    return total / 1e9


class Patience:
    """The verdict on one server, and how often it may be ended for it. Times are of a clock
    that nobody sets."""

    HANGS = 10     # seconds without an answer, when it did nothing meanwhile
    BUSY = 60      # and when it was at work, or waited for a processor
    IDLE = 0.02    # of the time: what a server that hangs may still use
    AGAIN = 30     # seconds until it may be ended again; doubled each time
    MOST = 900
    GOOD = 3600    # after so long all is forgotten

    def __init__(self):
        self.since, self.worked, self.ended, self.free = None, 0, 0, 0
        self.last = None

    def hangs(self, now, said, worked):
        """said: its answer; worked: a function, asked when there was none."""
        if said is not False:
            self.since = None
            if self.last is not None and now - self.last > self.GOOD:
                self.ended = 0
            return False
        if self.since is None:
            self.since, self.worked = now, worked()
            return False
        silent = now - self.since
        if silent < self.HANGS or now < self.free:
            return False
        return silent >= self.BUSY or worked() - self.worked < self.IDLE * silent

    def was_ended(self, now):
        self.since, self.last = None, now
        self.free = now + min(self.AGAIN * 2 ** self.ended, self.MOST)
        self.ended += 1


# ---- what hangs is ended


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
    if patience.hangs(now, said, lambda: work(processes_of(first, program))):
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
            known = {machine[:2]: known.get(machine[:2]) or Patience() for machine in there}
            for done in [pool.submit(look_after, machine, known[machine[:2]]) for machine in there]:
                if error := done.exception():
                    print(f"watch: {error}", file=sys.stderr, flush=True)
            if "NOTIFY_SOCKET" in os.environ:
                prove()
            time.sleep(EVERY)
