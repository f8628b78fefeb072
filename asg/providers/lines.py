"""What logs say of one request, in the order in which it came to those who say it."""

import datetime
import re

# haproxy/edge.cfg: when it ended (microseconds), and the time in all (milliseconds)
BALANCER = re.compile(r"([0-9]{16}) \S+ \S+ \S+ ([0-9]+) ")
# nginx/*/log.conf: the same, in seconds
NGINX = re.compile(r".* msec=([0-9.]+) .* seconds=([0-9.]+)")
# lib/base/log.c: when it was said
PROGRAM = re.compile(r"time=(\S+) level=")


def began(line):
    """Seconds since 1970."""
    if found := BALANCER.match(line):
        return int(found[1]) / 1e6 - int(found[2]) / 1e3
    if found := NGINX.match(line):
        return float(found[1]) - float(found[2])
    if found := PROGRAM.match(line):
        return datetime.datetime.fromisoformat(found[1].replace("Z", "+00:00")).timestamp()
    return 0.0


def show(found):
    """The lines of (who, line) pairs; a balancer may have said the same twice. It is first
    in any case: clocks of hosts differ, and servers look at theirs only now and then."""
    rows = sorted((not BALANCER.match(line), began(line), who, line) for who, line in {*found})
    width = max((len(who) for _, _, who, _ in rows), default=0)
    for _, at, who, line in rows:
        when = datetime.datetime.fromtimestamp(at, datetime.timezone.utc)
        print(f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03}Z  {who:{width}}  {line}")
