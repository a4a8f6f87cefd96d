"""The hours that the pipeline needs of each discipline, by week and stage."""

import sqlalchemy as sa
from alembic import op

from adapters.db.column_types import Count, Key
from adapters.db.migrations.outdated import mark_outdated, unmark_outdated

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pipeline_hours",
        sa.Column("discipline", Key(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("stage", Key(), nullable=False),
        sa.Column("centihours", Count(), nullable=False),
        sa.PrimaryKeyConstraint("discipline", "week", "stage"),
    )
    mark_outdated()


def downgrade() -> None:
    op.drop_table("pipeline_hours")
    unmark_outdated()
