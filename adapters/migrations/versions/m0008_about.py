"""What a message is about beside an ask, and whose messages wait: of several on one thing, one leaves."""

import sqlalchemy as sa
from alembic import op

from adapters.column_types import Key

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("outbox") as table:
        table.add_column(sa.Column("about", Key(), nullable=True))
    op.create_index("outbox_of_person", "outbox", ["to", "sent_at", "dead", "created_at"], unique=False)


def downgrade() -> None:
    op.drop_index("outbox_of_person", table_name="outbox")
    with op.batch_alter_table("outbox") as table:
        table.drop_column("about")
