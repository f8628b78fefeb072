"""The environment file: the only reader of it, for `make run`, for Ansible and for people.

reading.py goes from a file to what it says: load.py reads YAML, schema.json says what each key may
be and what it is when it is left out, schema.py follows that, rules.py and rules_hosts.py know
what goes together, ports.py what browsers open. What follows from a file is derived in balancers.py, asg.py, zone.py, and for
the two ways of running in local.py, and hosts.py with machines.py; and nowhere else. The derivation
needs Python's own library alone.
"""

import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[1]
