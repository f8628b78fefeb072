"""The head of a run, and docs/benchmarks.md with its plot."""

import contextlib
import datetime
import html
import os
import pathlib
import platform
import re
import subprocess
import sys

import chain
from stack import ROOT

DOCUMENT, PLOT = ROOT / "docs/benchmarks.md", ROOT / "docs/benchmarks.svg"
PROGRAMS = {"HAProxy": "haproxy -v", "nginx": "nginx -v", "MariaDB": "mariadbd --version",
            "PHP": "php-fpm* --version", "Node": "node --version",
            "gcc": "gcc --version", "wrk": "wrk -v"}
# Of a bar, from left to right: which programs, and its colours on light and on dark.
LAYERS = {"HAProxy": (["haproxy"], "#5470c6", "#7f98e8"), "nginx": (["nginx"], "#2f9e8f", "#4cc3b2"),
          "the program": (None, "#e09f3e", "#eab464"), "MariaDB": (["mariadbd"], "#b5537c", "#d67da3")}
WIDTH, LABEL, ROW, TOP = 800, 230, 30, 64

TEXT = """# What it costs

Written by `make bench-report`; `make bench` measures the same again. The load and all servers share
one machine: ratios say something, single times little. CPU is that of all programs a request
passes, without the load generator's.

![CPU of a list request, by program](benchmarks.svg)

{head}

| ratio | value | target | |
|---|---|---|---|
{ratios}

{parts}
"""


class Tee:
    def __init__(self, *files):
        self.files = files

    def write(self, text):
        for file in self.files:
            file.write(text)

    def flush(self):
        for file in self.files:
            file.flush()


class Kept(list):
    write = list.append

    def flush(self):
        pass


@contextlib.contextmanager
def kept():
    """What is printed meanwhile."""
    words = Kept()
    with contextlib.redirect_stdout(Tee(sys.stdout, words)):
        yield words


def version(command):
    program, *rest = command.split()
    found = sorted(pathlib.Path("/usr/sbin").glob(program)) or [program]
    try:
        done = subprocess.run([found[-1], *rest], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, env=os.environ | {"PATH": os.environ["PATH"] + ":/usr/sbin"})
    except FileNotFoundError:
        return "none"
    numbers = re.search(r"\d+\.\d[\w.]*", done.stdout + done.stderr)
    return numbers[0] if numbers else "unknown"


def header():
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal: +(\d+)", pathlib.Path("/proc/meminfo").read_text())[1])
    system = dict(line.split("=", 1) for line in
                  pathlib.Path("/etc/os-release").read_text().splitlines() if "=" in line)
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"],
                            capture_output=True, text=True).stdout.strip() or "unknown"
    print(f"commit   {commit}, {datetime.date.today()}")
    print(f"machine  {os.cpu_count()} x {cpu[1] if cpu else platform.machine()}, "
          f"{memory / 2 ** 20:.0f} GB, Linux {platform.release()}, "
          f"{system['PRETTY_NAME'].strip(chr(34))}")
    print("versions " + ", ".join(f"{name} {version(what)}" for name, what in PROGRAMS.items())
          + f", Python {platform.python_version()}")


def bars():
    """[(name, {layer: microseconds})] of the requests of the part `list`."""
    rows = []
    for name, result in chain.TABLES["list"].items():
        rest = set(result.programs).difference(*(names for names, *_ in LAYERS.values() if names))
        rows.append((name, {layer: result.cpu(*(names or rest))
                            for layer, (names, *_) in LAYERS.items()}))
    return rows


def plot():
    rows = bars()
    scale = (WIDTH - LABEL - 60) / max(sum(parts.values()) for _, parts in rows)
    shapes = []
    for number, layer in enumerate(LAYERS):
        x = LABEL + 110 * number
        shapes.append(f'<rect x="{x}" y="30" width="12" height="12" class="l{number}"/>'
                      f'<text x="{x + 18}" y="40">{layer}</text>')
    for place, (name, parts) in enumerate(rows):
        y, x = TOP + ROW * place, LABEL
        shapes.append(f'<text x="{LABEL - 8}" y="{y + 15}" text-anchor="end">{html.escape(name)}</text>')
        for number, value in enumerate(parts.values()):
            shapes.append(f'<rect x="{x:.1f}" y="{y}" width="{value * scale:.1f}" height="20" '
                          f'class="l{number}"/>')
            x += value * scale
        shapes.append(f'<text x="{x + 6:.1f}" y="{y + 15}">{sum(parts.values()):.0f}</text>')
    light, dark = ("".join(f".l{number}{{fill:{colours[which]}}}" for number, (_, *colours)
                           in enumerate(LAYERS.values())) for which in (0, 1))
    height = TOP + ROW * len(rows) + 10
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            f'font-family="system-ui, sans-serif" font-size="13"><style>text{{fill:#333}}{light}'
            f'@media (prefers-color-scheme: dark){{text{{fill:#ddd}}{dark}}}</style>'
            f'<text x="0" y="16" font-weight="600">Microseconds of CPU a list request</text>'
            + "\n".join(shapes) + "</svg>\n")


def write(words):
    head, *parts = re.split(r"\n-- (\w+)\n", "".join(words))
    lines = re.findall(r"^ratio (\S+) (\S+) (\S+) (\S+)$", "".join(words), re.M)
    DOCUMENT.write_text(TEXT.format(
        head="```\n" + head.strip() + "\n```",
        ratios="\n".join(f"| {' | '.join(line)} |" for line in lines),
        parts="\n\n".join(f"## {name}\n\n```\n{text.rstrip()}\n```"
                          for name, text in zip(parts[::2], parts[1::2]))))
    PLOT.write_text(plot())
