"""`interlock up`: runs the embedded stack, from its first process to its last."""

import json
import signal
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import structlog
from rich.text import Text
from sqlalchemy import Engine

from adapters.console_commands import what_to_do
from adapters.db.chat_cards import ChatCards
from adapters.db.database import DATABASE_AWAY
from adapters.db.installation import Installation
from adapters.db.outbox import Outbox
from adapters.db.registry import Registry
from adapters.db.stream_status import StreamStatuses
from adapters.processes.part import pulse_file, pulse_of
from adapters.processes.ports import answers_http, answers_http2, listens, require_free
from adapters.processes.supervisor import StackPart, Supervisor, claim
from adapters.temporal.client import kinds_of
from adapters.temporal.server import keep_histories, temporal_command
from cli.development import bring_sample_people, refuse_development_in_production, shown_tokens
from cli.terminal import OUT, cli_errors, say, settings
from composition import damage_of_directory, directory_in_force, opened, registry_of
from domain.shared.errors import IntegrityBroken
from domain.shared.streams import stream_label
from settings import Mode, Settings, SlackMode
from workflows.search_attributes import ALL as SEARCH_ATTRIBUTES

log = structlog.get_logger()
# Seconds between two checks whether everything, new deals, or some running deals are paused.
STOP_CHECK_INTERVAL = 5.0
MAX_NAMED = 3
RECONCILE = "To see what to do, run: interlock reconcile"


def up() -> None:
    """Starts everything, prints the addresses, and supervises it until stopped."""
    chosen = settings()
    with cli_errors():
        supervisor = start_stack(chosen)
        _announce(chosen)
        database = opened(chosen)
        paused = Stops(partial(_paused_because, database, registry_of(chosen, database)))
        damaged = Stops(partial(_damaged_because, database), begins="DAMAGED", over="The record is as it was signed.")
        _watch_until_told(supervisor, paused, damaged)


def start_stack(chosen: Settings) -> Supervisor:
    """Starts the embedded stack. Raises CannotStart, naming the setting, if a port or the data folder is taken."""
    refuse_development_in_production(chosen)
    claimed = claim(chosen.folder)
    for port, setting in (
        (chosen.http_port, "INTERLOCK_HTTP_PORT"),
        (chosen.temporal_port, "INTERLOCK_TEMPORAL_PORT"),
        (chosen.temporal_ui_port, "INTERLOCK_TEMPORAL_UI_PORT"),
    ):
        require_free(port, setting)
    registry = registry_of(chosen)
    if chosen.mode is Mode.DEVELOPMENT and damage_of_directory(registry) is None:
        bring_sample_people(chosen)
    parts = [_temporal(chosen), *_emulator(chosen, registry), _worker(chosen), _api(chosen), *_notifier(chosen)]
    supervisor = Supervisor(parts, chosen.folder / "logs", claimed)
    supervisor.start()
    return supervisor


def _temporal(chosen: Settings) -> StackPart:
    kinds = kinds_of(SEARCH_ATTRIBUTES)
    command = temporal_command(chosen.temporal_port, chosen.temporal_ui_port, chosen.folder / "temporal.db", kinds)
    port = chosen.temporal_port
    return StackPart("temporal", command, lambda: listens(port) and keep_histories(port), lambda: answers_http2(port))


def _pulse(chosen: Settings, name: str) -> Callable[[], object]:
    return partial(pulse_of, pulse_file(chosen.folder, name))


def _worker(chosen: Settings) -> StackPart:
    command = [sys.executable, "-m", "worker"]
    return StackPart("worker", command, lambda: True, _pulse(chosen, "worker"), standby=chosen.standby)


def _api(chosen: Settings) -> StackPart:
    command = [sys.executable, "-m", "cli", "serve"]
    is_ready = partial(listens, chosen.http_port, chosen.host)
    return StackPart("api", command, is_ready, _pulse(chosen, "api"), standby=chosen.standby)


def _notifier(chosen: Settings) -> list[StackPart]:
    """The notifier, if there is a channel to notify by."""
    wanted = chosen.slack is not SlackMode.OFF or chosen.mail is not None or chosen.mail_folder is not None
    command = [sys.executable, "-m", "notifier"]
    return [StackPart("notifier", command, lambda: True, _pulse(chosen, "notifier"))] if wanted else []


def _emulator(chosen: Settings, registry: Registry) -> list[StackPart]:
    """The Slack emulator with the directory's people. It starts empty: messages in a previous one are gone."""
    if chosen.slack is not SlackMode.EMULATOR:
        return []
    from demo.slack.emulator import emulator_command, seed_of_workspace  # noqa: PLC0415 -- for development

    require_free(chosen.slack_emulator_port, "INTERLOCK_SLACK_EMULATOR_PORT")
    seed = chosen.folder / "slack-emulator.json"
    damaged = damage_of_directory(registry)
    if damaged is None:
        seed.write_text(json.dumps(seed_of_workspace(registry.directory())))
    elif not seed.exists():  # otherwise its people are those of the previous start
        raise damaged
    port = chosen.slack_emulator_port
    command = emulator_command(port, seed)
    forget = partial(_forget_what_stood, chosen)
    return [StackPart("slack", command, lambda: listens(port), lambda: answers_http(port), forget)]


