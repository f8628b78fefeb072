"""A load from outside the VPC: tests/harness/probe.py in the client's own network
namespace, which knows the address of the DNS server and the environment's CA."""

import json
import subprocess

from stack import ROOT

PATIENCE = 120  # seconds to end: what is under way may take 30


class Load:
    """with Load(cloud) as load: load.wait_answers(200); then look at it.

    answers, stumbles, failures, figures: as those of Probe; complaints: what is wrong
    with the list; str() tells it in a line. Its moments are those of time.monotonic().
    """

    def __init__(self, cloud, rate=200, balancer="app", pages=0, in_turn=False):
        self.text = "the probe has not said anything"
        self.answers, self.stumbles, self.failures, self.complaints = [], [], [], []
        self.argv = cloud.client_argv([
            "/usr/bin/python3", ROOT / "tests/harness/probe.py", "--rate", str(rate),
            "--url", f"https://{balancer}.{cloud.domain}", "--ca", cloud.ca, "--again",
            "--pages", str(pages), *(["--in-turn"] if in_turn else [])])

    def __enter__(self):
        self.child = subprocess.Popen(self.argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      text=True)
        self.wait_answers(1)
        return self

    def wait_answers(self, count):
        """Until so many more requests have gone well."""
        self.child.stdin.write(f"{count}\n")
        self.child.stdin.flush()
        said = self.child.stdout.readline().strip()
        assert said == "ok", said or "the probe has ended"

    def __exit__(self, *_):
        try:
            output, _ = self.child.communicate(timeout=PATIENCE)
        except BaseException:
            self.child.kill()
            self.child.wait()
            raise
        self.__dict__.update(json.loads(output or "{}"))

    def late(self, moment):
        """Attempts that failed although they were due after the moment."""
        return [each for each in self.stumbles if each[1] > moment]

    def __str__(self):
        return "\n  ".join([self.text, *self.complaints])
