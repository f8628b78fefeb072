"""Images and releases: what there is, who uses it, and one less."""

import contextlib
import fcntl
import glob
import os
import shutil

import common
from common import Failed, WrongUse

DIRECTORY = {"image": common.images, "release": common.releases}
# That nobody uses: the newest, and releases to go back to.
KEPT = {"image": 1, "release": 5}


def made_at(kind, ident):
    """To sort by: an image's id says it; a release's files have the times of its making
    elsewhere, so it is when its directory came here."""
    if kind == "image":
        return ident.split("-")[-2] if ident.count("-") >= 2 else ""
    return str(os.stat(f"{common.releases()}/{ident}").st_ctime_ns)


def idents(kind):
    """The newest last."""
    directory = DIRECTORY[kind]()
    there = os.listdir(directory) if os.path.isdir(directory) else []
    return sorted(filter(common.TREE.fullmatch, there), key=lambda name: made_at(kind, name))


def used(kind):
    """{id: [who]}: environments by what they would launch, ENV:GROUP that names one,
    machines by what they have."""
    users = {}
    for path in glob.glob(f"{common.ETC}/*/environment.json"):
        found, name = common.read_json(path) or {}, path.split("/")[-2]
        users.setdefault(found.get(kind), []).append(name)
        for group, wanted in found.get("groups", {}).items():
            if pinned := wanted.get(kind):
                users.setdefault(pinned, []).append(f"{name}:{group}")
    for path in glob.glob(f"{common.RUN}/*/machines/*/*.json"):
        parts = path.split("/")
        name = f"{parts[-4]}.{parts[-2]}"
        names = users.setdefault((common.read_json(path) or {}).get(kind), [])
        if name not in names:
            names.append(name)
    # What is of no environment is done by the programs of a release.
    link = os.path.realpath("/usr/lib/allday/release")
    if kind == "release" and link.startswith(common.releases() + "/"):
        users.setdefault(link[len(common.releases()) + 1:].partition("/")[0], []).append("host")
    return users


def size(path):
    seen, total = set(), 0
    for directory, _, files in os.walk(path):
        for name in [".", *files]:
            about = os.lstat(f"{directory}/{name}")
            if (about.st_dev, about.st_ino) not in seen:
                seen.add((about.st_dev, about.st_ino))
                total += about.st_blocks * 512
    return total


def when(kind, ident):
    import time
    stamp = made_at(kind, ident)
    if kind == "release":
        stamp = time.strftime("%Y%m%d%H%M%S", time.gmtime(int(stamp) / 1e9))
    return f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]} {stamp[8:10]}:{stamp[10:12]}" if stamp else "-"


def show(kind):
    users = used(kind)
    width = max([len(kind), *map(len, idents(kind))])
    print(f"{kind.upper():{width}}  {'MADE (UTC)':16}  {'SIZE':>7}  USED BY")
    for ident in idents(kind):
        megabytes = size(f"{DIRECTORY[kind]()}/{ident}") / 1e6
        who = " ".join(sorted(users.get(ident, []))) or "-"
        print(f"{ident:{width}}  {when(kind, ident):16}  {megabytes:4.0f} MB  {who}")


@contextlib.contextmanager
def no_playbook():
    """None is at work on this host, nor begins meanwhile: one that goes back to an older release
    has seen that it is here before it writes down that it is used. (allday_lock of Ansible)"""
    with contextlib.ExitStack() as locks:
        for path in sorted(glob.glob(f"{common.LOCKS}/allday-*")):
            file = locks.enter_context(open(path, "a+"))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                who = file.read().strip().partition(" ")[2] or "a playbook"
                raise Failed(f"nothing was removed: {who} is at work on {path.rpartition('/allday-')[2]}") from None
        yield


def hide(kind, ident):
    """At once out of sight, so that half of a tree is never taken for one."""
    directory = DIRECTORY[kind]()
    os.rename(f"{directory}/{ident}", f"{directory}/.removed-{ident}")


def remove_hidden(kind):
    for path in glob.glob(f"{DIRECTORY[kind]()}/.removed-*"):
        shutil.rmtree(path)


def remove(kind, ident):
    with no_playbook():
        if ident not in idents(kind):
            raise WrongUse(f"there is no {kind} {ident}")
        if who := used(kind).get(ident):
            raise Failed(f"{kind} {ident} is used by {' '.join(sorted(who))}")
        hide(kind, ident)
    remove_hidden(kind)


def hide_unused(kind):
    """What is mounted there from elsewhere is another's to remove."""
    users = used(kind)
    for ident in idents(kind)[:-KEPT[kind]]:
        if ident not in users and not os.path.ismount(f"{DIRECTORY[kind]()}/{ident}"):
            hide(kind, ident)
            print(f"removed {kind} {ident}")


def prune():
    import build
    with no_playbook():
        for kind in DIRECTORY:
            hide_unused(kind)
    for kind in DIRECTORY:
        remove_hidden(kind)
    build.remove_unfinished()
