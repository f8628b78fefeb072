"""What no pattern can say of a text: the `format` of the schema's strings."""

import ipaddress
import re
import socket

import jsonschema

from environment import cron
from environment.ports import BLOCKED


class Invalid(Exception):
    """Why, as the end of a sentence; may be empty."""


CHECKER = jsonschema.FormatChecker(formats=())


def format_of(name):
    """A check of texts; of what is no text the schema's `type` speaks."""
    def register(check):
        CHECKER.checks(name, raises=Invalid)(lambda value: not isinstance(value, str) or check(value))
        return check
    return register


@format_of("ipv4")
def is_address(text):
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        raise Invalid from None
    return True


@format_of("ipv4-network")
def is_network(text):
    try:
        network = ipaddress.IPv4Network(text, strict=False)
    except ValueError:
        raise Invalid from None
    if "/" in text and str(network.network_address) != text.partition("/")[0]:
        raise Invalid("its host part must be 0")
    return True


@format_of("cron")
def is_cron(text):
    if fault := cron.cron_fault(text):
        raise Invalid(fault)
    return True


@format_of("time-zone")
def is_time_zone(text):
    fault = cron.time_zone_fault(text)
    if fault is not None:
        raise Invalid(fault)
    return True


# ---- the origin of a page, as browsers send it: Fetch 3.1, URL 4.3 to 4.5


def ipv6_sent(host):
    """Compressed; hexadecimal too where inet_ntop() ends in an IPv4 address."""
    try:
        packed = socket.inet_pton(socket.AF_INET6, host.removeprefix("[").removesuffix("]"))
    except OSError:
        return None
    text = socket.inet_ntop(socket.AF_INET6, packed)
    if "." in text:
        text = f"{text[:text.rindex(':')]}:{packed[12] << 8 | packed[13]:x}:{packed[14] << 8 | packed[15]:x}"
    return f"[{text}]"


def host_sent(host):
    if re.fullmatch(r"\[.*\]", host):
        return ipv6_sent(host)
    host = host.lower()
    if host.startswith(".") or ".." in host or not re.fullmatch(r"[a-z0-9._-]+", host):
        return None
    if not re.search(r"(^|\.)([0-9]+|0x[0-9a-f]*)$", host):
        return host
    try:  # an IPv4 address, in any of its forms
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return None


def port_sent(text, default):
    if not text:
        return ""
    if not re.fullmatch(r"[0-9]{1,9}", text) or not 1 <= int(text) <= 65535:
        return None
    return "" if int(text) == default else f":{int(text)}"


def origin_sent(text):
    """What browsers send for the page whose address this seems to be, or None."""
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "http", text
    scheme = scheme.lower()
    if scheme not in ("http", "https"):
        return None
    authority = re.split(r"[/?#\\]", rest)[0].rpartition("@")[2]
    host, _, port = re.fullmatch(r"(.*?)(:([^\]:]*))?", authority, re.S).groups(default="")
    host = host_sent(host)
    port = port_sent(port, 443 if scheme == "https" else 80)
    return None if host is None or port is None else f"{scheme}://{host}{port}"


@format_of("web-origin")
def is_web_origin(text):
    if "*" in text:
        raise Invalid("each origin must be named")
    sent = origin_sent(text)
    if sent != text:
        raise Invalid(f"browsers send {sent}" if sent else "")
    if (port := text.rpartition(":")[2]).isdigit() and int(port) in BLOCKED:
        raise Invalid(f"browsers do not open port {port}")
    return True
