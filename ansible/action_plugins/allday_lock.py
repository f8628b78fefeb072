"""allday_lock: one run at a time changes an environment; who comes second is told who is first.

  allday_lock: {environment: NAME, run: what it is}   {refused: "" or a sentence}

The lock is flock(2) of /run/lock/allday-NAME on the host, held by a shell there for as long as
a connection of its own lasts: a child of this module keeps that, and ends with the run,
however that ends. The shell then cannot write any more, and is gone within a second.
"""

import datetime
import getpass
import os
import secrets
import select
import shlex
import signal
import socket

from ansible.plugins.action import ActionBase

PATIENCE = 5  # seconds for a run that was killed just now to be noticed
TAKEN = 75
# Nobody writes to the file who has not locked it.
HOLD = f"""exec 9>>{{path}}; flock -w {PATIENCE} 9 || exit {TAKEN}
printf '%s\\n' {{words}} > {{path}}; while echo; do sleep 1; done"""


class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars) | {"changed": False, "refused": ""}
        path = shlex.quote(f"/run/lock/allday-{self._task.args['environment']}")
        token = secrets.token_hex(8)
        # (A host that cannot be reached is found by this one.)
        self._low_level_execute_command("true")
        child = self.hold(HOLD.format(path=path, words=shlex.quote(f"{token} {self.who()}")))
        while True:
            ended = os.waitpid(child, os.WNOHANG)[0] != 0
            said = self._low_level_execute_command(f"cat {path} || :")["stdout"].strip()
            holder, _, who = said.partition(" ")
            if holder == token:
                return result
            if ended:
                return result | {"refused": f"{who or 'another run'} is at work on this environment"}

    def who(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        return (f"{self._task.args['run']} of {getpass.getuser()} on {socket.gethostname()} "
                f"(process {os.getppid()}), since {now:%Y-%m-%d %H:%M:%S} UTC,")

    def hold(self, command):
        """In a child that lives as long as the run: its pid."""
        run = os.pidfd_open(os.getppid())
        child = os.fork()
        if child:
            os.close(run)
            return child
        try:
            os.setsid()
            null = os.open(os.devnull, os.O_RDWR)
            for number in range(3):
                os.dup2(null, number)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
            self.end_with(run)
            self._low_level_execute_command(command)
        finally:
            os._exit(0)

    @staticmethod
    def end_with(run):
        """What is started from now on ends with the run too."""
        if os.fork():
            return
        select.select([run], [], [])
        os.killpg(0, signal.SIGKILL)
