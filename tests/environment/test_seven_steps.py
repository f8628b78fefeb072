"""The blog's seven steps, against three hosts. The same as `make cloud-check` prints."""

import pytest
import steps


@pytest.fixture(scope="module")
def walked(cloud):
    """{title: evidence}; a step that goes wrong, and those after it, are missing."""
    found = {}
    try:
        for title, evidence in steps.walk(cloud):
            found[title] = list(evidence)
    except AssertionError as error:
        found["wrong"] = error
    return found


@pytest.mark.parametrize("title", steps.STEPS)
def test_step(cloud, walked, title):
    assert walked.get(title.format(domain=cloud.domain)), walked.get("wrong", "not reached")
