"""Calls of the system that Python 3.11 does not have; a process for each would cost more
than all else of a launch."""

import contextlib
import ctypes
import os

NEW_MOUNTS, NEW_NETWORK, NEW_USERS = 0x20000, 0x40000000, 0x10000000
NO_SUID, NO_DEVICES, RECURSIVE, SLAVE = 2, 4, 0x4000, 1 << 19
PARENT_DEATH = 1
# The same numbers on every architecture.
OPEN_TREE, MOVE_MOUNT, MOUNT_SETATTR = 428, 429, 442
HERE, EMPTY_PATH, CLONE_TREE, FROM_HANDLE = -100, 0x1000, 1, 4
ATTR_READ_ONLY, ATTR_IDMAP = 1, 0x100000

libc = ctypes.CDLL(None, use_errno=True)
libc.mount.argtypes = [ctypes.c_char_p] * 3 + [ctypes.c_ulong, ctypes.c_char_p]
libc.syscall.argtypes = None


def check(result, what):
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), what)
    return result


# ---- mounts


def own_mounts():
    """What this process mounts from now on ends with it and its children, however they end."""
    check(libc.unshare(NEW_MOUNTS), "mount namespace")
    check(libc.mount(None, b"/", None, RECURSIVE | SLAVE, None), "/")


def mount(kind, target, options):
    check(libc.mount(kind.encode(), target.encode(), kind.encode(), NO_SUID | NO_DEVICES,
                     options.encode()), target)


class MountAttributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "users")]


def mount_shifted(source, target, users):
    """The directory once more, read-only, with the owners as those users see them. ext4, xfs
    and btrfs can do that."""
    tree = check(libc.syscall(OPEN_TREE, HERE, source.encode(), CLONE_TREE | os.O_CLOEXEC), source)
    wanted = MountAttributes(ATTR_IDMAP | ATTR_READ_ONLY, 0, 0, users)
    check(libc.syscall(MOUNT_SETATTR, tree, b"", EMPTY_PATH, ctypes.byref(wanted),
                       ctypes.sizeof(wanted)),
          f"the owners of {source} cannot be shifted (is it on ext4, xfs or btrfs?)")
    check(libc.syscall(MOVE_MOUNT, tree, b"", HERE, target.encode(), FROM_HANDLE), target)
    os.close(tree)


# ---- users


def users(first, count):
    """Handle of a user namespace whose 0 is `first`."""
    ready, made = os.pipe()
    end, ended = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ended)
        os.write(made, b"." if libc.unshare(NEW_USERS) == 0 else b"!")
        os.read(end, 1)
        os._exit(0)
    try:
        if os.read(ready, 1) != b".":
            raise OSError("this kernel makes no user namespace")
        for name in ("uid_map", "gid_map"):
            with open(f"/proc/{child}/{name}", "w") as file:
                file.write(f"0 {first} {count}\n")
        return os.open(f"/proc/{child}/ns/user", os.O_RDONLY)
    finally:
        for handle in (ready, made, end, ended):
            os.close(handle)
        os.waitpid(child, 0)


# ---- networks


def enter_network(path):
    with open(path) as other:
        check(libc.setns(other.fileno(), NEW_NETWORK), path)


@contextlib.contextmanager
def network(path):
    """What is made inside the block is of that network."""
    with open("/proc/self/ns/net") as home:
        enter_network(path)
        try:
            yield
        finally:
            check(libc.setns(home.fileno(), NEW_NETWORK), "the host's network")


# ---- processes


def die_with_parent():
    import signal
    check(libc.prctl(PARENT_DEATH, signal.SIGKILL, 0, 0, 0), "prctl")
