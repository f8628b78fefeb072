#!/usr/bin/python3
"""serve.py COMMAND…: run a command while a private environment serves.

The command finds it in BASE_URL (balancer app), API_URL, STATS_URL, DNS_PORT and
STATE. Its exit status is this one's. A signal that ends this one ends both.
"""

import os
import signal
import subprocess
import sys

from stack import Stack

PATIENCE = 20  # seconds for the command to end when it was told to


def run(command, environment):
    with subprocess.Popen(command, env=environment) as child:
        try:
            return child.wait()
        except BaseException:
            child.terminate()
            try:
                child.wait(PATIENCE)
            finally:
                child.kill()
            raise


def main(command):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    with Stack() as stack:
        return run(command, os.environ | {
            "BASE_URL": stack.url("app"), "API_URL": stack.url("api"),
            "STATS_URL": stack.url("stats"), "DNS_PORT": str(stack.ports["dns"]),
            "STATE": str(stack.state)})


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
