"""What a fault is, and which of them a seed chooses."""

import dataclasses
import random
import typing

FAULTS = 3       # of a seed
PRESSED = 0.25   # of them: under pressure on the processors


@dataclasses.dataclass
class Fault:
    """needed: the launches that it makes necessary, at least and at most; moved: how many of
    those, at most, only even out the zones, for each of which a healthy instance ends; database:
    it is away, or takes no writes, meanwhile."""
    name: str
    strike: typing.Callable
    needed: tuple = (0, 0)
    moved: int = 0
    database: bool = False


class Catalogue(list):
    def fault(self, name, needed=(0, 0), moved=0, database=False):
        """A decorator: strike(world) does it, and waits until it is mended."""
        def note(strike):
            self.append(Fault(name, strike, needed, moved, database))
            return strike
        return note


def chosen(seed, catalogue):
    """(fault, under pressure) of each. Every fault comes before any comes again."""
    found = []
    for number in range(FAULTS * seed, FAULTS * (seed + 1)):
        round, place = divmod(number, len(catalogue))
        deck = random.Random(round).sample(catalogue, len(catalogue))
        found.append((deck[place], random.Random(number).random() < PRESSED))
    return found
