"""`interlock`: the command line, and with `worker.py` the place where everything is wired together.

What serves people goes through the REST API with their token; what keeps the house (import, tokens, ledger,
rebuild) works on the data folder itself, so that the first person can be let in.
"""

import asyncio
import json
import os
import secrets
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path
from threading import Event, Thread
from typing import Annotated, Any

import structlog
import typer
import uvicorn
from rich.progress import Progress

from adapters.chat_cards import ChatCards
from adapters.clock import Now
from adapters.deal_file import read_deal
from adapters.directory_file import directory_from, read_directory
from adapters.kept_heads import KeptHeads, Witness
from adapters.logs import configure_logs
from adapters.outbox import Outbox
from adapters.playbook_file import playbook_from, read_playbook
from adapters.processes import (
    CannotStart,
    Part,
    Supervisor,
    answers_http2,
    beat,
    claim,
    listens,
    pulse_file,
    pulse_of,
    require_free,
    spare_what_was_loaded,
    temporal_command,
)
from adapters.records import Records
from adapters.registry import Registry
from adapters.rest_client import FrontDoor, RefusedError, is_interlock
from adapters.slack_emulator import emulator_command, seed_of
from adapters.temporal import kinds_of
from adapters.tree_head import head_of_file, is_genuine, open_key, public_key
from adapters.verification import NOT_COMPARED, Fault, verify
from adapters.verification import Verdict as Verification
from adapters.yaml_source import FileRefused, Source, read_source
from api.app import create_app
from api.slack.app import Slack
from api.slack.wall import SlackWall
from application.administration import holiday_warnings
from application.links import open_links
from commandline.asks import ask_app, digest_app
from commandline.deals import change_app, deal_app
from commandline.outbox import outbox_app
from commandline.people import people_app
from commandline.reconcile import reconcile
from commandline.roles import role_app, vacancy_app
from commandline.slack import slack_app
from commandline.terminal import (
    ERR,
    FAILED,
    OUT,
    AsJson,
    Url,
    said_plainly,
    say,
    settings,
)
from composition import (
    EMULATED_CHANNEL,
    EMULATED_SECRET,
    EMULATED_TOKEN,
    interlock_of,
    opened,
    people_operations,
    registry_of,
    slack_of,
)
from domain.directory import Directory
from domain.firm.events import DirectoryImported
from domain.holidays_known import holiday_findings
from domain.playbook import Playbook
from domain.playbook_findings import Finding, Severity, findings
from domain.record import Recorded
from domain.refusals import NotFound
from examples.casting import Casting
from examples.player import Player
from examples.quick_ladder import ROUND_THE_CLOCK, for_one_start, mend
from examples.screen import JsonLines, Live, Screen
from examples.vacancy import ROLE, VacancyAct
from settings import ROOT, Mode, Settings, SlackMode
from workflows.search_attributes import ALL as SEARCH_ATTRIBUTES

log = structlog.get_logger()
SAMPLES = ROOT / "examples"
SAMPLE_DEALS = ("deal-lindqvist-small", "deal-casework-inhouse", "deal-halden")
VACANCY_ACT = "act-vacancy"
DEVELOPMENT_TOKENS = "development-tokens.json"

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Between the people who sell and those who deliver.")
playbook_app = typer.Typer(no_args_is_help=True, help="The process.")
ledger_app = typer.Typer(no_args_is_help=True, help="The record.")
token_app = typer.Typer(no_args_is_help=True, help="Who may come in.")
for name, group in {
    "deal": deal_app,
    "ask": ask_app,
    "change": change_app,
    "role": role_app,
    "vacancy": vacancy_app,
    "people": people_app,
    "digest": digest_app,
    "outbox": outbox_app,
    "slack": slack_app,
    "playbook": playbook_app,
    "ledger": ledger_app,
    "token": token_app,
}.items():
    app.add_typer(group, name=name)


app.command()(reconcile)


def directory_in_force(registry: Registry) -> Directory | None:
    """The directory, or None before the first import."""
    try:
        return registry.directory()
    except NotFound:
        return None


# -- the stack


@app.command()
def up() -> None:
    """Start Temporal with its UI, the worker and the API; Ctrl-C stops all, a second start goes on."""
    chosen = settings()
    with said_plainly():
        supervisor = start_stack(chosen)
        _announce(chosen)
        _watch_until_told(supervisor)


