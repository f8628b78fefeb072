"""What asg asks for: launch, terminate, list, console."""

import json
import os
import sys
import time

import common
import stopping
from common import Failed, WrongUse

PATIENCE = 25  # seconds for another launch or terminate of the same instance
START = 20  # seconds until its systemd is up
ACCEPT = 5  # and then until it accepts connections
STOP = 3  # seconds to end when asked
TASKS = 512
INPUT = 1 << 16


# ---- one at a time


def hold(environment, ident):
    """Until this process ends no other one launches or terminates the instance: a lock on
    one byte of a file that all of them share, so that none is left over."""
    import fcntl
    lock = f"{common.state(environment)}/machines.lock"
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, int(ident[2:], 16))
            return
        except (BlockingIOError, PermissionError):
            time.sleep(0.005)
    raise Failed(f"another command is at work on {ident}")


# ---- what there is


def look(pid):
    """(parent, when it began, CPU ticks with those of its ended children), or None."""
    try:
        with open(f"/proc/{pid}/stat", errors="replace") as file:
            fields = file.read().rpartition(") ")[2].split()
    except OSError:
        return None
    if fields[0] in "ZX":
        return None
    return int(fields[1]), fields[19], sum(map(int, fields[11:15]))


def processes():
    found = {int(entry): look(entry) for entry in os.listdir("/proc") if entry.isdigit()}
    return {pid: seen for pid, seen in found.items() if seen}


def cpu_seconds(running, first):
    children = {}
    for pid, (parent, _, _) in running.items():
        children.setdefault(parent, []).append(pid)
    ticks, waiting = 0, [first]
    while waiting:
        pid = waiting.pop()
        ticks += running[pid][2]
        waiting += children.get(pid, [])
    return round(ticks / os.sysconf("SC_CLK_TCK"), 2)


def read(directory, name):
    try:
        with open(f"{directory}/{name}") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def main_process(directory):
    """The machine's systemd-nspawn, or None."""
    pid, _, started = read(directory, "process").strip().partition(" ")
    seen = look(pid) if pid else None
    return int(pid) if seen and seen[1] == started else None


def describe(environment, ident, running):
    """pending: its launch has not ended; running; stopped: it is being cleared away."""
    directory = f"{common.machines(environment)}/{ident}"
    try:
        about = json.loads(read(directory, "instance.json") or "{}")
    except ValueError:
        about = {}
    if not about or not os.path.exists(f"{directory}/launched"):
        return {"id": ident, "state": "pending"} if os.path.isdir(directory) else None
    main = main_process(directory)
    if main not in running:
        return about | {"state": "stopped"}
    return about | {"state": "running", "cpu_seconds": cpu_seconds(running, main)}


def first_line(path):
    """Of a file that a machine writes, in a directory where it may make what it likes; "" also
    when it is empty, None when it cannot be read."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        text = os.read(handle, 200).decode(errors="replace").partition("\n")[0]
    except OSError:
        return None
    finally:
        os.close(handle)
    return "".join(filter(str.isprintable, text))


def tell_of_database(environment, about):
    """What sql/disk-guard says, if the database is here and is kept read-only."""
    for name, machine in about.get("machines", {}).items():
        if machine.get("role") == "database":
            said = first_line(f"{common.RUN}/{environment}/{name}/full")
            if said is not None:
                print("database:", said, file=sys.stderr)


def show(environment):
    about = common.environment(environment)
    there = common.idents(environment)
    # What has ended its launch runs already when the processes are looked at.
    running = processes()
    lines = [describe(environment, ident, running) for ident in there]
    # (Whose end they may show is noted by now.)
    stopping.refuse()
    for line in filter(None, lines):
        print(json.dumps(line))
    tell_of_database(environment, about)


# ---- what a launch is to make


def given():
    text = sys.stdin.read(INPUT + 1)
    try:
        wish = json.loads(text[:INPUT] or "{}")
    except ValueError:
        wish = None
    if not isinstance(wish, dict) or len(text) > INPUT:
        raise WrongUse("standard input must be a JSON object of at most 64 KiB")
    if unknown := wish.keys() - {"release", "threads", "environment"}:
        raise WrongUse(f"standard input has the unknown key {min(unknown)}")
    return wish


def text_of(wish, key, pattern, meaning):
    import re
    text = wish.get(key, "")
    if not isinstance(text, str) or not re.fullmatch(pattern, text):
        raise WrongUse(f"{key} must be {meaning}, not {text!r}")
    return text


def more_variables(wish, taken):
    """What the group's launch_template adds."""
    import re
    added = wish.get("environment", {})
    if not isinstance(added, dict):
        raise WrongUse("environment must be a JSON object")
    for name, value in added.items():
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) or not isinstance(value, str) \
                or "\0" in value:
            raise WrongUse(f"environment: {name!r} must be the name of a variable, and its value text")
        if name in taken:
            raise WrongUse(f"environment: {name} cannot be changed")
    return added


