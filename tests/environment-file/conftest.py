"""Reads texts as environment files."""

import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(ROOT), str(pathlib.Path(__file__).parent)]

from environment import reading  # noqa: E402
from environment.faults import Faults  # noqa: E402


@pytest.fixture
def of(tmp_path):
    """What a text says, above another file; a test fails when that is wrong."""
    def read(text, defaults=None):
        file = tmp_path / "environment.yml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return reading.read(file, defaults)
    return read


@pytest.fixture
def told(of, tmp_path):
    """All that is said of a text, without the file's name; None: nothing is wrong."""
    def read(text, defaults=None):
        try:
            of(text, defaults)
        except Faults as faults:
            return str(faults).replace(f"{tmp_path}/environment.yml:", "")
        return None
    return read
