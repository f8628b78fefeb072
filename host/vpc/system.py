"""The programs that do the work in the kernel, and what is kept in /run."""

import contextlib
import fcntl
import json
import os
import subprocess

from environment import Failed


def start(argv, text=""):
    child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
    with contextlib.suppress(BrokenPipeError), child.stdin:
        child.stdin.write(text)
    child.stdin = None  # so that finish() does not want to write any more
    return child


def finish(child):
    output, complaint = child.communicate()
    if child.returncode:
        said = " ".join(complaint.split()) or f"exit status {child.returncode}"
        raise Failed(f"{' '.join(child.args)}: {said}")
    return output


def run(argv, text=""):
    return finish(start(argv, text))


def inside(namespace):
    return ["nsenter", f"--net=/run/netns/{namespace}"]


def start_ip(namespace, *commands):
    where = ["-n", namespace] if namespace else []
    return start(["ip", *where, "-batch", "-"], "\n".join(commands) + "\n")


def ip(namespace, *commands):
    finish(start_ip(namespace, *commands))


def ask_ip(namespace, *words):
    """What it knows, as data; nothing where there is no such thing."""
    where = ["-n", namespace] if namespace else []
    child = start(["ip", *where, "-j", "-d", *words])
    output, _ = child.communicate()
    return json.loads(output or "[]")


def nft(namespace, text):
    run([*(inside(namespace) if namespace else []), "nft", "-f", "-"], text)


def say_nft(namespace, *words):
    """None: there is nothing of that."""
    child = start([*(inside(namespace) if namespace else []), "nft", *words])
    output, _ = child.communicate()
    return output if child.returncode == 0 else None


def ask_nft(namespace, *words):
    said = say_nft(namespace, "-j", *words)
    return json.loads(said)["nftables"] if said else None


def there(namespace):
    return os.path.exists(f"/run/netns/{namespace}")


@contextlib.contextmanager
def lock(env):
    """One command at a time changes an environment. The directory of what is attached is
    the lock: no file has to be left over for it."""
    directory = f"{env.run}/attached"
    while True:
        os.makedirs(directory, exist_ok=True)
        handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(handle, fcntl.LOCK_EX)
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), os.stat(directory)):
                break
        os.close(handle)  # whoever held it removed it
    try:
        yield
    finally:
        os.close(handle)


def save(path, value):
    with open(path + ".new", "w") as file:
        json.dump(value, file)
    os.rename(path + ".new", path)


def load(path, otherwise=None):
    try:
        with open(path) as file:
            return json.load(file)
    except FileNotFoundError:
        return otherwise


def attached(env):
    """What is connected, by name; read while others come and go."""
    found = {}
    with contextlib.suppress(FileNotFoundError):
        for entry in os.scandir(f"{env.run}/attached"):
            if entry.name.endswith(".json") and (record := load(entry.path)):
                found[entry.name.removesuffix(".json")] = record
    return found
