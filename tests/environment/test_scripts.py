"""Scripts that playbooks run on the controller and on hosts, each alone."""

import fcntl
import json
import os
import pathlib
import signal
import subprocess

import pytest
from waiting import wait_for

ROOT = pathlib.Path(__file__).resolve().parents[2]
HOST = ROOT / "host"


# ---- secrets


def secrets(directory):
    """The names of those that were made."""
    return subprocess.run([ROOT / "ansible/roles/environment/files/secrets", directory, "admin", "a b",
                           "db-auth db-todo"],
                          capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize("removed,made", [
    ("wireguard-b.key", ["wireguard-b.key", "wireguard-b.pub"]),
    ("operators/admin", ["operators/admin", "operators/admin.hash"]),
    ("operators/admin.hash", ["operators/admin.hash"]),
    ("asg_ed25519", ["asg_ed25519"]),
    ("db-todo", ["db-todo"])])
def test_what_is_made_of_a_secret_is_made_anew_with_it(tmp_path, removed, made):
    secrets(tmp_path)
    assert secrets(tmp_path) == []
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    (tmp_path / removed).unlink()
    assert secrets(tmp_path) == made
    after = {path: path.read_bytes() for path in before}
    changed = {str(path.relative_to(tmp_path)) for path in before if after[path] != before[path]}
    assert changed - {"asg_ed25519.pub"} == set(made)
    assert secrets(tmp_path) == []


# ---- asg's end


def stop_asg(tmp_path, shell="sh"):
    """What host/asg/stop prints, for the environment `test` below that directory."""
    (tmp_path / "cron").touch()
    text = (HOST / "asg/stop").read_text().replace("/var/lib/allday", str(tmp_path)).replace(
        "/etc/cron.d/allday-$1", f"{tmp_path}/cron").replace("TERM 600", "TERM 6")
    done = subprocess.run([shell, "-s", "test"], input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "cron").exists()
    return done.stdout


def asg_of(directory):
    """One that holds the lock as asg does, and ends when it is asked to."""
    (directory / "asg").mkdir(parents=True, exist_ok=True)
    return subprocess.Popen(["flock", "--no-fork", directory / "asg/lock", "sleep", "1000"])


def is_locked(directory):
    with open(directory / "asg/lock", "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@pytest.mark.parametrize("hangs", [False, True])
def test_an_asg_is_stopped_by_the_lock_that_it_holds(tmp_path, hangs):
    """Whatever its command line is. One that hangs does not hear that it shall, and cron starts
    no next one that would see to it. One of another environment goes on."""
    state = tmp_path / "test/asg"
    asg, next_one, other = asg_of(state), None, asg_of(tmp_path / "other/asg")
    try:
        wait_for(lambda: is_locked(state) and is_locked(tmp_path / "other/asg"))
        next_one = asg_of(state)  # (cron begins one each minute, which waits)
        if hangs:
            asg.send_signal(signal.SIGSTOP)
        assert stop_asg(tmp_path).split()[:2] == ["asg", str(asg.pid)]
        assert asg.wait(10) == (-signal.SIGKILL if hangs else -signal.SIGTERM)
        assert next_one.wait(10) < 0
        assert other.poll() is None
    finally:
        for process in filter(None, (asg, next_one, other)):
            process.kill()
            process.wait()


def test_no_asg_is_stopped_where_there_is_none(tmp_path):
    assert stop_asg(tmp_path) == ""
    (tmp_path / "test/asg/asg").mkdir(parents=True)
    (tmp_path / "test/asg/asg/lock").touch()
    assert stop_asg(tmp_path) == ""


# ---- instances with passwords of before


def test_one_that_leaves_by_itself_is_no_failure(tmp_path):
    """It is scaled in, or gone, when its turn comes."""
    (tmp_path / "asg").write_text("""#!/bin/sh
cd "$(dirname "$0")" && shift 2
case $1 in
describe)
	[ -s "$2" ] || exit 100
	sed -i 1d "$2" ;;
terminate) [ "$2" != i-leaves ] || { echo "asg: i-leaves is Draining already" >&2; exit 100; } ;;
esac
""")
    (tmp_path / "asg").chmod(0o755)
    for name in ("i-leaves", "i-stays"):
        (tmp_path / name).write_text("is there\n" * 3)
    text = (HOST / "database/replace").read_text().replace(
        "/usr/lib/allday/bin/asg", f"{tmp_path}/asg").replace("sleep 0.5", "sleep 0.05")
    done = subprocess.run(["sh", "-s", "STATE", "i-gone", "i-leaves", "i-stays"], input=text,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "i-leaves\ni-stays\n"


# ---- what a host is like


@pytest.mark.parametrize("shell", ["dash", "bash"])
@pytest.mark.parametrize("there, unread", [([], False), (["pid"], False), (["conf"], False),
                                           (["conf", "pid"], False), (["pid", "conf"], True)])
def test_what_sshd_has_not_read_is_told_alike_by_all_shells(tmp_path, shell, there, unread):
    """Where a file is missing, -nt is true in bash and in the dash of Debian 13 alone."""
    for second, name in enumerate(there):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (second, second))
    text = (HOST / "look").read_text().replace("/run/sshd.pid", f"{tmp_path}/pid").replace(
        "/etc/ssh/sshd_config.d/allday.conf", f"{tmp_path}/conf")
    done = subprocess.run([shell], input=text, text=True, capture_output=True, check=True)
    assert json.loads(done.stdout)["unread"] is unread


# ---- releases


def test_a_damaged_release_is_not_unpacked(tmp_path):
    (tmp_path / "0123456789ab.tar").write_text("half of it")
    done = subprocess.run([HOST / "release/unpack", tmp_path / "0123456789ab"], capture_output=True, text=True)
    assert done.returncode == 1 and "is damaged: its checksum does not begin" in done.stderr
    assert os.listdir(tmp_path) == []


# ---- following a deployment


GROUPS = """#!/bin/sh
# asg status --json, a line of the file at each call
n=$(cat "$2/n"); echo $((n + 1)) > "$2/n"
sed -n "${n}p" "$2/said"
"""


def group(name, release, pinned=False, **refresh):
    half = {"requests": 10, "failures": 1}
    refresh = refresh and {"back": False, "phase": "baking", "reason": "", "new": half, "old": half} | refresh
    return {"name": name, "release": release, "pinned": pinned, "desired": 2, "refresh": refresh or None,
            "served": {"requests": 7, "again": 2, "failed": 1},
            "instances": [{"release": "two", "state": "InService"}]}


def follow(path, said, *words, before=()):
    (path / "said").write_text("".join(json.dumps({"groups": groups}) + "\n" for groups in said))
    (path / "n").write_text("1\n")
    asg = path / "asg"
    asg.write_text(GROUPS)
    asg.chmod(0o755)
    done = subprocess.run([HOST / "asg/follow", *before, path, *words], capture_output=True, text=True,
                          env=os.environ | {"ASG": str(asg)})
    return done.returncode, done.stdout.splitlines()


def test_following_a_deployment(tmp_path):
    """A line when something changes; groups that the file pins have another release."""
    pinned = group("canary", "other", pinned=True)
    on_its_way = [group("api", "one", target="two"), pinned]
    code, lines = follow(tmp_path, [on_its_way, on_its_way, [group("api", "two"), pinned]])
    assert code == 0 and len(lines) == 2
    assert "api: two, 1 of 2 in service, baking; failed: 1 of 10 requests of the new" in lines[0]
    assert lines[1].endswith("release two is what runs; of 7 requests 2 were sent to another instance, 1 failed")


def test_following_a_deployment_that_goes_back(tmp_path):
    code, lines = follow(tmp_path, [[group("api", "one", target="one", back=True, reason="it is slow")],
                                    [group("api", "one")]], "two")
    assert code == 1 and lines[-1].endswith(
        "release two was not deployed, one is what runs: it is slow; of 7 requests 2 were sent to another instance, 1 failed")


def test_following_a_deployment_as_json(tmp_path):
    code, lines = follow(tmp_path, [[group("api", "one", target="two")], [group("api", "two")]], before=["--json"])
    step, end = map(json.loads, lines)
    assert code == 0 and (step["group"], step["release"], step["in_service"], step["phase"]) == ("api", "two", 1, "baking")
    assert step["new"] == {"requests": 10, "failures": 1}
    assert end.items() >= {"deployed": True, "releases": ["two"], "requests": 7, "again": 2, "failed": 1}.items()
