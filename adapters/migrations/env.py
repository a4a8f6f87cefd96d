"""Runs the steps on the connection that `adapters.database.migrate` holds."""

from alembic import context
from sqlmodel import SQLModel

import adapters.tables  # noqa: F401 -- its tables are what autogenerate compares with

context.configure(connection=context.config.attributes["connection"], target_metadata=SQLModel.metadata)
context.run_migrations()
