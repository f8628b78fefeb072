"""One machine, by its unit: `run` prepares it and becomes systemd-nspawn, `clear` leaves
nothing of it. An instance's record is what its launch wrote down, a named machine's is in
environment.json."""

import json
import os
import shutil
import subprocess
import time

import common
import kernel
from common import Failed, WrongUse

# What a machine has no use for; its own systemd needs the others, to shut its services in.
DROPPED = ["AUDIT_CONTROL", "AUDIT_WRITE", "DAC_READ_SEARCH", "IPC_OWNER", "LEASE",
           "LINUX_IMMUTABLE", "MKNOD", "NET_ADMIN", "NET_BROADCAST", "NET_RAW", "SYS_BOOT",
           "SYS_NICE", "SYS_PTRACE", "SYS_TTY_CONFIG"]
DISK = "64M"
USERS = 65536  # of one machine


# ---- what it is to be


def instance_record(environment, name):
    path = f"{common.machines(environment)}/{name}/launch.json"
    record = common.read_json(path)
    if record is None:
        raise Failed(f"{name} has not been launched: {path} is missing")
    return record


def named_record(environment, name):
    whole = common.environment(environment)
    where = f"environment {environment}, machines.{name}"
    record = whole.get("machines", {}).get(name)
    if record is None:
        raise WrongUse(f"{where} is missing")
    needed = {key: common.need(record, key, where)
              for key in ("role", "subnet", "security_group", "address")}
    shared = {key: common.need(whole, key, f"environment {environment}")
              for key in ("image", "release", "zone")}
    return record | needed | shared


def credentials(environment, record):
    """A secret that is not there is said before anything is started."""
    options = []
    for name in record.get("credentials", []):
        path = f"{common.ETC}/{environment}/secrets/{name}"
        if not os.path.exists(path):
            raise Failed(f"secret {name} is missing: {path}")
        options.append(f"--load-credential={name}:{path}")
    return options


# ---- its root


def first_user(environment, name):
    """Its root is nobody on the host; the range is the one that systemd keeps for this."""
    import zlib
    return USERS * (8 + zlib.crc32(f"{environment}.{name}".encode()) % 28664)


def lower_layers(record, state, first):
    """Our build above Debian, both with the owners of the machine."""
    users = kernel.users(first, USERS)
    kinds = {"release": common.releases(), "image": common.images()}
    for kind, directory in kinds.items():
        path = f"{directory}/{record[kind]}"
        if not os.path.isdir(path):
            raise Failed(f"{kind} {record[kind]} is not on this host: {path} is missing")
        os.makedirs(f"{state}/{kind}", exist_ok=True)
        kernel.mount_shifted(path, f"{state}/{kind}", users)
    os.close(users)
    return ":".join(f"{state}/{kind}" for kind in kinds)


def fresh_disk(environment, name, record, state, first):
    """Where it writes: of an instance memory, so that a full one is only its own; of a named
    machine a directory, empty again at every start."""
    if common.ID.fullmatch(name):
        disk = f"{state}/disk"
        os.makedirs(disk, exist_ok=True)
        kernel.mount("tmpfs", disk, f"mode=0755,size={record.get('disk', DISK)}")
    else:
        disk = f"{common.LIB}/{environment}/{name}/disk"
        shutil.rmtree(disk, ignore_errors=True)
    for part in ("upper", "work"):
        os.makedirs(f"{disk}/{part}")
        os.chown(f"{disk}/{part}", first, first)
    return f"upperdir={disk}/upper,workdir={disk}/work"


def mount_root(environment, name, record, first):
    state = f"{common.machines(environment)}/{name}"
    kernel.own_mounts()
    lower = lower_layers(record, state, first)
    upper = fresh_disk(environment, name, record, state, first)
    os.makedirs(f"{state}/root", exist_ok=True)
    kernel.mount("overlay", f"{state}/root", f"lowerdir={lower},{upper}")


# ---- what it gets from the host


def quoted(text):
    """As systemd's EnvironmentFile= reads it, and a shell."""
    return '"' + "".join("\\" + c if c in '"\\`$' else c for c in text) + '"'


def put(path, text, mode, owner):
    common.write(path, text, mode)
    os.chown(path, owner, owner)


def write_config(environment, name, record, address, first):
    """An instance's; that of a named machine is Ansible's. Where the database is may change
    while it runs (readdress), so there is a file of it."""
    directory = f"{common.machines(environment)}/{name}/config"
    variables = {"INSTANCE": name, "ADDRESS": address, "PORT": str(common.PORT),
                 **record["variables"]}
    text = "".join(f"{key}={quoted(value)}\n" for key, value in variables.items())
    os.makedirs(directory, exist_ok=True)
    os.chown(directory, first, first)
    put(f"{directory}/machine.env", text, 0o640, first)
    if "DB_ADDRESS" in variables:
        put(f"{directory}/database", f"{variables['DB_ADDRESS']}\n", 0o644, first)
    return directory


