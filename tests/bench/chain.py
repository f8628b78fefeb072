"""What the benchmarks of requests share: an environment with accounts in it, the load,
CPU per request by program, and the ratio lines."""

import contextlib
import hashlib
import json
import math
import pathlib
import re
import secrets
import statistics
import subprocess
import tempfile
import urllib.request
import uuid

from stack import UNLIMITED

# All clients of a benchmark have one address.
LIMITS = UNLIMITED | {"requests_per_address": 1000}
ACCOUNTS, ITEMS = 200, 20
CONNECTIONS, SECONDS, ROUNDS = 64, 3, 3
NUMBERS = 379  # different {n}
TICK = 100  # a second; /proc counts CPU time in these
TABLES = {}  # {name: {kind: Result}}
SERVING = ("haproxy", "nginx", "todo", "auth", "classic", "health", "mariadbd")


def sql(stack, text):
    """As root of the private database: its owner is who runs this."""
    return subprocess.run(
        ["mariadb", "--no-defaults", f"--socket={stack.state}/mysql.sock", "-N", "allday"],
        input=text, capture_output=True, text=True, check=True).stdout


def call(stack, method, path, body=None, token=None):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(stack.url("app") + path, method=method, headers=headers,
                                     data=json.dumps(body).encode() if body else None)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def seed(stack, accounts=ACCOUNTS, items=ITEMS):
    """Accounts with a session and a list each, written straight into the tables:
    [(token, an item's id)]."""
    made, rows = [], ["START TRANSACTION;"]
    for number in range(accounts):
        owner, token = uuid.uuid4().hex, secrets.token_urlsafe(32)
        digest = hashlib.sha256(token.encode()).hexdigest()
        rows.append(
            f"INSERT INTO account VALUES (x'{owner}', x'{owner * 2}', 'bench-{owner}', NULL, "
            f"UTC_TIMESTAMP(6), x'{owner}'); INSERT INTO change_counter (account_id, seq) "
            f"VALUES (x'{owner}', {items}); INSERT INTO session VALUES (x'{digest}', "
            f"x'{uuid.uuid4().hex}', x'{owner}', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), "
            "'2099-01-01', 'bench', '127.0.0.1');")
        ids = [uuid.uuid4() for _ in range(items)]
        values = ",".join(
            f"(x'{owner}', 'b{i:05}V', x'{ident.hex}', 'item {i} of list {number}', '', {i % 2}, "
            f"UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), {i + 1}, x'{owner}')"
            for i, ident in enumerate(ids))
        rows.append("INSERT INTO todo (account_id, position, id, title, note, done, created, "
                    f"updated, seq, writer) VALUES {values};")
        made.append((token, str(ids[0])))
    sql(stack, "\n".join([*rows, "COMMIT; ANALYZE TABLE todo, session, change_counter;"]))
    return made


# What wrk prints at the end, for parse(): numbers that its own table rounds.
LAST_WORDS = """
function done(summary, latency)
  local e = summary.errors
  io.write(string.format("told %d %d %d %d %d %d\\n", summary.requests, summary.duration,
    e.connect + e.read + e.write + e.timeout + e.status, latency:percentile(50),
    latency:percentile(99), latency:percentile(99.9)))
end
"""


def lua(accounts, path="/api/v1/todos", method="GET", body=None, headers=(), pause=None):
    """A script for wrk: each request is of the next account. In path {n} is a number that
    differs from request to request, {id} the account's item, {new} an id nobody has;
    several paths, separated by blanks, take turns. pause: milliseconds between an answer
    and the next request of a connection, in the mean. All requests are written before the
    first is sent, but for those with {new}: the load should cost little itself."""
    table = ",".join(f'{{"{token}","{ident}"}}' for token, ident in accounts)
    paths = path.split()
    more = "".join(f'["{name}"]="{value}",' for name, value in headers)
    different = math.lcm(len(accounts), len(paths), NUMBERS if "{n}" in path else 1)
    waiting = f"function delay() return math.random(0, {round(2 * pause)}) end" if pause else ""
    return LAST_WORDS + waiting + f"""
local all, paths = {{{table}}}, {{{",".join(f'"{one}"' for one in paths)}}}
local written, n = {{}}, 0
local function new()
  return string.format("%08x-%04x-7%03x-8%03x-%04x%08x", math.random(0, 2^31 - 1),
    math.random(0, 65535), math.random(0, 4095), math.random(0, 4095),
    math.random(0, 65535), math.random(0, 2^31 - 1))
end
local function write(n)
  local who = all[n % #all + 1]
  local path = paths[n % #paths + 1]:gsub("{{n}}", 122 + n % {NUMBERS}):gsub("{{id}}", who[2])
    :gsub("{{new}}", new)
  return wrk.format("{method}", path, {{["Authorization"]="Bearer " .. who[1],{more}}},
    {json.dumps(json.dumps(body)) if body else "nil"})
end
function init()
  math.randomseed(os.time())
  for i = 1, {0 if "{new}" in path else different} do written[i] = write(i) end
  n = math.random({different})
end
function request()
  n = n + 1
  return written[n % {different} + 1] or write(n)
end
"""


