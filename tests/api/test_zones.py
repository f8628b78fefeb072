"""asg alone, with a provider that is made up: zones that are gone, and what else is silent."""

import json
import pathlib
import signal
import socket
import subprocess
import time

import pytest

from given import write_asg_json

ROOT = pathlib.Path(__file__).resolve().parents[2]
ZONES = "".join(f"  {zone}: {{host: {zone}, subnets: {{public: 10.20.{n}0.0/24, "
                f"app: 10.20.{n}1.0/24, data: 10.20.{n}2.0/24}}}}\n"
                for n, zone in enumerate("abc", 1))
ENVIRONMENT = f"""
name: made-up
domain: todo.test
provider: nspawn
zones:
{ZONES}
groups:
  web: {{min: 0, desired: 0}}
  api: {{min: 1, desired: 3, health_check: {{grace: 30s}}}}
"""
# An instance is a file, ID, with the name of its zone. A zone Z is gone while there is a
# file gone-Z: who asks it waits for an answer that does not come. A file full is the mark of the
# database's guard, on the host of zone c.
PROVIDER = """#!/bin/sh
cd "$(dirname "$0")/instances" || exit 111
line() { printf '{"id":"%s","group":"api","zone":"%s","state":"running","address":"10.0.0.1","port":8000}\\n' "$1" "$2"; }
case $1 in
launch)
	[ ! -e "../gone-$3" ] || exec sleep 50
	echo "$3" > "$4"
	line "$4" "$3" ;;
terminate)
	rm -f "$2" ;;
list)
	for zone in a b c; do
		[ -e "../gone-$zone" ] || continue
		sleep 1
		printf '{"zone":"%s","state":"unreachable"}\\n' "$zone"
	done
	[ ! -e ../full ] || [ -e ../gone-c ] || { echo a warning; sed 's/^/database: /' ../full; } >&2
	for id in i-*; do
		[ -e "$id" ] || continue
		zone=$(cat "$id")
		[ -e "../gone-$zone" ] || line "$id" "$zone"
	done ;;
esac
"""


