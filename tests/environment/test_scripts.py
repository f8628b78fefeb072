"""Scripts that playbooks run on the controller and on hosts, each alone."""

import pathlib
import signal
import subprocess
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
HOST = ROOT / "host"


# ---- secrets


def secrets(directory):
    """The names of those that were made."""
    return subprocess.run([ROOT / "ansible/roles/environment/files/secrets", directory, "admin", "a b"],
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


@pytest.mark.parametrize("script", ["asg/end", "remove"])
def test_an_asg_that_hangs_is_ended(script):
    """It does not hear that it shall, and cron starts no next one that would see to it."""
    name = f"none-{time.time_ns()}"
    text = (HOST / script).read_text().replace("seq 400", "seq 3")
    text = text.partition("\nstop $(known link)")[0]
    asg = subprocess.Popen(["asg", "-s", f"/var/lib/allday/{name}/asg", "reconcile", "--for", "60"],
                           executable="/bin/sh", stdin=subprocess.PIPE)
    try:
        asg.send_signal(signal.SIGSTOP)
        done = subprocess.run(["sh", "-s", name, "keep"], input=text, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert asg.wait(10) == -signal.SIGKILL
    finally:
        asg.kill()
        asg.wait()


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
