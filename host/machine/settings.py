"""What Ansible says to the machines of this host: secrets, and of the named machines their
files in config and their units. Of all at once, since each file by itself would take Ansible a
second."""

import difflib
import json
import os
import re
import sys

import common
import lead
from common import WrongUse
from guest import quoted

UNITS = "/etc/systemd/system"
UNIT = f"{os.path.dirname(__file__)}/allday-machine@.service"
PATH = re.compile(r"[a-z][a-z0-9_.-]*(/[a-z][a-z0-9_.-]*)*")


def given(make, meaning):
    """{path: text}, made of a JSON object on standard input."""
    try:
        files = dict(item for one in json.load(sys.stdin).items() for item in make(*one))
        if all(isinstance(text, str) and PATH.fullmatch(path) for path, text in files.items()):
            return files
    except (AttributeError, KeyError, TypeError, ValueError):
        pass
    raise WrongUse(f"standard input: {meaning} is wanted")


def text_of(path):
    """None where there is no such file."""
    try:
        with open(path) as file:
            return file.read()
    except FileNotFoundError:
        return None


def put(directory, files, mode, check):
    """Prints the names of those that are new; with --check, that would be. [(path, before, after)]
    of them."""
    new = [(f"{directory}/{path}", text_of(f"{directory}/{path}"), text) for path, text in files.items()]
    new = [one for one in new if one[1] != one[2]]
    for place, _, text in new:
        print(place.removeprefix(f"{directory}/"))
        if not check:
            os.makedirs(os.path.dirname(place), exist_ok=True)
            common.write(place, text, mode)
    return new


def show(changes):
    """On standard error, for ansible's --diff: standard output says only that there are some."""
    for path, before, after in changes:
        sys.stderr.writelines(difflib.unified_diff(
            (before or "").splitlines(True), after.splitlines(True), path, path))


def secrets(environment, check=""):
    files = given(lambda name, text: [(name, text + "\n")], "{NAME: text}")
    put(f"{common.ETC}/{environment}/secrets", files, 0o600, check)


def files_of(name, said):
    yield f"{name}/machine.env", "".join(
        f"{variable}={quoted(text)}\n" for variable, text in said["settings"].items())
    for path, text in said["files"].items():
        yield f"{name}/{path}", text


def by_machine(files):
    found = {}
    for path, text in files.items():
        name, _, path = path.partition("/")
        found.setdefault(name, {})[path] = text
    return found


def units(environment, names):
    """No template of all environments: each has the unit of its own release."""
    with open(UNIT) as file:
        text = file.read().replace("@ENV.", f"@{environment}.")
    return {common.unit(environment, name): text for name in names}


def take(environment, check=""):
    machines = by_machine(given(
        files_of, '{machine: {"settings": {NAME: text}, "files": {path: text}}}'))
    show(put(UNITS, units(environment, machines), 0o644, check))
    for name, files in machines.items():
        now, missing = lead.kept(environment, name, files)
        show(put(f"{common.LIB}/{environment}", {
            f"{name}/config/{path}": text for path, text in now.items()}, 0o644, check))
        if missing:
            print(f"{name} leads to {' '.join(sorted(lead.targets(now)))} until an instance is in "
                  f"service there of {' '.join(missing)}")
