"""What becomes of titles and notes: tests/text-cases.json, which the app's tests read too.

A case: `kind` title or note; `in`, what is sent; `out`, what is kept, or `error`: control,
length or invisible; `repeat`: `in` and `out` are so many of these; `why`, a sentence."""

import json
import pathlib
import uuid

import pytest
from client import PASSWORD, Client

CASES = json.loads((pathlib.Path(__file__).parents[1] / "text-cases.json").read_text())
SAID = {"control": "Control characters", "length": "characters.", "invisible": "visible character"}
STRAY = "\u200b\u202a\u202e\u2066\u2069\ufeff"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_a_text_is_kept_as_it_is_meant(me, case):
    sent = case["in"] * case.get("repeat", 1)
    # (The description counts what is kept.)
    answer = me.post("/api/v1/todos", {"title": "x"} | {case["kind"]: sent},
                     checked="repeat" not in case)
    if "error" in case:
        assert (answer.status, answer.slug, answer.json["field"]) == \
            (422, "invalid-field", case["kind"])
        assert SAID[case["error"]] in answer.json["detail"]
        assert me.titles() == []
    else:
        assert answer.status == 201
        assert answer.json[case["kind"]] == case["out"] * case.get("repeat", 1)


def test_the_classic_api_takes_the_marks_out_too(me):
    me.post("/todo", {"title": f"call {STRAY}+82{STRAY}"})
    assert me.titles() == ["call +82"]


def test_a_login_is_the_same_with_and_without_marks(anybody):
    login = f"{uuid.uuid4().hex}@example.org"
    body = {"login": f"{STRAY}{login}{STRAY}", "password": PASSWORD, "name": f"A{STRAY}B"}
    account = anybody.post("/api/v1/accounts", body).json["account"]
    assert (account["login"], account["name"]) == (login, "AB")
    assert anybody.post("/api/v1/accounts", {"login": login, "password": PASSWORD}).status == 409
    for typed in login, f"{login}\u200b", f"\u202a{login}\u202c":
        assert anybody.post("/api/v1/sessions",
                            {"login": typed, "password": PASSWORD}).status == 201, typed


def test_a_login_can_be_seen(anybody):
    answer = anybody.post("/api/v1/accounts", {"login": "\u3164\u200e", "password": PASSWORD})
    assert (answer.status, answer.json["field"]) == (422, "login")


def test_a_password_stays_as_it_is_but_for_its_composition(stack):
    anybody, login = Client(stack), f"{uuid.uuid4().hex}@example.org"
    password = f"correct{STRAY} horse e\u0301"
    assert anybody.post("/api/v1/accounts", {"login": login, "password": password}).status == 201
    for typed, status in ((password, 201), ("correct horse e\u0301", 401),
                          (password.replace("e\u0301", "\u00e9"), 201)):
        assert anybody.post("/api/v1/sessions",
                            {"login": login, "password": typed}).status == status
