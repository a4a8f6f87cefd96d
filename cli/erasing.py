"""`interlock ledger erase`: shows what holds the text that a person lawfully wants destroyed, then erases it."""

import json
import re
from datetime import UTC
from typing import Annotated

import typer
from rich.console import Console

from application.commands.erasure import Erasing, FoundText, Review
from cli.options import AsJson
from cli.terminal import ERR, OUT, cli_errors, counted, escaped, hanging, require_confirmed, say, say_as_it_is, settings
from composition import erasing_in, looked_at_data, opened, require_data
from domain.notifications.event_texts import HAPPENED

# Word boundaries in the name of a fact that has no sentence of its own.
PARTS = re.compile("(?<=[a-z])(?=[A-Z])")
HISTORIES = (
    "Temporal keeps the history of an engagement until its retention is over: 30 days after its end on the server of "
    "this stack, or what your own namespace says."
)
ELSEWHERE = "Mails, Slack messages and backups are not reached: docs/operations.md says what to do there."
STAYS = "They also appear elsewhere. Of that, erasing only reaches messages and cards of the engagements above:"


def erase(
    text: Annotated[
        str | None,
        typer.Argument(help="The text to erase. If left out, you are asked for it, so that no shell keeps it."),
    ] = None,
    fact: Annotated[
        list[str] | None, typer.Option("--fact", help="Only in this fact, as the list names it; repeatable.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Which request it was; without the text itself.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what contains it; write nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Destroy words at a person's lawful request: each whole text of a fact in which they stand.

    Works on the data of this machine, and shows first what holds them. Only of engagements that have ended.
    """
    if not dry_run and reason is None:
        raise typer.BadParameter("give --reason, or --dry-run", param_hint="--reason")
    sought = text if text is not None else typer.prompt("Which words", err=True)
    with cli_errors():
        chosen = settings()
        if dry_run:
            with looked_at_data(chosen) as data:
                review = erasing_in(data, chosen).review(sought, fact or ())
            _end(review, 0, as_json=as_json)
            return
        require_data(chosen)
        erasing = erasing_in(opened(chosen), chosen)
        erasing.finish()
        review = erasing.review(sought, fact or ())
        if review.texts:
            _erase(erasing, review, sought, reason or "", asks=not yes, as_json=as_json)
        _end(review, len(review.texts), as_json=as_json)


def _erase(erasing: Erasing, review: Review, sought: str, reason: str, *, asks: bool, as_json: bool) -> None:
    """Shows what would be erased, asks for confirmation, and erases it."""
    erasing.require_allowed(review)
    if asks:
        _show(review, ERR if as_json else OUT)
        question = f"Destroy {counted(len(review.texts), 'text', 'texts')} for good, each whole?"
        require_confirmed(question, "Nothing was erased.")
    erasing.erase(review, sought, reason)


def _end(review: Review, erased: int, *, as_json: bool) -> None:
    if as_json:
        say_as_it_is(escaped(json.dumps({**review.model_dump(mode="json"), "erased": erased}, ensure_ascii=False)))
        return
    if not erased:
        _show(review, OUT)
        say("Nothing was written.")
        return
    texts = counted(erased, "text", "texts")
    say(f"Erased: {texts}. The record says so in its stream erasures, and verifies as before.")
    say(HISTORIES)
    say(ELSEWHERE)


def _show(review: Review, console: Console) -> None:
    for found in review.texts:
        say(_line(found), console)
        say(hanging(f"    {found.around}", 4), console)
    if not review.texts:
        say("No fact contains this text.", console)
    for deal in review.engagements:
        stands = (
            "is running: end it first" if deal.ended_at is None else f"ended, {deal.ended_at.astimezone(UTC):%Y-%m-%d}"
        )
        say(f"{deal.id}  {deal.title}: {stands}", console)
    if review.stays:
        say(STAYS, console)
    for kept in review.stays:
        say(f"    {kept.place}: {kept.how_many}", console)


def _line(found: FoundText) -> str:
    when = f", {found.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if found.at else ""
    what = HAPPENED.get(found.kind) or PARTS.sub(" ", found.kind).capitalize()
    return f"{found.fact}  {what}; {found.by_name}{when}" if found.kind else found.fact
