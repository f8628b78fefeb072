"""The name servers as the role `dns` sets them up: each signs with the one key, is changed by dns-steer
and by certbot, and answers without the others; and the key, on the controller."""

import re
import signal
import subprocess

import pytest
from name_servers import BOTH, FIRST, PROGRAMS, REFUSED, SECOND, SECRETS, Servers
from private import ROLES, need
from waiting import wait_for

KEY = ROLES / "dns/files/key"


@pytest.fixture(scope="module")
def servers():
    need(PROGRAMS)
    with Servers() as running:
        running.apply(BOTH)
        for zone in BOTH:
            running.launch(zone)
        try:
            wait_for(lambda: all(running.ask(zone, "app") for zone in BOTH), 30)
        except AssertionError:
            print(running.logs())
            raise
        yield running


@pytest.fixture
def both(servers):
    """They run, and answer with both balancers."""
    for zone in BOTH:
        if zone not in servers.running:
            servers.launch(zone)
            wait_for(lambda: servers.ask(zone, "app"))
        for address in {FIRST, SECOND} - set(servers.ask(zone, "app")):
            put_in(servers, address, [zone])
    return servers


def fresh(servers, zone, *addresses):
    return servers.ask(zone, "app") == sorted(addresses)


def take_out(servers, address):
    servers.change(("zone-unset", "app", "A", address))


def put_in(servers, address, zones=None):
    servers.change(("zone-set", "app", "5", "A", address), zones=zones)


def test_answers_validate_on_both_servers(both):
    for zone in BOTH:
        said = both.validate(zone, "app")
        assert "; fully validated" in said and FIRST in said and SECOND in said
        assert "; negative response, fully validated" in both.validate(zone, "nobody")
        assert both.ask(zone, "", "NS") == ["ns1.todo.test.", "ns2.todo.test."]
        assert (both.ask(zone, "ns1"), both.ask(zone, "ns2")) == ([FIRST], [SECOND])
    ds = both.read_ds()
    assert f" CDS {ds}" in both.knotc("b", "zone-read", "todo.test", "@", "CDS")
    wrong = ds[:-4] + ("0000" if ds[-4:] != "0000" else "1111")
    assert "validated" not in both.validate("a", "app", ds=wrong)
    assert both.ask("a", "", "DNSKEY") == both.ask("b", "", "DNSKEY")


def test_a_second_run_changes_nothing(both):
    assert both.apply(BOTH) == 0
    assert both.signed(BOTH)[::2] == (0, {"a": 0, "b": 0})


@pytest.mark.parametrize("lost, left", ["ab", "ba"])
def test_one_answers_rightly_without_the_other(both, lost, left):
    """The lost one's host had a balancer: the answer is without it, and good."""
    both.end(lost)
    take_out(both, FIRST)
    assert fresh(both, left, SECOND)
    assert "; fully validated" in both.validate(left, "app")
    both.launch(lost)
    wait_for(lambda: both.ask(lost, "app"))
    assert fresh(both, lost, FIRST, SECOND)  # until asg has told it
    assert "; fully validated" in both.validate(lost, "app")


def test_a_change_outlives_the_server(both):
    take_out(both, SECOND)
    serial = both.serial("a")
    for number in signal.SIGKILL, signal.SIGTERM:
        both.end("a", number)
        both.launch("a")
        wait_for(lambda: both.ask("a", "app"))
        assert fresh(both, "a", FIRST) and both.serial("a") == serial


def test_a_changed_zone_file_is_taken_whatever_has_changed_in_between(both):
    """More changes than seconds, too."""
    take_out(both, SECOND)
    soa = both.ask("a", "", "SOA")[0].split()
    soa[2] = str(int(soa[2]) + 5000)
    both.change(("zone-set", "@", "300", "SOA", " ".join(soa)))
    third = "203.0.113.3"
    both.name_servers = [FIRST, SECOND, third]
    assert both.apply(BOTH, "--check") == 2 and both.ask("a", "ns3") == []
    assert both.apply(BOTH) == 4  # the files, and the servers read them
    for zone in BOTH:
        wait_for(lambda: both.ask(zone, "ns3") == [third], 3)
        assert fresh(both, zone, FIRST, SECOND)
        assert "; fully validated" in both.validate(zone, "ns3")


