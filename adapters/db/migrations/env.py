"""Runs the migrations on the connection that `adapters.db.migrating.migrate` holds."""

from alembic import context
from sqlmodel import SQLModel

import adapters.db.tables.people
import adapters.db.tables.read_model  # noqa: F401 -- their tables are what autogenerate compares with

context.configure(connection=context.config.attributes["connection"], target_metadata=SQLModel.metadata)
context.run_migrations()
