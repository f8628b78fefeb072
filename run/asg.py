"""The auto scaling groups: what asg has to know, and the loop that keeps it going."""

import json

import alive
from environment import ROOT
from environment.asg import asg_document
from environment.local import asg_settings
from processes import Failed, Service, output

PROGRAM = ROOT / "build/bin/asg"
# As cron would start it, each minute. (A list of the provider's is 25 ms of a processor, which
# the slowest requests feel; what a balancer notices is heard at once anyway.)
PASSES = ["--for", "60", "--every", "5"]


def replace(path, text):
    new = path.with_name(path.name + ".new")
    new.write_text(text)
    new.rename(path)


def write(state, environment, release):
    """What runs is what was read at the start, whatever becomes of the file."""
    lines = [f"{name}={value}\n" for name, value in asg_settings(state, environment).items()]
    replace(state / "asg.json", json.dumps(asg_document(environment, release), indent=2) + "\n")
    replace(state / "asg.env", "".join(lines))


async def ask(state, *arguments):
    """A command of asg; what it says when it fails is the sentence."""
    code, said, complaint = await output([PROGRAM, "-s", state, *arguments])
    if code:
        raise Failed(complaint.strip() or f"asg ended with status {code}")
    return said


def service(state):
    """Each minute's asg ends by itself, and the next one begins. A pass may have to wait for
    a balancer that hangs."""
    return Service(state, "asg", [str(PROGRAM), "-s", str(state), "reconcile", *PASSES],
                   alive=lambda: alive.touched(state / "asg/lock"), patience=10, again=True)
