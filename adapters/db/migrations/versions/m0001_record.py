"""The record, its content, and the read model."""

import sqlalchemy as sa
from alembic import op

from adapters.db.column_types import Count, Exact, Instant, Key

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ask",
        sa.Column("id", Key(), nullable=False),
        sa.Column("stream", Key(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("engagement_id", Key(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("subject_hash", sa.String(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ask_by_engagement", "ask", ["engagement_id", "is_open"], unique=False)
    op.create_index("ask_by_stream", "ask", ["stream", "place"], unique=False)
    op.create_table(
        "ask_person",
        sa.Column("ask_id", Key(), nullable=False),
        sa.Column("person_id", Key(), nullable=False),
        sa.Column("engagement_id", Key(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("ask_id", "person_id"),
    )
    op.create_index("inbox", "ask_person", ["person_id", "is_open", "due_at", "ask_id"], unique=False)
    op.create_index("waiting_for", "ask_person", ["person_id", "is_open", "engagement_id"], unique=False)
    op.create_table(
        "change_order",
        sa.Column("id", Key(), nullable=False),
        sa.Column("stream", Key(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("engagement_id", Key(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("stream"),
    )
    op.create_index("change_order_by_engagement", "change_order", ["engagement_id", "n"], unique=False)
    op.create_table(
        "content",
        sa.Column("key", Key(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("erased_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "counter",
        sa.Column("name", Key(), nullable=False),
        sa.Column("value", Count(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "directory_version",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("imported_at", Instant(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("sha", sa.String(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_table(
        "engagement",
        sa.Column("id", Key(), nullable=False),
        sa.Column("stream", Key(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("stage", Key(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("client", Key(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("salesperson", sa.String(), nullable=False),
        sa.Column("manager", sa.String(), nullable=False),
        sa.Column("value", Exact(), nullable=True),
        sa.Column("margin", Exact(), nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("waits_for", sa.String(), nullable=False),
        sa.Column("waits_since", Instant(), nullable=True),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("vacant", sa.String(), nullable=False),
        sa.Column("is_vacant", sa.Boolean(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("stream"),
    )
    op.create_index("engagement_by_client", "engagement", ["client", "id"], unique=False)
    op.create_index("engagement_by_stage", "engagement", ["stage", "id"], unique=False)
    op.create_index("engagement_by_vacancy", "engagement", ["is_vacant", "id"], unique=False)
    op.create_table(
        "engagement_person",
        sa.Column("person_id", Key(), nullable=False),
        sa.Column("engagement_id", Key(), nullable=False),
        sa.Column("roles", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "engagement_id"),
    )
    op.create_index(op.f("ix_engagement_person_engagement_id"), "engagement_person", ["engagement_id"], unique=False)
    op.create_table(
        "engagement_word",
        sa.Column("word", Key(), nullable=False),
        sa.Column("engagement_id", Key(), nullable=False),
        sa.PrimaryKeyConstraint("word", "engagement_id"),
    )
    op.create_index(op.f("ix_engagement_word_engagement_id"), "engagement_word", ["engagement_id"], unique=False)
    op.create_table(
        "ledger",
        sa.Column("position", Count(), nullable=False),
        sa.Column("stream", Key(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("by", Key(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("for_whom", sa.String(), nullable=True),
        sa.Column("command", Key(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("prev", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("position"),
        sa.UniqueConstraint("stream", "seq", name="ledger_place"),
    )
    op.create_index("ledger_by_command", "ledger", ["stream", "command"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("key", Key(), nullable=False),
        sa.Column("to", Key(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("stream", Key(), nullable=False),
        sa.Column("ask_id", Key(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("dead", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("outbox_waiting", "outbox", ["sent_at", "dead", "created_at"], unique=False)
    op.create_table(
        "playbook_version",
        sa.Column("name", Key(), nullable=False),
        sa.Column("version", Key(), nullable=False),
        sa.Column("sha", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("saved_at", Instant(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", "version"),
    )
    op.create_table(
        "receipt",
        sa.Column("actor", Key(), nullable=False),
        sa.Column("route", Key(), nullable=False),
        sa.Column("key", Key(), nullable=False),
        sa.Column("body_hash", sa.String(), nullable=False),
        sa.Column("claimed_at", Instant(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("actor", "route", "key"),
    )
    op.create_table(
        "installation",
        sa.Column("name", Key(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("stopped", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "sequence",
        sa.Column("name", Key(), nullable=False),
        sa.Column("value", Count(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "stream_head",
        sa.Column("stream", Key(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("first", sa.String(), nullable=False),
        sa.Column("acknowledged", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("told", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("quarantined", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("stream"),
    )
    quarantined = sa.text("quarantined != ''")
    op.create_index(
        "quarantined_streams", "stream_head", ["stream"], sqlite_where=quarantined, postgresql_where=quarantined
    )
    op.create_table(
        "access_ended",
        sa.Column("person_id", Key(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("person_id"),
    )
    op.create_table(
        "token",
        sa.Column("sha256", Key(), nullable=False),
        sa.Column("person_id", Key(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_index(op.f("ix_token_person_id"), "token", ["person_id"], unique=False)
    op.create_table(
        "vacancy",
        sa.Column("engagement_id", Key(), nullable=False),
        sa.Column("role", Key(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("accountable", Key(), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("engagement_id", "role"),
    )
    op.create_index(
        "vacancy_by_accountable", "vacancy", ["accountable", "since", "engagement_id", "role"], unique=False
    )
    op.create_index("vacancy_by_age", "vacancy", ["since", "engagement_id", "role"], unique=False)


def downgrade() -> None:
    op.drop_index("vacancy_by_age", table_name="vacancy")
    op.drop_index("vacancy_by_accountable", table_name="vacancy")
    op.drop_table("vacancy")
    op.drop_index(op.f("ix_token_person_id"), table_name="token")
    op.drop_table("token")
    op.drop_table("access_ended")
    op.drop_table("stream_head")
    op.drop_table("sequence")
    op.drop_table("installation")
    op.drop_table("receipt")
    op.drop_table("playbook_version")
    op.drop_index("outbox_waiting", table_name="outbox")
    op.drop_table("outbox")
    op.drop_table("ledger")
    op.drop_index(op.f("ix_engagement_word_engagement_id"), table_name="engagement_word")
    op.drop_table("engagement_word")
    op.drop_index(op.f("ix_engagement_person_engagement_id"), table_name="engagement_person")
    op.drop_table("engagement_person")
    op.drop_index("engagement_by_vacancy", table_name="engagement")
    op.drop_index("engagement_by_stage", table_name="engagement")
    op.drop_index("engagement_by_client", table_name="engagement")
    op.drop_table("engagement")
    op.drop_table("directory_version")
    op.drop_table("counter")
    op.drop_table("content")
    op.drop_index("change_order_by_engagement", table_name="change_order")
    op.drop_table("change_order")
    op.drop_index("waiting_for", table_name="ask_person")
    op.drop_index("inbox", table_name="ask_person")
    op.drop_table("ask_person")
    op.drop_index("ask_by_stream", table_name="ask")
    op.drop_index("ask_by_engagement", table_name="ask")
    op.drop_table("ask")
