"""What tests of faults share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.restoring import Stores, new_stores


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    with new_stores(tmp_path / "stores") as stores:
        yield stores
