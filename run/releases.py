"""Releases: what instances run. Each is a directory of the state directory and never changes."""

import hashlib
import re
import shutil
import tarfile

from environment import ROOT
from processes import Failed

KEPT = 5  # of those that nothing names; the newest
BUILT = ROOT / "build/release"


def built():
    """The file of what `make build` has built last; its name is the id."""
    try:
        return BUILT / (BUILT / "current").read_text().strip()
    except OSError:
        raise Failed("there is no release: `make build` makes it") from None


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


def require(state, ident):
    if not re.fullmatch("[A-Za-z0-9._-]+", ident) or not (state / "releases" / ident).is_dir():
        there = ", ".join(sorted(path.name for path in (state / "releases").iterdir()))
        raise Failed(f"there is no release {ident} here, but {there}")
    return ident


def named(groups):
    """By what `asg status --json` says of the groups: also what an instance in standby runs, and what is under way."""
    return {name for group in groups
            for name in (group["release"], group["previous"], (group["refresh"] or {}).get("target"),
                         *(one["release"] for one in group["instances"]))}


def prune(state, named):
    """All but those that are named, and the newest."""
    there = sorted((state / "releases").iterdir(), key=lambda path: path.stat().st_ctime_ns, reverse=True)
    for path in [path for path in there if path.name not in named][KEPT:]:
        shutil.rmtree(path, ignore_errors=True)
