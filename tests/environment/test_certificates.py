"""The certificate of the balancers: by an own CA, from files, by ACME from Debian's pebble
that asks our own DNS server. What a client sees, and that it sees no interruption."""

import importlib.machinery
import importlib.util
import socket
import ssl
import subprocess
import threading

import pytest
from acme_host import BALANCERS, Acme
from name_servers import PROGRAMS
from private import ROLES, need
from waiting import wait_for

PROGRAM = ROLES / "certificates/files/certificate"
NAMES = ["app.todo.test", "api.todo.test"]
DOMAIN = "todo.test"


def load_program():
    loader = importlib.machinery.SourceFileLoader("certificate", str(PROGRAM))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("certificate", loader))
    loader.exec_module(module)
    return module


certificate = load_program()


def run(*words):
    """(status, what it has done, what it warns of or why it refuses)"""
    done = subprocess.run([str(word) for word in (PROGRAM, *words)], capture_output=True,
                          text=True, timeout=30)
    return done.returncode, done.stdout, done.stderr


def openssl(*words):
    return subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True,
                          check=True).stdout


def own_ca(directory, *options, domain=DOMAIN, names=(*NAMES, DOMAIN)):
    return run(*options, "ca", directory, "test", domain, *names)


@pytest.fixture
def secrets(tmp_path):
    """With a CA and a certificate."""
    assert own_ca(tmp_path)[0] == 0
    return tmp_path


def handshake(pem, ca, name):
    """Whether a client that trusts the CA takes this certificate for the name."""
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=ca)
    server.load_cert_chain(pem)
    ends = socket.socketpair()

    def serve():
        try:
            server.wrap_socket(ends[0], server_side=True).close()
        except OSError:
            ends[0].close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        client.wrap_socket(ends[1], server_hostname=name).close()
        return "yes"
    except ssl.SSLCertVerificationError as error:
        ends[1].close()
        return error.verify_message
    finally:
        thread.join()


# ---- an own CA


def test_a_client_that_trusts_the_ca_takes_its_certificate(secrets):
    for name in (*NAMES, DOMAIN):
        assert handshake(secrets / "tls.pem", secrets / "ca.pem", name) == "yes"
    assert "mismatch" in handshake(secrets / "tls.pem", secrets / "ca.pem", "other.test")
    assert openssl("verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", secrets / "ca.pem",
                   secrets / "tls.pem").endswith(": OK\n")
    for name in "ca.key", "tls.pem":
        assert (secrets / name).stat().st_mode & 0o777 == 0o600
    days = certificate.days_left((secrets / "tls.pem").read_text())
    assert 396 < days <= 397
    assert 3650 < certificate.days_left((secrets / "ca.pem").read_text())


def test_the_ca_is_good_for_its_domain_only(secrets):
    """Even for whoever has its key."""
    for name in "www.example.org", "todo.test.example.org", "nottodo.test":
        (secrets / "other.pem").write_text(certificate.issue(secrets, "test", [name], 30))
        assert handshake(secrets / "other.pem", secrets / "ca.pem", name) == \
            "permitted subtree violation"


def test_a_good_one_stays(secrets):
    before = (secrets / "tls.pem").read_text()
    assert own_ca(secrets) == (0, "", "")
    assert (secrets / "tls.pem").read_text() == before


def short(directory):
    (directory / "tls.pem").write_text(certificate.issue(directory, "test", [*NAMES, DOMAIN], 29))


def foreign(directory):
    for part in "pem", "key":
        (directory / f"ca.{part}").unlink()
    certificate.make_ca(directory, "test", DOMAIN)


def half(directory):
    text = (directory / "tls.pem").read_text()
    (directory / "tls.pem").write_text(text[:text.index("-----BEGIN PRIVATE")])


@pytest.mark.parametrize("spoil, reason", [
    (short, "the former one had 29 days left"), (foreign, "the former one was not of this CA"),
    (half, "what was there is broken"),
    (lambda path: (path / "tls.pem").unlink(), "there was none")])
def test_what_does_not_do_is_replaced(secrets, spoil, reason):
    ca = (secrets / "ca.pem").read_text()
    spoil(secrets)
    kept = {path.name: path.read_text() for path in secrets.iterdir()}
    status, said, _ = own_ca(secrets, "--check")
    assert status == 0 and said.endswith(f": {reason}\n")
    assert {path.name: path.read_text() for path in secrets.iterdir()} == kept
    assert own_ca(secrets)[:2] == (0, said)
    assert handshake(secrets / "tls.pem", secrets / "ca.pem", NAMES[0]) == "yes"
    assert (spoil is foreign) == ((secrets / "ca.pem").read_text() != ca)
    assert own_ca(secrets) == (0, "", "")


