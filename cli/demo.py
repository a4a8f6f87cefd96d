"""`interlock demo`: plays deals from the first call to the close."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import typer

from adapters.clock import Now
from adapters.files.deal_file import read_deal
from adapters.files.directory_file import read_directory
from adapters.files.playbook_file import read_playbook
from adapters.files.yaml_source import FileRefused
from adapters.processes.start_errors import CannotStart
from adapters.processes.supervisor import Supervisor
from adapters.rest_client import FrontDoor, RefusedError, is_interlock
from cli.development import SAMPLES, development_tokens, for_development
from cli.stack import start_stack
from cli.terminal import ERR, FAILED, OUT, checked_address, cli_errors, say, settings
from composition import people_operations, registry_of
from demo.answers import Casting
from demo.player import Player
from demo.quick_ladder import for_one_start, mend
from demo.screen import JsonLines, Live, Screen
from demo.vacancy import ROLE, VacancyAct
from domain.directory.directory import Directory
from domain.playbook.model import Playbook
from domain.shared.errors import RefusalKind
from settings import Settings

SAMPLE_DEALS = ("deal-lindqvist-small", "deal-casework-inhouse", "deal-halden")
VACANCY_ACT = "act-vacancy"


def demo(deals: Sequence[Path] | None, directory_file: Path | None, url: str | None, *, as_json: bool) -> None:
    """Plays these deals or, by default, the samples and an escalating vacancy. Exits with FAILED if one stayed open."""
    screen: Screen = JsonLines(ERR) if as_json else Live(OUT)
    with cli_errors():
        url = checked_address(url) if url else None
        chosen = for_development(settings())
        directory = read_directory(directory_file or SAMPLES / "directory.yaml", chosen.clock().year)
        playbook = read_playbook(chosen.playbook)
        paths = deals or [SAMPLES / f"{name}.yaml" for name in (VACANCY_ACT, *SAMPLE_DEALS)]
        casts = _cast(paths, directory, playbook, screen, chosen.clock)
        with _stack_for_demo(chosen, url) as address:
            tokens = _tokens_for_demo(chosen, directory)
            door = FrontDoor(address, tokens)
            door.await_ready()
            _require_same_house(door, directory, address)
            run = _run_id(chosen)
            players = [Player(stem, cast.deal, cast, door, screen, run) for stem, cast in casts]
            act = None if deals else _begin_vacancy(chosen, players.pop(0))
            outcomes = [_play(player) for player in players]
            outcomes += [act.end()] if act else []
            (chosen.folder / "demo-run").unlink(missing_ok=True)
    if not all(outcomes):
        raise typer.Exit(FAILED)


def _cast(
    paths: Sequence[Path], directory: Directory, playbook: Playbook, screen: Screen, now: Now
) -> list[tuple[str, Casting]]:
    """The deals by name, each with its people. Raises FileRefused with everything that is wrong in any of them."""
    casts: list[tuple[str, Casting]] = []
    refused: list[Any] = []
    for path in paths:
        try:
            deal, warnings = read_deal(path, directory, playbook)
        except FileRefused as problems:
            refused += problems.problems
            continue
        casts.append((path.stem, Casting(deal, directory, playbook, now)))
        for warning in warnings:
            screen.note(f"{path.name}: {warning}")
    if refused:
        raise FileRefused(*refused)
    return casts


def _begin_vacancy(chosen: Settings, of: Player) -> VacancyAct:
    """Begins the act that takes a minute: it starts before the other deals and ends after them."""
    act = VacancyAct(of.name, of.deal, of.casting, of.door, of.screen, of.run)
    registry, people = registry_of(chosen), people_operations(chosen)
    act.begin(for_one_start(registry, people, of.casting.directory, ROLE, of.deal.salesperson))
    return act


def _require_same_house(door: FrontDoor, directory: Directory, address: str) -> None:
    """Raises CannotStart if the stack uses another data folder, and so does not know our tokens."""
    try:
        door.get(directory.positions["head_of_sales"], "/me")
    except RefusedError as refused:
        if refused.refused.kind is RefusalKind.UNAUTHENTICATED:
            raise CannotStart(
                f"The stack at {address} has another data folder. Set INTERLOCK_HOME to the one it was started with."
            ) from None
        raise


def _play(player: Player) -> bool:
    summary = player.play()
    player.screen.summary(summary)
    return summary["stage"] == "closed" and summary["ledger_verified"] and not player.unrefused


@contextmanager
def _stack_for_demo(chosen: Settings, url: str | None) -> Iterator[str]:
    """Yields the stack given or already running, or else a temporary one that is stopped at the end."""
    if url is not None or is_interlock(chosen.url):
        yield (url or chosen.url).rstrip("/")
        return
    supervisor = start_stack(chosen)
    over = Event()
    watching = Thread(target=_watch_until, args=(supervisor, over), daemon=True)
    watching.start()
    try:
        yield chosen.url
    finally:
        over.set()
        watching.join()
        supervisor.stop()


def _watch_until(supervisor: Supervisor, over: Event) -> None:
    while not over.wait(0.1):
        supervisor.watch()


def _run_id(chosen: Settings) -> str:
    """The id of this demo: that of one that was interrupted, if any, so that it continues where it stopped."""
    path = chosen.folder / "demo-run"
    if path.exists():
        say("Resuming the demo that was interrupted.", ERR)
        return path.read_text().strip()
    path.write_text(secrets.token_hex(8))
    return path.read_text()


def _tokens_for_demo(chosen: Settings, directory: Directory) -> dict[str, str]:
    registry = registry_of(chosen)
    mend(registry)
    people_operations(chosen).import_directory(directory)
    return development_tokens(chosen, registry)