def test_only_challenges_may_be_updated_and_only_with_their_key(both):
    text = "_acme-challenge.app.todo.test. 60 TXT proof"
    for zone in BOTH:
        assert both.update("acme", f"add {text}", zone=zone) == "NOERROR"
        assert both.ask(zone, "_acme-challenge.app", "TXT") == ['"proof"']
        assert "; fully validated" in both.validate(zone, "_acme-challenge.app", "TXT")
        serial = both.serial(zone)
        for other in ("add app.todo.test. 5 A 192.0.2.1", "del app.todo.test. A",
                      "add _acme-challenge.app.todo.test. 5 A 192.0.2.1",
                      "add www.todo.test. 5 TXT proof",
                      "add x._acme-challenge.app.todo.test. 5 TXT proof",
                      "add todo.test. 5 NS ns.example.org."):
            assert both.update("acme", other, zone=zone) in REFUSED, other
        assert both.update(None, f"del {text}", zone=zone) in REFUSED
        assert both.serial(zone) == serial
        assert both.update("acme", f"del {text}", zone=zone) == "NOERROR"
        assert both.ask(zone, "_acme-challenge.app", "TXT") == []


@pytest.mark.parametrize("key", [None, "acme"])
def test_the_domain_is_not_given_to_strangers(both, key):
    signed = ["-y", f"hmac-sha256:{key}:{SECRETS[f'tsig-{key}']}"] if key else []
    for address in BOTH.values():
        said = both.run("kdig", *signed, f"@{address}", "todo.test", "AXFR")[1]
        assert any(code in said for code in REFUSED) and FIRST not in said


def forget(servers, zone):
    """Its host is lost, with all it had."""
    if zone in servers.running:
        servers.end(zone)
    servers.do("sh", "-c", f"rm -rf /var/lib/allday/test/dns-{zone}/data/* "
                           f"/var/lib/allday/test/dns-{zone}/config/*")


def test_one_that_has_lost_everything_has_the_same_key(both):
    ds, key = both.read_ds(), both.ask("b", "", "DNSKEY")
    forget(both, "a")
    both.path("/etc/allday/test/secrets/dnssec").unlink()
    both.apply(["a"])
    both.launch("a")
    wait_for(lambda: both.ask("a", "app"))
    assert both.read_ds() == ds and both.ask("a", "", "DNSKEY") == key
    assert "; fully validated" in both.validate("a", "app", ds=ds)
    for path in "/etc/allday/dnssec.pem", "/etc/allday/test/secrets/dnssec":
        assert both.path(path).stat().st_mode & 0o777 == 0o600
    assert both.signed(BOTH)[0] == 0


def test_the_key_comes_back_from_a_host(both):
    """The controller has lost it."""
    pem, ds = both.path("/etc/allday/dnssec.pem").read_text(), both.read_ds()
    for name in "dnssec.pem", "ds":
        both.path(f"/etc/allday/{name}").unlink()
    both.apply(BOTH)
    assert (both.path("/etc/allday/dnssec.pem").read_text(), both.read_ds()) == (pem, ds)


def test_a_lost_key_is_not_replaced_without_a_word(both):
    """Servers that still run tell which one it was."""
    ds = both.read_ds()
    kept = {path: both.path(path).read_text() for path in (
        "/etc/allday/dnssec.pem", "/etc/allday/ds", "/etc/allday/test/secrets/dnssec")}
    for path in kept:
        both.path(path).unlink()
    status, said, _ = both.try_to_apply(BOTH)
    assert status != 0 and f"todo.test is signed by the key of the DS record {ds}" in said
    assert not both.path("/etc/allday/dnssec.pem").exists()
    for path, text in kept.items():
        both.path(path).write_text(text)
    assert both.try_to_apply(BOTH)[0] == 0


def test_the_key_that_knot_has_made_is_taken(both):
    """As the first zone's host has it, of a release before."""
    both.path("/old.conf").write_text(
        "database:\n  storage: /var/lib/allday/test/dns-a/data\n"
        "policy:\n  - id: signed\n    algorithm: ecdsap256sha256\n    single-type-signing: on\n"
        "zone:\n  - domain: todo.test\n    dnssec-policy: signed\n")
    forget(both, "a")
    both.do("keymgr", "-c", "/old.conf", "todo.test", "generate", "ksk=yes", "zsk=yes")
    ds = both.do("keymgr", "-c", "/old.conf", "todo.test", "ds").split("DS ")[1].split("\n")[0]
    forget(both, "b")
    for path in "dnssec.pem", "ds", "test/secrets/dnssec":
        both.path(f"/etc/allday/{path}").unlink()
    both.apply(BOTH)
    for zone in BOTH:
        both.launch(zone)
        wait_for(lambda: both.ask(zone, "app"))
        assert "; fully validated" in both.validate(zone, "app", ds=ds)
    assert both.read_ds() == ds.upper()


def test_a_host_without_a_server_has_no_key(both):
    key = both.path("/etc/allday/test/secrets/dnssec")
    kept = key.read_text()
    none = both.variables("a") | {"allday_machines": {}}
    assert both.played([{"include_role": {"name": "dns"}}], {"a": none}) == {"a": 1}
    assert not key.exists() and not key.with_name("tsig").exists()
    both.apply(BOTH)
    assert key.read_text() == kept