def test_other_names_are_another_certificate(secrets):
    assert own_ca(secrets, names=NAMES)[1].endswith(": the former one was for other names\n")
    assert "mismatch" in handshake(secrets / "tls.pem", secrets / "ca.pem", DOMAIN)


def test_another_domain_needs_another_ca(secrets):
    before = (secrets / "tls.pem").read_text()
    status, _, why = own_ca(secrets, domain="example.org", names=["app.example.org"])
    assert status == 111 and "ca.pem is not for names in example.org: remove ca.pem" in why
    assert (secrets / "tls.pem").read_text() == before


def test_a_ca_without_its_key_is_not_replaced_silently(secrets):
    (secrets / "ca.key").unlink()
    status, _, why = own_ca(secrets)
    assert status == 111 and why.startswith("certificate: ca.key is missing beside ")


# ---- given files


@pytest.fixture
def given(tmp_path):
    """A directory of secrets, and a certificate and its key from elsewhere."""
    place = tmp_path / "given"
    place.mkdir()
    own_ca(place, names=NAMES)
    whole = (place / "tls.pem").read_text()
    at = whole.index("-----BEGIN PRIVATE")
    (place / "cert.pem").write_text("Bag Attributes\n\n" + whole[:at] + "\n")
    (place / "key.pem").write_text(whole[at:])
    return tmp_path, place / "cert.pem", place / "key.pem"


def from_files(directory, cert, key, *names):
    return run("files", directory, cert, key, *(names or NAMES))


def test_given_files_are_taken(given):
    directory, cert, key = given
    assert run("--check", "files", *given, *NAMES)[1] == f"tls.pem: {cert} and its key\n"
    assert not (directory / "tls.pem").exists()
    assert from_files(*given) == (0, f"tls.pem: {cert} and its key\n", "")
    assert handshake(directory / "tls.pem", cert.parent / "ca.pem", NAMES[0]) == "yes"
    assert from_files(*given) == (0, "", "")


def test_given_files_that_end_soon_are_said(given):
    directory, cert, key = given
    whole = certificate.issue(cert.parent, "test", NAMES, 20)
    cert.write_text(whole)
    assert from_files(directory, cert, cert)[::2] == (
        0, f"certificates.certificate: {cert} ends in 20 days\n")


def stranger(cert, key):
    key.write_text(openssl("genpkey", *certificate.CURVE))


def locked(cert, key):
    key.write_text(openssl("pkey", "-in", key, "-aes256", "-passout", "pass:x"))


@pytest.mark.parametrize("spoil, names, sentence", [
    (None, ["www.todo.test"], "certificates.certificate: {cert} is not for www.todo.test, but for "
                              "api.todo.test, app.todo.test"),
    (stranger, NAMES, "certificates.key: {key} is not the key of {cert}"),
    (locked, NAMES, "certificates.key: {key} is not a private key in PEM without a passphrase"),
    (lambda cert, key: cert.write_text("x"), NAMES,
     "certificates.certificate: {cert} is not a certificate in PEM"),
    (lambda cert, key: key.write_text("x"), NAMES,
     "certificates.key: {key} is not a private key in PEM without a passphrase"),
    (lambda cert, key: key.unlink(), NAMES, "certificates.key: {key} cannot be read: "),
])
def test_given_files_that_do_not_do_are_refused(given, spoil, names, sentence):
    directory, cert, key = given
    if spoil:
        spoil(cert, key)
    status, said, why = from_files(directory, cert, key, *names)
    assert (status, said) == (111, "")
    assert why.startswith("certificate: " + sentence.format(cert=cert, key=key))
    assert not (directory / "tls.pem").exists()


@pytest.mark.parametrize("days, sentence", [(400, "has ended 3 days ago"), (-1, "is not good yet")])
def test_given_files_of_another_time_are_refused(given, monkeypatch, days, sentence):
    directory, cert, key = given
    then = certificate.time.time() + days * certificate.DAY
    monkeypatch.setattr(certificate.time, "time", lambda: then)
    with pytest.raises(certificate.Failed, match=sentence):
        certificate.of_files(False, directory, cert, key, *NAMES)


# ---- ACME


@pytest.fixture(scope="module")
def acme():
    need(PROGRAMS | {"pebble": "pebble", "certbot": "certbot", "haproxy": "haproxy",
                     "curl": "curl", "sshd": "openssh-server"})
    with Acme() as running:
        running.prepare()
        yield running


def test_certbot_gets_it_for_the_balancers_of_all_zones(acme):
    assert acme.create() > 0
    for name in "app-a", "api-a", "app-b":
        pem = acme.path(f"/var/lib/allday/test/{name}/config/tls/tls.pem")
        assert pem.stat().st_mode & 0o777 == 0o600
        assert "Pebble Intermediate" in openssl("x509", "-in", pem, "-noout", "-issuer")
    for zone in "ab":
        assert acme.ask(zone, "_acme-challenge.app", "TXT") == []
    assert acme.create() == 0
    acme.start_balancers()
    assert "Pebble Intermediate" in acme.shown("app-b")


