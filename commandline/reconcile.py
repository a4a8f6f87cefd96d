"""`interlock reconcile`: record and engine made one again, after either was restored from an older copy."""

import asyncio

import typer

from commandline.terminal import FAILED, said_plainly, say, settings


def reconcile() -> None:
    """Compare record and workflow engine, and heal what they differ on. The stack must run."""
    from adapters.records import Records  # noqa: PLC0415 -- heavy, and only this command needs them
    from application.reconciling import reconcile as reconcile_stores  # noqa: PLC0415
    from composition import interlock_of, opened  # noqa: PLC0415

    async def run() -> bool:
        chosen = settings()
        app = await interlock_of(chosen)
        done = await reconcile_stores(app, Records(opened(chosen)))
        for one in done:
            say(f"{one.stream}: {'healed, ' if one.healed else 'still quarantined: '}{one.what}.")
        stopped = app.installation.stopped()
        say(f"No new deals are taken: {stopped}" if stopped else "New deals are taken.")
        say(f"{sum(one.healed for one in done)} of {len(done)} quarantined streams healed.")
        return all(one.healed for one in done) and not stopped

    with said_plainly():
        if not asyncio.run(run()):
            raise typer.Exit(FAILED)
