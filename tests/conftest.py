"""What tests/api and tests/environment have in common: how they are ended, marked and timed."""

import pathlib
import signal
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent / "harness"))

# Whoever ends pytest politely ends what it has started. (A shell lets what it starts in the
# background ignore Ctrl-C, and so would all that is started here.)
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.default_int_handler)


def pytest_configure(config):
    config.addinivalue_line("markers", "alone: what it measures is wrong beside other work")
    config.addinivalue_line("markers", "last: it asks what all the others have seen")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """In the results, what was made for a test is told apart from the test (tests/run)."""
    if call.when == "setup" and call.duration > 0.5:
        item.user_properties.append(("setup", f"{call.duration:.1f}"))
    yield
