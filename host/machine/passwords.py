"""The programs' passwords in the database, changed while all of it serves: the database takes
the new ones first, instances are launched with them, and those of before end with the last
instance that has one."""

import os
import re
import subprocess

import common
import instances
import settings
from common import Failed
from shell import first_process

# In the machine: sql/migrate with these, which never are in an argument or on a disk.
MIGRATE = """set -eu
umask 077
directory=$(mktemp -d /run/passwords-XXXXXX)
trap 'rm -rf "$directory"' EXIT
while read -r name text; do echo "$text" > "$directory/$name"; done
chown -R allday-database "$directory"
. /etc/allday/machine.env
setpriv --reuid=allday-database --regid=allday-database --init-groups env RETIRE="$1" \
    DB_SOCKET=/run/database/mysqld.sock DB_NAME="$DB_NAME" SECRETS="$directory" \
    /usr/share/allday/sql/migrate
"""
CREDENTIAL = re.compile("db-[a-z]+")


def give(environment, name, retire=""):
    """One that does not run has them from the host when it starts."""
    files = settings.given(lambda key, text: [(key, text + "\n")], "{NAME: text}")
    where = f"{common.machines(environment)}/{name}"
    if instances.main_process(where) is None:
        return
    text = "".join(f"{key} {files[key]}" for key in files if CREDENTIAL.fullmatch(key))
    done = subprocess.run(["nsenter", "--target", first_process(environment, name), "--all", "sh", "-c",
                           MIGRATE, "sh", retire and "yes"], input=text, capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"{name} refuses the passwords: {done.stderr.strip()}")
    print(done.stdout, end="")


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def is_outdated(environment, ident):
    """A credential that it has and the host has another one of."""
    try:
        has = f"/proc/{first_process(environment, ident)}/root/run/host/credentials"
        names = os.listdir(has)
    except (OSError, IndexError, common.WrongUse, Failed):
        return False  # it has ended meanwhile
    return any(read(f"{has}/{name}") != read(f"{common.ETC}/{environment}/secrets/{name}")
               for name in names)


def outdated(environment):
    for ident in common.idents(environment):
        if is_outdated(environment, ident):
            print(ident)
