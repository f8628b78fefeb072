"""How tests wait: for what they want to see, not for a time."""

import time


def wait_for(condition, seconds=60, what=None):
    """The first true value of condition(). AssertionError when there is none in so many seconds,
    which are for a slow machine and not for a test to measure by. Who is slow to answer is not
    asked all the time: it gets as long a rest as it took, up to half a second."""
    start = time.monotonic()
    while True:
        asked = time.monotonic()
        if value := condition():
            return value
        now = time.monotonic()
        assert now - start < seconds, \
            f"not within {seconds} s: {what or condition.__doc__ or 'what was waited for'}"
        time.sleep(min(0.5, max(0.01, now - asked)))
