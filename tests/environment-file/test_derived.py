"""What follows from an environment file: nothing runs. And its schema, as editors read it."""

import copy
import importlib.util
import ipaddress
import json
import pathlib

import jsonschema
import pytest
import yaml

from environment import ROOT, asg, dns, hosts, local, machines as named, reading, schema, zone as zones

ENVIRONMENTS = ROOT / "ansible/environments"
ADDRESSES = {"a": "198.51.100.1", "b": "198.51.100.2", "c": "198.51.100.3"}
PLAIN = """
name: plain
domain: todo.test
provider: nspawn
zones:
  a: {host: one, subnets: {public: 10.20.0.0/28, app: 10.20.0.128/25, data: 10.20.0.16/28}}
groups: {web: {}, api: {}}
"""


def load(path):
    """A plugin of Ansible's."""
    spec = importlib.util.spec_from_file_location("filters", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def read_example():
    return reading.read(ENVIRONMENTS / "example.yml")


@pytest.fixture
def example(read_example):
    return copy.deepcopy(read_example)


def host(environment, zone="a", *more):
    return hosts.host_document(environment, zone, ADDRESSES, "image", "release", *more)


def machines(environment, zone="a"):
    return named.all_machines(environment, zone, ADDRESSES)


def settings(environment, name):
    return machines(environment, name.partition("-")[2])[name]["settings"]


# ---- environment.json


def test_host_is_all_that_vpc_and_machine_know(example):
    document = host(example, "b")
    assert list(document) == [
        "name", "domain", "zone", "network", "mtu", "encryption", "image", "release", "zones",
        "security_groups", "listeners", "machines", "groups"]
    assert (document["name"], document["zone"], document["release"]) == ("prod", "b", "release")
    assert json.loads(json.dumps(document)) == document
    assert document["groups"]["web"] == {
        "kind": "web", "subnet": "app", "security_group": "web", "memory": "256M", "cpu": 100, "disk": "64M",
        "settings": {"BALANCERS": "10.20.0.0/24 10.20.10.0/24 10.20.20.0/24"},
        "credentials": [], "release": ""}
    assert document["groups"]["api"]["settings"]["DB_ADDRESS"] == "10.20.2.10:3306"
    assert document["groups"]["api"]["credentials"] == [
        "db-auth", "db-todo", "db-classic", "db-health"]


def test_zones_have_the_address_of_the_file_or_of_the_inventory(example):
    del example["zones"]["b"]["address"]
    zones = host(example)["zones"]
    assert {name: zone["address"] for name, zone in zones.items()} == {
        "a": "192.0.2.10", "b": "198.51.100.2", "c": "192.0.2.30"}
    assert list(zones["a"]) == ["address", "subnets"]


def test_only_the_zone_of_the_database_has_it(example):
    names = {zone: list(host(example, zone)["machines"]) for zone in "abc"}
    assert names == {"a": ["app-a", "api-a", "dns-a", "db-a"],
                     "b": ["app-b", "api-b", "dns-b"], "c": ["app-c", "api-c", "dns-c"]}
    assert host(example)["machines"]["db-a"] == {
        "role": "database", "subnet": "data", "security_group": "database",
        "address": "10.20.2.10", "memory": "512M", "cpu": 200,
        "credentials": ["db-auth", "db-todo", "db-classic", "db-health"]}


def test_machines_are_only_in_their_zones(of):
    environment = of(PLAIN + "balancers: {api: {zones: [a]}}\n")
    environment["balancers"]["app"]["zones"] = []
    assert list(host(environment)["machines"]) == ["api-a", "dns-a", "db-a"]
    assert "app-a" not in hosts.asg_settings(environment, "a", ADDRESSES)["settings"][
        "LOAD_BALANCERS"]


def test_machines_have_an_address_each_of_their_subnet(of):
    """The smallest networks as well."""
    environment = of(PLAIN)
    document, found = host(environment), set()
    for machine in document["machines"].values():
        subnet = ipaddress.ip_network(document["zones"]["a"]["subnets"][machine["subnet"]])
        assert ipaddress.ip_address(machine["address"]) in list(subnet.hosts())
        found.add(machine["address"])
    assert len(found) == len(document["machines"]) == 4


def test_listeners_lead_to_ports_that_are_open(example):
    """By the rules that hold when the file has none."""
    document = host(example)
    groups = document["security_groups"]
    assert len(document["listeners"]) == 8
    for listener in document["listeners"]:
        group = document["machines"][listener["machine"]]["security_group"]
        assert any(rule["from"] == "internet" and rule["protocol"] == listener["protocol"]
                   and listener["to"] in rule["ports"] for rule in groups[group]), listener


def test_listeners_on_addresses_of_their_own(example):
    found = {(one["address"], one["protocol"], one["port"]): (one["machine"], one["to"])
             for one in host(example)["listeners"]}
    assert found == {
        ("192.0.2.11", "tcp", 80): ("app-a", 80), ("192.0.2.11", "tcp", 443): ("app-a", 443),
        ("192.0.2.11", "tcp", 8404): ("app-a", 8404),
        ("192.0.2.12", "tcp", 80): ("api-a", 80), ("192.0.2.12", "tcp", 443): ("api-a", 443),
        ("192.0.2.12", "tcp", 8405): ("api-a", 8404),
        ("192.0.2.10", "udp", 53): ("dns-a", 53), ("192.0.2.10", "tcp", 53): ("dns-a", 53)}


def test_listeners_on_one_address_differ_by_port(of):
    found = [(one["address"], one["protocol"], one["port"])
             for one in host(of(PLAIN))["listeners"]]
    assert len(found) == len(set(found)) == 8
    assert {address for address, _, _ in found} == {"198.51.100.1"}


def test_two_environments_may_share_all_addresses(of):
    other = of(PLAIN + """
balancers: {app: {http: 81, https: 444, stats: 9404}, api: {http: 82, https: 445, stats: 9405}}
dns: {port: 5300}
""")
    found = [{(one["address"], one["protocol"], one["port"]) for one in host(each)["listeners"]}
             for each in (of(PLAIN), other)]
    assert len(found[0]) == len(found[1]) == 8 and not found[0] & found[1]


@pytest.mark.parametrize("name, number", [("prod", 5868), ("cloud", 26233), ("a", 19371)])
def test_network_number_is_the_name_s(name, number):
    """A change of it would cut the hosts of an environment from each other meanwhile."""
    assert hosts.network_number(name) == number


def test_network_numbers_are_in_range():
    numbers = [hosts.network_number(f"e{n}") for n in range(5000)]
    assert min(numbers) >= 1 and max(numbers) <= 65535 and len(set(numbers)) > 4500


def test_encryption_makes_tunnels_of_their_own(example, monkeypatch):
    keys = {"a": "key-a", "b": "key-b", "c": "key-c"}
    document = host(example, "a", "wireguard", keys)
    assert (document["mtu"], document["encryption"]) == (1370, "wireguard")
    found = {name: zone["wireguard"] for name, zone in document["zones"].items()}
    assert [tunnel["public_key"] for tunnel in found.values()] == list(keys.values())
    addresses = {ipaddress.ip_address(tunnel["address"]) for tunnel in found.values()}
    assert len(addresses) == 3
    # Neither the uplinks' nor anybody's outside.
    uplinks = ipaddress.ip_network("100.64.0.0/15")
    assert not any(address in uplinks for address in addresses)
    assert all(address in ipaddress.ip_network("100.64.0.0/10") for address in addresses)
    number = hosts.network_number("prod")
    monkeypatch.setattr(hosts, "network_number", lambda name: number + 1)
    others = host(example, "a", "wireguard", keys)["zones"].values()
    assert not addresses & {ipaddress.ip_address(zone["wireguard"]["address"]) for zone in others}
    assert (host(example)["mtu"], host(example)["encryption"]) == (1450, "none")
    assert "wireguard" not in host(example, "a", "none", keys)["zones"]["a"]


# ---- the named machines


def test_balancer_s_settings(example):
    found = settings(example, "app-b")
    assert found == {
        "BIND": "10.20.10.10:443 ssl crt /etc/allday/tls/ alpn h2,http/1.1",
        "HTTP_BIND": "10.20.10.10:80",
        "HTTPS_SUFFIX": "",
        "STATS_BIND": "10.20.10.10:8404 ssl crt /etc/allday/tls/",
        "STATS_USERS": "yes",
        "RECORD": "app",
        "GROUPS": "web api",
        "DEFAULT_GROUP": "web",
        "RULES": "/etc/allday/rules",
        "ADMIN": "/run/allday/admin.sock",
        "ADMIN_MODE": "660",
        "SERVERS": "/var/lib/allday/servers",
        "SLOTS": "20",
        "LOGIN_RATE": "30",
        "WRITE_RATE": "60000",
        "WRITE_BYTES": "61440000",
        "CONNECTIONS": "20000",
        "CONNECTIONS_ALL": "22000",
        "CONNECTIONS_PER_ADDRESS": "2000",
        "REQUESTS_PER_ADDRESS": "100",
        "CONNECT_TIMEOUT": "100ms",
        "CORS_ORIGINS": "http://localhost:3000",
        "WEB_CHECK_PATH": "/readyz",
        "WEB_CHECK_INTERVAL": "1s",
        "WEB_HEALTHY": "2",
        "WEB_UNHEALTHY": "2",
        "WEB_SLOW_START": "5s",
        "API_CHECK_PATH": "/readyz",
        "API_CHECK_INTERVAL": "1s",
        "API_HEALTHY": "2",
        "API_UNHEALTHY": "2",
        "API_SLOW_START": "5s",
        "WEB_KIND": "web",
        "API_KIND": "api",
    }
    assert settings(example, "api-b")["GROUPS"] == "api"
    assert "WEB_HEALTHY" not in settings(example, "api-b")


def test_balancer_has_what_the_files_of_haproxy_ask_for(example):
    """Each variable of them is a setting, or set by HAProxy itself."""
    text = "".join(path.read_text() for path in (ROOT / "haproxy").glob("*.cfg"))
    asked = {part.split("}")[0].removesuffix("[*]") for part in text.split("${")[1:]}
    assert asked - set(settings(example, "app-a")) == {"CSP"}


def test_redirect_names_the_port_that_clients_know(of):
    environment = of(PLAIN)
    assert settings(environment, "app-a")["HTTPS_SUFFIX"] == ""
    assert settings(environment, "api-a")["HTTPS_SUFFIX"] == ":8443"


def test_no_origin_is_nobody(example):
    example["balancer"]["cors_origins"] = []
    assert settings(example, "app-a")["CORS_ORIGINS"] == "nobody"


def test_rules_are_three_maps(of):
    environment = of(PLAIN + "balancers: {app: {rules: [{path: /a/b/, group: api}, "
                             "{host: x.test, group: web}, {path: /a, group: api}, "
                             "{path: /c, group: web}]}}\n")
    found = machines(environment)
    assert found["app-a"]["files"] == {
        "rules/hosts": "x.test web\n", "rules/paths": "/a api\n/c web\n",
        "rules/prefixes": "/a/b/ api\n"}
    assert found["api-a"]["files"] == {"rules/hosts": "", "rules/paths": "", "rules/prefixes": ""}


def test_rules_of_the_example_are_those_of_make_run(example):
    def entries(text):
        return {line for line in text.splitlines() if line and not line.startswith("#")}
    for path, text in machines(example)["app-a"]["files"].items():
        assert entries(text) == entries((ROOT / "haproxy" / path).read_text()), path


def test_balancer_has_slots_of_all_groups_that_its_rules_may_lead_to(example):
    """So that one that no rule has named is filled before a rule leads to it."""
    before = settings(example, "app-a")["GROUPS"]
    example["groups"] |= {"web-blue": example["groups"]["web"], "blue": example["groups"]["api"]}
    assert set(before.split()) == {"web", "api"}
    assert settings(example, "app-a")["GROUPS"] == "web api web-blue blue"
    assert settings(example, "app-a")["WEB_BLUE_CHECK_PATH"] == "/readyz"
    assert settings(example, "app-a")["BLUE_KIND"] == "api"
    assert settings(example, "api-a")["GROUPS"] == "api blue"
    assert settings(example, "app-a")["DEFAULT_GROUP"] == "web"


def test_dns_servers_are_alike(example):
    first, second = machines(example, "a")["dns-a"], machines(example, "b")["dns-b"]
    assert first["role"] == second["role"] == "dns"
    assert first["settings"] == {"DOMAIN": "todo.example.com"}
    assert first["values"] == {
        "domain": "todo.example.com", "address": "10.20.0.12",
        "name_servers": ["192.0.2.10", "192.0.2.20", "192.0.2.30"],
        "records": {"app": ["192.0.2.11", "192.0.2.21", "192.0.2.31"],
                    "api": ["192.0.2.12", "192.0.2.22", "192.0.2.32"]},
        "balancer_ttl": 5, "names": ["app", "api"], "others": []}
    assert second["values"] == first["values"] | {"address": "10.20.10.12"}


def test_each_dns_server_is_told_on_its_host(example):
    example["dns"]["zones"] = ["c", "a"]
    assert "dns-b" not in machines(example, "b")
    for zone in "ca":
        assert dns.hosts_dns(example, zone, ADDRESSES)["name_servers"] == [
            {"name": f"dns-{zone}", "socket": f"/run/allday/prod/dns-{zone}/knot.sock"}]


def test_dns_json_has_what_is_checked(example):
    example["balancers"]["app"]["names"] = ["@", "www"]
    example["balancers"]["app"]["http"] = 8080
    found = dns.hosts_dns(example, "a", ADDRESSES)
    assert (found["version"], found["domain"], found["ttl"]) == (1, "todo.example.com", 5)
    assert len(found["balancers"]) == 6
    assert found["balancers"][0] == {"names": ["app", "@", "www"], "address": "192.0.2.11",
                                     "port": 8080}
    assert found["balancers"][5] == {"names": ["api"], "address": "192.0.2.32", "port": 80}


def test_dns_json_of_make_run(tmp_path):
    file = tmp_path / "file.yml"
    file.write_text("name: a\ndomain: b.test\nlisten: [0.0.0.0, 127.0.0.2]\n"
                    "groups: {web: {}, api: {}}\n")
    assert dns.local_dns(pathlib.Path(), reading.read_for_make_run(file)) == {
        "version": 1, "domain": "b.test", "ttl": 5,
        "balancers": [{"names": [name], "address": address, "port": port}
                      for address in ("127.0.0.1", "127.0.0.2")
                      for name, port in (("app", 8080), ("api", 8081))],
        "name_servers": [{"name": "dns", "socket": "dns/knot.sock"}]}


def test_database_has_half_of_its_memory_for_pages(example):
    def lines(memory):
        example["database"]["memory"] = memory
        return machines(example)["db-a"]["files"]["my.cnf"].splitlines()
    assert lines("512M") == [
        "[mariadbd]", "bind_address = 10.20.2.10", "max_connections = 173",
        "innodb_buffer_pool_size = 256M", "innodb_log_file_size = 64M"]
    assert "innodb_buffer_pool_size = 1024M" in lines("2G")


def test_database_takes_a_connection_of_each_thread(example):
    group = example["groups"]["api"]
    group["launch_template"]["threads"] = {"login": 1, "auth": 2, "todo": 8}  # 2 when not said
    group["max"] = 10
    assert named.connections(example) == 20 + 11 * (2 + 3 + 9 + 3 + 3)
    group["schedule"] = [{"cron": "@daily", "max": 40}, {"cron": "@daily", "min": 1}]
    assert named.connections(example) == 20 + 44 * 20
    my_cnf = machines(example)["db-a"]["files"]["my.cnf"]
    assert "max_connections = 900\n" in my_cnf


# ---- asg


def test_asg_is_told_of_all_balancers(example):
    found = hosts.asg_settings(example, "a", ADDRESSES)
    balancers = found["settings"]["LOAD_BALANCERS"].split()
    assert len(balancers) == 6
    assert balancers[0] == "app-a,/run/allday/prod/app-a/admin.sock"
    assert balancers[5] == "api-c,/run/allday/prod/api-c/admin.sock"
    assert found["settings"]["ZONES"] == "a= b=192.0.2.20 c=192.0.2.30"
    assert found["settings"]["PROVIDER"] == (
        "/var/lib/allday/prod/release/usr/share/allday/asg/providers/nspawn")
    assert all("\n" not in value for value in found["settings"].values())


def test_asg_has_links_to_the_other_zones(example):
    for here in "abc":
        found = hosts.asg_settings(example, here, ADDRESSES)
        assert list(found["links"]) == [zone for zone in "abc" if zone != here]
        assert f"{here}= " in found["settings"]["ZONES"] + " "
    assert found["links"]["a"] == {
        "host": "host-a", "address": "192.0.2.10", "sockets": [
            "/run/allday/prod/app-a/admin.sock", "/run/allday/prod/api-a/admin.sock"]}


def test_one_zone_needs_no_link(of):
    found = hosts.asg_settings(of(PLAIN), "a", ADDRESSES)
    assert found["links"] == {} and found["settings"]["ZONES"] == "a="
    assert found["settings"]["LOAD_BALANCERS"].split()[1].startswith("api-a,/run/")


def test_asg_json(of):
    """tests/unit/test_config.c reads this one."""
    document = asg.asg_document(reading.read(ROOT / "tests/environment-file/corpus/good-full.yml",
                                             ENVIRONMENTS / "local.yml"))
    written = ROOT / "tests/unit/corpus/asg.json"
    assert document == json.loads(written.read_text()), json.dumps(document, ensure_ascii=False)


def test_asg_knows_groups_without_a_balancer(of):
    text = PLAIN.replace("api: {}", "api: {}, web-blue: {}, green: {kind: web}")
    document = asg.asg_document(of(text + 'balancers: {app: {names: ["@", www], rules: [{host: green.a.b, '
                                          "group: green}]}, api: {names: [rest]}}\n"))
    assert {name: group["alone"] for name, group in document["groups"].items()} == {
        "web": False, "api": False, "web-blue": True, "green": False}
    assert not any(group["alone"] for group in
                   asg.asg_document(reading.read(ENVIRONMENTS / "local.yml"))["groups"].values())


def test_what_an_earlier_release_told_asg_is_told_anew(example):
    document = asg.asg_document(example)
    for group in example["groups"].values():
        del group["kind"]
    assert asg.asg_document_of_before(json.dumps(example)) == document


def test_what_balancers_lead_to_is_kept(example):
    """Of the zones that are left; the rest is as the file says."""
    document = asg.asg_document(example)
    said = [{"balancer": "app-a", "to": ["api", "web-old"], "until": ["web"]}]
    old = document["groups"]["web"] | {"zones": ["a", "gone"]}
    before = json.dumps(document | {"groups": {"web-old": old, "web-older": old}})
    kept = asg.still_led(document, example["zones"], said, before)
    assert kept["groups"] == document["groups"] | {"web-old": old | {"zones": ["a"], "alone": True}}
    assert asg.still_led(document, example["zones"], [], before) == \
        asg.still_led(document, example["zones"], said, "") == document


def test_what_machine_settings_said():
    """That of an earlier release, too, which is called before there is another one (--check, --tags)."""
    said = {"units": ["allday-machine@prod.app-a.service"], "files": ["app-a/config/machine.env"],
            "leads": [{"balancer": "app-a", "to": ["api", "web-old"], "until": ["web", "green"]}]}
    assert named.written(json.dumps(said) + "\n") == said
    assert named.written(
        "allday-machine@prod.app-a.service\napp-a/config/machine.env\n"
        "app-a leads to api web-old until an instance is in service there of web green\n") == said
    assert named.written("") == {"units": [], "files": [], "leads": []}


# ---- of `make run`


def test_variables_of_a_balancer_here():
    environment = reading.read(ENVIRONMENTS / "local.yml")
    app, api = local.all_balancers(ROOT / "var", environment)
    found = local.balancer_variables(environment, app, 1000)
    assert (found["BIND"], found["STATS_BIND"]) == ("127.0.0.1:8080", "127.0.0.1:8404")
    assert (found["CONNECTIONS"], found["CONNECTIONS_ALL"], found["DEFAULT_GROUP"]) == ("1000", "3000", "web")
    assert (found["WEB_CHECK_PATH"], found["API_HEALTHY"], found["SLOTS"]) == ("/readyz", "2", "20")
    assert local.balancer_variables(environment, api, 10 ** 6)["CONNECTIONS"] == "20000"
    assert "WEB_CHECK_PATH" not in local.balancer_variables(environment, api, 1)


def test_ports_here(of):
    environment = of("listen: [127.0.0.1, 127.0.0.2]\n", ENVIRONMENTS / "local.yml")
    assert sorted({(key, address, port) for key, address, port, _ in local.listeners(environment)}) == [
        ("ports.api", "127.0.0.1", 8081), ("ports.api", "127.0.0.2", 8081), ("ports.app", "127.0.0.1", 8080),
        ("ports.app", "127.0.0.2", 8080), ("ports.dns", "127.0.0.1", 5300), ("ports.dns", "127.0.0.2", 5300),
        ("ports.stats", "127.0.0.1", 8404), ("ports.stats", "127.0.0.1", 8405),
        ("ports.stats", "127.0.0.1", 8406), ("ports.stats", "127.0.0.1", 8407)]
    assert local.zone_records(environment).splitlines()[2:4] == ["app A 127.0.0.1", "app A 127.0.0.2"]


# ---- the zone


def test_other_records_of_the_zone(of):
    environment = of(PLAIN + """
dns:
  records:
    - {name: "@", type: MX, value: 10 mail.example.net}
    - {name: www, type: CNAME, value: app.todo.test, ttl: 60}
    - {name: "*.x", type: AAAA, value: "2001:db8::1"}
    - {name: "@", type: CAA, value: 0 issue ca.example.net; policy=ev}
    - {name: long, type: TXT, value: '%s"\\'}
""" % ("x" * 255))
    values = machines(environment)["dns-a"]["values"]
    assert values["others"] == [
        "@ 300 MX 10 mail.example.net.", "www 60 CNAME app.todo.test.", "*.x 300 AAAA 2001:db8::1",
        '@ 300 CAA 0 issue "ca.example.net; policy=ev"',
        'long 300 TXT "%s" "\\"\\\\"' % ("x" * 255)]
    assert values["names"] == ["app", "api", "www"]
    assert zones.certificate_names(environment) == ["app.todo.test", "api.todo.test", "www.todo.test"]


def test_other_names_of_a_balancer(of):
    environment = of(PLAIN + 'balancers: {app: {names: ["@", www]}, api: {names: [rest]}}\n')
    values = machines(environment)["dns-a"]["values"]
    assert list(values["records"]) == ["app", "@", "www", "api", "rest"]
    assert values["records"]["@"] == values["records"]["app"] == ["198.51.100.1"]
    assert values["names"] == ["app", "www", "api", "rest"]
    assert zones.certificate_names(environment) == [
        "app.todo.test", "todo.test", "www.todo.test", "api.todo.test", "rest.todo.test"]


def test_names(example):
    assert zones.certificate_names(example) == ["app.todo.example.com", "api.todo.example.com"]
    assert hosts.zones_of_hosts(example) == {"host-a": "a", "host-b": "b", "host-c": "c"}


def test_all_are_filters():
    filters = load(ROOT / "ansible/filter_plugins/environment.py").FilterModule().filters()
    assert sorted(filters) == ["allday_accounts", "allday_asg", "allday_asg_json", "allday_asg_json_of_before",
                               "allday_dns_json", "allday_host",
                               "allday_machines", "allday_names", "allday_written", "allday_zones"]


# ---- the schema


@pytest.fixture(scope="module")
def validator():
    return jsonschema.Draft202012Validator(schema.SCHEMA)


def test_schema_takes_what_is_read(validator, example):
    validator.validate(example)


@pytest.mark.parametrize("where, wrong", [
    ("colour", "red"),
    ("name", "Prod"),
    ("domain", "test"),
    ("provider", "../sh"),
    ("provider", "process"),
    ("listen", "127.0.0.1"),
    ("ports", {"app": 80}),
    ("zones", {}),
    ("zones", {"A": {"host": "x", "subnets": {}}}),
    ("zones.a.host", ""),
    ("zones.a.address", "host-a"),
    ("zones.a.subnets", {"public": "10.20.0.0/24", "app": "10.20.1.0/24"}),
    ("zones.a.subnets.app", "10.20.1.0"),
    ("vpc.encryption", "ipsec"),
    ("security_groups.web", [{"from": "balancer"}]),
    ("security_groups.web", [{"from": "balancer", "ports": [0]}]),
    ("security_groups.web", [{"from": "balancer", "ports": [1, 1]}]),
    ("security_groups.web", [{"from": "balancer", "ports": [1], "protocol": "icmp"}]),
    ("balancers.www", {}),
    ("balancers.app.https", 65536),
    ("balancers.app.rules", [{"path": "api", "group": "api"}]),
    ("balancers.app.rules", [{"path": "/api"}]),
    ("certificates.source", "self"),
    ("certificates.directory", "http://acme"),
    ("database.nodes", 3),
    ("database.memory", 512),
    ("database.memory", "512"),
    ("dns.zones", []),
    ("image.debian", "sid"),
    ("operators", []),
    ("operators", ["Admin"]),
    ("groups.Web", {}),
    ("groups.api.min", -1),
    ("groups.api.min", "1"),
    ("groups.api.min", 1.5),
    ("groups.api.drain", "10"),
    ("groups.api.drain", 10),
    ("groups.api.termination_policy", "first"),
    ("groups.api.launch_template.disk", "64 M"),
    ("groups.api.launch_template.threads", {"login": 0}),
    ("groups.api.health_check.path", "readyz"),
    ("groups.api.scaling.policies", [{"metric": "cpu"}]),
    ("groups.api.scaling.policies", [{"metric": "cpu", "target": 0}]),
    ("groups.api.schedule", [{"min": 1}]),
    ("balancer.cors_origins", ["http://a b"]),
])
def test_schema_refuses(validator, example, where, wrong):
    *path, last = where.split(".")
    part = example
    for key in path:
        part = part[key]
    part[last] = wrong
    assert list(validator.iter_errors(example))


@pytest.mark.parametrize("key", ["name", "domain", "zones", "groups"])
def test_schema_wants_what_hosts_need(validator, example, key):
    del example[key]
    assert list(validator.iter_errors(example))


def test_schema_keeps_hosts_keys_from_this_machine(validator):
    local = yaml.safe_load((ENVIRONMENTS / "local.yml").read_text())
    for key, value in (("zones", {}), ("operators", ["admin"]), ("image", {})):
        assert list(validator.iter_errors(local | {key: value})), key
    local["groups"]["api"]["launch_template"]["memory"] = "1G"
    assert list(validator.iter_errors(local))


def test_a_release_that_is_not_there_is_told_before_anything_is_touched(example):
    plugin = load(ROOT / "ansible/filter_plugins/hosts.py")
    groups = example["groups"]
    groups["web"]["zones"], groups["api"]["zones"] = ["a"], ["a", "b"]
    groups["web"]["launch_template"]["release"] = "0123456789ab"

    def told(seen, zone, brought="fedcba987654"):
        return plugin.allday_releases_missing(seen, "host", example, zone, brought)
    assert told({}, "a") == ["host: groups.web.launch_template.release is 0123456789ab, which is "
                             "not there (machine release list)"]
    assert told({"releases": ["0123456789ab"]}, "a") == told({}, "b") == []
    assert told({}, "a", brought="0123456789ab") == []
