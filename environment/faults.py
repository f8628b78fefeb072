"""What is wrong with an environment file: sentences that name the file and the line."""

LIMIT = 200   # faults that are told: nobody reads more
SHOWN = 40    # characters of a text that is quoted


class Fault:
    """`line` is None for what is wrong with the file as a whole."""

    def __init__(self, file, line, sentence):
        self.file, self.line, self.sentence = file, line, sentence

    def __str__(self):
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{where}: {self.sentence}"


class Faults(Exception):
    """One or more; as a text, a line each."""

    def __init__(self, *faults):
        super().__init__(*faults)
        self.faults = faults

    def __str__(self):
        lines = [printable(str(fault)) for fault in self.faults[:LIMIT]]
        if more := len(self.faults) - LIMIT:
            lines += [f"… and {more} more"] if more > 0 else []
        return "\n".join(lines)


def printable(text):
    return "".join(character if character >= " " else "?" for character in text)


def shown(text):
    """In quotes, on one line, of a bearable length."""
    start = "".join(character if character >= " " else " " for character in text[:SHOWN])
    return f'"{start}{"…" if len(text) > SHOWN else ""}"'


def path_text(path):
    """groups.api.schedule[0].cron"""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def listed(words, last="or"):
    """a, b or c"""
    words = list(map(str, words))
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
