"""A golden Debian tree, by mmdebstrap from the package sources of this host."""

import contextlib
import fcntl
import glob
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import common
import kernel
import trees
from common import Failed

NEEDED = 1500  # MB free, while it is made
UNFINISHED = ".building"
# Nobody reads a manual in a machine.
OPTIONS = ["--variant=minbase", "--dpkgopt=path-exclude=/usr/share/man/*",
           "--dpkgopt=path-exclude=/usr/share/locale/*", "--dpkgopt=path-exclude=/usr/share/info/*",
           "--dpkgopt=path-exclude=/usr/share/doc/*",
           "--dpkgopt=path-include=/usr/share/doc/*/copyright"]
REMOVED = [
    # Of the host where it was made.
    "etc/hostname", "etc/resolv.conf", "etc/apt/apt.conf.d/99mmdebstrap",
    # A machine starts what its allday-ROLE.target wants, and no more. To run the generators and
    # read all that packages wish would be half of its start, 0.15 s of CPU time.
    "usr/lib/systemd/system-generators/*", "usr/lib/systemd/system/*.wants/*",
    "etc/systemd/system/*.wants/*"]


# ---- of what


def host_suite():
    with open("/etc/os-release") as file:
        found = re.search(r'^VERSION_CODENAME="?([a-z]+)', file.read(), re.M)
    if not found:
        raise Failed("/etc/os-release does not name a Debian release (VERSION_CODENAME)")
    return found[1]


def packages(suite):
    directory = os.environ.get("ALLDAY_PACKAGES") or "/usr/share/allday/image"
    path = f"{directory}/packages.{suite}"
    if not os.path.exists(path):
        raise Failed(f"there is no list of packages for {suite}: {path} is missing")
    with open(path) as file:
        return sorted(word for line in file for word in line.partition("#")[0].split())


def recipe(suite):
    text = repr((OPTIONS, REMOVED, packages(suite)))
    return hashlib.sha256(text.encode()).hexdigest()[:8]


# ---- from where


def stanzas():
    """The sources of deb822 files, each a dict."""
    for path in sorted(glob.glob("/etc/apt/sources.list.d/*.sources")):
        with open(path) as file:
            lines = [line for line in file.read().splitlines() if not line.startswith("#")]
        for text in re.split(r"\n\s*\n", "\n".join(lines)):
            fields = re.findall(r"^([A-Za-z-]+):\s*(.*(?:\n[ \t].*)*)", text, re.M)
            yield {key.lower(): value.split() for key, value in fields}


def one_liners():
    paths = ["/etc/apt/sources.list", *sorted(glob.glob("/etc/apt/sources.list.d/*.list"))]
    for path in filter(os.path.exists, paths):
        with open(path) as file:
            for line in file:
                found = re.match(r"\s*(deb)\s+(?:\[([^]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#\n]+)", line)
                if found:
                    options = dict(word.split("=", 1) for word in (found[2] or "").split()
                                   if "=" in word)
                    yield {"types": ["deb"], "uris": [found[3]], "suites": [found[4]],
                           "components": found[5].split(),
                           "signed-by": options.get("signed-by", "").split()}


def of_debian(source):
    """By its key: others' packages have nothing to do with a machine."""
    keys = source.get("signed-by", [])
    return "deb" in source.get("types", []) and source.get("enabled") != ["no"] and \
        all("/debian-archive-" in key for key in keys)


def sources(suite):
    """Lines of apt for that suite, its updates and security."""
    here, lines = host_suite(), []
    for source in filter(of_debian, [*stanzas(), *one_liners()]):
        key = "".join(f"[signed-by={key}] " for key in source.get("signed-by", [])[:1])
        for uri in source.get("uris", []):
            for name in source.get("suites", []):
                if re.fullmatch(f"{here}(-updates|-security|/updates)?", name):
                    name = suite + name[len(here):]
                    lines.append(f"deb {key}{uri} {name} {' '.join(source['components'])}\n")
    if not lines:
        raise Failed(f"/etc/apt/sources.list and sources.list.d list no source of {here}")
    return "".join(dict.fromkeys(lines))


def apt_options():
    """How this host reaches them (proxies and the like); not kept in the image."""
    wanted = re.compile(r"Acquire::(https?::|Check-|Retries)")
    return [f"--aptopt={line.rstrip(';')}" for line in
            common.tool("apt-config", "dump").splitlines()
            if wanted.match(line) and not line.endswith('"";')]


# ---- made


def check_host():
    if os.geteuid() != 0:
        raise Failed("only root can make an image")
    if not shutil.which("mmdebstrap"):
        raise Failed("mmdebstrap is not installed")
    os.makedirs(common.images(), exist_ok=True)
    about = os.statvfs(common.images())
    free = about.f_bavail * about.f_frsize // 1_000_000
    if free < NEEDED:
        raise Failed(f"{common.images()} has {free} MB free, an image needs {NEEDED}")


@contextlib.contextmanager
def one_at_a_time():
    """Two would write into one directory."""
    os.makedirs(common.images(), exist_ok=True)
    handle = os.open(common.images(), os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def debootstrap(suite, directory, lock):
    """In namespaces of its own, so that whoever ends this program ends all of it and its
    mounts; the lock is theirs too, should they take a moment longer."""
    os.makedirs(f"{directory}/tmp")
    argv = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
            "mmdebstrap", "--quiet", "--mode=root", *OPTIONS, *apt_options(),
            "--include=" + ",".join(packages(suite)), suite, f"{directory}/tree", "-"]
    done = subprocess.run(argv, input=sources(suite), text=True, stdout=sys.stderr,
                          stderr=subprocess.PIPE, pass_fds=[lock],
                          preexec_fn=kernel.die_with_parent,
                          env=os.environ | {"TMPDIR": f"{directory}/tmp"})
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if re.search(r"^[EW]:", line)]
        raise Failed("mmdebstrap: " + (" ".join(lines[-3:]) or f"status {done.returncode}"))


def clean(tree):
    for path in (path for name in REMOVED for path in glob.glob(f"{tree}/{name}")):
        os.unlink(path)
    # Empty: it gets one at each start, and is not taken for newly installed.
    with open(f"{tree}/etc/machine-id", "w"):
        pass


def remove_unfinished():
    with one_at_a_time():
        shutil.rmtree(f"{common.images()}/{UNFINISHED}", ignore_errors=True)


def make(suite, lock):
    directory = f"{common.images()}/{UNFINISHED}"
    if os.path.lexists(directory):
        shutil.rmtree(directory)
    try:
        debootstrap(suite, directory, lock)
        clean(f"{directory}/tree")
        os.sync()  # a tree in its place is a whole one, after a power cut too
        stamp = time.strftime("%Y%m%d%H%M%S", time.gmtime())
        ident = f"{suite}-{stamp}-{recipe(suite)}"
        os.rename(f"{directory}/tree", f"{common.images()}/{ident}")
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return ident


def build(suite=""):
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(111))
    suite = suite or host_suite()
    packages(suite)
    check_host()
    with one_at_a_time() as lock:
        print(make(suite, lock))


def newest(suite):
    pattern = re.compile(f"{suite}-[0-9]{{14}}-{recipe(suite)}")
    return [ident for ident in trees.idents("image") if pattern.fullmatch(ident)][-1:]


def ensure(suite=""):
    """One of this recipe, in this suite: the newest, else a new one."""
    suite = suite or host_suite()
    if not newest(suite):
        build(suite)
    else:
        print(*newest(suite))
