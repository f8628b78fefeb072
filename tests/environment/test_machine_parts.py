"""Parts of `machine` that need no host: directories stand for /etc, /var/lib and /run."""

import fcntl
import io
import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "host/machine"))
import common  # noqa: E402
import data  # noqa: E402
import guest  # noqa: E402
import instances  # noqa: E402
import lead  # noqa: E402
import readdress  # noqa: E402
import settings  # noqa: E402
import stopping  # noqa: E402
import trees  # noqa: E402

UNIT = ROOT / "host/machine/allday-machine@.service"


@pytest.fixture
def host(tmp_path, monkeypatch):
    for name in ("ETC", "LIB", "RUN", "LOCKS"):
        monkeypatch.setattr(common, name, str(tmp_path / name.lower()))
    return tmp_path


def environment(host, name, **said):
    path = host / f"etc/{name}/environment.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(said))


def make_releases(host, *names):
    """Each is newer than the one before. (A directory's time has steps of some milliseconds.)"""
    before = 0
    for name in names:
        directory = host / "lib/releases" / name
        directory.mkdir(parents=True)
        while directory.stat().st_ctime_ns <= before:
            directory.chmod(0o755)
        before = directory.stat().st_ctime_ns


def test_prune_keeps_what_a_group_names_and_the_newest(host, capsys):
    make_releases(host, "old", "pinned", "elsewhere", "now", *"12345")
    environment(host, "prod", release="now", groups={"api": {"release": "pinned"}, "web": {"release": ""}})
    environment(host, "stage", release="elsewhere", groups={"web": {}})
    assert trees.used("release")["pinned"] == ["prod:api"]
    trees.prune()
    assert capsys.readouterr().out == "removed release old\n"


@pytest.mark.parametrize("remove", [trees.prune, lambda: trees.remove("release", "old")])
def test_nothing_is_removed_while_a_playbook_is_at_work(host, capsys, remove):
    """It may go back to a release that nobody uses yet."""
    old = host / "lib/releases/old"
    make_releases(host, "old", *"1234", "now")
    environment(host, "prod", release="now")
    (host / "locks").mkdir()
    with open(host / "locks/allday-prod", "w") as lock:
        lock.write("token create.yml of root\n")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(common.Failed, match="create.yml of root is at work on prod"):
            remove()
        assert old.exists()
    remove()
    assert sorted(os.listdir(host / "lib/releases")) == [*"1234", "now"]


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


def test_another_address_is_written_again_after_an_interruption(host, monkeypatch):
    (host / "machine.env").write_text('DB_ADDRESS="10.20.2.10:3306"\n')
    (host / "database").write_text("10.20.2.10:3306\n")
    put, written = guest.put, []

    def interrupted(path, *more):
        if written:
            raise OSError("no space left on the disk")
        written.append(path)
        put(path, *more)
    monkeypatch.setattr(guest, "put", interrupted)
    with pytest.raises(OSError, match="no space"):
        readdress.rewrite(str(host), "10.20.12.10:3306")
    monkeypatch.setattr(guest, "put", put)
    assert readdress.rewrite(str(host), "10.20.12.10:3306")
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


# ---- a host that shuts down


@pytest.fixture
def shuts_down(host, monkeypatch):
    """Say that it does."""
    monkeypatch.setattr(stopping, "NOTED", str(host / "stopping"))
    return (host / "stopping").touch


def test_a_host_that_shuts_down_has_no_instances_for_asg(host, shuts_down, capsys):
    environment(host, "prod")
    (host / "run/prod/machines/i-00000001").mkdir(parents=True)
    instances.show("prod")
    assert json.loads(capsys.readouterr().out) == {"id": "i-00000001", "state": "pending"}
    shuts_down()
    with pytest.raises(common.Failed, match="this host is shutting down"):
        instances.show("prod")
    assert capsys.readouterr().out == "", "none of them has ended, as far as asg is to know"


def test_what_ended_while_it_was_listed_is_not_told(host, shuts_down, monkeypatch, capsys):
    environment(host, "prod")
    (host / "run/prod/machines/i-00000001").mkdir(parents=True)

    def describe(*_):
        shuts_down()
        return {"id": "i-00000001", "state": "stopped"}
    monkeypatch.setattr(instances, "describe", describe)
    with pytest.raises(common.Failed, match="this host is shutting down"):
        instances.show("prod")
    assert capsys.readouterr().out == ""


def test_a_host_that_shuts_down_launches_nothing(host, shuts_down):
    shuts_down()
    with pytest.raises(common.Failed, match="this host is shutting down"):
        instances.launch("prod", "web", "i-00000001")


