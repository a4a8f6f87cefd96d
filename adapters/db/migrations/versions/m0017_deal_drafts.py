"""Deals that are being written and have not started."""

import sqlalchemy as sa
from alembic import op

from adapters.db.column_types import Instant, Key, Label, LongText

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deal_draft",
        sa.Column("id", Key(), nullable=False),
        sa.Column("owner", Key(), nullable=False),
        sa.Column("title", Label(), nullable=False),
        sa.Column("fields", LongText(), nullable=False),
        sa.Column("saved_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_deal_draft_owner", "deal_draft", ["owner"])


def downgrade() -> None:
    op.drop_table("deal_draft")
