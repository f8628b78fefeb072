"""HAProxy's runtime socket, as far as the runner needs it."""

import csv
import socket


def ask(path, line):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(str(path))
        connection.sendall(line.encode() + b"\n")
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


def attach(path, backend, slot, address, port):
    """One line, so that the server is never ready before its first passed check."""
    server = f"{backend}/i{slot}"
    ask(path, f"set server {server} addr {address} port {port};"
              f" set server {server} state ready; set server {server} health down")


def servers_up(path):
    """How many servers of each backend are UP."""
    rows = csv.DictReader(ask(path, "show stat").lstrip("# ").splitlines())
    up = {}
    for row in rows:
        if row["svname"] not in ("FRONTEND", "BACKEND") and row["status"] == "UP":
            up[row["pxname"]] = up.get(row["pxname"], 0) + 1
    return up
