"""Processes of an environment: started, looked after, ended, and found again when the
runner that started them was killed. All at once, in one event loop: nobody waits for another."""

import asyncio
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import time

import alive

PATIENCE = 30  # seconds, to end; and to start, without doing anything
STARTING = 5   # seconds, to end before it has ever answered
LONGEST = 600  # seconds a start may take; a database may have much to recover
PAUSE = 5      # seconds between two questions to a server that works
SILENT = 3     # questions in a row without an answer: it hangs
WHEN_TOLD = 'read -r _ && exec "$@" < /dev/null'  # else who tells has ended
MISSING = "is not installed; `make packages` says what is missing"


class Failed(Exception):
    """One clear sentence for the person at the terminal."""


def status(pid):
    """The fields of proc_pid_stat(5) from the third on; None: there is no such process."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields


def started_at(pid):
    """Clock ticks since boot; with the pid it names one process for ever."""
    fields = status(pid)
    return fields and fields[19]


def doings(pid):
    """What changes as long as it does anything: processor time, what it has read and written."""
    fields = status(pid)
    with contextlib.suppress(OSError):
        return fields and (fields[11:13], pathlib.Path(f"/proc/{pid}/io").read_text())


def last_lines(log, start):
    """What was said since the log had this size."""
    with open(log, errors="replace") as file:
        file.seek(start)
        lines = file.read().splitlines()
    return "\n  ".join(["", *lines[-8:]]) if lines else " it said nothing"


async def output(argv, **options):
    """A command that ends by itself: its status, and what it said and complained of."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
               "stderr": subprocess.PIPE, "process_group": 0} | options
    try:
        child = await asyncio.create_subprocess_exec(*argv, **options)
    except FileNotFoundError:
        raise Failed(f"{argv[0]} {MISSING}") from None
    try:
        said = await child.communicate()
    except BaseException:
        os.killpg(child.pid, signal.SIGTERM)
        await child.wait()
        raise
    return child.returncode, *((text or b"").decode(errors="replace") for text in said)


async def run(argv, log, **options):
    """The same, what it says goes to the log."""
    with open(log, "ab") as file:
        start = file.tell()
        code, *_ = await output(argv, stdout=file, stderr=file, **options)
    if code:
        raise Failed(f"{pathlib.Path(argv[0]).name} failed (status {code}):"
                     f"{last_lines(log, start)}")


