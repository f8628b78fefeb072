"""Parts of `machine` that need no host: directories stand for /etc, /var/lib and /run."""

import json
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "ansible/roles/machine/machine"))
import common  # noqa: E402
import guest  # noqa: E402
import readdress  # noqa: E402
import trees  # noqa: E402


@pytest.fixture
def host(tmp_path, monkeypatch):
    for name in ("ETC", "LIB", "RUN"):
        monkeypatch.setattr(common, name, str(tmp_path / name.lower()))
    return tmp_path


def environment(host, name, **said):
    path = host / f"etc/{name}/environment.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(said))


def test_prune_keeps_what_a_group_names(host, capsys):
    for name in ("old", "pinned", "elsewhere", "now", "newest"):
        (host / "lib/releases" / name).mkdir(parents=True)
    environment(host, "prod", release="now", groups={"api": {"release": "pinned"}, "web": {"release": ""}})
    environment(host, "stage", release="elsewhere", groups={"web": {}})
    assert trees.used("release")["pinned"] == ["prod:api"]
    trees.prune()
    assert capsys.readouterr().out == "removed release old\n"


def test_a_machine_that_is_not_named_does_not_start_for_ever(host):
    environment(host, "prod", machines={}, image="i", release="r", zone="a")
    with pytest.raises(common.WrongUse, match="machines.app-a is missing"):
        guest.named_record("prod", "app-a")
    unit = (ROOT / "ansible/roles/machine/files/allday-machine@.service").read_text()
    assert "RestartPreventExitStatus=100\n" in unit


def test_another_address_of_the_database_and_nothing_else(host):
    text = 'ADDRESS="10.0.0.9"\nDB_ADDRESS="10.20.2.10:3306"\nSIGN_UP="open"\n'
    (host / "machine.env").write_text(text)
    (host / "database").write_text("10.20.2.10:3306\n")
    assert not readdress.rewrite(str(host), "10.20.2.10:3306")
    assert readdress.rewrite(str(host), "10.20.12.10:3306")
    assert (host / "machine.env").read_text() == text.replace("10.20.2.10", "10.20.12.10")
    assert (host / "database").read_text() == "10.20.12.10:3306\n"