def record_of(whole, environment, group, wish):
    where = f"environment {environment}, groups.{group}"
    if group not in whole.get("groups", {}):
        raise WrongUse(f"environment {environment} has no group {group} (groups)")
    wanted = whole["groups"][group]
    release = text_of(wish, "release", r"[A-Za-z0-9._-]*", "an id") or \
        common.need(whole, "release", f"environment {environment}")
    zone = common.need(whole, "zone", f"environment {environment}")
    threads = text_of(wish, "threads", r"( *[a-z]+=[0-9]+)* *", "pool=number ...")
    role = wanted.get("kind") or common.need(wanted, "security_group", where)  # (no kind: a create of before)
    variables = {"GROUP": group, "ROLE": role, "ZONE": zone, "RELEASE": release,
                 "THREADS": threads, **wanted.get("settings", {})}
    taken = variables.keys() | {"INSTANCE", "ADDRESS", "PORT"}
    return wanted | {
        "group": group, "role": role, "zone": zone, "release": release,
        "image": common.need(whole, "image", f"environment {environment}"),
        "subnet": common.need(wanted, "subnet", where),
        "security_group": common.need(wanted, "security_group", where),
        "variables": variables | more_variables(wish, taken)}


# ---- launch


def unit_properties(record):
    limits = [f"MemoryMax={record['memory']}", "MemorySwapMax=0"] if "memory" in record else []
    if "cpu" in record:
        limits.append(f"CPUQuota={record['cpu']}%")
    return [*limits, f"TasksMax={TASKS}", f"TimeoutStartSec={START}", f"TimeoutStopSec={STOP}",
            # A payload in a cgroup of its own, asked to end by systemd-nspawn alone.
            "Delegate=yes", "KillMode=mixed", "DevicePolicy=closed", "DeviceAllow=char-pts rw"]


def start_unit(environment, ident, record, begun):
    import subprocess
    program = f"{common.BIN}/machine"
    properties = [*unit_properties(record), f"SyslogIdentifier={ident}",
                  f"After=allday-vpc@{environment}.service", f"ExecStop={stopping.NOTE}",
                  f"ExecStopPost={program} clear {environment}.{ident}"]
    argv = ["/usr/bin/systemd-run", "--quiet", "--collect", "--service-type=notify",
            f"--unit={common.unit(environment, ident)}",
            f"--description=Allday instance {ident} of {environment}, {record['group']}",
            *(f"--property={text}" for text in properties),
            program, "run", f"{environment}.{ident}"]
    before = time.monotonic()
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        late = f"not up after {START} s: " if time.monotonic() > before + START else ""
        said = last_words(environment, ident, begun) or done.stderr.strip() or "it said nothing"
        raise Failed(late + said)


