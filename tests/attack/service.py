"""What is attacked: a private environment, accounts in it, and what its programs take."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "tests/harness"), str(ROOT), str(ROOT / "run"), str(ROOT / "host/machine")]
import balancers  # noqa: E402
from environment import reading  # noqa: E402
from stack import Stack, free_ports  # noqa: E402
from wire import Wire  # noqa: E402
from waiting import wait_for  # noqa: E402

PASSWORD = "correct horse"
LOGIN_RATE = 30
OTHERS, OTHERS_FROM = 20, "127.0.1.{}"      # accounts of the others, an address each
MB = 1000 * 1000
# Apart: what grows with the number of clients, and the database.
APART = ("haproxy", "mariadbd")
# A hash of a password takes 19 MiB; `login` makes two at once.
HASHES = {"login": 40 * MB}
# What an account may hold: items, and the text of each note.
LARGEST = 9990, "REPEAT(_utf8mb4 x'F09F9880', 10000)"   # 400 MB: four bytes a character
ESCAPED = 500, "REPEAT('<', 10000)"
PLAIN = 100, "REPEAT('a', 4000)"


class Service(Stack):
    """with Service() as service: …"""

    def __init__(self, **settings):
        super().__init__(balancer={"login_rate": LOGIN_RATE}, **settings)
        self.accounts = {}
        self.tls = None

    def __enter__(self):
        super().__enter__()
        try:
            self.others = [self.sign_up(OTHERS_FROM.format(number + 1))
                           for number in range(OTHERS)]
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error):
        if self.tls:
            end_group(self.tls)
        super().__exit__(*error)

    def sign_up(self, source):
        """An account: dictionary with source, login, token, id."""
        login = f"{uuid.uuid4().hex[:12]}@example.org"
        with contextlib.closing(Wire(self.url("app"), source, patience=30)) as wire:
            status, _, said = wire.call("POST", "/api/v1/accounts",
                                        {"login": login, "password": PASSWORD})
        assert status == 201, said
        return {"source": source, "login": login, "token": said["token"],
                "id": said["account"]["id"]}

    def holding(self, name, size):
        """The account of this name; when there is none, one with so many items. They are
        written straight into the table, as a release without limits let people have them."""
        if name not in self.accounts:
            account = self.accounts[name] = self.sign_up(f"127.0.2.{len(self.accounts) + 1}")
            self.write_items(account["id"].replace("-", ""), *size)
        return self.accounts[name]

    def write_items(self, owner, count, note):
        self.sql(f"""
            INSERT INTO todo (account_id, position, id, title, note, done, completed, created,
                              updated, seq, writer)
            SELECT x'{owner}', CONCAT('b', LPAD(seq, 5, '0'), 'V'), UNHEX(MD5(CONCAT('{owner}', seq))),
                   CONCAT('item ', seq), {note}, 1, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6),
                   UTC_TIMESTAMP(6), seq, x'{owner}' FROM seq_1_to_{count};
            UPDATE change_counter SET seq = {count} WHERE account_id = x'{owner}'""")

    def sql(self, text):
        """As the owner of the private database, or root."""
        done = subprocess.run(["mariadb", "--no-defaults", f"--socket={self.state}/mysql.sock",
                               "-N", "allday"], input=text, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def database(self):
        """The pid of mariadbd."""
        return int((self.state / "mysql.pid").read_text())

    def sockets(self, pool):
        return [str(one["directory"] / f"{pool}.sock") for one in self.instances("api")]

    def reload_balancers(self):
        for balancer in balancers.GROUPS:
            pid = (self.state / f"run/balancer-{balancer}.pid").read_text().split()[0]
            os.kill(int(pid), signal.SIGUSR2)

    def start_tls(self):
        """One more balancer `app`, with TLS as on hosts; its address. It begins with the
        instances that there are: asg does not know it."""
        if self.tls is None:
            where = self.directory / "tls"
            (where / "run").mkdir(parents=True)
            certificate(where)
            environment = reading.read_for_make_run(self.file)
            environment["ports"] |= free_ports()
            app = next(balancers.all_balancers(where, environment))
            shutil.copy(self.state / "run/app.servers", app.servers)
            self.tls_port = app.port
            settings = balancers.settings(app, environment)
            settings["BIND"] += f" ssl crt {where}/tls.pem alpn h2,http/1.1"
            settings["PATH"] += ":/usr/sbin"
            with open(where / "log", "ab") as log:
                self.tls = subprocess.Popen(balancers.argv(app), env=settings, cwd=where,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)
        url = f"https://127.0.0.1:{self.tls_port}"
        wait_for(lambda: answers(url, self.others[0]), what="answer of the balancer with TLS")
        return url

    # ---- health and memory

    def whole(self):
        """Every instance that there shall be is there, and in service?"""
        return all(group["desired"] == sum(one["state"] == "InService" and
                                           one["health"] == "healthy"
                                           for one in group["instances"])
                   for group in map(self.group, ("web", "api")))

    def programs(self):
        """{pid: name} of the servers; a pool's name of those that are the same program."""
        found = {}
        for pid, line in self.processes().items():
            with contextlib.suppress(OSError):
                name = pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
                if name in ("python3", "run", "chrt") or "python" in line:
                    continue
                found[pid] = pool_of(pid) or name
        return found

    def refresh(self, most):
        """End the instances with a program that has kept more than this, and wait until
        others are in their place and they are gone."""
        large = {one["id"] for one in self.instances("api")
                 if any(memory(pid)[0] > most for pid in self.processes(one["directory"]))}
        for ident in large:
            self.asg("terminate", ident)
        wait_for(lambda: not large & {one["id"] for one in self.instances("api")} and self.whole(),
                 what="new instances")


def pool_of(pid):
    """What the program's socket is called: login and auth are the same program."""
    for line in pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
        if line.startswith(b"SOCKET="):
            return pathlib.Path(line.decode()).stem
    return None


def memory(pid):
    """(resident now, most since reset()) in bytes; zeros when it has gone."""
    sizes = {"VmRSS": 0, "VmHWM": 0}
    with contextlib.suppress(OSError):
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name in sizes:
                sizes[name] = int(value.split()[0]) * 1024
    return sizes["VmRSS"], sizes["VmHWM"]


class Memory:
    """with Memory(service) as memory: …; peaks: {program: bytes} of the largest process."""

    def __init__(self, service):
        self.service, self.peaks, self.kept = service, {}, {}
        self.over = threading.Event()

    def __enter__(self):
        for pid in self.service.programs():
            with contextlib.suppress(OSError):
                pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        self.look()

    def watch(self):
        while not self.over.wait(1):
            self.look()

    def look(self):
        self.kept = {}
        for pid, name in self.service.programs().items():
            now, most = memory(pid)
            self.kept[name] = max(now, self.kept.get(name, 0))
            self.peaks[name] = max(most, self.peaks.get(name, 0))


def certificate(where):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost", "-keyout",
                    where / "key", "-out", where / "tls.pem"], check=True, capture_output=True)
    with open(where / "tls.pem", "a") as file:
        file.write((where / "key").read_text())


def answers(url, account):
    try:
        with contextlib.closing(Wire(url, account["source"], account["token"])) as wire:
            return wire.call("GET", "/api/v1/todos?limit=1")[0] == 200
    except OSError:
        return False


def end_group(child):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGTERM)
    try:
        child.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
