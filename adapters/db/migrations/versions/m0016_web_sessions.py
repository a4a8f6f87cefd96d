"""Sessions on the pages, so that they can be listed and ended."""

import sqlalchemy as sa
from alembic import op

from adapters.db.column_types import Instant, Key, Label

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "web_session",
        sa.Column("sha256", Key(), nullable=False),
        sa.Column("person_id", Key(), nullable=False),
        sa.Column("begun_by", Label(), nullable=False),
        sa.Column("begun_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_index("ix_web_session_person_id", "web_session", ["person_id"])


def downgrade() -> None:
    op.drop_table("web_session")
