"""Stores that a signed head contradicts the record, so that status queries can report it."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("installation") as table:
        table.add_column(sa.Column("contradicted", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("installation") as table:
        table.drop_column("contradicted")
