"""What deals that are being started call their clients."""

import sqlalchemy as sa
from alembic import op

from adapters.column_types import Instant, Key

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deal_being_started",
        sa.Column("engagement", Key(), nullable=False),
        sa.Column("client", Key(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("engagement", "client"),
    )


def downgrade() -> None:
    op.drop_table("deal_being_started")
