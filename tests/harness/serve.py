#!/usr/bin/python3
"""serve.py COMMAND…: run a command while a private environment serves.

The command finds it in BASE_URL (balancer app), API_URL, STATS_URL, DNS_PORT and
STATE. Its exit status is this one's.
"""

import os
import subprocess
import sys

from stack import Stack


def main(command):
    with Stack() as stack:
        environment = os.environ | {
            "BASE_URL": stack.url("app"), "API_URL": stack.url("api"),
            "STATS_URL": stack.url("stats"), "DNS_PORT": str(stack.ports["dns"]),
            "STATE": str(stack.state)}
        return subprocess.run(command, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
