"""Three seeds of the nemesis: `make nemesis SEEDS=30` has them all."""

import subprocess

import pytest
from stack import ROOT


@pytest.mark.parametrize("seed", [1, 3, 5])
def test_nothing_that_befalls_it_fails_a_request_or_replaces_what_is_healthy(seed):
    done = subprocess.run([ROOT / "tests/nemesis/run", "--seed", str(seed)], text=True,
                          capture_output=True)
    print(done.stdout, done.stderr)
    assert done.returncode == 0
