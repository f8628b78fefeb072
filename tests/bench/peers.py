"""What a user would pick instead, each in its best form, on the same database and behind
the same HAProxy: PHP-FPM behind nginx, Node (one process, and a cluster), Flask."""

import contextlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time

from environment import balancers, reading
from stack import ROOT

HERE = ROOT / "tests/bench/peers"
BATCH = ["chrt", "--batch", "0"]  # as the product's own servers run
PATIENCE = 15
CLIENTS = 2000  # connections, as many as an address may have


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(argv, where, environment, log):
    with open(log, "a") as output:
        child = subprocess.Popen(BATCH + [str(word) for word in argv], cwd=where, env=environment,
                                 stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def wait_for(port, child, log):
    until = time.monotonic() + PATIENCE
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if child.poll() is not None or time.monotonic() > until:
            raise SystemExit(f"{child.args[3]} did not start:\n{pathlib.Path(log).read_text()}")
        time.sleep(0.01)


class Peers:
    """with Peers(stack) as peers: peers.php() … each gives the URL through HAProxy."""

    def __init__(self, stack):
        self.stack = stack
        self.open = contextlib.ExitStack()

    def __enter__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="allday-peers-", dir="/tmp"))
        self.directory.chmod(0o755)
        self.log = self.directory / "log"
        self.environment = {
            "PATH": os.environ["PATH"], "DB_SOCKET": f"{self.stack.state}/mysql.sock",
            "DB_USER": "root", "DB_PASSWORD": "", "NODE_ENV": "production"}
        return self

    def __exit__(self, *_):
        self.open.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def start(self, argv, port=None, where=None, **more):
        child = self.open.enter_context(
            running(argv, where or self.directory, self.environment | more, self.log))
        if port:
            wait_for(port, child, self.log)
        return child

    def behind_haproxy(self, port):
        front = free_port()
        haproxy = [word for name in ("global", "sorry", "edge", "group")
                   for word in ("-f", ROOT / f"haproxy/{name}.cfg")]
        variables = balancers.variables(reading.read(self.stack.file, reading.LOCAL), "peer", ["api"], CLIENTS)
        self.start(["haproxy", "-W", "-db", *haproxy, "-f", HERE / "peer.cfg"], front, **variables | {
            "BIND": f"127.0.0.1:{front}", "STATS_BIND": f"127.0.0.1:{free_port()}",
            "ADMIN": f"{self.directory}/{front}.sock", "ADMIN_MODE": "600",
            "SERVERS": "/dev/null", "RULES": "rules", "PEER": f"127.0.0.1:{port}"})
        return f"http://127.0.0.1:{front}"

    def php(self):
        """Eight children: the best of 4, 8 and 16 on two cores."""
        port, place = free_port(), self.directory / "php"
        place.mkdir()
        (place / "listen.conf").write_text(f"listen 127.0.0.1:{port}; root {HERE}/php;\n")
        (place / "fpm.conf").write_text(
            f"[global]\nerror_log = {self.log}\ndaemonize = no\n[www]\nlisten = {place}/php.sock\n"
            "listen.mode = 0666\npm = static\npm.max_children = 8\nclear_env = no\n"
            "catch_workers_output = yes\nuser = root\ngroup = root\n")
        fpm = sorted(pathlib.Path("/usr/sbin").glob("php-fpm[0-9]*"))[-1]
        self.start([fpm, "-R", "-F", "-y", place / "fpm.conf", "-d", "opcache.enable=1",
                    "-d", "opcache.validate_timestamps=0", "-d", "opcache.jit_buffer_size=32M"])
        until = time.monotonic() + PATIENCE
        while not (place / "php.sock").exists() and time.monotonic() < until:
            time.sleep(0.01)
        self.start(["nginx", "-p", f"{place}/", "-e", "stderr", "-c", shutil.copy(HERE / "nginx.conf", place),
                    "-g", "user root;"], port, where=place)
        return self.behind_haproxy(port)

    def node(self, workers=1, keep=False):
        port = free_port()
        self.start(["node", HERE / "node/server.mjs"], port, PORT=str(port), WORKERS=str(workers),
                   **({"KEEP": "1"} if keep else {}))
        return self.behind_haproxy(port)

    def python(self):
        port = free_port()
        self.start(["/usr/bin/gunicorn", "-w", "2", "--threads", "4", "-k", "gthread",
                    "--keep-alive", "60", "-b", f"127.0.0.1:{port}", "app:app"], port,
                   where=HERE / "python")
        return self.behind_haproxy(port)


def fpm_names():
    """As the kernel tells them: at most 15 bytes."""
    return [re.sub(r".*/", "", str(path))[:15] for path in pathlib.Path("/usr/sbin").glob("php-fpm*")]
