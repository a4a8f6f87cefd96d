"""The product as people start it: an installation of a test's own, and a running one that a file's tests share."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ports import free_ports
from tests.process_env import PATIENCE_SECONDS, PORTS, ProcessEnv


@pytest.fixture
def env(tmp_path: Path) -> ProcessEnv:
    """An installation in which nothing runs yet."""
    return new_process_env(tmp_path)


@pytest.fixture(scope="module")
def running_env(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessEnv]:
    """One whose stack runs. Each demo that was played to its end leaves room for the next with the same deal."""
    env = new_process_env(tmp_path_factory.mktemp("running"))
    with up(env):
        yield env


def new_process_env(folder: Path) -> ProcessEnv:
    """On free ports, with a data folder in this one."""
    return ProcessEnv(folder / "home", dict(zip(PORTS, map(str, free_ports(3)), strict=True)))


@contextmanager
def up(env: ProcessEnv) -> Iterator[None]:
    """The stack of an installation runs meanwhile."""
    process = env.up()
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)
