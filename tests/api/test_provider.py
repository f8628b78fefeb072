"""The provider `process`: what it promises to the auto scaling group, without one."""

import concurrent.futures
import contextlib
import itertools
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import pytest
from waiting import pause, wait_for

from stack import ROOT

PROGRAM = ROOT / "asg/providers/process"
API = ["auth", "auth", "classic", "health", "nginx", "nginx", "todo"]
numbers = itertools.count(random.randrange(2**31))
# It takes its socket, and has to be killed.
DEAF = """#!/usr/bin/python3 -IS
import os, signal, socket
signal.signal(signal.SIGTERM, signal.SIG_IGN)
s = socket.socket(socket.AF_UNIX)
s.bind(os.environ["SOCKET"])
s.listen()
while True:
    signal.pause()
"""
NEVER_READY = "#!/usr/bin/python3 -IS\nimport signal\nwhile True:\n    signal.pause()\n"
# As the others would: what they say when they have started comes after its own words.
DYING = """#!/bin/sh
echo the disk is made of cheese
for program in login auth classic; do
	echo "time=now level=info program=$program msg=serving"
done
exit 1
"""


def new_id():
    return f"i-{next(numbers):08x}"


class Provider:
    """It, and a directory of its own. No database answers: none is needed to start."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="allday-", dir="/tmp"))
        self.directory.chmod(0o755)
        self.instances = self.directory / "instances"
        (self.directory / "secrets").mkdir()
        for program in ("auth", "todo", "classic", "health"):
            (self.directory / f"secrets/db-{program}").write_text("none")
        self.environment = {
            "PATH": "/usr/bin:/bin",
            "ALLDAY_STATE": str(self.directory),
            "INSTANCES": f"127.{random.randint(40, 250)}.0.0/16",
            "BALANCERS": "127.0.0.1",
            "RELEASES": str(self.release("v7").parent),
            "SECRETS": f"{self.directory}/secrets",
            "DB_ADDRESS": f"{self.directory}/nobody.sock",
            "DB_NAME": "allday",
            "THREADS": "login=1 auth=1 todo=1 classic=1", "LOGIN_RATE": "30", "SIGN_UP": "open",
            "RELEASE": "v7",
        }

    def release(self, name, programs=ROOT / "build/bin", pages=ROOT / "www/dist"):
        """The checkout as one: its directory."""
        directory = self.directory / "releases" / name
        for path, place in {"lib/allday/bin": programs, "share/allday/nginx": ROOT / "nginx",
                            "share/allday/www/dist": pages}.items():
            (directory / "usr" / path).parent.mkdir(parents=True, exist_ok=True)
            (directory / "usr" / path).symlink_to(place)
        return directory

    def begin(self, *arguments, **more):
        """Of a group that is called as its kind, or begins with that."""
        kind = {"KIND": arguments[1].partition("-")[0]} if arguments[:1] == ("launch",) else {}
        return subprocess.Popen([PROGRAM, *arguments], env=self.environment | kind | more, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def run(self, *arguments, **more):
        """Exit status, output, error."""
        child = self.begin(*arguments, **more)
        out, said = child.communicate()
        assert said.count("\n") == (1 if child.returncode else 0), said
        return child.returncode, out, said

    def ok(self, *arguments, **more):
        code, out, said = self.run(*arguments, **more)
        assert code == 0, said
        return [json.loads(line) for line in out.splitlines()]

    def list(self):
        return {line["id"]: line for line in self.ok("list")}

    def state(self, ident):
        return self.list().get(ident, {}).get("state")

    def launch(self, group="api", **more):
        [line] = self.ok("launch", group, "local", new_id(), **more)
        return line["id"], line

    def processes(self, ident=""):
        """{pid: name} of all whose working directory is the instance's, or below ours."""
        wanted = str(self.instances / ident)
        found = {}
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                where = os.readlink(entry / "cwd").removesuffix(" (deleted)")
                if where == wanted or not ident and where.startswith(wanted):
                    found[int(entry.name)] = (entry / "comm").read_text().strip()
        return found

    def pid(self, ident, name):
        return next(pid for pid, is_called in self.processes(ident).items() if is_called == name)

    def programs(self, **replaced):
        """A release, some of whose programs are other ones."""
        directory = self.directory / "programs"
        directory.mkdir()
        for program in (ROOT / "build/bin").iterdir():
            (directory / program.name).symlink_to(program)
        for name, text in replaced.items():
            (directory / name).unlink()
            (directory / name).write_text(text)
            (directory / name).chmod(0o755)
        self.release("v8", directory)
        return {"RELEASE": "v8"}

    def assert_nothing_is_left(self):
        assert not self.processes()
        assert not self.instances.exists() or os.listdir(self.instances) == []


