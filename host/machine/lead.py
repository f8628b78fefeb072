"""To which groups the balancers of this host lead. HAProxy finds the slots of a group that is new
to it empty, so that whoever were led there would get 503: a balancer leads where it has led
before, until each group that it is to lead to has an instance in service there."""

import csv
import os
import re

import certificate
import common

RULES = "rules/"
OF_A_GROUP = ("KIND", "CHECK_PATH", "CHECK_INTERVAL", "HEALTHY", "UNHEALTHY", "SLOW_START")
LINE = re.compile(r'^([A-Z0-9_]+)="(.*)"$', re.M)


def variables(text):
    return dict(LINE.findall(text))


def targets(files):
    """Groups, of the files in config of a balancer; none of another machine."""
    default = variables(files.get("machine.env", "")).get("DEFAULT_GROUP")
    lines = [line for path, text in files.items() if path.startswith(RULES)
             for line in text.splitlines()]
    return {default, *(line.split()[1] for line in lines)} if default else set()


def written(directory):
    """The files that it has."""
    names = ["machine.env", *(RULES + name for name in ("hosts", "paths", "prefixes"))]
    files = {}
    for name in names:
        if os.path.exists(f"{directory}/{name}"):
            with open(f"{directory}/{name}") as file:
                files[name] = file.read()
    return files


def in_service(admin):
    """Groups that have an instance there; None: the balancer does not run, nobody is led by it."""
    try:
        said = certificate.ask(admin, "show stat")
    except TimeoutError:
        return set()
    except OSError:
        return None
    rows = csv.DictReader(said.removeprefix("# ").splitlines())
    return {row["pxname"] for row in rows
            if re.fullmatch(r"i\d+", row["svname"]) and row["status"].startswith("UP")}


def as_before(new, old):
    """The new files, but with the targets of the old ones and what those need."""
    now, before = variables(new["machine.env"]), variables(old["machine.env"])
    kept = sorted(targets(old) - set(now["GROUPS"].split()))
    of_kept = {f"{group.upper().replace('-', '_')}_{word}" for group in kept for word in OF_A_GROUP}
    now |= {name: text for name, text in before.items() if name in of_kept}
    now |= {"GROUPS": " ".join([now["GROUPS"], *kept]), "DEFAULT_GROUP": before["DEFAULT_GROUP"]}
    text = "".join(f'{name}="{value}"\n' for name, value in now.items())
    rules = {path: text for path, text in old.items() if path.startswith(RULES)}
    return new | rules | {"machine.env": text}


def kept(environment, name, new):
    """(the files that it is to have now, the groups that it waits for)"""
    old = written(f"{common.LIB}/{environment}/{name}/config")
    added = targets(new) - targets(old) if targets(old) else set()
    there = in_service(f"{common.RUN}/{environment}/{name}/admin.sock") if added else None
    if there is None or added <= there:
        return new, []
    return as_before(new, old), sorted(added - there)
