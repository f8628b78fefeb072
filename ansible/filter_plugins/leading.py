"""Groups that the file does not name any more, while balancers lead to them still.

  environment | allday_still(lines, before)   the environment with those that the lines of `machine
                                              settings` say, as `before` has them: the text that
                                              asg was told the last time, or an empty one
  environment | allday_before(before)         the same with all of them: what may be launched until
                                              it is known where balancers lead
"""

import json
import re


def groups_of(before):
    return json.loads(before)["groups"] if before else {}


def beside(environment, was, names):
    still = {}
    for name in sorted(names & set(was) - set(environment["groups"])):
        zones = [zone for zone in was[name]["zones"] if zone in environment["zones"]]
        if zones:
            still[name] = was[name] | {"zones": zones}
    return environment | {"groups": environment["groups"] | still}


def allday_still(environment, lines, before):
    named = {group for line in lines
             for group in re.search(r" leads to (.*) until ", line)[1].split()}
    return beside(environment, groups_of(before), named)


def allday_before(environment, before):
    was = groups_of(before)
    return beside(environment, was, set(was))


class FilterModule:
    def filters(self):
        return {"allday_before": allday_before, "allday_still": allday_still}