@pytest.fixture
def provider():
    one = Provider()
    try:
        yield one
        for ident in one.list():
            one.ok("terminate", ident)
        one.assert_nothing_is_left()
    finally:
        for pid in one.processes():
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(one.directory)


def status(line, path):
    try:
        with urllib.request.urlopen(f"http://{line['address']}:{line['port']}{path}") as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


# ---- the contract


@pytest.mark.parametrize("group,names", [("api", API), ("web", ["nginx", "nginx"]),
                                         ("api-blue", API), ("web-2", ["nginx", "nginx"])])
def test_an_instance(provider, group, names):
    before = time.time()
    ident, line = provider.launch(group)
    assert line | {"cpu_seconds": 0, "launched_at": "", "address": ""} == {
        "id": ident, "group": group, "kind": group.partition("-")[0], "zone": "local", "state": "running", "address": "",
        "port": 8000, "launched_at": "", "release": "v7", "cpu_seconds": 0}
    launched = time.strptime(line["launched_at"] + "UTC", "%Y-%m-%dT%H:%M:%SZ%Z")
    assert int(before) <= time.mktime(launched) - time.timezone <= time.time()
    assert line["address"].startswith(provider.environment["INSTANCES"][:5])
    assert status(line, "/healthz") == 200
    # nginx starts its worker a moment later.
    wait_for(lambda: sorted(provider.processes(ident).values()) == names)
    for pid in provider.processes(ident):
        # (Unless all of this runs at idle priority, which one may not leave.)
        assert os.sched_getscheduler(pid) == os.SCHED_BATCH or \
            os.sched_getscheduler(0) == os.SCHED_IDLE
    [listed] = provider.list().values()
    assert listed | {"cpu_seconds": 0} == line | {"cpu_seconds": 0}
    provider.ok("terminate", ident)
    provider.assert_nothing_is_left()


def test_all_are_idempotent(provider):
    ident, line = provider.launch()
    pids = provider.processes(ident).keys()
    [again] = provider.ok("launch", "api", "local", ident)
    assert again | {"cpu_seconds": 0} == line | {"cpu_seconds": 0}
    assert pids <= provider.processes(ident).keys()
    for _ in range(2):
        assert provider.ok("terminate", ident) == []
        assert provider.list() == {}
        provider.assert_nothing_is_left()


def test_nothing_is_there_yet(provider):
    assert provider.list() == {}
    assert provider.ok("terminate", new_id()) == []
    assert not provider.instances.exists()


def test_the_list_tells_of_the_database(provider):
    mark = provider.directory / "database-full"
    provider.environment["DATABASE_FULL"] = str(mark)
    assert provider.run("list") == (0, "", "")
    for said in ("it is read-only: 1 MB is free", ""):
        mark.write_text(said + "\n")
        child = provider.begin("list")
        assert child.communicate() == ("", f"database: {said}\n") and child.returncode == 0
    mark.unlink()


def test_cpu_time_is_that_of_its_programs(provider):
    busy, line = provider.launch()
    idle, _ = provider.launch("web")

    def used():
        for _ in range(100):
            status(line, "/healthz")
        return provider.list()[busy]["cpu_seconds"] > 0.3
    wait_for(used)
    spent = provider.list()[busy]["cpu_seconds"]
    ticks = 0
    for pid in provider.processes(busy):
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    assert spent <= ticks / os.sysconf("SC_CLK_TCK") + 0.01 <= spent + 0.2
    assert provider.list()[idle]["cpu_seconds"] < 0.3


def test_the_console(provider):
    ident, _ = provider.launch()
    (provider.instances / ident / "console.log").open("a").write("a word\n")
    assert "a word\n" in provider.run("console", ident)[1]
    code, _, said = provider.run("console", new_id())
    assert code == 100 and "there is no instance" in said


@pytest.mark.parametrize("arguments", [
    [], ["start"], ["list", "all"], ["launch", "api", "local"], ["terminate"],
    ["launch", "db", "local", "i-00000000"], ["launch", "api/../web", "local", "i-00000000"],
    ["terminate", "i-0000000"],
    ["terminate", "../secrets"], ["terminate", "i-0000000G"], ["console", "i-00000000\n"],
    ["request", "i-00000000"], ["request", "../x"]])
def test_wrong_use(provider, arguments):
    code, out, said = provider.run(*arguments)
    assert (code, out) == (100, "") and said.startswith("process: ")


def test_the_kind_is_told_and_not_the_name_s(provider):
    ident, line = provider.launch("first", KIND="web")
    assert (line["group"], line["kind"]) == ("first", "web")
    wait_for(lambda: sorted(provider.processes(ident).values()) == ["nginx", "nginx"])
    code, _, said = provider.run("launch", "api", "local", new_id(), KIND="db")
    assert (code, said) == (100, "process: KIND must be web or api, not 'db'\n")