class MadeUp:
    def __init__(self, path):
        self.path = path
        (path / "instances").mkdir()
        (path / "provider").write_text(PROVIDER)
        (path / "provider").chmod(0o755)
        write_asg_json(path, ENVIRONMENT)
        self.tell()

    def tell(self, **more):
        settings = {"LOAD_BALANCERS": "", "PROVIDER": self.path / "provider"} | more
        (self.path / "asg.env").write_text(
            "".join(f"{name}={value}\n" for name, value in settings.items()))

    def asg(self, *arguments):
        done = subprocess.run([ROOT / "build/bin/asg", "-s", self.path, *map(str, arguments)],
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def reconcile(self, seconds):
        start = time.monotonic()
        self.asg("reconcile", "--for", seconds, "--every", 0.5)
        return time.monotonic() - start

    def zones(self, *states):
        """Of the instances in these states."""
        groups = json.loads(self.asg("status", "--json"))["groups"]
        [api] = [group for group in groups if group["name"] == "api"]
        return sorted(one["zone"] for one in api["instances"] if one["state"] in states)

    def database(self):
        """As `status` shows it, one way and the other."""
        told = json.loads(self.asg("status", "--json"))["database"]
        assert (f"  ! the database: {told}\n" in self.asg("status")) == (told is not None)
        return told

    def notes(self, text):
        return self.asg("events", "--limit", 100).count(text)

    def there(self):
        return sorted(path.name for path in (self.path / "instances").iterdir())


@pytest.fixture
def made_up(tmp_path):
    return MadeUp(tmp_path)


def test_zones_are_filled_evenly(made_up):
    made_up.reconcile(2)
    assert made_up.zones("Pending") == ["a", "b", "c"]


def test_nothing_is_launched_in_a_zone_that_is_gone(made_up):
    (made_up.path / "gone-c").touch()
    assert made_up.reconcile(3) < 20
    assert made_up.zones("Pending") in (["a", "a", "b"], ["a", "b", "b"])
    assert made_up.zones("Launching", "Terminating") == []
    assert made_up.notes("the zone c cannot be reached") == 1


def test_what_was_begun_in_a_zone_that_is_gone_holds_nothing_up(made_up):
    """The list knows of it later than the first launches."""
    made_up.asg("reconcile")
    reconciler = subprocess.Popen([ROOT / "build/bin/asg", "-s", made_up.path, "reconcile",
                                   "--for", "60", "--every", "0.5"],
                                  stderr=subprocess.DEVNULL)
    try:
        time.sleep(1)
        (made_up.path / "gone-c").touch()
        made_up.asg("set-desired", "api", 6)
        deadline = time.monotonic() + 5
        while len(made_up.zones("Pending")) < 6 and time.monotonic() < deadline:
            time.sleep(0.1)
        found = made_up.zones("Pending")
        assert found.count("c") <= 1 and len(found) - found.count("c") >= 5
        (made_up.path / "gone-c").unlink()
        deadline = time.monotonic() + 20
        while made_up.notes("the zone c can be reached again") < 1:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        reconciler.send_signal(signal.SIGTERM)
        assert reconciler.wait(10) == 0


def test_one_slow_list_is_no_zone_that_is_gone(made_up):
    """The next one tells; until then nothing is launched in the place of another zone."""
    provider = made_up.path / "provider"
    provider.write_text(PROVIDER.replace(
        'sleep 1\n', 'sleep 1\n\t\trm -f "../gone-$zone"\n'))
    for _ in range(3):
        (made_up.path / "gone-c").touch()
        made_up.reconcile(2)
    assert made_up.zones("Pending") == ["a", "b", "c"]
    assert made_up.zones("Launching", "Terminating") == []
    assert made_up.notes("cannot be reached") == 0
    assert made_up.asg("events", "--limit", 100).count("Launching") == 0


def test_a_slow_list_makes_no_stranger_of_what_was_forgotten(made_up):
    """Who is adopted is known when all zones have been listed, or are surely away."""
    made_up.reconcile(1)
    before = made_up.there()
    (made_up.path / "asg/state").unlink()
    (made_up.path / "provider").write_text(PROVIDER + '[ "$1" != list ] || rm -f ../gone-c\n')
    (made_up.path / "gone-c").touch()
    made_up.reconcile(3)
    assert made_up.there() == before
    assert made_up.notes("was adopted") == 3


def test_an_orphan_that_cannot_be_ended_is_told_once_and_tried_with_each_list(made_up):
    made_up.reconcile(1)
    (made_up.path / "provider").write_text(PROVIDER.replace(
        'rm -f "$2"', 'echo "$2" >> ../tried; echo "it stays" >&2; exit 111'))
    (made_up.path / "instances/i-0badcafe").write_text("a\n")
    seconds = made_up.reconcile(4)
    tried = (made_up.path / "tried").read_text().count("i-0badcafe")
    assert 2 <= tried <= seconds / 0.5 + 2
    assert made_up.notes("i-0badcafe is an orphan") == 1
    assert made_up.notes("i-0badcafe, which nobody asked for, was not terminated: it stays") == 1
    (made_up.path / "provider").write_text(PROVIDER)
    made_up.reconcile(2)
    assert "i-0badcafe" not in made_up.there()


def test_a_line_that_a_full_disk_has_cut_off_takes_no_other_one_with_it(made_up):
    made_up.asg("annotate", "before")
    with (made_up.path / "asg/history").open("a") as history:
        history.write('{"kind":"note","group":"ap')
    for text in ("since", "and since"):
        made_up.asg("annotate", text)
    said = made_up.asg("events")
    assert [line.split()[-1] for line in said.splitlines() if line] == ["before", "since", "since"]


def test_a_zone_that_left_the_file_cannot_be_reached_again(made_up):
    made_up.reconcile(1)
    (made_up.path / "gone-c").touch()
    made_up.reconcile(3)
    assert made_up.notes("the zone c cannot be reached") == 1
    (made_up.path / "provider").write_text(PROVIDER.replace("in a b c;", "in a b;"))
    write_asg_json(made_up.path, ENVIRONMENT.replace("\n  c: {", "\n  # c: {"))
    made_up.reconcile(5)
    assert made_up.notes("the zone c can be reached again") == 0
    assert set(made_up.zones("Pending")) == {"a", "b"}


def test_the_database_is_read_only(made_up):
    """Its host's list says so; it is told once when it begins, and once when it ends."""
    made_up.reconcile(0)
    assert made_up.database() is None
    full = made_up.path / "full"
    full.write_text("it is read-only: 255 MB are free\n")
    made_up.reconcile(0)
    assert made_up.database() == "it is read-only: 255 MB are free"
    # What it says changes, which is not written: a full disk might not take it.
    full.write_text("it is read-only: 0 MB are free\n")
    before = (made_up.path / "asg/state").read_text().partition("\n")[2]
    made_up.reconcile(1)
    assert (made_up.path / "asg/state").read_text().partition("\n")[2] == before
    full.unlink()
    made_up.reconcile(4)
    assert made_up.database() is None
    assert made_up.notes("the database: it is read-only: 255 MB are free") == 1
    assert made_up.notes("the database: it is read-only") == 1
    assert made_up.notes("the database is written to again, after ") == 1


def test_a_database_that_is_out_of_reach_stays_what_it_was(made_up):
    (made_up.path / "full").write_text("it is read-only\n")
    made_up.reconcile(0)
    (made_up.path / "gone-c").touch()
    made_up.reconcile(4)
    assert made_up.database() == "it is read-only"
    (made_up.path / "full").unlink()
    (made_up.path / "gone-c").unlink()
    made_up.reconcile(0)
    assert made_up.database() is None


def nspawn(tmp_path, machine, zones="a=", text=None):
    """The provider, with another `machine` and less patience: status, what it says."""
    program = text or (ROOT / "asg/providers/nspawn").read_text()
    program = program.replace('"/usr/lib/allday/bin/machine"', f'"{tmp_path}/machine"')
    (tmp_path / "nspawn").write_text(program.replace("PATIENCE = 5", "PATIENCE = 0.5"))
    (tmp_path / "machine").write_text(machine)
    for name in ("nspawn", "machine"):
        (tmp_path / name).chmod(0o755)
    done = subprocess.run([tmp_path / "nspawn", "list"], capture_output=True, text=True, timeout=30,
                          env={"ENVIRONMENT_NAME": "prod", "ZONES": zones})
    return done.returncode, done.stdout, done.stderr


def test_a_host_that_is_slow_is_in_its_own_reach(tmp_path):
    """The zone of the host that asks has no list yet, and is not away."""
    assert nspawn(tmp_path, "#!/bin/sh\nsleep 5\n") == (
        111, "", "nspawn: zone a, this host, has no list after 0.5 s\n")
    assert nspawn(tmp_path, "#!/bin/sh\necho '{}'\n") == (0, "{}\n", "")


@pytest.mark.parametrize("garbage", ["{", "a greeting", "[]", "\\377", "null"])
def test_one_host_s_garbage_spoils_no_list(tmp_path, garbage):
    """Of the others is known what they say."""
    (tmp_path / "ssh").write_text(f"#!/bin/sh\nprintf '{garbage}\\n'\n")
    (tmp_path / "ssh").chmod(0o755)
    program = ROOT / "asg/providers/nspawn"
    line = '{"id": "i-00000001", "state": "pending"}'
    status, said, _ = nspawn(tmp_path, f"#!/bin/sh\necho '{line}'\n", zones="a= b=192.0.2.1",
                             text=program.read_text().replace("/usr/bin/ssh", f"{tmp_path}/ssh"))
    assert status == 0
    lines = [json.loads(one) for one in said.splitlines()]
    assert json.loads(line) in lines and len(lines) == 2
    assert [(one["zone"], one["state"]) for one in lines if "zone" in one] == [("b", "unreachable")]


def test_what_a_host_says_of_the_database_is_handed_on(tmp_path):
    machine = "#!/bin/sh\necho '{}'\nprintf 'a warning\\ndatabase: it is full\\n' >&2\n"
    assert nspawn(tmp_path, machine) == (0, "{}\n", "database: it is full\n")
    assert nspawn(tmp_path, machine + "exit 111\n")[:2] == (0, json.dumps(
        {"zone": "a", "state": "unreachable", "reason": "zone a: database: it is full"}) + "\n")


@pytest.fixture
def silent(tmp_path):
    """Sockets that take what they are told, and say nothing."""
    opened, paths = [], []
    for number in range(6):
        paths.append(tmp_path / f"{number}.sock")
        opened.append(socket.socket(socket.AF_UNIX))
        opened[-1].bind(str(paths[-1]))
        opened[-1].listen(64)
    yield paths
    for one in opened:
        one.close()


@pytest.mark.alone
def test_the_silent_hold_nothing_up(made_up, silent):
    """Six balancers of hosts that are gone: what the provider says is heard all the same."""
    made_up.tell(LOAD_BALANCERS=" ".join(f"b{n},{path}" for n, path in enumerate(silent)))
    # One pass: all sockets at once.
    assert made_up.reconcile(0) < 4
    made_up.reconcile(6)  # what lasts three seconds is told
    assert made_up.zones("Pending") == ["a", "b", "c"]
    assert made_up.notes("does not answer: Connection timed out") >= 6
