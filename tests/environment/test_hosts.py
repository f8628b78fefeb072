"""The test hosts themselves: they behave as servers do, and nothing of them stays."""

import json
import os
import pathlib
import re
import runpy
import signal
import subprocess
import time

import pytest

import files
from standing import HOSTS, directory
from internet import SHARED, read_settings
from waiting import locked, wait_for

CGROUPS = pathlib.Path("/sys/fs/cgroup")
NSPAWN = pathlib.Path("/run/systemd/nspawn")


def hosts(state, *words, check=True):
    done = subprocess.run([HOSTS, "--state", state, *words], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=120)
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def said(*argv):
    return subprocess.run(argv, capture_output=True, text=True).stdout.splitlines()


def processes(words):
    """Those that name one of the words, or are in a cgroup that does. (One that has ended has no
    words left, and is known by its cgroup until its parent asks for it.)"""
    for place in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            command, groups = [(place / name).read_text() for name in ("cmdline", "cgroup")]
        except (OSError, UnicodeDecodeError):
            continue
        about = command and command + groups
        if int(place.name) != os.getpid() and any(word in about for word in words):
            yield f"{place.name} {about}"


def locks(state):
    """{systemd-nspawn's lock: its device, as mountinfo has it} of the hosts' mounted roots."""
    roots = [root.stat() for root in state.glob("?/root") if root.is_mount()]
    return {NSPAWN / f"locks/inode-{root.st_dev}:{root.st_ino}":
            f"{os.major(root.st_dev)}:{os.minor(root.st_dev)}" for root in roots}


def left(held):
    """Of those locks the ones that nobody's mount explains: the number of a device that is gone
    may be another cloud's by now."""
    devices = {line.split()[2] for line in pathlib.Path("/proc/self/mountinfo").open()}
    return [lock for lock, device in held.items() if lock.exists() and device not in devices]


def traces(state):
    """{kind: what there is of the cloud in that directory}."""
    name, mine = files.name_of(state), [files.name_of(state), f"{state}/"]
    everywhere = {
        "namespaces": said("ip", "netns", "list"),
        "links": said("ip", "-o", "link"),
        "tables": said("nft", "list", "tables"),
        "mounts": pathlib.Path("/proc/self/mountinfo").read_text().splitlines(),
        "loop devices": said("losetup", "--list", "--noheadings", "--output", "BACK-FILE"),
        "cgroups": [place for place, _, _ in os.walk(CGROUPS)],
        "files": [str(place) for directory in (SHARED, NSPAWN)
                  for place in directory.glob(f"**/{name}*")]}
    found = {kind: [line for line in lines if any(word in line for word in mine)]
             for kind, lines in everywhere.items()}
    return found | {"processes": list(processes(mine))}


def nothing(state):
    assert not state.exists()
    left = {kind: lines for kind, lines in traces(state).items() if lines}
    assert not left


def test_nothing_is_left(bare):
    with locked("/run"):
        before, alone = read_settings(), not SHARED.exists()
    state = bare(2)
    hosts(state, "run", "a", "sysctl -qw fs.inotify.max_user_instances=4321")
    shown, held = traces(state), locks(state)
    assert all(shown.values()), "so the test can see each kind"
    assert len(held) == 2 and all(lock.exists() for lock in held)
    hosts(state, "down")
    nothing(state)
    wait_for(lambda: not left(held), what="the hosts' locks are gone")
    with locked("/run"):  # another cloud may have come meanwhile, and go yet
        if alone and not any(SHARED.glob("hosts-*.json")):
            assert not SHARED.exists() and read_settings() == before


# (Moments of `up`: the network is made, disks and trees, the hosts boot.)
@pytest.mark.parametrize("moment", [0.15, 0.3, 0.5, 0.8, 1.2])
def test_nothing_is_left_when_up_is_killed(able, moment):
    state = directory()
    child = subprocess.Popen([HOSTS, "--state", state, "up", "2"], stdout=subprocess.DEVNULL)
    time.sleep(moment)
    child.kill()
    child.wait()
    hosts(state, "down")
    if state.exists():  # it had not come to be ours
        state.rmdir()
    nothing(state)


def test_what_was_killed_half_way_is_completed_by_up(bare):
    state = bare(1)
    child = subprocess.Popen([HOSTS, "--state", state, "up", "2"], stdout=subprocess.DEVNULL)
    time.sleep(0.5)
    child.kill()
    child.wait()
    assert hosts(state, "up", "2").count(" up ") == 2
    assert hosts(state, "run", "b", "hostname") == "host-b\n"


def test_down_needs_nothing_of_what_up_has_written(bare):
    state = bare(1)
    for path in state.iterdir():
        if path.is_file() and path.name != files.MARK:
            path.unlink()
    (SHARED / f"{files.name_of(state)}.json").unlink()
    hosts(state, "down")
    nothing(state)


