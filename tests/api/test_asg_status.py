"""`asg status --json` names the process that makes passes, and the balancers that it cannot ask."""

import contextlib
import json
import subprocess

from test_zones import ROOT, made_up  # noqa: F401
from waiting import wait_for


def status(made_up):
    return json.loads(made_up.asg("status", "--json"))


@contextlib.contextmanager
def reconciler(made_up, seconds=60):
    child = subprocess.Popen(
        [ROOT / "build/bin/asg", "-s", made_up.path, "reconcile", "--for", str(seconds)],
        stderr=subprocess.DEVNULL)
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def test_who_makes_passes_has_a_pid(made_up):
    assert status(made_up)["reconciler"] is None
    with reconciler(made_up) as child:
        wait_for(lambda: status(made_up)["reconciler"] == {"pid": child.pid})
        child.terminate()
        assert child.wait(10) == 0
    assert status(made_up)["reconciler"] is None


def test_a_balancer_that_does_not_answer_is_not_reachable(made_up):
    made_up.tell(LOAD_BALANCERS=f"app-a,{made_up.path}/none.sock")
    [balancer] = status(made_up)["balancers"]
    assert balancer == {"name": "app-a", "reachable": False, "error": "No such file or directory"}
