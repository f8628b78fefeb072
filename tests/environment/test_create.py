"""From plain Debian hosts to an app that answers, by one command. How long it took and where
the time went is printed; `make bench ONLY=cloud` measures it."""

import re

import pytest
from load import Load
from plays import changed, play


@pytest.mark.parametrize("size", ["one", "cloud"])
def test_the_app_answers_right_after_create(request, size):
    made = request.getfixturevalue(size)
    print(f"{len(made.hosts)} hosts: {made.created['seconds']:.1f} s until the app answered\n"
          f"  {made.created['parts']}")
    with Load(made, rate=50) as load:
        load.wait_answers(100)
    assert not load.stumbles and not load.complaints, str(load)


def test_a_second_run_changes_nothing(cloud):
    """(On one host: test_interrupted_and_repeated.)"""
    with Load(cloud) as load:
        load.wait_answers(100)
        status, output = play(cloud, "create")
        load.wait_answers(100)
    assert status == 0 and changed(output) == 0, output
    assert not load.stumbles and not load.complaints, str(load)


def test_a_check_changes_nothing_and_says_what_a_change_would(one):
    before = fingerprint(one)
    status, output = play(one, "create", "--check")
    assert status == 0 and changed(output) == 0, output
    other = one.variant(lambda text: re.sub(r"rules:\n", "rules:\n      - {path: /more/, group: api}\n",
                                            text, count=1))
    status, output = play(one, "create", "--check", "--diff", file=other)
    assert status == 0 and changed(output) > 0 and "/more/" in output, output
    assert fingerprint(one) == before


def written(cloud):
    """All that create writes on a host."""
    return {zone: host.run("cd / && find etc/allday etc/systemd/system etc/cron.d etc/sysctl.d "
                           "-type f -exec sha256sum {} + | sort")
            for zone, host in cloud.hosts.items()}


def fingerprint(cloud):
    """That, and what may pass."""
    rules = {zone: host.run("nft list ruleset | grep -v counter")
             for zone, host in cloud.hosts.items()}
    return written(cloud), rules
