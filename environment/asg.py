"""asg.json: what asg has to know of an environment (asg/model/config.h reads it).

  asg_document(environment, release)    of `make run` or of hosts; release: the id of what is installed, which
                                        a new group has
  asg_document_of_before(text)          the same, of the environment.json that an earlier release
                                        told asg: the whole file, in which groups had no kind
  still_led(document, zones, leads, before)
                                        with the groups that the file does not name any more, while
                                        balancers lead to them still
"""

import json

from environment.amounts import milliseconds
from environment.rules import with_kinds

VERSION = 1


def is_led_to(environment, group):
    """As the default or by a rule; `make run` has both of its groups in both balancers."""
    return "balancers" not in environment or any(
        group in (said["default"], *(rule["group"] for rule in said["rules"]))
        for said in environment["balancers"].values())


def deploy_document(deploy):
    return {key: deploy[key] for key in ("policy", "batch", "pause_after")} | {
        f"{key}_ms": milliseconds(deploy[key]) for key in ("bake", "timeout", "pause")} | {
        "pause_goes_on": deploy["without_answer"] == "continue"}


def group_document(environment, name, group, release):
    template, scaling = group["launch_template"], group["scaling"]
    return {key: group[key] for key in ("kind", "min", "desired", "max", "zones", "termination_policy",
                                        "schedule")} | {
        "alone": not is_led_to(environment, name),
        "release": template["release"] or release,
        "pinned": bool(template["release"]),
        "threads": " ".join(f"{pool}={number}" for pool, number in template["threads"].items()),
        "environment": template["environment"],
        "grace_ms": milliseconds(group["health_check"]["grace"]),
        "drain_ms": milliseconds(group["drain"]),
        **{f"{key}_ms": milliseconds(scaling[key])
           for key in ("warm_up", "cooldown", "scale_out_after", "scale_in_after")},
        "policies": scaling["policies"],
        "deploy": deploy_document(group["deploy"]),
    }


def asg_document(environment, release=""):
    return {
        "version": VERSION,
        "name": environment["name"],
        "slots": environment["balancer"]["slots"],
        "groups": {name: group_document(environment, name, group, release)
                   for name, group in environment["groups"].items()},
    }


def asg_document_of_before(text):
    return asg_document(with_kinds(json.loads(text)))


def still_led(document, zones, leads, before):
    """leads: of `machine settings`; before: the text of the asg.json of the last time, or an empty
    one, which says what those groups are; zones: those that there are."""
    named = {group for one in leads for group in one["to"]}
    was = json.loads(before)["groups"] if before else {}
    still = {}
    for name in sorted(named & set(was) - set(document["groups"])):
        left = [zone for zone in was[name]["zones"] if zone in zones]
        if left:
            still[name] = was[name] | {"zones": left, "alone": True}
    return document | {"groups": document["groups"] | still}
