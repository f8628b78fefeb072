"""Another release for what serves: by each policy, judged by its answers, and taken back when it is bad."""

import fcntl
import json
import os
import shutil
import signal
import subprocess

import pytest
from probe import Probe, sign_up
from stack import ROOT, Stack
from waiting import wait_for

POLICIES = ["all-at-once", "rolling", "rolling-with-additional-batch", "immutable"]
DEPLOY = {"bake": "2s", "timeout": "30s"}

# It answers 500 to one request in five.
FAILING = {
    "usr/share/allday/nginx/api.conf": ("  server {", "  split_clients $request_id $bad { 20% 1; * 0; }\n  server {"),
    "usr/share/allday/nginx/api/routes.conf": ("location ^~ /api/ {", "location ^~ /api/ {\n  if ($bad) { return 500; }"),
}
# Each statement takes 25 ms more, and a request has several.
SLOW = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
int mysql_stmt_execute(void *s) {
	usleep(25000);
	return ((int (*)(void *))dlsym(RTLD_NEXT, "mysql_stmt_execute"))(s);
}
"""


@pytest.fixture(scope="module")
def stack():
    with Stack(groups={"web": {"desired": 2, "deploy": DEPLOY}, "api": {"desired": 3, "deploy": DEPLOY}}) as running:
        yield running


@pytest.fixture
def probe(stack):
    url = stack.url("app")
    with Probe(url, sign_up(url)[1], rate=100, pages=2) as probe:
        probe.wait_answers(100)
        yield probe


def groups(stack):
    return json.loads(stack.asg("status", "--json"))["groups"]


def replace(file, text):
    new = file.with_name(file.name + ".new")
    new.write_text(text)
    new.rename(file)


def ask(stack, key):
    [value] = {group[key] for group in groups(stack)}
    return value


def served(stack):
    """Of both groups, as the balancers counted it since the last deployment began."""
    return {key: sum(group["served"][key] for group in groups(stack)) for key in ("requests", "again", "failed")}


def under_way(stack):
    return [group["refresh"] for group in groups(stack) if group["refresh"]]


def end(stack, patience=60):
    """Until nothing is under way; {release} of all instances then."""
    wait_for(lambda: not under_way(stack), patience)
    stack.asg("wait")
    return {one["release"] for group in groups(stack) for one in group["instances"]}


class Releases:
    """Those that are made of the one which runs, for these tests."""

    def __init__(self, stack):
        self.path, self.good, self.count = stack.state / "releases", ask(stack, "release"), 0

    def make(self, **changed):
        """{path: (text, its replacement)}; its id."""
        self.count += 1
        ident = f"{self.count:012x}"
        shutil.copytree(self.path / self.good, self.path / ident, copy_function=os.link, symlinks=True)
        for name, (before, after) in changed.items():
            self.replace(ident, name, (self.path / ident / name).read_text().replace(before, after))
        return ident

    def replace(self, ident, name, text):
        file = self.path / ident / name
        file.unlink(missing_ok=True)
        file.write_text(text)
        file.chmod(0o755)

    def program(self, name, text):
        """One whose program is a script; the real one is beside it."""
        ident = self.make()
        bin = self.path / ident / "usr/lib/allday/bin"
        (bin / "real").mkdir()
        (bin / name).rename(bin / "real" / name)
        self.replace(ident, f"usr/lib/allday/bin/{name}", text)
        return ident


@pytest.fixture(scope="module")
def releases(stack):
    return Releases(stack)


@pytest.fixture(autouse=True)
def good(stack, request):
    """All tests begin with a fleet of one good release."""
    stack.asg("wait")
    before = ask(stack, "release")
    yield before
    if under_way(stack):
        stack.asg("rollback")
        end(stack)


@pytest.fixture
def patient(stack):
    """The first batch serves until it is judged."""
    file = stack.state / "asg.json"
    before = file.read_text()
    for text in before.replace('"bake_ms": 2000', '"bake_ms": 60000'), before:
        replace(file, text)
        stack.asg("wait")
        if text != before:
            yield


def went_back(stack, bad, good, reason):
    """All groups, with the figures."""
    assert end(stack) == {good} == {ask(stack, "release")}
    notes = [event["text"] for event in map(json.loads, stack.asg("events", "--json", "--limit", 100).splitlines())
             if f"goes back from release {bad}" in event.get("text", "")]
    assert len(notes) == 2 and any(reason in note for note in notes), notes


@pytest.mark.parametrize("policy", POLICIES)
def test_each_policy(stack, releases, probe, good, policy):
    new = releases.make()
    stack.asg("deploy", new, "--policy", policy)
    stack.asg("deploy", new, "--policy", policy)  # (to ask twice changes nothing)
    assert end(stack) == {new}
    assert (ask(stack, "release"), ask(stack, "previous")) == (new, good)
    assert served(stack)["requests"] > 100 and served(stack)["failed"] == 0
    probe.wait_answers(50)
    assert not probe.failures, probe.failures[:3]


def test_back_to_the_release_before(stack, probe, good):
    previous = ask(stack, "previous")
    stack.asg("rollback", "--policy", "all-at-once")
    assert end(stack) == {previous} and ask(stack, "previous") == good
    assert not probe.failures


def test_a_restart(stack, probe, good):
    """All are others, of the same release."""
    before = {one["id"] for group in groups(stack) for one in group["instances"]}
    stack.asg("restart", "--policy", "all-at-once")
    stack.asg("restart")  # (one that is under way is not begun again)
    assert end(stack) == {good}
    assert not before & {one["id"] for group in groups(stack) for one in group["instances"]}
    assert not probe.failures


def test_back_in_the_middle(stack, releases, probe, good, monkeypatch):
    new = releases.make()
    stack.asg("deploy", new)
    wait_for(lambda: any(one["release"] == new and one["state"] == "InService"
                         for group in groups(stack) for one in group["instances"]))
    monkeypatch.setenv("ASG_OPERATOR", "minji@laptop")
    stack.asg("rollback")
    stack.asg("rollback")
    went_back(stack, new, good, "minji@laptop asked for it")
    assert not probe.failures


def test_one_that_ends_at_its_start(stack, releases, probe, good):
    bad = releases.program("todo", "#!/bin/sh\necho 'it is made of cheese' >&2\nexit 1\n")
    stack.asg("deploy", bad)
    went_back(stack, bad, good, "it is made of cheese")
    assert not probe.failures


def test_one_that_is_not_there(stack, probe, good):
    """asg does not know what hosts have: the launches say so."""
    stack.asg("deploy", "0123456789ab")
    went_back(stack, "0123456789ab", good, "there is no release '0123456789ab'")
    assert not probe.failures


def test_one_that_fails(stack, releases, patient, probe, good):
    """What fails is sent to an instance of the release before, so that nobody sees it."""
    bad = releases.make(**FAILING)
    stack.asg("deploy", bad)
    went_back(stack, bad, good, "requests ")
    assert not probe.failures, probe.failures[:3]
    assert served(stack)["again"] > 0 and served(stack)["failed"] == 0


def test_one_that_is_slow(stack, releases, patient, probe, good):
    library = releases.path / "slow.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-x", "c", "-o", library, "-", "-ldl"], input=SLOW, text=True, check=True)
    library.chmod(0o755)
    bad = releases.program("todo", f'#!/bin/sh\nLD_PRELOAD={library} exec "${{0%/*}}/real/todo"\n')
    stack.asg("deploy", bad)
    went_back(stack, bad, good, "ms for an answer, where the release before takes")
    library.unlink()


def test_asg_is_killed_in_the_middle(stack, releases, probe):
    new = releases.make()
    stack.asg("deploy", new, "--policy", "all-at-once")
    wait_for(lambda: any(refresh["phase"] == "baking" for refresh in under_way(stack)))
    os.kill(json.loads(stack.asg("status", "--json"))["reconciler"]["pid"], signal.SIGKILL)
    assert end(stack) == {new} == {ask(stack, "release")}
    assert not probe.failures


REFUSED = {
    "a policy that is none": (["deploy", "0123456789ab", "--policy", "carefully"],
                              "there is no policy carefully (all-at-once, rolling,"),
    "a release without a name": (["deploy", ""], "a release has 1 to 63 characters"),
    "a group that is none": (["refresh", "apis", "0123456789ab"], "there is no group apis"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(stack, what):
    words, sentence = REFUSED[what]
    code, _, said = stack.asg(*words, check=False)
    assert code == 100 and sentence in said and said.count("\n") == 1
    assert not under_way(stack)


def test_another_release_meanwhile_is_refused(stack, releases, good):
    stack.asg("deploy", releases.make())
    code, _, said = stack.asg("deploy", "0123456789ab", check=False)
    assert code == 100 and "is on its way to release" in said and said.count("\n") == 1
    stack.asg("rollback")
    code, _, said = stack.asg("deploy", "0123456789ab", check=False)
    assert code == 100 and f"is going back to release {good}: wait" in said
    assert end(stack) == {good}


def deploy(stack, *words, **options):
    return subprocess.Popen([ROOT / "run/deploy", *words, stack.file], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, start_new_session=True, **options)


def said(child):
    output, error = child.communicate(timeout=90)
    return child.returncode, output.splitlines(), error


def test_make_deploy_and_make_rollback(stack, releases, probe, good):
    """To what is built; a second time does nothing; back again."""
    built = releases.good
    if good == built:
        stack.asg("deploy", releases.make(), "--policy", "all-at-once")
        [good] = end(stack)
    for _ in range(2):
        code, lines, error = said(deploy(stack, "--policy", "all-at-once"))
        assert code == 0 and f"release {built} is what runs" in lines[-1], error
    assert len(lines) == 1 and lines[0].endswith("runs")
    code, lines, error = said(deploy(stack, "--rollback", "--policy", "all-at-once"))
    assert code == 0 and f"release {good} is what runs; of " in lines[-1] and lines[-1].endswith(", 0 failed"), error
    code, lines, error = said(deploy(stack, "--rollback", "--to", "0123456789ab"))
    assert code == 1 and error.startswith("allday: there is no release 0123456789ab here, but "), error
    assert not probe.failures


def test_what_runs_keeps_its_release(stack, releases, good):
    """One in standby stays what it is; its files too, however many releases come after."""
    ident = stack.instances("web")[0]["id"]
    stack.asg("standby", ident)
    first, *_, last = [releases.make() for _ in range(7)]
    stack.asg("deploy", first, "--policy", "all-at-once")
    end(stack)
    code, _, error = said(deploy(stack, "--rollback", "--to", last, "--policy", "all-at-once"))
    assert code == 0, error
    assert {first, last, good} <= {path.name for path in releases.path.iterdir()}
    stack.asg("terminate", ident)


def test_two_operations_at_once(stack):
    """The second is told of the first."""
    with open(stack.state / "operation", "w") as file:
        file.write("make rotate of minji (process 7), since 2026-12-01 01:20:00,\n")
        file.flush()
        fcntl.flock(file, fcntl.LOCK_EX)
        code, _, error = said(deploy(stack, "--restart"))
        assert code == 1 and error == "allday: make rotate of minji (process 7), since 2026-12-01 01:20:00, is at work\n"
    assert not under_way(stack)


def test_it_goes_on_when_make_deploy_is_interrupted(stack, releases, good):
    built = releases.good
    assert good != built
    child = deploy(stack, "--policy", "all-at-once")
    assert built in child.stdout.readline()
    os.killpg(child.pid, signal.SIGINT)
    code, _, error = said(child)
    assert code == 1 and error.endswith("allday: what was begun goes on; `make status` shows it\n")
    assert end(stack) == {built}


@pytest.fixture
def pausing():
    with Stack(groups={name: {"desired": 2, "deploy": {"bake": "0s", "pause_after": 50, "pause": "2s"}}
                       for name in ("web", "api")}) as running:
        yield running


def test_a_pause(pausing):
    """It waits for a word; without one it goes back. Where there was no release before, there is none to go back to."""
    stack, releases = pausing, Releases(pausing)
    code, _, error = stack.asg("rollback", check=False)
    assert code == 100 and "had no release before" in error
    new = releases.make()
    stack.asg("deploy", new)
    went_back(stack, new, releases.good, "nobody said that it should go on")
    stack.asg("deploy", new)
    wait_for(lambda: [refresh["phase"] for refresh in under_way(stack)] == ["paused"] * 2, 20)
    stack.asg("continue")
    assert end(stack) == {new}
