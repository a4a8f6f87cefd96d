"""The hours that the pipeline takes of each discipline, by week and stage."""

import sqlalchemy as sa
from alembic import op

from adapters.column_types import Count, Key

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SEQUENCE = sa.table("sequence", sa.column("name"), sa.column("value"))
ENGAGEMENT = sa.table("engagement", sa.column("id"))
OUTDATED = "read model outdated"
"""Says that the read model is to be made again: what is new in it is not there for engagements known already."""


def upgrade() -> None:
    op.create_table(
        "pipeline_hours",
        sa.Column("discipline", Key(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("stage", Key(), nullable=False),
        sa.Column("centihours", Count(), nullable=False),
        sa.PrimaryKeyConstraint("discipline", "week", "stage"),
    )
    known = sa.select(sa.literal(OUTDATED), sa.literal(1)).where(sa.exists(sa.select(ENGAGEMENT.c.id)))
    op.execute(sa.insert(SEQUENCE).from_select(["name", "value"], known))


def downgrade() -> None:
    op.drop_table("pipeline_hours")
    op.execute(sa.delete(SEQUENCE).where(SEQUENCE.c.name == OUTDATED))
