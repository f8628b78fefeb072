#!/usr/bin/python3
"""The one client, a process of its own: attacker.py NAME. The first line of its input says
what is attacked (JSON); at the end of the input it stops, and says in JSON what it did.

It is nice to the servers: in the world it is another machine that it works on.
"""

import json
import os
import resource
import sys
import threading
import types

import catalogue


def listen(over):
    sys.stdin.read()
    over.set()


def main(name):
    os.nice(10)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    target = types.SimpleNamespace(**json.loads(sys.stdin.readline()))
    over = threading.Event()
    threading.Thread(target=listen, args=(over,), daemon=True).start()
    said, good = catalogue.ATTACKS[name].attack(target, over)
    print(json.dumps({"said": said, "good": good}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
