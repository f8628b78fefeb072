"""The files of a state directory that ssh, Ansible and the client read."""

import hashlib
import os

from system import Failed, call, write

MARK = "hosts"  # a file by which a directory is known as ours, and may be removed


def name_of(state):
    return "hosts-" + hashlib.sha256(os.fsencode(state)).hexdigest()[:6]


def claim(state, debian):
    if state.is_dir() and any(state.iterdir()) and not (state / MARK).exists():
        raise Failed(f"{state} is not empty and not of test hosts; name another directory")
    state.mkdir(parents=True, exist_ok=True)
    if not (state / MARK).exists():
        write(state / MARK, debian + "\n")


def write_all(cloud):
    state = cloud.state
    for path in (state / "key", *(state / zone / "ssh_key" for zone in cloud.zones())):
        if not path.with_suffix(".pub").exists():
            path.unlink(missing_ok=True)
            call("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path)
    hosts = cloud.hosts()
    write(state / "known_hosts", "".join(
        f"{host.addresses[0]} {(host.directory / 'ssh_key.pub').read_text()}" for host in hosts))
    write(state / "ssh_config", ssh_config(state, hosts))
    write(state / "inventory", inventory(state, hosts))
    write(state / "resolv.conf", "".join(f"nameserver {host.addresses[0]}\n"
                                         for host in hosts[:2]) + "options timeout:2\n")
    write(state / "cloud.yml", environment(hosts))


def ssh_config(state, hosts):
    names = "".join(f"Host host-{host.zone}\n    HostName {host.addresses[0]}\n"
                    for host in hosts)
    return f"""{names}Host *
    User root
    IdentityFile {state}/key
    IdentitiesOnly yes
    UserKnownHostsFile {state}/known_hosts
    StrictHostKeyChecking yes
    LogLevel ERROR
    ConnectTimeout 5
    ServerAliveInterval 5
"""


def inventory(state, hosts):
    names = "".join(f"host-{host.zone} ansible_host={host.addresses[0]}\n" for host in hosts)
    return f"""{names}
[all:vars]
ansible_user=root
ansible_python_interpreter=/usr/bin/python3
ansible_ssh_private_key_file={state}/key
ansible_control_path_dir={state}/ssh
ansible_ssh_common_args=-o UserKnownHostsFile={state}/known_hosts -o StrictHostKeyChecking=yes
"""


def environment(hosts):
    """A cloud with everything that there can be: two of what may be two."""
    zones = "".join(f"""  {host.zone}:
    host: host-{host.zone}
    addresses: {{app: {host.addresses[0]}, api: {host.addresses[1]}}}
    subnets: {{public: 10.20.{n}.0/24, app: 10.20.{n + 1}.0/24, data: 10.20.{n + 2}.0/24}}
""" for n, host in zip(range(0, 256, 10), hosts))
    pair = ", ".join(host.zone for host in hosts[:2])
    return f"""# Written by `hosts up`: what the test hosts are to be.
name: cloud
domain: todo.test
provider: nspawn
zones:
{zones}vpc: {{cidr: 10.20.0.0/16, encryption: auto}}
balancers:
  app:
    zones: [{pair}]
    http: 80
    https: 443
    default: web
    rules:
      - {{path: /api/, group: api}}
      - {{path: /auth/, group: api}}
      - {{path: /api, group: api}}
      - {{path: /auth, group: api}}
      - {{path: /todo, group: api}}
      - {{host: api.todo.test, group: api}}
  api: {{zones: [{pair}], http: 80, https: 443, default: api, rules: []}}
certificates: {{source: ca}}
database: {{zone: {hosts[-1].zone}, nodes: 1, memory: 256M}}
dns: {{zones: [{pair}]}}
operators: [admin]
groups:
  web: {{min: 1, desired: {max(2, len(hosts))}, max: 8}}
  api: {{min: 1, desired: {max(2, len(hosts))}, max: 8}}
"""
