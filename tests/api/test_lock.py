"""The lock of a state directory: who may take it, and who is ended for it."""

import fcntl
import os
import pathlib
import pwd
import stat
import subprocess

import pytest
from database import owner
from stack import ROOT, Stack


@pytest.fixture(scope="module")
def stack():
    with Stack() as running:
        yield running


def stop(stack):
    return subprocess.run([ROOT / "run/run", "--stop", stack.file],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)


@pytest.fixture
def bystander(stack):
    """Of the same user: the kernel would let it be ended."""
    options, _ = owner(stack)
    with subprocess.Popen(["sleep", "600"], **options) as process:
        yield process
        process.kill()


def test_nobody_else_can_open_it(stack):
    for path in (stack.state / "lock", *(stack.state / "run").iterdir()):
        if not path.is_socket():
            assert stat.S_IMODE(path.stat().st_mode) & 0o007 == 0, path
    assert stat.S_IMODE((stack.state / "lock").stat().st_mode) == 0o600
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        tried = subprocess.run(["flock", "-n", stack.state / "lock", "true"], user=nobody.pw_uid,
                               group=nobody.pw_gid, extra_groups=[], capture_output=True)
        assert tried.returncode


@pytest.mark.parametrize("said", ["{pid}", "{pid} 1", "", "x", "9" * 20])
def test_no_bystander_is_ended(stack, bystander, said):
    lock = stack.state / "lock"
    before = lock.read_text()
    lock.write_text(said.format(pid=bystander.pid))
    try:
        done = stop(stack)
    finally:
        lock.write_text(before)
    assert bystander.poll() is None and stack.runner.poll() is None
    assert done.returncode == 1 and "not by the process that it names" in done.stderr, done


@pytest.mark.skipif(os.geteuid() != 0, reason="root gives its rights away")
def test_root_believes_nothing_that_the_environment_has_written(stack):
    """Neither a process of root's, nor a link to one of its files."""
    if stack.state.stat().st_uid == 0:
        pytest.skip("below /root the environment stays root's")
    with subprocess.Popen(["sleep", "600"], process_group=0) as roots:
        start = pathlib.Path(f"/proc/{roots.pid}/stat").read_text().rpartition(")")[2].split()[19]
        lock = stack.state / "lock"
        before = lock.read_text()
        lock.write_text(f"{roots.pid} {start}")
        try:
            assert stop(stack).returncode
            assert roots.poll() is None
        finally:
            lock.write_text(before)
            roots.kill()


def test_the_runner_itself_is_ended(stack):
    done = stop(stack)
    assert done.returncode == 0, done
    assert stack.runner.wait(30) == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="root gives its rights away")
def test_no_link_is_followed(stack, tmp_path):
    """After its end; the lock is the environment's to replace."""
    precious = tmp_path / "precious"
    precious.write_text("of root")
    lock = stack.state / "lock"
    lock.unlink()
    lock.symlink_to(precious)
    assert stop(stack).returncode
    assert precious.read_text() == "of root"
    lock.unlink()


def test_a_lock_of_before_is_closed(stack):
    """Whoever has it open already keeps it open; nobody new gets in."""
    lock = stack.state / "lock"
    lock.touch()
    os.chown(lock, stack.state.stat().st_uid, stack.state.stat().st_gid)
    lock.chmod(0o644)
    assert stop(stack).returncode == 0
    assert stat.S_IMODE(lock.stat().st_mode) == 0o600
    with open(lock) as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
