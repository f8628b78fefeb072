"""Lists, writes and pages: what the database alone can do, ours, and what others do with it."""

import hashlib
import re
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
# The version of a list that was seeded: the client has it.
KNOWN = [("If-None-Match", f'W/\\"{chain.ITEMS}\\"')]
TYPED = [("Content-Type", "application/json")]
PUT = {"method": "PUT", "path": LIST + "/{id}", "body": {"title": "written again"},
       "headers": TYPED}
PATCH = PUT | {"method": "PATCH"}
PUT_NEW = PUT | {"path": LIST + "/{new}"}
POST = PUT | {"method": "POST", "path": LIST}


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


def ours(stack, accounts):
    url = stack.url("app")
    nginx = "http://{address}:{port}".format(**stack.instances("api")[0])
    return {
        "ours: list, changing": (url, lua(accounts, CHANGING), SERVING),
        "ours: list, unchanged": (url, lua(accounts, LIST), SERVING),
        "ours: list, 304": (url, lua(accounts, LIST, headers=KNOWN), SERVING),
        "ours: changes, none": (url, lua(accounts, f"/api/v1/changes?since={chain.ITEMS}",
                                         headers=KNOWN), SERVING),
        "ours: list, no HAProxy": (nginx, lua(accounts, CHANGING), SERVING),
    }


def others(peers):
    """{who: (url, programs)}"""
    php, node = (*SERVING, *fpm_names()), (*SERVING, "node")
    return {"php": (peers.php(), php), "node": (peers.node(), node),
            "node, cluster of 2": (peers.node(2), node),
            "flask": (peers.python(), (*SERVING, "gunicorn"))}


def against(results, mine, *theirs):
    return results[mine].rate / max(results[name].rate for name in theirs)


def compare_lists():
    with Stack(balancer=chain.LIMITS) as stack, Peers(stack) as peers:
        accounts = chain.seed(stack)
        alone = limit(stack, accounts)[1]
        work = ours(stack, accounts)
        work |= {f"{name}: list, changing": (url, lua(accounts, LIST), programs)
                 for name, (url, programs) in others(peers).items()}
        keeping, node = peers.node(keep=True), (*SERVING, "node")
        work["node: list, unchanged"] = keeping, lua(accounts, LIST), node
        work["node: list, 304"] = keeping, lua(accounts, LIST, headers=KNOWN), node
        results = measure(work)
    table(results, "list")
    changing = "ours: list, changing"
    ratio("list-cpu", results[changing].cpu() / alone, 3.0)
    # What the client has, it says: so does the app.
    ratio("list-cpu-unchanged", results["ours: list, 304"].cpu() / alone, 2.0)
    ratio("list-vs-php", against(results, changing, "php: list, changing"), 2.2, most=False)
    ratio("list-vs-node", against(results, changing, "node: list, changing",
                                  "node, cluster of 2: list, changing"), 1.6, most=False)
    ratio("list-unchanged-vs-node", against(results, "ours: list, 304", "node: list, 304"), 2.5,
          most=False)


def compare_writes():
    with Stack(balancer=chain.LIMITS) as stack, Peers(stack) as peers:
        accounts = chain.seed(stack)
        url, theirs = stack.url("app"), others(peers)
        work = {f"ours: {name}": (url, lua(accounts, **what), SERVING) for name, what in
                {"PUT": PUT, "PATCH": PATCH, "PUT, new": PUT_NEW, "POST": POST}.items()}
        work |= {f"{name}: PUT": (theirs[name][0], lua(accounts, **PUT), theirs[name][1])
                 for name in ("php", "node", "node, cluster of 2")}
        results = measure(work)
    table(results)
    ratio("put-vs-php", against(results, "ours: PUT", "php: PUT"), 1.3, most=False)
    ratio("put-vs-node", against(results, "ours: PUT", "node: PUT", "node, cluster of 2: PUT"), 1.3,
          most=False)


def files_of_the_page():
    """What a browser asks for at its first visit."""
    text = (ROOT / "www/dist/index.html").read_text()
    return ["/", *re.findall(r'(?:src|href)="(/[^"]+)"', text)]


def pages():
    """A page is all its files; a request is one of them. Log-ins are limited by the hash."""
    with Stack(balancer=chain.LIMITS) as stack:
        accounts = chain.seed(stack, accounts=1)
        files = files_of_the_page()
        gzip = [("Accept-Encoding", "gzip, br")]
        web = "http://{address}:{port}".format(**stack.instances("web")[0])
        login = {"login": "bench@example.org", "password": "correct horse"}
        chain.call(stack, "POST", "/api/v1/accounts", login)
        script = lua(accounts, " ".join(files), headers=gzip)
        results = measure({f"page of {len(files)} files": (stack.url("app"), script, SERVING),
                           "the same, no HAProxy": (web, script, SERVING)})
        # Last, and few at once: whoever is not answered in a round is hashed in the next one.
        results |= measure({"log-in": (stack.url("app"), lua(accounts, "/api/v1/sessions", "POST",
                                                             login, TYPED), SERVING)}, connections=4)
    table(results)
    chain.told("pages a second", f"{results[f'page of {len(files)} files'].rate / len(files):.0f}")


PARTS = {"list": compare_lists, "write": compare_writes, "page": pages}
