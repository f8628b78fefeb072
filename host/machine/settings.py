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
    raise WrongUse(f"standard input must be a JSON object: {meaning}")


def text_of(path):
    """None where there is no such file."""
    try:
        with open(path) as file:
            return file.read()
    except FileNotFoundError:
        return None


def write_changed(directory, files, mode, check):
    """{path: text before, or None} of those that are other than they were; with --check, that
    would be."""
    before = {path: text_of(f"{directory}/{path}") for path in files}
    changed = {path: text for path, text in before.items() if text != files[path]}
    for path in changed if not check else ():
        os.makedirs(os.path.dirname(f"{directory}/{path}"), exist_ok=True)
        common.write(f"{directory}/{path}", files[path], mode)
    return changed


def show(directory, changed, files):
    """On standard error, for ansible's --diff."""
    for path, before in changed.items():
        name = f"{directory}/{path}"
        sys.stderr.writelines(difflib.unified_diff(
            (before or "").splitlines(True), files[path].splitlines(True), name, name))


def secrets(environment, check=""):
    files = given(lambda name, text: [(name, text + "\n")], "{NAME: text}")
    for name in write_changed(f"{common.ETC}/{environment}/secrets", files, 0o600, check):
        print(name)


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


def write_units(environment, names, check):
    files = units(environment, names)
    changed = write_changed(UNITS, files, 0o644, check)
    show(UNITS, changed, files)
    return list(changed)


def write_config(environment, name, files, check):
    """The paths that change, and where it leads meanwhile: a list of one, or of none."""
    now, missing = lead.kept(environment, name, files)
    there, files = f"{common.LIB}/{environment}", {f"{name}/config/{path}": text for path, text in now.items()}
    changed = write_changed(there, files, 0o644, check)
    show(there, changed, files)
    return list(changed), [{"balancer": name, "to": sorted(lead.targets(now)), "until": missing}] * bool(missing)


def settings(environment, check=""):
    """Prints a JSON object; of what changes, with --check of what would: {"units": [name],
    "files": [path], "leads": [{"balancer": name, "to": [group], "until": [group]}]}, the
    balancers that go on as before until there is an instance in service of the groups in `until`."""
    machines = by_machine(given(
        files_of, '{machine: {"settings": {NAME: text}, "files": {path: text}}}'))
    said = {"units": write_units(environment, machines, check), "files": [], "leads": []}
    for name, files in machines.items():
        changed, leads = write_config(environment, name, files, check)
        said["files"] += changed
        said["leads"] += leads
    print(json.dumps(said))