def cpu(names=SERVING, directory=None):
    """Seconds of CPU by program, of the processes whose command line or working directory
    names the directory."""
    used = {}
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            before, _, after = (entry / "stat").read_text().rpartition(") ")
            name, times = before.partition("(")[2], after.split()
            if name in names and (directory is None or belongs(entry, directory)):
                used[name] = used.get(name, 0) + (int(times[11]) + int(times[12])) / TICK
    return used


def belongs(entry, directory):
    line = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
    return str(directory).encode() in line or \
        str((entry / "cwd").readlink()).startswith(str(directory))


def wrk(url, script, connections=CONNECTIONS, seconds=SECONDS):
    """(requests a second, latencies in milliseconds: p50, p99 and p99.9)"""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        output = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout=10s",
             "-s", file.name, url],
            capture_output=True, text=True, check=True).stdout
    requests, duration, errors, *latencies = map(
        int, re.search(r"^told (.*)$", output, re.M)[1].split())
    if errors or not requests:
        raise SystemExit(f"{url}: {errors} errors, {requests} requests\n{output}")
    return 1e6 * requests / duration, [each / 1e3 for each in latencies]


class Result:
    """The rounds of one kind of request."""

    def __init__(self, programs=SERVING):
        self.programs = programs
        self.rates, self.latencies, self.spent = [], [], []

    def add(self, rate, latencies, spent, seconds):
        self.rates.append(rate)
        self.latencies.append(latencies)
        self.spent.append({name: 1e6 * used / (rate * seconds) for name, used in spent.items()})

    def extend(self, other):
        self.rates += other.rates
        self.latencies += other.latencies
        self.spent += other.spent

    rate = property(lambda self: statistics.median(self.rates))
    p50 = property(lambda self: statistics.median(one[0] for one in self.latencies))
    p99 = property(lambda self: statistics.median(one[1] for one in self.latencies))
    p999 = property(lambda self: statistics.median(one[2] for one in self.latencies))

    def cpu(self, *names):
        """Microseconds of CPU a request, of some programs or all."""
        return statistics.median(sum(one.get(name, 0) for name in names or self.programs)
                                 for one in self.spent)


def measure(work, rounds=ROUNDS, connections=CONNECTIONS, seconds=SECONDS):
    """Each kind of {name: (url, script, programs)} in turn, so many times: {name: Result}."""
    results = {name: Result(programs) for name, (_, _, programs) in work.items()}
    for _ in range(rounds):
        for name, (url, script, programs) in work.items():
            before = cpu(programs)
            rate, latencies = wrk(url, script, connections, seconds)
            after = cpu(programs)
            spent = {program: after[program] - before.get(program, 0) for program in after}
            results[name].add(rate, latencies, spent, seconds)
    return results


def table(results, name=None):
    """Print it; with a name it is kept, for the plot."""
    if name:
        TABLES[name] = results
    print(f"{'':26} {'requests/s':>10} {'spread':>13} {'p50 ms':>7} {'p99':>6} {'p99.9':>6} "
          f"{'CPU us':>7}  of which")
    for name, result in results.items():
        parts = [(program, result.cpu(program)) for program in result.programs]
        print(f"{name:26} {result.rate:10.0f} {min(result.rates):6.0f}-{max(result.rates):<6.0f} "
              f"{result.p50:7.2f} {result.p99:6.1f} {result.p999:6.1f} {result.cpu():7.0f}  "
              + " ".join(f"{program} {value:.0f}" for program, value in parts if value >= 1),
              flush=True)


def told(what, value):
    print(f"{what:50} {value}", flush=True)


def spread(values, unit):
    return (f"{statistics.median(values):.3g} {unit}, median of {len(values)} "
            f"({min(values):.3g} to {max(values):.3g})")


def ratio(name, value, target, most=True):
    """A line for programs: `most` says whether the target is an upper bound."""
    good = value <= target if most else value >= target
    print(f"ratio {name} {value:.3g} {'<=' if most else '>='}{target} {'ok' if good else 'short'}",
          flush=True)
