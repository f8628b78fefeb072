"""The data of a database on their way to another host: sent here, taken there. Both at rest."""

import os
import shutil
import subprocess
import sys
import time

import common
from common import Failed

SSH = ["/usr/bin/ssh", "-F", "none", "-T", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes",
       "-o", "StrictHostKeyChecking=yes", "-o", "HostKeyAlias=source", "-o", "ConnectTimeout=10",
       "-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3"]


def directory(environment, name):
    return f"{common.LIB}/{environment}/{name}/data"


def at_rest(environment, name):
    unit = common.unit(environment, name)
    done = subprocess.run(["systemctl", "is-active", unit], capture_output=True, text=True)
    if done.stdout.strip() not in ("inactive", "failed"):
        raise Failed(f"{unit} is {done.stdout.strip()}: its data may change while it runs")


def send(environment, name):
    """As tar on standard output, the numbers of the owners as they are in the machine."""
    at_rest(environment, name)
    where = directory(environment, name)
    if not os.path.isdir(f"{where}/mysql"):
        raise Failed(f"there is no database in {where}")
    os.execv("/usr/bin/tar", ["tar", "--create", "--sparse", "--numeric-owner", "--xattrs",
                              f"--directory={where}/mysql", "."])


def size(path):
    return sum(os.lstat(os.path.join(place, file)).st_size
               for place, _, files in os.walk(path) for file in files)


def receive(where, source):
    """tar tells a stream that was cut off, ssh one whose sender failed."""
    os.makedirs(f"{where}/mysql.arriving")
    with subprocess.Popen([*SSH, *source], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as ssh:
        tar = subprocess.run(["/usr/bin/tar", "--extract", "--numeric-owner", "--same-owner",
                              "--same-permissions", "--xattrs", f"--directory={where}/mysql.arriving"],
                             stdin=ssh.stdout, capture_output=True, text=True)
        ssh.stdout.close()
    if ssh.returncode or tar.returncode:
        raise Failed(f"the data did not arrive: {tar.stderr.strip()} (ssh: {ssh.returncode})")


def take(environment, name, address, port):
    """From the host that has it; the key and the host's own one are in /run/allday/ENV. What came
    another time is older: there it has gone on since, or would not be asked."""
    begun, where = time.monotonic(), directory(environment, name)
    run = f"{common.RUN}/{environment}"
    for old in ("arriving", "arrived"):
        shutil.rmtree(f"{where}/mysql.{old}", ignore_errors=True)
    receive(where, ["-i", f"{run}/move", "-o", f"UserKnownHostsFile={run}/move.host", "-p", port,
                    f"allday-asg@{address}", "send"])
    common.tool("/usr/bin/sync", "-f", where)
    os.rename(f"{where}/mysql.arriving", f"{where}/mysql.arrived")
    print(f"{size(f'{where}/mysql.arrived') / 1e6:.0f} MB in {time.monotonic() - begun:.1f} s")


def leave(environment, name):
    """What is kept where it was; a copy that was kept earlier is older than this one."""
    at_rest(environment, name)
    where = directory(environment, name)
    if os.path.isdir(f"{where}/mysql"):
        shutil.rmtree(f"{where}/mysql.moved", ignore_errors=True)
        os.rename(f"{where}/mysql", f"{where}/mysql.moved")
        print(f"kept in {where}/mysql.moved")


def settle(environment, name):
    where = directory(environment, name)
    if os.path.isdir(f"{where}/mysql.arrived"):
        os.rename(f"{where}/mysql.arrived", f"{where}/mysql")
        print(f"{where}/mysql")
    sys.stdout.flush()
