"""The clock of the host is set by an hour, back or forth: nothing waits for it, and nothing
takes it for time that has passed."""

import json
import os
import signal
import subprocess

import pytest
from client import Client
from database import stopped
from given import write_asg_json
from probe import Probe, sign_up
from stack import ROOT, Stack
from waiting import wait_for

# What the C library says the time is, and the seconds in a file. Not to the database, whose
# waits for locks end at a time of this clock, which the kernel has another of.
SHIM = r"""
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long step(void)
{
	bool database = strcmp(program_invocation_short_name, "mariadbd") == 0;
	FILE *f = database ? NULL : fopen(getenv("CLOCK_STEP"), "r");
	long seconds = 0;

	if (f != NULL) {
		if (fscanf(f, "%ld", &seconds) != 1)
			seconds = 0;
		fclose(f);
	}
	return seconds;
}

int clock_gettime(clockid_t id, struct timespec *t)
{
	long rc = syscall(SYS_clock_gettime, id, t);

	if (id == CLOCK_REALTIME)
		t->tv_sec += step();
	return (int)rc;
}

int gettimeofday(struct timeval *t, void *zone)
{
	struct timespec now;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	t->tv_sec = now.tv_sec;
	t->tv_usec = now.tv_nsec / 1000;
	return 0;
}

time_t time(time_t *t)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (t != NULL)
		*t = now.tv_sec;
	return now.tv_sec;
}
"""


@pytest.fixture(scope="module")
def step(open_directory):
    """A file."""
    subprocess.run(["gcc", "-shared", "-fPIC", "-x", "c", "-o", open_directory / "shim.so", "-"],
                   input=SHIM, text=True, check=True)
    return open_directory / "step"


@pytest.fixture
def shim(step, monkeypatch):
    """What is started from here on has that clock."""
    step.unlink(missing_ok=True)
    monkeypatch.setenv("LD_PRELOAD", str(step.with_name("shim.so")))
    monkeypatch.setenv("CLOCK_STEP", str(step))


@pytest.fixture(scope="module")
def stack(step):
    """All of it has that clock: instances, balancers, database, asg, and the runner."""
    with pytest.MonkeyPatch.context() as patch:
        shim.__wrapped__(step, patch)
        template = {"environment": {"LD_PRELOAD": str(step.with_name("shim.so")),
                                    "CLOCK_STEP": str(step)}}
        with Stack(groups={"api": {"launch_template": template}}) as running:
            yield running


def each(stack):
    return [Client(stack, (one["address"], one["port"])) for one in stack.instances("api")]


def done(stack):
    events = map(json.loads, stack.asg("events", "--json", "--limit", 1000).splitlines())
    return [event for event in events if event["kind"] != "note"]


def another_asg(stack):
    """It knows what the one before has written down, and nothing else."""
    file = stack.state / "run/asg.pid"
    before = file.read_text()
    os.kill(int(before.split()[0]), signal.SIGTERM)
    wait_for(lambda: file.read_text() not in ("", before))


def passes_by(stack):
    """Until the groups were planned anew: what was asked for is done."""
    stack.asg("set-desired", "web", 3)
    stack.asg("wait")
    stack.asg("set-desired", "web", 2)
    stack.asg("wait")


@pytest.mark.parametrize("seconds", [-3600, 3600])
def test_nothing_is_replaced_when_the_clock_is_set(stack, step, seconds):
    step.unlink(missing_ok=True)
    stack.asg("wait")
    members, before = stack.instances("api"), len(done(stack))
    url = stack.url("app")
    with Probe(url, sign_up(url)[1], rate=60) as probe:
        probe.wait_answers(60)
        step.write_text(str(seconds))
        assert [one.get(path).status for one in each(stack)
                for path in ("/healthz", "/readyz")] == [200] * 4
        probe.wait_answers(60)
        passes_by(stack)
        another_asg(stack)
        passes_by(stack)
        probe.wait_answers(60)
    assert not probe.failures, probe
    assert stack.instances("api") == members
    assert {event["group"] for event in done(stack)[before:]} <= {"web"}


@pytest.mark.parametrize("seconds", [-3600, 3600])
def test_a_database_that_is_away_is_noticed(stack, step, seconds):
    step.unlink(missing_ok=True)
    near = each(stack)[0]
    wait_for(lambda: near.get("/readyz").status == 200)
    step.write_text(str(seconds))
    with stopped(int((stack.state / "mysql.pid").read_text())):
        wait_for(lambda: near.get("/readyz").status == 503)
        assert near.get("/healthz").status == 200
    wait_for(lambda: near.get("/readyz").status == 200)


# ---- asg alone, with a provider that takes its time


PROVIDER = """#!/bin/sh
cd "$(dirname "$0")/instances" || exit 111
line() { printf '{"id":"%s","group":"api","zone":"local","state":"running","address":"10.0.0.1","port":8000}\\n' "$1"; }
case $1 in
launch) touch "$4"; line "$4" ;;
terminate) rm -f "$2" ;;
list)
	for id in i-*; do [ ! -e "$id" ] || line "$id"; done
	sleep 1 ;;
esac
"""
ENVIRONMENT = {"name": "made-up", "groups": {"web": {"min": 0, "desired": 0},
                                             "api": {"min": 1, "desired": 1}}}


@pytest.mark.parametrize("seconds", [-3600, 3600])
def test_no_launch_fails_when_the_clock_is_set(shim, step, tmp_path, seconds):
    """A list that was begun before it says nothing of an instance, whatever the clock was."""
    (tmp_path / "instances").mkdir()
    (tmp_path / "provider").write_text(PROVIDER)
    (tmp_path / "provider").chmod(0o755)
    write_asg_json(tmp_path, json.dumps(ENVIRONMENT))
    (tmp_path / "asg.env").write_text(f"PROVIDER={tmp_path}/provider\nLOAD_BALANCERS=\n")

    def asg(*words):
        return subprocess.run([ROOT / "build/bin/asg", "-s", tmp_path, *words], check=True,
                              capture_output=True, text=True, timeout=30).stdout

    def pending():
        [api] = [group for group in json.loads(asg("status", "--json"))["groups"]
                 if group["name"] == "api"]
        return [one["state"] for one in api["instances"]].count("Pending")

    reconciler = subprocess.Popen([ROOT / "build/bin/asg", "-s", tmp_path, "reconcile", "--for",
                                   "60", "--every", "2"], stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: pending() == 1)
        for wanted in (2, 3, 4):
            step.write_text(str(seconds * (wanted % 2)))
            asg("set-desired", "api", str(wanted))
            wait_for(lambda n=wanted: pending() == n)
    finally:
        reconciler.send_signal(signal.SIGTERM)
        reconciler.wait(10)
    assert "Failed" not in asg("activities", "--limit", "100")
    assert len(list((tmp_path / "instances").iterdir())) == 4
