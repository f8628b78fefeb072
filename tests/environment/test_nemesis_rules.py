"""How the nemesis chooses and judges: nothing runs."""

import pathlib
import subprocess
import sys
import types

import pytest

NEMESIS = pathlib.Path(__file__).resolve().parents[1] / "nemesis"
sys.path.append(str(NEMESIS))
from account import Account, is_honest  # noqa: E402
from plan import FAULTS, Catalogue, chosen  # noqa: E402

HONEST = (503, {"Retry-After": "5"}, {"type": "urn:allday:unavailable"})


def test_every_fault_comes_before_any_comes_again():
    catalogue = Catalogue()
    for number in range(10):
        catalogue.fault(f"fault {number}")(None)
    found = [fault.name for seed in range(20) for fault, _ in chosen(seed, catalogue)]
    for begin in range(0, len(found), len(catalogue)):
        assert len(set(found[begin:begin + len(catalogue)])) == len(catalogue)
    assert found[:10] != found[10:20]


def test_a_seed_says_the_same_again():
    catalogue = Catalogue()
    for number in range(7):
        catalogue.fault(f"fault {number}")(None)
    assert chosen(5, catalogue) == chosen(5, catalogue) and len(chosen(5, catalogue)) == FAULTS


class World:
    """before, after: its instances; launched, ended: what asg did about them."""

    def __init__(self):
        self.there, self.history, self.victims = {"a", "b", "c"}, [], set()

    def ids(self):
        return set(self.there)

    def done(self, kind):
        return [ident for what, ident in self.history if what == kind]

    def replace(self, old, new):
        self.history += [("launch", new), ("terminate", old)]
        self.there = self.there - {old} | {new}


def account(befall, failures=(), complaints=(), **about):
    """What is wrong with what befell it."""
    catalogue, world = Catalogue(), World()
    catalogue.fault("a fault", **about)(befall)
    one = Account(world, catalogue[0])
    befall(world)
    one.close(types.SimpleNamespace(answers=[1, 2], stumbles=[], failures=[
        ("list", *failure) for failure in failures], complaints=list(complaints)))
    return one


def struck(world):
    world.victims.add("a")
    world.replace("a", "d")


def moved(world):
    struck(world)
    world.replace("b", "e")


def test_what_was_struck_is_replaced():
    one = account(struck, needed=(1, 1))
    assert not one.wrong
    assert (one.figures.needed, one.figures.launched, one.figures.healthy) == (1, 1, 0)


@pytest.mark.parametrize("befall,about,said", [
    (lambda world: None, {"needed": (1, 1)}, ["0 launches, needed were 1"]),
    (lambda world: world.replace("b", "d"), {},
     ["1 launches, needed were 0", "replaced although healthy: b"]),
    (moved, {"needed": (1, 1)}, ["2 launches, needed were 1", "replaced although healthy: b"]),
    (moved, {"needed": (1, 2)}, ["replaced although healthy: b"]),
    (lambda world: world.there.discard("c"), {}, ["replaced although healthy: c"])])
def test_what_is_healthy_is_not(befall, about, said):
    assert account(befall, **about).wrong == said


def test_but_to_even_out_the_zones():
    one = account(moved, needed=(2, 2), moved=1)
    assert not one.wrong and one.figures.due == one.figures.ended == 2
    one = account(lambda world: (moved(world), world.replace("c", "f")), needed=(2, 3), moved=1)
    assert one.wrong == ["replaced although healthy: b, c"] and one.figures.healthy == 1


def test_failures_are_excused_by_the_database_alone():
    assert not account(lambda world: None, [HONEST], database=True).wrong
    assert account(lambda world: None, [HONEST]).wrong
    one = account(lambda world: None, [HONEST, (None, {}, "timed out")], database=True)
    assert one.wrong == ["failed: list None timed out"]
    assert (one.figures.requests, one.figures.failed, one.figures.honest) == (4, 1, 1)


def test_what_is_lost_is_wrong():
    assert account(lambda world: None, complaints=["lost: x"]).wrong == ["lost: x"]


@pytest.mark.parametrize("failure", [
    (500, *HONEST[1:]), (503, {}, HONEST[2]), (503, HONEST[1], "<h1>503</h1>"),
    (503, HONEST[1], {"type": "urn:allday:busy"})])
def test_honest_is_503_in_our_words_with_a_time_to_wait(failure):
    assert is_honest(("list", *HONEST)) and is_honest(("list", 503, {"retry-after": "5"}, HONEST[2]))
    assert not is_honest(("list", *failure))


def test_both_catalogues_name_each_fault_once():
    """(In another process: a module is called faults in tests/environment, too.)"""
    for module in ("local_faults", "cloud_faults"):
        said = subprocess.run([sys.executable, "-B", "-c", f"import {module} as one; names = [each.name "
                               "for each in one.CATALOGUE]; assert len(set(names)) == len(names) > 20"],
                              cwd=NEMESIS, capture_output=True, text=True)
        assert said.returncode == 0, said.stderr
