"""Times that come again: crontab(5)'s five fields and time zones, by the rules of asg/model/cron.h.

asg computes with them; here they are only checked. tests/unit/cron-cases holds both to one list.
"""

import functools
import pathlib
import re

FIELDS = [
    ("minute", 0, 59, []),
    ("hour", 0, 23, []),
    ("day", 1, 31, []),
    ("month", 1, 12, ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
    ("weekday", 0, 7, ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
]
NICKNAMES = {"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@weekly": "0 0 * * 0",
             "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *"}
LONGEST = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]  # a leap year's months
ELEMENT = re.compile(r"(?:(?P<all>\*)|(?P<low>[0-9A-Za-z]+)(?:-(?P<high>[0-9A-Za-z]+))?)(?:/(?P<step>[0-9]{1,4}))?")
OFFSET = re.compile(r"[+-]([01][0-9]|2[0-3]):[0-5][0-9]")
ZONEINFO = pathlib.Path("/usr/share/zoneinfo")
TABLE = pathlib.Path(__file__).resolve().parents[1] / "lib/base/zone_table.c"


def number(text, low, names):
    """None when it is neither a number nor a name."""
    if text.lower() in names:
        return low + names.index(text.lower())
    return int(text) if text.isdigit() and len(text) <= 4 else None


def element(text, low, high, names):
    """The values that one element of a list names, or None: "*", "2", "mon-fri", "*/2"."""
    found = ELEMENT.fullmatch(text)
    if not found or found["step"] and not found["all"] and not found["high"]:
        return None
    weekday = low == 0 and high == 7
    if found["all"]:
        first, last = low, 6 if weekday else high
    else:
        first = number(found["low"], low, names)
        last = number(found["high"], low, names) if found["high"] else first
    step = int(found["step"] or 1)
    if first is None or last is None or not 1 <= step <= high:
        return None
    if weekday and first > 0 and last == 0:
        last = 7  # fri-sun: Sunday is the 7th day too
    return range(first, last + 1, step) if low <= first <= last <= high else None


def values(text, low, high, names):
    found = set()
    for part in text.split(","):
        some = element(part, low, high, names)
        if some is None:
            return None
        found |= set(some)
    return found


def possible(days, months, any_day, any_weekday):
    """Can it ever come? Not on 31 February."""
    return not any_day and not any_weekday or any(
        day <= LONGEST[month - 1] for month in months for day in days)


def cron_fault(text):
    """What is wrong with an expression, or None."""
    text = NICKNAMES.get(text.lower(), text)
    parts = [part for part in re.split(r"[ \t]+", text) if part]
    found = []
    for part, (name, low, high, names) in zip(parts, FIELDS):
        some = values(part, low, high, names)
        if some is None:
            return f"its {name} must be from {low} to {high}{', or a name' if names else ''}"
        found.append(some)
    if len(parts) < len(FIELDS):
        return f"it has {len(parts)} of the 5 fields minute, hour, day, month, weekday"
    if len(parts) > len(FIELDS):
        return "it has more than 5 fields"
    if not possible(found[2], found[3], parts[2][0] == "*", parts[4][0] == "*"):
        return "none of its months has such a day"
    return None


@functools.cache
def zones():
    """{name: canonical name} of all that tzdata has, wherever this runs (lib/base/zone.h)."""
    return dict(re.findall(r'\{ "([^"]+)", "([^"]+)" \}', TABLE.read_text()))


def has_rules(name):
    try:
        with open(ZONEINFO / name, "rb") as file:
            return file.read(4) == b"TZif"
    except OSError:
        return False


def time_zone_fault(text):
    """What is wrong with the name of a time zone, or None; "" for what is no name at all."""
    if text == "UTC" or OFFSET.fullmatch(text):
        return None
    if text not in zones():
        return ""
    if has_rules(text) or has_rules(zones()[text]):
        return None
    return "this machine's package tzdata does not have it"
