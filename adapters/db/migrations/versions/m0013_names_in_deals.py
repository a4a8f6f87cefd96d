"""The names by which running and starting deals know their clients, which request began each, and who is to sign."""

import sqlalchemy as sa
from alembic import op

from adapters.db.column_types import Instant, Key
from adapters.db.migrations.outdated import mark_outdated, unmark_outdated

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deal_being_started",
        sa.Column("engagement_id", Key(), nullable=False),
        sa.Column("client_key", Key(), nullable=False),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("people", sa.String(), nullable=False),
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("engagement_id", "client_key"),
    )
    op.create_index("deal_being_started_by_client", "deal_being_started", ["client_key"], unique=False)
    with op.batch_alter_table("engagement") as table:
        table.add_column(sa.Column("client_key", Key(), nullable=False, server_default=""))
    op.create_index("engagement_by_client_key", "engagement", ["client_key", "id"], unique=False)
    started = sa.text("kind = 'EngagementStarted'")
    op.create_index(
        "deals_by_request", "ledger", ["command"], unique=False, sqlite_where=started, postgresql_where=started
    )
    to_sign = sa.text("is_open AND kind IN ('sign_brd', 'sign_change', 'sign_sow')")
    op.create_index(
        "ask_to_sign", "ask", ["opened_at", "id"], unique=False, sqlite_where=to_sign, postgresql_where=to_sign
    )
    mark_outdated()


def downgrade() -> None:
    unmark_outdated()
    op.drop_index("ask_to_sign", table_name="ask")
    op.drop_index("deals_by_request", table_name="ledger")
    op.drop_index("engagement_by_client_key", table_name="engagement")
    with op.batch_alter_table("engagement") as table:
        table.drop_column("client_key")
    op.drop_index("deal_being_started_by_client", table_name="deal_being_started")
    op.drop_table("deal_being_started")
