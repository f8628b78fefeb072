#!/usr/bin/python3
"""What may happen to a group while people use it, and what it cost them.

  heal.py    print it: each step under a load of 200 requests a second, then how long
             a killed instance is missing, and where that time went (`make demo-heal`)

The report of each step is kept in the history, with its cause and effect around it.
"""

import contextlib
import os
import shutil
import signal
import statistics
import sys
import time

from probe import Probe, sign_up, whole_list
from stack import Stack

KILLS = 10


def end_of(stack, ident):
    """Until the instance is gone."""
    while any(each["id"] == ident for each in stack.group("api")["instances"]):
        time.sleep(0.02)


def hit(stack, number):
    """A signal for every process of one api instance."""
    victim = stack.instances("api")[0]
    for pid in stack.processes(victim["directory"]):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
    return victim["id"]


def kill(stack):
    end_of(stack, hit(stack, signal.SIGKILL))


def stop(stack):
    end_of(stack, hit(stack, signal.SIGSTOP))


def delete(stack):
    victim = stack.instances("api")[0]
    shutil.rmtree(victim["directory"])
    end_of(stack, victim["id"])


def reload(stack):
    """A new worker has each balancer's listeners, and the same servers."""
    for file in stack.state.glob("run/balancer-*.pid"):
        os.kill(int(file.read_text().split()[0]), signal.SIGUSR2)
    time.sleep(1)


STEPS = {
    "kill -9 of an instance": kill,
    "SIGSTOP of an instance": stop,
    "an instance deleted by hand": delete,
    "set-desired api 6": lambda stack: stack.asg("set-desired", "api", 6),
    "set-desired api 2": lambda stack: stack.asg("set-desired", "api", 2),
    "reload of the balancers": reload,
}


def under_load(stack, token, name):
    """Do the step while the probe asks; the probe, and what is wrong with the list."""
    stack.asg("wait")
    with Probe(stack.url("app"), token) as probe:
        probe.wait_answers(200)
        STEPS[name](stack)
        stack.asg("wait")
        probe.wait_answers(200)
    stack.asg("annotate", f"probe during {name}: {str(probe).splitlines()[0]}")
    return probe, probe.compare(whole_list(probe.url, token))


def time_to_replace(stack):
    """Seconds from kill -9 until another instance is in service in its place."""
    stack.asg("wait")
    before = {each["id"] for each in stack.group("api")["instances"]}
    start = time.monotonic()
    hit(stack, signal.SIGKILL)
    while not any(each["id"] not in before and each["state"] == "InService"
                  for each in stack.group("api")["instances"]):
        time.sleep(0.005)
    return time.monotonic() - start


def main():
    print("Two api instances, 200 requests a second: lists, PUT, PATCH and POST.\n")
    bad = 0
    with Stack() as stack:
        for name in STEPS:
            # Its own account: what an earlier step wrote is not this one's.
            _, token = sign_up(stack.url("app"))
            probe, complaints = under_load(stack, token, name)
            print(f"{name}\n  {probe}", *complaints, sep="\n  ", flush=True)
            bad += len(probe.failures) + len(complaints)
        times = sorted(time_to_replace(stack) for _ in range(KILLS))
        print(f"\nkill -9 until another one is in service, {KILLS} times: "
              f"median {statistics.median(times):.2f} s ({times[0]:.2f} to {times[-1]:.2f})\n")
        print("The last of them, as `asg activities api` tells it:\n")
        stack.asg("wait")
        print(stack.asg("activities", "api", "--limit", 2))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