def start_stack(chosen: Settings) -> Supervisor:
    """The embedded stack, running. Raises CannotStart, naming the setting, for a taken port or data folder."""
    claimed = claim(chosen.folder)
    for port, setting in (
        (chosen.http_port, "INTERLOCK_HTTP_PORT"),
        (chosen.temporal_port, "INTERLOCK_TEMPORAL_PORT"),
        (chosen.temporal_ui_port, "INTERLOCK_TEMPORAL_UI_PORT"),
    ):
        require_free(port, setting)
    registry = registry_of(chosen)
    if chosen.mode is Mode.DEVELOPMENT:
        _bring_sample_people(chosen, registry)
        mend(registry)
        development_tokens(chosen, registry)
    parts = [_temporal(chosen), *_emulator(chosen, registry), _worker(chosen), _api(chosen), *_teller(chosen)]
    supervisor = Supervisor(parts, chosen.folder / "logs", claimed)
    supervisor.start()
    return supervisor


def _bring_sample_people(chosen: Settings, registry: Registry) -> None:
    """Where there is nobody yet, or a demo was killed while it had somebody work round the clock."""
    known = directory_in_force(registry)
    if known is None or ROUND_THE_CLOCK.name in known.calendars:
        people_operations(chosen).import_directory(read_directory(SAMPLES / "directory.yaml", _this_year()))


def _temporal(chosen: Settings) -> Part:
    kinds = kinds_of(SEARCH_ATTRIBUTES)
    command = temporal_command(chosen.temporal_port, chosen.temporal_ui_port, chosen.folder / "temporal.db", kinds)
    port = chosen.temporal_port
    return Part("temporal", command, lambda: listens(port), lambda: answers_http2(port))


def _pulse(chosen: Settings, name: str) -> Callable[[], object]:
    return partial(pulse_of, pulse_file(chosen.folder, name))


def _worker(chosen: Settings) -> Part:
    return Part("worker", [sys.executable, "-m", "worker"], lambda: True, _pulse(chosen, "worker"))


def _api(chosen: Settings) -> Part:
    command = [sys.executable, "-m", "cli", "serve"]
    return Part("api", command, lambda: listens(chosen.http_port, chosen.host), _pulse(chosen, "api"))


def _teller(chosen: Settings) -> list[Part]:
    """Who tells people, where there is a way to."""
    wanted = chosen.slack is not SlackMode.OFF or chosen.mail is not None
    command = [sys.executable, "-m", "teller"]
    return [Part("teller", command, lambda: True, _pulse(chosen, "teller"))] if wanted else []


def _emulator(chosen: Settings, registry: Registry) -> list[Part]:
    """Slack's emulator with the directory's people. It begins anew: what stood in the one before stands no more."""
    if chosen.slack is not SlackMode.EMULATOR:
        return []
    require_free(chosen.slack_emulator_port, "INTERLOCK_SLACK_EMULATOR_PORT")
    ChatCards(opened(chosen)).forget_all()
    Outbox(opened(chosen)).tell_again_what_is_asked(SlackWall.name)
    seed = chosen.folder / "slack-emulator.json"
    seeded = seed_of(registry.directory(), EMULATED_TOKEN, EMULATED_SECRET, EMULATED_CHANNEL)
    seed.write_text(json.dumps(seeded))
    port = chosen.slack_emulator_port
    return [Part("slack", emulator_command(port, seed), lambda: listens(port))]


def _announce(chosen: Settings) -> None:
    say(f"Interlock     {chosen.url}/api/v1   (health: {chosen.url}/health)")
    say(f"Temporal UI   http://127.0.0.1:{chosen.temporal_ui_port}")
    if chosen.slack is SlackMode.EMULATOR:
        say(
            f"Slack         http://127.0.0.1:{chosen.slack_emulator_port}   (emulated: look at messages, homes, modals)"
        )
    say(f"Data          {chosen.folder}")
    if chosen.mode is Mode.DEVELOPMENT:
        OUT.rule("[bold red]DEVELOPMENT MODE: sample people, tokens in plain sight. Never for real deals.")
        for person, token in json.loads((chosen.folder / DEVELOPMENT_TOKENS).read_text()).items():
            say(f"  {person:<18} {token}")
        say("Try: interlock demo")
    say("Ctrl-C stops all; nothing is lost.")


