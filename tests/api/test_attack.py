"""What `make attack` is made of works: each attack begins, stops when it is told to and says
what it did, and a run has its table and leaves nothing."""

import json
import re
import subprocess
import sys

import pytest
from client import PASSWORD, ROOT

sys.path.append(str(ROOT / "tests/attack"))
import catalogue  # noqa: E402
import service  # noqa: E402
import tabs  # noqa: E402

# What takes the whole environment away would take it from the other tests.
HARMLESS = [name for name, attack in catalogue.ATTACKS.items() if not attack.away]


@pytest.mark.parametrize("name", HARMLESS)
def test_an_attack_stops_and_says_what_it_did(stack, me, name):
    url = stack.url("app")
    target = {"url": url, "urls": [url, stack.url("api")], "port": stack.ports["app"],
              "source": f"127.0.4.{HARMLESS.index(name) + 1}", "token": me.token,
              "login": me.login, "password": PASSWORD, "login_rate": 30, "sockets": [],
              "database": 0}
    done = subprocess.run([sys.executable, ROOT / "tests/attack/attacker.py", name],
                          input=json.dumps(target) + "\n", capture_output=True, text=True,
                          timeout=90)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["said"]


def test_a_run_has_a_row_for_each_attack_and_leaves_nothing():
    """That nothing runs any more is asserted by the environment itself when it stops."""
    done = subprocess.run([ROOT / "tests/attack/run", "--seconds", "1", "expect"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    row = re.search(r"^expect +(\d+) of (\d+) (OK|FAIL) .* s (OK|FAIL)$", done.stdout, re.M)
    assert row and int(row[2]) > 0, done.stdout
    assert re.search(r"^\d+ of 6 cells FAIL, \d+ s$", done.stdout, re.M), done.stdout


def test_an_unknown_attack_is_named():
    done = subprocess.run([ROOT / "tests/attack/run", "nonsense"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)
    assert done.returncode == 2 and "no attack is called nonsense" in done.stderr


def test_tabs_ask_again_and_again(stack, me, monkeypatch):
    """Whether or not their connections are still there."""
    monkeypatch.setattr(tabs, "POLL", 0.2)
    account = {"token": me.token, "id": me.account["id"]}
    port = stack.ports["app"]
    share = tabs.Share([tabs.Tab(tabs.address(number), ("127.0.0.1", port),
                                 tabs.question(port, account)) for number in range(10)], 3)
    told = share.run()
    assert not told["failed"] and set(told["statuses"]) == {304}
    assert told["statuses"][304] > told["opened"] >= 10
    assert max(told["held"], default=10) == 10


def test_memory_is_told_by_pool(stack):
    names = set(service.Service.programs(stack).values())
    assert {"login", "auth", "todo", "classic", "health", "nginx", "haproxy", "mariadbd"} <= names
