"""What the parts of `machine` share: where things are, and how they are called."""

import json
import os
import re

ETC, LIB, RUN = "/etc/allday", "/var/lib/allday", "/run/allday"
LOCKS = "/run/lock"
BIN = "/usr/lib/allday/bin"
PORT = 8000  # of every instance
NAME = re.compile(r"[a-z][a-z0-9-]*")
MACHINE = re.compile(rf"{NAME.pattern}\.{NAME.pattern}")
ID = re.compile(r"i-[0-9a-f]{8}")
REQUEST = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TREE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Failed(Exception):
    """A sentence for whoever called."""


class WrongUse(Exception):
    """The same, when it is the caller's mistake."""


def images():
    return os.environ.get("ALLDAY_IMAGES") or f"{LIB}/images"


def releases():
    return f"{LIB}/releases"


def assets():
    """Of all releases that were here: what web instances serve besides their own."""
    return f"{LIB}/assets"


def asg_group():
    import grp
    return grp.getgrnam("allday-asg").gr_gid


def state(environment):
    """Of what is there now; gone when the host starts anew. Only asg may look."""
    path = f"{RUN}/{environment}"
    os.makedirs(path, exist_ok=True)
    os.chown(path, 0, asg_group())
    os.chmod(path, 0o750)
    return path


def machines(environment):
    return f"{RUN}/{environment}/machines"


def names(environment):
    """Of the machines of which there is something here, in order."""
    directory = machines(environment)
    return sorted(os.listdir(directory)) if os.path.isdir(directory) else []


def idents(environment):
    """Those that are instances."""
    return list(filter(ID.fullmatch, names(environment)))


def netns(environment, name):
    return f"/run/netns/allday-{environment}.{name}"


def unit(environment, name):
    kind = "instance" if ID.fullmatch(name) else "machine"
    return f"allday-{kind}@{environment}.{name}.service"


def read_json(path):
    """None: there is no such file."""
    try:
        with open(path) as file:
            return json.load(file)
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise Failed(f"{path} is not JSON: {error}") from None


def write(path, text, mode=0o644):
    """All of it or nothing."""
    with open(os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        file.write(text)
    os.rename(path + ".new", path)


def environment(name):
    path = f"{ETC}/{name}/environment.json"
    found = read_json(path)
    if found is None:
        raise Failed(f"there is no environment {name} on this host: {path} is missing")
    return found


def need(record, key, where):
    if key not in record:
        raise Failed(f"{where}: {key} is missing")
    return record[key]


def tool(*argv):
    """What it prints; when it fails, its own words."""
    import subprocess
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        said = done.stderr.strip() or f"status {done.returncode}"
        raise Failed(f"{os.path.basename(argv[0])}: {said}")
    return done.stdout
