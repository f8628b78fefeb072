"""A database that has another address by now is found there by programs that run."""

from client import Client
from stack import Stack
from waiting import wait_for


def test_programs_that_run_find_it(open_directory):
    where = open_directory / "database"
    where.write_text("")  # then it is where it was
    template = {"environment": {"DB_ADDRESS_FILE": str(where)}}
    with Stack(groups={"api": {"launch_template": template}}) as stack:
        stack.asg("suspend", "api", "ReplaceUnhealthy")
        before = [one["id"] for one in stack.instances("api")]
        client = Client(stack)
        where.write_text("127.0.0.1:1\n")
        wait_for(lambda: client.get("/readyz").status == 503, 30)
        where.write_text(f"{stack.state}/mysql.sock\n")
        wait_for(lambda: client.get("/readyz").status == 200, 30)
        assert [one["id"] for one in stack.instances("api")] == before
