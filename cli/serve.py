"""The API as a process of its own: a part of the stack."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import structlog
import uvicorn

from adapters.console_commands import what_to_do
from adapters.processes.part import await_turn, beat, freeze_gc, pulse_file
from api.app import SignIn, create_app
from api.http import PromptProtocol
from application.commands.administration import holiday_warnings
from application.magic_links.links import open_links
from application.sign_in.secret import open_sign_in_secret
from cli.development import refuse_development_in_production
from cli.terminal import cli_errors, settings
from composition import damage_of_directory, directory_in_force, interlock_of, oidc_of, registry_of, slack_of
from settings import Mode, Settings, SlackMode

if TYPE_CHECKING:
    from types import FrameType

    from fastapi import FastAPI

    from api.slack.app import Slack

log = structlog.get_logger()


def main(*, standby: bool = False) -> None:
    """Serves until stopped; a standby begins when it is its turn."""
    with cli_errors():
        refuse_development_in_production(settings())
    if standby:
        await_turn()
    asyncio.run(_serve(settings()))


async def _serve(chosen: Settings) -> None:
    _log_holidays_that_run_out(chosen)
    interlock, stop = await interlock_of(chosen), asyncio.Event()
    slack = slack_of(chosen, interlock)
    doors = [slack.router] if slack and chosen.slack is not SlackMode.SOCKET else []
    links = open_links(chosen.folder, chosen.address, chosen.clock)
    api = create_app(
        interlock,
        *doors,
        links=links,
        is_secure=chosen.address.startswith("https:"),
        is_development=chosen.mode is Mode.DEVELOPMENT,
        sign_in=SignIn(oidc_of(chosen), open_sign_in_secret(chosen.folder), chosen.address),
    )
    config = uvicorn.Config(api, host=chosen.host, port=chosen.http_port, log_level="warning", http=PromptProtocol)
    beside = asyncio.create_task(_receive(chosen, slack, stop)) if slack else None
    beating = asyncio.create_task(beat(pulse_file(chosen.folder, "api")))
    freeze_gc()
    await _Server(config).serve()
    stop.set()
    if beside is not None:
        await beside  # it too answers until it has stopped
    await interlock.acknowledgements.drain()
    beating.cancel()


class _Server(uvicorn.Server):
    """Tells pages' streams to end as soon as it is to stop: it waits for open connections."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        cast("FastAPI", self.config.app).state.is_stopping = True
        super().handle_exit(sig, frame)


async def _receive(chosen: Settings, slack: Slack, stop: asyncio.Event) -> None:
    """Carries out the Slack commands in the inbox until stopped, and opens Slack's socket if configured."""
    listening = asyncio.create_task(_listen(slack, stop)) if chosen.slack is SlackMode.SOCKET else None
    await slack.context.reception.run(stop)
    if listening is not None:
        listening.cancel()  # it may still be trying to reach Slack
        await asyncio.gather(listening, return_exceptions=True)


async def _listen(slack: Slack, stop: asyncio.Event) -> None:
    async with slack.socket():
        await stop.wait()


def _log_holidays_that_run_out(chosen: Settings) -> None:
    """An import warns too, but a calendar that was sufficient then runs out by itself."""
    registry, today = registry_of(chosen), chosen.clock().date()
    damaged = damage_of_directory(registry)
    if damaged is not None:  # what needs it is refused; the rest is served
        log.error("directory.damaged", what=str(damaged), remedy=what_to_do(damaged.refused))
        return
    directory = directory_in_force(registry)
    for warning in holiday_warnings(directory, today) if directory else ():
        log.warning("holidays run out", what=warning)