async def together(*works):
    """All of them; when one fails the others are given up."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


async def ended(pid):
    """Until the process has ended."""
    loop = asyncio.get_running_loop()
    over = loop.create_future()
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop.add_reader(handle, lambda: over.done() or over.set_result(None))
    try:
        await over
    finally:
        loop.remove_reader(handle)
        os.close(handle)


async def end(pid, patience=PATIENCE):
    """Ask, wait, insist; it leads a group of its own. What is stopped cannot hear."""
    fields = status(pid)
    with contextlib.suppress(ProcessLookupError, TimeoutError):
        if patience and fields and fields[0] != "T":
            os.kill(pid, signal.SIGTERM)
            async with asyncio.timeout(patience):
                return await ended(pid)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    await ended(pid)


class Service:
    """A server that runs as long as the environment does.

    alive: what asks it (alive.py), within so many seconds; None: whoever runs works.
    again: its end without a failure is no news, and it begins again.
    """

    def __init__(self, state, name, argv, environment=None, alive=None, patience=alive.PATIENCE,
                 again=False):
        self.name, self.argv, self.environment = name, argv, environment
        self.alive, self.patience, self.again = alive, patience, again
        self.directory = state      # its own: paths in `argv` may be relative
        self.log = state / f"log/{name}.log"
        self.pid_file = state / f"run/{name}.pid"
        self.log_start, self.child, self.keeper = 0, None, None
        self.failures, self.since, self.seen, self.up = 0, 0, None, False

    def launch(self):
        """It begins when it is written down where it can be found again: a runner that is killed
        before leaves nothing that nobody knows."""
        path = (self.environment or os.environ).get("PATH")
        if not shutil.which(self.argv[0], path=path):
            raise Failed(f"{self.argv[0]} {MISSING}")
        with open(self.log, "ab") as log:
            self.log_start = log.tell()
            self.child = subprocess.Popen(
                ["/bin/sh", "-c", WHEN_TOLD, "sh", *self.argv], env=self.environment,
                stdin=subprocess.PIPE, stdout=log, stderr=log, process_group=0, cwd=self.directory)
        self.since, self.up = time.monotonic(), False
        self.write_down()
        with contextlib.suppress(BrokenPipeError), self.child.stdin as told:  # (It was killed.)
            told.write(b"\n")

    def write_down(self):
        """In the place of the one before: a disk that is full has no other."""
        text = f"{self.child.pid} {started_at(self.child.pid)}".ljust(40)
        with open(os.open(self.pid_file, os.O_WRONLY | os.O_CREAT, 0o640), "w") as file:
            file.write(text)

    async def answers(self):
        return not self.alive or await alive.within(self.alive(), self.patience)

    async def does_something(self):
        """Since it was asked last."""
        while (doing := doings(self.child.pid)) == self.seen:
            await asyncio.sleep(0.1)
        self.seen = doing
        return True

    async def start(self):
        """Until it answers. As long as it does something it is waited for."""
        self.launch()
        before, moved = None, self.since
        while not await self.answers():
            if self.child.poll() is not None:
                raise Failed(f"{self.name} ended while it was starting:"
                             f"{last_lines(self.log, self.log_start)}")
            now, doing = time.monotonic(), doings(self.child.pid)
            before, moved = doing, moved if doing == before else now
            if now - moved > PATIENCE or now - self.since > LONGEST:
                raise Failed(f"{self.name} has not started within {now - self.since:.0f} s")
            await asyncio.sleep(0.01)
        self.up = True

    async def begin(self, say):
        """The first start, after which it is looked after."""
        await self.start()
        self.keeper = asyncio.create_task(self.keep(say))

    async def stop(self):
        """What cannot even be killed (its disk hangs) is not waited for. Nor for long what starts
        still: MariaDB, when it is asked to end then, does not."""
        if self.keeper:
            self.keeper.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2 * PATIENCE):
                await self.end(PATIENCE if self.up else STARTING)
        self.pid_file.unlink(missing_ok=True)

    async def end(self, patience):
        if self.child and self.child.poll() is None:
            await end(self.child.pid, patience)
            self.child.wait()

    # ---- looking after it

    async def keep(self, say):
        """For ever: when it has ended, or hangs, it is started again."""
        while True:
            trouble = await self.trouble() or await self.attempt()
            while trouble:
                delay = self.back_off()
                say(f"{self.name} {trouble}; next start in {delay:g} s, log: {self.log}")
                await asyncio.sleep(delay)
                trouble = await self.attempt()
                if not trouble:
                    say(f"{self.name} runs again")

    async def trouble(self):
        """Until there is some: what. Nothing: it has ended as it should."""
        waits = [asyncio.create_task(ended(self.child.pid)), asyncio.create_task(self.hangs())]
        try:
            over, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        for wait in over:
            wait.result()  # a fault of this program is no fault of the server
        code = self.child.poll()
        if code is None:
            await self.end(0)
            return f"hung: {SILENT} times it has not answered within {self.patience} s"
        return "" if code == 0 and self.again else f"ended (status {code})"

    async def hangs(self):
        silent = 0
        while silent < SILENT:
            await asyncio.sleep(1 if silent else PAUSE)
            silent = 0 if await self.answers() else silent + 1

    async def attempt(self):
        """A start: what went wrong, nothing when it runs."""
        try:
            await self.start()
            return ""
        except (Failed, OSError) as error:
            await self.end(PATIENCE)
            return str(error)

    def back_off(self):
        """Half a second, doubled each time up to 30; a good minute counts as a new beginning."""
        if time.monotonic() - self.since > 60:
            self.failures = 0
        self.failures += 1
        return min(30, 0.25 * 2 ** self.failures)


async def end_left_over(state):
    """Whatever a runner that was killed has left: names of what was ended."""
    left = []
    for file in sorted((state / "run").glob("*.pid")):
        pid, _, start = file.read_text().strip().partition(" ")
        if pid.isdigit() and started_at(pid) == start:
            await end(int(pid))
            left.append(file.stem)
        file.unlink()
    return left
