"""Environment files: what they say, and every way to say it wrong."""

import json
import pathlib
import random
import re
import subprocess

import jsonschema
import pytest
import yaml

from environment import ROOT, cron, reading, schema
from environment.faults import Faults
from wrong_files import API, BASE, G, GROUPS, HEAD, HERE, ON_HOSTS, ZONES

ENVIRONMENTS = ROOT / "ansible/environments"
LOCAL, EXAMPLE = ENVIRONMENTS / "local.yml", ENVIRONMENTS / "example.yml"
CORPUS = pathlib.Path(__file__).parent / "corpus"
GOOD = [LOCAL, EXAMPLE, *sorted(CORPUS.glob("good-*"))]
MUTATIONS = 1000


# ---- wrong files


@pytest.mark.parametrize("text, sentences", [*HERE, *ON_HOSTS])
def test_each_fault_is_told_with_its_line(told, text, sentences):
    assert told(text) == sentences


@pytest.mark.parametrize("path", sorted(CORPUS.iterdir()), ids=lambda path: path.name)
def test_the_corpus(path):
    """Of a file that is wrong each sentence names it, and but for one that cannot be read its line."""
    try:
        reading.read(path)
        assert path.name.startswith("good-")
    except Faults as faults:
        assert path.name.startswith("bad-")
        assert all(re.match(rf"{re.escape(str(path))}:\d+: ", line) or "cannot be read" in line
                   for line in str(faults).splitlines()[:200])


LINES = {
    "alias-of-itself": [1], "alias-unknown": [1], "aliases": [1], "all-nul": [1], "bom-inside": [2],
    "control": [2], "duplicate": [3, 4], "empty": [1], "escape-cut": [1], "escape": [2], "everything": [1,
    2, 3, 4, 5, 7, 9, 10, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23], "garbage": [1], "hosts": [6, 7,
    8, 9, 10], "huge-key": [1], "huge-scalar": [2], "indent": [4], "key-empty": [2], "key-list": [1],
    "latin1": [2], "line-separator": [2], "list": [1], "merge-key": [4], "nesting-block": [17],
    "nesting-closed": [1], "nesting": [1], "nul-escape": [1], "nul": [2], "null": [1], "only-comments": [1],
    "quotes": [2], "scalar": [1], "sequence-nesting": [1], "tab-value": [2], "tab": [2], "tag-string": [2],
    "tag": [1], "two-documents": [2], "unclosed-quote": [2], "unclosed": [2], "utf16": [1], "utf8-cut": [2],
    "utf8-overlong": [2], "utf8-surrogate": [2],
}


@pytest.mark.parametrize("name", LINES)
def test_the_lines_of_the_corpus(name):
    with pytest.raises(Faults) as caught:
        reading.read(CORPUS / f"bad-{name}.yml")
    assert sorted({fault.line for fault in caught.value.faults}) == LINES[name]


def test_the_file_that_is_wrong_is_named(of, told, tmp_path):
    """Whose max it is, though the defaults have desired and slots."""
    assert told("groups:\n  api:\n    max: 1\n  web-2: {max: 30}\n", LOCAL) == (
        "3: groups.api.desired must be at most max, 1, not 2\n"
        "4: groups.web-2.max must be at most balancer.slots, 20, not 30")
    below = tmp_path / "below.yml"
    below.write_text("groups: 1\n")
    with pytest.raises(Faults, match=f"^{below}:1: groups must be a mapping, not \"1\"$"):
        of(API, below)
    with pytest.raises(Faults, match="^nowhere.yml: cannot be read: No such file or directory$"):
        reading.read("nowhere.yml", LOCAL)
    with pytest.raises(Faults) as caught:
        reading.read(ROOT / "tests", "nowhere.yml")
    assert str(caught.value) == ("nowhere.yml: cannot be read: No such file or directory\n"
                                 f"{ROOT}/tests: cannot be read: Is a directory")


def test_hosts_are_not_mixed_with_this_machine(told):
    assert told(BASE, LOCAL) == (
        f"3: the provider nspawn cannot stand above {LOCAL}, where it is process: such a file is read alone")
    assert told("provider: process\n", EXAMPLE) == (
        f"1: the provider process cannot stand above {EXAMPLE}, where it is nspawn: such a file is read alone")
    assert told("name: other\n", EXAMPLE) is None


