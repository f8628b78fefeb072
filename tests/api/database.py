"""The private database of an environment, for what only time or 10,000 requests would do."""

import contextlib
import os
import pathlib
import pwd
import signal
import subprocess

from waiting import pause


def sql(stack, text):
    user = pwd.getpwuid(stack.state.stat().st_uid).pw_name
    argv = ["mariadb", "--no-defaults", f"--socket={stack.state}/mysql.sock", f"--user={user}",
            "-N", "-e", text, "allday"]
    if os.geteuid() == 0:
        argv = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", *argv]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()


def owner(stack):
    """How to be who the environment runs as."""
    user = pwd.getpwuid(stack.state.stat().st_uid)
    if os.geteuid():
        return {}, user.pw_name
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}, user.pw_name


def program(stack, instance, name):
    """The pid of a program of an instance, by the name of its pool."""
    for pid in stack.processes(instance["directory"]):
        with contextlib.suppress(OSError):
            if f"/{name}.sock\0" in pathlib.Path(f"/proc/{pid}/environ").read_text():
                return pid
    raise AssertionError(f"no {name} in {instance['id']}")


@contextlib.contextmanager
def stopped(pid):
    pause(pid)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):  # for so long that it was started again
            os.kill(pid, signal.SIGCONT)


def wait_for_lock_wait(stack, table, seconds=20):
    """Until a transaction waits for a lock while the table ("todo WHERE …") has rows. The server
    itself looks: what lasts for a second may be over when a client that was started asks. Not
    too often: whoever asks within 0.1 s of the last time gets the answer of that one again."""
    found, = sql(stack, f"""DELIMITER //
        BEGIN NOT ATOMIC
          DECLARE tries INT DEFAULT {6 * seconds};
          WHILE tries > 0 AND (NOT EXISTS (SELECT 1 FROM {table}) OR NOT EXISTS (
              SELECT 1 FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT')) DO
            SET tries = tries - 1;
            DO SLEEP(0.15);
          END WHILE;
          SELECT tries;
        END//""")
    assert found != "0", f"nobody waited within {seconds} s"


@contextlib.contextmanager
def holding(stack, lock):
    """What these statements lock, the last of which answers with a number, is locked."""
    options, user = owner(stack)
    with subprocess.Popen(
            ["mariadb", "--no-defaults", f"--socket={stack.state}/mysql.sock", f"--user={user}",
             "--unbuffered", "-N", "allday"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, **options) as client:
        print(lock, file=client.stdin, flush=True)
        assert client.stdout.readline().strip().isdigit()
        yield
        client.stdin.close()


def holding_row(stack, row):
    """Nobody can write to this one ("todo WHERE …") meanwhile."""
    return holding(stack, f"START TRANSACTION; SELECT seq FROM {row} FOR UPDATE;")


def holding_counter(stack, account):
    """Nobody can write to this account meanwhile; under a second, the programs' patience."""
    return holding_row(stack, "change_counter WHERE account_id ="
                              f" UNHEX('{account.replace('-', '')}')")


def waiting_for_locks(stack):
    return sql(stack, "SELECT id FROM information_schema.processlist"
                      " WHERE user = 'allday_todo' AND command = 'Execute'")