def restarted(servers):
    """Which machines, since this was asked last."""
    log = servers.path("/run/systemctl.log")
    said = log.read_text() if log.exists() else ""
    log.write_text("")
    return sorted(re.findall(r"^restart allday-machine@test\.(.*)\.service$", said, re.M))


def test_the_machine_starts_again_for_another_domain(both):
    """Its key is told of which domain it is then."""
    restarted(both)
    both.path("/var/lib/allday/test/dns-a/config/machine.env").touch()
    both.apply(BOTH)
    assert restarted(both) == ["dns-a"]


def test_the_machine_starts_again_for_another_key(both):
    restarted(both)
    old = both.read_ds()
    both.path("/etc/allday/dnssec.pem").unlink()
    both.apply(BOTH, "-e", "new_ds=yes")
    assert both.signed(BOTH)[0] != 0
    assert restarted(both) == ["dns-a", "dns-b"]
    for zone in BOTH:
        both.end(zone)
        both.launch(zone)
        wait_for(lambda: both.ask(zone, "app"))
        assert "; fully validated" in both.validate(zone, "app")
        assert "validated" not in both.validate(zone, "app", ds=old)
        assert len(both.ask(zone, "", "DNSKEY")) == 1


# ---- the key, on the controller


def key(directory, *words, text=""):
    """(status, what it has made, what it says)"""
    done = subprocess.run([KEY, directory, "todo.test", *words], input=text, text=True,
                          capture_output=True, timeout=30)
    return done.returncode, done.stdout, done.stderr


def ds_in(directory):
    return (directory / "ds").read_text().partition(" DS ")[2].strip()


def test_the_key_is_made_once(tmp_path):
    assert key(tmp_path) == (0, "dnssec.pem\nds\n", "")
    before = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert before.keys() == {"dnssec.pem", "ds"}
    assert (tmp_path / "dnssec.pem").stat().st_mode & 0o777 == 0o600
    assert key(tmp_path, "1 13 2 00", text="of another host") == (0, "", "")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == before


def test_its_ds_record_is_the_one_that_knot_tells(tmp_path):
    need({"keymgr": "knot"})
    key(tmp_path)
    (tmp_path / "knot.conf").write_text(f"database:\n  storage: {tmp_path}\n"
                                        "zone:\n  - domain: todo.test\n")
    words = ["keymgr", "-c", str(tmp_path / "knot.conf"), "todo.test"]
    subprocess.run([*words, "import-pem", str(tmp_path / "dnssec.pem"), "ksk=yes", "zsk=yes",
                    "algorithm=ecdsap256sha256"], check=True, capture_output=True)
    said = subprocess.run([*words, "ds"], check=True, capture_output=True, text=True).stdout
    assert said.split("\n")[0].upper() == (tmp_path / "ds").read_text().strip().upper()


def test_another_ds_record_is_never_silent(tmp_path):
    key(tmp_path)
    old = ds_in(tmp_path)
    (tmp_path / "dnssec.pem").unlink()
    status, said, why = key(tmp_path)
    assert (status, said) == (111, "") and f"the DS record {old}" in why and "new_ds=yes" in why
    assert not (tmp_path / "dnssec.pem").exists() and ds_in(tmp_path) == old
    status, said, why = key(tmp_path, "--new")
    assert (status, said) == (0, "dnssec.pem\nds\n")
    assert f"the parent domain needs {ds_in(tmp_path)} instead of {old}" in why
    assert key(tmp_path, "--new") == (0, "", "")


def test_another_domain_is_no_other_key(tmp_path):
    key(tmp_path)
    pem, old = (tmp_path / "dnssec.pem").read_text(), ds_in(tmp_path)
    done = subprocess.run([KEY, tmp_path, "todo.example"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (0, "ds\n", "")
    assert (tmp_path / "dnssec.pem").read_text() == pem
    assert (tmp_path / "ds").read_text().startswith("todo.example. DS ") and ds_in(tmp_path) != old


def test_what_is_answered_counts_when_nothing_is_noted(tmp_path):
    assert key(tmp_path, "7 13 2 AB")[0] == 111
    assert key(tmp_path, "7 13 2 AB", "--new")[0] == 0
    (tmp_path / "ds").unlink()
    pem = (tmp_path / "dnssec.pem").read_text()
    assert key(tmp_path, "7 13 2 AB")[0] == 111
    assert key(tmp_path, "--new")[0] == 0
    ds = ds_in(tmp_path)
    for name in "dnssec.pem", "ds":
        (tmp_path / name).unlink()
    assert key(tmp_path, "7 13 2 AB", ds.lower(), text=pem)[:2] == (0, "dnssec.pem\nds\n")


def test_what_is_no_key_is_refused(tmp_path):
    (tmp_path / "dnssec.pem").write_text("x")
    status, said, why = key(tmp_path)
    assert (status, said) == (111, "") and why.startswith("key: openssl pkey has failed")
