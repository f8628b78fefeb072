"""Processes of an environment: started, watched, ended, and found again when the
runner that started them was killed."""

import contextlib
import os
import pathlib
import select
import signal
import subprocess
import time

PATIENCE = 30  # seconds, to start and to end
MISSING = "is not installed; `make packages` says what is missing"


class Failed(Exception):
    """One clear sentence for the person at the terminal."""


class Stop(Exception):
    """Somebody asked for the end."""


class Signals:
    """Stop is raised by the signals that ask for the end, but never between the start
    of a process and the moment it can be found again."""

    held = asked = False

    def ask(self, *_):
        if not self.held:
            raise Stop
        self.asked = True

    @contextlib.contextmanager
    def hold(self):
        self.held = True
        try:
            yield
        finally:
            self.held = False
        if self.asked:
            self.asked = False
            raise Stop


signals = Signals()


def started_at(pid):
    """Clock ticks since boot; with the pid it names one process for ever."""
    try:
        status = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = status.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[19]


def last_lines(log, start):
    """What was said since the log had this size."""
    with open(log, errors="replace") as file:
        file.seek(start)
        lines = file.read().splitlines()
    return "\n  ".join(["", *lines[-8:]]) if lines else " it said nothing"


def run(argv, log, **options):
    """A command that ends by itself; its output goes to the log."""
    with open(log, "ab") as output:
        start = output.tell()
        try:
            child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                     process_group=0, **options)
        except FileNotFoundError:
            raise Failed(f"{argv[0]} {MISSING}") from None
    try:
        code = child.wait()
    except BaseException:
        os.killpg(child.pid, signal.SIGTERM)
        child.wait()
        raise
    if code:
        raise Failed(f"{pathlib.Path(argv[0]).name} failed (status {code}):"
                     f"{last_lines(log, start)}")


def wait_until(condition, what, service=None):
    """There is nothing to be told by a socket that does not exist yet, so ask often."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if service and service.child.poll() is not None:
            raise Failed(f"{service.name} ended at its start:{last_lines(service.log, service.log_start)}")
        if time.monotonic() > end:
            raise Failed(f"{what} took more than {PATIENCE} s")
        time.sleep(0.01)


def end(pid, patience=PATIENCE):
    """Ask, wait, insist."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    for number, tell in ((signal.SIGTERM, os.kill), (signal.SIGKILL, os.killpg)):
        try:
            tell(pid, number)  # it leads a group of its own
        except ProcessLookupError:
            break
        if poll.poll(patience * 1000):
            break
    os.close(handle)


class Service:
    """A server that runs as long as the environment does."""

    def __init__(self, state, name, argv, environment=None, ready=lambda: True, again=False):
        self.name, self.argv, self.environment = name, argv, environment
        self.ready = ready          # does it answer?
        self.again = again          # its end without a failure is no news
        self.directory = state      # its own: paths in `argv` may be relative
        self.log = state / f"log/{name}.log"
        self.pid_file = state / f"run/{name}.pid"
        self.log_start = 0
        self.child = None
        self.failures, self.due, self.since = 0, None, 0

    def launch(self):
        with signals.hold(), open(self.log, "ab") as log:
            self.log_start = log.tell()
            try:
                self.child = subprocess.Popen(
                    self.argv, env=self.environment, stdin=subprocess.DEVNULL, stdout=log,
                    stderr=log, process_group=0, cwd=self.directory)
            except FileNotFoundError:
                raise Failed(f"{self.argv[0]} {MISSING}") from None
            self.since = time.monotonic()
            self.pid_file.write_text(f"{self.child.pid} {started_at(self.child.pid)}")

    def wait(self):
        wait_until(self.ready, f"the start of {self.name}", self)

    def start(self):
        self.launch()
        self.wait()

    def stop(self):
        if self.child and self.child.poll() is None:
            end(self.child.pid)
            self.child.wait()
        self.pid_file.unlink(missing_ok=True)


def end_left_over(state):
    """Whatever a runner that was killed has left: names of what was ended."""
    ended = []
    for file in sorted((state / "run").glob("*.pid")):
        pid, _, start = file.read_text().partition(" ")
        if pid.isdigit() and started_at(pid) == start:
            end(int(pid))
            ended.append(file.stem)
        file.unlink()
    return ended


# ---- watching


def restart(service, say):
    try:
        service.start()
        say(f"{service.name} runs again")
        service.due = None
    except (Failed, OSError) as error:
        service.stop()
        plan_restart(service, say, str(error))


def plan_restart(service, say, why):
    """Half a second, doubled each time up to 30; a good minute counts as a new beginning."""
    if time.monotonic() - service.since > 60:
        service.failures = 0
    delay = min(30, 0.5 * 2 ** service.failures)
    service.failures += 1
    service.due = time.monotonic() + delay
    say(f"{service.name} {why}; next start in {delay:g} s, log: {service.log}")


def begin_again(service, say):
    try:
        service.start()
    except (Failed, OSError) as error:
        plan_restart(service, say, str(error))


def watch(services, say):
    """For ever: restart what ends. The instances are not watched here."""
    while True:
        poll = select.poll()
        handles = []
        for service in services:
            if service.due is None and service.child.poll() == 0 and service.again:
                begin_again(service, say)
            if service.due is None and service.child.poll() is not None:
                plan_restart(service, say, f"ended (status {service.child.returncode})")
            elif service.due is None:
                handles.append(os.pidfd_open(service.child.pid))
                poll.register(handles[-1], select.POLLIN)
        due = [service.due for service in services if service.due is not None]
        poll.poll(max(0, min(due) - time.monotonic()) * 1000 if due else None)
        for handle in handles:
            os.close(handle)
        for service in services:
            if service.due is not None and service.due <= time.monotonic():
                restart(service, say)
