"""What each program loads: no more than it needs, since that is what its start costs."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

FRONT_DOORS = {"fastapi", "starlette", "uvicorn", "slack_bolt"}
HEAVY = {*FRONT_DOORS, "temporalio", "sqlalchemy", "sqlmodel", "alembic", "slack_sdk", "aiohttp", "pydantic", "httpx"}
FOR_DEVELOPMENT = {"demo", "examples"}
NOTIFIER = """
import asyncio
import notifier
from settings import Settings, SlackMode
chosen = Settings(
    home='{home}', slack=SlackMode.HTTP, slack_bot_token="xoxb-1", slack_signing_secret="1",
    public_url="https://interlock.example", smtp_host="127.0.0.1", mail_from="interlock@firm.example",
)
channels = notifier._channels(chosen, asyncio.run(notifier.interlock_of(chosen)))
assert [channel.name for channel in channels] == ["slack", "mail"], channels
"""
HELP = "import sys; sys.argv = ['interlock', *{arguments}]\nfrom cli.main import app\napp(standalone_mode=False)"
MODULES = "\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"


def run(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout


@cache
def loaded_by(program: str) -> set[str]:
    """The modules that are loaded once a program has run."""
    return set(json.loads(run(program + MODULES).splitlines()[-1]))


def test_the_help_of_the_command_line_loads_nothing_heavy_and_names_every_group() -> None:
    said = run(HELP.format(arguments=["--help"]) + MODULES)
    assert not set(json.loads(said.splitlines()[-1])) & HEAVY
    assert "deal " in said
    assert "Start, list and watch deals." in said


@pytest.mark.parametrize("group", ["deal", "ask", "role", "people", "outbox"])
def test_a_group_that_asks_the_api_loads_neither_engine_nor_database_nor_a_front_door(group: str) -> None:
    unwanted = {*FRONT_DOORS, "temporalio", "sqlalchemy", "sqlmodel", "slack_sdk"}
    assert not loaded_by(HELP.format(arguments=[group, "--help"])) & unwanted


@pytest.mark.parametrize("part", ["worker", "notifier"])
def test_worker_and_notifier_load_no_front_door(part: str) -> None:
    assert not loaded_by(f"import {part}") & {*FRONT_DOORS, "slack_sdk"}


def test_the_notifier_tells_by_slack_and_by_mail_without_a_front_door(tmp_path: Path) -> None:
    loaded = loaded_by(NOTIFIER.format(home=tmp_path))
    assert loaded >= {"slack_sdk", "aiosmtplib"}
    assert not loaded & {*FRONT_DOORS, *FOR_DEVELOPMENT}


@pytest.mark.parametrize("part", ["worker", "notifier", "cli.serve"])
def test_no_part_loads_what_migrates_before_there_is_something_to_migrate(part: str) -> None:
    assert "alembic" not in loaded_by(f"import {part}")


@pytest.mark.parametrize("part", ["worker", "notifier", "cli.serve", "cli.stack", "api.slack.app"])
def test_nothing_for_development_is_loaded_in_production(part: str) -> None:
    assert not loaded_by(f"import {part}") & FOR_DEVELOPMENT


def test_the_api_loads_slack_where_it_is_wanted_alone() -> None:
    assert not loaded_by("import cli.serve") & {"slack_bolt", "slack_sdk", "aiohttp"}
