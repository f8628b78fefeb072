"""The clock of the host is set back by an hour: nothing waits for it to catch up."""

import subprocess

import pytest
from client import Client
from database import program, stopped, wait_for
from stack import Stack

# What the C library says the time is, and the seconds in a file.
SHIM = r"""
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <sys/syscall.h>
#include <unistd.h>

int clock_gettime(clockid_t id, struct timespec *t)
{
	long rc = syscall(SYS_clock_gettime, id, t), step = 0;
	FILE *f = id == CLOCK_REALTIME ? fopen(getenv("CLOCK_STEP"), "r") : NULL;

	if (f != NULL) {
		if (fscanf(f, "%ld", &step) == 1)
			t->tv_sec += step;
		fclose(f);
	}
	return (int)rc;
}
"""


@pytest.fixture(scope="module")
def step(open_directory):
    """A file."""
    subprocess.run(["gcc", "-shared", "-fPIC", "-x", "c", "-o", open_directory / "shim.so", "-"],
                   input=SHIM, text=True, check=True)
    return open_directory / "step"


@pytest.fixture(scope="module")
def stack(step):
    template = {"environment": {"LD_PRELOAD": str(step.with_name("shim.so")),
                                "CLOCK_STEP": str(step)}}
    with Stack(groups={"api": {"launch_template": template}}) as running:
        running.asg("suspend", "api", "ReplaceUnhealthy")
        yield running


@pytest.fixture
def near(stack, step):
    """The instance itself, after its clock was set back."""
    instance = stack.instances("api")[0]
    near = Client(stack, (instance["address"], instance["port"]))
    step.unlink(missing_ok=True)
    wait_for(lambda: near.get("/readyz").status == 200)
    step.write_text("-3600")
    return near


def test_a_database_that_is_away_is_noticed(stack, near):
    with stopped(int((stack.state / "mysql.pid").read_text())):
        wait_for(lambda: near.get("/readyz").status == 503)
    wait_for(lambda: near.get("/readyz").status == 200)
