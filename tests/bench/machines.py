"""A cloud on one test host, from zero: how long create takes and where the time goes, how long
a replacement, and how memory and time grow up to 60 api machines. By root."""

import contextlib
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from chain import told
from stack import ROOT

sys.path.insert(0, str(ROOT / "tests/environment"))
import faults  # noqa: E402
import look  # noqa: E402
from cloud import Cloud  # noqa: E402
from load import Load  # noqa: E402

HOSTS = ROOT / "tests/environment/hosts"
STEPS, KILLS, REST = (2, 10, 30, 60), 5, 10
# Requests that each slot of the balancer has had, asked on the host.
ASK = """
import csv, socket
admin = socket.socket(socket.AF_UNIX)
admin.connect("/run/allday/cloud/app-a/admin.sock")
admin.sendall(b"show stat\\n")
text = b"".join(iter(lambda: admin.recv(65536), b"")).decode().lstrip("# ")
print(sum(row["pxname"] == "api" and row["svname"][:1] == "i" and int(row["stot"] or 0) > 0
          and row["status"] == "UP" for row in csv.DictReader(text.splitlines())))
"""


@contextlib.contextmanager
def one_host():
    (ROOT / "var").mkdir(exist_ok=True)
    state = pathlib.Path(tempfile.mkdtemp(prefix="cloud-", dir=ROOT / "var"))
    try:
        subprocess.run([HOSTS, "--state", state, "up", "1"], check=True, stdout=subprocess.DEVNULL)
        yield state
    finally:
        subprocess.run([HOSTS, "--state", state, "down"], check=True)


def make_room(state):
    """For 60 machines of the api group, and replacements."""
    path = state / "cloud.yml"
    text = path.read_text()
    path.write_text(text.replace("api: {min: 1, desired: 2, max: 8}",
                                 "api: {min: 1, desired: 2, max: 70}") + "balancer: {slots: 80}\n")


def available_mb():
    text = pathlib.Path("/proc/meminfo").read_text()
    return int(text.partition("MemAvailable:")[2].split()[0]) / 1024


def busy():
    """The part of the processors' time that is used while nobody asks for anything."""
    def times():
        return list(map(int, pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:9]))
    before = times()
    time.sleep(REST)
    spent = [b - a for a, b in zip(before, times())]
    return 1 - (spent[3] + spent[4]) / sum(spent)


def grow(cloud):
    few = there = STEPS[0]
    cloud.asg("wait")
    free = available_mb()
    for count in STEPS[1:]:
        start = time.monotonic()
        cloud.asg("set-desired", "api", count)
        cloud.asg("wait", "--for", 200)
        took = time.monotonic() - start
        time.sleep(1)  # what has just started frees what that took
        told(f"{count} api machines", f"{took:.1f} s for {count - there} more, "
             f"{(free - available_mb()) / (count - few):.0f} MB each, "
             f"{100 * busy():.0f} % of {os.cpu_count()} processors at rest")
        there = count
    with Load(cloud) as load:
        load.wait_answers(20 * STEPS[-1])
    told("all of them serve", f"{cloud.hosts['a'].run(['python3', '-c', ASK]).strip()} of "
         f"{STEPS[-1]} have had requests; {load}")


def cloud():
    if os.geteuid():
        print("test hosts need root: left out")
        return
    with one_host() as state:
        make_room(state)
        made = Cloud(state)
        made.create()
        told("create on one host", f"{made.created['seconds']:.1f} s")
        print(f"  {made.created['parts']}")
        times = [faults.befall(made, "kill -9 of its PID 1")["in service"] for _ in range(KILLS)]
        told("kill -9 of a machine, until another is in service",
             f"{statistics.median(times):.2f} s, median of {KILLS} "
             f"({min(times):.2f} to {max(times):.2f})")
        grow(made)
        assert len(look.in_service(made)) == STEPS[-1]


PARTS = {"cloud": cloud}
