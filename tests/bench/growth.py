"""How cost grows: with the items in the table, with those in a list, with the instances; and
what one instance needs: memory of its programs, time until it answers."""

import json
import os
import pathlib
import re
import secrets
import statistics
import subprocess
import time
import urllib.request

import chain
from chain import SERVING, lua, measure, ratio, spread, table, told
from lists import CHANGING, LIST
from stack import ROOT, Stack

TABLE = (100, 1_000, 10_000, 100_000, 1_000_000)  # items in it
LENGTHS = (1, 10, 100, 1_000, 10_000)             # items in a list
INSTANCES = (1, 2, 4, 8, 16)
MEASURED = 50  # accounts, of 20 items each
STARTS = 10
SECONDS, PAIRS = 2, 4
ENTIRE = "/api/v1/todos?limit=500"


def fill(stack, accounts):
    """So many more accounts, of 20 items each, that nobody asks for."""
    chain.sql(stack, f"""
        SET @run = UUID();
        CREATE TEMPORARY TABLE owner (id BINARY(16)) SELECT UNHEX(MD5(CONCAT(@run, seq))) id
            FROM seq_1_to_{accounts};
        INSERT INTO account SELECT id, UNHEX(SHA2(id, 256)), CONCAT('fill-', HEX(id)), NULL,
            UTC_TIMESTAMP(6), id FROM owner;
        INSERT INTO change_counter (account_id, seq) SELECT id, 20 FROM owner;
        INSERT INTO todo (account_id, position, id, title, note, done, created, updated, seq, writer)
            SELECT id, CONCAT('b', LPAD(seq, 5, '0'), 'V'), UNHEX(MD5(CONCAT(HEX(id), seq))),
                CONCAT('item ', seq, ' of a list'), '', seq % 2, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6),
                seq, id FROM owner JOIN seq_1_to_20;
        ANALYZE TABLE todo, session, change_counter;""")


def in_the_table():
    """Beside a table of 1,000, in turn: what the machine does meanwhile befalls both."""
    results, growth = {}, {}
    with Stack(balancer=chain.LIMITS) as small, Stack(balancer=chain.LIMITS) as stack:
        few = small.url("app"), lua(chain.seed(small, MEASURED), CHANGING), SERVING
        accounts, have = [], 0
        for items in TABLE:
            while have < items:
                more = items // 20 - have // 20
                if len(accounts) < MEASURED:
                    more = min(more, MEASURED - len(accounts))
                    accounts += chain.seed(stack, more)
                else:
                    fill(stack, more)
                have += 20 * more
            many = stack.url("app"), lua(accounts, CHANGING), SERVING
            both = measure({"few": few, "many": many}, PAIRS, seconds=SECONDS)
            results[f"list of 20 of {items:,}"] = both["many"]
            growth[items] = both["many"].cpu() / both["few"].cpu()
    table(results)
    told("CPU of it, of that with 1,000",
         ", ".join(f"{items:,}: {value:.2f}" for items, value in growth.items()))
    ratio("growth", growth[TABLE[-1]], 1.2)


def pages_of(stack, token):
    """The addresses of the whole list, page by page."""
    paths, cursor = [], ""
    while cursor is not None:
        paths.append(ENTIRE + cursor)
        answer = chain.call(stack, "GET", paths[-1], token=token)
        cursor = answer["next"] and f"&cursor={answer['next']}"
    return paths


def in_a_list():
    """A first page (of long lists: 122 to 500 items), and all pages of the longest ones."""
    with Stack(balancer=chain.LIMITS) as stack:
        work = {}
        for items in LENGTHS:
            accounts = chain.seed(stack, 2, items)
            work[f"first page of {items:,}"] = (stack.url("app"), lua(accounts, CHANGING), SERVING)
            if items >= 1_000:
                paths = pages_of(stack, accounts[0][0])
                work[f"pages of {items:,}, {len(paths)} in all"] = (
                    stack.url("app"), lua(accounts[:1], " ".join(paths)), SERVING)
        table(measure(work, seconds=SECONDS))


def private_mb(pid):
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(map(int, re.findall(r"^Private_\w+: +(\d+) kB", text, re.M))) / 1024


def memory(stack):
    """Of each FastCGI program of an instance, after the load."""
    worst = 0
    for pid, line in stack.processes(stack.instances("api")[0]["directory"]).items():
        name = pathlib.Path(line.split()[0]).name
        if name not in ("auth", "todo", "classic", "health"):
            continue
        variables = pathlib.Path(f"/proc/{pid}/environ").read_text()
        pool = pathlib.Path(re.search(r"SOCKET=([^\0]+)", variables)[1]).stem
        value = private_mb(pid)
        told(f"private memory of {name}, pool {pool}", f"{value:.1f} MB")
        worst = max(worst, value if pool != "login" else 0)
    ratio("worker-memory", worst, 4)


def launch(stack, environment):
    """Seconds from the start of the provider to the first 200 of a new instance."""
    ident = f"i-{secrets.token_hex(4)}"
    owner = stack.state.stat()
    who = {"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}
    provider = ROOT / "asg/providers/process"
    start = time.monotonic()
    done = subprocess.run([provider, "launch", "api", "a", ident], env=environment, check=True,
                          capture_output=True, text=True, **who)
    about = json.loads(done.stdout)
    with urllib.request.urlopen("http://{address}:{port}/healthz".format(**about)) as answer:
        assert answer.status == 200
    seconds = time.monotonic() - start
    subprocess.run([provider, "terminate", ident], env=environment, check=True, **who)
    return seconds


def workers():
    with Stack(balancer=chain.LIMITS | {"slots": 40}, groups={"api": {"max": INSTANCES[-1] + 4}}) as stack:
        accounts = chain.seed(stack)
        url, results = stack.url("app"), {}
        for number in INSTANCES:
            stack.asg("set-desired", "api", number)
            stack.asg("wait", "--for", 60)
            results |= measure({f"list, {number} instances":
                                (url, lua(accounts, f"{CHANGING} {LIST}"), SERVING)}, seconds=SECONDS)
        table(results)
        memory(stack)
        lines = (stack.state / "asg.env").read_text().splitlines()
        environment = os.environ | dict(line.split("=", 1) for line in lines) | {"KIND": "api", "THREADS": ""}
        times = [launch(stack, environment) for _ in range(STARTS)]
    told("start of an instance to its first answer", spread(times, "s"))
    ratio("start", statistics.median(times), 0.15)


PARTS = {"table": in_the_table, "length": in_a_list, "instances": workers}