def _watch_until_told(supervisor: Supervisor) -> None:
    told: list[int] = []
    for signalled in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signalled, lambda number, _frame: told.append(number))
    while not told:
        supervisor.watch()
        time.sleep(0.1)
    say("Stopping …")
    supervisor.stop()


@app.command(hidden=True)
def serve() -> None:
    """Run the API alone."""
    asyncio.run(_serve(settings()))


async def _serve(chosen: Settings) -> None:
    _log_holidays_that_run_out(chosen)
    interlock, stop = await interlock_of(chosen), asyncio.Event()
    slack = slack_of(chosen, interlock)
    doors = [slack.router] if slack and chosen.slack is not SlackMode.SOCKET else []
    api = create_app(interlock, *doors, links=open_links(chosen.folder, chosen.address, chosen.clock))
    config = uvicorn.Config(api, host=chosen.host, port=chosen.http_port, log_level="warning")
    beside = asyncio.create_task(_receive(chosen, slack, stop)) if slack else None
    beating = asyncio.create_task(beat(pulse_file(chosen.folder, "api")))
    spare_what_was_loaded()
    await uvicorn.Server(config).serve()
    stop.set()
    if beside is not None:
        await beside
    beating.cancel()


async def _receive(chosen: Settings, slack: Slack, stop: asyncio.Event) -> None:
    """Carries out what Slack brought, until it is stopped; brought by a socket too, where one is wanted."""
    listening = asyncio.create_task(_listen(slack, stop)) if chosen.slack is SlackMode.SOCKET else None
    await slack.desk.reception.run(stop)
    if listening is not None:
        listening.cancel()  # it may still be trying to reach Slack
        await asyncio.gather(listening, return_exceptions=True)


async def _listen(slack: Slack, stop: asyncio.Event) -> None:
    async with slack.socket():
        await stop.wait()


def _log_holidays_that_run_out(chosen: Settings) -> None:
    """An import says it too, but what was enough then runs out by itself."""
    directory = directory_in_force(registry_of(chosen))
    today = chosen.clock().date()
    for warning in holiday_warnings(directory, today) if directory else ():
        log.warning("holidays run out", what=warning)


# -- the demo


