"""Commands of `interlock` as somebody, against the running API."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from typer.testing import CliRunner, Result

import cli.main
from tests.stack import Stack

Run = Callable[..., Awaitable[Result]]


@pytest.fixture
def run(stack: Stack, address: str) -> Run:
    """A command as somebody."""

    async def ran(who: str, *words: str) -> Result:
        given = [*words, "--url", address, "--token", stack.tokens[who]]
        return await asyncio.to_thread(CliRunner(env={"COLUMNS": "200"}).invoke, cli.main.app, given)

    return ran
