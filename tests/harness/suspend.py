"""A process that is stopped for a while, as one that hangs."""

import contextlib
import os
import pathlib
import signal
import time


def states(pid):
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            yield (task / "stat").read_text().rpartition(")")[2].split()[0]


def suspend(pid):
    """When it returns no thread of it goes on: kill() tells one of them, and the others may answer
    somebody before they hear of it."""
    os.kill(pid, signal.SIGSTOP)
    while any(state not in "TtZX" for state in states(pid)):
        time.sleep(0.001)
