"""The attacks by name, in the order in which they run."""

import dataclasses
import typing

import floods
import inside
import reading
import sockets
from service import ESCAPED, LARGEST, PLAIN


@dataclasses.dataclass(frozen=True)
class Attack:
    """attack(target, over): until over; a sentence on what it did, and whether a promise of
    its own was kept, or None. target: url, urls (of both balancers), port, source, and of the
    account token, login, password; sockets, database, login_rate.
    """
    what: str
    attack: typing.Callable
    account: tuple = ("attacker", (0, "''"))    # its name, and what is in its list
    seconds: int = 15
    tls: bool = False
    away: bool = False          # lists cannot be had: an honest 503 in time is no failure
    meanwhile: typing.Callable | None = None    # done by the operator when half of it is over


ATTACKS = {
    "classic-list": Attack("8 readers of GET /todo, 9,990 notes of 40 kB",
                           reading.lists("/todo"), ("largest", LARGEST)),
    "escaped": Attack("8 readers of a page of 500 notes of 10,000 <",
                      reading.lists("/api/v1/todos?limit=500"), ("escaped", ESCAPED), 10),
    "expect": Attack("8 readers of 400 kB that announce a body and have none",
                     reading.expect, ("plain", PLAIN), 10),
    "h2-streams": Attack("6 connections, a hundred HTTP/2 streams each whose answers nobody takes",
                         sockets.h2(False), ("largest", LARGEST)),
    "h2-streams-tls": Attack("the same over TLS",
                             sockets.h2(True), ("largest", LARGEST), tls=True),
    "slow-readers": Attack("600 readers of a page of the longest notes, half a kilobyte a second",
                           sockets.slow_readers, ("largest", LARGEST)),
    "idle-2000": Attack("2,000 connections that are silent after an answer", sockets.idle(2000),
                        seconds=10),
    "idle-4000": Attack("4,000 of them", sockets.idle(4000), seconds=10),
    "half-requests": Attack("2,100 connections with half a request", sockets.halves, seconds=10),
    "log-ins": Attack("wrong log-ins at both balancers, which are reloaded meanwhile",
                      floods.log_ins, meanwhile=lambda service: service.reload_balancers()),
    "lock-out": Attack("ten wrong log-ins as somebody who is logged in",
                       floods.lock_out, ("owner", (0, "''")), 5),
    "writing": Attack("8 writers of notes of 40 kB in one account", floods.write, seconds=10),
    "dripping-peers": Attack("8 FastCGI peers at each socket of `todo`, a byte every 2 s",
                             inside.drip),
    "clear-completed": Attack("the largest account clears its completed items",
                              reading.clear, ("largest", LARGEST), 25),
    "leaving": Attack("the largest account is deleted", reading.leave, ("largest", LARGEST), 25),
    "database-stopped": Attack("mariadbd is stopped for 15 s", inside.stop_database, away=True),
}
