"""Instances, through the environment's provider."""

import json
import os
import secrets
import subprocess

from environment import ROOT
from processes import Failed


class Provider:
    def __init__(self, state, environment, release):
        threads = environment["groups"]["api"]["threads"]
        self.program = str(ROOT / "asg/providers" / environment["provider"])
        self.environment = os.environ | {
            "ALLDAY_STATE": str(state),
            "INSTANCES": environment["instances"],
            "BALANCERS": " ".join(sorted({"127.0.0.1", environment["listen"]})),
            "PROGRAMS": str(ROOT / "build/bin"),
            "NGINX": str(ROOT / "nginx"),
            "WWW": str(ROOT / "www/dist"),
            "SECRETS": f"{state}/secrets",
            "DB_ADDRESS": f"{state}/mysql.sock",
            "DB_NAME": "allday",
            "THREADS": " ".join(f"{pool}={number}" for pool, number in threads.items()),
            "RELEASE": release,
        }

    def begin(self, *arguments):
        return subprocess.Popen([self.program, *arguments], env=self.environment, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, start_new_session=True)

    def finish(self, children):
        """The JSON lines of all of them; the first that failed is told."""
        results = [(child, *child.communicate()) for child in children]
        for child, _, said in results:
            if child.returncode:
                raise Failed(said.strip() or f"{self.program} failed ({child.returncode})")
        return [json.loads(line) for _, out, _ in results for line in out.splitlines()]

    def list(self):
        return self.finish([self.begin("list")])

    def launch(self, groups):
        """As many as desired, all at once."""
        wanted = [name for name, group in groups.items() for _ in range(group["desired"])]
        return self.finish([self.begin("launch", name, "local", f"i-{secrets.token_hex(4)}")
                            for name in wanted])

    def terminate_all(self):
        there = self.list()
        self.finish([self.begin("terminate", instance["id"]) for instance in there])
        return len(there)
