"""Indexes that do not read more as a portfolio grows: of words of engagements, of who owes what, of who was told."""

import sqlalchemy as sa
from alembic import op

from adapters.db.column_types import Count, Key, LongText
from adapters.db.migrations.outdated import mark_outdated, unmark_outdated

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# Words are what stands between spaces. Other signs than letters, digits and these never stand in a term.
FTS5 = """
CREATE VIRTUAL TABLE engagement_search_index USING fts5(
    terms, content='engagement_search', content_rowid='place', detail=none, columnsize=0,
    prefix='1 2 3 4 5 6 7 8 9 10 11 12', tokenize="ascii tokenchars '-_.=:'"
)
"""
ADD = "INSERT INTO engagement_search_index (rowid, terms) VALUES (new.place, new.terms);"
DROP = (
    "INSERT INTO engagement_search_index (engagement_search_index, rowid, terms) "
    "VALUES ('delete', old.place, old.terms);"
)
TRIGGERS = {"INSERT": ADD, "DELETE": DROP, "UPDATE": f"{DROP} {ADD}"}
BY_DUE = ("due_at", "engagement_id", "kind", "ref")
# Its cost tells the planner to read few rows in which it must be evaluated: rare words by the index, frequent ones by
# the newest rows. PostgreSQL takes the beginning of a word that it does not know for one of two hundred rows.
TERMS = """
CREATE FUNCTION engagement_terms(terms text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000
AS $$ BEGIN RETURN array_to_tsvector(string_to_array(terms, ' ')); END $$
"""
GIN = """
CREATE INDEX engagement_search_index ON engagement_search USING gin (engagement_terms(terms)) WITH (fastupdate = off)
"""


def upgrade() -> None:
    op.drop_table("engagement_word")
    op.create_table(
        "engagement_search",
        sa.Column("place", Count(), autoincrement=False, nullable=False),
        sa.Column("engagement_id", Key(), nullable=False),
        sa.Column("terms", LongText(), nullable=False),
        sa.PrimaryKeyConstraint("place"),
        sa.UniqueConstraint("engagement_id"),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(FTS5)
        for event, does in TRIGGERS.items():
            named = f"engagement_search_{event.lower()}"
            op.execute(f"CREATE TRIGGER {named} AFTER {event} ON engagement_search BEGIN {does} END")
    else:
        op.execute(TERMS)
        op.execute(GIN)
    op.drop_index("step_by_person", "step_person")
    op.create_index("step_by_person", "step_person", ["person_id", "part", *BY_DUE])
    by_engagement = ["person_id", "part", "engagement_id", "stream", "kind", "ref"]
    op.create_index("step_by_person_and_engagement", "step_person", by_engagement)
    told = sa.text("sent_at IS NOT NULL")
    op.create_index("outbox_told", "outbox", ["stream", "sent_at"], sqlite_where=told, postgresql_where=told)
    mark_outdated()


def downgrade() -> None:
    unmark_outdated()
    op.drop_index("outbox_told", "outbox")
    op.drop_index("step_by_person_and_engagement", "step_person")
    op.drop_index("step_by_person", "step_person")
    op.create_index("step_by_person", "step_person", ["person_id", *BY_DUE])
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE engagement_search_index")
    op.drop_table("engagement_search")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION engagement_terms(text)")
    op.create_table(
        "engagement_word",
        sa.Column("word", Key(), nullable=False),
        sa.Column("engagement_id", Key(), nullable=False),
        sa.PrimaryKeyConstraint("word", "engagement_id"),
    )
    op.create_index("ix_engagement_word_engagement_id", "engagement_word", ["engagement_id"])
