"""What is asked of the system: commands, locks, processes, mounts."""

import ctypes
import os
import pathlib
import signal
import subprocess


class Failed(Exception):
    """What went wrong, as a sentence."""


def call(*argv, text=None, check=True):
    done = subprocess.run(argv, input=text, capture_output=True, text=True)
    if check and done.returncode:
        raise Failed(f"{' '.join(map(str, argv))}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def write(path, text):
    """Whole or not at all."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(text)
    new.rename(path)


def pids_in(namespace):
    return [int(pid) for pid in call("ip", "netns", "pids", namespace, check=False).split()]


def processes():
    for place in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes().decode(errors="replace").split("\0")[:-1]
        except OSError:
            continue
        if words:
            yield int(place.name), words


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def mounts_under(path):
    """Mount points, the last mounted first."""
    table = pathlib.Path("/proc/self/mountinfo").read_text().splitlines()
    points = [line.split()[4].replace("\\040", " ").removesuffix("//deleted") for line in table]
    return [point for point in reversed(points) if (point + "/").startswith(f"{path}/")]


def unmount(path):
    for point in mounts_under(path):
        call("umount", "--lazy", point, check=False)


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
