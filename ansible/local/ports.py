"""Is everything free that will be listened on?"""

import errno
import socket

from processes import Failed


def wanted(environment):
    """Key, address, number and kind of each port."""
    ports, tcp, udp = environment["ports"], socket.SOCK_STREAM, socket.SOCK_DGRAM
    for number, listen in enumerate(environment["listen"]):
        yield "ports.app", listen, ports["app"], tcp
        yield "ports.api", listen, ports["api"], tcp
        yield "ports.stats", "127.0.0.1", ports["stats"] + 2 * number, tcp
        yield "ports.stats", "127.0.0.1", ports["stats"] + 2 * number + 1, tcp
        yield "ports.dns", listen, ports["dns"], tcp
        yield "ports.dns", listen, ports["dns"], udp


def check(environment, file):
    for key, address, number, kind in wanted(environment):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, number))
            except OSError as error:
                raise Failed(sentence(error, key, address, number, file)) from None


def sentence(error, key, address, number, file):
    if error.errno == errno.EADDRINUSE:
        return (f"port {number} of {address} is in use by another program: "
                f"end it, or change {key} in {file}")
    if error.errno == errno.EACCES:
        return f"ports below 1024 are not for ordinary users: change {key} in {file}"
    return f"cannot listen on {address}: {error.strerror}; change `listen` in {file}"
