"""`interlock people import` and `export`: the directory as a file, through a stack or on the machine itself.

With a token they go through the API, as the administrator. Without one they work on this machine's data folder, so that
the first people can be let in; whoever can write there needs no permission.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from adapters.files.yaml_source import Source, content_of, parse_source
from adapters.rest_client import FileNotTaken, FrontDoor
from cli.commands import Access, by_line
from cli.operations import show_effects
from cli.terminal import ERR, cli_errors, counted, front_door, is_signed_in, require_confirmed, say, settings, show

if TYPE_CHECKING:
    from application.commands.directory_files import DirectoryReview

MAX_SHOWN = 30
NOBODY_SIGNED_IN = (
    "nobody is signed in at {url}: run `interlock login`, or give a token; in an empty installation the one-time token "
    "that its first start printed. On the machine itself, leave out INTERLOCK_URL and --url to work on its data "
    "directly"
)


class Way(NamedTuple):
    """How to review, import and export a directory."""

    review: Callable[[bytes], dict[str, Any]]
    take: Callable[[bytes, int | None], dict[str, Any]]
    export: Callable[[], str]


def people_import(file: Path, access: Access, *, dry_run: bool, yes: bool, here: bool) -> None:
    """Shows what a directory changes, asks for confirmation if many would leave, and puts it into force."""
    with cli_errors():
        way, content = _here() if here else _way(access), content_of(file)
        review = by_line(file, lambda: way.review(content))
        if not access.as_json:
            _show_review(review, parse_source(str(file), content))
        if dry_run:
            show(review, lambda _: say("Nothing was written."), as_json=access.as_json)
            return
        leaving = review["leaving"] if review["asks"] else None
        if leaving is not None and not yes:
            _ask_whether_it_is_meant(review)
        done = by_line(file, lambda: way.take(content, leaving))
        show(done, _show_taken, as_json=access.as_json)
        if not access.as_json and (review["changed"] or review["left"]):
            say(f"Engagements are told within a minute: interlock people operation {done['version']}")


def people_export(file: Path | None, access: Access, *, yes: bool) -> None:
    """Writes the directory in force to a file, or prints it. Asks before overwriting something else."""
    with cli_errors():
        text = _way(access).export()
        if file is None:
            typer.echo(text, nl=False)
            return
        if not yes and file.exists() and file.read_bytes() != text.encode():
            require_confirmed(
                f"{file} already exists, with other contents. Overwrite it with the current directory?",
                "Nothing was written.",
            )
        file.write_text(text, encoding="utf-8")
        say(f"{file}: the current directory. `interlock people import {file}` takes it back unchanged.", ERR)


def _way(access: Access) -> Way:
    """Through the stack if someone is signed in or gives a token; on this machine's data if no stack is named.

    Raises BadParameter for a stack that is named but at which no one is signed in.
    """
    if access.token or is_signed_in(access.url):
        return _through(front_door(access.url, access.token))
    if access.url is None:
        return _here()
    raise typer.BadParameter(NOBODY_SIGNED_IN.format(url=access.url), param_hint="--token, INTERLOCK_TOKEN")


def _through(door: FrontDoor) -> Way:
    """As the administrator, over REST."""

    def take(content: bytes, leaving: int | None) -> dict[str, Any]:
        query = f"?leaving={leaving}" if leaving is not None else ""
        return door.send_file("me", f"/people/import{query}", content)

    return Way(
        review=lambda content: door.send_file("me", "/people/import/preview", content),
        take=take,
        export=lambda: door.text("me", "/people/export"),
    )


def _here() -> Way:
    """On this machine's data folder, for whoever can write there."""
    from adapters.db.people_operations import KEEPER  # noqa: PLC0415 -- heavy, and not needed where a stack is asked
    from adapters.files.playbook_file import read_playbook  # noqa: PLC0415
    from application.commands.administration import DirectoryFileRefused as NotTaken  # noqa: PLC0415
    from application.commands.directory_files import DirectoryStore, export_file, import_file, review_file, review_first  # noqa: PLC0415
    from composition import damage_of_directory, has_data, people_operations, read_model_of, registry_of  # noqa: PLC0415

    chosen = settings()
    say(f"This works on the data of this machine, {chosen.folder}, as its operator.", ERR)

    def store() -> DirectoryStore:
        return DirectoryStore(people_operations(chosen), registry_of(chosen), read_model_of(chosen), chosen.clock)

    def review(content: bytes) -> DirectoryReview:
        """Writes nothing, even for the first file."""
        if has_data(chosen):
            damaged = damage_of_directory(registry_of(chosen))
            if damaged is not None:
                say(f"{damaged} The file takes its place; it is compared with the newest version that is sound.", ERR)
            return review_file(store(), KEEPER, content)
        return review_first(content, read_playbook(chosen.playbook), chosen.clock())

    def plainly(call: Callable[[], Any]) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = call().model_dump(mode="json")
        except NotTaken as refused:
            lines = (p.model_dump() | {"field": p.path} for p in refused.problems)
            raise FileNotTaken(refused.refused, tuple(lines)) from None
        return answer

    return Way(
        review=lambda content: plainly(lambda: review(content)),
        take=lambda content, leaving: plainly(lambda: import_file(store(), KEEPER, content, leaving)),
        export=lambda: export_file(store(), KEEPER),
    )


def _ask_whether_it_is_meant(review: dict[str, Any]) -> None:
    leaving = f"{review['leaving']} of {review['of']} people would leave."
    require_confirmed(f"{leaving} Import the file anyway?", "Nothing was written.")


def _show_review(review: dict[str, Any], source: Source) -> None:
    """Who joins, changes and leaves, what else changes, and what no one could do afterwards."""
    for title, people in (("Joins", review["joined"]), ("Changes", review["changed"]), ("Leaves", review["left"])):
        if people:
            say(f"{title} ({len(people)}):")
            for line in _people(people):
                say(f"  {line}")
    for sentence in review["also"]:
        say(sentence)
    show_effects(review["engagements"])
    if review["more"]:
        say("More engagements know somebody who changes or leaves; the effects there were not checked.")
    for warning in review["warnings"]:
        say(f"{source.file}:{source.line(warning['where'])}: warning: {warning['what']}. {warning['remedy']}", ERR)
    if not any(review[name] for name in ("joined", "changed", "left", "also")):
        say("Nothing changes.")


def _people(people: list[dict[str, Any]]) -> Iterator[str]:
    for person in people[:MAX_SHOWN]:
        of = f", {person['client']}" if person["client"] else ""
        what = f": {'; '.join(person['what'])}" if person.get("what") else ""
        yield f"{person['name']} ({person['id']}{of}){what}"
    if len(people) > MAX_SHOWN:
        yield f"and {len(people) - MAX_SHOWN} more"


def _show_taken(done: dict[str, Any]) -> None:
    people, clients = counted(done["people"], "person", "people"), counted(done["clients"], "client", "clients")
    say(f"In force: {people} and {clients}. Operation {done['version']}.")
    known = [f"{name} {until or '–'}" for name, until in done["holidays_until"].items()]
    say(f"Holidays are known until: {', '.join(known)}.")
