"""Ansible forks a process for each task and host. What these would all load again for themselves
(plugins, and the modules that those import), and what their garbage collectors would look
through, the first process does before it forks."""

import gc

from ansible.plugins import loader
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: loaded_once
type: aggregate
short_description: loads plugins before tasks are forked
description: A task then costs less of the controller's CPU time.
"""

PLUGINS = {
    loader.action_loader: ("assert", "command", "copy", "debug", "file", "normal", "script", "set_fact",
                           "template"),
    loader.connection_loader: ("local", "ssh"),
    loader.become_loader: ("sudo",),
    loader.shell_loader: ("sh",),
    loader.lookup_loader: ("file", "fileglob", "items", "pipe", "template"),
}


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "loaded_once"

    def v2_playbook_on_play_start(self, play):
        for plugins, names in PLUGINS.items():
            for name in names:
                plugins.get(name, class_only=True)
        for plugins in (loader.filter_loader, loader.test_loader):
            list(plugins.all())
        gc.freeze()
