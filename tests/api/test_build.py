"""`make build` beside an environment that runs: whoever loads a page, or starts a program,
meets the old one or the new one, whole."""

import http.client
import os
import re
import shutil
import subprocess
import threading

from stack import ROOT, free_ports
from test_places import Running, checkout, directory, environment_file  # noqa: F401
from test_web import another_build

BUILDS = 15


def build(root, number):
    """As Vite and make do."""
    another_build(root / "build/www", number)
    subprocess.run([root / "www/publish"], check=True)


class Visitor(threading.Thread):
    """Loads the page and what it names, again and again."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self.over, self.loads, self.wrong = threading.Event(), 0, []

    def get(self, path):
        self.client.request("GET", path)
        answer = self.client.getresponse()
        text = answer.read()
        self.loads += 1
        if answer.status != 200 or not text:
            self.wrong.append((path, answer.status))
        return text.decode(errors="replace")

    def run(self):
        while not self.over.is_set():
            for path in re.findall(r'"(/assets/[^"]+)"', self.get("/")):
                self.get(path)
            self.get("/favicon.svg")


def test_pages_are_loaded_while_others_are_built(directory):  # noqa: F811
    root = checkout(directory / "x")
    for name in "publish", "keep-assets":
        shutil.copy(ROOT / "www" / name, root / "www")
    build(root, "first")  # the copy has a directory where there is a link from then on
    ports = free_ports()
    with Running(root, environment_file(directory / "e.yml", ports, "var"), ports) as running:
        visitors = [Visitor(running.ports["app"]) for _ in range(2)]
        for visitor in visitors:
            visitor.start()
        for number in range(BUILDS):
            build(root, number)
        for visitor in visitors:
            visitor.over.set()
            visitor.join()
    wrong = [each for visitor in visitors for each in visitor.wrong]
    print(sum(visitor.loads for visitor in visitors), "loads,", len(wrong), "wrong")
    assert not wrong
    assert min(visitor.loads for visitor in visitors) > BUILDS


def test_a_program_can_be_started_while_it_is_built(tmp_path):
    for part in "Makefile", "lib", "asg", "cgi-bin", "problems", "build/problems", "build/lib", \
            "build/asg", "build/bin", "build/libapp.a":
        there = tmp_path / part
        there.parent.mkdir(exist_ok=True)
        (shutil.copytree if (ROOT / part).is_dir() else shutil.copy2)(ROOT / part, there)
    program, starts = tmp_path / "build/bin/asg", 0
    for _ in range(3):
        before = program.stat().st_ino
        with subprocess.Popen(["make", "-s", "-W", "build/libapp.a", "build/bin/asg"],
                              cwd=tmp_path) as make:
            while make.poll() is None:
                assert subprocess.run([program], stderr=subprocess.DEVNULL).returncode == 100
                starts += 1
        assert make.returncode == 0 and program.stat().st_ino != before
    print(starts, "starts")
    assert os.listdir(program.parent).count("asg") == 1
