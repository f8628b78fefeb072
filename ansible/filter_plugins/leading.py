"""Groups that the file does not name any more, while balancers lead to them still.

  environment | allday_still(lines, before)   the environment with those that the lines of `machine
                                              settings` say, as `before` has them: the text that
                                              asg was told the last time, or an empty one
"""

import json
import re


def allday_still(environment, lines, before):
    named = {group for line in lines
             for group in re.search(r" leads to (.*) until ", line)[1].split()}
    was = json.loads(before)["groups"] if before else {}
    still = {}
    for name in sorted(named & set(was) - set(environment["groups"])):
        zones = [zone for zone in was[name]["zones"] if zone in environment["zones"]]
        if zones:
            still[name] = was[name] | {"zones": zones}
    return environment | {"groups": environment["groups"] | still}


class FilterModule:
    def filters(self):
        return {"allday_still": allday_still}