def _forget_what_stood(chosen: Settings) -> None:
    """Has everything that is still asked sent again."""
    database = opened(chosen)
    try:
        ChatCards(database).forget_all()
        Outbox(database).tell_again_what_is_owed("slack")
    except DATABASE_AWAY as away:  # for development, old cards are better than no stack
        log.warning("slack.cards_not_forgotten", why=str(away))
    finally:
        database.dispose()


def _announce(chosen: Settings) -> None:
    say(f"Interlock     {chosen.url}/api/v1   (health: {chosen.url}/health)")
    say(f"Temporal UI   http://127.0.0.1:{chosen.temporal_ui_port}")
    if chosen.slack is SlackMode.EMULATOR:
        say(
            f"Slack         http://127.0.0.1:{chosen.slack_emulator_port}   (emulated: look at messages, homes, modals)"
        )
    if chosen.mail_folder is not None:
        say("Mail          is kept here and sent to nobody (DEVELOPMENT). Read it: interlock mail list")
    elif chosen.slack is SlackMode.OFF and chosen.mail is None:
        say("Messages      are kept and reach nobody: neither Slack (INTERLOCK_SLACK) nor mail is set up")
    say(f"Data          {chosen.folder}")
    if chosen.mode is Mode.DEVELOPMENT:
        warning = "DEVELOPMENT MODE: sample people, tokens in plain text. Not for real deals."
        OUT.rule(Text(warning, style="bold red"))
        for person_id, token in shown_tokens(chosen).items():
            say(f"  {person_id:<18} {token}")
        say("Try: interlock demo")
    else:
        _tell_the_first(chosen)
    say("Ctrl-C stops all; nothing is lost.")


def _tell_the_first(chosen: Settings) -> None:
    """Says how the first people are let in; the one-time token is printed here, at the first start, and never again."""
    registry = registry_of(chosen)
    if damage_of_directory(registry) is not None or directory_in_force(registry) is not None:
        return
    say("Nobody is known here yet. The first directory of people names the administrator (docs/directory.md).")
    token = registry.tokens.create_first(chosen.clock())
    if token is not None:
        say(f"One-time token of the first administrator, shown only once:\n  {token}")
        say("Next: interlock people import FILE --token TOKEN, then interlock login with the same token.")
    else:
        say("Its one-time token was shown at the first start. If you lost it, sign out and import on this machine:")
        say(f"  INTERLOCK_HOME={chosen.folder} interlock people import FILE, then interlock token create PERSON")


def _paused_because(database: Engine, registry: Registry) -> str:
    """Why everything, new deals, or changes in some running deals are paused; empty if nothing is."""
    damaged = damage_of_directory(registry)
    if damaged is not None:
        return f"processes that start now let nobody in. {damaged} {what_to_do(damaged.refused)}"
    stopped, quarantined = Installation(database).stopped(), StreamStatuses(database).quarantined()
    if stopped:
        return f"{stopped} {RECONCILE}"
    if not quarantined:
        return ""
    named = ", ".join(stream_label(stream) for stream in list(quarantined)[:MAX_NAMED])
    more = len(quarantined) - MAX_NAMED
    return f"nothing is changed in {named}{f' and {more} more' if more > 0 else ''}. {RECONCILE}"


def _damaged_because(database: Engine) -> str:
    """Where a signed head contradicts the record; empty if they agree. Work continues meanwhile."""
    unlike = Installation(database).contradicted()
    return f"{unlike} To see what to do, run: interlock ledger verify" if unlike else ""


class Stops:
    """Reports once when and why something is paused, and once when that is over: here, where operators look first."""

    def __init__(
        self,
        why: Callable[[], str],
        every: float = STOP_CHECK_INTERVAL,
        begins: str = "PAUSED",
        over: str = "No longer paused.",
    ) -> None:
        self._why, self._every = why, every
        self._begins, self._over = begins, over
        self._known = ""
        self._next = 0.0

    def look(self) -> None:
        """Checks, at most every few seconds."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + self._every
        with suppress(*DATABASE_AWAY):
            try:
                why = self._why()
            except IntegrityBroken as damaged:
                why = f"{damaged} To see where, run: interlock ledger verify"
            if why != self._known:
                say(f"{self._begins}: {why}" if why else self._over)
            self._known = why


def _look(stops: Iterable[Stops]) -> None:
    for each in stops:
        each.look()


def _watch_until_told(supervisor: Supervisor, *stops: Stops) -> None:
    told: list[int] = []
    for signalled in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signalled, lambda number, _frame: told.append(number))
    aside = ThreadPoolExecutor(1, "looks")  # so that a database that does not answer never delays replacing a hung part
    looking = aside.submit(_look, stops)
    while not told:
        supervisor.watch()
        if looking.done():
            looking.result()
            looking = aside.submit(_look, stops)
        time.sleep(0.1)
    aside.shutdown(wait=False)
    say("Stopping …")
    supervisor.stop()
    say("Stopped.")
