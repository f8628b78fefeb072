"""A host of one's own for a test: real servers and real playbooks with the very paths and
ports of a host, in namespaces that end with the test. Needs root."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROLES, HOST = ROOT / "ansible/roles", ROOT / "host"

# What is written to these is kept in memory. Nothing of the machine's own /run is seen.
SETUP = """
set -eu
mount -t tmpfs none "$SCRATCH"
for directory in etc usr/bin usr/lib usr/share var/lib var/log; do
    mkdir -p "$SCRATCH/upper/$directory" "$SCRATCH/work/$directory"
    mount -t overlay overlay "/$directory" -o \
        "lowerdir=/$directory,upperdir=$SCRATCH/upper/$directory,workdir=$SCRATCH/work/$directory"
done
rm -rf /etc/allday /etc/letsencrypt /var/lib/allday /usr/lib/allday /usr/share/allday
mount -t tmpfs none /run
mkdir -p /etc/allday /var/lib/allday /run/allday /run/lock /usr/lib/allday/bin /usr/share/allday
ln -s "$ROOT/dns" /usr/share/allday/dns
ip link set lo up
for address in $ADDRESSES; do ip address add "$address/32" dev lo; done
echo ready
exec sleep infinity
"""


def need(programs):
    """Skip when one is missing: {program, or path of a file: Debian package}."""
    if os.geteuid():
        pytest.skip("needs root: servers get namespaces and port 53 of their own")
    for program, package in programs.items():
        if not (shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin")
                or os.path.isabs(program) and os.path.exists(program)):
            pytest.skip(f"{package} is not installed (run/packages test cloud)")


class Host:
    def __init__(self, *addresses):
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="allday-host-"))
        self.processes = []
        self.holder = subprocess.Popen(
            ["unshare", "--mount", "--net", "--propagation", "private", "sh", "-c", SETUP],
            env=os.environ | {"SCRATCH": str(self.scratch), "ROOT": str(ROOT),
                              "ADDRESSES": " ".join(addresses)},
            stdout=subprocess.PIPE, text=True)
        assert self.holder.stdout.readline() == "ready\n"
        # Its mounts are seen by it alone: this is the way to its files.
        self.root = pathlib.Path(f"/proc/{self.holder.pid}/root")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in [*self.processes, self.holder]:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL) if process is not self.holder \
                    else process.kill()
            process.wait()
        self.holder.stdout.close()
        self.scratch.rmdir()

    def path(self, absolute):
        return self.root / absolute.lstrip("/")

    def inside(self, argv):
        return ["nsenter", "-t", str(self.holder.pid), "-m", "-n", *argv]

    def run(self, *argv, text=None, **variables):
        """(status, what it says)."""
        done = subprocess.run(self.inside([str(word) for word in argv]), text=True, timeout=600,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              input=text or "", env=os.environ | variables)
        return done.returncode, done.stdout

    def do(self, *argv, **options):
        status, said = self.run(*argv, **options)
        assert status == 0, said
        return said

    def start(self, script, log, **variables):
        """A server, by a shell script that becomes it, with mounts of its own."""
        with open(self.path(f"{self.scratch}/{log}"), "ab") as output:
            process = subprocess.Popen(
                self.inside(["unshare", "--mount", "--propagation", "private",
                             "sh", "-euc", script]), stdin=subprocess.DEVNULL, stdout=output,
                stderr=output, start_new_session=True, env=os.environ | variables)
        self.processes.append(process)
        return process

    def stop(self, process, number=signal.SIGKILL):
        os.killpg(process.pid, number)
        process.wait()
        self.processes.remove(process)

    def play(self, tasks, hosts, *options):
        """An ansible-playbook of these tasks for {name: variables}, all of them on this host:
        (status, what it says, {name: how many tasks have changed something})."""
        directory = self.path(str(self.scratch))
        shared = {"ansible_connection": "local", "ansible_python_interpreter": "/usr/bin/python3",
                  "allday_programs": str(HOST)}
        (directory / "inventory.json").write_text(json.dumps({"allday": {
            "hosts": {name: shared | variables for name, variables in hosts.items()}}}))
        (directory / "play.json").write_text(json.dumps([
            {"hosts": "all", "gather_facts": False, "tasks": tasks}]))
        status, said = self.run(
            "ansible-playbook", "-i", f"{self.scratch}/inventory.json",
            f"{self.scratch}/play.json", *options,
            HOME=str(self.scratch), ANSIBLE_ROLES_PATH=str(ROLES), ANSIBLE_NOCOLOR="1",
            ANSIBLE_FILTER_PLUGINS=str(ROLES.parent / "filter_plugins"),
            ANSIBLE_STDOUT_CALLBACK="default", ANSIBLE_PIPELINING="1",
            PYTHONDONTWRITEBYTECODE="1")
        return status, said, {name: int(count) for name, count in re.findall(
            r"^(\S+) +: .* changed=(\d+)", said, re.M)}

    def played(self, tasks, hosts, *options):
        status, said, changed = self.play(tasks, hosts, *options)
        assert status == 0, said
        return changed