def write_about(environment, name, record, address):
    """/run/instance.json of the machine; all may read it."""
    about = {"id": name, "group": record.get("group", ""), "role": record["role"],
             "zone": record["zone"], "address": address, "port": common.PORT,
             "release": record["release"], "image": record["image"],
             "launched_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
    if not common.ID.fullmatch(name):
        del about["group"], about["port"]
    path = f"{common.machines(environment)}/{name}/instance.json"
    common.write(path, json.dumps(about) + "\n")
    return path


def socket_directory(environment, name):
    """Of a named machine's control sockets. They get the group of the directory, so that asg
    may use them; which of the machine's programs makes them is the machine's affair."""
    path = f"{common.state(environment)}/{name}"
    if not os.path.isdir(path):
        os.makedirs(path)
        os.chown(path, 0, common.asg_group())
        os.chmod(path, 0o3777)
    return path


def binds(environment, name, record, address, first):
    about = write_about(environment, name, record, address)
    options = [f"--bind-ro={about}:/run/instance.json"]
    if common.ID.fullmatch(name):
        config = write_config(environment, name, record, address, first)
        os.makedirs(common.assets(), exist_ok=True)
        return [*options, f"--bind-ro={config}:/etc/allday",
                f"--bind-ro={common.assets()}:/run/assets"]
    home = f"{common.LIB}/{environment}/{name}"
    if not os.path.isdir(f"{home}/config"):
        raise Failed(f"{home}/config is missing: create.yml has not set up this machine")
    os.makedirs(f"{home}/data", exist_ok=True)
    return [*options, f"--bind-ro={home}/config:/etc/allday:idmap",
            f"--bind={home}/data:/var/lib/allday:idmap",
            f"--bind={socket_directory(environment, name)}:/run/allday"]


# ---- run


def limit(environment, name, record):
    """Its unit is of all named machines; that of an instance has its limits already."""
    limits = [f"{key}={record[word]}{sign}" for word, key, sign in (
        ("memory", "MemoryMax", ""), ("cpu", "CPUQuota", "%")) if word in record]
    if limits:
        common.tool("systemctl", "set-property", "--runtime", common.unit(environment, name),
                    *limits)


def attach(environment, name, record):
    """Begins it: meanwhile the root is mounted."""
    argv = [f"{common.BIN}/vpc", "attach", environment, name, record["security_group"],
            record["subnet"]]
    if "address" in record:
        argv.append(record["address"])
    return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)


def enter_network(environment, name):
    """Here, as systemd-nspawn would only after it has given up the right to. The machine's
    root has none in this network, so that a small port is nothing special in it."""
    kernel.enter_network(common.netns(environment, name))
    with open("/proc/sys/net/ipv4/ip_unprivileged_port_start", "w") as file:
        file.write("0\n")


def nspawn(environment, name, first, options):
    """Not registered with systemd-machined: a name is unique in its environment only, and what
    starts is not to need D-Bus."""
    return ["/usr/bin/systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--boot",
            f"--machine={name}", f"--directory={common.machines(environment)}/{name}/root",
            # In `pipe` there is no /dev/console, and nothing of the machine's journal.
            "--console=read-only", "--notify-ready=yes", "--link-journal=no",
            "--resolv-conf=off", "--timezone=off",
            f"--private-users={first}:{USERS}", "--private-users-ownership=off",
            "--no-new-privileges=yes",
            "--drop-capability=" + ",".join(f"CAP_{name}" for name in DROPPED), *options]


def note_process(environment, name):
    """By which `list` knows whether it lives: a number alone may be another's by then."""
    with open("/proc/self/stat") as file:
        started = file.read().rpartition(") ")[2].split()[19]
    common.write(f"{common.machines(environment)}/{name}/process", f"{os.getpid()} {started}\n")


def prepare(environment, name, record):
    first = first_user(environment, name)
    secrets = credentials(environment, record)
    attaching = attach(environment, name, record)
    try:
        mount_root(environment, name, record, first)
    finally:
        address = attaching.communicate()[0].strip()
    if attaching.returncode:
        raise Failed(f"vpc attach of {name} ended with status {attaching.returncode}")
    options = binds(environment, name, record, address, first)
    return nspawn(environment, name, first, options + secrets)


def run(machine):
    environment, _, name = machine.partition(".")
    instance = common.ID.fullmatch(name)
    record = (instance_record if instance else named_record)(environment, name)
    os.makedirs(f"{common.machines(environment)}/{name}", exist_ok=True)
    note_process(environment, name)
    if not instance:
        limit(environment, name, record)
    argv = prepare(environment, name, record)
    enter_network(environment, name)
    # Else its /tmp were a memory of its own, without the limit of its disk.
    os.environ["SYSTEMD_NSPAWN_TMPFS_TMP"] = "0"
    os.execv(argv[0], [*argv, f"systemd.unit=allday-{record['role']}.target",
                       "systemd.show_status=error"])


# ---- clear


def clear(machine):
    """Its mounts have ended with its processes."""
    environment, _, name = machine.partition(".")
    if os.path.lexists(common.netns(environment, name)):
        common.tool(f"{common.BIN}/vpc", "detach", environment, name)
    if not common.ID.fullmatch(name):
        shutil.rmtree(f"{common.LIB}/{environment}/{name}/disk", ignore_errors=True)
    directory = f"{common.machines(environment)}/{name}"
    if os.path.lexists(directory):
        shutil.rmtree(directory)
