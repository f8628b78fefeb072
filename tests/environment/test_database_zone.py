"""What create does about the database before it starts one: nothing runs."""

import importlib.util
import json
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SUBNETS = {"a": "10.20.2.0/24", "b": "10.20.12.0/24", "c": "10.20.22.0/24"}


def load(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / f"ansible/filter_plugins/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


databases = load("databases")


def environment(zone, zones="abc"):
    return {"name": "prod", "database": {"zone": zone},
            "zones": {one: {"host": f"host-{one}"} for one in zones}}


def document(zone):
    """environment.json of a host, when the database was in that zone."""
    address = SUBNETS[zone].replace(".0/24", ".10:3306")
    return {"name": "prod", "zones": {one: {"address": f"192.0.2.{place}", "subnets": {"data": net}}
                                      for place, (one, net) in enumerate(SUBNETS.items())},
            "groups": {"api": {"settings": {"DB_ADDRESS": address}}, "web": {"settings": {}}}}


def host(*lines, was=None, free=60000, debian="debian 12", asg=()):
    return {"databases": [f"prod/{line}" for line in lines], "free": free, "debian": debian,
            "environments": [document(was)] if was else [], "asg": list(asg)}


def decide(zone, seen, memory=None, new=False, zones="abc"):
    return databases.allday_database(environment(zone, zones),
                                     {f"host-{one}": about for one, about in seen.items()},
                                     memory or {}, new)


def remembered(zone):
    return {"database": {"zone": zone, "host": f"host-{zone}"}}


def test_a_first_one_is_made():
    assert decide("a", {"a": host(), "b": host()})["step"] == "make"


def test_one_that_is_there_stays():
    assert decide("a", {"a": host("db-a/mysql:9", was="a"), "b": host(was="a")})["step"] == "none"


@pytest.mark.parametrize("memory", [{}, remembered("a")])
def test_another_zone_gets_the_data(memory):
    said = decide("b", {"a": host("db-a/mysql:200000", was="a"), "b": host(was="a")}, memory)
    assert (said["step"], said["from"], said["name"]) == ("move", "host-a", "db-a")
    assert "zone a (host-a)" in said["sentence"] and "zone b (host-b), 195 MB" in said["sentence"]


def test_a_zone_that_has_left_the_file_gives_its_data():
    said = decide("a", {"a": host(was="c"), "c": host("db-c/mysql:9", was="c")}, zones="ab")
    assert (said["step"], said["from"]) == ("move", "host-c")


def test_a_move_that_was_interrupted():
    """Hosts say already where it is to be; data that have not all arrived are none."""
    seen = {"a": host("db-a/mysql:9", was="b"), "b": host(was="b")}
    assert decide("b", seen)["step"] == "move"
    seen = {"a": host("db-a/mysql:9", was="b"), "b": host("db-b/arrived:9", was="b")}
    assert decide("b", seen, remembered("a"))["step"] == "move"
    seen = {"a": host(was="b"), "b": host("db-b/arrived:9", was="b")}
    assert decide("b", seen, remembered("a"))["step"] == "finish"


def test_data_that_arrived_before_may_be_older():
    """What was interrupted may have gone on where it was, which nobody can ask now."""
    said = decide("b", {"b": host("db-b/arrived:9", was="b")}, remembered("a"))
    assert said["step"] == "none"
    assert "zone a (host-a)" in said["fault"]
    assert "/var/lib/allday/prod/db-b/data/mysql.arrived" in said["fault"]


@pytest.mark.parametrize("seen,memory", [
    ({"b": host(was="a")}, {}),                    # its host is away
    ({"a": host(was="a"), "b": host(was="a")}, {}),  # the host is there, its disk is not
    ({"a": host(), "b": host()}, remembered("a"))])  # nobody but the controller knows of it
def test_none_is_made_in_place_of_one_that_is_gone(seen, memory):
    said = decide("b", seen, memory)
    assert said["step"] == "none"
    assert "zone a (host-a)" in said["fault"] and "zone b (host-b)" in said["fault"]
    assert "-e new_database=yes" in said["fault"]
    assert decide("b", seen, memory, new=True)["step"] == "make"


def test_the_disk_of_the_zone_itself_is_gone():
    assert "-e new_database=yes" in decide("a", {"a": host(was="a"), "b": host(was="a")})["fault"]


def test_a_first_create_that_was_interrupted_goes_on():
    assert decide("a", {"a": host("db-a/wanted:0", was="a")})["step"] == "make"


def test_an_older_one_is_not_taken_for_the_database():
    seen = {"a": host("db-a/mysql:9", was="b"), "b": host("db-b/mysql:9", was="b")}
    assert decide("b", seen)["step"] == "none"
    said = decide("a", seen)
    assert said["step"] == "none" and "/var/lib/allday/prod/db-a/data/mysql" in said["fault"]
    seen = {"a": host("db-a/mysql:9"), "b": host("db-b/mysql:9"), "c": host()}
    assert "host-a" in decide("c", seen)["fault"]


def test_an_older_one_is_not_moved_while_the_last_one_is_out_of_reach():
    seen = {"a": host("db-a/mysql:9", was="b"), "c": host(was="b")}
    said = decide("c", seen, remembered("b"))
    assert said["step"] == "none"
    assert "zone b (host-b)" in said["fault"] and "host-a (/var/lib" in said["fault"]


@pytest.mark.parametrize("zone", "ac")
def test_data_on_their_way_are_not_forgotten(zone):
    """The move to b was interrupted when all had arrived, and the file says another zone now."""
    seen = {"a": host(was="b"), "b": host("db-b/arrived:9", was="b"), "c": host(was="b")}
    said = decide(zone, seen, remembered("a"))
    assert said["step"] == "none" and "database.zone: b" in said["fault"]
    assert "new_database" not in said["fault"]


def test_what_cannot_go_well_is_not_begun():
    seen = {"a": host("db-a/mysql:2000000", was="a"), "b": host(was="a", free=1900)}
    assert "1953 MB" in decide("b", seen)["fault"]
    seen = {"a": host("db-a/mysql:9", was="a", debian="debian 13"), "b": host(was="a")}
    assert "older MariaDB" in decide("b", seen)["fault"]
    seen = {"a": host("db-a/mysql:9", was="a")}
    assert "host-b cannot be reached" in decide("b", seen)["fault"]


def test_a_host_that_is_away_for_a_while_is_no_change():
    assert decide("a", {"b": host(was="a")})["step"] == "none"


def test_hosts_that_have_left():
    known = {f"host-{zone}": {"ansible_host": f"192.0.2.{place}"} for place, zone in enumerate("abc")}
    seen = {"host-a": host(was="a")}
    addresses = {"a": "192.0.2.0", "b": "192.0.2.1"}
    assert databases.allday_left(environment("a", "ab"), {}, seen, known, addresses) == [
        {"host": "host-c", "zone": "c", "address": "192.0.2.2"}]
    memory = {"hosts": {"old": {"zone": "z", "address": "192.0.2.9", "user": "root", "port": 22}}}
    [left] = databases.allday_left(environment("a"), memory, {"host-a": host()}, known, addresses)
    assert left["host"] == "old" and left["port"] == 22


@pytest.mark.parametrize("memory", [
    {}, {"hosts": {"host-a": {"zone": "a", "address": "192.0.2.0", "user": "root", "port": 22}}}])
def test_a_host_with_another_name_has_not_left(memory):
    """All that is there would be removed; the inventory may have both names."""
    file = {"name": "prod", "database": {"zone": "a"}, "zones": {"a": {"host": "alpha"}}}
    known = {"alpha": {"ansible_host": "192.0.2.0"}, "host-a": {"ansible_host": "192.0.2.0"}}
    assert databases.allday_left(file, memory, {"alpha": host(was="a")}, known,
                                 {"a": "192.0.2.0"}) == []


NEW = {"alpha": {"ansible_host": "192.0.2.7", "host_seen": {"key": "ssh-ed25519 A"}}}
REMEMBERED = {"zone": "a", "address": "192.0.2.0", "user": "root", "port": 22}


@pytest.mark.parametrize("hostvars, key", [
    (NEW | {"host-a": {"ansible_host": "192.0.2.7"}}, {}),  # the inventory has both names
    (NEW | {"host-a": {"ansible_host": "gate.example"}}, {"key": "ssh-ed25519 A"}), (NEW, {"key": "ssh-ed25519 A"})])
def test_a_host_with_another_name_and_address_has_not_left(hostvars, key):
    file = {"name": "prod", "database": {"zone": "a"}, "zones": {"a": {"host": "alpha"}}}
    memory = {"hosts": {"host-a": REMEMBERED | key}}
    seen = {"a": host(was="a") | {"key": "ssh-ed25519 A"}}
    assert databases.allday_left(file, memory, seen, hostvars, {"a": "192.0.2.7"}) == []


def test_one_that_is_a_host_of_the_file_when_it_is_looked_at_has_not_left():
    """Its key was not remembered yet."""
    left = [{"host": "host-a", **REMEMBERED}, {"host": "host-c"}, {"host": "host-d"}]
    looked = {"host-a": {"key": "ssh-ed25519 A"}, "host-c": {"key": "ssh-ed25519 C"}}
    apart = databases.allday_left_looked(left, looked, {"a": {"key": "ssh-ed25519 A"}, "b": {"key": ""}})
    assert [one["host"] for one in apart["left"]] == ["host-c", "host-d"]
    assert list(apart["seen"]) == ["host-c"]


def test_the_key_of_a_host_is_remembered_while_it_is_away():
    file = {"zones": {"a": {"host": "alpha"}, "b": {"host": "beta"}}}
    found = databases.allday_places(file, {"a": "192.0.2.7", "b": "192.0.2.8"}, NEW | {"beta": {}},
                                    {"hosts": {"beta": {"key": "ssh-ed25519 B"}}})
    assert found["alpha"]["key"] == "ssh-ed25519 A" and found["beta"]["key"] == "ssh-ed25519 B"


def test_a_renamed_host_that_is_away_still_has_the_database():
    memory = {"database": {"zone": "a", "host": "old"}, "hosts": {"old": REMEMBERED}}
    assert decide("a", {"b": host(was="a")}, memory)["fault"] == ""


def test_data_of_a_renamed_host_are_had_from_it():
    """Under its old name nobody reaches it."""
    memory = {"database": {"zone": "a", "host": "old"}, "hosts": {"old": REMEMBERED | {"key": "A"}}}
    seen = {"a": host(was="a") | {"key": "A"}, "b": host("db-b/arrived:9", was="a")}
    assert decide("b", seen, memory)["step"] == "finish"


def test_asg_leaves_before_its_host_does():
    said = databases.allday_left_faults(environment("a", "ab"), {"host-c": host(asg=["prod/asg:7"])})
    assert len(said) == 1 and "move-asg.yml -e to=a" in said[0]


# ---- what a host says of it


def test_look_tells_which_databases_a_host_has(tmp_path):
    for path in ("prod/db-a/data/mysql", "prod/db-b/data/mysql.arrived", "x/db-c/data/mysql.moved"):
        (tmp_path / path).mkdir(parents=True)
    (tmp_path / "stage").mkdir()
    text = (ROOT / "host/look").read_text()
    said = subprocess.run(["sh"], input=text.replace("/var/lib/allday", str(tmp_path)), text=True,
                          capture_output=True, check=True).stdout
    assert [line.rpartition(":")[0] for line in json.loads(said)["databases"]] == [
        "prod/db-a/mysql", "prod/db-b/arrived"]


@pytest.mark.parametrize("there,made", [([], False), (["mysql.wanted"], True), (["mysql"], False)])
def test_an_empty_one_is_made_where_it_is_wanted_alone(tmp_path, there, made):
    for name in there:
        (tmp_path / name).mkdir() if name == "mysql" else (tmp_path / name).touch()
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "mariadb-install-db").write_text(f"#!/bin/sh\nmkdir {tmp_path}/mysql.new\n")
    (programs / "mariadb-install-db").chmod(0o755)
    text = (ROOT / "host/guest/usr/lib/allday/guest/database").read_text()
    text = text.replace("/var/lib/allday", str(tmp_path)).replace("exec /usr/sbin/mariadbd", "echo runs")
    done = subprocess.run(["sh"], input=text, text=True, capture_output=True,
                          env={"PATH": f"{programs}:/usr/sbin:/usr/bin:/bin"})
    assert done.returncode == (0 if there else 100), done.stderr
    assert ("runs" in done.stdout) == bool(there)
    assert (tmp_path / "mysql").exists() == bool(there)
    assert not (tmp_path / "mysql.wanted").exists()
    assert not made or (tmp_path / "mysql").is_dir()
