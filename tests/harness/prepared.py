"""A database as the runner has made and migrated it, for environments of tests: that takes longer
than all else of their start, and is the same each time. It is made by an environment that has no
instances, once for what makes it, and kept in build/database; `make run` makes its own."""

import hashlib
import os
import pathlib
import shutil
import subprocess

from waiting import locked

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEPT = ROOT / "build/database"
# Of a state directory: what a runner finds there after an earlier one.
PARTS = "lock", "mysql", "secrets"


def recipe():
    """A name for what it is made of, and for whom."""
    environment = os.environ | {"PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}
    server = subprocess.run(["mariadbd", "--no-defaults", "--version"], env=environment,
                            capture_output=True, check=True).stdout
    known = hashlib.sha256(server + str(os.geteuid()).encode())
    for path in [*sorted((ROOT / "sql").rglob("*")), ROOT / "run/database.py"]:
        if path.is_file():
            known.update(path.name.encode() + b"\0" + path.read_bytes())
    return known.hexdigest()[:16]


def prepared(make):
    """The directory with PARTS. make(): a context in which a state directory is, without the
    database, whose runner has ended."""
    KEPT.mkdir(parents=True, exist_ok=True)
    place = KEPT / recipe()
    with locked(KEPT):
        if not place.exists():
            for old in KEPT.iterdir():
                shutil.rmtree(old)
            new = place.with_suffix(".new")
            new.mkdir()
            with make() as state:
                copy(state, new)
            new.rename(place)
    return place


def copy(source, target):
    """With owners; what is empty in a file takes no room (most of InnoDB's log)."""
    subprocess.run(["cp", "-a", "--sparse=always", "--reflink=auto",
                    *(source / part for part in PARTS), target], check=True)
