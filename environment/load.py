"""YAML whose every value knows its line.

Whatever lets a file mean something else than it seems to is refused: anchors and aliases, tags,
keys given twice, several documents, tabs and other control characters. What a text means (a
number, a duration) is the schema's business, so nothing is guessed here: `no` is a text, and so
is 012.
"""

import re

import yaml

from environment.faults import Fault, Faults, shown

BYTES = 1024 * 1024
VALUES = 10000
LEVELS = 16
# libyaml's where PyYAML was built with it, as Debian's is: its own takes seconds for a large file.
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
EMPTY = ("", "~", "null")
# What libyaml says, for people.
PLAIN = {
    "did not find expected key": "a key is expected here; is the line indented like those above it?",
    "found character that cannot start any token": "a value cannot begin with this character; use quotes",
}


class Node:
    """A value: `content` is a dict of nodes, a list of nodes, or a text. `line` is that of its
    key, or of the value itself where it has none; `plain` a text without quotes."""

    __slots__ = ("content", "plain", "file", "line")

    def __init__(self, file, line, content, plain=False):
        self.file, self.line, self.content, self.plain = file, line, content, plain

    @property
    def empty(self):
        """Nothing was written: `key:`, `~` or `null`."""
        return self.plain and self.content in EMPTY

    def get(self, *path):
        """The node at a path of keys and indices, or None. An item that stands where a list may
        is the list's first."""
        node = self
        for step in path:
            if isinstance(step, int):
                if isinstance(node.content, list):
                    node = node.content[step] if step < len(node.content) else None
            else:
                node = node.content.get(step) if isinstance(node.content, dict) else None
            if node is None:
                return None
        return node


def forbidden(character):
    """YAML 1.2, 5.1 and 5.4: what is not text, or a line break that nobody sees; and tabs."""
    code = ord(character)
    return (code < 0x20 and character != "\n") or 0x7f <= code < 0xa0 or \
        code in (0x2028, 0x2029, 0xfeff) or code & 0xfffe == 0xfffe


def read_bytes(file):
    try:
        with open(file, "rb") as opened:
            raw = opened.read(BYTES + 1)
    except OSError as error:
        raise Faults(Fault(file, None, f"cannot be read: {error.strerror}")) from None
    if len(raw) > BYTES:
        raise Faults(Fault(file, None, "cannot be read: it is larger than 1 MiB"))
    return raw.removeprefix(b"\xef\xbb\xbf")


def read_text(file):
    """Its text, with lines that end in LF; UTF-8 without what no text has."""
    raw, wrong = read_bytes(file), None
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        text, wrong = raw[:error.start].decode(), "is not UTF-8 text"
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for at, character in enumerate(text):
        if forbidden(character):
            text, wrong = text[:at], (
                "has a tab where only spaces may be" if character == "\t"
                else f"has the control character U+{ord(character):04X}")
            break
    if wrong:
        raise Faults(Fault(file, text.count("\n") + 1, wrong))
    return text


class Reader:
    """One file, event by event, so that nothing is made of what is to be refused."""

    def __init__(self, file, text):
        self.file, self.line, self.values, self.faults = file, 1, 0, []
        self.parser, self.lines = Loader(text), text.split("\n")

    def fail(self, sentence, line=None):
        raise Faults(*self.faults, Fault(self.file, line or self.line, sentence))

    def next(self):
        try:
            event = self.parser.get_event()
        except yaml.YAMLError as error:
            line, why = self.syntax(error)
            self.fail(f"is not YAML: {why}", line)
        if event.start_mark is not None:
            self.line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            self.fail("anchors and aliases (& and *) are not allowed: write the value where it is meant")
        if getattr(event, "tag", None) is not None:
            self.fail("tags (!) are not allowed")
        return event

    def syntax(self, error):
        """The line that is to be looked at, and what is wrong there, in place of libyaml's own
        words where they help nobody."""
        problem, mark = getattr(error, "problem", None), getattr(error, "problem_mark", None)
        context, start = getattr(error, "context", None), getattr(error, "context_mark", None)
        line = mark.line + 1 if mark else self.line
        if context == "while scanning a quoted scalar" and "end of stream" in problem:
            return start.line + 1, "a quote is opened here and never closed"
        if context == "while scanning a simple key":
            return start.line + 1, "a key needs a `:` and a blank after it"
        if problem == "mapping values are not allowed in this context":
            before = self.value_before(line)
            return before, (f"this value goes on in line {line}, which has a `: ` of its own; is that line "
                            f"indented too far?" if before < line else "a value has a second `: `")
        return line, PLAIN.get(problem) or (problem or "it cannot be read").replace("did not find ", "")

    def value_before(self, line):
        """Where the value began that goes on in this line, as one without quotes may."""
        lines = self.lines[:line - 1]
        while lines and not re.search(r":[ ]+[^ #]|^ *- ", lines[-1]):
            lines.pop()
        indent = len(self.lines[line - 1]) - len(self.lines[line - 1].lstrip())
        return len(lines) if lines and len(lines[-1]) - len(lines[-1].lstrip()) < indent else line

    def text(self, event):
        if any(character == "\0" or character >= "\x7f" and forbidden(character)
               for character in event.value):
            self.fail("has a text with a control character")
        return event.value

    def value(self, event, level, line=None):
        node = Node(self.file, line or self.line, None)
        self.values += 1
        if level > LEVELS:
            self.fail(f"has more than {LEVELS} levels")
        if self.values > VALUES:
            self.fail(f"has more than {VALUES} values")
        if isinstance(event, yaml.ScalarEvent):
            node.content, node.plain = self.text(event), event.style in (None, "")
        elif isinstance(event, yaml.SequenceStartEvent):
            node.content = list(self.items(level + 1))
        else:
            node.content = self.entries(level + 1)
        return node

    def items(self, level):
        while not isinstance(event := self.next(), yaml.SequenceEndEvent):
            yield self.value(event, level)

    def entries(self, level):
        found = {}
        while not isinstance(event := self.next(), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self.fail("a key must be text")
            key, line = self.text(event), self.line
            if key in found:
                self.faults.append(Fault(self.file, line, f"the key {shown(key)} is already given in "
                                                          f"line {found[key].line}"))
            value = self.value(self.next(), level, line)
            found.setdefault(key, value)
        return found

    def document(self):
        """The only one; a file without one says nothing."""
        self.next()
        if isinstance(self.next(), yaml.StreamEndEvent):
            return Node(self.file, 1, {})
        root = self.value(self.next(), 1)
        self.next()
        if not isinstance(self.next(), yaml.StreamEndEvent):
            self.fail("has a second document")
        if self.faults:
            raise Faults(*self.faults)
        return Node(self.file, root.line, {}) if root.empty else root


def load(file):
    """The root node of a file, which an empty one has too: an empty mapping. Raises Faults."""
    return Reader(str(file), read_text(file)).document()


def merge(below, above):
    """What `above` says goes over what `below` says: mappings are merged, all else is replaced."""
    content = dict(below.content)
    for key, node in above.content.items():
        under = content.get(key)
        both = under is not None and isinstance(under.content, dict) and isinstance(node.content, dict)
        content[key] = merge(under, node) if both else node
    return Node(above.file, above.line, content)
