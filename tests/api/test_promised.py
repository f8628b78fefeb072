"""Everything that docs/openapi.yaml promises, and every type of problems/problems.yaml, has been
seen in this run, by whichever module."""

import json
import os
import pathlib

import client
import problems
import pytest

# "default" stands for a path that is not there, a method that a path does not have, and
# 500: our own mistakes, of which we know none that could be provoked from outside.
EXCEPT = {"default"}


def promised():
    return {(method, path, status) for method, path, operation in client.operations()
            for status in operation["responses"] if status not in EXCEPT} | problems.TRIPLES


@pytest.mark.last
def test_every_promised_answer_was_seen():
    if "SEEN" not in os.environ:
        pytest.skip("only when tests/run has run all modules")
    seen = {tuple(triple) for file in pathlib.Path(os.environ["SEEN"]).glob("*.json")
            for triple in json.loads(file.read_text())}
    unseen = sorted(promised() - seen)
    assert not unseen, "\n".join(" ".join(triple) for triple in unseen)
