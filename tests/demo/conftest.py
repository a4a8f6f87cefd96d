"""The product as people start it, for each test of its own."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import PATIENCE_SECONDS, PORTS, House
from tests.ports import free_ports


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A house in which nothing runs yet."""
    ports = dict(zip(PORTS, map(str, free_ports(3)), strict=True))
    return House(tmp_path / "home", ports)


@pytest.fixture
def running(house: House) -> Iterator[House]:
    """A house whose stack runs, and is stopped after the test."""
    process = house.up()
    try:
        yield house
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)