def last_words(environment, ident, since):
    """Of the machine while it was to start, in one line; of its programs rather than of its
    systemd, which only says that they have failed."""
    import re
    import subprocess
    subprocess.run(["journalctl", "--sync"], capture_output=True)
    said = common.tool("journalctl", "-q", "-o", "cat", f"--since=@{since:.6f}",
                       f"--until=@{since + START:.6f}",
                       f"_SYSTEMD_UNIT={common.unit(environment, ident)}")
    lines = [" ".join(line.split()) for line in said.splitlines() if line.strip()]
    systemd = re.compile(r"systemd|\.(service|target|mount): |cgroup|^(Detected|Hostname|Container|"
                         r"Initializing|Queued|Startup|Failed to start|System is) ")
    own = [line for line in lines if not systemd.search(line)]
    return " | ".join((own or lines)[-3:])


def wait_until_it_accepts(environment, ident, begun):
    """Asked in its own network: no rule of the VPC is about this host."""
    import socket

    import kernel
    directory = f"{common.machines(environment)}/{ident}"
    about = common.read_json(f"{directory}/instance.json") or {}
    until = time.monotonic() + ACCEPT
    with kernel.network(common.netns(environment, ident)):
        while time.monotonic() < until and main_process(directory):
            with socket.socket() as probe:
                if probe.connect_ex((about["address"], common.PORT)) == 0:
                    return
            time.sleep(0.005)
    raise Failed(f"nothing accepts connections on port {common.PORT}: {last_words(environment, ident, begun)}")


def start(environment, ident, record):
    directory = f"{common.machines(environment)}/{ident}"
    os.makedirs(directory)
    common.write(f"{directory}/launch.json", json.dumps(record), 0o600)
    begun = time.time()
    start_unit(environment, ident, record, begun)
    wait_until_it_accepts(environment, ident, begun)
    common.write(f"{directory}/launched", "")


def launch(environment, group, ident):
    stopping.refuse()
    record = record_of(common.environment(environment), environment, group, given())
    hold(environment, ident)
    line = describe(environment, ident, processes())
    if not line or line["state"] != "running":
        end(environment, ident)
        try:
            start(environment, ident, record)
        except BaseException as error:
            end(environment, ident)
            stopping.refuse()
            if isinstance(error, (Failed, OSError)):
                raise Failed(f"{ident} did not start: {error}") from None
            raise
        line = describe(environment, ident, processes())
    if not line or line["state"] != "running":
        raise Failed(f"{ident} ended as soon as it had started")
    print(json.dumps(line))


# ---- to an end


def anything(environment, ident):
    return any(map(os.path.lexists, (f"{common.machines(environment)}/{ident}",
                                     common.netns(environment, ident))))


def end(environment, ident):
    """Its unit, and what the unit's own clearing may have left."""
    import subprocess

    import guest
    unit = common.unit(environment, ident)
    done = subprocess.run(["systemctl", "stop", unit], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)
    if done.returncode not in (0, 5):  # 5: there is no such unit
        raise Failed(f"{unit} cannot be stopped: {done.stderr.strip()}")
    if anything(environment, ident):
        guest.clear(f"{environment}.{ident}")
    if anything(environment, ident):
        raise Failed(f"{ident} was not removed completely: look at {common.netns(environment, ident)} or "
                     f"{common.machines(environment)}/{ident}")


def terminate(environment, ident):
    """Prints the id when there was something to end."""
    common.environment(environment)
    hold(environment, ident)
    there = anything(environment, ident)
    end(environment, ident)
    if there:
        print(ident)


def console(environment, ident):
    import subprocess
    with subprocess.Popen(["journalctl", "-q", "--no-pager", "-o", "short-iso", "--no-hostname",
                           "-u", common.unit(environment, ident)],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as journal:
        some = False
        while block := journal.stdout.read1(1 << 16):
            some = True
            sys.stdout.buffer.write(block)
    if not some:
        raise WrongUse(f"there is no instance {ident}")
