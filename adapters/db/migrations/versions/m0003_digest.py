"""The tables behind digests: who waits for an ask, whom a vacancy concerns, whose task is open.

The three tables are part of the read model and start empty: `interlock rebuild` fills them for engagements already
running.
"""

import sqlalchemy as sa
from alembic import op

from adapters.db.column_types import Instant, Key

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ask_waiter",
        sa.Column("ask_id", Key(), nullable=False),
        sa.Column("person_id", Key(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("ask_id", "person_id"),
    )
    op.create_index("awaited", "ask_waiter", ["person_id", "opened_at", "ask_id"], unique=False)
    op.create_table(
        "vacancy_person",
        sa.Column("engagement_id", Key(), nullable=False),
        sa.Column("role", Key(), nullable=False),
        sa.Column("person_id", Key(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("engagement_id", "role", "person_id"),
    )
    op.create_index(
        "vacancy_by_person", "vacancy_person", ["person_id", "since", "engagement_id", "role"], unique=False
    )
    op.create_table(
        "task",
        sa.Column("engagement_id", Key(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("owner", Key(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("engagement_id", "id"),
    )
    op.create_index("task_by_owner", "task", ["owner", "due", "engagement_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("task_by_owner", table_name="task")
    op.drop_table("task")
    op.drop_index("vacancy_by_person", table_name="vacancy_person")
    op.drop_table("vacancy_person")
    op.drop_index("awaited", table_name="ask_waiter")
    op.drop_table("ask_waiter")
