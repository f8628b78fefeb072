"""From a file to what it says: checked, complete, or a sentence for each fault."""

from environment import ROOT
from environment.faults import Fault, Faults
from environment.load import load, merge
from environment.rules import Checker, with_kinds
from environment.rules_hosts import HostsChecker
from environment.schema import HOSTS_PROVIDER, SCHEMA, complete, faults_of, misplaced, typed

LOCAL = ROOT / "ansible/environments/local.yml"


def refuse(faults):
    """In the order of the lines; file by file."""
    faults = list(faults)
    if faults:
        files = list(dict.fromkeys(fault.file for fault in faults))
        raise Faults(*sorted(faults, key=lambda fault: (files.index(fault.file), fault.line or 0)))


def provider(root):
    node = root.get("provider")
    return node.content if node is not None else SCHEMA["properties"]["provider"]["default"]


def load_both(file, defaults):
    """What a file says above another one, key by key without a fault; its faults come last."""
    roots, faults = [], []
    for one in [defaults, file] if defaults is not None else [file]:
        try:
            roots.append(load(one))
            faults += faults_of(roots[-1])
        except Faults as error:
            faults += error.faults
    refuse(faults)
    if defaults is None:
        return roots[0]
    below, above = roots
    if above.get("provider") is not None and \
            (provider(below) == HOSTS_PROVIDER) != (provider(above) == HOSTS_PROVIDER):
        node = above.get("provider")
        refuse([Fault(node.file, node.line,
                      f"the provider {provider(above)} cannot stand above {defaults}, where it is "
                      f"{provider(below)}: such a file is read alone")])
    root = merge(below, above)
    refuse(faults_of(root))  # two files can have too many entries together
    return root


def checked(file, defaults):
    """All that the file says, and the nodes of what files say of it."""
    root = load_both(file, defaults)
    hosts = provider(root) == HOSTS_PROVIDER
    refuse(misplaced(root, hosts))
    values = with_kinds(complete(typed(root), hosts))
    refuse((HostsChecker if hosts else Checker)(values, root, file).all(hosts))
    return values, root


def read(file, defaults=None):
    """What the file says above `defaults` (None: alone), with all that may be left out: a
    dictionary. Raises Faults: all that are found."""
    return checked(file, defaults)[0]


def read_for_make_run(file):
    """The same above local.yml; and it must be what the balancers of this machine can do."""
    values, root = checked(file, LOCAL)
    refuse(Fault(node.file, node.line,
                 f"groups.{name} cannot be run here: `make run` has the group web, of the kind web, and api, "
                 f"of the kind api; others are for hosts ({HOSTS_PROVIDER})")
           for name, group in values["groups"].items() if group["kind"] != name
           for node in [root.get("groups", name)])
    return values


def read_as_used(file):
    """As `make run` or create reads it: one that is for hosts alone, any other above local.yml."""
    try:
        alone = provider(load(file)) == HOSTS_PROVIDER
    except Faults:
        alone = True
    return read(file) if alone else read_for_make_run(file)
