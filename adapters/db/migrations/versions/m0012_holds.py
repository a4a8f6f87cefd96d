"""The day until which an engagement is on hold, for lists."""

import sqlalchemy as sa
from alembic import op

from adapters.db.column_types import OnDay
from adapters.db.migrations.outdated import mark_outdated, unmark_outdated

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("engagement") as table:
        table.add_column(sa.Column("held_until", OnDay(), nullable=True))
    mark_outdated()


def downgrade() -> None:
    unmark_outdated()
    with op.batch_alter_table("engagement") as table:
        table.drop_column("held_until")
