"""What tests of faults share."""

from pathlib import Path

import pytest

from tests.faults.restoring import Stores


@pytest.fixture
def stores(tmp_path: Path) -> Stores:
    return new_stores(tmp_path)


def new_stores(folder: Path) -> Stores:
    """Both stores, empty, in this folder."""
    for name in ("engine", "record"):
        (folder / name).mkdir()
    return Stores(folder)
