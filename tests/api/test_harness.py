"""The tests' own tools: ports that are nobody else's, and tests/run, which counts."""

import importlib.machinery
import importlib.util
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys

import pytest
from stack import ROOT, free_ports
from waiting import wait_for

HARNESS = ROOT / "tests/harness"
# A pass, a failure with words that look like a summary, and what was skipped.
MIXED = """
import pytest
def test_good(): pass
def test_bad(): assert not "1 passed, 0 failed"
@pytest.mark.skip
def test_later(): pass
@pytest.mark.alone
def test_by_itself(): pass
"""
# tests/run with these jobs alone, in a directory of its own.
SMALL = """
import importlib.machinery, importlib.util, pathlib, sys
loader = importlib.machinery.SourceFileLoader("run", sys.argv[1])
run = importlib.util.module_from_spec(importlib.util.spec_from_loader("run", loader))
sys.modules["run"] = run
loader.exec_module(run)
run.ROOT = pathlib.Path(sys.argv[2])
jobs = [run.Job("small", name, argv, counts=False, cwd=run.ROOT)
        for name, argv in eval(sys.argv[3]).items()]
run.SUITES = {"small": lambda: jobs}
sys.argv[1:] = ["-j", "2"]
sys.exit(run.main())
"""


@pytest.fixture(scope="module")
def run():
    loader = importlib.machinery.SourceFileLoader("run", str(ROOT / "tests/run"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("run", loader))
    sys.modules["run"] = module
    loader.exec_module(module)
    return module


def test_two_processes_get_other_ports():
    """Although both look in the same order, and nobody listens yet."""
    same = "import random, stack; random.seed(7); print(stack.free_ports()['app'], flush=True)"
    asking = [subprocess.Popen([sys.executable, "-c", f"{same}; input()"], cwd=HARNESS, text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(4)]
    try:
        assert len({child.stdout.readline() for child in asking}) == 4
    finally:
        for child in asking:
            child.communicate()


def test_a_port_in_use_is_not_given():
    taken = free_ports()["app"] + 16
    code = (f"import stack; stack.random.randrange = lambda n: ({taken} - stack.FIRST) // 16; "
            "print(stack.free_ports()['app'])")
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", taken))
        busy.listen()
        said = subprocess.run([sys.executable, "-c", code], cwd=HARNESS, text=True,
                              capture_output=True, check=True).stdout
    assert int(said) != taken


def test_what_never_comes_is_told():
    with pytest.raises(AssertionError, match="not within 0.1 s: rain"):
        wait_for(lambda: False, 0.1, "rain")
    values = iter([0, "", "sun"])
    assert wait_for(lambda: next(values)) == "sun"


# ---- tests/run


def outcomes(run, job, base, code=0, said=""):
    return [(one.name, one.outcome) for one in run.results_of(job, base, code, said)]


def test_results_are_those_of_the_files(run, tmp_path):
    (tmp_path / "test_mixed.py").write_text(MIXED)
    base = tmp_path / "test_mixed"
    done = subprocess.run([*run.PYTEST, f"--junitxml={base}.xml", "-m", "not alone",
                           "-c", os.devnull, f"{base}.py"], text=True, capture_output=True)
    job = run.Job("api", "test_mixed", [])
    results = run.results_of(job, base, done.returncode, done.stdout)
    assert run.tally(results) == "1 passed, 1 failed, 1 skipped"
    assert next(one for one in results if one.outcome == "failed").message
    # It says that it failed, and no test did: the end of a fixture of the session, a crash.
    results = run.results_of(job, tmp_path / "nothing", 1, "Segmentation fault")
    assert [one.message for one in results] == ["ended with status 1\nSegmentation fault"]


def test_a_job_without_tests_counts_as_a_failure(run, tmp_path):
    job = run.Job("api", "x", [])
    assert outcomes(run, job, tmp_path / "x") == [("", "failed")]
    assert outcomes(run, job, tmp_path / "x", 5, "3 deselected in 0.1s") == []
    (tmp_path / "x.xml").write_text("<testsuite><testcase name='a' time='1'/")
    assert outcomes(run, job, tmp_path / "x") == [("", "failed")]


def test_results_of_an_interrupted_job_are_read(run, tmp_path):
    """pytest writes a case without a name then."""
    (tmp_path / "t.xml").write_text("<testsuite><testcase classname='tests.t' name='a' time='1'/>"
                                    "<testcase time='0.1'/></testsuite>")
    assert outcomes(run, run.Job("api", "t", []), tmp_path / "t", 2)[-1] == ("", "failed")


def test_cmocka_and_node_are_understood(run, tmp_path):
    (tmp_path / "t.good.xml").write_text(
        "<testsuites><testsuite name='good' tests='2'><testcase name='a' time='0.001'></testcase>"
        "<testcase name='b' time='0'><failure><![CDATA[1 != 2\nsomewhere]]></failure></testcase>"
        "<testcase name='c' time='0'><skipped/></testcase></testsuite></testsuites>")
    assert outcomes(run, run.Job("unit", "t", []), tmp_path / "t", 1) == [
        ("a", "passed"), ("b", "failed"), ("c", "skipped")]


def small(tmp_path, jobs, **changed):
    return subprocess.Popen([sys.executable, "-c", SMALL, ROOT / "tests/run", tmp_path, repr(jobs)],
                            text=True, stdout=subprocess.PIPE, env=os.environ | changed)


def test_the_last_line_counts(tmp_path):
    child = small(tmp_path, {"good": ["true"], "bad": ["sh", "-c", "echo why; exit 3"]})
    said = child.communicate()[0].splitlines()
    assert child.returncode == 1 and said[-1] == "1 passed, 1 failed, 0 skipped"
    assert said[-3:-1] == ["FAILED small/bad ", "    why"]
    assert any(line.startswith("--- small/good: 1 passed, 0 failed, 0 skipped in ") for line in said)


def test_what_failed_beside_others_runs_once_more_alone(tmp_path):
    count = 'echo >> "$1"; [ $(wc -l < "$1") -gt "$2" ]'
    child = small(tmp_path, {"good": ["true"],
                             "shy": ["sh", "-c", f"{count} || ! echo not so", "sh", "shy", "1"],
                             "bad": ["sh", "-c", count, "sh", "bad", "2"]})
    said = child.communicate()[0].splitlines()
    assert said[-4:] == ["FLAKY small/shy ", "    not so", "FAILED small/bad ",
                         "2 passed, 1 failed, 0 skipped"]
    assert child.returncode == 1
    assert [(tmp_path / name).read_text().count("\n") for name in ("shy", "bad")] == [2, 2]
    logs = {path.name for path in tmp_path.glob("build/tests/1/small/*.log")}
    assert logs >= {"shy.log", "shy-alone.log"}


def test_what_failed_alone_or_with_many_does_not_run_again(tmp_path):
    bad = ["sh", "-c", 'echo >> "$1"; false', "sh"]
    for number in 1, 4:
        names = [f"{number} {name}" for name in range(number)]
        child = small(tmp_path, {name: [*bad, name] for name in names})
        assert child.communicate()[0].endswith(f"0 passed, {number} failed, 0 skipped\n")
        assert [(tmp_path / name).read_text() for name in names] == ["\n"] * number


def pids_below(directory):
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(entry / "cwd") == str(directory):
                found.append(int(entry.name))
        except OSError:
            pass
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_whatever_ends_it_ends_what_it_started(tmp_path, number):
    child = small(tmp_path, {f"long {n}": ["sleep", "600"] for n in range(3)})
    wait_for(lambda: len(pids_below(tmp_path)) == 2)
    child.send_signal(number)
    said = child.communicate()[0]
    wait_for(lambda: not pids_below(tmp_path))
    assert number == signal.SIGKILL or (child.returncode == 130 and "2 failed" in said)


def test_a_job_that_it_did_not_live_to_see_does_not_begin(tmp_path):
    slow = tmp_path / "bin/setpriv"
    slow.parent.mkdir()
    slow.write_text(f"""#!/bin/sh
while kill -0 $PPID; do /bin/sleep 0.05; done
exec {shutil.which("setpriv")} "$@"
""")
    slow.chmod(0o755)
    child = small(tmp_path, {"long": ["sleep", "600"]}, PATH=f"{slow.parent}:{os.environ['PATH']}")
    wait_for(lambda: pids_below(tmp_path))
    child.kill()
    child.communicate()
    wait_for(lambda: not pids_below(tmp_path))
