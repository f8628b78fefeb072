"""What the benchmarks of requests share: an environment with accounts in it, the load,
CPU per request by program, and the ratio lines."""

import contextlib
import hashlib
import json
import pathlib
import re
import secrets
import statistics
import subprocess
import tempfile
import uuid


ACCOUNTS, ITEMS = 200, 20
CONNECTIONS, SECONDS, ROUNDS = 32, 3, 3
TICK = 100  # a second; /proc counts CPU time in these
SERVING = ("haproxy", "nginx", "todo", "auth", "classic", "health", "mariadbd")


def sql(stack, text):
    """As root of the private database: its owner is who runs this."""
    return subprocess.run(
        ["mariadb", "--no-defaults", f"--socket={stack.state}/mysql.sock", "-N", "allday"],
        input=text, capture_output=True, text=True, check=True).stdout


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


def lua(accounts, path="/api/v1/todos", method="GET", body=None, headers=()):
    """A script for wrk: each request is of the next account. In path {n} is a number that
    differs from request to request, {id} the account's item."""
    table = ",".join(f'{{"{token}","{ident}"}}' for token, ident in accounts)
    more = "".join(f'["{name}"]="{value}",' for name, value in headers)
    return f"""
local all = {{{table}}}
local i, n = math.random(#all), 0
function init() i = math.random(#all) end
function request()
  i = i % #all + 1
  n = n % 379 + 1
  local path = ("{path}"):gsub("{{n}}", 121 + n):gsub("{{id}}", all[i][2])
  return wrk.format("{method}", path, {{["Authorization"]="Bearer " .. all[i][1],{more}}},
    {json.dumps(json.dumps(body)) if body else "nil"})
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
    """(requests a second, p99 in milliseconds)"""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        output = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", file.name, url],
            capture_output=True, text=True, check=True).stdout
    if bad := re.search(r"Non-2xx or 3xx responses: (\d+)", output):
        raise SystemExit(f"{url}: {bad[1]} bad answers")
    value, unit = re.search(r"99% +([\d.]+)(us|ms|s)", output).groups()
    return (float(re.search(r"Requests/sec: +([\d.]+)", output)[1]),
            float(value) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit])


class Result:
    """The rounds of one kind of request."""

    def __init__(self):
        self.rates, self.worst, self.spent = [], [], []

    def add(self, rate, worst, spent):
        self.rates.append(rate)
        self.worst.append(worst)
        self.spent.append({name: 1e6 * seconds / (rate * SECONDS)
                           for name, seconds in spent.items()})

    rate = property(lambda self: statistics.median(self.rates))
    p99 = property(lambda self: statistics.median(self.worst))

    def cpu(self, names=SERVING):
        """Microseconds of CPU a request."""
        return statistics.median(sum(one.get(name, 0) for name in names) for one in self.spent)


def measure(work, rounds=ROUNDS):
    """Each kind of {name: (url, script, programs)} in turn, so many times: {name: Result}."""
    results = {name: Result() for name in work}
    for _ in range(rounds):
        for name, (url, script, programs) in work.items():
            before = cpu(programs)
            rate, worst = wrk(url, script)
            after = cpu(programs)
            results[name].add(rate, worst, {program: after[program] - before.get(program, 0)
                                            for program in after})
    return results


def table(results):
    print(f"{'':26} {'requests/s':>10} {'spread':>13} {'p99 ms':>7} {'CPU us':>7}  of which")
    for name, result in results.items():
        rates = sorted(result.rates)
        parts = {program: result.cpu([program]) for program in result.spent[0]}
        print(f"{name:26} {result.rate:10.0f} {rates[0]:6.0f}-{rates[-1]:<6.0f} "
              f"{result.p99:7.1f} {result.cpu(parts):7.0f}  "
              + " ".join(f"{program} {value:.0f}" for program, value in parts.items() if value > 1),
              flush=True)


def ratio(name, value, target, most=True):
    """A line for programs: `most` says whether the target is an upper bound."""
    good = value <= target if most else value >= target
    print(f"ratio {name} {value:.2f} {'<=' if most else '>='}{target} {'ok' if good else 'short'}",
          flush=True)
