"""Environments on one host have their own programs: of-environment, which stands where all call
them, and machine prune, on a private host."""

import pytest
from private import HOST, Host, need

PROGRAMS = {"asg": ["-s", "/var/lib/allday/prod/asg", "status"], "asg-turn": ["prod", "3"],
            "machine": ["run", "prod.db-a"], "machine-over-ssh": ["prod"], "vpc": ["up", "prod"]}


@pytest.fixture
def host():
    need({"unshare": "util-linux"})
    with Host() as one:
        one.do("sh", "-euc", f"""
            mount -t tmpfs none /usr/local/lib
            for release in old new; do
                bin=/var/lib/allday/releases/$release/usr/lib/allday/bin
                mkdir -p $bin
                for program in {' '.join(PROGRAMS)}; do
                    printf '#!/bin/sh\\necho %s "${{0##*/}}" "$@"\\n' $release > $bin/$program
                    chmod +x $bin/$program
                done
            done
            mkdir -p /var/lib/allday/prod /var/lib/allday/stage /usr/local/lib/allday/bin
            cp {HOST}/release/of-environment /usr/local/lib/allday
            for program in {' '.join(PROGRAMS)}; do
                ln -sf ../of-environment /usr/local/lib/allday/bin/$program
            done
            ln -sfT /var/lib/allday/releases/new /usr/local/lib/allday/release
            ln -s /var/lib/allday/releases/old /var/lib/allday/prod/release
            ln -s /var/lib/allday/releases/new /var/lib/allday/stage/release
            rm -rf /usr/lib/allday
            ln -s /usr/local/lib/allday /usr/lib/allday""")
        yield one


def call(host, program, arguments):
    release, name, *words = host.do(f"/usr/lib/allday/bin/{program}", *arguments).split()
    assert name == program and words == arguments
    return release


@pytest.mark.parametrize("program", PROGRAMS)
def test_each_environment_has_its_own_programs(host, program):
    arguments = PROGRAMS[program]
    assert call(host, program, arguments) == "old"
    assert call(host, program, [word.replace("prod", "stage") for word in arguments]) == "new"
    # What is of none, or of one that has been removed.
    assert call(host, program, [word.replace("prod", "gone") for word in arguments]) == "new"
    assert call(host, program, []) == "new"


@pytest.mark.parametrize("words", ["image ensure prod", "release list", "prune", "list ../stage",
                                   "list -prod", "list releases"])
def test_what_names_no_environment_is_done_by_the_newest(host, words):
    assert call(host, "machine", words.split()) == "new"


def test_prune_keeps_what_is_called(host):
    assert "'new': ['host']" in host.do(
        "python3", "-c", "import trees; print(trees.used('release'))",
        PYTHONPATH=str(HOST / "machine"), PYTHONDONTWRITEBYTECODE="1")
