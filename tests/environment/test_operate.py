"""What an operator tries beside a plain create: parts of it, two at once, a host that is away.
It works, or is refused by a sentence before anything is touched."""

import collections
import os
import re
import signal
import subprocess

import look
import pytest
from plays import changed, play, said
from waiting import wait_for


def numbers(cloud, **desired):
    """The cloud's file with other desired capacities."""
    def change(text):
        for name, number in desired.items():
            text = re.sub(rf"(  {name}: .*desired: )\d+", rf"\g<1>{number}", text)
        return text
    return cloud.variant(change)


def as_the_file_says(cloud):
    status, output = play(cloud, "create", "--tags", "groups")
    assert status == 0, output


REFUSED = {
    "a part of the hosts": (["--limit", "host-a"], "--limit leaves out hosts"),
    "a tag that is none": (["--tags", "group"], "hosts, network, machines, groups, not group"),
    "all but a part": (["--skip-tags", "hosts"], "--skip-tags leaves out what the rest needs"),
    "a word of Ansible's": (["-e", "environment=prod"], "Use -e env=NAME"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_at_once(one, what):
    words, sentence = REFUSED[what]
    status, output = play(one, "create", *words)
    assert status == 2 and sentence in output and changed(output) == 0, output


def test_a_playbook_without_tags_says_so(one):
    status, output = play(one, "image", "--tags", "groups")
    assert status == 2 and "has no --tags" in output, output


def test_the_numbers_alone(one):
    """They are so when it ends, and nothing else was touched."""
    status, output = play(one, "create", "--tags", "groups", file=numbers(one, web=3))
    try:
        assert status == 0 and changed(output) == 1, output
        assert len(look.in_service(one, "web")) == 3
    finally:
        as_the_file_says(one)
    assert len(look.in_service(one, "web")) == 2


def test_with_a_tag_more_is_refused(one):
    file = one.variant(lambda text: text.replace("  web: {", "  web-more: {}\n  web: {", 1))
    status, output = play(one, "create", "--tags", "groups", file=file)
    assert status == 2 and "groups is changed too" in said(output) and changed(output) == 0, output


def test_two_runs_at_once(one):
    """The second is told of the first; when that is killed, the next one works."""
    seen = []

    def second(line):
        if "TASK [host :" in line and not seen:
            seen.append(play(one, "create", "--tags", "groups"))
            return True
    status, output = play(one, "create", "--tags", "hosts", until=second, number=signal.SIGKILL)
    assert status == -signal.SIGKILL, output
    [(status, output)] = seen
    assert status == 2 and changed(output) == 0, output
    assert re.search(r"create.yml of \S+ on \S+ \(process \d+\), since \d{4}-", said(output)), output
    as_the_file_says(one)


def test_a_host_that_is_away(cloud):
    """The others are done, and the end says what waits; then the same command brings it up."""
    as_the_file_says(cloud)
    here = cloud.asg_zone()
    lost = next(zone for zone in cloud.hosts if zone != here)
    desired = look.groups(cloud)["web"]["desired"] + 1
    file = numbers(cloud, web=desired)
    cloud.hosts[lost].cut()
    try:
        status, output = play(cloud, "create", "--tags", "groups", file=file)
        assert status == 4 and f"! host-{lost} (zone {lost}) cannot be reached" in output, output
        assert len(look.in_service(cloud, "web")) == desired
    finally:
        cloud.hosts[lost].mend()
    status, output = play(cloud, "create", "--tags", "groups", file=file)
    assert status == 0 and "cannot be reached" not in output, output
    as_the_file_says(cloud)


BLUE = "  web-blue: {min: 1, desired: 1, max: 2}\n"


def swapped(cloud, default):
    return cloud.variant(lambda text: text.replace("default: web", f"default: {default}").replace(
        "  web: {", BLUE + "  web: {", 1))


def renamed(cloud):
    """The group web is called otherwise, wherever it is named."""
    return cloud.variant(lambda text: re.sub(r"\bweb(: \{min|(?=[,}\n]))", r"web-blue\1", text))


class Pages:
    """with Pages(cloud) as pages: the page is loaded again and again, each time on a new
    connection; then `statuses` has what they were."""

    SCRIPT = ('while :; do curl -sS -m 9 --cacert "$1" -o /dev/null -w "%{http_code}\\n" "$2"; done')

    def __init__(self, cloud):
        self.argv = cloud.client_argv(["sh", "-c", self.SCRIPT, "sh", cloud.ca,
                                       f"https://app.{cloud.domain}/"])

    def __enter__(self):
        self.child = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL, text=True,
                                      stdout=subprocess.PIPE, start_new_session=True)
        return self

    def __exit__(self, *_):
        os.killpg(self.child.pid, signal.SIGKILL)
        self.statuses = collections.Counter(self.child.communicate()[0].split())


def test_a_swap_of_groups_loses_nothing(one):
    """To a group that no rule has named before, and back."""
    most = ["--tags", "network,machines,groups"]
    status, output = play(one, "create", *most, file=swapped(one, "web"))
    assert status == 0 and len(look.in_service(one, "web-blue")) == 1, output
    with Pages(one) as pages:
        status, output = play(one, "create", "--tags", "machines", file=swapped(one, "web-blue"))
        assert status == 0 and changed(output) > 0, output
        status, output = play(one, "create", *most)
        assert status == 0, output
    assert set(pages.statuses) == {"200"}, pages.statuses


ONCE = {
    "a group that is added and made the default": lambda cloud: swapped(cloud, "web-blue"),
    "a group in place of another one": renamed,
}


@pytest.mark.parametrize("what", ONCE)
def test_a_group_that_is_new_loses_nothing(one, what):
    """Balancers lead to it when it has an instance in service; the way back likewise."""
    with Pages(one) as pages:
        status, output = play(one, "create", file=ONCE[what](one))
        assert status == 0, output
        settings = one.hosts[one.asg_zone()].run(
            f"cat /var/lib/allday/{one.name}/app-*/config/machine.env")
        assert 'DEFAULT_GROUP="web-blue"\n' in settings
        stays = what != "a group in place of another one"
        wait_for(lambda: ("web" in look.groups(one)) == stays)
        status, output = play(one, "create")
        assert status == 0, output
        wait_for(lambda: set(look.groups(one)) == {"web", "api"})
    assert set(pages.statuses) == {"200"}, pages.statuses
