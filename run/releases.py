"""Releases: what instances run. Each is a directory of the state directory and never changes."""

import hashlib
import pathlib
import shutil
import subprocess
import tarfile

from environment import ROOT
from processes import Failed

KEPT = 5  # of those that nothing names; the newest
PROGRAM = ROOT / "host/release/build"


def build():
    """Of what stands in the checkout, by whoever may write there: its file, whose name is the id."""
    done = subprocess.run([PROGRAM], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"the release was not built:\n{done.stderr.strip()}")
    return pathlib.Path(done.stdout.strip())


def take(state, file):
    """Unpack it, beside its place at first; its id."""
    ident = file.stem
    place = state / "releases" / ident
    if place.exists():
        return ident
    if hashlib.sha256(file.read_bytes()).hexdigest()[:len(ident)] != ident:
        raise Failed(f"{file} is damaged: its checksum does not begin with {ident}")
    new = place.with_name(f"{ident}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    with tarfile.open(file) as tar:
        tar.extractall(new)
    new.rename(place)
    return ident


def prune(state, named):
    """All but those that are named, and the newest."""
    there = sorted((state / "releases").iterdir(), key=lambda path: path.stat().st_ctime_ns, reverse=True)
    for path in [path for path in there if path.name not in named][KEPT:]:
        shutil.rmtree(path, ignore_errors=True)
