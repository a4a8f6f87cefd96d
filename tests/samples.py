"""The sample directory and playbook, read once in a session: dozens of tests and stacks begin with them."""

from functools import cache
from pathlib import Path

from adapters.files.directory_file import read_directory
from adapters.files.playbook_file import read_playbook
from domain.directory.directory import Directory
from domain.playbook.model import Playbook

ROOT = Path(__file__).parents[1]


@cache
def sample_directory(first_year: int = 2026) -> Directory:
    """`examples/directory.yaml`, with the holidays from a year on."""
    return read_directory(ROOT / "examples/directory.yaml", first_year)


@cache
def sample_playbook() -> Playbook:
    """`playbooks/services.yaml`."""
    return read_playbook(ROOT / "playbooks/services.yaml")
