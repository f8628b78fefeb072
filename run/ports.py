"""Is everything free that will be listened on?"""

import errno
import ipaddress
import socket

from environment.local import listeners
from environment.ports import INSTANCE
from processes import Failed


def check_instances(environment, file):
    """Their network must be one that this machine has, as it has all of 127.0.0.0/8."""
    network = ipaddress.IPv4Network(environment["instances"])
    with socket.socket() as probe:
        try:
            probe.bind((str(network[1]), 0))
        except OSError as error:
            raise Failed(f"instances cannot have addresses of {network}, such as {network[1]}: "
                         f"{error.strerror}; change `instances` in {file}") from None


def check_everywhere(environment, file):
    """What listens on 0.0.0.0 takes the port of every address."""
    if "0.0.0.0" not in environment["listen"]:
        return
    if len(environment["listen"]) > 1:
        raise Failed(f"0.0.0.0 is every address of this machine: `listen` in {file} "
                     f"must not name another address beside it")
    for key, number in environment["ports"].items():
        if number == INSTANCE and key != "stats":
            raise Failed(f"ports.{key} is {number} on every address, but instances need that port for "
                         f"themselves: change it, or `listen`, in {file}")


def check(environment, file):
    check_everywhere(environment, file)
    check_instances(environment, file)
    for key, address, number, kind in listeners(environment):
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
        return f"only root may use ports below 1024: change {key} in {file}"
    return f"cannot listen on {address}: {error.strerror}; change `listen` in {file}"
