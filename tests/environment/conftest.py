"""Clouds on test hosts, made once for all tests that want one and removed at the end.

ALLDAY_CLOUD=DIR in the environment: the tests use the three hosts of `make cloud` whose state
is in DIR, and for `one` those in DIR-one; what stands already is left standing.
"""

import contextlib
import os
import subprocess

import pytest
from standing import HOSTS, hosts, made


def pytest_configure(config):
    config.addinivalue_line("markers", "cloud: it wants the cloud on three hosts (tests/run)")
    config.addinivalue_line("markers", "one: it wants the cloud on one host")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """So that tests/run may make the clouds side by side, each of them once."""
    for item in items:
        given = item.callspec.params.values() if hasattr(item, "callspec") else ()
        for name in ("cloud", "one"):
            if name in item.fixturenames or name in given:
                item.add_marker(name)


@pytest.fixture(scope="session")
def able():
    """Skips where test hosts cannot be had, and says why."""
    said = subprocess.run([HOSTS, "check"], capture_output=True, text=True)
    if said.returncode:
        pytest.skip(said.stderr.strip())


@pytest.fixture(scope="session")
def cloud(able):
    """Three hosts with everything."""
    with made(3, os.environ.get("ALLDAY_CLOUD")) as found:
        yield found


@pytest.fixture(scope="session")
def one(able):
    """The same on one host."""
    standing = os.environ.get("ALLDAY_CLOUD")
    with made(1, standing and f"{standing.rstrip('/')}-one") as found:
        yield found


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """What a failed test leaves of a cloud is put right by `create`, as an operator would do:
    one failure is one."""
    report = (yield).get_result()
    if report.failed and call.when == "call":
        for name in {"cloud", "one"} & set(item.funcargs):
            try:
                item.funcargs[name].create()
                item.funcargs[name].asg("wait")
            except Exception as error:
                report.sections.append(("create afterwards", str(error)))


@pytest.fixture
def bare(able):
    """For tests of the hosts themselves: bare(N) is the state directory of N new ones."""
    with contextlib.ExitStack() as stack:
        yield lambda number: stack.enter_context(hosts(number))
