"""The auto scaling groups as their operator meets them: asg's commands against a
running environment."""

import contextlib
import json
import os
import pwd
import re
import select
import signal
import subprocess
import time

import pytest
from heal import STEPS, hit, under_load
from probe import Client, sign_up
from stack import ROOT, Stack
from waiting import wait_for

USER = os.environ.get("SUDO_USER") or pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture(scope="module")
def stack():
    with Stack() as running:
        yield running


@pytest.fixture(autouse=True)
def settled(stack):
    """Two of each again, whatever the test before did."""
    stack.asg("resume", "api")
    if stack.group("api")["desired"] != 2:
        stack.asg("set-desired", "api", 2)
    stack.asg("wait")


def members(stack, state="InService"):
    return [each["id"] for each in stack.group("api")["instances"] if each["state"] == state]


def history(stack):
    return [json.loads(line)
            for line in stack.asg("events", "--json", "--limit", 1000).splitlines()]


def told(stack, words):
    return [event for event in history(stack)
            if words in event.get("text", "") + event.get("cause", "")]


def gone(stack, ident):
    return not any(each["id"] == ident for each in stack.group("api")["instances"])


# ---- what happens to instances costs no request


@pytest.mark.parametrize("name", STEPS)
def test_under_load_no_request_fails(stack, name):
    _, token = sign_up(stack.url("app"))
    probe, complaints = under_load(stack, token, name)
    assert not probe.failures and not complaints, (str(probe), complaints)
    assert told(stack, f"probe during {name}: {probe.figures()['count']} requests, 0 failures")


def test_what_was_done_is_told_with_its_cause_and_its_times(stack):
    ident = hit(stack, signal.SIGKILL)
    wait_for(lambda: gone(stack, ident))
    stack.asg("wait")
    [end] = [event for event in history(stack)
             if event["instance"] == ident and event["kind"] == "terminate"]
    assert end["status"] == "Successful" and end["group"] == "api"
    assert re.match(r"At \S+Z an instance was found unhealthy: "
                    r"(balancer ap[ip] says L4CON|the provider says it has ended)", end["cause"])
    begin = [event for event in history(stack) if event["kind"] == "launch"][-1]
    assert begin["noticed"] <= begin["start"] <= begin["launched"] <= begin["end"] < end["end"]
    assert re.search(r"from 1 to 2 of 2\.$", begin["cause"])
    lines = stack.asg("activities", "api", "--limit", 2)
    assert "noticed +0.00 s" in lines and ", in service +" in lines
    assert f"{ident}  is unhealthy: " in stack.asg("events")


# ---- the balancer's verdict: not ready is not dead


def test_without_its_database_no_instance_is_replaced(stack):
    before = sorted(members(stack))
    pid = int((stack.state / "mysql.pid").read_text())
    os.kill(pid, signal.SIGSTOP)
    try:
        wait_for(lambda: [each["health"] for each in stack.group("api")["instances"]]
                 == ["not ready"] * 2)
        launches = len(told(stack, "was launched"))
        # Several passes and checks later all is as it was.
        for _ in range(3):
            passes_by(stack)
        assert sorted(members(stack)) == before
    finally:
        os.kill(pid, signal.SIGCONT)
    stack.asg("wait")
    assert sorted(members(stack)) == before and len(told(stack, "was launched")) == launches


def passes_by(stack):
    """A second: the provider is asked that often."""
    directory = stack.state / "asg"
    start = time.monotonic()
    wait_for(lambda: time.monotonic() - start > 1 and directory.exists())


# ---- what operators ask for


def test_desired_stays_between_min_and_max(stack):
    for wrong in ("0", "9", "-1", "two", ""):
        status, _, said = stack.asg("set-desired", "api", "--", wrong, check=False)
        assert status == 100 and said.count("\n") == 1, wrong
    assert "between 1 and 8" in stack.asg("set-desired", "api", 9, check=False)[2]
    assert stack.group("api")["desired"] == 2
    stack.asg("set-desired", "api", 3)
    stack.asg("wait")
    assert len(members(stack)) == 3 and told(stack, f"2 to 3, because {USER} asked for it")


def test_an_instance_in_standby_gets_no_requests_and_is_kept(stack):
    ident = members(stack)[0]
    stack.asg("standby", ident)
    stack.asg("wait")
    assert len(members(stack)) == 2 and members(stack, "Standby") == [ident]
    hit_one(stack, ident)
    stack.asg("in-service", ident)
    wait_for(lambda: not members(stack, "Standby"))


def hit_one(stack, ident):
    """It is out of the balancers' reach, so its own log stays as it is."""
    log = stack.state / f"instances/{ident}/console.log"
    before = log.read_text().count(" method=GET path=\"/api/v1/todos\"")
    _, token = sign_up(stack.url("app"))
    for _ in range(10):
        assert Client(stack.url("app"), token).call("GET", "/api/v1/todos")[0] == 200
    assert log.read_text().count(" method=GET path=\"/api/v1/todos\"") == before


