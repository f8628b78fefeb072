#!/usr/bin/python3
"""What the attacker's own work takes from the others, for it shares their machine: burner.py
SHARE burns so much of the CPUs (1.5: one and a half), as nice as the attacker and without a
word to the service, until its input ends."""

import math
import os
import select
import sys
import time

import attacker

PERIOD = 0.01


def burn(share):
    while not select.select([sys.stdin], [], [], PERIOD * (1 - share))[0]:
        end = time.monotonic() + PERIOD * share
        while time.monotonic() < end:
            pass


def main(share):
    attacker.be_nice()
    processes = max(1, math.ceil(share))
    for _ in range(processes - 1):
        if os.fork() == 0:
            break
    burn(share / processes)


if __name__ == "__main__":
    main(float(sys.argv[1]))
