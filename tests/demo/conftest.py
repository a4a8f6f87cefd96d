"""The product as people start it: a house of a test's own, and a running one that a file's tests share."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.house import PATIENCE_SECONDS, PORTS, House
from tests.ports import free_ports


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A house in which nothing runs yet."""
    return new_house(tmp_path)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house whose stack runs. Each demo that was played to its end leaves room for the next with the same deal."""
    house = new_house(tmp_path_factory.mktemp("running"))
    with up(house):
        yield house


def new_house(folder: Path) -> House:
    """On free ports, with a data folder in this one."""
    return House(folder / "home", dict(zip(PORTS, map(str, free_ports(3)), strict=True)))


@contextmanager
def up(house: House) -> Iterator[None]:
    """The stack of a house runs meanwhile."""
    process = house.up()
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)