def test_a_launch_that_its_shutdown_ends_says_so(host, shuts_down, monkeypatch):
    environment(host, "prod")

    def start(*_):
        shuts_down()
        raise common.Failed("Transaction is destructive")
    for name, does in {"given": dict, "record_of": lambda *_: {}, "hold": lambda *_: None,
                       "end": lambda *_: None, "start": start}.items():
        monkeypatch.setattr(instances, name, does)
    with pytest.raises(common.Failed, match="this host is shutting down"):
        instances.launch("prod", "web", "i-00000001")


def properties(monkeypatch):
    """Of an instance's unit."""
    called = []

    def run(argv, **_):
        called.extend(argv)
        return subprocess.CompletedProcess(argv, 0)
    monkeypatch.setattr(subprocess, "run", run)
    instances.start_unit("prod", "i-00000001", {"group": "web"}, 0)
    monkeypatch.undo()
    return [word.removeprefix("--property=") for word in called if word.startswith("--property=")]


@pytest.mark.parametrize("state, pid, noted", [
    ("stopping", "7", True), ("running", "7", False), ("degraded", "7", False),
    ("stopping", "", False)])
def test_a_machine_notes_the_shutdown_before_it_ends(tmp_path, state, pid, noted):
    """Its unit's ExecStop=, as systemd would call it. One that ended by itself asks nothing."""
    line = re.search(r"^ExecStop=-/bin/sh -c '(.*)'$", UNIT.read_text(), re.M)[1]
    (tmp_path / "systemctl").write_text(f"#!/bin/sh\necho asked >> {tmp_path}/asked\necho {state}\n")
    (tmp_path / "systemctl").chmod(0o755)
    script = line.replace("$$", "$").replace("/run/allday/stopping", f"{tmp_path}/stopping")
    subprocess.run(["/bin/sh", "-c", script], check=True,
                   env={"PATH": f"{tmp_path}:{os.environ['PATH']}"} | ({"MAINPID": pid} if pid else {}))
    assert (tmp_path / "stopping").exists() == noted
    assert (tmp_path / "asked").exists() == bool(pid)


def test_instances_note_it_as_named_machines_do(monkeypatch):
    assert f"\nExecStop={stopping.NOTE}\n" in UNIT.read_text()
    assert f"ExecStop={stopping.NOTE}" in properties(monkeypatch)


def test_a_host_that_has_started_anew_is_one_again():
    """Of `systemctl soft-reboot` /run is left."""
    vpc = (ROOT / "host/vpc/allday-vpc@.service").read_text()
    assert f"\nExecStartPre=/bin/rm -f {stopping.NOTED}\n" in vpc


def test_a_machine_has_its_network_until_it_has_ended(take, host, monkeypatch):
    """What ends by itself, a balancer with its last request, needs it."""
    take(balancer("web", ["web"]), environment="prod")
    [unit] = (host / "units").iterdir()
    assert "After=allday-vpc@prod.service" in unit.read_text().splitlines()
    assert "After=allday-vpc@prod.service" in properties(monkeypatch)


# ---- a database on its way


def test_data_that_arrived_are_fetched_anew(host, monkeypatch, capsys):
    """A run that was interrupted then has left them; the database they are of went on since."""
    there = host / "there"
    (there / "allday").mkdir(parents=True)
    monkeypatch.setattr(data, "SSH", ["sh", "-c", f"exec tar --create --directory={there} ."])
    for text in ("before", "since"):
        (there / "allday/todo.ibd").write_text(text)
        data.take("prod", "db-b", "192.0.2.1", "22")
    here = host / "lib/prod/db-b/data"
    assert (here / "mysql.arrived/allday/todo.ibd").read_text() == "since"
    data.settle("prod", "db-b")
    assert [path.name for path in here.iterdir()] == ["mysql"]


# ---- where balancers lead


def balancer(default, groups, **rules):
    """As the filter allday_machines says one."""
    settings = {"RECORD": "app", "DEFAULT_GROUP": default, "GROUPS": " ".join(groups)}
    for group in groups:
        name = group.upper().replace("-", "_")
        settings |= {f"{name}_CHECK_PATH": f"/{group}", f"{name}_HEALTHY": "2", f"{name}_KIND": "web"}
    lines = "".join(f"/{path} {group}\n" for path, group in rules.items())
    return {"app-a": {"settings": settings, "files": {
        "rules/hosts": "", "rules/paths": lines, "rules/prefixes": "", "operators.cfg": ""}}}


