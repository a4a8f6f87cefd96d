"""Whom each next step waits for, of engagements and change orders alike; lists and inboxes read it alone."""

import sqlalchemy as sa
from alembic import op

from adapters.column_types import Instant, Key

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SEQUENCE = sa.table("sequence", sa.column("name"), sa.column("value"))
ENGAGEMENT = sa.table("engagement", sa.column("id"))
OUTDATED = "read model outdated"
"""Says that the read model is to be made again: what is new in it is not there for engagements known already."""


def upgrade() -> None:
    op.create_table(
        "step_person",
        sa.Column("stream", Key(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("ref", Key(), nullable=False),
        sa.Column("person", Key(), nullable=False),
        sa.Column("engagement", Key(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("owner", Key(), nullable=False),
        sa.Column("owner_name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "kind", "ref", "person"),
    )
    op.create_index("step_by_person", "step_person", ["person", "due_at", "engagement", "kind", "ref"], unique=False)
    op.create_index("step_by_engagement", "step_person", ["engagement", "due_at", "kind", "ref"], unique=False)
    known = sa.select(sa.literal(OUTDATED), sa.literal(1)).where(sa.exists(sa.select(ENGAGEMENT.c.id)))
    op.execute(sa.delete(SEQUENCE).where(SEQUENCE.c.name == OUTDATED))
    op.execute(sa.insert(SEQUENCE).from_select(["name", "value"], known))


def downgrade() -> None:
    op.execute(sa.delete(SEQUENCE).where(SEQUENCE.c.name == OUTDATED))
    op.drop_index("step_by_engagement", table_name="step_person")
    op.drop_index("step_by_person", table_name="step_person")
    op.drop_table("step_person")
