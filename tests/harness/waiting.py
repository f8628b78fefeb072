"""How tests wait: for what they want to see, not for a time."""

import contextlib
import fcntl
import os
import pathlib
import signal
import time


def wait_for(condition, seconds=60, what=None):
    """The first true value of condition(). AssertionError when there is none in so many seconds,
    which are for a slow machine and not for a test to measure by. Who is slow to answer is not
    asked all the time: it gets as long a rest as it took, up to half a second."""
    start = time.monotonic()
    while True:
        asked = time.monotonic()
        if value := condition():
            return value
        now = time.monotonic()
        assert now - start < seconds, \
            f"not within {seconds} s: {what or condition.__doc__ or 'what was waited for'}"
        time.sleep(min(0.5, max(0.01, now - asked)))


def is_stopped(pid):
    """All of its threads (one of which may end while they are looked at)."""
    try:
        return all((task / "stat").read_text().rpartition(") ")[2].startswith("T")
                   for task in pathlib.Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return False


def pause(pid):
    """SIGSTOP, until nothing of the process runs any more: one of its threads might yet answer."""
    os.kill(pid, signal.SIGSTOP)
    wait_for(lambda: is_stopped(pid), what=f"process {pid} stops")


@contextlib.contextmanager
def locked(directory):
    """One of us at a time; the lock is of the directory itself, so no file is left."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
