"""What a message is about besides an ask, and whose messages wait; cards also follow acts owed and vacancies."""

import sqlalchemy as sa
from alembic import op

from adapters.db.column_types import Key

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("outbox") as table:
        table.add_column(sa.Column("step", Key(), nullable=True))
    op.create_index("outbox_of_person", "outbox", ["to", "sent_at", "dead", "created_at"], unique=False)
    _rename("ask_id", "step")


def downgrade() -> None:
    _rename("step", "ask_id")
    op.drop_index("outbox_of_person", table_name="outbox")
    with op.batch_alter_table("outbox") as table:
        table.drop_column("step")


def _rename(before: str, after: str) -> None:
    """Renames what a card follows, and the indexes named after it."""
    op.drop_index(f"ix_card_{before}", table_name="card")
    op.drop_index("card_due_by_time", table_name="card_due")
    for table_name in ("card", "card_due"):
        with op.batch_alter_table(table_name) as table:
            table.alter_column(before, new_column_name=after)
    op.create_index(f"ix_card_{after}", "card", [after], unique=False)
    op.create_index("card_due_by_time", "card_due", ["due_at", after], unique=False)
