"""One test host: an outer systemd-nspawn machine on a disk of its own. Its disk is an ext4
file system in a file, so that it can be filled, and holds what the host wrote over the cached
tree and, as /var/lib/allday, directories that an overlay may be mounted on."""

import contextlib
import os
import pathlib
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid

from system import Failed, call, die_with_parent, kill, pids_in, processes, unmount

DISK = "12G"  # as large as it may become; the file is sparse
HOSTS = pathlib.Path(__file__).resolve().with_name("hosts")
CGROUPS = pathlib.Path("/sys/fs/cgroup")
UNIFIED = "unified" if (CGROUPS / "unified").is_dir() else ""
SYSTEMD = os.path.isdir("/run/systemd/system")  # it is this machine's PID 1
NSPAWN = pathlib.Path("/run/systemd/nspawn")
REBOOTED = 133  # systemd-nspawn's status

# systemd-nspawn mounts the controllers of cgroup v1 read-only; a host limits the memory of
# its machines. (With cgroup v2 there is nothing to do.) systemd after 255 has to be told
# that v1 is meant.
INIT = """
for place in /sys/fs/cgroup/*; do
	mount -o remount,bind,rw "$place" 2>/dev/null
done
[ -e /sys/fs/cgroup/cgroup.controllers ] || set -- SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1
exec /lib/systemd/systemd "$@"
"""


class Host:
    def __init__(self, cloud, zone):
        self.cloud, self.zone = cloud, zone
        self.name = f"{cloud.internet.name}-{zone}"
        self.directory = cloud.state / zone
        self.disk = self.directory / "disk"
        self.mounted = self.directory / "mounted"
        self.root = self.directory / "root"
        self.log = self.directory / "console.log"

    # ---- from outside

    @property
    def addresses(self):
        return self.cloud.internet.addresses(self.zone)

    def start(self):
        """Switch it on: a process of its own boots it, again after each reboot."""
        if self.running():
            return
        self.directory.mkdir(exist_ok=True)
        with open(self.log, "ab") as log:
            subprocess.Popen([sys.executable, HOSTS, "--state", self.cloud.state, "boot",
                              self.zone], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                             start_new_session=True, cwd="/")

    def running(self):
        return bool(self.supervisors())

    def supervisors(self):
        """By what they were started with: a file with a number may be lost, or be wrong."""
        return [pid for pid, words in processes()
                if words[-4:] == ["--state", str(self.cloud.state), "boot", self.zone]]

    def stop(self):
        """The power fails: first of all nobody hears from it any more."""
        self.cloud.internet.cut(self.zone, "down", check=False)
        deadline = time.monotonic() + 30
        while pids := self.left():
            if time.monotonic() > deadline:
                raise Failed(f"host {self.zone}: processes do not end: {pids}")
            for pid in pids:
                kill(pid)
            time.sleep(0.02)
        self.remove_traces()
        self.unmount()
        self.cloud.internet.unplug(self.zone)

    def left(self):
        """Who boots it, and all that is in its cgroups or its network."""
        found = {*self.supervisors(), *pids_in(self.name)}
        for group in cgroups_named(self.name):
            for below, _, _ in os.walk(group):
                with contextlib.suppress(OSError):
                    found.update(map(int, pathlib.Path(below, "cgroup.procs").read_text().split()))
        return found

    def remove_traces(self):
        """What systemd-nspawn removes itself when it is not killed."""
        for place in (NSPAWN / "propagate", NSPAWN / "unix-export"):
            unmount(place / self.name)
            shutil.rmtree(place / self.name, ignore_errors=True)
        for group in cgroups_named(self.name):
            remove_cgroup(group)

    def unmount(self):
        """With the lock of a systemd-nspawn that was killed, which the root's device names."""
        if self.root.is_mount():
            root = self.root.stat()
            (NSPAWN / f"locks/inode-{root.st_dev}:{root.st_ino}").unlink(missing_ok=True)
        unmount(self.directory)

    def ssh(self, *options):
        return ["ssh", "-F", str(self.cloud.state / "ssh_config"), *options, f"host-{self.zone}"]

    def run(self, command):
        """What it says, whether or not it goes well."""
        return subprocess.run([*self.ssh("-o", "ConnectTimeout=2"), command], text=True,
                              capture_output=True, stdin=subprocess.DEVNULL).stdout

    def wait(self, seconds=60):
        """Until ssh answers."""
        deadline = time.monotonic() + seconds
        while not self.listens() or subprocess.run(
                [*self.ssh("-o", "ConnectTimeout=2"), "true"], capture_output=True,
                stdin=subprocess.DEVNULL).returncode:
            if time.monotonic() > deadline or not self.running():
                raise Failed(f"host {self.zone} does not answer ssh; see {self.log}")
            time.sleep(0.05)

    def listens(self):
        """Asked often: ssh itself would wait a second for an address that is not there yet."""
        try:
            socket.create_connection((self.addresses[0], 22), 0.1).close()
            return True
        except OSError:
            return False

    # ---- in the process that boots it

    def boot(self):
        self.own_cgroup()
        while True:
            self.unmount()
            space = self.cloud.internet.plug(self.zone)
            self.mount()
            self.prepare()
            if self.nspawn(space) != REBOOTED:
                break
        self.unmount()

    def own_cgroup(self):
        """A group in each hierarchy, below where we are: in one that hosts share, a unit of the
        one is taken for that of the other. Where systemd runs this machine, it is asked for
        them: scope()."""
        if SYSTEMD:
            return
        for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            # (Version 2 has no controllers here; beside version 1 it has a place of its own.)
            name = controllers.removeprefix("name=") or UNIFIED
            place = CGROUPS / name / path.strip("/")
            if "cpuset" in controllers or not place.is_dir():
                continue
            (place / self.name).mkdir(exist_ok=True)
            (place / self.name / "cgroup.procs").write_text(str(os.getpid()))

    def mount(self):
        cache = self.cloud.cache(self.zone)
        if not self.disk.exists():
            self.format()
        for place in (self.mounted, self.root):
            place.mkdir(exist_ok=True)
        call("mount", "-o", "loop", self.disk, self.mounted)
        for name in ("upper", "work", "lib/images"):
            (self.mounted / name).mkdir(parents=True, exist_ok=True)
        tree = (self.directory / "tree").read_text()
        overlay(f"{cache.packages}:{tree}", self.mounted, self.root)
        # Not by an overlay: machines shift the owners of their image, which no overlay can.
        for image in cache.images.glob("[a-z]*-[0-9]*-*"):
            place = self.mounted / "lib/images" / image.name
            place.mkdir(exist_ok=True)
            call("mount", "--bind", "-o", "ro", image, place)

    def format(self):
        new = self.disk.with_name("disk.new")
        with open(new, "wb"):
            os.truncate(new, int(DISK[:-1]) << 30)
        call("mkfs.ext4", "-q", "-m", "0", "-E", "lazy_itable_init=1,nodiscard", new)
        (self.directory / "tree").write_text(str(self.cloud.cache(self.zone).tree()))
        new.rename(self.disk)

    def prepare(self):
        """What a provider of servers tells a new one: its name, keys and resolver."""
        if (self.root / "etc/machine-id").exists():
            return
        files = {"etc/hostname": f"host-{self.zone}\n",
                 "etc/hosts": f"127.0.0.1 localhost\n127.0.1.1 host-{self.zone}\n"
                              "::1 localhost ip6-localhost\n",
                 "etc/resolv.conf": resolver(), "etc/apt/apt.conf.d/80provider": apt_settings(),
                 "root/.ssh/authorized_keys": (self.cloud.state / "key.pub").read_text(),
                 "etc/ssh/ssh_host_ed25519_key": (self.directory / "ssh_key").read_text(),
                 "etc/ssh/ssh_host_ed25519_key.pub": (self.directory / "ssh_key.pub").read_text(),
                 "etc/machine-id": uuid.uuid4().hex + "\n"}
        (self.root / "root/.ssh").mkdir(mode=0o700, exist_ok=True)
        for name, text in files.items():
            path = self.root / name
            path.unlink(missing_ok=True)
            path.write_text(text)
            path.chmod(0o600 if name.endswith("_key") else 0o644)

    def nspawn(self, space):
        argv = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--console=pipe",
                f"--machine={self.name}", f"--directory={self.root}", "--capability=all",
                "--drop-capability=CAP_SYS_MODULE,CAP_SYS_TIME",  # they are this machine's
                f"--network-namespace-path=/run/netns/{space}", "--kill-signal=SIGRTMIN+3",
                "--resolv-conf=off", "--timezone=off", "--link-journal=no",
                f"--bind={self.mounted}/lib:/var/lib/allday"]
        if os.path.exists("/dev/net/tun"):
            argv.append("--bind=/dev/net/tun")  # WireGuard in a program, without the kernel's
        return subprocess.run(
            [*scope(self.name), *argv, "/bin/sh", "-c", INIT, "init"], stdin=subprocess.DEVNULL,
            env=os.environ | {"SYSTEMD_NSPAWN_API_VFS_WRITABLE": "yes"},
            preexec_fn=die_with_parent).returncode


