"""dns.json: what dns-steer has to know (dns/steer/steer.c reads it).

  local_dns(state, environment)            of `make run`; state: what a path begins with
  hosts_dns(environment, zone, addresses)  of hosts: of the name server in that zone
"""

from environment.hosts import listen_address
from environment.local import all_balancers, answer
from environment.zone import BALANCER_TTL, names_of

VERSION = 1


def document(environment, balancers, name_servers):
    """balancers: (names, address, port); name_servers: (name, control socket)."""
    return {
        "version": VERSION,
        "domain": environment["domain"],
        "ttl": BALANCER_TTL,
        "balancers": [{"names": names, "address": address, "port": port}
                      for names, address, port in balancers],
        "name_servers": [{"name": name, "socket": str(socket)}
                         for name, socket in name_servers],
    }


def local_dns(state, environment):
    return document(
        environment,
        [([one.record], answer(one.address), one.port)
         for one in all_balancers(state, environment)],
        [("dns", state / "dns/knot.sock")])


def hosts_dns(environment, here, addresses):
    run, balancers = f"/run/allday/{environment['name']}", environment["balancers"]
    return document(
        environment,
        [(names_of(environment, record), listen_address(environment, zone, record, addresses),
          said["http"])
         for record, said in balancers.items() for zone in said["zones"]],
        [(f"dns-{here}", f"{run}/dns-{here}/knot.sock")])
