"""At the end: what the play has to say (set_stats summary), and how long each part took."""

import time

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: parts
type: aggregate
short_description: what a play has to say, and how long each of its parts took
description: A part is a role, or a play outside of its roles.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "parts"

    def __init__(self):
        super().__init__()
        self.parts, self.part, self.since = {}, "start", time.monotonic()

    def begin(self, part):
        now = time.monotonic()
        self.parts[self.part] = self.parts.get(self.part, 0) + now - self.since
        self.part, self.since = part, now

    def v2_playbook_on_task_start(self, task, is_conditional):
        self.begin(task._role.get_name() if task._role else "tests")

    def v2_playbook_on_stats(self, stats):
        self.begin("end")
        times = " · ".join(f"{part} {took:.1f} s" for part, took in self.parts.items() if took > 0.05)
        self._display.display(f"{stats.custom.get('_run', {}).get('summary', '')}\n"
                              f"{sum(self.parts.values()):.1f} s: {times}\n")
