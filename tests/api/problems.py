"""The table of problems, and what has been seen in this run (test_promised.py)."""

import pathlib

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = yaml.safe_load((ROOT / "problems/problems.yaml").read_text())
PROBLEMS = {one["type"]: one for one in TABLE["problems"]}

TRIPLES = {("problem", name, str(one["status"])) for name, one in PROBLEMS.items()}

seen = set()  # of answers (method, path template, status), and of TRIPLES


def details(one):
    """What a balancer or nginx may say of a problem: they know nothing more exact."""
    return {one["detail"]} | {case["detail"] for case in one.get("cases", {}).values()}


def headings(status):
    """Of the pages that may stand for a status."""
    found = [one for one in TABLE["problems"] if one["status"] == status]
    pages = [one["page"] for one in found if "page" in one] + [
        case["page"] for one in found for case in one.get("cases", {}).values()]
    return {page["heading"] for page in [*pages, TABLE["pages"].get(status)] if page}


def check_problem(said):
    """A problem has the title and the status of its type, whoever says it; its type."""
    kind = said["type"].removeprefix("urn:allday:")
    one = PROBLEMS[kind]
    assert (said["title"], said["status"]) == (one["title"], one["status"]), said
    seen.add(("problem", kind, str(one["status"])))
    return kind


def check_page(status, body):
    assert any(f"<h1>{heading}</h1>" in body for heading in headings(status)), body
