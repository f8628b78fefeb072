"""The rules that are in force, read back from the kernel."""

from environment import Failed
from system import ask_nft


class Kernel:
    """The router's table: its sets, and of each rule what it wants and does."""

    def __init__(self, env):
        listing = ask_nft(env.namespace, "list", "table", "inet", "vpc")
        if listing is None:
            raise Failed(f"the router of {env.name} has no rules (vpc up {env.name})")
        self.sets, self.rules = {}, []
        for entry in listing:
            if about := entry.get("set"):
                self.sets[about["name"]] = about.get("elem", [])
            elif about := entry.get("map"):
                self.machines = {key["concat"][1]: mark for key, mark in about.get("elem", [])}
            elif about := entry.get("rule"):
                self.rules.append(Rule(about))

    def chain(self, name):
        return [rule for rule in self.rules if rule.chain == name]

    def first(self, chain, facts):
        """The rule that lets such a packet pass; None: none does."""
        for rule in self.chain(chain):
            if rule.does & {"accept", "dnat"} and rule.fits(facts, self.sets):
                return rule
        return None

    def counted(self, comment):
        return sum(rule.packets for rule in self.rules if rule.comment == comment)


class Rule:
    def __init__(self, about):
        self.chain, self.comment = about["chain"], about.get("comment", "")
        self.wants, self.does, self.packets, self.to = [], set(), 0, None
        for part in about["expr"]:
            (kind, value), = part.items()
            self.does.add(kind)
            if kind == "match":
                self.wants.append((field(value["left"]), value["op"], value["right"]))
            elif kind == "counter":
                self.packets = value["packets"]
            elif kind == "dnat":
                self.to = value["addr"], value["port"]

    def fits(self, facts, sets):
        return all(key in facts and holds(facts[key], operator, right, sets)
                   for key, operator, right in self.wants)


def field(left):
    """`ip daddr`, `tcp dport`, `meta mark`, `ct state`: as nft writes it."""
    (kind, value), = left.items()
    if kind == "concat":
        return " . ".join(map(field, value))
    if kind == "payload":
        return f"{value['protocol']} {value['field']}"
    return f"{kind} {value['key']}"


def holds(fact, operator, right, sets):
    """A fact may also be the name of a set: then it is any of its members."""
    if isinstance(right, str) and right.startswith("@"):
        among = [right, *sets[right[1:]]]
    elif isinstance(right, dict):
        among = right["set"]
    else:
        among = right if isinstance(right, list) else [right]
    return (fact in among) != (operator == "!=")
