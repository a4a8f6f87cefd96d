"""Brings the tables to the newest schema."""

import time
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from adapters.db.database import HOUSEKEEPING_PATIENCE, WriteTurnTimeout, reading, writing
from adapters.processes.start_errors import CannotStart
from adapters.processes.waiting import BoundedWait

MIGRATIONS = Path(__file__).parent / "migrations"
# The PostgreSQL advisory lock held while migrating.
MIGRATING = 0x1D7E_10C4


def migrate(engine: Engine) -> None:
    """Migrates the tables to the newest schema. If two processes start at once, one migrates and the other waits.

    Raises CannotStart if the schema is that of a later version.
    """
    if _schema(engine) == newest_schema():
        return
    with writing(engine, HOUSEKEEPING_PATIENCE) as connection:
        if engine.dialect.name == "postgresql":
            _await_migration(connection)
        _upgrade(connection)


def newest_schema() -> str:
    """The revision of the last migration: `0015` of `m0015_state_parts.py`."""
    return max(file.stem for file in (MIGRATIONS / "versions").glob("m*.py"))[1:5]


def _schema(engine: Engine) -> str | None:
    """The revision that the tables have; None of a database without tables."""
    with reading(engine) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _await_migration(connection: Connection) -> None:
    """Takes PostgreSQL's lock for migrations. Raises WriteTurnTimeout."""
    waiting = BoundedWait("another process migrates the database", HOUSEKEEPING_PATIENCE)
    while not connection.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": MIGRATING}).scalar():
        if not waiting.goes_on():
            raise WriteTurnTimeout(f"Another process migrated the database for {HOUSEKEEPING_PATIENCE:g} seconds.")
        time.sleep(0.05)


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 -- heavy, and most starts find nothing to migrate
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as unknown:
        raise CannotStart(
            f"The database is in the form of another version of Interlock ({unknown}). Start the version that it "
            "belongs to, or put a copy in its place that was made before."
        ) from unknown
