"""Last: everything that docs/openapi.yaml promises has been seen in this run, and every type
of problems/problems.yaml."""

import client
import problems
import pytest

# "default" stands for a path that is not there, a method that a path does not have, and
# 500: our own mistakes, of which we know none that could be provoked from outside.
EXCEPT = {"default"}


def promised():
    return {(method, path, status) for method, path, operation in client.operations()
            for status in operation["responses"] if status not in EXCEPT} | problems.TRIPLES


def test_every_promised_answer_was_seen(request):
    modules = {item.path.name for item in request.session.items}
    wanted = {path.name for path in client.ROOT.glob("tests/api/test_*.py")}
    if wanted - modules - {"test_failure.py", "test_fastcgi.py"}:
        pytest.skip("only when all modules run")
    unseen = sorted(promised() - client.seen)
    assert not unseen, "\n".join(" ".join(triple) for triple in unseen)
