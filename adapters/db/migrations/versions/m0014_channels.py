"""Renames the column for how a message was delivered to `channel`, in place, so that no row is rewritten."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("outbox", "face", new_column_name="channel")


def downgrade() -> None:
    op.alter_column("outbox", "channel", new_column_name="face")