def test_standby_with_decrement_is_not_made_up_for(stack):
    ident = members(stack)[0]
    stack.asg("standby", ident, "--decrement")
    stack.asg("wait")
    assert stack.group("api")["desired"] == 1 and len(members(stack)) == 1
    status, _, said = stack.asg("standby", members(stack)[0], "--decrement", check=False)
    assert status == 100 and "min of 1" in said
    stack.asg("in-service", ident)
    wait_for(lambda: sorted(members(stack)) == sorted({ident, *members(stack)})
             and len(members(stack)) == 2)
    assert stack.group("api")["desired"] == 2


def test_a_protected_instance_is_not_scaled_in(stack):
    stack.asg("set-desired", "api", 3)
    stack.asg("wait")
    oldest = sorted(stack.group("api")["instances"], key=lambda each: each["launched"])[0]["id"]
    stack.asg("protect", oldest)
    stack.asg("set-desired", "api", 1)
    stack.asg("wait")
    assert members(stack) == [oldest]
    stack.asg("protect", oldest, "--off")
    assert not stack.group("api")["instances"][0]["protected"]


def test_terminate_replaces_and_with_decrement_does_not(stack):
    first, second = members(stack)
    stack.asg("terminate", first)
    wait_for(lambda: gone(stack, first))
    stack.asg("wait")
    assert len(members(stack)) == 2 and second in members(stack)
    stack.asg("terminate", second, "--decrement")
    status, _, said = stack.asg("terminate", second, "--decrement", check=False)
    assert status == 100 and ("already" in said or "there is no" in said)
    wait_for(lambda: gone(stack, second))
    stack.asg("wait")
    assert len(members(stack)) == 1 and stack.group("api")["desired"] == 1


def test_suspended_processes_do_nothing(stack):
    stack.asg("suspend", "api", "replaceunhealthy", "Launch")
    assert stack.group("api")["suspended"] == ["Launch", "ReplaceUnhealthy"]
    assert "ReplaceUnhealthy is suspended" in stack.asg("status")
    ident = hit(stack, signal.SIGKILL)
    wait_for(lambda: told(stack, "is unhealthy") and any(
        each["id"] == ident and each["health"] == "unhealthy"
        for each in stack.group("api")["instances"]))
    passes_by(stack)
    assert ident in members(stack) and len(stack.group("api")["instances"]) == 2
    stack.asg("resume", "api")
    wait_for(lambda: gone(stack, ident))
    stack.asg("wait")
    status, _, said = stack.asg("suspend", "api", "Sleep", check=False)
    assert status == 100 and "Sleep" in said and "AZRebalance" in said


def test_what_was_so_already_is_not_told(stack):
    before = len(history(stack))
    stack.asg("suspend", "api", "AZRebalance")
    stack.asg("suspend", "api", "AZRebalance")
    stack.asg("resume", "api")
    stack.asg("resume", "api")
    assert [event["text"] for event in history(stack)[before:]] == [
        f"{USER} suspended the process AZRebalance",
        f"{USER} resumed the process AZRebalance"]


def test_help_is_told_where_it_is_asked_for(stack):
    for words in (["--help"], ["-h"]):
        said = stack.asg(*words)
        assert said.startswith("usage: asg ") and "set-desired" in said
    assert stack.asg("standby", "--help") == "usage: asg [-s STATE] standby ID [--decrement]\n"
    assert "there is no command fly" in stack.asg("fly", "--help", check=False)[2]


def test_describe_console_status_and_metrics(stack):
    ident = members(stack)[0]
    said = json.loads(stack.asg("describe", ident, "--json"))
    assert said["state"] == "InService" and said["health"] == "healthy" and said["slot"] > 0
    assert f"id:\t{ident}" in stack.asg("describe", ident)
    assert isinstance(stack.asg("console", ident), str)
    text = stack.asg("status")
    assert "api: 2 of 2 in service (min 1, max 8)" in text and ident in text
    assert "no reconciler" not in text
    metrics = stack.asg("metrics")
    assert 'asg_group_desired_capacity{group="api"} 2\n' in metrics
    assert 'asg_group_instances{group="api",state="InService"} 2\n' in metrics
    for line in metrics.splitlines():
        assert re.fullmatch(r'# (HELP|TYPE) .*|[a-z_]+\{[^}]*\} [0-9]+', line), line


@pytest.mark.parametrize("words", [["describe", "i-00000000"], ["terminate", "i-00000000"],
                                   ["standby", "nonsense"], ["set-desired", "nobody", "1"],
                                   ["activities", "nobody"], ["suspend", "nobody"], ["fly"],
                                   ["set-desired", "api"], ["status", "--follow"],
                                   ["reconcile", "--for", "x"]])
