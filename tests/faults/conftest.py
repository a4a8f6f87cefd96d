"""What tests of faults share."""

from pathlib import Path

import pytest

from tests.faults.restoring import Stores


@pytest.fixture
def stores(tmp_path: Path) -> Stores:
    for name in ("engine", "record"):
        (tmp_path / name).mkdir()
    return Stores(tmp_path)
