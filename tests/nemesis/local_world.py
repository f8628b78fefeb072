"""What the nemesis strikes: a private environment with two balancers of each kind, under load,
and the clock and the disk of all that runs in it."""

import contextlib
import json
import os
import random
import subprocess
import sys
import threading

from common import PAGES, RATE  # the paths of the next ones, too

from probe import Names, Probe, sign_up, whole_list
from stack import Stack

LISTEN = ["127.0.0.1", "127.0.0.2"]
DISK = 900             # MB; disk_reserve is 256
# What all but balancers and nginx are told the time is, later by the seconds in a file.
SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>

typedef int timed_wait(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
static volatile int64_t *later;
static timed_wait *wait_until;

/* By the kernel's clock: MariaDB waits so for its locks. What is no time since 1970 is one
 * since the boot. (Without its version it would be the one of before glibc 2.3.2.) */
int pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m, const struct timespec *t)
{
	struct timespec at = *t;

	if (wait_until == NULL)
		wait_until = (timed_wait *)dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
	if (wait_until == NULL)
		wait_until = (timed_wait *)dlsym(RTLD_NEXT, "pthread_cond_timedwait");
	if (later != NULL && at.tv_sec > 1000000000)
		at.tv_sec -= *later;
	return wait_until(c, m, &at);
}

__attribute__((constructor)) static void open_step(void)
{
	int fd = open(getenv("CLOCK_STEP"), O_RDONLY | O_CLOEXEC);
	void *p = fd == -1 ? MAP_FAILED :
		mmap(NULL, sizeof(*later), PROT_READ, MAP_SHARED, fd, 0);

	if (fd != -1)
		close(fd);
	if (p != MAP_FAILED)
		later = p;
}

int clock_gettime(clockid_t id, struct timespec *t)
{
	long rc = syscall(SYS_clock_gettime, id, t);

	if (rc == 0 && later != NULL &&
	    (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		t->tv_sec += *later;
	return (int)rc;
}

int gettimeofday(struct timeval *restrict t, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	t->tv_sec = now.tv_sec;
	t->tv_usec = now.tv_nsec / 1000;
	return 0;
}

time_t time(time_t *t)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	if (t != NULL)
		*t = now.tv_sec;
	return now.tv_sec;
}
"""


class Zone(Names):
    """The zone's own answers, in turn, as a resolver has them: for as long as they say, and
    while no name server answers the last ones (RFC 8767)."""

    def __init__(self, stack):
        super().__init__(in_turn=True)
        self.stack, self.last, self.asking = stack, LISTEN, threading.Lock()

    def addresses(self, host, port):
        with self.asking:
            return super().addresses(host, port)

    def ask(self, host, port):
        self.last = self.resolved(host) or self.last
        return [(address, port) for address in self.last]

    def resolved(self, host):
        return subprocess.run(
            ["dig", "+short", "+time=1", "+tries=1", "@127.0.0.1", "-p",
             str(self.stack.ports["dns"]), host], capture_output=True, text=True,
            # (It says on standard output what went wrong.)
        ).stdout.split() if self.answers() else []

    def answers(self):
        return subprocess.run(["dig", "+time=1", "+tries=1", "@127.0.0.1", "-p",
                               str(self.stack.ports["dns"]), "todo.test", "SOA"],
                              capture_output=True).returncode == 0


class Load(Probe):
    """Of the whole environment; what failed is sent once more, as browsers do."""

    def __init__(self, stack):
        self.near = stack.url("app")
        super().__init__(f"http://app.todo.test:{stack.ports['app']}", sign_up(self.near)[1], RATE,
                         again=True, pages=PAGES)
        self.names, self.complaints = stack.names, []

    def __exit__(self, *_):
        super().__exit__()
        self.complaints = self.compare(whole_list(self.near, self.token))


@contextlib.contextmanager
def worlds():
    """Who makes the world of a seed."""
    yield World


class World(Stack):
    """with World(seed) as world: …"""


    def __init__(self, seed):
        groups = {name: {"desired": 2} for name in ("web", "api")}
        super().__init__(listen=LISTEN, groups=groups)
        self.names, self.random = Zone(self), random.Random(seed)

    def make(self):
        """A disk of its own, which can be full, where this user may have one."""
        self.disk = os.geteuid() == 0 and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK}M,mode=755", "tmpfs", self.directory]
        ).returncode == 0
        self.clock = self.directory / "clock"
        self.clock.write_bytes(bytes(8))
        shim = self.directory / "shim.so"
        subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-x", "c", "-o", shim, "-"], input=SHIM,
                       text=True, check=True)
        self.variables = {"LD_PRELOAD": str(shim), "CLOCK_STEP": str(self.clock)}
        for group in self.settings["groups"].values():
            group["launch_template"] = {"environment": self.variables}

    def remove(self):
        if self.disk:
            subprocess.run(["umount", self.directory], check=True)
        super().remove()

    def step_clock(self, seconds):
        with open(self.clock, "r+b", buffering=0) as file:  # it is mapped: never empty
            file.write(seconds.to_bytes(8, sys.byteorder, signed=True))

    # ---- who is there

    def pid(self, name):
        """Of a service of the runner; 0 while that is being written down."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            return int((self.state / f"run/{name}.pid").read_text().split()[0])
        return 0

    def ids(self):
        return {one["id"] for group in ("web", "api") for one in self.instances(group)}

    def done(self, kind):
        """The instances that were launched, or terminated, by asg."""
        lines = self.asg("events", "--json", "--limit", 100000).splitlines()
        return [event["instance"] for event in map(json.loads, lines) if event["kind"] == kind]

    def whole(self):
        """Every group has what it should, in the eyes of both balancers of its name, all of
        which are in the zone."""
        groups = json.loads(self.asg("status", "--json"))["groups"]
        return all(len(group["instances"]) == group["desired"] ==
                   sum(one["state"] == "InService" and one["health"] == "healthy"
                       for one in group["instances"]) for group in groups) and \
            self.names.answers() and sorted(self.names.resolved("app.todo.test")) == LISTEN

    def beat(self):
        """Another one after each pass of asg."""
        return (self.state / "asg/lock").stat().st_mtime_ns

    # ---- for run

    def probe(self):
        return Load(self)

    def request(self, ident):
        """What the logs say of it."""
        return self.asg("request", ident)

    def said(self):
        return self.asg("activities", "--limit", 20) + self.output.partition("ready\n")[2]
