"""The programs on their own sockets: FastCGI as nginx never speaks it."""

import contextlib
import json
import os
import pathlib
import random
import signal
import subprocess
import time
import uuid

import pytest

import fastcgi
from database import holding_counter, holding_row, sql, waiting_for_locks
from fastcgi import Connection, begin, pairs, record, request
from probe import Client, sign_up
from stack import Stack
from waiting import pause, wait_for

BODY = json.dumps({"title": "written"}).encode()


@pytest.fixture(scope="module")
def stack():
    with Stack() as stack:
        yield stack


@pytest.fixture(scope="module")
def token(stack):
    return sign_up(stack.url("api"))[1]


@pytest.fixture(scope="module")
def place(stack):
    return stack.instances("api")[0]["directory"]


@pytest.fixture
def values(token):
    """values(method, path, body's length): the parameters nginx would send."""
    def values(method="GET", path="/api/v1/todos", length=""):
        return {"REQUEST_METHOD": method, "REQUEST_URI": path, "SCRIPT_NAME": path,
                "QUERY_STRING": "", "CONTENT_LENGTH": str(length),
                "CONTENT_TYPE": "application/json", "REMOTE_ADDR": "127.0.0.1",
                "REQUEST_ID": str(uuid.uuid4()), "HTTP_AUTHORIZATION": f"Bearer {token}"}
    return values


@pytest.fixture
def ask(place):
    def ask(values, body=b"", pool="todo"):
        with Connection(place / f"{pool}.sock") as connection:
            return connection.ask(values, body)
    return ask


@pytest.fixture
def item():
    return f"/api/v1/todos/{uuid.uuid4()}"


@pytest.fixture
def own_todo(place):
    """A todo program of the test's own, with the settings of the instance's: the
    process and its socket."""
    with copy_of(place) as (child, path):
        yield child, path


