"""What playbooks refuse before they touch a host: none is needed."""

import json
import os
import shutil
import subprocess

import pytest
import yaml
from private import ROOT

PLAYBOOKS = sorted(path.name for path in (ROOT / "ansible").glob("*.yml") if path.name != "asked.yml")


@pytest.fixture(autouse=True)
def ansible():
    if not shutil.which("ansible-playbook"):
        pytest.skip("ansible-core is not installed (run/packages test cloud)")


def play(name, *options):
    return subprocess.run(
        ["ansible-playbook", "-i", "localhost,", ROOT / "ansible" / name, *options], text=True,
        capture_output=True, stdin=subprocess.DEVNULL, env=os.environ | {"ANSIBLE_NOCOLOR": "1"})


@pytest.mark.parametrize("option", [["--start-at-task", "Make new ones"], ["--step"]])
@pytest.mark.parametrize("name", PLAYBOOKS)
def test_a_run_that_skips_what_protects_is_refused(name, option):
    """It would end well and have done nothing, or half of it, without the lock."""
    done = play(name, *option)
    assert done.returncode == 1 and option[0] in done.stderr, done
    assert "PLAY" not in done.stdout


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_the_syntax_is_right(name):
    done = play(name, "--syntax-check")
    assert done.returncode == 0, done.stderr


def said_by(tmp_path, inventory, **play):
    """Of a play that goes well, on this machine unless the inventory says otherwise."""
    (tmp_path / "inventory").write_text(inventory)
    (tmp_path / "play.json").write_text(json.dumps([{"connection": "local", "gather_facts": False} | play]))
    done = subprocess.run(
        ["ansible-playbook", "-i", tmp_path / "inventory", tmp_path / "play.json"], text=True,
        capture_output=True, stdin=subprocess.DEVNULL, env=os.environ | {
            "ANSIBLE_NOCOLOR": "1", "ANSIBLE_STDOUT_CALLBACK": "default",
            "ANSIBLE_FILTER_PLUGINS": str(ROOT / "ansible/filter_plugins"), "PYTHONDONTWRITEBYTECODE": "1"})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_where_balancers_lead_is_read_from_all_hosts(tmp_path):
    """Of what `machine settings` prints; one host did not run it."""
    lead = {"balancer": "app-b", "to": ["web"], "until": ["web-blue"]}
    (tmp_path / "a").write_text("")
    (tmp_path / "b").write_text(json.dumps({"units": ["unit"], "files": [], "leads": [lead]}))
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars/allday.yml").symlink_to(ROOT / "ansible/group_vars/allday.yml")
    tasks = [{"command": {"argv": ["cat", f"{tmp_path}/{{{{ inventory_hostname }}}}"]}, "register": "machine_written",
              "changed_when": "allday_changes.values() | flatten | length > 0", "when": "inventory_hostname != 'c'"},
             {"assert": {"that": ["allday_changes.units == (inventory_hostname == 'b') | ternary(['unit'], [])",
                                  "allday_leads == [lead]"]}}]
    said = said_by(tmp_path, "[allday]\na\nb\nc\n", hosts="allday", tasks=tasks,
                   vars={"lead": lead, "ansible_python_interpreter": "/usr/bin/python3"})
    assert {line.split()[0]: "changed=1" in line for line in said.splitlines() if "changed=" in line} == {
        "a": False, "b": True, "c": False}


def test_what_is_wrong_with_the_whole_is_told_though_the_first_host_is_away(ansible, tmp_path):
    """Once: by the first of those that answer."""
    seen = {"host_seen": {"environments": [], "asg": []}}
    said = said_by(
        tmp_path, "[allday]\nhost-a\nhost-b\nhost-c\n", hosts="host-b,host-c",
        vars_files=[str(ROOT / "ansible/roles/host/defaults/main.yml")],
        vars={"allday": {"zones": {"a": {}}, "name": "prod"}, "host_left_seen": {},
              "host_database": {"fault": "it is lost"}},
        tasks=[{"ansible.builtin.set_fact": seen},
               {"ansible.builtin.debug": {"msg": "told: {{ host_faults_of_all | join }}"}}])
    assert said.count("told: it is lost") == 1, said


def test_a_host_that_has_left_and_is_away_ends_no_play(tmp_path):
    """Its power is gone: nobody listens at that port."""
    tasks = [task for task in yaml.safe_load((ROOT / "ansible/roles/host/tasks/left.yml").read_text())
             if task["name"].startswith("Look at")]
    assert len(tasks) == 1
    said = said_by(
        tmp_path, "[allday]\nhost-a\nhost-b\n[gone]\nhost-c ansible_host=127.0.0.1 ansible_port=1 "
        "ansible_connection=ssh\n", hosts="allday", any_errors_fatal=True,
        vars={"allday_programs": str(ROOT / "host"), "host_left": [{"host": "host-c"}],
              "ansible_python_interpreter": "/usr/bin/python3"},
        tasks=[*tasks, {"debug": {"msg": "went on: {{ inventory_hostname }}"}}])
    assert "went on: host-a" in said and "went on: host-b" in said, said


def test_what_is_done_once_is_not_left_to_a_host_that_may_be_away():
    """The first of the group may be; the first of a play's hosts (ansible_play_hosts) answers."""
    found = [f"{path.relative_to(ROOT)}:{number}" for path in (ROOT / "ansible").rglob("*.yml")
             for number, line in enumerate(path.read_text().splitlines(), 1)
             if "groups.allday | first" in line or "groups.allday[0]" in line]
    assert found == []


# What is true or false by itself, beside comparisons, tests and `| bool`.
BOOLEANS = {"ansible_check_mode", "ansible_diff_mode", "asg_was_here", "database_is_there", "database_outdated_known",
            "host_seen.installed", "host_seen.knot", "host_seen.unread", "vpc_there"}


def is_boolean(node, nodes):
    if isinstance(node, (nodes.And, nodes.Or)):
        return is_boolean(node.left, nodes) and is_boolean(node.right, nodes)
    if isinstance(node, nodes.Filter):  # x | default(false): as x is
        return node.name == "bool" or node.name == "default" and node.args[0] == nodes.Const(False)
    if isinstance(node, nodes.Getattr):
        owner = getattr(node.node, "name", "")
        return node.attr == "exists" or f"{owner}.{node.attr}" in BOOLEANS
    return isinstance(node, (nodes.Compare, nodes.Not, nodes.Test)) or getattr(node, "name", "") in BOOLEANS


def conditions(found):
    if isinstance(found, list):
        for each in found:
            yield from conditions(each)
    if isinstance(found, dict):
        for key in found.keys() & {"when", "that", "until", "failed_when", "changed_when"}:
            yield from found[key] if isinstance(found[key], list) else [found[key]]
        yield from conditions(list(found.values()))


@pytest.mark.parametrize("path", sorted(
    str(path.relative_to(ROOT)) for path in (ROOT / "ansible").rglob("*.yml")
    if path.parent.name == "tasks" or path.parent == ROOT / "ansible"))
def test_conditions_are_true_or_false(path):
    """ansible-core 2.19 refuses a text or a list as one, 2.14 takes it."""
    import jinja2
    import yaml
    for condition in conditions(yaml.safe_load((ROOT / path).read_text())):
        if not isinstance(condition, bool):
            tree = jinja2.Environment().parse(f"{{{{ {condition} }}}}")
            assert is_boolean(tree.body[0].nodes[0], jinja2.nodes), condition
