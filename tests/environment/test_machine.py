"""`machine` on a host: instances as root sees them, in an environment of their own beside the
cloud's, where no asg puts right what is broken here."""

import concurrent.futures
import contextlib
import json
import re
import shlex
import subprocess
import time

import pytest
from waiting import wait_for


NAME = "trial"
MACHINE = "/usr/lib/allday/bin/machine"
RUN = f"/run/allday/{NAME}/machines"
# What the launch of a machine makes, and its end is to take away.
LEFT = (f"ls {RUN}; ls /run/netns | grep '^allday-{NAME}\\.'; grep ' {RUN}/' /proc/mounts; "
        f"pgrep -a systemd-nspawn | grep ' --directory={RUN}/'; "
        f"systemctl list-units --all --plain --no-legend 'allday-*@{NAME}.*'; true")


class Trial:
    def __init__(self, cloud, zone="a"):
        self.host = cloud.hosts[zone]
        self.number = 0
        about = json.loads(self.sh(f"cat /etc/allday/{cloud.name}/environment.json"))
        self.about = about | {"name": NAME, "network": about["network"] % 65535 + 1,
                              "listeners": [], "machines": {}}
        self.sh(f"mkdir -p /etc/allday/{NAME}; "
                f"cp -rp /etc/allday/{cloud.name}/secrets /etc/allday/{NAME}/")
        self.write()
        self.sh(f"/usr/lib/allday/bin/vpc up {NAME}; mkdir -p {RUN}")

    def sh(self, command, **more):
        return self.host.run(command, **more)

    def write(self, **changed):
        self.sh(f"cat > /etc/allday/{NAME}/environment.json",
                input=json.dumps(self.about | changed))

    def new_id(self):
        self.number += 1
        return f"i-{self.number:08x}"

    def run(self, *words, input="{}"):
        """Its exit status, and what it says where."""
        done = subprocess.run([*self.host.argv, shlex.join([MACHINE, *words])], input=input,
                              capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout, done.stderr

    def launch(self, group="web", ident=None, **wish):
        ident = ident or self.new_id()
        status, out, said = self.run("launch", NAME, group, ident, input=json.dumps(wish))
        assert status == 0, said
        return ident, json.loads(out)

    def terminate(self, ident):
        status, _, said = self.run("terminate", NAME, ident)
        assert status == 0, said

    def list(self):
        return {line["id"]: line for line in
                map(json.loads, self.sh(f"{MACHINE} list {NAME}").splitlines())}

    def left(self):
        return self.sh(LEFT)

    def supervisor(self, name):
        return self.sh(f"cut -d' ' -f1 {RUN}/{name}/process").strip()

    def first(self, name):
        return self.sh(f"pgrep -P {self.supervisor(name)}").strip()

    def inside(self, name, command):
        """What root in the machine sees, and how the command ends."""
        return self.sh(f"nsenter --all -t {self.first(name)} sh -c {shlex.quote(command)} 2>&1; "
                       "echo status $?")

    def close(self):
        self.sh(f"for unit in $(systemctl list-units --plain --no-legend 'allday-*@{NAME}.*' | "
                f"cut -d' ' -f1); do systemctl stop $unit; done; "
                f"/usr/lib/allday/bin/vpc down {NAME}; rm -rf /etc/allday/{NAME} /var/lib/allday/{NAME} /run/allday/{NAME}")


@pytest.fixture(scope="module")
def shared(one):
    trial = Trial(one)
    try:
        yield trial
    finally:
        trial.close()


@pytest.fixture
def trial(shared):
    """Whatever a test does, nothing is left of it when its instances are terminated."""
    shared.write()
    yield shared
    for ident in shared.list():
        shared.terminate(ident)
    assert shared.left() == ""


# ---- an instance


@pytest.mark.parametrize("group", ["web", "api"])
def test_an_instance(trial, group):
    start = time.monotonic()
    ident, line = trial.launch(group, threads="login=1 todo=3", environment={"COLOUR": 'a "$b"'})
    print(f"launch {group}: {time.monotonic() - start:.2f} s, over ssh")
    zone, release = trial.about["zone"], trial.about["release"]
    assert line | {"address": "", "launched_at": "", "cpu_seconds": 0} == {
        "id": ident, "group": group, "role": group, "zone": zone, "state": "running",
        "address": "", "port": 8000, "release": release, "image": trial.about["image"],
        "launched_at": "", "cpu_seconds": 0}
    assert trial.list()[ident] | {"cpu_seconds": 0} == line | {"cpu_seconds": 0}
    told = json.loads(trial.inside(ident, "cat /run/instance.json").partition("\nstatus")[0])
    assert told.items() <= line.items()
    variables = trial.inside(ident, ". /etc/allday/machine.env; "
                             "echo $INSTANCE $ADDRESS $THREADS $RELEASE $COLOUR")
    assert variables.split("\n")[0] == (
        f"{ident} {line['address']} login=1 todo=3 {release} a \"$b\"")
    ask = (f"import urllib.request as u; "
           f"print(u.urlopen('http://{line['address']}:8000/healthz').status)")
    space = f"nsenter --net=/run/netns/allday-{NAME}.{ident}"
    wait_for(lambda: trial.sh(f'{space} python3 -c "{ask}" 2>&1 || true') == "200\n", 10)


# Asks an instance from its beginning until it answers well; prints each answer. In its network.
ASKER = """
import http.client, json, os, time
known, until = '/run/allday/%(name)s/attached/%(ident)s.json', time.monotonic() + 60
while time.monotonic() < until and not (os.path.exists(known) and json.load(open(known))['ready']):
    time.sleep(0.002)
address = json.load(open(known))['address']
__import__("ctypes").CDLL(None).setns(os.open('/run/netns/allday-%(name)s.%(ident)s', os.O_RDONLY), 0)
while time.monotonic() < until:
    try:
        asked = http.client.HTTPConnection(address, 8000, timeout=2)
        asked.request('GET', '/healthz')
        status = asked.getresponse().status
        print(status, flush=True)
        if status == 200:
            break
    except OSError:
        time.sleep(0.001)
"""


def test_who_answers_has_its_programs(trial):
    ident = trial.new_id()
    asker = subprocess.Popen([*trial.host.argv, "python3 -"], text=True, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE)
    asker.stdin.write(ASKER % {"name": NAME, "ident": ident})
    asker.stdin.close()
    asker.stdin = None
    trial.launch("api", ident)
    assert asker.communicate(timeout=120)[0].split() == ["200"]
    assert "[crit]" not in trial.run("console", NAME, ident)[1]


def test_a_shell_in_a_machine(trial):
    ident, _ = trial.launch()
    status, out, _ = trial.run("shell", NAME, ident, "sh", "-c", "id -u; cat /run/instance.json")
    assert status == 0 and out.startswith("0\n") and ident in out
    status, _, said = trial.run("shell", NAME, "nobody")
    assert status == 100 and "no machine nobody" in said and f"running: {ident}" in said


def test_all_are_idempotent(trial):
    ident, line = trial.launch()
    process = trial.first(ident)
    assert trial.launch(ident=ident)[1] | {"cpu_seconds": 0} == line | {"cpu_seconds": 0}
    assert trial.first(ident) == process
    assert trial.run("terminate", NAME, ident) == (0, f"{ident}\n", "")
    assert trial.run("terminate", NAME, ident) == (0, "", "")
    assert trial.list() == {} and trial.left() == ""


def test_five_at_once(trial):
    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        lines = [line for _, line in pool.map(lambda ident: trial.launch(ident=ident),
                                              [trial.new_id() for _ in range(5)])]
    assert len({line["address"] for line in lines}) == 5
    assert trial.list().keys() == {line["id"] for line in lines}


def test_cpu_seconds_are_those_of_all_its_processes(trial):
    ident, line = trial.launch()
    assert 0 < line["cpu_seconds"] < 5
    # Those that have ended count too.
    trial.inside(ident, "systemd-run --quiet timeout 2 sh -c 'while :; do :; done'")
    time.sleep(2.5)
    wait_for(lambda: trial.list()[ident]["cpu_seconds"] > line["cpu_seconds"] + 0.3, 10)


def test_an_instance_has_no_more_than_its_limits(trial):
    ident, _ = trial.launch()
    unit = f"allday-instance@{NAME}.{ident}.service"
    group = trial.about["groups"]["web"]
    memory = int(group["memory"][:-1]) << {"M": 20, "G": 30}[group["memory"][-1]]
    said = trial.sh(f"systemctl show -p MemoryMax,CPUQuotaPerSecUSec,TasksMax {unit}")
    assert f"MemoryMax={memory}\n" in said and "TasksMax=512\n" in said
    assert "CPUQuotaPerSecUSec=infinity" not in said
    limits = trial.sh("cat /sys/fs/cgroup/system.slice/*instance*/" + unit + "/memory.max "
                      "/sys/fs/cgroup/memory/system.slice/*instance*/" + unit +
                      "/memory.limit_in_bytes 2>/dev/null || true")
    if not limits:
        pytest.skip("this host's kernel does not limit memory (no memory controller)")
    assert limits == f"{memory}\n"
    trial.inside(ident, "systemd-run --quiet dd if=/dev/zero of=/dev/shm/much bs=1M count=4000")
    wait_for(lambda: ident not in trial.list(), 20)


# ---- how it is shut in


def test_root_in_it_is_nobody_on_the_host(trial):
    ident, _ = trial.launch("api")
    status = trial.sh(f"cat /proc/{trial.first(ident)}/status /proc/{trial.first(ident)}/uid_map")
    assert int(re.search(r"^Uid:\s+(\d+)", status, re.M)[1]) >= 524288
    assert re.search(r"^NoNewPrivs:\s+1", status, re.M)
    effective = int(re.search(r"^CapBnd:\s+(\w+)", status, re.M)[1], 16)
    for number in (12, 13, 19, 22, 27):  # NET_ADMIN, NET_RAW, SYS_PTRACE, SYS_BOOT, MKNOD
        assert not effective & 1 << number
    assert status.split("\n")[-2].split()[1:] == [str(int(re.search(
        r"^Uid:\s+(\d+)", status, re.M)[1])), "65536"]


@pytest.mark.parametrize("command", [
    "touch /etc/allday/machine.env", "mount -o remount,rw /etc/allday",
    "echo > /run/instance.json", "mknod /tmp/disk b 254 0", "echo 1 > /proc/sys/kernel/sysrq",
    "dmesg", "ls /var/lib/allday/images"])
def test_root_in_it_may_not(shared, command):
    ident = next(iter(shared.list()), None) or shared.launch()[0]
    assert not shared.inside(ident, command).endswith("status 0\n")
    assert ident in shared.list()


def test_its_secrets_are_credentials(trial):
    ident, _ = trial.launch("api")
    wanted = trial.about["groups"]["api"]["credentials"]
    assert trial.inside(ident, "ls /run/host/credentials").split()[:-2] == sorted(wanted)
    ident, _ = trial.launch("web")
    assert trial.about["groups"]["web"].get("credentials", []) == []
    assert "db-" not in trial.inside(ident, "ls /run/host/credentials 2>/dev/null")


def test_a_full_disk_is_its_own(trial):
    ident, _ = trial.launch()
    free = "df --output=avail -m /run /var/lib/allday | tail -n 2"
    before = [int(word) for word in trial.sh(free).split()]
    said = trial.inside(ident, "cat /dev/zero > /var/full; cat /dev/zero > /tmp/full; "
                               "df --output=used -m /")
    assert "No space left on device" in said
    assert f"\n{trial.about['groups']['web']['disk'][:-1]}\n" in said.replace(" ", "")
    after = [int(word) for word in trial.sh(free).split()]
    assert all(old - new < 20 for old, new in zip(before, after))
    neighbour, _ = trial.launch()
    assert trial.inside(neighbour, "echo > /var/empty").endswith("status 0\n")


# ---- to an end


@pytest.mark.parametrize("how", ["kill -9 {first}", "kill -9 {supervisor}",
                                 "systemctl stop {unit}", "systemctl kill -s KILL {unit}"])
def test_nothing_is_left_of_one_that_dies(trial, how):
    ident, _ = trial.launch()
    trial.sh(how.format(first=trial.first(ident), supervisor=trial.supervisor(ident),
                        unit=f"allday-instance@{NAME}.{ident}.service"))
    wait_for(lambda: trial.left() == "", 10)
    assert trial.list() == {}
    status, out, _ = trial.run("console", NAME, ident)
    assert status == 0 and "Startup finished" in out


@pytest.mark.parametrize("pids", ["{first} $(pgrep --ns {first} --nslist pid .)",
                                  "{supervisor}"])
def test_the_frozen_are_terminated(trial, pids):
    ident, _ = trial.launch("api")
    trial.sh("kill -STOP " + pids.format(first=trial.first(ident),
                                         supervisor=trial.supervisor(ident)))
    trial.terminate(ident)
    assert trial.left() == ""


def test_a_launch_killed_at_any_moment(trial):
    """The next launch ends what it began, or a terminate leaves nothing."""
    for number, milliseconds in enumerate(range(10, 500, 70)):
        ident = trial.new_id()
        trial.sh(f"echo '{{}}' | timeout -s KILL {milliseconds / 1000} {MACHINE} launch {NAME} web "
                 f"{ident} >/dev/null || true")
        assert trial.list().get(ident, {}).get("state") in (None, "pending", "running")
        if number % 2:
            assert trial.launch(ident=ident)[1]["state"] == "running"
        trial.terminate(ident)
        assert trial.left() == "", f"killed after {milliseconds} ms"


def test_launches_and_terminates_of_one_do_not_mix(trial):
    ident = trial.new_id()
    for _ in range(3):
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            for done in [pool.submit(*what) for what in
                         [(trial.launch, "web", ident), (trial.terminate, ident)] * 3]:
                done.result()
        line = trial.list().get(ident)
        assert line is None and trial.left() == "" or line["state"] == "running"


# ---- what cannot be launched


def refused(trial, status, *words, wish=None, group="web"):
    """Its sentence; and nothing is left."""
    ident = trial.new_id()
    found, out, said = trial.run("launch", NAME, group, ident, input=json.dumps(wish or {}))
    assert (found, out) == (status, ""), said
    assert said.startswith("machine: ") and said.count("\n") == 1
    for word in words:
        assert word in said
    assert trial.list() == {} and trial.left() == ""


def test_a_release_that_is_not_here(trial):
    refused(trial, 111, "release other is not on this host", wish={"release": "other"})


def test_a_secret_that_is_missing(trial):
    trial.about["groups"]["api"]["credentials"].append("db-nobody")
    trial.write()
    trial.about["groups"]["api"]["credentials"].remove("db-nobody")
    refused(trial, 111, "secret db-nobody is missing", group="api")


def test_the_vpc_says_no(trial):
    groups = trial.about["groups"]
    trial.write(groups=groups | {"web": groups["web"] | {"security_group": "nobody"}})
    refused(trial, 111, "no security group nobody")


def test_a_field_of_the_environment_is_missing(trial):
    groups = {"web": {"subnet": "app"}}
    trial.write(groups=groups)
    refused(trial, 111, "groups.web: security_group is missing")


def test_a_release_that_does_not_serve(trial):
    """Its own words are the reason."""
    broken = "/var/lib/allday/releases/broken"
    trial.sh(f"cp -r /var/lib/allday/releases/{trial.about['release']} {broken}; "
             f"echo 'nonsense on;' >> {broken}/usr/share/allday/nginx/process.conf")
    try:
        refused(trial, 111, "nothing accepts connections on port 8000", 'unknown directive "nonsense"',
                wish={"release": "broken"})
    finally:
        trial.sh(f"rm -r {broken}")


@pytest.mark.parametrize("words,input", [
    (["launch", NAME, "nope", "i-00000000"], "{}"), (["launch", NAME, "web", "i-0"], "{}"),
    (["launch", "../x", "web", "i-00000000"], "{}"), (["launch", NAME, "web"], "{}"),
    (["launch", NAME, "web", "i-00000000"], "[]"), (["launch", NAME, "web", "i-00000000"], "{"),
    (["launch", NAME, "web", "i-00000000"], '{"colour": 1}'),
    (["launch", NAME, "web", "i-00000000"], '{"release": "../x"}'),
    (["launch", NAME, "web", "i-00000000"], '{"threads": "many"}'),
    (["launch", NAME, "web", "i-00000000"], '{"environment": {"PORT": "1"}}'),
    (["launch", NAME, "web", "i-00000000"], '{"environment": {"A": "b\\u0000"}}'),
    (["terminate", NAME, "../x"], ""), (["console", NAME, "i-ffffffff"], ""),
    (["request", NAME, "i-ffffffff"], ""),
    (["run", NAME], ""), (["image"], ""), (["image", "remove", "../x"], ""), ([], "")])
def test_wrong_use(shared, words, input):
    status, out, said = shared.run(*words, input=input)
    assert (status, out) == (100, "") and said.startswith("machine: ")


# ---- named machines


@contextlib.contextmanager
def unit(trial, name):
    """As `machine settings` writes it."""
    path = f"/etc/systemd/system/allday-machine@{NAME}.{name}.service"
    trial.sh(f"sed s/@ENV/@{NAME}/ /usr/lib/allday/release/usr/lib/allday/machine/allday-machine@.service > {path}; "
             "systemctl daemon-reload")
    yield
    trial.sh(f"systemctl stop {path.rpartition('/')[2]}; rm {path}; systemctl daemon-reload")


@pytest.fixture
def named(trial):
    """One that is a web server, since that needs the least."""
    subnet = trial.about["zones"][trial.about["zone"]]["subnets"]["public"]
    address = re.sub(r"\d+/\d+$", "9", subnet)
    settings = {"INSTANCE": "pet-a", "ROLE": "web", "ADDRESS": address, "PORT": "8000",
                "BALANCERS": "", "GROUP": "", "RELEASE": "", "THREADS": ""}
    config = f"/var/lib/allday/{NAME}/pet-a/config"
    trial.sh(f"mkdir -p {config}; cat > {config}/machine.env; chmod 600 {config}/machine.env",
             input="".join(f'{name}="{value}"\n' for name, value in settings.items()))
    trial.write(machines={"pet-a": {"role": "web", "subnet": "public", "address": address,
                                    "security_group": "balancer", "memory": "128M", "cpu": 50}})
    trial.sh(f"/usr/lib/allday/bin/vpc up {NAME}")
    with unit(trial, "pet-a"):
        trial.sh(f"systemctl start allday-machine@{NAME}.pet-a")
        yield trial
    assert "pet-a" not in trial.left()


def test_what_a_named_machine_says_bears_its_name(named):
    assert f"{NAME}.pet-a[" in named.sh(
        f"journalctl -q --no-pager -o short -u allday-machine@{NAME}.pet-a")


def test_a_machine_that_is_not_named_is_not_started_again_and_again(trial):
    name = f"allday-machine@{NAME}.pet-z"
    with unit(trial, "pet-z"):
        trial.sh(f"systemctl start {name} || :")
        wait_for(lambda: trial.sh(f"systemctl is-failed {name} || :") == "failed\n", 10)
        assert trial.sh(f"systemctl show --value -p NRestarts {name}") == "0\n"
    trial.sh(f"systemctl reset-failed {name}")


def test_a_named_machine_comes_back_and_keeps_its_data(named):
    home = f"/var/lib/allday/{NAME}/pet-a"
    assert "pet-a" not in named.list()
    assert named.inside("pet-a", "cat /etc/allday/machine.env; touch /etc/allday/x").count("pet-a")
    named.inside("pet-a", "touch /var/lib/allday/kept /lost; chown 709 /var/lib/allday/kept")
    named.inside("pet-a", "touch /run/allday/a.sock; chmod 660 /run/allday/a.sock")
    # Its files have the numbers that they have in it; its sockets are asg's to use.
    assert named.sh(f"stat -c %u {home}/data/kept; ls {home}/config; "
                    f"stat -c %G /run/allday/{NAME}/pet-a/a.sock; "
                    f"stat -c %A%G /run/allday/{NAME}").split() == [
        "709", "machine.env", "allday-asg", "drwxr-x---allday-asg"]
    first = named.first("pet-a")
    named.sh(f"kill -9 {first}")
    wait_for(lambda: named.sh(f"cat {RUN}/pet-a/process 2>/dev/null || true") and
             named.sh(f"systemctl is-active allday-machine@{NAME}.pet-a || true") == "active\n"
             and named.first("pet-a") != first, 10)
    assert named.inside("pet-a", "ls /var/lib/allday/kept").endswith("status 0\n")
    assert not named.inside("pet-a", "ls /lost").endswith("status 0\n")


# ---- images and releases


def test_an_image_in_use_stays(trial):
    ident, _ = trial.launch()
    for kind in ("image", "release"):
        used = trial.about[kind]
        [row] = [row for row in trial.sh(f"{MACHINE} {kind} list").splitlines() if used in row]
        assert f"{NAME}.{ident}" in row and re.search(r" \d+ MB ", row)
        status, _, said = trial.run(kind, "remove", used)
        assert status == 111 and "is used by" in said and f"{NAME}.{ident}" in said


def test_prune_keeps_the_newest_and_the_used(trial):
    suite = trial.about["image"].partition("-")[0]
    images, releases = "/var/lib/allday/images", "/var/lib/allday/releases"
    older, newer = (f"{suite}-{year}0101000000-00000000" for year in (2001, 2999))
    trial.sh(f"mkdir -p {images}/{older} {images}/{newer} {releases}/older; sleep 0.1; "
             f"mkdir -p {releases}/newer-1 {releases}/newer-2 {releases}/newer-3 {releases}/newer-4 {releases}/newer-5 "
             f"{images}/.removed-half")
    try:
        assert {f"removed image {older}", "removed release older"} <= set(
            trial.sh(f"{MACHINE} prune").splitlines())
        there = trial.sh(f"ls -A {images} {releases}").split()
        assert {newer, "newer-1", trial.about["image"], trial.about["release"]} <= set(there)
        assert not {older, "older", ".removed-half"} & set(there)
    finally:
        trial.sh(f"{MACHINE} image remove {newer}; for n in 1 2 3 4 5; do {MACHINE} release remove newer-$n; done")


BUILD = (f"ALLDAY_IMAGES=/var/lib/allday/trial-images ALLDAY_PACKAGES=/tmp/trial-packages "
         f"{MACHINE} image")


@pytest.fixture
def workshop(shared):
    suite = shared.about["image"].partition("-")[0]
    shared.sh(f"mkdir -p /tmp/trial-packages; echo 'dash # a shell' > /tmp/trial-packages/"
              f"packages.{suite}")
    yield shared
    shared.sh("rm -rf /tmp/trial-packages /var/lib/allday/trial-images")


def test_an_image_whose_making_is_interrupted(workshop):
    for sent in ("KILL", "TERM"):
        workshop.sh(f"timeout -s {sent} 3 sh -c 'exec env {BUILD} build' >/dev/null 2>&1 || true")
        wait_for(lambda: workshop.sh("pgrep mmdebstrap || true") == "", 5)
        assert "trial-images" not in workshop.sh("cat /proc/mounts")
    ident = workshop.sh(f"{BUILD} ensure", timeout=300).strip()
    assert workshop.sh("ls -A /var/lib/allday/trial-images").split() == [ident]
    assert workshop.sh(f"{BUILD} ensure").strip() == ident
    assert workshop.sh(f"cd /var/lib/allday/trial-images/{ident}; wc -c < etc/machine-id; "
                       "ls etc/hostname 2>/dev/null || true") == "0\n"


def test_an_image_needs_room(workshop):
    said = workshop.sh("mkdir -p /var/lib/allday/trial-images; cd /; mount -t tmpfs -o size=100M "
                       f"tmpfs /var/lib/allday/trial-images; {BUILD} build 2>&1; echo $?; "
                       "umount /var/lib/allday/trial-images")
    assert "/var/lib/allday/trial-images has 104 MB free, an image needs 1500\n111\n" in said
