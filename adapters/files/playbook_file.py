"""A playbook's YAML read into `domain.playbook.model.Playbook`.

Only its form is judged here. Whether the process leaves something open is for `domain.playbook.checks`;
`Source.line(finding.where)` gives the line of a finding.
"""

from pathlib import Path

from adapters.files.yaml_source import Source, read_source, validated
from domain.playbook.model import Playbook


def read_playbook(path: Path) -> Playbook:
    """The playbook of a file. Raises FileRefused with file, line and remedy of everything that is wrong."""
    return playbook_from(read_source(path))


def playbook_from(source: Source) -> Playbook:
    """The same for a source that was read already."""
    return validated(source, Playbook)
