"""Parts of `machine` that need no host: directories stand for /etc, /var/lib and /run."""

import io
import json
import os
import pathlib
import re
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "ansible/roles/machine/machine"))
import common  # noqa: E402
import guest  # noqa: E402
import instances  # noqa: E402
import lead  # noqa: E402
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


def test_the_list_tells_of_the_database_of_this_host(host, capsys):
    environment(host, "prod", machines={"app-a": {"role": "balancer"}, "db-a": {"role": "database"}})
    mark = host / "run/prod/db-a/full"
    mark.parent.mkdir(parents=True)

    def listed():
        instances.show("prod")
        return capsys.readouterr()
    assert listed() == ("", "")
    mark.write_text("it is read-only: \033 255 MB\nmore\n")
    assert listed() == ("", "database: it is read-only:  255 MB\n")
    mark.write_text("")
    assert listed() == ("", "database: \n")
    # The directory is the machine's, which may make in it what it likes.
    mark.unlink()
    mark.symlink_to(host / "etc/prod/environment.json")
    assert listed() == ("", "")
    mark.unlink()
    os.mkfifo(mark)
    assert listed() == ("", "database: \n")  # and nobody waits for who writes to it
    mark.unlink()
    mark.mkdir()
    assert listed() == ("", "")


# ---- where balancers lead


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
        monkeypatch.setattr(lead, "in_service", lambda _: up)
        settings.take(environment)
        config = host / f"lib/{environment}/app-a/config"
        return capsys.readouterr().out, lead.variables((config / "machine.env").read_text()), config
    return take


def test_a_balancer_leads_to_no_group_without_an_instance(take):
    take(balancer("web", ["web"]))
    new = balancer("web-blue", ["web-blue", "web"])
    said, has, _ = take(new, up={"web"})
    assert "app-a leads to web until an instance is in service there of web-blue\n" in said
    assert (has["DEFAULT_GROUP"], has["GROUPS"]) == ("web", "web-blue web")
    assert has["WEB_BLUE_CHECK_PATH"] == "/web-blue"
    said, has, _ = take(new, up={"web", "web-blue"})
    assert "leads to" not in said and has["DEFAULT_GROUP"] == "web-blue"
    assert take(new, up=set())[0] == "", "it leads there already, healthy or not"


def test_a_rule_waits_for_its_group(take):
    take(balancer("web", ["web"], api="web"))
    new = balancer("web", ["web", "api-new"], api="api-new")
    _, _, config = take(new, up={"web"})
    assert (config / "rules/paths").read_text() == "/api web\n"
    _, _, config = take(new, up={"web", "api-new"})
    assert (config / "rules/paths").read_text() == "/api api-new\n"


def test_a_group_that_leaves_the_file_is_led_to_until_the_next_one_is_there(take):
    take(balancer("web", ["web"]))
    _, has, _ = take(balancer("web-blue", ["web-blue"]), up={"web"})
    assert (has["DEFAULT_GROUP"], has["GROUPS"]) == ("web", "web-blue web")
    assert has["WEB_CHECK_PATH"] == "/web" and has["WEB_BLUE_CHECK_PATH"] == "/web-blue"
    _, has, _ = take(balancer("web-blue", ["web-blue"]), up={"web", "web-blue"})
    assert has["GROUPS"] == "web-blue" and "WEB_CHECK_PATH" not in has


def test_a_balancer_that_does_not_run_takes_what_the_file_says(take):
    take(balancer("web", ["web"]))
    assert take(balancer("web-blue", ["web-blue"]))[1]["DEFAULT_GROUP"] == "web-blue"


def test_who_is_in_service_as_haproxy_says_it(monkeypatch):
    servers = (("web", "i1", "UP"), ("web-blue", "i1", "MAINT"), ("api", "i2", "UP 1/3"),
               ("web-open", "i3", "no check"), ("api-new", "i1", "DOWN"),
               ("web-blue", "open", "no check"), ("web-blue", "BACKEND", "UP"))
    rows = [",".join([group, server, *[""] * 15, status]) for group, server, status in servers]
    monkeypatch.setattr("certificate.ask", lambda *_: "\n".join(["# pxname,svname", *rows]))
    assert lead.in_service("admin.sock") == {"web", "api"}


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