def test_wrong_use_is_told_and_ends_with_100(stack, words):
    status, out, said = stack.asg(*words, check=False)
    assert status == 100 and said and not out


def test_events_can_be_followed(stack):
    with subprocess.Popen([ROOT / "build/bin/asg", "-s", stack.state, "events", "--follow"],
                          stdout=subprocess.PIPE, text=True) as follower:
        try:
            # Until it reads, a note may be an old one: so many.
            for _ in range(50):
                stack.asg("annotate", "seen by the follower")
                if select_readable(follower.stdout):
                    break
            assert "seen by the follower" in follower.stdout.readline()
        finally:
            follower.kill()


def select_readable(file):
    return select.select([file], [], [], 0.3)[0]


# ---- asg itself


def reconciler(stack):
    return int((stack.state / "run/asg.pid").read_text().split()[0])


def test_a_second_asg_waits_and_gives_up(stack):
    for _ in range(2):  # the lock is free for a moment once a minute
        done = subprocess.run([ROOT / "build/bin/asg", "-s", stack.state, "reconcile"],
                              capture_output=True, text=True, timeout=30)
        if done.returncode != 0:
            break
    assert done.returncode == 111 and "another asg is at work" in done.stderr


def test_an_asg_that_is_killed_at_any_moment_leaves_nothing(stack):
    """Kill it again and again while it launches and terminates."""
    for number in range(12):
        stack.asg("set-desired", "api", (5, 2)[number % 2])
        with contextlib.suppress(ProcessLookupError):
            os.kill(reconciler(stack), signal.SIGKILL)
        # As its minute loop does; each one is killed a little later than the one before.
        with subprocess.Popen([ROOT / "build/bin/asg", "-s", stack.state, "reconcile", "--for",
                               "60", "--every", "1"], stderr=subprocess.DEVNULL) as child:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(0.02 + number * 0.06)
            child.kill()
    stack.asg("set-desired", "api", 2)
    stack.asg("wait", "--for", 60)
    wait_for(lambda: len(list(stack.state.glob("instances/i-*"))) == 4, 60)
    known = {each["id"] for name in ("web", "api") for each in stack.group(name)["instances"]}
    assert {path.name for path in stack.state.glob("instances/i-*")} == known


def test_an_orphan_is_found_and_removed(stack):
    variables = dict(line.split("=", 1)
                     for line in (stack.state / "asg.env").read_text().splitlines())
    owner = stack.state.stat()
    who = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
    done = subprocess.run(
        [variables["PROVIDER"], "launch", "api", "local", "i-0badcafe"],
        env=os.environ | variables | {"KIND": "api", "THREADS": "", "LAUNCH_ENVIRONMENT": "{}",
                                      "RELEASE": stack.group("api")["release"]},
        capture_output=True, text=True, timeout=30, **(who if os.geteuid() == 0 else {}))
    assert done.returncode == 0, done.stderr
    wait_for(lambda: not (stack.state / "instances/i-0badcafe").exists())
    assert told(stack, "i-0badcafe is an orphan")


def test_what_was_forgotten_is_adopted(stack):
    before = sorted(members(stack))
    os.kill(reconciler(stack), signal.SIGKILL)
    (stack.state / "asg/state").unlink()
    wait_for(lambda: sorted(members(stack)) == before, 40)
    assert told(stack, "was adopted")


def test_launches_that_fail_are_told_and_tried_later_and_later(stack):
    """The releases are where asg.env does not say."""
    file = stack.state / "asg.env"
    good = file.read_text()
    try:
        file.write_text(re.sub("RELEASES=.*", "RELEASES=/nowhere", good))
        os.kill(reconciler(stack), signal.SIGTERM)
        stack.asg("set-desired", "api", 3)
        wait_for(lambda: any(each["failures"] > 1 for each in stack.group("api")["backoff"]), 40)
        text = stack.asg("status")
        assert re.search(r"launches failed in zone local, next try in \d+ s: .*there is no release", text), text
        assert len(members(stack)) == 2
    finally:
        file.write_text(good)
        os.kill(reconciler(stack), signal.SIGTERM)
    stack.asg("wait", "--for", 60)
    assert len(members(stack)) == 3 and not stack.group("api")["backoff"]


def test_a_full_disk_stops_nobody(stack):
    """What cannot be remembered is not begun, and begun when there is room again."""
    memory = stack.state / "asg/state.new"
    memory.mkdir()
    try:
        stack.asg("set-desired", "api", 3, check=False)
        passes_by(stack)
        assert len(members(stack)) == 2
    finally:
        memory.rmdir()
    stack.asg("set-desired", "api", 3)
    stack.asg("wait")