def test_certbots_timer_renews_it_without_a_lost_request(acme):
    renewal = acme.path("/etc/letsencrypt/renewal/allday-test.conf")
    renewal.write_text("renew_before_expiry = 9999 days\n" + renewal.read_text())
    before, finish = acme.shown("app-a"), acme.client()
    acme.do("certbot", "-q", "renew", "--no-random-sleep-on-renew")
    shown = {acme.shown(name) for name in BALANCERS}
    assert len(shown) == 1 and shown.pop() != before
    for asked, failed in finish():
        assert asked > 50 and not failed


def test_it_is_proved_while_a_name_server_is_away(acme):
    """The CA asks another one."""
    acme.end("a")
    before = acme.shown("app-a")
    acme.do("certbot", "-q", "renew", "--no-random-sleep-on-renew")
    assert acme.shown("app-a") != before
    acme.launch("a")
    wait_for(lambda: acme.ask("a", "app"))


def test_a_proof_that_no_name_server_takes_is_said(acme):
    key = acme.path("/etc/allday/test/secrets/acme")
    right = key.read_text()
    key.write_text("hmac-sha256:acme:QW5vdGhlciBrZXksIG9mIG5vYm9keSBhdCBhbGwgMzI=\n")
    status, said = acme.run("/etc/allday/test/prove-domain", "add",
                            CERTBOT_DOMAIN="app.todo.test", CERTBOT_VALIDATION="x")
    key.write_text(right)
    assert status == 1 and said.count("was not told") == 2, said


def test_one_that_was_proved_in_another_way_is_proved_anew(acme):
    """Else it would be renewed in that way."""
    renewal = acme.path("/etc/letsencrypt/renewal/allday-test.conf")
    kept, before = renewal.read_text(), acme.shown("app-a")
    renewal.write_text("".join(line for line in kept.splitlines(True)
                               if not line.startswith(("manual_", "renew_before_expiry"))))
    assert acme.create() > 0
    assert acme.shown("app-a") != before
    for line in kept.splitlines():
        assert not line.startswith("manual_") or line in renewal.read_text().splitlines()
    assert acme.create() == 0


def test_a_balancer_that_was_away_gets_it_from_the_daily_look(acme):
    old = acme.path("/var/lib/allday/test/app-a/config/tls/tls.pem").read_text()
    acme.do("/usr/lib/allday/bin/machine", "certificate", "test", "app-b",
            text=acme.path("/etc/allday/tls.pem").read_text())
    assert "CA of test" in acme.shown("app-b")
    assert acme.do("run-parts", "/etc/cron.daily", "--regex=^allday-test-certificate$") == \
        "app-b has a new certificate\n"
    assert acme.shown("app-a") == acme.shown("app-b")
    assert acme.path("/var/lib/allday/test/app-b/config/tls/tls.pem").read_text() == old
    assert acme.do("/etc/allday/test/give-certificate") == ""


def test_a_zone_that_is_away_is_said(acme):
    acme.cut()
    assert acme.run("/etc/allday/test/give-certificate") == (
        1, "zone b has not taken the certificate for app-b\n")


def test_another_source_makes_certbot_forget(acme):
    acme.create(source="ca")
    assert "CA of test" in acme.shown("app-a")
    assert "No certificates found" in acme.do("certbot", "certificates")
    assert acme.run("test", "-e", "/etc/cron.daily/allday-test-certificate")[0] == 1


@pytest.mark.parametrize("name, pem, sentence", [
    ("app-a", "nonsense", "standard input is not a certificate and its key in PEM"),
    ("app-a", "half", "standard input is not a certificate and its key in PEM"),
    ("app-a", "-" * 70000, "the certificate is larger than 64 KiB"),
    ("dns-a", "nonsense", "environment test has no balancer dns-a on this host"),
    ("../a", "nonsense", "not a valid name of a machine (a-z, 0-9, -): '../a'")])
def test_what_is_no_certificate_is_not_given_to_a_balancer(acme, name, pem, sentence):
    config = acme.path("/var/lib/allday/test/app-a/config")
    before = (config / "tls/tls.pem").read_text()
    if pem == "half":
        pem = before.partition("-----BEGIN PRIVATE")[0]
    status, said = acme.run("/usr/lib/allday/bin/machine", "certificate", "test", name, text=pem)
    assert status in (100, 111) and sentence in said
    assert (config / "tls/tls.pem").read_text() == before
    assert sorted(path.name for path in config.iterdir()) == ["tls"]
