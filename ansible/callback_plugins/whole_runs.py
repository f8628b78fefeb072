"""A run that would skip what protects the environment (its lock, the looks at its hosts) is
refused before its first play: --start-at-task skips tasks of all plays, --step what one says no
to, and neither minds tags. (What can be asked for by tags, asked.yml says.)"""

import sys

from ansible import context
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: whole_runs
type: aggregate
short_description: refuses --start-at-task and --step
description: Both skip tasks that the others rely on.
"""

SENTENCES = {
    "start_at_task": "--start-at-task would skip what the rest relies on, the environment's lock first of "
                     "all: run the playbook without it; what is done already takes no time",
    "step": "--step would let tasks be skipped that the rest relies on: run the playbook without it, "
            "or with --check to see what it would do"}


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "whole_runs"

    def v2_playbook_on_start(self, playbook):
        for option, sentence in SENTENCES.items():
            if context.CLIARGS.get(option):
                self._display.error(sentence, wrap_text=False)
                sys.exit(1)  # (Of an exception Ansible would make a warning.)