@app.command()
def demo(
    deals: Annotated[list[Path] | None, typer.Option("--deal", help="A deal file; may be given again.")] = None,
    directory_file: Annotated[Path | None, typer.Option("--directory", help="A directory of people.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Play deals from the first call to the close, each step by its person, with the forbidden shortcuts refused.

    Without --deal these are the sample deals, and beside them a vacancy that climbs: a little over a minute.
    """
    screen: Screen = JsonLines(ERR) if as_json else Live(OUT)
    with said_plainly():
        chosen = for_development(settings())
        directory = read_directory(directory_file or SAMPLES / "directory.yaml", _this_year())
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
    """The deals by their names, with the people of each. Raises FileRefused with what is wrong in any of them."""
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
    """The act that needs a minute: it begins before the other deals and ends after them."""
    act = VacancyAct(of.name, of.deal, of.casting, of.door, of.screen, of.run)
    registry, people = registry_of(chosen), people_operations(chosen)
    act.begin(for_one_start(registry, people, of.casting.directory, ROLE))
    return act


def for_development(chosen: Settings) -> Settings:
    """The settings in development mode, unless they or the data folder are a production's. Raises CannotStart."""
    fresh = chosen.database_url is None and not (chosen.folder / "interlock.db").exists()
    ours = fresh or (chosen.folder / DEVELOPMENT_TOKENS).exists()
    told = chosen.mode is Mode.PRODUCTION and "mode" in chosen.model_fields_set
    if told or not ours:
        raise CannotStart(
            f"{chosen.folder} is kept for production; sample people and their tokens have no place there. "
            "Set INTERLOCK_MODE=development and INTERLOCK_HOME to a folder of its own."
        )
    return chosen.model_copy(update={"mode": Mode.DEVELOPMENT})


def _require_same_house(door: FrontDoor, directory: Directory, address: str) -> None:
    """Raises CannotStart where the stack keeps another data folder: it knows none of our tokens."""
    try:
        door.get(directory.positions["head_of_sales"], "/me")
    except RefusedError as refused:
        if refused.refused.status == HTTPStatus.UNAUTHORIZED:
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
    """The stack that was named or runs already; else one of the demo's own, stopped at the end."""
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
    """The id of this demo: of the one that was cut short, if there is one, so that it goes on where it stood."""
    path = chosen.folder / "demo-run"
    if path.exists():
        say("Going on with the demo that was cut short.", ERR)
        return path.read_text().strip()
    path.write_text(secrets.token_hex(8))
    return path.read_text()


def _tokens_for_demo(chosen: Settings, directory: Directory) -> dict[str, str]:
    registry = registry_of(chosen)
    mend(registry)
    people_operations(chosen).import_directory(directory)
    return development_tokens(chosen, registry)


def development_tokens(chosen: Settings, registry: Registry) -> dict[str, str]:
    """A token for everybody in the directory, in a file that only its owner reads. In development mode alone."""
    if chosen.mode is not Mode.DEVELOPMENT:
        raise CannotStart("Tokens for everybody exist in development mode alone. Set INTERLOCK_MODE=development.")
    path = chosen.folder / DEVELOPMENT_TOKENS
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    for person in registry.directory().everyone():
        if person.id not in known or registry.person_of(known[person.id]) != person.id:
            known[person.id] = registry.tokens.create(person.id, "development", chosen.clock())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(known, file, indent=1)
    return known


# -- the house


@people_app.command("import")
def people_import(file: Path) -> None:
    """Take a directory of people, in place of the one before."""
    with said_plainly():
        source, today = read_source(file), settings().clock().date()
        directory = directory_from(source, today.year)
        operations = people_operations(settings())
        version = operations.import_directory(directory)
        say(f"{len(directory.people)} people, {len(directory.clients)} clients. Operation {version}.")
        for word in _what_changed(operations.operation(version).facts):
            say(word)
        known = [f"{name} {calendar.holidays_until or '–'}" for name, calendar in directory.calendars.items()]
        say(f"Holidays are known until: {', '.join(known)}.")
        for found in holiday_findings(directory.calendars.values(), today):
            say(_told(source, found), ERR)


def _what_changed(facts: Iterable[Recorded]) -> Iterator[str]:
    """Who came and who left by an import, and when engagements hear of it."""
    for fact in facts:
        if isinstance(fact.event, DirectoryImported):
            for what, people in (
                ("New", fact.event.joined),
                ("Left", fact.event.left),
                ("Changed", fact.event.changed),
            ):
                if people:
                    yield f"{what}: {', '.join(people)}"
            if fact.event.left or fact.event.changed:
                yield "Where a stack runs, engagements hear of it within a minute: interlock people operations"


@token_app.command("create")
def token_create(person: str) -> None:
    """Make a token for a person. It is shown once."""
    with said_plainly():
        registry = registry_of(settings())
        known = directory_in_force(registry)
        found = known.person(person) if known else None
        if found is None:
            raise CannotStart(f"{person} is not in the directory. Import it first: interlock people import FILE.")
        if not found.active:
            raise CannotStart(f"{found.name} is not active any more, and gets no token.")
        secret = registry.tokens.create(person, "command line", settings().clock())
        say(secret)


@playbook_app.command("check")
def playbook_check(
    file: Annotated[Path | None, typer.Argument()] = None,
    directory_file: Annotated[Path | None, typer.Option("--directory")] = None,
    as_json: AsJson = False,
) -> None:
    """Prove that a playbook leaves nothing open: no gap, no ladder that ends at nobody, no gate for the asker alone."""
    with said_plainly():
        chosen = settings()
        path = file or chosen.playbook
        source = read_source(path)
        directory = read_directory(directory_file, _this_year()) if directory_file else _known_directory(chosen)
        found = findings(playbook_from(source), directory)
        if as_json:
            OUT.print_json(json.dumps([_finding(source, one) for one in found]))
        else:
            _say_findings(source, found)
        if any(one.severity is Severity.ERROR for one in found):
            raise typer.Exit(FAILED)


def _finding(source: Source, found: Finding) -> dict[str, Any]:
    own = found.model_dump(mode="json", include={"severity", "where", "what", "remedy"})
    return {"line": source.line(found.where), **own}


def _told(source: Source, found: Finding) -> str:
    return f"{source.file}:{source.line(found.where)}: {found.severity.value}: {found.what}. {found.remedy}"


def _say_findings(source: Source, found: Sequence[Finding]) -> None:
    for one in found:
        say(_told(source, one))
    if not found:
        say("Nothing is left open.")


@playbook_app.command("publish")
def playbook_publish(file: Path) -> None:
    """Put a playbook into force for engagements that start from now on; those that run keep theirs."""
    with said_plainly():
        chosen = settings()
        source = read_source(file)
        playbook = playbook_from(source)
        registry = Registry(opened(chosen), chosen.clock)
        found = findings(playbook, directory_in_force(registry))
        _say_findings(source, found)
        if any(one.severity is Severity.ERROR for one in found):
            raise typer.Exit(FAILED)
        registry.save_playbook(playbook, "command line")
        registry.publish_playbook(playbook.name, playbook.version)
        say(f"{playbook.name} {playbook.version} is in force for engagements that start from now on.")


def _known_directory(chosen: Settings) -> Directory | None:
    return directory_in_force(registry_of(chosen)) if chosen.folder.exists() else None


@ledger_app.command("verify")
def ledger_verify(
    head: Annotated[
        Path | None, typer.Option("--head", help="A signed tree head; else the newest that is kept.")
    ] = None,
    public: Annotated[
        str | None, typer.Option("--public-key", help="Of whoever signed the head, in hex; else that of this folder.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check every chain of the record, what it names, and the read model; name each row that is not as it should be."""
    with said_plainly():
        chosen = settings()
        key = public or public_key(open_key(chosen.folder))
        witness = _given(head, key) if head else KeptHeads(chosen.heads_folder, key).newest()
        verdict = verify(opened(chosen), witness.head)
        verdict = verdict.and_these([Fault(str(file), 0, NOT_SIGNED) for file in witness.doubtful])
        if as_json:
            at = witness.head.at.isoformat() if witness.head else None
            OUT.print_json(json.dumps({**_verdict(verdict), "head": at and {"at": at, "file": str(witness.file)}}))
        else:
            _say_verdict(verdict)
            say(_beyond(witness, is_kept_here=head is None))
        if not verdict.is_sound:
            raise typer.Exit(FAILED)


NOT_SIGNED = "this kept head was not signed by this key, or was edited."


def _given(file: Path, key: str) -> Witness:
    """The head that somebody brings from elsewhere. Raises CannotStart where it is not genuine."""
    signed = head_of_file(file.read_text())
    if not is_genuine(signed, key):
        raise CannotStart(f"{file} was not signed by this key.")
    return Witness(signed, file, ())


def _verdict(verdict: Verification) -> dict[str, Any]:
    return {
        "verified": verdict.is_sound,
        **verdict.size._asdict(),
        "found": verdict.found,
        "faults": [fault.told for fault in verdict.faults],
        "left_out": verdict.left_out,
    }


def _say_verdict(verdict: Verification) -> None:
    if verdict.is_sound:
        say(f"{verdict.size}: every one is as it was written, and the read model is what they make.")
    else:
        say(f"{verdict.size}, of which {verdict.found} are not as they were written, or not what they make:")
    for line in verdict.told:
        say(line)
    for what in verdict.left_out:
        say(f"Left out, for the record itself is not sound there: {what}")
    say(NOT_COMPARED)


def _beyond(witness: Witness, *, is_kept_here: bool) -> str:
    """What a verification cannot know."""
    if witness.head is None:
        return (
            "Without a tree head nobody can tell whether chains were rewritten, or cut off, together with their heads."
        )
    at = witness.head.at.isoformat(timespec="seconds")
    since = f"What was written after {at} no head vouches for."
    if not is_kept_here:
        return since
    return (
        f"Held against the newest kept head, {witness.file}. {since} Whoever can write the database, that file and the "
        "signing key can forge all three: only a head and a public key from elsewhere show that "
        "(--head FILE --public-key HEX)."
    )


@app.command()
def rebuild() -> None:
    """Make the read model again from the ledger: the same bytes."""
    with said_plainly(), Progress(console=ERR) as progress:
        task = progress.add_task("rebuilding", total=None)
        size = Records(opened(settings())).rebuild(lambda done, of: progress.update(task, completed=done, total=of))
    say(f"{size}: the read model is made of them again.")


def _this_year() -> int:
    return settings().clock().year


def main() -> None:
    """Entry of the `interlock` command. Logs go to the error stream."""
    configure_logs()
    app()


if __name__ == "__main__":
    main()
