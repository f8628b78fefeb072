#!/usr/bin/python3
"""Open tabs: connections that ask every 30 s whether there is something new, as the app does
it, and otherwise are silent. Of 2,000 addresses with ten tabs each, and of 200 accounts.

What is started as tabs.py holds a share of them, in one process over epoll: input JSON,
output JSON (hold() is at the other end). A process may have no more descriptors than its
hard limit, so there are as many as are needed. A connection that the balancer has closed
meanwhile is opened again for the next question, as browsers do.
"""

import collections
import errno
import json
import os
import pathlib
import resource
import select
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

POLL, PATIENCE = 30, 20    # seconds: www/src/features/todos/store.ts, lib/api-client.ts
ACCOUNTS, ADDRESSES, BALANCERS = 200, 2000, 2
SPARE = 500                # descriptors besides the tabs
TICK = os.sysconf("SC_CLK_TCK")


# ---- a share of the tabs


class Tab:
    __slots__ = ("source", "to", "text", "socket", "asked", "fresh", "sent", "data")

    def __init__(self, source, to, text):
        self.source, self.to, self.text = source, to, text.encode()
        self.socket, self.asked, self.data = None, None, b""


class Share:
    """asked: moment of the question that has no answer yet; fresh: the first of its
    connection."""

    def __init__(self, tabs, seconds):
        self.tabs, self.seconds = tabs, seconds
        self.epoll, self.by_fd = select.epoll(), {}
        self.statuses, self.times = collections.Counter(), []
        self.failed, self.opened, self.closed, self.held = collections.Counter(), 0, 0, []

    def run(self):
        start = now = time.monotonic()
        due = collections.deque((start + POLL * number / len(self.tabs), tab)
                                for number, tab in enumerate(self.tabs))
        waiting, look = collections.deque(), start + POLL
        stop = start + POLL + self.seconds
        while now < stop or waiting:
            for fd, event in self.epoll.poll(0.02):
                self.serve(self.by_fd[fd], event)
            now = time.monotonic()
            while due[0][0] <= now < stop:
                moment, tab = due.popleft()
                due.append((moment + POLL, tab))
                if tab.asked is None:
                    tab.asked = moment
                    waiting.append((moment, tab))
                    self.ask(tab)
            while waiting and (waiting[0][1].asked != waiting[0][0] or
                               waiting[0][0] + PATIENCE < now):
                moment, tab = waiting.popleft()
                if tab.asked == moment:
                    self.fail(tab, "no answer")
            if look <= now < stop:
                self.held.append(len(self.by_fd))
                look += 1
        return self.told()

    def ask(self, tab):
        tab.fresh, tab.sent, tab.data = tab.socket is None, False, b""
        if not tab.fresh:
            return self.send(tab)
        tab.socket = socket.socket()
        tab.socket.setblocking(False)
        tab.socket.setsockopt(socket.SOL_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT: the port later
        tab.socket.bind((tab.source, 0))
        code = tab.socket.connect_ex(tuple(tab.to))
        if code not in (0, errno.EINPROGRESS):
            tab.socket.close()
            tab.socket = None
            return self.fail(tab, errno.errorcode[code])
        self.opened += 1
        self.by_fd[tab.socket.fileno()] = tab
        self.epoll.register(tab.socket, select.EPOLLIN | select.EPOLLOUT)

    def send(self, tab):
        try:
            tab.socket.send(tab.text)
            tab.sent = True
        except OSError as error:
            self.gone(tab, errno.errorcode[error.errno])

    def serve(self, tab, event):
        if event & (select.EPOLLERR | select.EPOLLHUP):
            return self.gone(tab, "reset")
        if event & select.EPOLLOUT:
            self.epoll.modify(tab.socket, select.EPOLLIN)
            if not tab.sent:
                self.send(tab)
        elif event & select.EPOLLIN:
            self.receive(tab)

    def receive(self, tab):
        try:
            data = tab.socket.recv(65536)
        except OSError as error:
            return self.gone(tab, errno.errorcode[error.errno])
        if not data:
            return self.gone(tab, "closed")
        tab.data += data
        if tab.asked is not None and complete(tab.data):
            self.answered(tab)

    def answered(self, tab):
        status = int(tab.data[9:12])
        self.statuses[status] += 1
        if status not in (200, 304):
            return self.fail(tab, f"status {status}")
        self.times.append(time.monotonic() - tab.asked)
        tab.asked, tab.data = None, b""

    def gone(self, tab, why):
        """One that was kept, and has not begun its answer, is asked once more."""
        data, fresh = tab.data, tab.fresh
        self.drop(tab)
        if tab.asked is None:
            self.closed += 1
        elif data or fresh:
            self.fail(tab, why)
        else:
            self.ask(tab)

    def drop(self, tab):
        if tab.socket is not None:
            del self.by_fd[tab.socket.fileno()]
            tab.socket.close()
            tab.socket = None

    def fail(self, tab, why):
        self.failed[why] += 1
        tab.asked = None
        self.drop(tab)

    def told(self):
        times = sorted(self.times) or [0]
        return {"statuses": self.statuses, "failed": self.failed, "opened": self.opened,
                "closed": self.closed, "held": self.held, "p50": times[len(times) // 2],
                "p99": times[len(times) * 99 // 100], "longest": times[-1]}


def complete(data):
    head, end, body = data.partition(b"\r\n\r\n")
    if not end:
        return False
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line[15:])
    return b"chunked" not in head.lower() or body.endswith(b"0\r\n\r\n")


# ---- all of them, and what they cost


def question(port, account):
    """What the app sends: has anything happened since what I have?"""
    return (f"GET /api/v1/changes?since=0&limit=500 HTTP/1.1\r\nHost: localhost:{port}\r\n"
            f"Cookie: allday_session_{port}={account['token']}\r\nAccept: application/json\r\n"
            f"Allday-Account: {account['id']}\r\nIf-None-Match: W/\"0\"\r\n"
            "Sec-Fetch-Site: same-origin\r\n\r\n")


def address(number):
    return f"127.64.{number // 250}.{number % 250 + 1}"


def shares(service, count, most):
    """In how many processes they are, and what each is told."""
    with ThreadPoolExecutor(4) as pool:
        accounts = list(pool.map(service.sign_up, map(address, range(min(ACCOUNTS, count)))))
    port, many = service.ports["app"], -(-count // most)
    tabs = [(address(number % ADDRESSES), (f"127.0.0.{number % BALANCERS + 1}", port),
             question(port, accounts[number % len(accounts)])) for number in range(count)]
    return [tabs[number::many] for number in range(many)]


def times(service):
    """{pid: (program, seconds of CPU)}"""
    found = {}
    for pid, name in service.programs().items():
        try:
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
            found[pid] = name, (int(fields[11]) + int(fields[12])) / TICK
        except OSError:
            pass
    return found


def hold(count, seconds):
    """Hold so many for so long; prints what that took. 0: it ran."""
    import service as services
    from others import Others, p99
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    listen = [f"127.0.0.{number + 1}" for number in range(BALANCERS)]
    with services.Service(listen=listen) as service:
        told = shares(service, count, hard - SPARE)
        print(f"{count} tabs in {len(told)} processes, {BALANCERS} balancers `app`, at most "
              f"{hard} descriptors a process; {seconds:.0f} s", flush=True)
        children = [start(tabs, seconds) for tabs in told]
        try:
            time.sleep(POLL)
            with services.Memory(service) as memory, \
                    Others(service.url("app"), service.others, 10) as others:
                before = times(service)
                time.sleep(seconds)
                after = times(service)
            said = [json.loads(child.communicate()[0]) for child in children]
        finally:
            for child in children:
                child.kill()
                child.wait()
    tell(count, said, before, after, memory, seconds)
    lost = sum(not one.good for one in others.asked)
    print(f"others beside them: {lost} of {len(others.asked)} failed, lists' p99 "
          f"{1000 * p99(others.asked):.0f} ms")
    return 0


def start(tabs, seconds):
    child = subprocess.Popen([sys.executable, __file__], text=True, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE)
    child.stdin.write(json.dumps({"tabs": tabs, "seconds": seconds}))
    child.stdin.close()
    child.stdin = None
    return child


def tell(count, said, before, after, memory, seconds):
    def total(name):
        return sum((collections.Counter(one[name]) for one in said), collections.Counter())
    statuses, failed = total("statuses"), total("failed")
    held = [sum(moment) for moment in zip(*(one["held"] for one in said))] or [0]
    asked = sum(statuses.values()) + sum(failed.values()) - \
        sum(number for why, number in failed.items() if why.startswith("status"))
    print(f"asked {asked}, failed {sum(failed.values())} {'FAIL' if failed else 'OK'} "
          f"{dict(failed) or ''}")
    print(f"answers {dict(statuses)}, p50 {1000 * max(one['p50'] for one in said):.0f} ms, "
          f"p99 {1000 * max(one['p99'] for one in said):.0f} ms, longest "
          f"{1000 * max(one['longest'] for one in said):.0f} ms")
    print(f"open at once {min(held)} to {max(held)} of {count}; opened "
          f"{sum(one['opened'] for one in said)}, closed by the balancer while silent "
          f"{sum(one['closed'] for one in said)}")
    print(f"{'program':10} {'processes':>9} {'largest MB':>11} {'CPU %':>7}")
    for name in sorted(memory.peaks):
        spent = [used - before.get(pid, (name, 0))[1]
                 for pid, (mine, used) in after.items() if mine == name]
        print(f"{name:10} {len(spent):9} {memory.peaks[name] / 1e6:11.1f} "
              f"{100 * sum(spent) / seconds:7.1f}")


def share():
    os.nice(10)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    told = json.load(sys.stdin)
    print(json.dumps(Share([Tab(*tab) for tab in told["tabs"]], told["seconds"]).run()))


if __name__ == "__main__":
    share()
