"""A shell in a machine."""

import os

import common
import instances
from common import WrongUse


def running(environment):
    """Names of the machines that run on this host."""
    directory = common.machines(environment)
    return [name for name in common.names(environment) if instances.main_process(f"{directory}/{name}")]


def first_process(environment, name):
    """The machine's PID 1."""
    supervisor = instances.main_process(f"{common.machines(environment)}/{name}")
    if supervisor is None:
        raise WrongUse(f"no machine {name} of {environment} is running on this host; running: "
                       f"{', '.join(running(environment)) or 'none'}")
    return common.tool("pgrep", "--parent", str(supervisor)).split()[0]


def shell(environment, name, *command):
    """As its root, who is nobody on this host."""
    first = first_process(environment, name)
    os.chdir("/")
    kept = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8",
            "TERM": os.environ.get("TERM", "dumb")}
    os.execve("/usr/bin/nsenter", ["nsenter", "--target", first, "--all", "--",
                                   *(command or ("/bin/bash", "--login"))], kept)
