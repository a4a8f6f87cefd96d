"""Why a next step is owed again, and who is informed that it is overdue."""

import sqlalchemy as sa
from alembic import op

from adapters.db.migrations.outdated import mark_outdated, unmark_outdated

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("step_person") as table:
        table.add_column(sa.Column("reason", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("part", sa.String(), nullable=False, server_default="does"))
    mark_outdated()


def downgrade() -> None:
    unmark_outdated()
    with op.batch_alter_table("step_person") as table:
        table.drop_column("part")
        table.drop_column("reason")
