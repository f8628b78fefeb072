"""Parts of `machine` that need no host: directories stand for /etc, /var/lib and /run."""

import io
import json
import pathlib
import re
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "ansible/roles/machine/machine"))
import common  # noqa: E402
import guest  # noqa: E402
import readdress  # noqa: E402
import settings  # noqa: E402
import trees  # noqa: E402

UNIT = ROOT / "ansible/roles/machine/files/allday-machine@.service"


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
    assert "RestartPreventExitStatus=100\n" in UNIT.read_text()


def test_another_address_of_the_database_and_nothing_else(host):
    text = 'ADDRESS="10.0.0.9"\nDB_ADDRESS="10.20.2.10:3306"\nSIGN_UP="open"\n'
    (host / "machine.env").write_text(text)
    (host / "database").write_text("10.20.2.10:3306\n")
    assert not readdress.rewrite(str(host), "10.20.2.10:3306")
    assert readdress.rewrite(str(host), "10.20.12.10:3306")
    assert (host / "machine.env").read_text() == text.replace("10.20.2.10", "10.20.12.10")
    assert (host / "database").read_text() == "10.20.12.10:3306\n"


# ---- settings of named machines


def balancer(default, groups, **rules):
    """As the filter allday_machines says one."""
    settings = {"RECORD": "app", "DEFAULT_GROUP": default, "GROUPS": " ".join(groups)}
    for group in groups:
        name = group.upper().replace("-", "_")
        settings |= {f"{name}_CHECK_PATH": f"/{group}", f"{name}_HEALTHY": "2"}
    lines = "".join(f"/{path} {group}\n" for path, group in rules.items())
    return {"app-a": {"settings": settings, "files": {
        "rules/hosts": "", "rules/paths": lines, "rules/prefixes": "", "operators.cfg": ""}}}


@pytest.fixture
def take(host, monkeypatch, capsys):
    """take(machines, up): `machine settings`, where HAProxy has instances of these groups in
    service (None: it does not run); what it printed, and what app-a has then."""
    (host / "units").mkdir()
    monkeypatch.setattr(settings, "UNITS", str(host / "units"))
    monkeypatch.setattr(settings, "UNIT", str(UNIT))

    def take(machines, up=None, environment="prod"):
        monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(machines)))
        settings.take(environment)
        config = host / f"lib/{environment}/app-a/config"
        return capsys.readouterr().out, (config / "machine.env").read_text(), config
    return take


# ---- environments beside each other


def test_each_environment_has_its_own_units(take, host, tmp_path, monkeypatch):
    take(balancer("web", ["web"]), environment="prod")
    (tmp_path / "newer").write_text("[Service]\nExecStart=/bin/false %i\n")
    monkeypatch.setattr(settings, "UNIT", str(tmp_path / "newer"))
    said, _, _ = take(balancer("web", ["web"]), environment="stage")
    assert "allday-machine@stage.app-a.service\n" in said
    units = {path.name: path.read_text() for path in (host / "units").iterdir()}
    assert units == {"allday-machine@prod.app-a.service": UNIT.read_text(),
                     "allday-machine@stage.app-a.service": (tmp_path / "newer").read_text()}


def test_no_unit_of_a_host_is_of_all_environments():
    """A release tried in one would change those of another."""
    for path in (ROOT / "ansible/roles").glob("*/tasks/*.yml"):
        for place in re.findall(r"dest: /etc/systemd/system/(\S.*)", path.read_text()):
            assert "allday.name" in place or "vpc_environment" in place or place == "knot.service", \
                f"{path}: {place}"
