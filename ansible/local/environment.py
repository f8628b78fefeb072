"""The environment: its file above the defaults of local.yml, checked by asg."""

import json
import pathlib
import subprocess

from processes import Failed

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEFAULTS = ROOT / "ansible/environments/local.yml"


def check_provider(path, name):
    """Its executable is the runner's business, not asg's."""
    known = sorted(file.name for file in (ROOT / "asg/providers").iterdir())
    if name not in known:
        raise Failed(f"{path}: provider must be the name of a file in asg/providers "
                     f"({', '.join(known)}), not \"{name}\"")


def check_groups(path, groups):
    """The balancers of this machine are those of two groups (balancers.py)."""
    for name in groups:
        if name not in ("web", "api"):
            raise Failed(f"{path}: groups.{name} cannot be launched here: with the provider of "
                         f"`make run` there are web and api; others are for hosts (nspawn)")


def check_place(path, environment):
    if environment["provider"] == "nspawn":
        raise Failed(f"{path}: provider is nspawn, which is for hosts (ansible/create.yml); "
                     f"`make run` needs process")


def read(path):
    """All of it: asg fills in what was left out, and makes `listen` a list."""
    try:
        done = subprocess.run(
            [ROOT / "build/bin/asg", "check", "--json", "--defaults", DEFAULTS, path],
            stdin=subprocess.DEVNULL, capture_output=True, text=True)
    except FileNotFoundError:
        raise Failed("build/bin/asg is missing; `make` builds it") from None
    if done.returncode:
        raise Failed(done.stderr.strip() or f"asg check failed (status {done.returncode})")
    environment = json.loads(done.stdout)
    check_provider(path, environment["provider"])
    check_place(path, environment)
    check_groups(path, environment["groups"])
    return environment
