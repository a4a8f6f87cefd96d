"""Whom each next step waits for, in engagements and change orders alike; the only table that lists and inboxes read."""

import sqlalchemy as sa
from alembic import op

from adapters.db.column_types import Instant, Key
from adapters.db.migrations.outdated import mark_outdated, unmark_outdated

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NEVER = "9999-12-31T00:00:00.000000+00:00"


def upgrade() -> None:
    op.create_table(
        "step_person",
        sa.Column("stream", Key(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("ref", Key(), nullable=False),
        sa.Column("person_id", Key(), nullable=False),
        sa.Column("engagement_id", Key(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("owner", Key(), nullable=False),
        sa.Column("owner_name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "kind", "ref", "person_id"),
    )
    op.create_index(
        "step_by_person", "step_person", ["person_id", "due_at", "engagement_id", "kind", "ref"], unique=False
    )
    op.create_index("step_by_engagement", "step_person", ["engagement_id", "due_at", "kind", "ref"], unique=False)
    op.drop_index("act_by_person", table_name="act_person")
    op.drop_table("act_person")
    with op.batch_alter_table("vacancy") as table:
        table.drop_column("proposed")
        table.drop_column("due_at")
    mark_outdated()


def downgrade() -> None:
    unmark_outdated()
    with op.batch_alter_table("vacancy") as table:
        table.add_column(sa.Column("due_at", Instant(), nullable=False, server_default=NEVER))
        table.add_column(sa.Column("proposed", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "act_person",
        sa.Column("engagement_id", Key(), nullable=False),
        sa.Column("act", Key(), nullable=False),
        sa.Column("person_id", Key(), nullable=False),
        sa.Column("owner", Key(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("engagement_id", "act", "person_id"),
    )
    op.create_index("act_by_person", "act_person", ["person_id", "due_at", "engagement_id", "act"], unique=False)
    op.drop_index("step_by_engagement", table_name="step_person")
    op.drop_index("step_by_person", table_name="step_person")
    op.drop_table("step_person")
