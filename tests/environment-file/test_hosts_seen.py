"""What hosts that were looked at, and those that are away, mean for a create: nothing runs."""

from environment import ROOT
from environment.hosts import host_document
from test_derived import ADDRESSES, example, load, read_example  # noqa: F401

hosts = load(ROOT / "ansible/filter_plugins/hosts.py")
BUILT = ["bookworm", "amd64"]


def document(environment, zone, encryption="none"):
    keys = {one: f"key-{one}" for one in environment["zones"]}
    return host_document(environment, zone, ADDRESSES, "image", "release", encryption, keys)


def seen(environment, zone, encryption="none", asg=(), there=True, **more):
    """Of a host that has the environment, or has nothing yet."""
    return {"wireguard": True, "asg": list(asg), "debian": "debian 12", "suite": "bookworm",
            "architecture": "amd64", "systemd": True, "python": True, "free": 9000, "images": [],
            "addresses": [f"192.0.2.{n}" for n in range(10, 40)], "listening": [],
            "environments": [document(environment, zone, encryption)] if there else []} | more


def test_encryption_stays_while_a_host_is_away(example):
    all_of_them = {zone: seen(example, zone) for zone in "abc"}
    assert hosts.allday_encryption(example, all_of_them) == "wireguard"
    for encryption in ("none", "wireguard"):
        two = {zone: seen(example, zone, encryption) for zone in "ab"}
        assert hosts.allday_encryption(example, two) == encryption
        assert hosts.allday_encryption(example, {"a": two["a"]}) == encryption


def test_asg_is_not_begun_anew_while_its_host_is_away(example):
    def zone(**there):
        return hosts.allday_asg_here(example, there, 99)["zone"]
    a, c = seen(example, "a"), seen(example, "c")
    assert zone(a=a, c=c) == "b"
    assert zone(a=a, c=seen(example, "c", asg=["prod/asg:7"])) == "c"
    # Of a new environment it was nowhere.
    assert zone(b=seen(example, "b", there=False), c=seen(example, "c", there=False)) == "a"
    assert zone(a=a, b=seen(example, "b"), c=c) == "a"


def test_asg_does_not_move_to_a_host_of_another_debian(example):
    one = seen(example, "b")
    one["environments"][0]["image"] = "bookworm-20261130082946-a117c360"
    assert hosts.allday_asg_faults(one, "host-b", example) == []
    [sentence] = hosts.allday_asg_faults(one | {"suite": "trixie"}, "host-b", example)
    assert sentence == "host-b runs trixie, but asg is built for bookworm; it stays where it is"


def test_a_host_that_is_away_is_named_with_what_it_alone_has(example):
    assert hosts.allday_waiting(example, [], "a") == []
    [sentence] = hosts.allday_waiting(example, ["b"], "a")
    assert sentence.startswith("host-b (zone b) cannot be reached") and ";" not in sentence.partition(
        "up to date")[2]
    [sentence] = hosts.allday_waiting(example, ["a"], "a")
    assert "it has the database" in sentence and "move-asg.yml" in sentence
    example["balancers"]["api"]["zones"] = example["dns"]["zones"] = ["c"]
    example["groups"]["web"]["zones"] = ["c"]
    [sentence] = hosts.allday_waiting(example, ["c"], "a")
    for word in ("api.todo.example.com", "DNS server", "group web"):
        assert word in sentence
    assert len(hosts.allday_waiting(example, ["b", "c"], "a")) == 2


def test_balancers_of_hosts_that_are_away_are_not_waited_for():
    status = {"balancers": [{"name": name, "reachable": name == "app-a"} for name in
                            ("app-a", "api-a", "app-b-2", "app-b")]}
    assert hosts.allday_unreachable(status, []) == ["api-a", "app-b-2", "app-b"]
    assert hosts.allday_unreachable(status, ["b"]) == ["api-a", "app-b-2"]
    assert hosts.allday_unreachable(status, ["a", "b", "b-2"]) == []


def faults(environment, zone, host):
    return hosts.allday_faults(host, f"host-{zone}", document(environment, zone), BUILT, "none")


def test_a_host_of_the_next_debian_is_used_unless_it_has_asg(example):
    newer = {"debian": "debian 13", "suite": "trixie", "images": ["bookworm-1-x"]}
    assert faults(example, "b", seen(example, "b", **newer)) == []
    [fault] = faults(example, "b", seen(example, "b", asg=["prod/asg:7"], **newer))
    assert "move-asg.yml" in fault
    [fault] = faults(example, "a", seen(example, "a", there=False, **newer))
    assert "asg" in fault
    [fault] = faults(example, "b", seen(example, "b", architecture="arm64"))
    assert "amd64" in fault
    [fault] = faults(example, "b", seen(example, "b", debian="debian 11", suite="bullseye"))
    assert "Debian 12 or 13" in fault


def test_tags_groups_is_for_what_the_hosts_know(example):
    before = seen(example, "a")

    def told():
        return hosts.allday_changed(before, "host-a", document(example, "a"))
    template = example["groups"]["web"]["launch_template"]
    example["groups"]["web"]["desired"] = 4
    template["environment"] = {"COLOUR": "blue"}
    assert told() == []
    # Each host has its limits, and keeps the releases that groups name.
    for key, value in ("memory", "512M"), ("release", "0123456789ab"):
        before_it, template[key] = template[key], value
        [fault] = told()
        assert "groups is changed too" in fault
        template[key] = before_it
    assert len(hosts.allday_changed(before | {"environments": []}, "host-a",
                                    document(example, "a"))) > 5
