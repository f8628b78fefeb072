"""Playbooks, run as people do."""

import os
import re
import signal
import subprocess

PATIENCE = 400  # seconds for one


def play(cloud, name, *words, file=None, until=None, number=signal.SIGINT):
    """(exit status, output). until: a pattern, or what is true of a line; at the first line of
    the output that has it the run is ended by the signal, as by Ctrl-C or by a crash of the
    controller. Python loses a Ctrl-C that comes while it ends an object: who sees Ansible begin
    another task gives it again."""
    child = subprocess.Popen([*cloud.ansible(name, file), *words], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             env=cloud.ansible_environment, start_new_session=True)
    output, reached = "", False
    if isinstance(until, str):
        until = re.compile(until).search
    try:
        for line in child.stdout:
            output += line
            reached = reached or until and until(line)
            if reached and line.startswith("TASK [") and child.poll() is None:
                os.killpg(child.pid, number)
        return child.wait(PATIENCE), output
    finally:  # (a test that is interrupted itself leaves none)
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)


def changed(output):
    """Of all hosts."""
    counts = re.findall(r"\bchanged=(\d+)", output)
    assert counts, output
    return sum(map(int, counts))


def said(output):
    """What failed, in a line."""
    return " ".join(re.findall(r'"msg": "(.*?)"\}?$', output, re.M)) or output
