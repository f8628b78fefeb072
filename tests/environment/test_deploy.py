"""Another release for the groups of a cloud on one host, under a load: deploy.yml and rollback.yml."""

import look
import pytest
from load import Load
from plays import changed, play, said

RELEASES = "/var/lib/allday/releases"
AT_ONCE = ["-e", "policy=all-at-once"]


def releases(cloud):
    return {one["release"] for one in look.instances(cloud)}


@pytest.fixture
def other(one):
    """A release beside the one that runs, which differs in its page."""
    [running], host = releases(one), one.hosts["a"]
    ident = running[::-1]
    host.run(f"cp -a {RELEASES}/{running} {RELEASES}/{ident}; "
             f"sed -i 's/<head>/<head><!-- other -->/' {RELEASES}/{ident}/usr/share/allday/www/dist/index.html")
    yield ident
    host.run(f"rm -rf {RELEASES}/{ident}")


def deployed(cloud, name, *words):
    """The last line of its account."""
    with Load(cloud, pages=5) as load:
        status, output = play(cloud, name, *words)
        load.wait_answers(50)
    assert status == 0, output
    assert not load.failures and not load.complaints, f"{load}\n{output}"
    return output


def test_back_and_forth(one, other):
    """To a named release, and with the checkout's again; a second time changes nothing."""
    [before] = releases(one)
    output = deployed(one, "rollback", "-e", f"to={other}", *AT_ONCE)
    assert f"release {other} is what runs" in output and releases(one) == {other}
    about = look.groups(one)["web"]
    assert (about["release"], about["previous"]) == (other, before)
    output = deployed(one, "deploy", *AT_ONCE)
    assert f"release {before} is what runs" in output and releases(one) == {before}
    status, output = play(one, "deploy")
    assert status == 0 and changed(output) == 0 and f"release {before} is what runs" in output, output


def test_an_instance_that_dies_is_replaced_by_its_release(one, other):
    """Whatever has been installed since."""
    [before], host = releases(one), one.hosts["a"]
    file = f"/etc/allday/{one.name}/environment.json"
    host.run(f"sed -i.before 's/{before}/{other}/' {file}")
    try:
        victim = look.in_service(one)[0]["id"]
        one.asg("terminate", victim)
        one.asg("wait")
        assert releases(one) == {before}
    finally:
        host.run(f"mv {file}.before {file}")


@pytest.mark.parametrize("words, sentence", [
    (["-e", "to=000000000000"], "host-a has no release 000000000000"),
    (["-e", "policy=carefully"], "there is no policy carefully (all-at-once, rolling,"),
])
def test_refused(one, words, sentence):
    before = look.remembered(one)
    status, output = play(one, "rollback", *words)
    assert status == 2 and sentence in output and changed(output) == 0, said(output)
    assert look.remembered(one) == before

