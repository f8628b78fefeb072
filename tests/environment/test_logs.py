"""What a cloud writes down, and where it is found again."""

import collections
import re

import look

ID = re.compile(r"^x-request-id: (\S+)", re.M | re.I)


def ask(cloud, path, *options):
    """(status, id of the request); of a page of its own, over HTTP/2."""
    said = cloud.client(["curl", "-s", "--cacert", str(cloud.ca), "-o", "/dev/null", "-D", "-",
                         *options, f"https://app.{cloud.domain}{path}"])
    return int(said.split()[1]), ID.search(said)[1]


def found(cloud, ident):
    return [line.split(None, 2)[1:] for line in cloud.asg("request", ident).splitlines()]


def test_a_request_is_found_on_whatever_host_it_was(cloud):
    wanted = {one["zone"] for one in look.instances(cloud, "api")}
    seen = set()
    for _ in range(50):
        status, ident = ask(cloud, "/api/v1/todos?filter=s3cr3t")
        assert status == 401
        (balancer, first), (instance, second) = found(cloud, ident)
        assert balancer.startswith("app-") and " 401 " in first
        assert 'path="/api/v1/todos"' in second and "s3cr3t" not in first + second
        seen.add(next(one["zone"] for one in look.instances(cloud, "api") if one["id"] == instance))
        if seen == wanted:
            break
    assert seen == wanted


def test_what_a_balancer_refused_is_found(cloud, tmp_path):
    (tmp_path / "body").write_bytes(b"x" * 70000)
    for _ in range(10):
        status, ident = ask(cloud, "/api/v1/todos", "-H", "Expect:", "--data-binary",
                            f"@{tmp_path}/body")
        (balancer, line), = found(cloud, ident)
        assert status == 413 and balancer.startswith("app-") and "refused=too-large" in line


def test_the_journal_names_the_machine_and_has_each_line_once(cloud):
    for zone, file in look.facts(cloud).items():
        if f"app-{zone}" not in file["machines"]:
            continue
        name = f"{cloud.name}.app-{zone}"
        said = cloud.hosts[zone].run(f"journalctl -q -o short -u allday-machine@{name} _COMM=systemd-nspawn")
        changes = [line for line in said.splitlines() if " Server " in line]
        assert changes and all(f" {name}[" in line and "[WARNING]" in line for line in changes)
    home = cloud.hosts[cloud.asg_zone()]
    assert "level=info" in home.run(f"journalctl -q -t asg.{cloud.name}")


def test_checks_do_not_fill_the_flow_log(cloud):
    """Whoever connects again and again is told of once in ten minutes."""
    log = f"/var/log/allday/{cloud.name}/flows.log"
    start = {zone: int(host.run(f"stat -c %s {log}")) for zone, host in cloud.hosts.items()}
    assert any(start.values())
    for _ in range(20):
        ask(cloud, "/api/v1/todos")
    for zone, host in cloud.hosts.items():
        told = collections.Counter()
        for line in host.run(f"tail -c +{start[zone] + 1} {log}").splitlines():
            words = dict(word.partition("=")[::2] for word in line.split())
            told[tuple(words[name] for name in ("protocol", "from_address", "to_address", "to_port"))] += 1
        # (The ten minutes may be over just then.)
        assert max(told.values(), default=0) <= 2, told