def test_a_variable_is_missing(provider):
    del provider.environment["SECRETS"]
    code, _, said = provider.run("launch", "api", "local", new_id())
    assert (code, said) == (111, "process: SECRETS is not set\n")


# ---- what it sees


def test_half_made_is_pending(provider):
    empty, spoilt = new_id(), new_id()
    (provider.instances / empty).mkdir(parents=True)
    (provider.instances / spoilt).mkdir()
    (provider.instances / spoilt / "instance.json").write_text('{"id": "i-')
    (provider.instances / "notes").write_text("of somebody")
    assert provider.list() == {ident: {"id": ident, "state": "pending"}
                               for ident in (empty, spoilt)}
    (provider.instances / "notes").unlink()


def test_its_directory_was_deleted(provider):
    ident, _ = provider.launch()
    shutil.rmtree(provider.instances / ident)
    assert provider.list() == {ident: {"id": ident, "state": "stopped"}}
    shutil.rmtree(provider.instances)
    assert provider.list() == {ident: {"id": ident, "state": "stopped"}}
    provider.ok("terminate", ident)
    provider.assert_nothing_is_left()


def test_launched_anew_when_its_directory_was_deleted(provider):
    ident, _ = provider.launch()
    before = provider.processes(ident).keys()
    shutil.rmtree(provider.instances / ident)
    [line] = provider.ok("launch", "api", "local", ident)
    assert line["state"] == "running" and status(line, "/healthz") == 200
    assert not before & provider.processes(ident).keys()


@pytest.mark.parametrize("name", ["auth", "todo", "health"])
def test_one_program_is_missing(provider, name):
    ident, _ = provider.launch()
    os.kill(provider.pid(ident, name), signal.SIGKILL)
    line = wait_for(lambda: (it := provider.list()[ident])["state"] == "stopped" and it)
    assert line["group"] == "api" and "cpu_seconds" not in line
    [line] = provider.ok("launch", "api", "local", ident)
    assert line["state"] == "running"


def test_processes_of_others(provider):
    """Neither by working directory alone, nor by name alone."""
    ident, _ = provider.launch()
    below = provider.instances / ident / "tmp"
    todo = provider.directory / "todo"
    shutil.copy("/bin/sleep", todo)
    others = [subprocess.Popen(argv, cwd=where) for argv, where in (
        (["sleep", "600"], provider.instances / ident), ([todo, "600"], provider.directory),
        ([todo, "600"], below), ([todo, "600"], "/"))]
    provider.ok("terminate", ident)
    assert [other.poll() for other in others] == [None] * 4
    assert provider.list() == {}
    for other in others:
        other.kill()
        other.wait()


def test_who_works_at_idle_priority_stays_there(provider):
    """An ordinary user may not leave it (sched(7)): to try would be to fail."""
    ident = new_id()
    subprocess.run(["chrt", "--idle", "0", PROGRAM, "launch", "api", "local", ident], check=True,
                   env=provider.environment | {"KIND": "api"}, capture_output=True)
    assert {os.sched_getscheduler(pid) for pid in provider.processes(ident)} == {os.SCHED_IDLE}


@pytest.mark.alone
def test_many_are_listed_fast(provider):
    """One look at the processes for all of them."""
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        idents = {ident for ident, _ in pool.map(lambda _: provider.launch("web"), range(16))}

    def seconds():
        start = time.monotonic()
        assert provider.list().keys() == idents
        return time.monotonic() - start
    assert min(seconds() for _ in range(10)) < 0.1


# ---- to an end


@pytest.mark.alone
def test_the_stopped_cannot_hear(provider):
    ident, _ = provider.launch()
    for pid in provider.processes(ident):
        pause(pid)
    start = time.monotonic()
    provider.ok("terminate", ident)
    assert time.monotonic() - start < 2.5
    provider.assert_nothing_is_left()


@pytest.mark.alone
def test_the_deaf_are_killed(provider):
    ident, _ = provider.launch(**provider.programs(health=DEAF))
    start = time.monotonic()
    provider.ok("terminate", ident)
    assert 2.9 < time.monotonic() - start < 6
    provider.assert_nothing_is_left()


# ---- to a beginning


def test_variables_for_its_programs(provider):
    ident, _ = provider.launch(LAUNCH_ENVIRONMENT='{"COLOUR": "grün", "EMPTY": ""}')
    for name in ("auth", "todo", "classic", "health"):
        variables = pathlib.Path(f"/proc/{provider.pid(ident, name)}/environ").read_bytes()
        assert {"COLOUR=grün".encode(), b"EMPTY="} < set(variables.split(b"\0"))
    variables = pathlib.Path(f"/proc/{provider.pid(ident, 'nginx')}/environ").read_bytes()
    assert b"COLOUR" not in variables
    provider.launch("web", LAUNCH_ENVIRONMENT="", THREADS="")


