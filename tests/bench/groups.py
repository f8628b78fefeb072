"""The auto scaling group's own figures: plan(), a pass over 60 instances, a replacement,
a simulated week. A `ratio` line: name, value, target, and whether it is reached."""

import contextlib
import os
import pathlib
import re
import signal
import statistics
import subprocess
import time

from chain import ratio, spread, told
from heal import KILLS, time_to_replace
from stack import ROOT, Stack

ASG = ROOT / "build/bin/asg"
SIMULATE = ROOT / "build/simulate/simulate"
INSTANCES, PASSES, SECONDS = 60, 10, 20


def milliseconds(argv, **options):
    start = time.monotonic()
    subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=60,
                   **options)
    return 1000 * (time.monotonic() - start)


def plan():
    print(subprocess.run([ROOT / "build/bench/plan"], check=True, timeout=120, text=True,
                         stdout=subprocess.PIPE).stdout, end="", flush=True)


def peak_mb(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024


def cpu_ms(pid):
    """Of the process itself, and of its children that ended."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6
    return own, 10 * (int(fields[13]) + int(fields[14]))


def reconciler(stack):
    """Its pid; 0 while that is being written."""
    return int(((stack.state / "run/asg.pid").read_text().split() or [0])[0])


@contextlib.contextmanager
def without_reconciler(stack):
    """Its lock is free: the runner, which would start another one, is stopped. It is not
    left before it has that other one: told to end at the same moment, it may lose it."""
    before = reconciler(stack)
    stack.runner.send_signal(signal.SIGSTOP)
    try:
        os.kill(before, signal.SIGTERM)
        yield
    finally:
        stack.runner.send_signal(signal.SIGCONT)
        until = time.monotonic() + 10
        while reconciler(stack) == before and time.monotonic() < until:
            time.sleep(0.02)


def at_rest(stack):
    """As the runner starts it, while nothing is to be done."""
    argv = [ASG, "-s", stack.state, "reconcile", "--for", str(SECONDS + 10), "--every", "1"]
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        try:
            time.sleep(2)
            before = cpu_ms(child.pid)
            time.sleep(SECONDS)
            own, lists = (b - a for a, b in zip(before, cpu_ms(child.pid)))
            told("asg at rest, CPU", f"{own / SECONDS:.1f} ms a second, "
                 f"and {lists / SECONDS:.0f} of the provider's lists")
            return peak_mb(child.pid)
        finally:
            child.terminate()


def list_ms(stack):
    owner = stack.state.stat()
    who = {"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}
    return milliseconds([ROOT / "asg/providers/process", "list"],
                        env=os.environ | {"ALLDAY_STATE": str(stack.state)}, **who)


def sixty():
    """A pass includes the start of asg and of the provider's list."""
    with Stack(balancer={"slots": 100}, groups={"api": {"max": INSTANCES + 10}}) as stack:
        start = time.monotonic()
        stack.asg("set-desired", "api", INSTANCES)
        stack.asg("wait", "--for", 80)
        told(f"api from 2 to {INSTANCES}, all healthy after", f"{time.monotonic() - start:.1f} s")
        healthy = [each["health"] for each in stack.group("api")["instances"]].count("healthy")
        assert healthy == INSTANCES, f"{healthy} are healthy"
        memory = peak_mb(reconciler(stack))
        with without_reconciler(stack):
            passes = [milliseconds([ASG, "-s", stack.state, "reconcile"]) for _ in range(PASSES)]
            lists = [list_ms(stack) for _ in range(PASSES)]
            told("one pass, nothing to do", spread(passes, "ms"))
            told("of it the provider's list", spread(lists, "ms"))
            rest = at_rest(stack)
        told("asg's memory while it launched, and at rest", f"{memory:.1f} MB, {rest:.1f} MB")
    ratio(f"pass-{INSTANCES}-ms", statistics.median(passes), 200)
    ratio("asg-memory-mb", max(memory, rest), 20)


def heal():
    with Stack() as stack:
        times = [time_to_replace(stack) for _ in range(KILLS)]
    told("kill -9 until another one is in service", spread(times, "s"))
    ratio("heal-s", statistics.median(times), 3)


def simulate():
    start = time.monotonic()
    done = subprocess.run([SIMULATE], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=300)
    print(done.stdout, end="")
    told("simulate, wall time", f"{time.monotonic() - start:.1f} s, status {done.returncode}")


PARTS = {"plan": plan, "sixty": sixty, "heal": heal, "simulate": simulate}
