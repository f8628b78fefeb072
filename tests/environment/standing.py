"""Clouds on test hosts: made for who wants one and removed at the end, or those that stand."""

import contextlib
import os
import pathlib
import subprocess
import tempfile

from cloud import ROOT, Cloud
from tree import Cache
from waiting import locked

HOSTS = ROOT / "tests/environment/hosts"


def directory():
    """For hosts: on a real disk, which /tmp need not be."""
    (ROOT / "var").mkdir(exist_ok=True)
    return pathlib.Path(tempfile.mkdtemp(prefix="cloud-", dir=ROOT / "var"))


@contextlib.contextmanager
def hosts(number):
    """So many, with nothing of ours on them: the state directory."""
    state = directory()
    try:
        subprocess.run([HOSTS, "--state", state, "up", str(number)], check=True)
        yield state
    finally:
        subprocess.run([HOSTS, "--state", state, "down"], check=True)


def turn():
    """Where no image is kept yet, one cloud is made after the other: what the first one builds is
    there for the others."""
    images = Cache(pathlib.Path(os.environ.get("ALLDAY_CACHE") or ROOT / "var/cache")).images
    if any(images.glob("[a-z]*-[0-9]*-*")):
        return contextlib.nullcontext()
    images.mkdir(parents=True, exist_ok=True)
    return locked(images)


@contextlib.contextmanager
def made(number, standing):
    if standing and pathlib.Path(standing).exists():
        yield Cloud(standing)
        return
    with contextlib.ExitStack() as stack:
        with turn():
            cloud = Cloud(stack.enter_context(hosts(number)))
            cloud.create()
        yield cloud
