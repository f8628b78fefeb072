"""The private MariaDB: made once, started, migrated. Nothing secret in any argv."""

import os
import pwd
import secrets
import shutil

import alive
from environment import ROOT
from environment.amounts import megabytes
from environment.hosts import ACCOUNTS, DATABASE
from processes import Failed, Service, output, run


def make_secrets(state):
    """One password for each program, made once."""
    directory = state / "secrets"
    directory.mkdir(mode=0o700, exist_ok=True)
    for account in ACCOUNTS:
        file = directory / account
        if not file.exists():
            with open(os.open(file, os.O_CREAT | os.O_WRONLY, 0o600), "w") as output:
                output.write(secrets.token_hex(24) + "\n")


def user():
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise Failed(f"user id {os.geteuid()} has no name, which MariaDB needs") from None


async def initialise(state):
    """Beside its place first: what was interrupted is never mistaken for a database.
    This user gets every right through the socket, nobody else any."""
    unfinished = state / "mysql.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    await run(["mariadb-install-db", "--no-defaults", "--datadir=./mysql.new", f"--user={user()}",
               "--tmpdir=../tmp", "--skip-test-db", "--auth-root-authentication-method=socket",
               f"--auth-root-socket-user={user()}"], state / "log/database.log", cwd=state)
    unfinished.rename(state / "mysql")


def service(state):
    """(--tmpdir is a list with colons; it is sought from --datadir.) It answers when its
    recovery is over."""
    path = state / "mysql.sock"
    return Service(state, "database", [
        "mariadbd", f"--defaults-file={ROOT}/sql/my.cnf", "--skip-networking", f"--user={user()}",
        "--datadir=./mysql", "--tmpdir=../tmp", f"--socket={path}",
        f"--pid-file={state}/mysql.pid"], alive=lambda: alive.mariadb(path, user()),
        patience=10)


def guard(state, reserve):
    """It keeps the disk from being filled; `reserve` as the environment file says it."""
    service = Service(state, "disk-guard", [str(ROOT / "sql/disk-guard")], os.environ | {
        "DB_SOCKET": f"{state}/mysql.sock", "DATADIR": "mysql", "RESERVE_MB": str(megabytes(reserve)),
        "FULL": "run/database-full"})
    # It looks every two seconds, and waits for the database for up to 20.
    service.alive, service.patience = service.does_something, 25
    return service


def settings(state):
    return os.environ | {"DB_SOCKET": f"{state}/mysql.sock", "DB_NAME": DATABASE,
                         "SECRETS": f"{state}/secrets"}


async def migrate(state, retire="", contract=""):
    """What waits for a word, in lines. retire: nobody runs who was started with a password of before;
    contract: nobody goes back to a release that needs what migrations take away."""
    env = settings(state) | {"RETIRE": retire, "CONTRACT": contract}
    code, said, complaint = await output([str(ROOT / "sql/migrate")], env=env)
    with open(state / "log/migrate.log", "a") as log:
        log.write(said + complaint)
    if code:
        raise Failed(f"migrate failed (status {code}): {complaint.strip()}")
    return complaint


async def invite(state):
    """What sql/invite prints."""
    code, said, complaint = await output([str(ROOT / "sql/invite")], env=settings(state))
    if code:
        raise Failed(f"cannot create an invitation: {complaint.strip()}")
    return said
