"""What comes next in an engagement and whose it is, who owes which act, and where a deal came from.

Both are part of the read model and start empty: `interlock rebuild` fills them for engagements already running.
"""

import sqlalchemy as sa
from alembic import op

from adapters.db.column_types import Instant, Key

NEVER = "9999-12-31T00:00:00.000000+00:00"

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("engagement") as table:
        table.drop_column("waits_for")
        table.drop_column("waits_since")
        table.drop_column("due_at")
        table.add_column(sa.Column("next_what", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("next_who", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("next_who_name", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("next_role", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("next_since", Instant(), nullable=True))
        table.add_column(sa.Column("next_due", Instant(), nullable=True))
        table.add_column(sa.Column("next_paused", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("external", Key(), nullable=False, server_default=""))
        table.add_column(sa.Column("steps", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("engagement_by_external", "engagement", ["external", "id"], unique=False)
    op.create_table(
        "external_deal",
        sa.Column("external", Key(), nullable=False),
        sa.Column("engagement_id", Key(), nullable=False),
        sa.PrimaryKeyConstraint("external"),
    )
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


def downgrade() -> None:
    op.drop_table("external_deal")
    op.drop_index("engagement_by_external", table_name="engagement")
    op.drop_index("act_by_person", table_name="act_person")
    op.drop_table("act_person")
    with op.batch_alter_table("vacancy") as table:
        table.drop_column("proposed")
        table.drop_column("due_at")
    with op.batch_alter_table("engagement") as table:
        for name in ("what", "who", "who_name", "role", "since", "due", "paused"):
            table.drop_column(f"next_{name}")
        table.drop_column("steps")
        table.drop_column("external")
        table.add_column(sa.Column("waits_for", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("waits_since", Instant(), nullable=True))
        table.add_column(sa.Column("due_at", Instant(), nullable=True))
