"""What is kept between clouds: a plain Debian tree, as a provider of servers delivers it,
the image trees that hosts built of their own, and what apt has downloaded."""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import subprocess

from system import Failed, call, die_with_parent, mounts_under

# Priority important and above, and what every provider adds. Nothing of what our roles
# install is in it.
PACKAGES = ("ca-certificates", "dbus", "openssh-server", "python3", "sudo", "systemd-sysv")

# A host shares this machine's kernel and devices: it must not have udev ask every device
# for its events, and of what Debian sets in a kernel only have what is of its own network.
CUSTOMIZE = r"""
set -eu
cd "$1"
rm -f etc/ssh/ssh_host_* etc/machine-id var/lib/dbus/machine-id
sed -i '/^-\{0,1\}net\./!d' usr/lib/sysctl.d/*
for unit in systemd-udevd.service systemd-udevd-kernel.socket systemd-udevd-control.socket \
	systemd-udev-trigger.service systemd-udev-settle.service; do
	ln -sf /dev/null "etc/systemd/system/$unit"
done
"""


def suite():
    text = pathlib.Path("/etc/os-release").read_text()
    return re.search(r"^VERSION_CODENAME=(\w+)", text, re.M)[1]


def sources(debian):
    """Debian's own of what apt is told on this machine, whatever file and form it is in."""
    lines = call("apt-get", "indextargets", "--format",
                 "deb $(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages").splitlines()
    found = sorted({line.replace(f" {suite()}", f" {debian}") for line in lines
                    if line.split()[2].split("-")[0] == suite()})
    if not found:
        raise Failed(f"apt on this machine has no sources of Debian {suite()}")
    return "\n".join(found) + "\n"


class Cache:
    def __init__(self, path, debian=None):
        self.path = path
        self.debian = debian or suite()
        self.images = path / "images"
        self.packages = path / f"packages-{self.debian}"

    @contextlib.contextmanager
    def lock(self):
        """Held by who builds or adds, and by the programs it started: what somebody before us
        has left half made is not being written any more. (Of a directory: no file is left.)"""
        self.path.mkdir(parents=True, exist_ok=True)
        if self.path.stat().st_uid:
            raise Failed(f"{self.path} is to belong to root: what is in it, root runs")
        handle = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            os.set_inheritable(handle, True)
            for left in [*self.path.glob(".new-*"), *self.images.glob(".new-*")]:
                remove(left)
            yield handle
        finally:
            os.close(handle)

    def recipe(self):
        text = sources(self.debian)
        known = hashlib.sha256("\n".join([text, CUSTOMIZE, *PACKAGES]).encode())
        return f"host-{self.debian}-{known.hexdigest()[:8]}", text

    def tree(self):
        """The path of the Debian tree, which is made when it is not there."""
        name, text = self.recipe()
        with self.lock() as handle:
            for place in (self.images, self.packages):
                place.mkdir(exist_ok=True)
            if not (self.path / name).exists():
                self.build(name, text, handle)
        return self.path / name

    def build(self, name, text, handle):
        new = self.path / f".new-{name}"
        hook = self.path / f".new-{name}.hook"
        hook.write_text(CUSTOMIZE)
        done = subprocess.run(
            ["mmdebstrap", "--quiet", "--mode=root", "--variant=important",
             "--include=" + ",".join(PACKAGES), f"--customize-hook=sh {hook} \"$1\"",
             self.debian, new, "-"], input=text, text=True, capture_output=True,
            pass_fds=[handle], preexec_fn=die_with_parent)
        if done.returncode:
            raise Failed(f"a Debian tree could not be made: {done.stderr.strip()[-500:]}")
        hook.unlink()
        new.rename(self.path / name)

    def tidy(self):
        """When no cloud is up: trees of old recipes, and all but the last two images."""
        if not self.path.exists():
            return
        name, _ = self.recipe()
        images = sorted(self.images.glob(f"{self.debian}-*"))
        old = [tree for tree in self.path.glob(f"host-{self.debian}-*") if tree.name != name]
        with self.lock():
            for tree in old + images[:-2]:
                remove(tree)

    # ---- what hosts leave for those after them

    def keep_images(self, place):
        """One of each recipe that a host has built; what is mounted there is the cache's."""
        with self.lock():
            for image in sorted(place.glob("[a-z]*-[0-9]*-*")):
                debian, _, recipe = image.name.split("-")
                if not image.is_mount() and not any(self.images.glob(f"{debian}-*-{recipe}")):
                    self.take(image, self.images / image.name)

    def keep_packages(self, root):
        """apt's lists and .debs, so that the next run does not measure a network."""
        with self.lock():
            for name in ("var/cache/apt/archives", "var/lib/apt/lists"):
                if not (root / name).is_dir():
                    continue
                into = self.packages / name
                into.mkdir(parents=True, exist_ok=True)
                call("cp", "--archive", "--no-target-directory", "--update", root / name, into)
                (into / "lock").unlink(missing_ok=True)

    def take(self, source, target):
        new = self.path / f".new-{target.name}"
        call("cp", "--archive", "--no-target-directory", source, new)
        new.rename(target)


def remove(path):
    """Something may be mounted in it that is somebody else's; then it stays."""
    if path.is_file():
        path.unlink()
    elif not mounts_under(path):
        shutil.rmtree(path)
