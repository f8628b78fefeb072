"""The certificate of a balancer of this host. HAProxy takes a new one while it runs, by its
control socket, so no connection is lost; the file is for its next start."""

import hashlib
import os
import re
import socket
import ssl
import sys

import common
from common import Failed

SIZE = 64 * 1024
PATIENCE = 5  # seconds, for each command
BLOCK = re.compile("-----BEGIN ([A-Z ]+)-----\n.*?-----END \\1-----\n", re.S)


# ---- the file


def read_pem():
    """The chain and its key, without what may stand around them."""
    text = sys.stdin.read(SIZE + 1)
    if len(text) > SIZE:
        raise Failed(f"the certificate is larger than {SIZE // 1024} KiB")
    return "".join(found[0] for found in BLOCK.finditer(text))


def check(path):
    """That it is a chain, and its key fits."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(path, password="")
    except ssl.SSLError as error:
        raise Failed("standard input is not a certificate and its key in PEM, without a "
                     f"passphrase: {error.reason or error}") from None


def put(config, pem):
    path, new = f"{config}/tls/tls.pem", f"{config}/tls.new"
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    # Not in that directory: HAProxy takes whatever is there for a certificate.
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    try:
        check(new)
        os.rename(new, path)
    except Failed:
        os.unlink(new)
        raise


def is_there(config, pem):
    try:
        with open(f"{config}/tls/tls.pem") as file:
            return file.read() == pem
    except FileNotFoundError:
        return False


# ---- HAProxy


def ask(path, command):
    with socket.socket(socket.AF_UNIX) as admin:
        admin.settimeout(PATIENCE)
        admin.connect(path)
        admin.sendall(command.encode() + b"\n")
        said = b""
        while part := admin.recv(65536):
            said += part
        return said.decode()


def fingerprint(pem):
    """Of the first certificate, as HAProxy writes it."""
    first = next(found[0] for found in BLOCK.finditer(pem) if found[1] == "CERTIFICATE")
    return hashlib.sha1(ssl.PEM_cert_to_DER_cert(first)).hexdigest().upper()


def exchange(admin, pem):
    """Whether it had another one."""
    name = re.search(r"^(/\S*/tls\.pem)$", ask(admin, "show ssl cert"), re.M)
    if not name:
        raise Failed("HAProxy has no certificate called tls.pem")
    name = name[1]
    if fingerprint(pem) in ask(admin, f"show ssl cert {name}"):
        return False
    said = ask(admin, f"set ssl cert {name} <<\n{pem}")
    if "Transaction" in said:
        said = ask(admin, f"commit ssl cert {name}")
    if "Success" not in said:
        ask(admin, f"abort ssl cert {name}")
        raise Failed(f"HAProxy refuses the certificate: {said.strip()}")
    return True


def activate(environment, name, pem):
    """One that does not run reads the file when it starts."""
    try:
        return exchange(f"{common.RUN}/{environment}/{name}/admin.sock", pem)
    except (FileNotFoundError, ConnectionRefusedError):
        return False


def take(environment, name):
    machine = common.environment(environment).get("machines", {}).get(name, {})
    if machine.get("role") != "balancer":
        raise Failed(f"environment {environment} has no balancer {name} on this host")
    config, pem = f"{common.LIB}/{environment}/{name}/config", read_pem()
    new = not is_there(config, pem)
    if new:
        put(config, pem)
    if activate(environment, name, pem) or new:
        print(f"{name} has a new certificate")
