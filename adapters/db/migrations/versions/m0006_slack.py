"""Where messages went, what follows asks in Slack, and the inbox of commands that were answered at once."""

import sqlalchemy as sa
from alembic import op

from adapters.db.column_types import Instant, Key

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("outbox") as table:
        table.add_column(sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("tried_at", Instant(), nullable=True))
        table.add_column(sa.Column("not_before", Instant(), nullable=True))
        table.add_column(sa.Column("because", sa.Text(), nullable=True))
        table.add_column(sa.Column("face", sa.String(), nullable=True))
    op.create_table(
        "chat_account",
        sa.Column("person_id", Key(), nullable=False),
        sa.Column("account", Key(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("conversation", sa.String(), nullable=True),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("person_id"),
        sa.UniqueConstraint("account"),
    )
    op.create_table(
        "card",
        sa.Column("key", Key(), nullable=False),
        sa.Column("ask_id", Key(), nullable=False),
        sa.Column("person_id", Key(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("ts", sa.String(), nullable=True),
        sa.Column("shown", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_card_ask_id", "card", ["ask_id"], unique=False)
    op.create_table(
        "card_due",
        sa.Column("ask_id", Key(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("ask_id"),
    )
    op.create_index("card_due_by_time", "card_due", ["due_at", "ask_id"], unique=False)
    op.create_table(
        "thread",
        sa.Column("engagement_id", Key(), nullable=False),
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("ts", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("engagement_id"),
    )
    op.create_table(
        "deferred_command",
        sa.Column("key", Key(), nullable=False),
        sa.Column("account", Key(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("answer_to", sa.String(), nullable=False),
        sa.Column("kept_at", Instant(), nullable=False),
        sa.Column("not_before", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("deferred_command_open", "deferred_command", ["done_at", "not_before", "kept_at"], unique=False)
    op.create_table(
        "lease",
        sa.Column("name", Key(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:
    for table in ("lease", "deferred_command", "thread", "card_due", "card", "chat_account"):
        op.drop_table(table)
    with op.batch_alter_table("outbox") as table:
        for column in ("face", "because", "not_before", "tried_at", "failures"):
            table.drop_column(column)
