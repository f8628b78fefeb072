"""The primary and a secondary as the role `dns` sets them up: signed, changed by asg and by
certbot, restarted."""

import re
import signal

import pytest
from name_servers import BOTH, FIRST, PROGRAMS, REFUSED, SECOND, SECRETS, Servers
from private import need, wait_for


@pytest.fixture(scope="module")
def servers():
    need(PROGRAMS)
    with Servers() as running:
        running.apply(BOTH)
        for zone in BOTH:
            running.launch(zone)
        try:
            wait_for(lambda: running.ask("b", "app"), 30)
        except AssertionError:
            print(running.logs())
            raise
        yield running


def fresh(servers, zone, *addresses):
    """Both names are answered so."""
    return servers.ask(zone, "app") == sorted(addresses)


def take_out(servers, address):
    servers.change(("zone-unset", "app", "A", address))


def put_in(servers, address):
    servers.change(("zone-set", "app", "5", "A", address))


def test_answers_validate_on_both_servers(servers):
    for zone in BOTH:
        said = servers.validate(zone, "app")
        assert "; fully validated" in said and FIRST in said and SECOND in said
        assert "; negative response, fully validated" in servers.validate(zone, "nobody")
        assert servers.ask(zone, "", "NS") == ["ns1.todo.test.", "ns2.todo.test."]
        assert (servers.ask(zone, "ns1"), servers.ask(zone, "ns2")) == ([FIRST], [SECOND])
    wrong = servers.ds[:-4] + ("0000" if servers.ds[-4:] != "0000" else "1111")
    assert "validated" not in servers.validate("a", "app", ds=wrong)


def test_a_secondary_that_begins_before_its_primary_soon_has_the_domain(servers):
    """Also when it is not told: the primary may notify before it listens."""
    with Servers() as running:
        running.apply(BOTH)
        config = running.path("/var/lib/allday/test/dns-a/config/knot.conf")
        config.write_text(re.sub("    notify:.*\n", "", config.read_text()))
        running.launch("b")
        log = running.path(f"{running.scratch}/dns-b.log")
        wait_for(lambda: "failed" in log.read_text())
        running.launch("a")
        wait_for(lambda: running.ask("b", "app"), 4)


def test_a_second_run_changes_nothing(servers):
    assert servers.apply(BOTH) == 0


def test_a_change_is_on_the_secondary_within_a_second_and_signed(servers):
    take_out(servers, FIRST)
    assert fresh(servers, "a", SECOND)
    wait_for(lambda: fresh(servers, "b", SECOND), 1)
    for zone in BOTH:
        assert "; fully validated" in servers.validate(zone, "app")
    put_in(servers, FIRST)
    wait_for(lambda: fresh(servers, "b", FIRST, SECOND), 1)


def test_a_change_outlives_the_primary_and_the_secondary_answers_meanwhile(servers):
    take_out(servers, SECOND)
    wait_for(lambda: fresh(servers, "b", FIRST), 1)
    serial = servers.serial("a")
    servers.end("a")
    assert "; fully validated" in servers.validate("b", "app")
    servers.end("b", signal.SIGTERM)
    servers.launch("b")
    wait_for(lambda: fresh(servers, "b", FIRST))
    servers.launch("a")
    wait_for(lambda: servers.ask("a", "app"))
    assert fresh(servers, "a", FIRST) and servers.serial("a") == serial
    put_in(servers, SECOND)
    wait_for(lambda: fresh(servers, "b", FIRST, SECOND), 1)


def test_a_secondary_that_was_away_catches_up(servers):
    """It asks every 5 s, also when it was told at its end that it has asked just now."""
    servers.end("b", signal.SIGTERM)
    take_out(servers, FIRST)
    servers.launch("b")
    wait_for(lambda: fresh(servers, "b", SECOND), 7)
    put_in(servers, FIRST)
    wait_for(lambda: fresh(servers, "b", FIRST, SECOND), 1)


def test_a_changed_zone_file_is_taken_whatever_has_changed_in_between(servers):
    """More changes than seconds, too."""
    take_out(servers, SECOND)
    soa = servers.ask("a", "", "SOA")[0].split()
    soa[2] = str(int(soa[2]) + 5000)
    servers.change(("zone-set", "@", "300", "SOA", " ".join(soa)))
    wait_for(lambda: servers.serial("b") >= int(soa[2]), 1)
    third = "203.0.113.3"
    servers.name_servers = [FIRST, SECOND, third]
    assert servers.apply(["a"], "--check") == 1 and servers.ask("a", "ns3") == []
    assert servers.apply(["a"]) == 2  # the file, and the server reads it
    wait_for(lambda: servers.ask("b", "ns3") == [third], 3)
    assert fresh(servers, "b", FIRST, SECOND)
    assert "; fully validated" in servers.validate("b", "ns3")


def test_only_challenges_may_be_updated_and_only_with_their_key(servers):
    text = "_acme-challenge.app.todo.test. 60 TXT proof"
    assert servers.update("acme", f"add {text}") == "NOERROR"
    wait_for(lambda: servers.ask("b", "_acme-challenge.app", "TXT") == ['"proof"'], 3)
    assert "; fully validated" in servers.validate("b", "_acme-challenge.app", "TXT")
    serial = servers.serial("a")
    for other in ("add app.todo.test. 5 A 192.0.2.1", "del app.todo.test. A",
                  "add _acme-challenge.app.todo.test. 5 A 192.0.2.1",
                  "add www.todo.test. 5 TXT proof",
                  "add x._acme-challenge.app.todo.test. 5 TXT proof",
                  "add todo.test. 5 NS ns.example.org."):
        assert servers.update("acme", other) in REFUSED, other
    assert servers.update("transfer", f"del {text}") in REFUSED
    assert servers.update(None, f"del {text}") in REFUSED
    assert servers.serial("a") == serial
    assert servers.update("acme", f"del {text}") == "NOERROR"
    wait_for(lambda: servers.ask("b", "_acme-challenge.app", "TXT") == [], 3)


@pytest.mark.parametrize("key", [None, "acme"])
def test_the_domain_is_not_given_to_strangers(servers, key):
    signed = ["-y", f"hmac-sha256:{key}:{SECRETS[f'tsig-{key}']}"] if key else []
    for address in BOTH.values():
        said = servers.run("kdig", *signed, f"@{address}", "todo.test", "AXFR")[1]
        assert any(code in said for code in REFUSED) and FIRST not in said


def test_a_primary_that_has_lost_everything_begins_anew(servers):
    """With a new key: its DS record is another one."""
    servers.end("a")
    servers.do("sh", "-c", "rm -rf /var/lib/allday/test/dns-a/data/*")
    before = servers.ds
    assert servers.apply(["a"]) == 1
    servers.launch("a")
    wait_for(lambda: servers.ask("a", "app"))
    servers.ds = servers.knotc("zone-read", "todo.test", "@", "CDS").partition(" CDS ")[2]
    wait_for(lambda: servers.serial("b") == servers.serial("a"), 7)
    assert "; fully validated" in servers.validate("b", "app")
    assert servers.ds != before
