"""Good releases, deployed one after the other under a noisy load: how long each takes beside its bake time, and
how many are taken for bad ones."""

import contextlib
import json
import os
import random
import shutil
import subprocess
import threading
import time

from chain import ratio, spread
from probe import Probe, sign_up
from stack import Stack
from waiting import wait_for

DEPLOYS, BAKE = 50, 3
POLICIES = ["all-at-once", "rolling", "rolling-with-additional-batch", "immutable"]
SPINNERS, NOISE = 4, (0.5, 4)  # processes, seconds


@contextlib.contextmanager
def noise():
    """Now and then others want the processors."""
    over = threading.Event()

    def make():
        while not over.wait(random.uniform(*NOISE)):
            spinners = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(SPINNERS)]
            over.wait(random.uniform(*NOISE))
            for spinner in spinners:
                spinner.kill()
                spinner.wait()
    thread = threading.Thread(target=make)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def groups(stack):
    return json.loads(stack.asg("status", "--json"))["groups"]


def deploy(stack, release, policy):
    """Seconds, without the bake times; and whether it is what runs."""
    start, bakes = time.monotonic(), set()
    stack.asg("deploy", release, "--policy", policy)

    def over():
        under_way = {group["name"]: group["refresh"] for group in groups(stack) if group["refresh"]}
        api = under_way.get("api")
        if api and api["phase"] == "baking":
            bakes.add(api["wanted"])
        return not under_way
    wait_for(over, 180)
    return time.monotonic() - start - len(bakes) * BAKE, {group["release"] for group in groups(stack)} == {release}


def deploys():
    settings = {"desired": 3, "deploy": {"bake": f"{BAKE}s"}}
    with Stack(groups={"web": settings | {"desired": 2}, "api": settings}) as stack:
        url, path = stack.url("app"), stack.state / "releases"
        first = stack.group("api")["release"]
        second = first[::-1]
        shutil.copytree(path / first, path / second, copy_function=os.link, symlinks=True)
        times, back = {policy: [] for policy in POLICIES}, 0
        with Probe(url, sign_up(url)[1], rate=100, pages=5) as probe, noise():
            for number in range(DEPLOYS):
                now = stack.group("api")["release"]
                policy = POLICIES[number % len(POLICIES)]
                took, good = deploy(stack, second if now == first else first, policy)
                times[policy].append(took)
                back += not good
    for policy, each in times.items():
        print(f"{policy}: {spread(each, 's')}")
    print(f"{len(probe.answers)} requests, {len(probe.failures)} failed, {len(probe.stumbles)} attempts")
    ratio("good releases that were taken back", back / DEPLOYS, 0)
    ratio("requests that failed", len(probe.failures), 0)


PARTS = {"deploys": deploys}
