"""Lists and writes: what the database alone can do, ours, and what others do with it."""

import hashlib
import subprocess
import tempfile

import chain
from chain import SERVING, lua, measure, ratio, table
from peers import Peers, fpm_names
from stack import ROOT, Stack

LIST = "/api/v1/todos"
# A page of a length that was not asked for just before: nothing kept can answer it, as if
# the list had changed since.
CHANGING = LIST + "?limit={n}"
PUT = {"method": "PUT", "path": LIST + "/{id}", "body": {"title": "written again"},
       "headers": [("Content-Type", "application/json")]}


def limit(stack, accounts):
    """The same query alone, four connections: (queries a second, CPU of mariadbd each)."""
    results = []
    with tempfile.NamedTemporaryFile("w") as file:
        file.writelines(hashlib.sha256(token.encode()).hexdigest() + "\n" for token, _ in accounts)
        file.flush()
        for _ in range(chain.ROUNDS):
            before = chain.cpu(["mariadbd"], stack.directory)["mariadbd"]
            rate = float(subprocess.run(
                [ROOT / "build/bench/limit", f"{stack.state}/mysql.sock", "root",
                 ROOT / "tests/bench/peers/list.sql", file.name, "4", str(chain.SECONDS)],
                capture_output=True, text=True, check=True).stdout)
            used = chain.cpu(["mariadbd"], stack.directory)["mariadbd"] - before
            results.append((rate, 1e6 * used / (rate * chain.SECONDS)))
    results.sort(key=lambda one: one[1])
    print(f"the query alone: {results[1][0]:.0f} a second, CPU of mariadbd "
          f"{results[0][1]:.1f} {results[1][1]:.1f} {results[2][1]:.1f} us", flush=True)
    return results[1]


def ours(stack, accounts, version):
    url = stack.url("app")
    nginx = "http://{address}:{port}".format(**stack.instances("api")[0])
    match = [("If-None-Match", f'W/\\"{version}\\"')]
    return {
        "ours: list, changing": (url, lua(accounts, CHANGING), SERVING),
        "ours: list, unchanged": (url, lua(accounts, LIST), SERVING),
        "ours: list, 304": (url, lua(accounts, LIST, headers=match), SERVING),
        "ours: changes, none": (url, lua(accounts, f"/api/v1/changes?since={version}",
                                         headers=match), SERVING),
        "ours: list, no HAProxy": (nginx, lua(accounts, CHANGING), SERVING),
    }


def others(peers, accounts):
    php, node = (*SERVING, *fpm_names()), (*SERVING, "node")
    urls = {"php": (peers.php(), php), "node": (peers.node(), node),
            "node, cluster of 2": (peers.node(2), node), "flask": (peers.python(),
                                                                  (*SERVING, "gunicorn"))}
    kept = peers.node(keep=True)
    lists = {f"{name}: list, changing": (url, lua(accounts, LIST), programs)
             for name, (url, programs) in urls.items()}
    lists["node: list, unchanged"] = (kept, lua(accounts, LIST), node)
    writes = {f"{name}: PUT": (urls[name][0], lua(accounts, **PUT), urls[name][1])
              for name in ("php", "node")}
    return lists, writes


def lists():
    with Stack() as stack, Peers(stack) as peers:
        accounts = chain.seed(stack)
        alone = limit(stack, accounts)[1]
        reads, writes = others(peers, accounts)
        results = measure(ours(stack, accounts, chain.ITEMS) | reads)
        results |= measure({"ours: PUT": (stack.url("app"), lua(accounts, **PUT), SERVING)} | writes)
        table(results)
    report(results, alone)


def report(results, alone):
    def against(mine, *theirs):
        return results[mine].rate / max(results[name].rate for name in theirs)

    changing, unchanged = "ours: list, changing", "ours: list, unchanged"
    node = "node: list, changing", "node, cluster of 2: list, changing"
    ratio("list-cpu", results[changing].cpu() / alone, 3.0)
    ratio("list-cpu-unchanged", results[unchanged].cpu() / alone, 2.0)
    ratio("list-vs-php", against(changing, "php: list, changing"), 2.2, most=False)
    ratio("list-vs-node", against(changing, *node), 1.6, most=False)
    ratio("list-unchanged-vs-node", against(unchanged, "node: list, unchanged"), 2.5, most=False)
    ratio("put-vs-php", against("ours: PUT", "php: PUT"), 1.3, most=False)
    ratio("put-vs-node", against("ours: PUT", "node: PUT"), 1.3, most=False)


PARTS = {"lists": lists}
