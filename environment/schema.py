"""What an environment file may say key by key: schema.json, followed.

  typed(node)             the values that a tree of texts means
  faults_of(node)         what is wrong with each of them
  misplaced(node, hosts)  keys that are not for such an environment, or must be in it
  complete(values, hosts) all defaults filled in
"""

import copy
import functools
import json
import pathlib
import re

import jsonschema
from jsonschema import validators

from environment.amounts import megabytes, milliseconds
from environment.faults import Fault, listed, path_text, shown
from environment.formats import CHECKER

SCHEMA = json.loads(pathlib.Path(__file__).with_name("schema.json").read_bytes())
HOSTS_PROVIDER = "nspawn"
INTEGER = re.compile(r"0|[1-9][0-9]{0,8}")
NUMBER = re.compile(r"(0|[1-9][0-9]{0,8})(\.[0-9]{1,6})?")
# Of a value, or of an entry's name: one sentence says all that it must be.
OF_VALUES = {"type", "enum", "pattern", "format", "not", "minLength", "maxLength", "minimum", "maximum",
             "exclusiveMinimum", "duration", "size"}


# ---- the schema


def merged(schema):
    """With what its $ref says, which what stands beside that goes over."""
    if "$ref" not in schema:
        return schema
    below = merged(SCHEMA["$defs"][schema["$ref"].removeprefix("#/$defs/")])
    return below | {key: value for key, value in schema.items() if key != "$ref"}


def types(schema):
    found = schema.get("type", "string" if "enum" in schema else ())
    return (found,) if isinstance(found, str) else found


def inner(schema, step):
    """The schema of an entry or item; that of a list that is one item is the item's."""
    if isinstance(step, int):
        return merged(schema.get("items", {}))
    found = schema.get("properties", {}).get(step, schema.get("additionalProperties"))
    return merged(found) if isinstance(found, dict) else {}


def at(path):
    return functools.reduce(inner, path, SCHEMA)


# ---- what a text means


def meant(text, plain, wanted):
    if plain and text in ("", "~", "null"):
        return None
    if "string" in wanted or not plain:
        return text
    if "boolean" in wanted and text in ("true", "false"):
        return text == "true"
    if ("integer" in wanted or "number" in wanted) and INTEGER.fullmatch(text):
        return int(text)
    if "number" in wanted and NUMBER.fullmatch(text):
        return float(text)
    return text


def typed(node, schema=SCHEMA):
    if isinstance(node.content, dict):
        return {key: typed(child, inner(schema, key)) for key, child in node.content.items()}
    if isinstance(node.content, list):
        return [typed(child, inner(schema, 0)) for child in node.content]
    return meant(node.content, node.plain, types(schema))


# ---- what is wrong with it


def check_pattern(_, pattern, value, __):
    """As ECMA-262 has it: its $ is the end, and Python's takes a line feed before that too."""
    if isinstance(value, str) and not re.search(re.sub(r"\$(?=\)?$)", r"\\Z", pattern), value):
        yield jsonschema.ValidationError("")


def check_bounds(name, measure):
    """Of what the pattern takes: the bounds, which are of that kind too."""
    pattern = SCHEMA["$defs"][name]["pattern"]

    def check(_, bounds, value, __):
        if isinstance(value, str) and re.fullmatch(pattern, value) and \
                not measure(bounds[0]) <= measure(value) <= measure(bounds[1]):
            yield jsonschema.ValidationError("")
    return check


@functools.cache
def validator():
    """Of each key; which environment has which is another question (misplaced)."""
    extended = validators.extend(jsonschema.Draft202012Validator, {
        "pattern": check_pattern,
        "duration": check_bounds("duration", milliseconds), "size": check_bounds("size", megabytes)})
    schema = {key: value for key, value in SCHEMA.items() if key not in ("if", "then", "else")}
    return extended(schema, format_checker=CHECKER)


def expected(schema, value):
    """The end of `must be …`."""
    wanted = types(schema)
    if "array" in wanted and (len(wanted) == 1 or isinstance(value, dict)):
        return "a list"
    if "object" in wanted:
        return "a mapping"
    for keyword, kind, units in (("duration", "a duration", "ms, s, m or h"), ("size", "a size", "M or G")):
        if keyword in schema:
            return f"{kind} from {schema[keyword][0]} to {schema[keyword][1]} with its unit ({units})"
    if "description" in schema:
        return schema["description"]
    if "enum" in schema:
        return listed(schema["enum"])
    if "integer" in wanted:
        return f"an integer from {schema['minimum']} to {schema['maximum']}"
    if "number" in wanted:
        return f"a number above 0, at most {schema['maximum']}"
    return "true or false"


def found(node, wanted):
    if isinstance(node.content, dict):
        return "a mapping"
    if isinstance(node.content, list):
        return "a list"
    if node.empty:
        return "nothing"
    return f"{'' if node.plain or 'string' in wanted else 'the text '}{shown(node.content)}"


def reason(errors):
    """Why a value is not what it must be, where that does not show."""
    for error in errors:
        if error.validator == "maxLength":
            return f": it is longer than {error.validator_value} characters"
    for error in errors:
        if error.cause is not None and str(error.cause):
            return f": {error.cause}"
    return ""


def refused(errors, node, schema):
    """One value."""
    value = typed(node, schema)
    return f"must be {expected(schema, value)}, not {found(node, types(schema))}{reason(errors)}"


