"""Knot: the files in dns/ and, written here, the few values that differ."""

import socket

from environment import ROOT
from processes import Service


def write(state, environment):
    """The balancers' addresses are answered; with 0.0.0.0, this machine's own loopback."""
    directory = state / "dns"
    directory.mkdir(exist_ok=True)
    listen, domain = environment["listen"], environment["domain"]
    address = "127.0.0.1" if listen == "0.0.0.0" else listen
    (directory / "zone").write_text(
        f"$INCLUDE {ROOT}/dns/zone\n"
        f"ns  A {address}\n"
        f"app A {address}\n"
        f"api A {address}\n")
    (directory / "knot.conf").write_text(
        f"include: {ROOT}/dns/knot.conf\n"
        f"server:\n"
        f"    listen: {listen}@{environment['ports']['dns']}\n"
        f"    rundir: {directory}\n"
        f"database:\n"
        f"    storage: {directory}\n"
        f"zone:\n"
        f"  - domain: {domain}\n"
        f"    file: {directory}/zone\n")


def service(state, environment):
    write(state, environment)
    where = (environment["listen"], environment["ports"]["dns"])

    def ready():
        with socket.socket() as probe:
            return probe.connect_ex(where) == 0

    return Service(state, "dns", ["knotd", "-c", f"{state}/dns/knot.conf"], ready=ready)
