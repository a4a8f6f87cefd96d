"""Why a role is vacant, and its function; `interlock rebuild` fills in both, and what people have to do."""

import sqlalchemy as sa
from alembic import op

from adapters.db.column_types import Key

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("vacancy") as table:
        table.add_column(sa.Column("function", Key(), nullable=False, server_default=""))
        table.add_column(sa.Column("cause", sa.String(), nullable=False, server_default="not_named"))
        table.add_column(sa.Column("because", sa.Text(), nullable=False, server_default=""))
    op.create_index("vacancy_by_function", "vacancy", ["function", "since", "engagement_id", "role"], unique=False)


def downgrade() -> None:
    op.drop_index("vacancy_by_function", table_name="vacancy")
    with op.batch_alter_table("vacancy") as table:
        for column in ("because", "cause", "function"):
            table.drop_column(column)
