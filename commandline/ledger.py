"""The record on the command line: verified, and its read model made again."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from adapters.processes import CannotStart
from adapters.records import Records
from adapters.tree_head import head_of_file, is_genuine, open_key, public_key
from adapters.verification import verify
from commandline.options import AsJson
from commandline.terminal import ERR, FAILED, OUT, said_plainly, say, settings
from composition import opened
from domain.values import Moment

ledger_app = typer.Typer()


@ledger_app.command("verify")
def ledger_verify(
    head: Annotated[Path | None, typer.Option("--head", help="A signed tree head to hold the ledger against.")] = None,
    public: Annotated[
        str | None, typer.Option("--public-key", help="Of whoever signed the head, in hex; else that of this folder.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check every chain of the record and what it names; name the first row that is not as it was written."""
    with said_plainly():
        chosen = settings()
        signed = head_of_file(head.read_text()) if head else None
        if signed is not None and not is_genuine(signed, public or public_key(open_key(chosen.folder))):
            raise CannotStart(f"{head} was not signed by this key.")
        verdict = verify(opened(chosen), signed)
        answer: dict[str, Any] = {"verified": verdict.is_sound, "streams": verdict.streams, "rows": verdict.rows}
        fault = verdict.fault
        answer["fault"] = f"{fault.stream}#{fault.seq}: {fault.what}" if fault else None
        if as_json:
            OUT.print_json(json.dumps(answer))
        elif fault is None:
            say(f"Every one of {verdict.rows} facts in {verdict.streams} streams is as it was written.")
            say(_beyond(signed.at if signed else None))
        else:
            say(f"Not as it was written: {answer['fault']}")
        if fault is not None:
            raise typer.Exit(FAILED)


def _beyond(at: Moment | None) -> str:
    """What a verification cannot know."""
    if at is None:
        return (
            "Without a tree head nobody can tell whether chains were rewritten, or cut off, together with their heads."
        )
    return f"What was written after {at.isoformat(timespec='seconds')} no head vouches for."


def rebuild() -> None:
    """Make the read model again from the ledger: the same bytes."""
    with said_plainly(), Progress(console=ERR) as progress:
        task = progress.add_task("rebuilding", total=None)
        count = Records(opened(settings())).rebuild(lambda done, of: progress.update(task, completed=done, total=of))
    say(f"{count} facts.")