def subject_of(path):
    return path_text(path) or "the file"


class Findings:
    """What jsonschema says, as sentences: one for each value, key or entry."""

    def __init__(self, root):
        self.root, self.faults, self.closed = root, [], set()

    def add(self, node, path, sentence):
        self.faults.append(Fault(node.file, node.line, f"{subject_of(path)} {sentence}"))

    def take(self, path, keyword, errors):
        node, schema = self.root.get(*path), at(path)
        if keyword == "value":
            self.add(node, path, refused(errors, node, schema))
        elif keyword == "propertyNames":
            self.names(path, node, merged(schema["propertyNames"]), errors)
        elif keyword == "additionalProperties":
            known = ", ".join(schema["properties"])
            for key in (key for key in node.content if key not in schema["properties"]):
                self.add(node.get(key), path, f"has the unknown key {shown(key)}; known are: {known}")
        elif keyword == "required":
            for key in schema["required"]:
                if key not in node.content:
                    self.add(node, path, f"needs the key {key}")
        elif keyword == "uniqueItems":
            self.twice(path, node)
        else:
            self.count(path, node, schema)

    def names(self, path, node, schema, errors):
        for key in dict.fromkeys(error.instance for error in errors):
            own = [error for error in errors if error.instance == key]
            self.closed.add((*path, key))
            self.add(node.get(key), path,
                     f"has {shown(key)}, which must be {expected(schema, key)}{reason(own)}")

    def twice(self, path, node):
        texts = [item.content for item in node.content]
        for index, text in enumerate(texts):
            if isinstance(text, str) and text in texts[:index]:
                self.add(node.content[index], path, f"has {shown(text)} twice")

    def count(self, path, node, schema):
        """Of too many, none is looked at."""
        if isinstance(node.content, list):
            self.closed.add(path)
        noun = "Items" if isinstance(node.content, list) else "Properties"
        self.add(node, path, f"must have {schema.get('min' + noun, 0)} to {schema['max' + noun]} "
                             f"{'items' if noun == 'Items' else 'entries'}, not {len(node.content)}")

    def hidden(self, path):
        return any(path[:length] in self.closed for length in range(len(path)))


def keyword_of(error):
    if "propertyNames" in error.absolute_schema_path:
        return "propertyNames"
    return "value" if error.validator in OF_VALUES else error.validator


def faults_of(root):
    """Of a tree as it was loaded, in the order of its lines."""
    grouped = {}
    for error in validator().iter_errors(typed(root)):
        key = tuple(error.absolute_path), keyword_of(error)
        grouped.setdefault(key, []).append(error)
    findings, order = Findings(root), {"propertyNames": 0, "maxItems": 0, "minItems": 0}
    for (path, keyword), errors in sorted(grouped.items(), key=lambda one: order.get(one[0][1], 1)):
        if not findings.hidden(path) and path not in findings.closed:
            findings.take(path, keyword, errors)
    return sorted(findings.faults, key=lambda fault: fault.line)


# ---- for whom a key is


def branch_of(hosts):
    return SCHEMA["then" if hosts else "else"]


def part(branch, key):
    """What a branch says of a key: False when such an environment has none, else a mapping."""
    return branch.get("properties", {}).get(key, branch.get("additionalProperties", {}))


def misplaced(node, hosts, branch=None, path=()):
    """Faults, of a tree without others."""
    branch = branch if branch is not None else branch_of(hosts)
    for key in branch.get("required", ()):
        if node.get(key) is None:
            yield Fault(node.file, node.line, f"{subject_of(path)} needs the key {key}")
    for key, child in node.content.items() if isinstance(node.content, dict) else ():
        inside = part(branch, key)
        if inside is False:
            whom = f"other providers than {HOSTS_PROVIDER}" if hosts else f"the provider {HOSTS_PROVIDER} alone"
            yield Fault(child.file, child.line, f"{subject_of((*path, key))} is for {whom}")
        else:
            yield from misplaced(child, hosts, inside, (*path, key))


# ---- what was left out


def filled(value, schema, branch):
    if "array" in types(schema):
        items = value if isinstance(value, list) else [value]
        return [filled(item, inner(schema, 0), {}) for item in items]
    if not isinstance(value, dict):
        return value
    value = dict(value)
    for key, own in schema.get("properties", {}).items():
        own = merged(own)
        if key not in value and part(branch, key) is not False:
            if "default" in own:
                value[key] = copy.deepcopy(own["default"])
            elif "properties" in own:
                value[key] = {}
    return {key: filled(one, inner(schema, key), part(branch, key)) for key, one in value.items()}


def name_zones(values):
    """On hosts: what is left out is all zones, or the first one."""
    zones = list(values["zones"])
    places = [*values.setdefault("groups", {}).values(), values.setdefault("dns", {}),
              *(values.setdefault("balancers", {}).setdefault(name, {}) for name in ("app", "api"))]
    for place in places:
        place.setdefault("zones", list(zones))
    values.setdefault("database", {}).setdefault("zone", zones[0])


def complete(values, hosts):
    """Of values without a fault: all that may be left out is there, and lists are lists."""
    values = copy.deepcopy(values)
    if hosts:
        name_zones(values)
    return filled(values, SCHEMA, branch_of(hosts))