def test_what_is_read_has_bounds(told):
    text = "groups: {web: {}}\n#".ljust(1024 * 1024 - 1, "x")
    assert told(text) is None
    assert told(text + "xx").endswith("cannot be read: it is larger than 1 MiB")
    assert told("".join(f"k{n}: 1\n" for n in range(15000))) == "10000: has more than 10000 values"
    variables = "".join(f"        A{n}: {'0123456789' * 200}\n" for n in range(10))
    assert re.fullmatch("4: groups.api.launch_template.environment must have at most 20000 bytes in all, "
                        r"not 20\d{3}", told(f"{G}    launch_template:\n      environment:\n{variables}"))
    # Of too many faults not all are told.
    sentences = told("".join(f"k{n}: 1\n" for n in range(5000))).splitlines()
    assert len(sentences) == 201 and sentences[-1] == "… and 4800 more"
    # Two files of which each is right have too much together.
    many = "groups:\n" + "".join(f"  web-{n}: {{}}\n" for n in range(63))
    assert told(many) is None
    assert told(many, LOCAL) == "1: groups must have 0 to 64 entries, not 65"


def test_values_that_yaml_1_1_would_take_for_others(of, told):
    """`no`, octal and sexagesimal numbers, dates."""
    assert told(G + "    max: 012\n").startswith("3: groups.api.max must be an integer")
    assert told(G + "    max: 1:30\n").startswith("3: groups.api.max must be an integer")
    assert told(G + "    scaling: {policies: [{metric: cpu, target: 1, scale_in: no}]}\n").startswith("3: ")
    text = G + "    launch_template: {environment: {A: no, B: 012, C: 12:30:00, D: 2026-01-01, E: 1_000, F: .inf}}\n"
    assert of(text)["groups"]["api"]["launch_template"]["environment"] == {
        "A": "no", "B": "012", "C": "12:30:00", "D": "2026-01-01", "E": "1_000", "F": ".inf"}


# ---- mutations


def by_bytes(chance, text):
    """A bit, a byte that matters to YAML, a piece less, a piece twice."""
    raw = bytearray(text)
    for _ in range(chance.randint(1, 8)):
        at, size = chance.randrange(len(raw) + 1), chance.randrange(1, 25)
        piece = raw[at:at + size]
        how = chance.randrange(4)
        if how == 0 and at < len(raw):
            raw[at] ^= 1 << chance.randrange(8)
        elif how == 1:
            raw[at:at + 1] = bytes([chance.choice(b"\n\n  :-?[]{},#&*!|>'\"%@`~\\\t\r\0\x80")])
        elif how == 2:
            del raw[at:at + size]
        else:
            where = chance.randrange(len(raw) + 1)
            raw[where:where] = piece
    return bytes(raw)


VALUES = ["0", "-1", "99999", "abc", "true", "null", "", "10s", "1G", "[]", "{}", "[a, b]", "{a: 1}", "'1'",
          "10.20.0.0/24", "192.0.2.10", "a", "web", "1.5", "01", "443", ".nan", "*x", "&x 1", "!!int 3", "ü"]


def by_lines(chance, text):
    """Another value, a line less or twice, another indentation, another key."""
    lines = text.split(b"\n")
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(max(1, len(lines)))
        lines = lines or [b""]
        line, how = lines[at], chance.randrange(5)
        if how == 0:
            lines[at] = re.sub(rb":.*", lambda _: b": " + chance.choice(VALUES).encode(), line, count=1)
        elif how == 1:
            lines[at:at + 1] = chance.choice([[], [line, line]])
        elif how == 2:
            lines[at] = chance.choice([b" " + line, line[1:], b"  " + line])
        elif how == 3:
            lines[at] = re.sub(rb"[a-z_]+(?=:)", lambda _: chance.choice([b"zone", b"min", b"host", b"api"]),
                               line, count=1)
        else:
            lines[at] = re.sub(rb"[\w./-]+", lambda _: chance.choice(VALUES).encode(), line, count=1)
    return b"\n".join(lines)


