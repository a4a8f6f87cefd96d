"""`interlock reconcile`: record and engine made one again, after either was restored from an older copy."""

import asyncio

import typer

from adapters.records import Records
from adapters.starting import CannotStart
from application.interlock import Interlock
from application.reconciling import reconcile as reconcile_stores
from commandline.terminal import FAILED, said_plainly, say, settings
from composition import interlock_of, opened, require_data
from domain.notices import SET_BACK, TO_REDO, WAY_BACK
from domain.streams import stream_label
from domain.words import capitalized
from settings import Settings


async def _running(chosen: Settings) -> Interlock:
    app = await interlock_of(chosen)
    if not await app.engine.is_reachable():
        raise CannotStart(f"No workflow engine (Temporal) answers at {chosen.temporal}. Start the stack: interlock up")
    return app


def reconcile(from_engine: str | None) -> None:
    """Reconciles; `from_engine` is the installation from whose engine a lost record is filled."""

    async def run() -> bool:
        chosen = settings()
        require_data(chosen)
        app = await _running(chosen)
        done = await reconcile_stores(app, Records(opened(chosen)), engine_of=from_engine)
        for one in done:
            how = "healed, " if one.healed else "still quarantined: "
            say(f"{capitalized(stream_label(one.stream))} ({one.stream}): {how}{one.what}.")
        if not all(one.healed for one in done):
            say(f"To see whether rows of the record were edited, run: interlock ledger verify. {WAY_BACK}")
        if any(one.refilled for one in done):
            say(SET_BACK)
            for redo in TO_REDO:
                say(f"  - {redo}")
        stopped = app.installation.stopped()
        say(f"No new deals are taken: {stopped}" if stopped else "New deals are taken.")
        say(f"{sum(one.healed for one in done)} of {len(done)} quarantined streams healed.")
        return all(one.healed for one in done) and not stopped

    with said_plainly():
        if not asyncio.run(run()):
            raise typer.Exit(FAILED)
