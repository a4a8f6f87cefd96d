"""The record on the command line: verifying it, and rebuilding its read model."""

import json
import re
from collections.abc import Iterable
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress, TaskID
from sqlalchemy import Engine

from adapters.console_commands import with_commands
from adapters.db.ledger import Size
from adapters.db.lost_facts import quarantined_ahead
from adapters.db.records import Records
from adapters.db.stream_status import StreamStatuses
from adapters.db.tree_head import NoHead, head_of_file, is_genuine, kept_key, public_key
from adapters.db.verification import NOT_COMPARED, Fault, verify
from adapters.db.verification import VerificationReport as Verification
from adapters.files.tree_heads import KeptHeads, Witness, not_held
from adapters.processes.start_errors import CannotStart
from cli.erasing import erase
from cli.options import AsJson
from cli.terminal import ERR, FAILED, OUT, cli_errors, say, settings
from composition import looked_at_data, opened, require_data
from domain.shared.errors import IntegrityBroken
from domain.shared.recovery_steps import ways_back
from settings import Settings

ledger_app = typer.Typer()
ledger_app.command("erase")(erase)
PUBLIC_KEY = re.compile("[0-9a-fA-F]{64}")


@ledger_app.command("verify")
def ledger_verify(
    head: Annotated[
        Path | None, typer.Option("--head", help="A signed tree head. Default: the newest one kept here.")
    ] = None,
    public: Annotated[
        str | None,
        typer.Option("--public-key", help="The public key that signed the head, in hex. Default: that of this folder."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Verify every chain of the record, what it refers to, and the read model; name each row that is wrong."""
    with cli_errors():
        chosen = settings()
        with looked_at_data(chosen) as engine:
            witness = _given(head, _public_key(chosen, public)) if head else _kept(chosen, public)
            verdict = verify(engine, witness.head)
            verdict = verdict.and_these([Fault(str(file), 0, NOT_SIGNED) for file in witness.doubtful])
            to_do = () if verdict.is_sound else _to_do(engine, chosen, public, witness)
        if as_json:
            OUT.print_json(json.dumps({**_verdict(verdict), "to_do": to_do, "head": _head(witness, verdict)}))
        else:
            _say_verdict(verdict, to_do)
            say(_beyond(witness, verdict, is_kept_here=head is None))
        if not verdict.is_sound:
            raise typer.Exit(FAILED)


def _head(witness: Witness, verdict: Verification) -> dict[str, Any] | None:
    """The head that the record was checked against, and how much of the record it covers."""
    if witness.head is None:
        return None
    covered, after = verdict.covered or (0, 0)
    at = witness.head.at.isoformat()
    return {"at": at, "file": str(witness.file), "facts_covered": covered, "facts_after": after}


def _to_do(engine: Engine, chosen: Settings, public: str | None, witness: Witness) -> tuple[str, ...]:
    """What an operator should do about it; general advice if even that cannot be determined."""
    try:
        quarantined, ahead = StreamStatuses(engine).how_many_quarantined(), quarantined_ahead(engine)
        unlike = not_held(engine, witness.head) if witness.head else ()
        is_ours = chosen.heads_folder.is_dir() and (public is not None or kept_key(chosen.folder) is not None)
        kept = KeptHeads(chosen.heads_folder, _public_key(chosen, public)).not_held(engine) if is_ours else ()
    except IntegrityBroken:
        found = ways_back(0, (), ())
    else:
        found = ways_back(quarantined, unlike, [file.name for file in kept], ahead)
    return tuple(map(with_commands, found))


NOT_SIGNED = "this head was edited, or signed with another key."


def _public_key(chosen: Settings, given: str | None) -> str:
    """The key given, or that of the data folder. Raises CannotStart if there is neither."""
    if given is not None:
        if not PUBLIC_KEY.fullmatch(given):
            hint = "64 hexadecimal digits, as `public_key` in what GET /tree-head gives"
            raise typer.BadParameter(f"must be {hint}", param_hint="--public-key")
        return given.lower()
    kept = kept_key(chosen.folder)
    if kept is None:
        raise CannotStart(f"There is no signing key in {chosen.folder}. Give the public key: --public-key HEX")
    return public_key(kept)


def _kept(chosen: Settings, public: str | None) -> Witness:
    """The newest head stored here; none if nothing was ever signed here."""
    heads = chosen.heads_folder
    if public is None and not heads.is_dir():
        return Witness(None, None, ())
    return KeptHeads(heads, _public_key(chosen, public)).newest()


def _given(file: Path, key: str) -> Witness:
    """A head brought from elsewhere. Raises CannotStart if it is not genuine."""
    try:
        signed = head_of_file(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise CannotStart(f"{file} is not a signed tree head: it is not text.") from None
    except NoHead as why:
        raise CannotStart(f"{file} is not a signed tree head: {why}.") from None
    if not is_genuine(signed, key):
        raise CannotStart(f"{file} was not signed with this key.")
    return Witness(signed, file, ())


def _verdict(verdict: Verification) -> dict[str, Any]:
    return {
        "verified": verdict.is_sound,
        **verdict.size._asdict(),
        "found": verdict.found,
        "faults": [fault.told for fault in verdict.faults],
        "left_out": verdict.left_out,
    }


def _say_verdict(verdict: Verification, to_do: Iterable[str] = ()) -> None:
    if verdict.is_sound:
        say(f"Verified {verdict.size}. The read model matches them.")
    else:
        say(f"Found {verdict.found} {'fault' if verdict.found == 1 else 'faults'} in {verdict.size}:")
    for line in verdict.told:
        say(line)
    for what in verdict.left_out:
        say(f"Not checked, because the record itself is damaged there: {what}")
    for what in to_do:
        say(what)
    say(NOT_COMPARED)


def _beyond(witness: Witness, verdict: Verification, *, is_kept_here: bool) -> str:
    """What a verification cannot know, and how to find out."""
    if witness.head is None:
        return (
            "No signed tree head was found. Without one, this cannot tell whether somebody rewrote or shortened the "
            "record and recalculated its hashes."
        )
    at = witness.head.at.astimezone(UTC)
    covered, after = verdict.covered or (0, 0)
    came = f"Later facts, which it does not cover: {after}." if after else "There are no later facts."
    since = f"The head covers {covered} facts, written up to {at:%Y-%m-%d %H:%M:%S} UTC. {came}"
    if not is_kept_here:
        return since
    return (
        f"Compared with the newest signed head here, {witness.file}. {since} Whoever can write to the database, "
        "that file and the signing key could forge all three. To rule that out, bring a head and a public key that "
        "were kept elsewhere: --head FILE --public-key HEX"
    )


def rebuild(*, dropping: bool) -> None:
    """Rebuilds the read model from the ledger, byte for byte. `dropping`: even if it holds what no fact produces."""
    with cli_errors():
        chosen = settings()
        require_data(chosen)
        size = _rebuilt(chosen, dropping=dropping)
    say(f"The read model has been rebuilt from {size}.")


def _rebuilt(chosen: Settings, *, dropping: bool) -> Size:
    with Progress(console=ERR) as progress:
        task = progress.add_task("rebuilding", total=None)
        shown = partial(_show, progress, task)
        return Records(opened(chosen)).rebuild(shown, dropping=dropping)


def _show(progress: Progress, task: TaskID, done: int, of: int) -> None:
    progress.update(task, completed=done, total=of)
