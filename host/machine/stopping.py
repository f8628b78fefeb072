"""A host that shuts down: none of its instances is there any more for asg, which has others
launched in other zones, not here. Noted before the first machine is stopped, by its unit: to ask
systemd at each list takes too long, and when few are left to answer it says nothing."""

import os

from common import Failed

NOTED = "/run/allday/stopping"  # gone when the host starts anew
# ExecStop= of all machines; one that has ended by itself (no MAINPID) starts again at once.
NOTE = ("-/bin/sh -c '[ -z \"$$MAINPID\" ] || "
        f"[ \"$$(systemctl is-system-running)\" != stopping ] || : > {NOTED}'")


def refuse():
    if os.path.exists(NOTED):
        raise Failed("this host is shutting down")
