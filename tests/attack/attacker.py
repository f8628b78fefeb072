#!/usr/bin/python3
"""The one client, a process of its own: attacker.py NAME. The first line of its input says
what is attacked (JSON); at the end of the input it stops, and says in JSON what it did.

It is as nice as can be: in the world it is another machine that it works on. What it takes
of this one all the same, it says too (burner.py).
"""

import contextlib
import json
import os
import pathlib
import resource
import sys
import threading
import time
import types

import catalogue

NICE = 19


def listen(over):
    sys.stdin.read()
    over.set()


def be_nice():
    """Where the kernel groups processes by session (sched(7), autogroups) that is a group's."""
    os.setpriority(os.PRIO_PROCESS, 0, NICE)
    os.setsid()
    with contextlib.suppress(OSError):
        pathlib.Path("/proc/self/autogroup").write_text(str(NICE))


def main(name):
    be_nice()
    started = time.monotonic()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    target = types.SimpleNamespace(**json.loads(sys.stdin.readline()))
    over = threading.Event()
    threading.Thread(target=listen, args=(over,), daemon=True).start()
    said, good = catalogue.ATTACKS[name].attack(target, over)
    used = sum(os.times()[:2]) / (time.monotonic() - started)
    print(json.dumps({"said": said, "good": good, "cpus": used}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
