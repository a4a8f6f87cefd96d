"""The record on the command line: verified, and its read model made again."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from adapters.database import open_database
from adapters.kept_heads import KeptHeads, Witness
from adapters.processes import CannotStart
from adapters.records import Records
from adapters.tree_head import head_of_file, is_genuine, open_key, public_key
from adapters.verification import NOT_COMPARED, Fault, verify
from adapters.verification import Verdict as Verification
from commandline.options import AsJson
from commandline.terminal import ERR, FAILED, OUT, said_plainly, say, settings
from composition import opened

ledger_app = typer.Typer()


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
        verdict = verify(open_database(chosen.database), witness.head)
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


def rebuild() -> None:
    """Make the read model again from the ledger: the same bytes."""
    with said_plainly(), Progress(console=ERR) as progress:
        task = progress.add_task("rebuilding", total=None)
        size = Records(opened(settings())).rebuild(lambda done, of: progress.update(task, completed=done, total=of))
    say(f"{size}: the read model is made of them again.")
