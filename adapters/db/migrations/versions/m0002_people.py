"""Operations on the directory, and whom each running engagement knows."""

import sqlalchemy as sa
from alembic import op

from adapters.db.column_types import Instant, Key

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "engagement_cast",
        sa.Column("person_id", Key(), nullable=False),
        sa.Column("engagement_id", Key(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "engagement_id"),
    )
    op.create_index(op.f("ix_engagement_cast_engagement_id"), "engagement_cast", ["engagement_id"], unique=False)
    op.create_table(
        "directory_outcome",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("engagement_id", Key(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", "engagement_id"),
    )
    with op.batch_alter_table("directory_version") as table:
        table.add_column(sa.Column("kind", sa.String(), nullable=False, server_default="ImportDirectory"))
        table.add_column(sa.Column("first_fact", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("last_fact", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("concerned", sa.Text(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("synced_at", Instant(), nullable=True))
    op.create_index("directory_unsynced", "directory_version", ["synced_at", "version"], unique=False)


def downgrade() -> None:
    op.drop_index("directory_unsynced", table_name="directory_version")
    with op.batch_alter_table("directory_version") as table:
        for column in ("synced_at", "concerned", "last_fact", "first_fact", "kind"):
            table.drop_column(column)
    op.drop_table("directory_outcome")
    op.drop_index(op.f("ix_engagement_cast_engagement_id"), table_name="engagement_cast")
    op.drop_table("engagement_cast")
