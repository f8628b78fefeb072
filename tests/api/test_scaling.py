"""Groups that change their own size: by what they are asked for, and by the clock."""

import json
import os
import re
import signal

import pytest
from probe import Probe, sign_up
from stack import Stack
from waiting import wait_for

FAST = {"scale_out_after": "1s", "scale_in_after": "10s", "warm_up": "1s", "cooldown": "1s"}
SECONDS = 100  # a scheduled action waits for the next minute


@pytest.fixture(scope="module")
def stack():
    groups = {
        "api": {"max": 4, "scaling": FAST | {"policies": [
            {"metric": "requests_per_target", "target": 40}]}},
        "web": {"schedule": [{"cron": "* * * * *", "time_zone": "Asia/Seoul",
                              "min": 2, "desired": 3}]}}
    with Stack(groups=groups) as running:
        yield running


def causes(stack):
    return [event["text"] for event in map(json.loads, stack.asg(
        "events", "--json", "--limit", 1000).splitlines()) if event["kind"] == "note"]


def test_load_scales_out_and_its_end_scales_in(stack):
    _, token = sign_up(stack.url("app"))
    with Probe(stack.url("app"), token, rate=120) as probe:
        wait_for(lambda: stack.group("api")["desired"] >= 3, SECONDS)
        stack.asg("wait")
        probe.wait_answers(100)
    assert any(re.search(r"desired capacity: 2 to [34], because requests_per_target is 1?\d\d\.\d",
                         cause) for cause in causes(stack)), causes(stack)
    wait_for(lambda: stack.group("api")["desired"] == 1, SECONDS)
    assert not probe.failures, probe


@pytest.mark.parametrize("metric, target", [("response_time", 0.5), ("cpu", 1)])
def test_other_metrics_scale_out_too(stack, metric, target):
    """The file is read again by the next asg."""
    file = stack.state / "asg.json"
    environment = json.loads(file.read_text())
    environment["groups"]["api"]["policies"] = [
        {"metric": metric, "target": target, "scale_in": True}]
    file.write_text(json.dumps(environment))
    before = reconciler(stack)
    os.kill(before, signal.SIGTERM)
    wait_for(lambda: reconciler(stack) != before)
    stack.asg("set-desired", "api", 1)
    _, token = sign_up(stack.url("app"))
    with Probe(stack.url("app"), token, rate=120) as probe:
        wait_for(lambda: any(f"because {metric} is " in cause for cause in causes(stack)), SECONDS)
        probe.wait_answers(50)
    assert not probe.failures, probe
    assert stack.group("api")["desired"] > 1


def reconciler(stack):
    return int((stack.state / "run/asg.pid").read_text().partition(" ")[0] or 0)


def test_a_scheduled_action_changes_the_numbers(stack):
    wait_for(lambda: stack.group("web")["desired"] == 3, SECONDS)
    stack.asg("wait")
    assert stack.group("web")["min"] == 2 and stack.group("web")["max"] == 8
    assert any('of the scheduled action "* * * * *" (Asia/Seoul)' in cause
               for cause in causes(stack))
