"""The instances that run get the settings that environment.json has now: another address of
the database. (All else that a launch was told stays as it was.)"""

import os
import re
import subprocess

import common
import guest
import instances
from common import Failed

WHICH = ("DB_ADDRESS",)
# Started too often in a minute, a program would stay dead: these starts are ours.
AGAIN = ("systemctl reset-failed 'allday-program@*' && "
         "systemctl restart 'allday-program@*'")


def changed(text, settings):
    for name in WHICH:
        if name in settings:
            line = f"{name}={guest.quoted(settings[name])}"
            text = re.sub(rf"^{name}=.*$", lambda _, line=line: line, text, flags=re.M)
    return text


def rewrite(directory, settings):
    """In its place, with its owner: a machine has the directory, not this file."""
    path = f"{directory}/config/machine.env"
    with open(path) as file:
        before = file.read()
    after = changed(before, settings)
    if after == before:
        return False
    about = os.stat(path)
    common.write(path, after, 0o640)
    os.chown(path, about.st_uid, about.st_gid)
    return True


def restart_programs(environment, ident):
    supervisor = instances.main_process(f"{common.machines(environment)}/{ident}")
    first = common.tool("pgrep", "--parent", str(supervisor)).split()[0]
    done = subprocess.run(["nsenter", "--target", first, "--all", "sh", "-c", AGAIN],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"the programs of {ident} do not start again: {done.stderr.strip()}")


def readdress(environment):
    groups = common.environment(environment)["groups"]
    where = common.machines(environment)
    for ident in sorted(filter(common.ID.fullmatch, os.listdir(where) if os.path.isdir(where) else [])):
        about = common.read_json(f"{where}/{ident}/instance.json") or {}
        settings = groups.get(about.get("group"), {}).get("settings", {})
        if instances.main_process(f"{where}/{ident}") and rewrite(f"{where}/{ident}", settings):
            restart_programs(environment, ident)
            print(ident)