def test_mutations_of_right_files(tmp_path):
    """Whatever it is: what it says, or sentences of one line each."""
    chance, file, right = random.Random(18), tmp_path / "environment.yml", 0
    originals = [path.read_bytes() for path in GOOD]
    for number in range(2 * MUTATIONS):
        mutate = by_bytes if number % 2 else by_lines
        file.write_bytes(mutate(chance, originals[number // 2 % len(originals)]))
        try:
            json.dumps(reading.read(file), allow_nan=False)
            right += 1
        except Faults as faults:
            assert faults.faults and all(line.startswith(str(file)) or line.startswith("… and ")
                                         for line in str(faults).split("\n"))
    assert 0 < right < MUTATIONS


# ---- right files


@pytest.mark.parametrize("text", [
    G + "    {min: 0, desired: 0, max: 0}\n",
    G + "    {min: 9090, desired: 9090, max: 9090}\nbalancer: {slots: 10000}\n",
    G + "    drain: 0s\n    slow_start: 1h\n",
    G + "    scaling: {scale_in_after: 15m, scale_out_after: 0ms}\n",
    G + "    scaling: {policies: [{metric: cpu, target: 1000000}]}\n",
    G + "    schedule: [{cron: \"@daily\", desired: 8}]\n",
    G + "    schedule: [{cron: \"@daily\", max: 18}, {cron: \"@daily\", desired: 18}]\n",
    G + "    schedule: [{cron: \"@daily\", min: 0, max: 0}]\n",
    G + "    launch_template: {release: \"\", threads: {}}\n",
    "domain: a.b\ninstances: 10.0.0.0/8\n" + API,
    "instances: 10.0.0.16/28\nlisten: [10.0.0.1]\n" + API,
    "ports: {stats: 65534, app: 2, dns: 53}\n" + API,
    "ports: {app: 6001, stats: 6670, dns: 6669}\n" + API,
    "ports: {app: 8403, api: 8406}\n" + API,
    "state: /home/사용자/var\n" + API,
    "state: 'my \"var\", (1) #$:=&%'\n" + API,
    "name: >-\n  folded\n" + API,
    "groups: {web-567890123456789012345678901: {}, api-o: {}}\n",
    # an address for each
    HEAD + GROUPS + ZONES.replace("}}\n", "}, addresses: {api: 192.0.2.2}}\n", 1).replace(
        "10.20.12.0/24}}", "10.20.12.0/24}, addresses: {api: 192.0.2.3}}")
    + "balancers: {api: {http: 80, https: 443}}\n",
    # the DNS server has the host's
    HEAD + GROUPS + ZONES.split("  b:")[0].replace(
        "}}\n", "}, address: 192.0.2.1, addresses: {app: 192.0.2.2}}\n") + "dns: {port: 5300}\nbalancers: {app: {http: 5300}}\n",
    # not in one zone
    BASE + "balancers: {app: {zones: [a]}, api: {zones: [b], http: 80, https: 443}}\n",
    BASE + "balancers: {app: {zones: [a], http: 8405}, api: {zones: [b]}}\n",
    BASE + "dns: {zones: [b], port: 5300}\nbalancers: {app: {zones: [a], http: 5300}}\n",
    BASE + "dns: {port: 5300, records: [{name: \"@\", type: A, value: 192.0.2.9}, {name: \"@\", type: MX, value: "
           "10 mail.b.c}, {name: www, type: CNAME, value: app.todo.b}, {name: \"*.x\", type: AAAA, value: "
           "\"2001:db8::1\"}, {name: _sip._tcp, type: SRV, value: 0 5 5060 s.b.c}, {name: ns, type: CAA, value: "
           "0 issue ca.b}, {name: _dmarc, type: TXT, value: \"v=DMARC1; p=none\", ttl: 60}]}\n",
    BASE + "database: {zone: b, nodes: 1, memory: 64M}\n",
    BASE + "vpc: {cidr: 10.16.0.0/12, encryption: wireguard}\n",
    BASE + "balancers: {app: {rules: [{path: /, group: api}, {host: a.b, group: web}, {path: /a, group: api}, "
           "{path: /a/, group: api}]}}\n",
    HEAD + ZONES + "groups: {web: {}, api: {}, web-b: {}, api-2: {launch_template: {memory: 1G, disk: 1G}}}\n",
    BASE + "certificates: {source: files, certificate: c, key: k}\n",
    BASE + "certificates: {source: acme, directory: \"https://localhost:14000/dir\", email: a@b.c}\n",
    BASE + "security_groups: {balancer: [], web: [], api: [], dns: [], database: [], mine: [{from: internet, "
           "ports: 1}]}\n",
    *(f"balancer: {{cors_origins: [\"{origin}\"]}}\n" + API for origin in (
        "http://localhost:3000", "https://a", "https://a.example.com", "http://127.0.0.1:5173",
        "http://[::1]:3000", "https://[2001:db8::1]", "http://a_b.test", "https://localhost.", "http://a:443",
        "https://a:80", "http://xn--9d0bm53a3xbzui.test", "http://a:65535", "http://[::ffff:7f00:1]")),
])
def test_what_only_looks_wrong(told, text):
    assert told(text) is None


def test_the_kind_of_a_group(of, told):
    groups = of("groups: {web: {}, api-2: {}, shop: {kind: web}, api-pages: {kind: web}}\n")["groups"]
    assert {name: group["kind"] for name, group in groups.items()} == {
        "web": "web", "api-2": "api", "shop": "web", "api-pages": "web"}
    for name in ("batch", "webs", "x-web"):
        assert told(f"groups: {{{name}: {{}}}}\n").startswith(f"1: groups.{name} needs the key kind")
    # What an instance may be asked is the kind's business, whatever its group is called.
    assert told("groups: {shop: {kind: api, health_check: {path: /}}}\n").startswith(
        "1: groups.shop.health_check.path must be /readyz or /healthz")
    assert told("groups: {api-pages: {kind: web, health_check: {path: /}}}\n") is None


def test_make_run_has_one_group_of_each_kind(tmp_path):
    file = tmp_path / "environment.yml"
    for text, line in (("groups:\n  web-2: {}\n", 2), ("groups: {web: {kind: api}}\n", 1)):
        file.write_text(text)
        with pytest.raises(Faults, match=f":{line}: groups.* cannot be run here"):
            reading.read_for_make_run(file)
    file.write_text("ports: {app: 2}\n")
    assert reading.read_for_make_run(file)["groups"].keys() == {"web", "api"}


def test_types_are_kept(of):
    found = of(G + "    launch_template:\n      release: 1234\n      threads: {login: 3}\n"
                   "      environment: {A: 1, B: true, C: \"\", D: '\\'}\n"
                   "    scaling: {policies: [{metric: cpu, target: 50.25, scale_in: false}]}\n", LOCAL)
    assert (found["ports"]["app"], found["listen"]) == (8080, ["127.0.0.1"])
    assert found["groups"]["api"]["launch_template"] == {
        "release": "1234", "threads": {"login": 3, "auth": 2, "todo": 4, "classic": 2},
        "environment": {"A": "1", "B": "true", "C": "", "D": "\\"}}
    assert found["groups"]["api"]["scaling"]["policies"] == [
        {"metric": "cpu", "target": 50.25, "scale_in": False}]
    assert (found["groups"]["api"]["drain"], found["groups"]["web"]["schedule"]) == ("10s", [])


def test_files_are_merged_deeply(of):
    found = of("ports: {dns: 53}\nlisten: [10.0.0.1, 10.0.0.2]\n"
               "groups: {api: {health_check: {path: /healthz}, zones: [b]}}\nbalancer: {cors_origins: []}\n", LOCAL)
    assert found["ports"] == {"app": 8080, "api": 8081, "stats": 8404, "dns": 53}
    assert found["listen"] == ["10.0.0.1", "10.0.0.2"]
    assert found["groups"]["api"]["health_check"] == {
        "path": "/healthz", "interval": "1s", "healthy": 2, "unhealthy": 2, "grace": "10s"}
    assert (found["groups"]["api"]["zones"], found["groups"]["web"]["zones"]) == (["b"], ["local"])
    assert found["balancer"]["cors_origins"] == []


THREADS = "{login: 2, auth: 2, todo: 4, classic: 2}"


def test_the_manual_of_make_run_shows_what_holds_anyway(of):
    shown = reading.read(LOCAL)
    assert shown == of(f"groups:\n  web: {{}}\n  api:\n    launch_template: {{threads: {THREADS}}}\n")
    batch = of("groups: {web-2: {}}\n", LOCAL)["groups"]
    assert list(batch) == ["web", "api", "web-2"] and batch["web-2"] == shown["groups"]["web"]


def test_the_manual_of_hosts_shows_what_holds_anyway(of):
    """But for its examples."""
    shown = reading.read(EXAMPLE)
    zones = json.dumps(shown["zones"])
    built_in = of(f"{HEAD}zones: {zones}\ngroups:\n  web: {{}}\n  api:\n    launch_template: {{threads: {THREADS}}}\n"
                  "balancers: {api: {http: 80, https: 443}}\nimage: {debian: bookworm}\n")
    assert shown == built_in


def test_zones_that_are_left_out(of):
    found = of(HEAD + ZONES + "groups: {web: {}, api: {zones: [b]}}\noperators: [ann, bob]\n")
    assert (found["groups"]["web"]["zones"], found["groups"]["api"]["zones"]) == (["a", "b"], ["b"])
    assert (found["database"]["zone"], found["dns"]["zones"]) == ("a", ["a", "b"])
    assert not found.keys() & {"ports", "listen", "state", "instances"}


def test_cron_is_judged_as_asg_does():
    """tests/unit/test_cron.c reads the same cases."""
    count = 0
    for line in (ROOT / "tests/unit/cron-cases").read_text().splitlines():
        word, tab, text = line.partition("\t")
        if line.startswith("#") or not tab:
            continue
        text = text.replace("\\n", "\n")
        if word in ("zone", "no-zone"):
            assert (cron.time_zone_fault(text) is None) == (word == "zone"), line
        else:
            fault = cron.cron_fault(text) or "right"
            said = {"never": "such a day", "fields": "field", "right": "right"}.get(word, f"its {word} must")
            assert said in fault, (line, fault)
        count += 1
    assert count > 60


def test_the_command(tmp_path):
    def check(*words):
        done = subprocess.run([ROOT / "environment/check", *words], capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr
    file = tmp_path / "environment.yml"
    file.write_text("ports: {app: 2}\n")
    assert check(file) == (0, "", "")
    assert json.loads(check("--json", file)[1])["ports"] == {"app": 2, "api": 8081, "stats": 8404, "dns": 5300}
    assert json.loads(check("--json", EXAMPLE)[1]) == reading.read(EXAMPLE)
    file.write_text("ports: {app: 0}\nname: A\n")
    status, out, said = check(file)
    assert (status, out) == (1, "") and said.count("\n") == 2 and said.startswith(f"{file}:1: ports.app must")
    assert check()[0] == check(file, file)[0] == 2


# ---- the schema, as editors read it


@pytest.fixture(scope="module")
def validator():
    jsonschema.Draft202012Validator.check_schema(schema.SCHEMA)
    return jsonschema.Draft202012Validator(schema.SCHEMA)


def test_every_default_is_one_that_it_takes(of):
    """What is left out is as it would stand in a file."""
    for text in (API, BASE):
        found = of(text)
        assert of(json.dumps(found)) == found


def test_files_name_their_schema():
    for path in (LOCAL, EXAMPLE):
        first = path.read_text().splitlines()[0]
        named = path.parent / first.removeprefix("# yaml-language-server: $schema=")
        assert json.loads(named.read_text()) == schema.SCHEMA


@pytest.mark.parametrize("path", [LOCAL, EXAMPLE, *CORPUS.glob("good-[fheq]*.yml")], ids=lambda path: path.name)
def test_schema_takes_what_is_right(validator, path):
    validator.validate(yaml.safe_load(path.read_text()))
    validator.validate(reading.read(path))
