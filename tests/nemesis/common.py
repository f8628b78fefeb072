"""What both kinds of world do to themselves. (Who imports it finds the modules of tests/harness
and tests/environment, too.)"""

import contextlib
import pathlib
import subprocess
import sys
import time

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "environment"), str(TESTS / "harness")]
from waiting import wait_for  # noqa: E402

RATE, PAGES = 100, 5   # requests a second: of the API, and of pages
PASSES = 3             # of asg, after which what it has to say is said
PATIENCE = 120         # seconds until all is as it should be
SPINNERS = 8           # processes that want all of the processors
SHORT = 0.3            # seconds; less than a check may take
LONG = 4               # seconds; nobody's patience with a server ends by then


def settle(world, load=None):
    """All is as it should be, and stays so while asg looks a few times more."""
    def passes():
        seen.add(world.beat())
        return len(seen) > PASSES
    whole = False
    while not whole:
        seen = set()
        wait_for(world.whole, PATIENCE, "all is as it should be")
        if load:
            load.wait_answers(RATE)
        wait_for(passes, PATIENCE, "asg goes on")
        whole = world.whole()


@contextlib.contextmanager
def pressure():
    spinners = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(SPINNERS)]
    try:
        yield
    finally:
        for spinner in spinners:
            spinner.kill()
            spinner.wait()


def add_pressure(catalogue):
    @catalogue.fault(f"{SPINNERS} processes want the processors")
    def busy(_):
        with pressure():
            time.sleep(2 * LONG)
