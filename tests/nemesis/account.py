"""What a fault cost, and what of that is wrong."""

import dataclasses
import re


def is_honest(failure):
    """503 in our words, with a time to wait."""
    _, status, headers, said = failure
    told = {name.lower(): value for name, value in headers.items()}
    return status == 503 and int(told.get("retry-after", 0)) > 0 and isinstance(said, dict) and \
        said["type"] in ("urn:allday:unavailable", "urn:allday:read-only")


@dataclasses.dataclass
class Figures:
    requests: int = 0
    attempts: int = 0   # that failed
    failed: int = 0     # without those that are honest
    honest: int = 0     # for the database
    needed: int = 0     # launches
    launched: int = 0
    due: int = 0        # ends
    ended: int = 0
    healthy: int = 0    # that ended without need

    def add(self, other):
        for field in dataclasses.fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))

    def __str__(self):
        return (f"{self.requests} requests, {self.attempts} attempts failed, {self.failed} requests "
                f"failed ({self.honest} for the database), launches {self.needed} needed "
                f"{self.launched} done, ends {self.due} needed {self.ended} done, "
                f"{self.healthy} healthy replaced")


class Account:
    """From before the fault until all is as it should be again. Of the world it wants ids() of
    the instances that there are, done(kind) of what asg did, and victims, which strikes add to."""

    def __init__(self, world, fault):
        self.world, self.fault = world, fault
        self.wrong, self.figures = [], Figures()
        self.ways = set()  # ids of requests that failed: who asks may look for what the logs say of them
        self.ids, world.victims = world.ids(), set()
        self.launches, self.ends = len(world.done("launch")), len(world.done("terminate"))

    def close(self, load):
        """load: a Probe, or who tells the same, at its end."""
        self.judge_instances(len(self.world.done("launch")) - self.launches,
                             len(self.world.done("terminate")) - self.ends,
                             self.ids - self.world.victims - self.world.ids())
        self.judge_requests(load)

    def judge_instances(self, launched, ended, away):
        """away: those that have ended, and were not struck. As many of them as were moved are
        in order: which, asg chooses."""
        (least, most), victims = self.fault.needed, len(self.world.victims & self.ids)
        moved = min(self.fault.moved, max(0, launched - victims))
        figures = self.figures
        figures.needed = min(max(launched, least), most)
        figures.launched, figures.due, figures.ended = launched, victims + moved, ended
        figures.healthy = max(0, len(away) - moved)
        if not least <= launched <= most:
            self.wrong.append(f"{launched} launches, needed were {spell(least, most)}")
        if figures.healthy:
            self.wrong.append(f"replaced although healthy: {', '.join(sorted(away))}")

    def judge_requests(self, load):
        bad = [each for each in load.failures if not (self.fault.database and is_honest(each))]
        figures = self.figures
        figures.requests = len(load.answers) + len(load.failures)
        figures.attempts, figures.failed = len(load.stumbles), len(bad)
        figures.honest = len(load.failures) - len(bad)
        self.wrong += [f"failed: {kind} {status} {said}{before(load, kind, status, said)}"
                       for kind, status, _, said in bad[:5]]
        self.wrong += load.complaints[:5]
        self.ways = ids_of(bad[:5]) | ids_of(before(load, *each[:2], each[3]) for each in bad[:5])


def ids_of(answers):
    return {ident for each in answers for ident in re.findall(r"'request_id': '([0-9a-f-]{36})'", str(each))}


def before(load, kind, status, said):
    """What the first attempt of such a request was answered, and when it was due."""
    last, first = f"{status} {said}", {}
    for what, due, answer in load.stumbles:
        if (what, answer) == (kind, last) and due in first:
            return f" (due {due:.1f}; at first {first[due]})"
        first.setdefault(due, answer)
    return ""


def spell(least, most):
    return str(most) if least == most else f"{least} to {most}"
