"""What must stand in more than one place, since nothing can be read there, is the same everywhere:
ports, users, pools, limits. The source of each is named first."""

import re

from environment import ROOT, amounts, hosts, local, machines, ports, rules, schema

GUEST = ROOT / "host/guest/usr/lib"


def read(path):
    return (ROOT / path).read_text()


def numbers(path, pattern):
    found = [int(number) for number in re.findall(pattern, read(path), re.M)]
    assert found, f"{path} has no {pattern}"
    return set(found)


def words(path, pattern):
    [found] = re.findall(pattern, read(path), re.M)
    return found.split()


def test_the_port_of_instances():
    groups = schema.SCHEMA["properties"]["security_groups"]["default"]
    for found in (numbers("host/machine/common.py", r"^PORT = (\d+)"),
                  numbers("asg/providers/process", r"^PORT = (\d+)"),
                  {port for kind in ("web", "api") for rule in groups[kind] for port in rule["ports"]},
                  numbers("ansible/environments/local.yml", r"Each takes a free address of it, port (\d+)")):
        assert found == {ports.INSTANCE}


def test_the_ports_of_named_machines():
    groups = schema.SCHEMA["properties"]["security_groups"]["default"]
    inside = {role: {port for rule in groups[role] for port in rule["ports"]}
              for role in ("balancer", "dns", "database")}
    assert inside == {"balancer": {80, 443, hosts.STATS}, "dns": {53}, "database": {hosts.DATABASE_PORT}}


def test_the_first_addresses_of_a_subnet():
    assert numbers("host/vpc/environment.py", r"^RESERVED = (\d+)") == {rules.RESERVED}
    assert max(hosts.HOST_PARTS.values()) <= rules.RESERVED + 2


def test_pools_and_their_users():
    pools = list(machines.POOLS)
    names = schema.SCHEMA["properties"]["groups"]["additionalProperties"]["properties"][
        "launch_template"]["properties"]["threads"]["propertyNames"]["enum"]
    wanted = re.findall(r"allday-program@(\w+)\.service", read(f"{GUEST}/systemd/system/allday-api.target"))
    process = re.findall(r'"(\w+)": "\w+"', re.search(r"^POOLS = .*", read("asg/providers/process"), re.M)[0])
    assert pools == names == wanted == process == words(f"{GUEST}/allday/guest/pools", r"for pool in (.*);")
    siblings = words(f"{GUEST}/allday/guest/program", r"for one in (.*);")
    users = re.findall(r"^u allday-(\w+) ", read(f"{GUEST}/sysusers.d/allday.conf"), re.M)
    assert siblings == [pool for pool in pools if pool != "health"] and set(pools) <= set(users)


def test_users_of_the_database():
    grants = {f"db-{path.stem}" for path in (ROOT / "sql/grants").glob("*.sql")}
    loaded = re.findall(r"^LoadCredential=(db-\w+)", read(f"{GUEST}/systemd/system/allday-migration.service"), re.M)
    assert set(hosts.ACCOUNTS) == grants == set(loaded)
    assert numbers("host/machine/watch.py", r'^GUARD = "(\d+)"') == \
        numbers(f"{GUEST}/sysusers.d/allday.conf", r"^u allday-guard +(\d+)")


def test_the_largest_body():
    largest = numbers("lib/http/req.h", r"#define REQ_BODY_MAX +(\d+)")
    assert largest == numbers("haproxy/edge.cfg", r"str\(too-large\).*(?:length\)|body_size) gt (\d+)")
    assert {number * 1024 for number in numbers("nginx/http/limits.conf", r"client_max_body_size (\d+)k")} == largest


def test_how_often_what_is_not_up_is_checked():
    for kind in rules.KINDS:
        assert numbers(f"haproxy/{kind}-group.cfg", r"fastinter (\d+)ms") == {rules.NEXT_CHECK}
        assert numbers(f"haproxy/{kind}-group.cfg", r"downinter (\d+)ms") == {rules.FIRST_CHECK}


def test_how_many_are_replaced_at_a_time():
    least, part = map(int, re.search(r"return desired >= (\d+) \? desired / (\d+) : 1;",
                                     read("asg/rules/plan.c")).groups())
    assert [amounts.surge(n) for n in range(300)] == [n // part if n >= least else 1 for n in range(300)]


def test_groups_of_make_run_are_the_kinds():
    assert set(rules.KINDS) == {group for groups in local.GROUPS.values() for group in groups}


def test_what_an_id_is():
    """machine-over-ssh, the door of a host, reads nothing but itself; nor do the providers."""
    instances, requests = set(), set()
    for path in ("host/machine/common.py", "host/machine/machine-over-ssh", "asg/providers/process",
                 "asg/providers/nspawn"):
        text = read(path).replace("(?:", "(")
        instances.update(re.findall(r"i-\[[^\"]*\{8\}", text))
        requests.update(re.findall(r"\[0-9a-f\]\{8\}\(-[^\"]*\{12\}", text))
    assert instances == {"i-[0-9a-f]{8}"} and len(requests) == 1
