"""What may befall a machine of a group, done by root on its host."""

import look
from waiting import wait_for

# {id}, its {unit}, the host's number {pid} of its PID 1, its namespace's {link}
FAULTS = {
    "kill -9 of its PID 1": "kill -9 {pid}",
    "SIGSTOP of all its processes": "systemctl kill -s STOP {unit}",
    "its disk is full": "nsenter -m -t {pid} sh -c 'cat /dev/zero >/var/full 2>&1 || :'",
    "its network is cut": "ip -n {space} link set {link} down",
    "its unit is stopped by hand": "systemctl stop {unit}",
}
LINK = "ip -n {space} -o link | sed -n 's/^[0-9]*: \\([^:@]*\\)@.*/\\1/p'"


def strike(cloud, fault, victim):
    """Do it; the moment, in seconds since 1970."""
    host, words = cloud.hosts[victim["zone"]], {"unit": look.unit(cloud, victim["id"])}
    words["space"] = f"allday-{cloud.name}.{victim['id']}"
    words["pid"] = host.run(f"echo {look.first_process(cloud, victim['id'])}").split()[0]
    words["link"] = host.run(LINK.format(**words)).split()[0]
    return float(host.run(f"date +%s.%N; {FAULTS[fault].format(**words)}").split()[0])


def replaced(cloud, victim):
    """Until it is gone, and the group is complete."""
    def gone():
        "a machine at fault is gone"
        return victim["id"] not in [one["id"] for one in look.instances(cloud, victim["group"])]
    wait_for(gone)
    cloud.asg("wait")


def befall(cloud, fault, group="api"):
    """One of the group, from the fault until it is replaced: the seconds after which that
    was noticed, begun, launched, in service."""
    cloud.asg("wait")
    victim = look.in_service(cloud, group)[0]
    moment = strike(cloud, fault, victim)
    replaced(cloud, victim)
    first = look.launches(cloud, moment)[0]
    return {"noticed": first["noticed"], "begun": first["start"],
            "launched": first["launched"], "in service": first["end"]}
