"""The state of engagements and change orders field by field, so that a decision writes only what it changed."""

import sqlalchemy as sa
from alembic import op

from adapters.db.column_types import Key
from adapters.db.migrations.outdated import mark_outdated, unmark_outdated

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

WHOLE = ("engagement", "change_order")


def upgrade() -> None:
    op.create_table(
        "state_part",
        sa.Column("stream", Key(), nullable=False),
        sa.Column("name", Key(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "name"),
    )
    for name in WHOLE:
        with op.batch_alter_table(name) as table:
            table.drop_column("document")
    mark_outdated()


def downgrade() -> None:
    unmark_outdated()
    for name in WHOLE:
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column("document", sa.Text(), nullable=False, server_default=""))
    op.drop_table("state_part")
