"""Has the read model made again: what a migration adds to it is not there for engagements that are known already."""

import sqlalchemy as sa
from alembic import op

SEQUENCE = sa.table("sequence", sa.column("name"), sa.column("value"))
ENGAGEMENT = sa.table("engagement", sa.column("id"))
OUTDATED = "read model outdated"


def mark_outdated() -> None:
    """Says so where there is any engagement; more than once it is the same."""
    unmark_outdated()
    known = sa.select(sa.literal(OUTDATED), sa.literal(1)).where(sa.exists(sa.select(ENGAGEMENT.c.id)))
    op.execute(sa.insert(SEQUENCE).from_select(["name", "value"], known))


def unmark_outdated() -> None:
    """Takes it back."""
    op.execute(sa.delete(SEQUENCE).where(SEQUENCE.c.name == OUTDATED))
