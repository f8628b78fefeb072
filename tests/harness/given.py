"""What asg is given, of an environment file that a test writes."""

import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT))

from environment import reading  # noqa: E402
from environment.asg import asg_document  # noqa: E402


def write_asg_json(directory, text):
    """asg.json in the directory, of the text of a file: alone when it is for hosts, else above
    local.yml. Its path."""
    file, given = directory / "environment.yml", directory / "asg.json"
    file.write_text(text)
    given.write_text(json.dumps(asg_document(reading.read_as_used(file))))
    return given
