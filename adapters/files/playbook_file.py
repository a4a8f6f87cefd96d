"""Reads a playbook's YAML into `domain.playbook.model.Playbook`.

Only its form is checked here. Whether the process leaves gaps is for `domain.playbook.checks`;
`Source.line(finding.where)` gives the line of a finding.
"""

from pathlib import Path

from adapters.files.yaml_source import Source, read_source, validated
from domain.playbook.model import Playbook


def read_playbook(path: Path) -> Playbook:
    """Returns the playbook of a file. Raises FileRefused with file, line and remedy for everything that is wrong."""
    return playbook_from(read_source(path))


def playbook_from(source: Source) -> Playbook:
    """The same for a source that has been read already."""
    return validated(source, Playbook)