@pytest.fixture
def take(host, monkeypatch, capsys):
    """take(machines, up): `machine settings`, where HAProxy has instances of these groups in
    service (None: it does not run); what it said, and what app-a has then."""
    (host / "units").mkdir()
    monkeypatch.setattr(settings, "UNITS", str(host / "units"))
    monkeypatch.setattr(settings, "UNIT", str(UNIT))

    def take(machines, up=None, environment="prod"):
        monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(machines)))
        monkeypatch.setattr(lead, "in_service", lambda _: up)
        settings.settings(environment)
        config = host / f"lib/{environment}/app-a/config"
        said, take.shown = capsys.readouterr()
        return json.loads(said), lead.variables((config / "machine.env").read_text()), config
    return take


def test_a_balancer_leads_to_no_group_without_an_instance(take):
    take(balancer("web", ["web"]))
    new = balancer("web-blue", ["web-blue", "web"])
    said, has, _ = take(new, up={"web"})
    assert said == {"units": [], "files": ["app-a/config/machine.env"],
                    "leads": [{"balancer": "app-a", "to": ["web"], "until": ["web-blue"]}]}
    assert (has["DEFAULT_GROUP"], has["GROUPS"]) == ("web", "web-blue web")
    assert has["WEB_BLUE_CHECK_PATH"] == "/web-blue"
    said, has, _ = take(new, up={"web", "web-blue"})
    assert said["files"] and not said["leads"] and has["DEFAULT_GROUP"] == "web-blue"
    assert not any(take(new, up=set())[0].values()), "it leads there already, healthy or not"


def test_what_changes_is_shown_line_by_line(take):
    """As --diff shows what Ansible itself writes."""
    take(balancer("web", ["web"], there="web"))
    said, _, config = take(balancer("web", ["web"], there="web", more="web"), up={"web"})
    assert said == {"units": [], "files": ["app-a/config/rules/paths"], "leads": []}
    path = config / "rules/paths"
    assert take.shown == f"--- {path}\n+++ {path}\n@@ -1 +1,2 @@\n /there web\n+/more web\n"


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
    assert has["WEB_KIND"] == "web"
    _, has, _ = take(balancer("web-blue", ["web-blue"]), up={"web", "web-blue"})
    assert has["GROUPS"] == "web-blue" and "WEB_CHECK_PATH" not in has


def test_a_balancer_that_does_not_run_takes_what_the_file_says(take):
    take(balancer("web", ["web"]))
    assert take(balancer("web-blue", ["web-blue"]))[1]["DEFAULT_GROUP"] == "web-blue"


def test_who_is_in_service_as_haproxy_says_it(monkeypatch):
    servers = (("web", "i1", "UP"), ("web-blue", "i1", "MAINT"), ("api", "i2", "UP 1/3"),
               ("web-open", "i3", "no check"), ("api-new", "i1", "DOWN"),
               ("web-blue", "open", "no check"), ("web-blue", "BACKEND", "UP"))
    for before in (1, 15):  # other fields, by HAProxy's version
        header = ["# pxname", "svname", *("abcdefghijklmno"[:before]), "status", "weight"]
        rows = [",".join([group, server, *[""] * before, status, "1"]) for group, server, status in servers]
        monkeypatch.setattr("certificate.ask", lambda *_: "\n".join([",".join(header), *rows, ""]))
        assert lead.in_service("admin.sock") == {"web", "api"}


# ---- environments beside each other


def test_each_environment_has_its_own_units(take, host, tmp_path, monkeypatch):
    take(balancer("web", ["web"]), environment="prod")
    (tmp_path / "newer").write_text("[Service]\nExecStart=/bin/false %i\n")
    monkeypatch.setattr(settings, "UNIT", str(tmp_path / "newer"))
    said, _, _ = take(balancer("web", ["web"]), environment="stage")
    assert said["units"] == ["allday-machine@stage.app-a.service"]
    units = {path.name: path.read_text() for path in (host / "units").iterdir()}
    text = UNIT.read_text().replace("@ENV.service", "@prod.service")
    assert units == {"allday-machine@prod.app-a.service": text,
                     "allday-machine@stage.app-a.service": (tmp_path / "newer").read_text()}


def test_no_unit_of_a_host_is_of_all_environments():
    """A release tried in one would change those of another."""
    for path in (ROOT / "ansible/roles").glob("*/tasks/*.yml"):
        for place in re.findall(r"dest: /etc/systemd/system/(\S.*)", path.read_text()):
            assert "allday.name" in place or "vpc_environment" in place or place == "knot.service", \
                f"{path}: {place}"
