"""Requests a rebuild of the read model: what a migration adds to it is missing for engagements that exist already."""

import sqlalchemy as sa
from alembic import op

SEQUENCE = sa.table("sequence", sa.column("name"), sa.column("value"))
ENGAGEMENT = sa.table("engagement", sa.column("id"))
OUTDATED = "read model outdated"


def mark_outdated() -> None:
    """Requests a rebuild if there is any engagement; safe to repeat."""
    unmark_outdated()
    known = sa.select(sa.literal(OUTDATED), sa.literal(1)).where(sa.exists(sa.select(ENGAGEMENT.c.id)))
    op.execute(sa.insert(SEQUENCE).from_select(["name", "value"], known))


def unmark_outdated() -> None:
    """Withdraws the request."""
    op.execute(sa.delete(SEQUENCE).where(SEQUENCE.c.name == OUTDATED))
