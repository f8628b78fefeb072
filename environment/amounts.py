"""Durations and sizes as the file writes them, and how many instances there can be."""

MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000}
MEGABYTES = {"M": 1, "G": 1024}


def milliseconds(text):
    """Of a duration: 100ms, 5s, 5m, 1h."""
    unit = text.lstrip("0123456789")
    return int(text.removesuffix(unit)) * MILLISECONDS[unit]


def megabytes(text):
    """Of a size: 256M, 1G."""
    return int(text[:-1]) * MEGABYTES[text[-1]]


def surge(most):
    """Of so many, what may be there besides while some are replaced (asg/rules/plan.c, plan_surge)."""
    return max(1, most // 10)


def most_instances(group):
    """All that a group may have at a time, with those that replace others."""
    most = max([group["max"], *(action.get("max", 0) for action in group["schedule"])])
    return most + surge(most) if most > 0 else 0
