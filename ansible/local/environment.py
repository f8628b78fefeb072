"""Reading an environment file: what it leaves out is as in local.yml, what it
says is checked, and what is wrong is told in one sentence."""

import ipaddress
import pathlib
import re

import yaml

from processes import Failed

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEFAULTS = ROOT / "ansible/environments/local.yml"


# ---- checks of a value: they return what it must be, or nothing


def text(pattern, what):
    def check(value):
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            return what
    return check


def whole(low, high):
    def check(value):
        if type(value) is not int or not low <= value <= high:
            return f"a whole number from {low} to {high}"
    return check


def address(value):
    try:
        ipaddress.IPv4Address(value if isinstance(value, str) else "")
    except ValueError:
        return "an IPv4 address like 127.0.0.1"


def network(value):
    try:
        if ipaddress.IPv4Network(value if isinstance(value, str) else "").num_addresses >= 16:
            return None
    except ValueError:
        pass
    return "an IPv4 network like 127.20.0.0/16, /28 or larger"


def provider(value):
    names = sorted(path.name for path in (ROOT / "asg/providers").iterdir())
    if value not in names:
        return f"the name of a file in asg/providers: {', '.join(names)}"


def origins(value):
    origin = text(r"https?://[^/\s\"]+", "")
    if not isinstance(value, list) or any(origin(item) is not None for item in value):
        return "a list of origins like http://localhost:3000"


PORT = whole(1, 65534)
GROUP = {"min": whole(0, 500), "desired": whole(0, 500), "max": whole(1, 500)}
THREADS = whole(1, 64)
SCHEMA = {
    "name": text(r"[a-z][a-z0-9-]{0,30}", "a short name of small letters, digits and -"),
    "domain": text(r"([a-z0-9-]{1,63}\.)+[a-z0-9-]{1,63}", "a domain name like todo.test"),
    "provider": provider,
    "listen": address,
    "ports": {"app": PORT, "api": PORT, "stats": PORT, "dns": PORT},
    "state": text(r"[^\s\0]+", "the path of a directory, without blanks"),
    "instances": network,
    "groups": {
        "web": GROUP,
        "api": GROUP | {
            "threads": {"login": THREADS, "auth": THREADS, "todo": THREADS, "classic": THREADS},
        },
    },
    "balancer": {
        "slots": whole(1, 500),
        "login_rate": whole(1, 1_000_000),
        "connect_timeout": text(r"[1-9][0-9]{0,5}m?s", "a time like 100ms or 1s"),
        "cors_origins": origins,
    },
}


def load(path):
    try:
        return yaml.safe_load(path.read_text()) or {}
    except OSError as error:
        raise Failed(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Failed(f"{path}: is not UTF-8 text") from None
    except yaml.YAMLError as error:
        raise Failed(f"{path}: is not YAML: {' '.join(str(error).split())}") from None


def check(path, schema, given, prefix=""):
    """Refuse whatever the schema does not know or does not want."""
    if not isinstance(given, dict):
        raise Failed(f"{path}: {prefix.rstrip('.') or 'the file'} must be a mapping")
    for key, value in given.items():
        if key not in schema:
            raise Failed(f"{path}: {prefix}{key} is unknown; known are: {', '.join(schema)}")
        if isinstance(schema[key], dict):
            check(path, schema[key], value, f"{prefix}{key}.")
        elif (wanted := schema[key](value)) is not None:
            raise Failed(f"{path}: {prefix}{key} must be {wanted}, not {value!r}")


def check_together(path, environment):
    """What no key can be asked alone."""
    for name, group in environment["groups"].items():
        if not group["min"] <= group["desired"] <= group["max"]:
            raise Failed(f"{path}: groups.{name}.desired must be between its min and max")
        if group["max"] > environment["balancer"]["slots"]:
            raise Failed(f"{path}: groups.{name}.max must not be above balancer.slots")
    ports = environment["ports"] | {"stats of api": environment["ports"]["stats"] + 1}
    if len(set(ports.values())) < len(ports):
        raise Failed(f"{path}: every one of ports, and stats + 1, must be another number")


def merge(below, above):
    merged = dict(below)
    for key, value in above.items():
        nested = isinstance(value, dict) and isinstance(below.get(key), dict)
        merged[key] = merge(below[key], value) if nested else value
    return merged


def read(path):
    path = pathlib.Path(path)
    defaults, given = load(DEFAULTS), load(path)
    check(DEFAULTS, SCHEMA, defaults)
    check(path, SCHEMA, given)
    environment = merge(defaults, given)
    check_together(path, environment)
    return environment
