"""The seven steps of the blog's reader, each seen where it happens.

    for title, evidence in walk(cloud):
        for line in evidence: …

Nothing is known to the client but the DNS server's addresses; it trusts the DS record of
the domain and the environment's CA. What is not as it should be raises AssertionError.
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import textwrap

import look

CLIENT = ("runuser -u allday-database -- "
          "mariadb --socket=/run/database/mysqld.sock --batch --skip-column-names")
BROWSE = pathlib.Path(__file__).parent / "browse.mjs"


@contextlib.contextmanager
def scratch():
    """A directory below /tmp: a home for Chromium."""
    place = pathlib.Path(tempfile.mkdtemp(prefix="allday-", dir="/tmp"))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


class Walk:
    def __init__(self, cloud, place):
        self.cloud, self.place = cloud, place
        self.about = look.facts(cloud)
        self.did = {}

    # ---- 1

    def resolve(self, name):
        """{DNS server's address: [addresses it gave]}, each validated from the DS record."""
        return {server: look.resolved(self.cloud, server, name) for server in self.cloud.dns}

    def type_the_name(self):
        for server, addresses in self.resolve(f"app.{self.cloud.domain}").items():
            zone, machine = look.listener(self.about, server, 53)
            yield f"{machine} (zone {zone}, {server}) answers {', '.join(addresses)}"
        yield f"its signature is good: {look.delegation(self.cloud)[:48]}…"

    # ---- 2 to 5: the browser

    def browse(self):
        trust(self.place, self.cloud.ca)
        said = self.cloud.client(
            ["env", f"HOME={self.place}", f"BASE_URL=https://app.{self.cloud.domain}",
             f"PATH={os.environ['PATH']}", "node", BROWSE])
        self.did = {each["did"]: each for each in map(json.loads, said.splitlines())}

    def balancer(self, answer):
        where = answer["server"]
        zone, machine = look.listener(self.about, where["ipAddress"], where["port"])
        return f"{machine} (zone {zone}, {where['ipAddress']})"

    def instance(self, group, answer):
        one, line = look.whose_log(self.cloud, group, answer["request"])
        assert f'path="{answer["path"]}' in line, line
        return f"{one['id']} of {group} ({one['address']}, zone {one['zone']})"

    def pick_a_frontend(self):
        self.browse()
        load = self.did["load"]
        yield f"{self.balancer(load)} took the connection"
        yield f"and picked {self.instance('web', load)}, which logged request {load['request']}"

    def return_the_app(self):
        load = self.did["load"]
        assert load["status"] == 200 and load["title"] == "Allday", load
        assert load["protocol"] == "h2", load["protocol"]
        yield f"Chromium runs it: “{load['title']}”, {load['tls']['protocol']}, HTTP/2"
        yield f"the certificate is {load['tls']['subjectName']}'s, of {load['tls']['issuer']}"

    def show_the_list(self):
        show = self.did["show"]
        assert show["status"] == 200 and show["titles"], show
        yield f"{len(show['titles'])} items: {', '.join(show['titles'])}"
        yield f"from {self.instance('api', show)}"

    def log_in(self):
        enter, keep = self.did["enter"], self.did["keep"]
        assert enter["status"] == 201 and keep["titles"][-1] == "buy milk", (enter, keep)
        yield f"as {enter['login']}; “{keep['titles'][-1]}”, added, is there after a reload"

    # ---- 6 and 7

    def hand_over(self):
        enter = self.did["enter"]
        yield f"{self.balancer(enter)} handed id and password to {self.instance('api', enter)}"
        self.session = self.ask_backend(enter)
        yield (f"{self.balancer(self.session)}, asked as api.{self.cloud.domain}, to "
               f"{self.instance('api', self.session)}")

    def ask_backend(self, enter):
        """The same log-in, at the backend balancer's own name."""
        said = self.cloud.client([
            "curl", "-sS", "--cacert", self.cloud.ca, "-D", "-", "-o", "/dev/null",
            "-w", "remote %{remote_ip} %{remote_port} %{http_code}\n",
            "-H", "Content-Type: application/json",
            "-d", json.dumps({"login": enter["login"], "password": enter["password"]}),
            f"https://api.{self.cloud.domain}/api/v1/sessions"])
        _, address, port, status = said[said.index("remote "):].split()
        assert status == "201", said
        return {"path": "/api/v1/sessions", "request": re.search(
            r"^x-request-id: (\S+)", said, re.M | re.I)[1],
            "server": {"ipAddress": address, "port": int(port)}}

    def talk_to_mysql(self):
        zone, name = look.pet(self.cloud, "database")
        with general_log(self.cloud, zone, name) as log:
            session = self.ask_backend(self.did["enter"])
            lines = log()
        here = look.whose_log(self.cloud, "api", session["request"])[0]
        who = f"allday_auth[allday_auth] @  [{here['address']}]"
        wanted = [query for asked_by, query in lines if asked_by == who]
        for text in ("SELECT id, login", "SELECT hash FROM credential", "INSERT INTO session"):
            assert any(query.startswith(text) for query in wanted), lines
        yield f"{here['id']} ({here['address']}) served request {session['request']}, and asked"
        yield f"{name} (zone {zone}) in that moment, as its user allday_auth:"
        yield from (f"  {textwrap.shorten(query, 90)}" for query in wanted)


@contextlib.contextmanager
def general_log(cloud, zone, name):
    """What the server is asked, as [(user and address, statement)], for so long."""
    def sql(text):
        return look.inside(cloud, zone, name, f"{CLIENT} -e '{text}'")
    sql("SET GLOBAL log_output = \"TABLE\"; TRUNCATE mysql.general_log; SET GLOBAL general_log = 1")
    try:
        # (A digest among the values may be anything, an end of a line too.)
        yield lambda: [line.split("\t") for line in sql(
            "SELECT user_host, REGEXP_REPLACE(argument, \"[^ -~]\", \"?\") FROM mysql.general_log "
            "WHERE command_type = \"Execute\"").splitlines()]
    finally:
        sql("SET GLOBAL general_log = 0; SET GLOBAL log_output = \"FILE\"; "
            "TRUNCATE mysql.general_log")


def trust(home, ca):
    """The CA, in Chromium's own store of a home."""
    store = home / ".pki/nssdb"
    store.mkdir(parents=True)
    for words in (["-N", "--empty-password"], ["-A", "-t", "C,,", "-n", "allday", "-i", str(ca)]):
        subprocess.run(["certutil", "-d", f"sql:{store}", *words], check=True)


STEPS = {
    "type app.{domain}": Walk.type_the_name,
    "the frontend balancer picks a frontend instance": Walk.pick_a_frontend,
    "it returns the React app": Walk.return_the_app,
    "the list shows": Walk.show_the_list,
    "log in": Walk.log_in,
    "the backend balancer hands id and password to a backend instance": Walk.hand_over,
    "it talks to MySQL": Walk.talk_to_mysql,
}


def walk(cloud):
    """(title, evidence) of each step, in order; it is walked as its evidence is read."""
    with scratch() as place:
        one = Walk(cloud, place)
        for title, step in STEPS.items():
            yield title.format(domain=cloud.domain), step(one)
