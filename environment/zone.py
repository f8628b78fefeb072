"""What stands in the DNS zone of the domain."""

import re

from environment.balancers import RECORDS

BALANCER_TTL = 5  # seconds, of the balancers' addresses: who asked before forgets soon


def names_of(environment, record):
    """Of a balancer, in the domain."""
    return [record, *environment["balancers"][record]["names"]]


def whole(environment, name):
    return environment["domain"] if name == "@" else f"{name}.{environment['domain']}"


def certificate_names(environment):
    """Those of the balancers, and what leads to them by a CNAME."""
    names = [whole(environment, name) for record in RECORDS for name in names_of(environment, record)]
    return names + [f"{one['name']}.{environment['domain']}" for one in environment["dns"]["records"]
                    if one["type"] == "CNAME" and one["value"] in names]


def quoted(text):
    """As in a zone file (RFC 1035): strings of at most 255 bytes."""
    parts = [text[n:n + 255] for n in range(0, len(text), 255)]
    return " ".join('"' + re.sub(r'(["\\])', r"\\\1", part) + '"' for part in parts)


def record_data(one):
    """What is a name at its end is a whole one; certificates' authorities and texts are quoted."""
    if one["type"] == "TXT":
        return quoted(one["value"])
    if one["type"] == "CAA":
        *head, value = one["value"].split(" ", 2)
        return f"{' '.join(head)} {quoted(value)}"
    return one["value"] + ("." if one["type"] in ("CNAME", "MX", "SRV") else "")


def other_records(environment):
    """Lines, of what stands there beside name servers and balancers."""
    return [f"{one['name']} {one['ttl']} {one['type']} {record_data(one)}"
            for one in environment["dns"]["records"]]
