"""`interlock reconcile`: brings record and engine back into agreement after either was restored from an older copy."""

import asyncio

import typer

from adapters.console_commands import with_commands
from adapters.db.records import Records
from adapters.processes.start_errors import CannotStart
from application.context import Interlock
from application.reconciliation.reconcile import reconcile as reconcile_stores
from cli.terminal import FAILED, cli_errors, say, settings
from composition import interlock_of, opened, require_data
from domain.notifications.operators import SET_BACK, TO_REDO, VERIFY, WAY_BACK
from domain.shared.streams import stream_label
from domain.shared.text import capitalized
from settings import Settings


async def _running(chosen: Settings) -> Interlock:
    app = await interlock_of(chosen)
    if not await app.engine.is_reachable():
        raise CannotStart(
            f"No workflow engine (Temporal) is responding at {chosen.temporal}. Start the stack: interlock up"
        )
    return app


def reconcile(from_engine: str | None) -> None:
    """Reconciles; `from_engine` is the installation from whose engine a lost record is refilled."""

    async def run() -> bool:
        chosen = settings()
        require_data(chosen)
        app = await _running(chosen)
        done = await reconcile_stores(app, Records(opened(chosen)), engine_of=from_engine)
        for one in done:
            how = "healed, " if one.healed else "still quarantined: "
            say(f"{capitalized(stream_label(one.stream))} ({one.stream}): {how}{one.what}.")
        if not all(one.healed for one in done):
            say(with_commands(f"To see whether rows of the record were edited, run: {VERIFY}. {WAY_BACK}"))
        if any(one.refilled for one in done):
            say(SET_BACK)
            for redo in TO_REDO:
                say(f"  - {with_commands(redo)}")
        stopped = app.installation.stopped()
        say(f"New deals are paused: {stopped}" if stopped else "New deals can be started.")
        say(f"{sum(one.healed for one in done)} of {len(done)} quarantined streams repaired.")
        return all(one.healed for one in done) and not stopped

    with cli_errors():
        if not asyncio.run(run()):
            raise typer.Exit(FAILED)