@contextlib.contextmanager
def copy_of(place, log=subprocess.DEVNULL, **settings):
    pid, environment = next((pid, env) for pid, env in programs(place)
                            if env["SOCKET"].endswith("/todo.sock"))
    argv = pathlib.Path(f"/proc/{pid}/cmdline").read_text().split("\0")[:-1]
    path = place / f"{uuid.uuid4().hex[:4]}.sock"
    owner = place.stat()
    who = {"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}
    child = subprocess.Popen(argv, cwd=place,
                             env=environment | {"SOCKET": str(path)} | settings, **who,
                             stderr=log)
    try:
        wait_for(lambda: listens(path))
        yield child, path
    finally:
        child.kill()
        child.wait()


def listens(path):
    with contextlib.suppress(OSError), Connection(path):
        return True


def programs(place):
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.readlink(entry / "cwd") == str(place):
                pairs = (entry / "environ").read_text().split("\0")
                environment = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
                if "SOCKET" in environment:
                    yield int(entry.name), environment


def test_a_request_is_answered(ask, values, item):
    assert ask(values("PUT", item, len(BODY)), BODY)[0] == 201
    assert ask(values("GET", item))[0] == 200
    assert ask(values("GET", "/api/v1/account"), pool="auth")[0] == 200


def test_two_requests_on_one_kept_connection(place, values):
    with Connection(place / "todo.sock") as connection:
        first, second = connection.ask(values()), connection.ask(values("GET", "/api/v1/nothing"))
    assert (first[0], second[0]) == (200, 404)


def test_a_connection_that_is_not_kept_is_closed(place, values):
    with Connection(place / "todo.sock") as connection:
        assert connection.ask(values(), keep=False)[0] == 200
        assert connection.socket.recv(1) == b""


@pytest.mark.parametrize("missing", [1, len(BODY) // 2, len(BODY)])
def test_a_body_shorter_than_its_length_writes_nothing(ask, values, item, missing):
    status, said = ask(values("PUT", item, len(BODY)), BODY[missing:])
    assert status == 400 and json.loads(said)["type"] == "urn:allday:bad-request"
    assert ask(values("GET", item))[0] == 404


def test_half_a_body_that_is_whole_json_writes_nothing(ask, values, item):
    assert ask(values("PUT", item, len(BODY) + 10), BODY)[0] == 400
    assert ask(values("GET", item))[0] == 404


def test_of_a_body_longer_than_its_length_only_the_length_counts(ask, values, item):
    status, _ = ask(values("PUT", item, len(BODY)), BODY + b', "note": "smuggled"}')
    assert status in (201, 400)
    assert b"smuggled" not in ask(values("GET", item))[1]


def test_the_rest_of_a_long_body_is_not_the_next_request(place, values, item):
    with Connection(place / "todo.sock") as connection:
        connection.ask(values("PUT", item, len(BODY)), BODY + b" " * 30000)
        with contextlib.suppress(EOFError, ConnectionError):  # or it is closed, as safe
            assert connection.ask(values())[0] == 200


def test_a_body_cut_in_mid_record_writes_nothing(place, ask, values, item):
    with Connection(place / "todo.sock") as connection:
        connection.send(begin() + pairs(values("PUT", item, len(BODY)))
                        + record(fastcgi.STDIN, BODY[:5], length=len(BODY)))
    assert ask(values("GET", item))[0] == 404


def test_a_request_without_parameters_is_refused(place, ask, values):
    with Connection(place / "todo.sock") as connection:
        connection.send(begin() + record(fastcgi.PARAMS) + record(fastcgi.STDIN))
        assert connection.answer()[0] == 400
    assert ask(values())[0] == 200


@pytest.mark.parametrize("pool", ["todo", "auth"])
def test_a_peer_that_leaves_after_the_beginning_is_forgotten(place, ask, values, pool):
    for _ in range(20):
        with Connection(place / f"{pool}.sock") as connection:
            connection.send(begin())
    path = {"todo": "/api/v1/todos", "auth": "/api/v1/account"}[pool]
    assert ask(values("GET", path), pool=pool)[0] == 200


def test_half_a_request_and_silence_does_not_block_the_others(place, ask, values):
    with contextlib.ExitStack() as silent:
        for _ in range(3):  # of 4 threads
            connection = silent.enter_context(Connection(place / "todo.sock"))
            connection.send(begin() + pairs(values("PUT", "/api/v1/todos/x", 10)))
        start = time.monotonic()
        assert all(ask(values())[0] == 200 for _ in range(20))
        assert time.monotonic() - start < 4  # its patience with a silent peer is 5


@contextlib.contextmanager
def peers_that_sent(path, data, count):
    with contextlib.ExitStack() as stack:
        peers = [stack.enter_context(Connection(path)) for _ in range(count)]
        for peer in peers:
            peer.send(data)
        yield peers


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99], ids=["beginning", "parameters", "body"])
def test_half_a_request_holds_no_thread(place, ask, values, item, share):
    """More of them than would be given up while somebody waits."""
    whole = request(values("PUT", item, len(BODY)), BODY)
    size = int(share * len(whole))
    with copy_of(place, THREADS="1") as (child, path), Connection(path) as patient, \
            peers_that_sent(path, whole[:size], 8) as peers:
        assert patient.ask(values())[0] == 200
        assert all(still_open(peer) for peer in peers)
        # The rest of one comes at last, a few bytes at a time.
        for start in range(size, len(whole), 20):
            peers[0].send(whole[start:start + 20])
        assert peers[0].answer()[0] == 201
    assert ask(values("GET", item))[0] == 200


def still_open(connection):
    """It has not been closed, nor been sent anything."""
    connection.socket.setblocking(False)
    try:
        return connection.socket.recv(1) != b""
    except BlockingIOError:
        return True
    finally:
        connection.socket.settimeout(10)


def test_of_too_many_that_send_nothing_the_oldest_goes(own_todo, values):
    """ARRIVAL_MOST of lib/fcgi/arrival.h wait."""
    _, path = own_todo
    with contextlib.ExitStack() as stack:
        silent = [stack.enter_context(Connection(path)) for _ in range(700)]
        assert silent[-1].ask(values())[0] == 200
        assert stack.enter_context(Connection(path)).ask(values())[0] == 200
        wait_for(lambda: not still_open(silent[0]))


def test_a_whole_request_waits_for_a_thread_as_long_as_it_must(own_todo, values):
    """It came at once, to a program that had no time for it: ARRIVAL_S is for those that do
    not come."""
    child, path = own_todo
    with contextlib.ExitStack() as stack:
        patient = [stack.enter_context(Connection(path)) for _ in range(40)]
        assert stack.enter_context(Connection(path)).ask(values())[0] == 200
        pause(child.pid)
        for connection in patient:
            connection.send(request(values()))
        start = time.monotonic()
        wait_for(lambda: time.monotonic() - start > 5.5)
        child.send_signal(signal.SIGCONT)
        assert {connection.answer()[0] for connection in patient} <= {200, 503}


@pytest.mark.parametrize("sent", [
    b"GET / HTTP/1.1\r\n\r\n", begin() + record(fastcgi.STDIN), begin() + begin(),
    record(9), record(fastcgi.PARAMS), begin() + record(fastcgi.PARAMS) + record(3),
    begin() + 10 * record(fastcgi.PARAMS, b"x" * 60000), begin() + record(2)],
    ids=["HTTP", "body first", "two beginnings", "question", "no beginning", "end", "too long",
         "abort"])
def test_what_is_no_request_is_closed(place, ask, values, sent):
    with Connection(place / "todo.sock") as connection:
        # Closed while it is being sent, where it is more than a socket holds.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.send(sent)
        with contextlib.suppress(ConnectionResetError):
            assert connection.socket.recv(1) == b""
    assert ask(values())[0] == 200


def test_who_goes_on_after_the_end_is_not_listened_to(place, values):
    with Connection(place / "todo.sock") as connection:
        assert connection.ask(values(), keep=False)[0] == 200
        with pytest.raises(OSError):
            for _ in range(100):
                connection.send(b"x")
                time.sleep(0.02)


def test_silence_on_every_thread_ends_by_itself(place, ask, values):
    with contextlib.ExitStack() as silent:
        for _ in range(4):
            silent.enter_context(Connection(place / "todo.sock")).send(begin())
        # (What came meanwhile, nginx would have given up.)
        assert ask(values())[0] in (200, 503)
    assert ask(values())[0] == 200


@pytest.mark.parametrize("sent", ["nothing", "its parameters"])
def test_who_sends_byte_by_byte_holds_no_thread_for_long(place, ask, values, sent):
    start = {"nothing": b"",
             "its parameters": begin() + pairs(values("PUT", "/api/v1/todos/x", 60000))}[sent]
    rest = begin() if sent == "nothing" else b""
    rest += record(fastcgi.PARAMS if sent != "its parameters" else fastcgi.STDIN, b"x" * 60000)
    with contextlib.ExitStack() as open_now:
        peers = [open_now.enter_context(Connection(place / "todo.sock")) for _ in range(6)]
        for peer in peers:
            peer.send(start)
        for byte in rest[:200]:
            still = []
            for peer in peers:
                with contextlib.suppress(OSError):
                    peer.send(bytes([byte]))
                    still.append(peer)
            peers = still
            if not peers:
                break
            time.sleep(0.1)
        assert not peers, f"{len(peers)} of 6 were waited for to the end"
    assert ask(values())[0] == 200


def test_what_its_sender_gave_up_is_not_done_later(own_todo, ask, values, item):
    """The balancer has sent it to another instance meanwhile, and perhaps a newer one."""
    child, path = own_todo
    pause(child.pid)
    with Connection(path) as connection:
        connection.send(request(values("PUT", item, len(BODY)), BODY))
    child.send_signal(signal.SIGCONT)
    with Connection(path) as connection:
        assert connection.ask(values())[0] == 200
    child.send_signal(signal.SIGTERM)
    child.wait(10)  # it ends when it has finished all that it has
    assert ask(values("GET", item))[0] == 404


@pytest.mark.parametrize("kept", [True, False])
def test_what_was_given_up_while_it_waited_behind_another_is_not_done(
        stack, place, ask, values, kept):
    """On a kept connection it was read already: the only thread waits for a lock that the one
    before it wants."""
    first, second = (f"/api/v1/todos/{uuid.uuid4()}" for _ in range(2))
    account = json.loads(ask(values("GET", "/api/v1/account"), pool="auth")[1])["id"]
    with copy_of(place, THREADS="1") as (child, path), Connection(path) as patient, \
            Connection(path) as gone:
        if kept:
            assert [patient.ask(values())[0], gone.ask(values())[0]] == [200, 200]
        pause(child.pid)
        patient.send(request(values("PUT", first, len(BODY)), BODY))
        gone.send(request(values("PUT", second, len(BODY)), BODY))
        with holding_counter(stack, account):
            child.send_signal(signal.SIGCONT)
            wait_for(lambda: waiting_for_locks(stack))
            gone.socket.close()
            # Above the program's patience, below that of its transactions.
            start = time.monotonic()
            wait_for(lambda: time.monotonic() - start > 1.5)
        assert patient.answer()[0] == 201
        child.send_signal(signal.SIGTERM)
        child.wait(10)
    assert ask(values("GET", first))[0] == 200
    assert ask(values("GET", second))[0] == 404


def test_the_time_of_many_items_counts_from_when_the_request_was_taken(stack, place, values, ask):
    """It waits behind another, then for one of its items: by then its time is nearly over."""
    token = sign_up(stack.url("api"))[1]
    mine = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
    busy, own = (json.loads(ask(values("GET", "/api/v1/account") | each, pool="auth")[1])["id"]
                 for each in ({}, mine))
    own = f"UNHEX('{own.replace('-', '')}')"
    with copy_of(place, THREADS="1") as (child, path):
        for _ in range(5):  # on a slow machine it may be over altogether, or taken alone
            sql(stack, f"DELETE FROM todo WHERE account_id = {own}; INSERT INTO todo (account_id,"
                       " id, title, note, done, position, created, updated, seq, writer) SELECT"
                       f" {own}, UNHEX(LPAD(HEX(seq), 32, '0')), 't', '', 1, LPAD(seq, 4, 'b'),"
                       " UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), seq, '' FROM seq_1_to_200;"
                       f" UPDATE change_counter SET seq = 200 WHERE account_id = {own}")
            status, said = late_clearing(stack, child, path, values, busy, own, mine)
            if status == 200 and "more" in json.loads(said):
                break
    assert status == 200 and json.loads(said)["more"] is True


def late_clearing(stack, child, path, values, busy, own, mine):
    item = f"/api/v1/todos/{uuid.uuid4()}"
    with Connection(path) as first, Connection(path) as second:
        pause(child.pid)
        first.send(request(values("PUT", item, len(BODY)), BODY))
        second.send(request(values("POST", "/api/v1/todos/clear-completed") | mine))
        with holding_row(stack, f"todo WHERE account_id = {own} AND title = 't'"
                                " AND id = UNHEX(LPAD(HEX(60), 32, '0'))"):
            with holding_counter(stack, busy):
                child.send_signal(signal.SIGCONT)
                start = time.monotonic()
                wait_for(lambda: time.monotonic() - start > 0.9)
            wait_for(lambda: time.monotonic() - start > 1.6)
        return second.answer()


def test_requests_that_waited_together_get_each_its_own_answer(stack, own_todo, ask, values):
    """They are read together, and what their lists are now is asked for together."""
    child, path = own_todo
    people = [sign_up(stack.url("api"))[1] for _ in range(5)]

    def mine(token, *what, **more):
        return values(*what) | {"HTTP_AUTHORIZATION": f"Bearer {token}"} | more
    lists = {}
    for number, token in enumerate(people):
        for _ in range(number + 1):
            ask(mine(token, "PUT", f"/api/v1/todos/{uuid.uuid4()}", len(BODY)), BODY)
        lists[token] = ask(mine(token))[1]
    with contextlib.ExitStack() as open_ones:
        kept = [open_ones.enter_context(Connection(path)) for _ in range(17)]
        assert all(connection.ask(values())[0] == 200 for connection in kept)
        connections = iter(kept)
        pause(child.pid)

        def send(asked):
            connection = next(connections)
            connection.send(request(asked))
            return connection
        expected = []
        for token, whole in lists.items():
            now = f'W/"{json.loads(whole)["seq"]}"'
            expected += [
                (send(mine(token, HTTP_IF_NONE_MATCH=now)), 304, b""),
                (send(mine(token, HTTP_IF_NONE_MATCH='W/"0"')), 200, whole),
                (send(mine(token, "GET", "/api/v1/changes", HTTP_IF_NONE_MATCH=now)), 304, b"")]
        expected += [(send(mine("nobody's", HTTP_IF_NONE_MATCH=now)), 401, None),
                     (send(mine(token, "GET", "/api/v1/todos/x")), 404, None)]
        child.send_signal(signal.SIGCONT)
        for connection, status, body in expected:
            answer = connection.answer()
            assert answer[0] == status and body in (None, answer[1])


def test_idle_kept_connections_cost_nothing(place, ask, values):
    with contextlib.ExitStack() as idle:
        for _ in range(64):
            connection = idle.enter_context(Connection(place / "todo.sock"))
            assert connection.ask(values())[0] == 200
        start = time.monotonic()
        assert all(ask(values())[0] == 200 for _ in range(20))
        assert time.monotonic() - start < 4  # its patience with a silent peer is 5
        assert connection.ask(values())[0] == 200


@pytest.mark.parametrize("length", ["abc", "-5", "+5", " 5", "5 ", "0x10", "5.0", "5abc",
                                    "65537", "4294967300", "99999999999999999999"])
def test_a_wrong_length_is_refused(ask, values, item, length):
    status, _ = ask(values("PUT", item, length), BODY)
    assert status in ((413,) if length[:2] in ("65", "42", "99") else (400,))
    assert ask(values("GET", item))[0] == 404


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_request_in_hand_is_finished_before_the_end(own_todo, ask, values, item, number):
    child, path = own_todo
    with Connection(path) as connection:
        whole = request(values("PUT", item, len(BODY)), BODY)
        connection.send(whole[:-20])
        wait_for(lambda: watched(child.pid))
        child.send_signal(number)
        connection.send(whole[-20:])
        assert connection.answer()[0] == 201
    assert child.wait(3) == 0 and not path.exists()
    assert ask(values("GET", item))[0] == 200


def watched(pid):
    """Has it looked at a part of a request, for whose rest it waits in another epoll set?"""
    sets = [file.read_text() for file in pathlib.Path(f"/proc/{pid}/fdinfo").iterdir()]
    waited_for = [line.split()[1] for text in sets for line in text.splitlines()
                  if line.startswith("tfd:")]
    return len(waited_for) > len(set(waited_for))


def test_an_idle_program_ends_at_once(own_todo, values):
    child, path = own_todo
    with Connection(path) as kept:
        assert kept.ask(values())[0] == 200
        child.terminate()
        assert child.wait(3) == 0


def test_a_kept_connection_is_served_while_draining_or_closed(own_todo, values):
    child, path = own_todo
    with Connection(path) as kept:
        kept.ask(values())
        child.terminate()
        with contextlib.suppress(EOFError, ConnectionError):
            kept.send(request(values()))
            assert kept.answer()[0] == 200
    assert child.wait(3) == 0


@pytest.mark.parametrize("pool", ["todo", "auth"])
def test_garbage_leaves_the_program_alive(place, ask, values, pool):
    dice = random.Random(20261123)
    path = f"/api/v1/todos/{uuid.UUID(int=dice.getrandbits(128))}"
    whole = request(values("PUT", path, len(BODY)), BODY)
    before = {pid for pid, _ in programs(place)}
    for turn in range(200):
        data = bytearray(whole if turn % 2 else dice.randbytes(dice.randrange(1, 400)))
        for _ in range(dice.randrange(1, 5)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        with Connection(place / f"{pool}.sock") as connection, contextlib.suppress(OSError):
            connection.send(data)
    path = {"todo": "/api/v1/todos", "auth": "/api/v1/account"}[pool]
    assert ask(values("GET", path), pool=pool)[0] == 200
    assert {pid for pid, _ in programs(place)} == before


def test_a_failure_is_logged_as_text_with_the_request_id(place, values, tmp_path):
    asked = values("GET", "/api/v1/todos/\udcff\u20ac\n\x1b[31m")
    with open(tmp_path / "log", "w") as log, \
            copy_of(place, log, DB_ADDRESS="/nowhere") as (_, path), Connection(path) as connection:
        assert connection.ask(asked)[0] == 503
    lines = (tmp_path / "log").read_text("ascii").splitlines()
    assert [f"request_id={asked['REQUEST_ID']} " in line for line in lines if "level=error" in line] \
        == [True]
    assert "\x1b" not in "".join(lines)


def test_a_request_is_logged_once_with_the_balancers_id(stack, token, item):
    _, headers, _ = Client(stack.url("app"), token).call("PUT", item, {"title": "logged"})

    def lines():
        logs = [instance["directory"] / "console.log" for instance in stack.instances("api")]
        text = "".join(log.read_text(errors="replace") for log in logs)
        return [line for line in text.splitlines() if f"request_id={headers['X-Request-ID']}" in line]
    wait_for(lambda: len(lines()) == 1)


# ---- the same request again, as a balancer sends it when an answer was lost


def test_a_replayed_write_is_answered_and_not_done_again(ask, values, item):
    made = values("PUT", item, len(BODY))
    first = ask(made, BODY)
    assert first[0] == 201 and ask(made, BODY) == first
    body = b'{"note":"n"}'
    changed = values("PATCH", item, len(body)) | {
        "HTTP_IF_MATCH": f'"{json.loads(first[1])["seq"]}"'}
    second = ask(changed, body)
    # Of another request the condition would have failed: the item has moved.
    assert second[0] == 200 and ask(changed, body) == second
    assert ask(changed | {"REQUEST_ID": str(uuid.uuid4())}, body)[0] == 412
    gone = values("DELETE", item) | {"HTTP_IF_MATCH": f'"{json.loads(second[1])["seq"]}"'}
    assert [ask(gone)[0], ask(gone)[0]] == [204, 204]


def test_a_replayed_clearing_tells_the_same_items(ask, values, item):
    body = b'{"title":"done","done":true}'
    ask(values("PUT", item, len(body)), body)
    clearing = values("POST", "/api/v1/todos/clear-completed")
    first = ask(clearing)
    assert first[0] == 200 and item.endswith(json.loads(first[1])["items"][0])
    assert ask(clearing) == first


def test_a_replayed_sign_up_is_the_same_account(ask, values):
    body = json.dumps({"login": uuid.uuid4().hex, "password": "correct horse"}).encode()
    wanted = values("POST", "/api/v1/accounts", len(body))
    answers = [ask(wanted, body, pool="login") for _ in range(2)]
    assert [status for status, _ in answers] == [201, 201]
    assert len({json.loads(said)["account"]["id"] for _, said in answers}) == 1
    assert ask(wanted | {"REQUEST_ID": str(uuid.uuid4())}, body, pool="login")[0] == 409