def test_several_suites_are_taken_in_turn(tmp_path):
    files.claim(state := tmp_path / "state", "bookworm,trixie")
    cloud = runpy.run_path(str(HOSTS))["Hosts"](state)
    assert [cloud.cache(zone).debian for zone in "abc"] == ["bookworm", "trixie", "bookworm"]


def test_the_power_fails_and_is_back(bare):
    state = bare(1)
    boots = "stat -c %y /run/systemd/system"
    forgotten = "ip netns add forgotten; ip link add forgotten type bridge"
    hosts(state, "run", "a", "echo kept > /root/note; echo kept > /var/lib/allday/note; sync; "
                             + forgotten)
    first = hosts(state, "run", "a", boots)
    hosts(state, "stop", "a")
    assert " off " in hosts(state, "list")
    assert subprocess.run([HOSTS, "--state", state, "run", "a", "true"],
                          capture_output=True).returncode
    hosts(state, "start", "a")
    again = "cat /root/note /var/lib/allday/note; ip netns; ip -o link show forgotten; true"
    assert hosts(state, "run", "a", again) == "kept\nkept\n"
    second = hosts(state, "run", "a", boots)
    hosts(state, "run", "a", forgotten)
    hosts(state, "reboot", "a")
    assert hosts(state, "run", "a", again) == "kept\nkept\n"
    assert len({first, second, hosts(state, "run", "a", boots)}) == 3


def test_a_host_whose_process_is_killed_has_no_power(bare):
    state = bare(1)
    for line in said("pgrep", "-f", f"--state {state} boot a"):
        os.kill(int(line), signal.SIGKILL)
    hosts(state, "start", "a")
    assert hosts(state, "run", "a", "systemctl is-system-running --wait") == "running\n"


def test_a_killed_nspawn_leaves_no_lock(bare):
    """Who boots the host hears of it first, and unmounts the root by which its lock is known."""
    held = locks(state := bare(1))
    for line in said("pgrep", "-f", f"systemd-nspawn .*--directory={state}/a/root"):
        os.kill(int(line), signal.SIGKILL)
    wait_for(lambda: not (state / "a/root").is_mount())
    assert len(held) == 1 and not left(held)


def test_a_cable_is_pulled(bare):
    state = bare(1)
    address = hosts(state, "list").split()[2]
    knock = f"timeout 1 bash -c '</dev/tcp/{address}/22'"
    hosts(state, "client", knock)
    hosts(state, "cut", "a")
    assert subprocess.run([HOSTS, "--state", state, "client", knock],
                          capture_output=True).returncode
    hosts(state, "mend", "a")
    hosts(state, "client", knock)


def test_two_clouds_side_by_side(bare):
    one, other = bare(1), bare(1)
    networks = [re.findall(r"198\.18\.\d+\.", hosts(state, "list"))[0] for state in (one, other)]
    assert networks[0] != networks[1]
    hosts(one, "down")
    nothing(one)
    assert hosts(other, "run", "a", "apt-get --version | head -1").startswith("apt")
    assert json.loads((SHARED / f"{files.name_of(other)}.json").read_text())
    assert read_settings()["net/ipv4/ip_forward"] == "1"


def test_a_unit_of_one_host_is_not_that_of_another(bare):
    state = bare(2)
    for zone in "ab":
        hosts(state, "run", zone, "systemd-run --quiet --unit=same sleep infinity")
    hosts(state, "run", "a", "systemctl kill -s CONT same && systemctl stop same")
    assert hosts(state, "run", "b", "systemctl is-active same") == "active\n"


def test_a_host_limits_the_memory_of_its_units(bare):
    state = bare(1)
    unit = "systemd-run --quiet --wait --pipe -p MemoryMax=32M -p MemorySwapMax=0 python3 -c " \
           "'print(len(bytearray({} << 20)))'"
    assert hosts(state, "run", "a", unit.format(8)) == f"{8 << 20}\n"
    assert hosts(state, "run", "a", unit.format(64), check=False) == ""


@pytest.mark.parametrize("words, sentence", [
    (["up", "0"], "N is a number from 1 to 9, not 0"),
    (["run", "q", "true"], "no host in a zone `q`"), (["up"], "hosts [--state DIR]"), (["sing"], "hosts [--state DIR]")])
def test_wrong_words(tmp_path, words, sentence):
    done = subprocess.run([HOSTS, "--state", tmp_path, *words], capture_output=True, text=True)
    assert done.returncode == 1 and sentence in done.stderr


def test_a_directory_of_somebody_else_is_left_alone(able, tmp_path):
    (tmp_path / "letter").write_text("dear")
    done = subprocess.run([HOSTS, "--state", tmp_path, "up", "1"], capture_output=True, text=True)
    assert done.returncode and "is not empty and not of test hosts" in done.stderr
    hosts(tmp_path, "down")
    assert (tmp_path / "letter").read_text() == "dear"
