"""A private environment for a test: `make run` on free ports, in a directory of its
own. Two of them live side by side."""

import contextlib
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading

import prepared

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT))

from environment.ports import blocked  # noqa: E402

PATIENCE = 90  # seconds, to start and to stop


BLOCK = 16      # ports that are claimed together
FIRST = 10000   # below those that the kernel gives to whoever asks for none
# What the file says of a balancer unless a test does.
UNLIMITED = {"login_rate": 100000, "sign_up_rate": 100000, "write_rate": 1000000}
claims = []     # held until this process ends


def claim(start):
    """A block of ports is this process's, by a name that only one can have: an abstract socket,
    which is known in the network namespace and gone with its owner."""
    held = socket.socket(socket.AF_UNIX)
    try:
        held.bind(f"\0allday-test-ports-{start}")
    except OSError:
        held.close()
        return False
    claims.append(held)
    return True


def unused(port):
    """On any address; what has ended lately does not count."""
    with contextlib.suppress(OSError):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(type=kind) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR,
                                 kind == socket.SOCK_STREAM)
                probe.bind(("", port))
        return True
    return False


def free_ports(addresses=1):
    """Ports that nobody has, and no other test takes before they are used; the statistics of all
    balancers, two on each address, stand side by side."""
    names = ["app", "api", "dns", "stats"]
    count = len(names) - 1 + 2 * addresses
    assert count <= BLOCK
    last = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    starts = range(FIRST, max(last, FIRST + 100 * BLOCK) - BLOCK, BLOCK)
    turn = random.randrange(len(starts))
    for start in (*starts[turn:], *starts[:turn]):
        if not blocked(start, start + BLOCK - 1) and claim(start) and \
                all(unused(start + number) for number in range(count)):
            return {name: start + number for number, name in enumerate(names)}
    raise AssertionError("no block of ports is free")


class Stack:
    """with Stack() as stack: …; what was started is gone afterwards, or it raises.

    settings: what the environment file shall say besides its name and ports. Its database is
    not made, but a copy of a prepared one.
    """

    def __init__(self, **settings):
        self.settings, self.variables = settings, {}
        listen = settings.get("listen")
        self.ports = free_ports(len(listen) if isinstance(listen, list) else 1)
        self.output = ""

    def __enter__(self):
        # Below /tmp for its length: a unix socket's path has 107 bytes.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="allday-", dir="/tmp"))
        self.directory.chmod(0o755)
        self.make()
        self.state = self.directory / "var"
        self.fill()
        self.file = self.directory / "environment.yml"
        # JSON is YAML.
        self.file.write_text(json.dumps({
            "name": "test", "ports": self.ports, "state": str(self.state),
            "balancer": UNLIMITED} | self.settings))
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.stop()
        left = self.processes()
        self.remove()
        if left:
            raise AssertionError(f"left running: {left}")

    def make(self):
        """What else shall be in the directory before anything runs."""

    def fill(self):
        """The state directory, as an earlier runner has left it."""
        self.state.mkdir()
        prepared.copy(prepared.prepared(Unprepared.ended), self.state)

    def remove(self):
        shutil.rmtree(self.directory, ignore_errors=True)

    def start(self):
        """Until the runner says ready; variables: what else is in its environment."""
        environment = {key: value for key, value in os.environ.items()
                       if key != "ALLDAY_STATE"} | self.variables
        self.runner = subprocess.Popen(
            [ROOT / "run/run", self.file], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment,
            start_new_session=True)
        timer = threading.Timer(PATIENCE, self.runner.kill)
        timer.start()
        for line in self.runner.stdout:
            self.output += line
            if line == "ready\n":
                break
        else:
            raise AssertionError(f"the environment did not start:\n{self.output}")
        timer.cancel()
        # What it says later must be read, or it would block.
        self.reader = threading.Thread(target=self.read_on, daemon=True)
        self.reader.start()

    def read_on(self):
        for line in self.runner.stdout:
            self.output += line

    def stop(self, number=signal.SIGTERM):
        if self.runner.poll() is None:
            self.runner.send_signal(number)
            try:
                self.runner.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.runner.kill()
                raise

    def url(self, balancer):
        return f"http://127.0.0.1:{self.ports[balancer]}"

    def asg(self, *arguments, check=True):
        """A command of asg, as an operator types it: what it prints; with check=False
        (status, stdout, stderr)."""
        done = subprocess.run([ROOT / "build/bin/asg", "-s", self.state, *map(str, arguments)],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=90)
        if not check:
            return done.returncode, done.stdout, done.stderr
        assert done.returncode == 0, done.stderr
        return done.stdout

    def group(self, name):
        """What `asg status --json` says of it."""
        groups = json.loads(self.asg("status", "--json"))["groups"]
        return next(group for group in groups if group["name"] == name)

    def instances(self, group):
        """The instances of a group: dictionaries with id, address, port, directory."""
        about = []
        for file in sorted(self.state.glob("instances/i-*/instance.json")):
            instance = json.loads(file.read_text())
            if instance["group"] == group:
                about.append(instance | {"directory": file.parent})
        return about

    def processes(self, directory=None):
        """{pid: command line} of all that belongs to this environment: by its command
        line or its working directory, the runner included."""
        wanted = str(directory or self.directory)
        found = {}
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                where = os.readlink(entry / "cwd")
                status = (entry / "stat").read_text().rpartition(")")[2].split()[0]
                if status != "Z" and (wanted in line or where.startswith(wanted)):
                    found[int(entry.name)] = line.strip()
        return found


class Unprepared(Stack):
    """One that makes its database itself."""

    def fill(self):
        pass

    @classmethod
    @contextlib.contextmanager
    def ended(cls):
        """The state directory of one that had no instances."""
        none = {"min": 0, "desired": 0}
        with cls(groups={"web": none, "api": none}) as stack:
            stack.stop()
            yield stack.state
