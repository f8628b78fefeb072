"""Schema, rights and the programs' passwords in a database that serves: it takes what the
environment's release needs first, then instances are launched that use it, and passwords of before
end with the last instance that has one."""

import io
import os
import re
import subprocess
import sys
import tarfile

import common
import instances
import settings
from common import Failed
from shell import first_process

# In the machine, which has the release of when it was started: sql/migrate of the environment's, and
# the passwords, which never are in an argument or on a disk.
MIGRATE = """set -eu
umask 077
directory=$(mktemp -d /run/migrate-XXXXXX)
trap 'rm -rf "$directory"' EXIT
tar -xC "$directory"
chown -R allday-database "$directory"
. /etc/allday/machine.env
setpriv --reuid=allday-database --regid=allday-database --init-groups env RETIRE="$1" CONTRACT="$2" \
    DB_SOCKET=/run/database/mysqld.sock DB_NAME="$DB_NAME" SECRETS="$directory" \
    "$directory/sql/migrate"
"""
CREDENTIAL = re.compile("db-[a-z]+")


def archive(environment, files):
    """sql/ of its release, and the passwords."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        tar.add(f"{common.LIB}/{environment}/release/usr/share/allday/sql", "sql")
        for key in filter(CREDENTIAL.fullmatch, files):
            about = tarfile.TarInfo(key)
            about.size = len(files[key].encode())
            tar.addfile(about, io.BytesIO(files[key].encode()))
    return file.getvalue()


def give(environment, name, word=""):
    """One that does not run has them from the host when it starts."""
    files = settings.given(lambda key, text: [(key, text + "\n")], "{NAME: text}")
    where = f"{common.machines(environment)}/{name}"
    if instances.main_process(where) is None:
        return
    words = [("yes" if word == told else "") for told in ("--retire", "--contract")]
    done = subprocess.run(["nsenter", "--target", first_process(environment, name), "--all", "sh", "-c",
                           MIGRATE, "sh", *words], input=archive(environment, files), capture_output=True)
    if done.returncode:
        raise Failed(f"{name}: {done.stderr.decode(errors='replace').strip()}")
    print(done.stdout.decode(), end="")
    print(done.stderr.decode(errors="replace"), end="", file=sys.stderr)


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