def cgroups_named(name):
    """In every hierarchy. (Others come and go meanwhile: os.walk passes over those.)"""
    return [os.path.join(place, below) for place, inside, _ in os.walk(CGROUPS)
            for below in inside
            if below == name or below.startswith(f"{name}-") and below.endswith(".scope")]


def remove_cgroup(place):
    """Busy until the kernel has done with the last of the processes that were killed."""
    deadline = time.monotonic() + 10
    for below, _, _ in os.walk(place, topdown=False):
        while os.path.exists(below):
            try:
                os.rmdir(below)
            except OSError as error:
                if time.monotonic() > deadline:
                    raise Failed(f"{below} cannot be removed: {error.strerror}") from error
                time.sleep(0.02)


def shell_words(words):
    """As ssh does: one word is for the host's shell, several are the words of a command."""
    return words[0] if len(words) == 1 else shlex.join(words)


def overlay(lower, over, target):
    call("mount", "-t", "overlay", "overlay", "-o",
         f"lowerdir={lower},upperdir={over}/upper,workdir={over}/work", target)


def resolver():
    """The one of this machine; not systemd-resolved's, which listens on this machine alone."""
    behind = pathlib.Path("/run/systemd/resolve/resolv.conf")
    return (behind if behind.exists() else pathlib.Path("/etc/resolv.conf")).read_text()


def apt_settings():
    """How this machine's apt reaches its sources."""
    lines = [line for line in call("apt-config", "dump").splitlines()
             if line.startswith(("Acquire::http::", "Acquire::https::", "Acquire::Retries"))]
    lines += [f'Acquire::{kind}::Proxy "{os.environ[f"{kind}_proxy"]}";'
              for kind in ("http", "https") if f"{kind}_proxy" in os.environ]
    return "\n".join(lines) + "\n"


def scope(name):
    """What comes before the command: systemd gives it cgroups that it may divide. (Under a
    name that is new: the last boot's may still be in use for a moment.)"""
    if not SYSTEMD:
        return []
    return ["systemd-run", "--quiet", "--scope", "--collect", "--property=Delegate=yes",
            f"--unit={name}-{time.time_ns()}"]
