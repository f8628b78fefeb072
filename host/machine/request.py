"""What this host's journal and balancers know of one request."""

import glob
import json
import os
import subprocess

import certificate
import common


def find(environment, ident):
    """A JSON array for each line: which machine, and the line."""
    common.environment(environment)
    for found in (*in_journal(environment, ident), *in_memory(environment, ident)):
        print(json.dumps(found))


def in_journal(environment, ident):
    units = [word for kind in ("instance", "machine")
             for word in ("-u", f"allday-{kind}@{environment}.*")]
    with subprocess.Popen(["journalctl", "-q", "--no-pager", "-o", "json", "--grep", ident,
                           "--output-fields=MESSAGE,_SYSTEMD_UNIT", *units],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as journal:
        for entry in map(json.loads, journal.stdout):
            unit = entry.get("_SYSTEMD_UNIT", "")
            who = unit.partition("@")[2].removesuffix(".service").removeprefix(f"{environment}.")
            if isinstance(entry.get("MESSAGE"), str):
                yield who, entry["MESSAGE"].strip()


def in_memory(environment, ident):
    """The last requests of each balancer (haproxy/edge.cfg)."""
    for path in sorted(glob.glob(f"{common.RUN}/{environment}/*/admin.sock")):
        who = os.path.basename(os.path.dirname(path))
        yield from ((who, line) for line in events(path) if f"request_id={ident} " in line)


def events(path):
    try:
        return certificate.ask(path, "show events timers").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
