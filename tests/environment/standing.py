"""Clouds on test hosts: made for who wants one and removed at the end, or those that stand."""

import contextlib
import pathlib
import subprocess
import tempfile

from cloud import ROOT, Cloud

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


@contextlib.contextmanager
def made(number, standing):
    if standing and pathlib.Path(standing).exists():
        yield Cloud(standing)
        return
    with hosts(number) as state:
        cloud = Cloud(state)
        cloud.create()
        yield cloud
