"""What asg is given, of an environment file that a test writes."""

import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT))

from environment import reading  # noqa: E402
from environment.asg import asg_document  # noqa: E402


def write_asg_json(directory, text):
    """asg.json in the state directory, of the text of a file: alone when it is for hosts, else
    above local.yml."""
    file = directory / "environment.yml"
    file.write_text(text)
    (directory / "asg.json").write_text(json.dumps(asg_document(reading.read_as_used(file))))
