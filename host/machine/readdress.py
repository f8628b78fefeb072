"""The instances that run are told the database's address anew, as environment.json has it: a
file that their programs read for each connection. (All else that a launch was told stays.)"""

import os
import re
import subprocess

import common
import guest
import instances
from common import Failed
from shell import first_process

# Of one that a release without that file has launched. Started too often in a minute, a program
# would stay dead: these starts are ours.
AGAIN = ("systemctl reset-failed 'allday-program@*' && "
         "systemctl restart 'allday-program@*'")


def changed(text, address):
    line = f"DB_ADDRESS={guest.quoted(address)}"
    return re.sub(r"^DB_ADDRESS=.*$", lambda _: line, text, flags=re.M)


def rewrite(directory, address):
    """machine.env too, for programs that start later; last, as it tells whether this was done."""
    path = f"{directory}/machine.env"
    with open(path) as file:
        before = file.read()
    after = changed(before, address)
    if after == before:
        return False
    owner = os.stat(path).st_uid
    if os.path.exists(f"{directory}/database"):
        guest.put(f"{directory}/database", f"{address}\n", 0o644, owner)
    guest.put(path, after, 0o640, owner)
    return True


def restart_programs(environment, ident):
    done = subprocess.run(["nsenter", "--target", first_process(environment, ident), "--all", "sh", "-c",
                           AGAIN], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"the programs of {ident} cannot be restarted: {done.stderr.strip()}")


def readdress(environment):
    groups = common.environment(environment)["groups"]
    where = common.machines(environment)
    for ident in common.idents(environment):
        about = common.read_json(f"{where}/{ident}/instance.json") or {}
        address = groups.get(about.get("group"), {}).get("settings", {}).get("DB_ADDRESS")
        config = f"{where}/{ident}/config"
        if address and instances.main_process(f"{where}/{ident}") and rewrite(config, address):
            if not os.path.exists(f"{config}/database"):
                restart_programs(environment, ident)
            print(ident)