@pytest.mark.parametrize("given,named", [
    ('{"DB_USER": "root"}', "DB_USER"), ('{"SIBLINGS": ""}', "SIBLINGS"), ('{"A": 1}', "'A'"),
    ('{"A B": "c"}', "'A B'"), ('{"": "c"}', "''"), ('{"A": "b\\u0000"}', "'A'"),
    ("[]", "object"), ("{", "object")])
@pytest.mark.parametrize("group", ["api", "web"])
def test_wrong_variables(provider, group, given, named):
    code, out, said = provider.run("launch", group, "local", new_id(), LAUNCH_ENVIRONMENT=given)
    assert (code, out) == (100, "")
    assert "LAUNCH_ENVIRONMENT" in said and named in said
    provider.assert_nothing_is_left()


def test_wrong_threads(provider):
    code, _, said = provider.run("launch", "api", "local", new_id(), THREADS="login")
    assert code == 100 and "THREADS" in said


def test_a_program_that_dies_says_why(provider):
    code, out, said = provider.run("launch", "api", "local", new_id(),
                                   **provider.programs(todo=DYING))
    assert (code, out) == (111, "")
    assert "todo did not start" in said and "the disk is made of cheese" in said
    provider.assert_nothing_is_left()


def test_a_program_is_missing(provider):
    provider.release("v9", "/nonexistent")
    code, _, said = provider.run("launch", "api", "local", new_id(), RELEASE="v9")
    assert code == 111 and said.endswith("/v9/usr/lib/allday/bin/auth: No such file or directory\n"), said
    provider.assert_nothing_is_left()


@pytest.mark.parametrize("name", ["v0", "../releases/v7", ""])
def test_a_release_that_is_not_there(provider, name):
    code, _, said = provider.run("launch", "api", "local", new_id(), RELEASE=name)
    assert (code, said) == (100, f"process: there is no release {name!r}\n")
    provider.assert_nothing_is_left()


def test_every_instance_has_an_address_of_its_own(provider):
    """Six addresses for six, all at once, and all begin to search at the same."""
    provider.environment["INSTANCES"] = provider.environment["INSTANCES"].replace("/16", "/29")
    children = [provider.begin("launch", "web", "local", f"i-{6 * number:08x}")
                for number in range(6)]
    outputs = [child.communicate() for child in children]
    assert [child.returncode for child in children] == [0] * 6, outputs
    lines = [json.loads(out) for out, _ in outputs]
    assert len({line["address"] for line in lines}) == 6
    assert all(status(line, "/healthz") == 200 for line in lines)
    code, _, said = provider.run("launch", "web", "local", new_id())
    assert code == 111 and "no address is free" in said


# ---- several at once, and half of one


def test_two_launches_of_one(provider):
    ident = new_id()
    children = [provider.begin("launch", "api", "local", ident) for _ in range(4)]
    lines = [json.loads(child.communicate()[0]) | {"cpu_seconds": 0} for child in children]
    assert lines == [lines[0]] * 4
    wait_for(lambda: sorted(provider.processes(ident).values()) == API)


def test_launches_and_terminates_of_one_do_not_mix(provider):
    ident = new_id()
    for _ in range(4):
        children = [provider.begin(*arguments, ident) for arguments in
                    [["launch", "api", "local"], ["terminate"]] * 3]
        for child in children:
            _, said = child.communicate()
            assert child.returncode == 0, said
        if provider.state(ident) == "running":
            wait_for(lambda: sorted(provider.processes(ident).values()) == API)
        else:
            provider.assert_nothing_is_left()


def test_killed_half_way(provider):
    ident = new_id()
    child = provider.begin("launch", "api", "local", ident,
                           **provider.programs(health=NEVER_READY))
    wait_for(lambda: set(provider.processes(ident).values()) >= set(API))
    assert provider.state(ident) == "pending"
    child.kill()
    child.communicate()
    assert provider.list() == {ident: {"id": ident, "state": "pending"}}
    provider.ok("terminate", ident)
    provider.assert_nothing_is_left()


def test_killed_at_any_moment(provider):
    for moment in range(0, 60, 4):
        ident = new_id()
        child = provider.begin("launch", "api", "local", ident)
        time.sleep(moment / 1000)
        child.kill()
        child.communicate()
        assert provider.state(ident) in (None, "pending", "running")
        provider.ok("terminate", ident)
        wait_for(lambda: not provider.processes())
        provider.assert_nothing_is_left()
