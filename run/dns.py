"""Knot: the files in dns/ and, written here, the few values that differ. And dns-steer, which
has it answer with the balancers that answer."""

import json
import pathlib

import alive
from environment import ROOT
from environment.dns import local_dns
from environment.local import answer, zone_records
from environment.zone import BALANCER_TTL
from processes import Service
from state import CHECKOUT


def write(state, environment):
    """At its start Knot answers with all balancers; dns-steer takes out those that do not
    answer, through rundir/knot.sock."""
    directory = state / "dns"
    directory.mkdir(exist_ok=True)
    port = environment["ports"]["dns"]
    # A $TTL ends with the file that says it.
    (directory / "zone").write_text(f"$INCLUDE ../{CHECKOUT}/dns/zone\n"
                                    f"$TTL {BALANCER_TTL}\n{zone_records(environment)}")
    listen = ", ".join(f"{address}@{port}" for address in environment["listen"])
    # (knot.conf is not included: Knot takes the whole path of that for a pattern.)
    (directory / "knot.conf").write_text(
        (ROOT / "dns/knot.conf").read_text() +
        f"server:\n"
        f"    listen: [{listen}]\n"
        f"    rundir: dns\n"
        f"database:\n"
        f"    storage: dns\n"
        f"zone:\n"
        f"  - domain: {environment['domain']}\n"
        f"    storage: dns\n"
        f"    file: zone\n")


async def answers(environment):
    for address in environment["listen"]:
        await alive.dns(answer(address), environment["ports"]["dns"], environment["domain"])
    return True


def service(state, environment):
    write(state, environment)
    return Service(state, "dns", ["knotd", "-c", "dns/knot.conf"],
                   alive=lambda: answers(environment))


def steering(state, environment):
    document = local_dns(pathlib.Path(), environment)
    (state / "dns.json").write_text(json.dumps(document, indent=2) + "\n")
    return Service(state, "dns-steer", [str(ROOT / "build/bin/dns-steer"), "."],
                   alive=lambda: alive.touched(state / "dns-steer"))
