"""The auto scaling groups: what asg has to know, and the loop that keeps it going."""

import json

import alive
import balancers
import dns
from environment import ROOT
from processes import Failed, Service, output

PROGRAM = ROOT / "build/bin/asg"
# As cron would start it, each minute. (A list of the provider's is 25 ms of a processor, which
# the slowest requests feel; what a balancer notices is heard at once anyway.)
PASSES = ["--for", "60", "--every", "5"]


def settings(state, environment, release):
    """The lines of asg.env: for asg itself, then for the provider."""
    yield "ENVIRONMENT", state / "environment.yml"
    yield "PROVIDER", ROOT / "asg/providers" / environment["provider"]
    yield "LOAD_BALANCERS", " ".join(
        f"{b.name},{b.record},{dns.answer(b.address)},{b.port},{b.socket},{b.servers}"
        for b in balancers.all_of(balancers.HERE, environment))
    yield "KNOT_SOCKET", state / "dns/knot.sock"
    yield "ALLDAY_STATE", state
    yield "INSTANCES", environment["instances"]
    yield "BALANCERS", " ".join(sorted({"127.0.0.1", *environment["listen"]}))
    yield "PROGRAMS", ROOT / "build/bin"
    yield "NGINX", ROOT / "nginx"
    yield "WWW", ROOT / "www/dist"
    yield "ASSETS", ROOT / "build/assets"
    yield "SECRETS", state / "secrets"
    yield "DB_ADDRESS", state / "mysql.sock"
    yield "DB_NAME", "allday"
    yield "SIGN_UP", environment["sign_up"]
    yield "LOGIN_RATE", environment["balancer"]["login_rate"]
    yield "SIGN_UP_RATE", environment["balancer"]["sign_up_rate"]
    yield "DATABASE_FULL", state / "run/database-full"
    yield "RELEASE", release


def replace(path, text):
    new = path.with_name(path.name + ".new")
    new.write_text(text)
    new.rename(path)


def write(state, environment, release):
    """What runs is what was read at the start, whatever becomes of the file. JSON is YAML."""
    lines = [f"{name}={value}\n" for name, value in settings(state, environment, release)]
    replace(state / "environment.yml", json.dumps(environment, indent=2) + "\n")
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
                   alive=lambda: alive.asg(state / "asg/lock"), patience=10, again=True)
