"""The directory an environment lives in, and the user it runs as."""

import contextlib
import errno
import fcntl
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import time

from environment import ROOT
from processes import Failed, started_at, status

# The checkout, seen from the state directory: servers are given this name, and paths below
# the state directory, where they run. So nothing in the names of either can mean something
# in a server's file or list.
CHECKOUT = "checkout"
USER = "www-data"      # on every Debian; the same as nginx's own
SOCKET_PATH = 107      # the longest path of a unix socket
LONGEST = "/run/app-16.sock"  # of those that are not spoken to from their own directory
# Names in var/ that are root's and of no environment: `make cloud` has them.
APART = re.compile("cache$|cloud")
ROOM = 300 * 1024 ** 2  # a new database and some logs


def directory(environment):
    path = os.environ.get("ALLDAY_STATE") or environment["state"]
    path = pathlib.Path(os.path.abspath(ROOT / path))
    if len(os.fsencode(path)) + len(LONGEST) > SOCKET_PATH:
        raise Failed(f"the path of the state directory, {path}, is too long for unix sockets: "
                     f"{SOCKET_PATH - len(LONGEST)} bytes at most")
    if not (path / "lock").exists() and path.is_dir() and \
            not all(map(APART.match, os.listdir(path))):
        raise Failed(f"{path} is not empty and not a state directory; name another one")
    return path


def prepare(path):
    """Make it, or take it over; as somebody else if this is root."""
    path.mkdir(parents=True, exist_ok=True)
    if os.geteuid() not in (0, path.stat().st_uid):
        raise Failed(f"{path} belongs to {path.owner()}; remove it or name another directory")
    if os.geteuid() == 0:
        hand_over(path)
    os.umask(0o027)
    os.close(open_lock(path))
    for name in ("log", "run", "tmp", "instances"):
        (path / name).mkdir(exist_ok=True)
    point_to_checkout(path)
    if shutil.disk_usage(path).free < ROOM:
        raise Failed(f"less than {ROOM // 1024 ** 2} MB are free on the disk of {path}")


def point_to_checkout(path):
    new = path / f"{CHECKOUT}.new"
    new.unlink(missing_ok=True)
    new.symlink_to(ROOT)
    new.rename(path / CHECKOUT)


def hand_over(path):
    """Root gives the state directory, and itself, to www-data: no server here needs
    root. A checkout below /root is closed to www-data; then all of it stays root."""
    user = pwd.getpwnam(USER)
    give(path, user)
    reachable = all(subprocess.run(["test", flag, place], user=user.pw_uid, group=user.pw_gid,
                                   extra_groups=[]).returncode == 0
                    for flag, place in (("-r", ROOT / "nginx/api.conf"), ("-w", path)))
    if not reachable:
        give(path, pwd.getpwuid(0))
    become_owner(path)


def become_owner(path):
    """Root becomes whom the directory belongs to: what that user has written there, names
    of processes too, is believed with that user's rights alone."""
    user = pwd.getpwuid(path.stat().st_uid)
    if os.geteuid() or not user.pw_uid:
        return
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    os.environ |= {"HOME": str(path), "USER": user.pw_name, "LOGNAME": user.pw_name}


def give(path, user):
    if path.stat().st_uid == user.pw_uid:
        return
    for parent, below, files in os.walk(path):
        below[:] = [name for name in below if parent != str(path) or not APART.match(name)]
        for place in (parent, *(os.path.join(parent, file) for file in files)):
            os.chown(place, user.pw_uid, user.pw_gid, follow_symlinks=False)


def open_lock(path):
    """For its owner alone: whoever may open a file may lock it."""
    handle = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    os.fchmod(handle, 0o600)
    return handle


def lock(path):
    """Held until this process ends, however it ends."""
    file = open(open_lock(path), "r+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno != errno.EWOULDBLOCK:
            raise
        raise Failed(f"process {file.read().partition(' ')[0]} runs this environment already "
                     f"({path})") from None
    file.truncate()
    file.write(f"{os.getpid()} {started_at(os.getpid())}")
    file.flush()
    return file


def end_holder(path, file):
    """A number alone may be another's by now; with its start it is one process for ever."""
    pid, _, start = file.read().partition(" ")
    with contextlib.suppress(ValueError, OverflowError, ProcessLookupError):
        handle = os.pidfd_open(int(pid)) if pid.isdigit() else None
        if handle is not None and started_at(pid) == start:
            stopped = status(pid)[0] == "T"  # it cannot hear
            signal.pidfd_send_signal(handle, signal.SIGKILL if stopped else signal.SIGTERM)
            os.close(handle)
            return
    raise Failed(f"{path}/lock is held, but not by the process that it names; "
                 f"`fuser {path}/lock` shows which process holds it")


def lock_from(path):
    """The lock, even if its holder must be asked to end for it."""
    try:
        return lock(path)
    except Failed:
        with open(open_lock(path)) as file:
            end_holder(path, file)
            fcntl.flock(file, fcntl.LOCK_EX)
        return lock(path)


def operator():
    """Who types, whoever that becomes then."""
    with contextlib.suppress(KeyError):
        return os.environ.get("ASG_OPERATOR") or os.environ.get("SUDO_USER") or pwd.getpwuid(os.getuid()).pw_name
    return str(os.getuid())


@contextlib.contextmanager
def operation(path, what, who):
    """One at a time changes what runs. Ended with this process, however it ends; the next one is told who is at it."""
    handle = os.open(path / "operation", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with open(handle, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failed(f"{file.read().strip() or 'another operation'} is at work") from None
        file.truncate()
        file.write(f"{what} of {who} (process {os.getpid()}), since {time.strftime('%Y-%m-%d %H:%M:%S')},\n")
        file.flush()
        yield
