"""What is written down of an environment does not grow without end."""

import asyncio
import contextlib
import os
import shutil

SIZE = 16 << 20  # bytes of a log; then it becomes NAME.1, and a new one begins
EVERY = 1        # seconds between two looks


def all_of(state):
    for directory, names in ((state / "log", "*.log"), (state / "instances", "*/console.log")):
        yield from directory.glob(names)


def bound(path, size=SIZE):
    """Whoever writes it has it open, to append, and goes on in the file that is empty now.
    (What is written in the moment between copy and cut is lost.)"""
    if path.stat().st_size > size:
        shutil.copyfile(path, f"{path}.1")
        os.truncate(path, 0)


async def watch(state):
    while True:
        for path in all_of(state):
            with contextlib.suppress(OSError):  # an instance that is just ended
                bound(path)
        await asyncio.sleep(EVERY)
