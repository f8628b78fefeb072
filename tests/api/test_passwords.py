"""The programs' passwords in the database are changed while all of it serves: those of before
are good until they are taken away, and no request notices."""

import os
import secrets
import shutil
import subprocess

import pytest
from database import owner, sql
from probe import Probe, sign_up, whole_list
from stack import ROOT, Stack
from waiting import wait_for

PROGRAMS = ["auth", "classic", "health", "todo"]


@pytest.fixture(scope="module")
def stack():
    with Stack() as running:
        yield running


def migrate(stack, program=ROOT / "sql/migrate", **more):
    options, user = owner(stack)
    return subprocess.run(
        [program], check=True, capture_output=True, text=True, **options,
        env=os.environ | {"DB_SOCKET": f"{stack.state}/mysql.sock", "USER": user, "DB_NAME": "allday",
                          "SECRETS": f"{stack.state}/secrets"} | more).stdout


def new_passwords(stack):
    """Those of before."""
    before = {}
    for name in PROGRAMS:
        file = stack.state / f"secrets/db-{name}"
        before[name] = file.read_text().strip()
        file.write_text(secrets.token_hex(24) + "\n")
    return before


def lets_in(stack, name, password):
    return subprocess.run(["mariadb", "--no-defaults", f"--socket={stack.state}/mysql.sock",
                           f"--user=allday_{name}", f"--password={password}", "-e", "SELECT 1", "allday"],
                          capture_output=True).returncode == 0


def rights(stack):
    return sql(stack, "SHOW GRANTS FOR allday_todo@'%'")


def test_rights_are_given_before_more_than_those_are_taken(stack):
    """So that a program that is served has what it needs at any moment."""
    before = rights(stack)
    sql(stack, "GRANT SELECT ON account TO allday_todo@'%'; "
               "GRANT SELECT (hash), INSERT ON credential TO allday_todo@'%'; "
               "REVOKE DELETE ON todo FROM allday_todo@'%'; DELETE FROM schema_grant; "
               f"SET GLOBAL general_log_file = '{stack.state}/mysql.log'; SET GLOBAL general_log = 1")
    try:
        assert migrate(stack).count("gave the rights") == 4
    finally:
        sql(stack, "SET GLOBAL general_log = 0")
    log = (stack.state / "mysql.log").read_text().splitlines()
    taken = sorted(line.partition("REVOKE ")[2] for line in log if "REVOKE " in line)
    assert taken == ["SELECT (`hash`), INSERT ON `allday`.`credential` FROM allday_todo@'%'",
                     "SELECT ON `allday`.`account` FROM allday_todo@'%'"]
    assert rights(stack) == before
    assert migrate(stack) == ""


def test_rights_whose_columns_the_server_names_in_another_order_are_the_same(stack):
    """After its start it does: nothing is taken from who is served then."""
    sql(stack, "FLUSH PRIVILEGES")
    before = rights(stack)
    assert migrate(stack) == ""
    sql(stack, "REVOKE SELECT (account_id) ON session FROM allday_todo@'%'; "
               "GRANT SELECT (account_id) ON session TO allday_todo@'%'")
    assert rights(stack) != before
    assert migrate(stack) == ""


def replace_all(stack):
    for one in stack.instances("api"):
        stack.asg("terminate", one["id"])
        wait_for(lambda: one["id"] not in [each["id"] for each in stack.instances("api")], 60)
        stack.asg("wait")


def test_new_passwords_by_one_command(stack):
    """`make rotate`."""
    before = {name: (stack.state / f"secrets/db-{name}").read_text().strip() for name in PROGRAMS}
    instances = [one["id"] for one in stack.instances("api")]
    url = stack.url("app")
    with Probe(url, sign_up(url)[1]) as probe:
        said = subprocess.run([ROOT / "run/rotate", stack.file], check=True, capture_output=True,
                              text=True).stdout
    assert sorted(said.splitlines()) == [f"{one} is replaced" for one in sorted(instances)]
    assert not probe.failures, str(probe)
    assert not any(lets_in(stack, *pair) for pair in before.items())
    assert not set(instances) & {one["id"] for one in stack.instances("api")}


def test_new_passwords_cost_no_request(stack):
    url = stack.url("app")
    with Probe(url, sign_up(url)[1]) as probe:
        probe.wait_answers(100)
        before = new_passwords(stack)
        said = migrate(stack)
        assert said.count("of before are good too") == 4 and "gave the rights" not in said
        now = {name: (stack.state / f"secrets/db-{name}").read_text().strip() for name in PROGRAMS}
        assert all(lets_in(stack, *pair) for which in (before, now) for pair in which.items())
        probe.wait_answers(200)
        replace_all(stack)
        assert migrate(stack) == ""
        assert migrate(stack, RETIRE="yes").count("took 1 passwords of before") == 4
        probe.wait_answers(200)
    assert not probe.failures, str(probe)
    assert not probe.compare(whole_list(url, probe.token))
    assert all(lets_in(stack, *pair) for pair in now.items())
    assert not any(lets_in(stack, *pair) for pair in before.items())
    assert migrate(stack, RETIRE="yes") == ""


def test_who_was_started_with_one_of_before_makes_new_connections(stack):
    """Twice, before anybody was started again."""
    first = new_passwords(stack)
    migrate(stack)
    second = new_passwords(stack)
    migrate(stack)
    assert all(lets_in(stack, *pair) for which in (first, second) for pair in which.items())
    migrate(stack, RETIRE="yes")
    assert not any(lets_in(stack, *pair) for which in (first, second) for pair in which.items())
    # (Nobody of those that run has the password that is left.)
    for one in stack.instances("api"):
        stack.asg("terminate", one["id"])
    stack.asg("wait")


def test_a_password_that_a_program_made_itself_is_none_of_before(stack):
    password = (stack.state / "secrets/db-todo").read_text().strip()
    subprocess.run(["mariadb", "--no-defaults", f"--socket={stack.state}/mysql.sock", "--user=allday_todo",
                    f"--password={password}", "-e", "SET PASSWORD = PASSWORD('evil')"], check=True)
    assert lets_in(stack, "todo", "evil")
    migrate(stack)
    assert not lets_in(stack, "todo", "evil") and lets_in(stack, "todo", password)


# ---- migrations that take something away

CONTRACT = "-- contract: title_of is of releases before July\nALTER TABLE trial DROP COLUMN title_of"


@pytest.fixture
def migrations(stack):
    """The path of sql/ with three more, which are taken back."""
    copy = stack.state / "sql"
    shutil.copytree(ROOT / "sql", copy)
    for name, text in {"9001_trial.sql": "CREATE TABLE trial (id INT, title_of INT)", "9002_trial.sql": CONTRACT,
                       "9003_trial.sql": "ALTER TABLE trial ADD COLUMN more INT"}.items():
        (copy / "migrations" / name).write_text(text)
    os.system(f"chmod -R a+rX {copy}")
    yield copy
    sql(stack, "DROP TABLE IF EXISTS trial; DELETE FROM schema_migration WHERE version > 9000")
    shutil.rmtree(copy)


def columns(stack):
    return sql(stack, "SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_NAME = 'trial'")


def test_what_takes_away_waits_for_a_word(stack, migrations):
    """And what comes after it, too: nothing is done out of order."""
    for _ in range(2):
        done = migrate(stack, program=migrations / "migrate")
        assert columns(stack) == ["id", "title_of"]
    assert done == ""
    assert migrate(stack, program=migrations / "migrate", CONTRACT="yes") == \
        "applied 9002_trial.sql\napplied 9003_trial.sql\n"
    assert columns(stack) == ["id", "more"]
