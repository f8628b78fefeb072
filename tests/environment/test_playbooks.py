"""What playbooks refuse before they touch a host: none is needed."""

import os
import shutil
import subprocess

import pytest
from private import ROOT

PLAYBOOKS = sorted(path.name for path in (ROOT / "ansible").glob("*.yml") if path.name != "asked.yml")


@pytest.fixture(autouse=True)
def ansible():
    if not shutil.which("ansible-playbook"):
        pytest.skip("ansible-core is not installed (run/packages test cloud)")


def play(name, *options):
    return subprocess.run(
        ["ansible-playbook", "-i", "localhost,", ROOT / "ansible" / name, *options], text=True,
        capture_output=True, stdin=subprocess.DEVNULL, env=os.environ | {"ANSIBLE_NOCOLOR": "1"})


@pytest.mark.parametrize("option", [["--start-at-task", "Make new ones"], ["--step"]])
@pytest.mark.parametrize("name", PLAYBOOKS)
def test_a_run_that_skips_what_protects_is_refused(name, option):
    """It would end well and have done nothing, or half of it, without the lock."""
    done = play(name, *option)
    assert done.returncode == 1 and option[0] in done.stderr, done
    assert "PLAY" not in done.stdout


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_the_syntax_is_right(name):
    done = play(name, "--syntax-check")
    assert done.returncode == 0, done.stderr
