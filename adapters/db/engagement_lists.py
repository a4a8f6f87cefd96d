"""The query behind lists of engagements: newest first, by whichever index meets what is asked for."""

from typing import Any, NamedTuple, cast

from sqlalchemy import Column, ColumnElement, FromClause, Select, Subquery, and_, select, tuple_

from adapters.db.read_model_rows import MAX_PAGE_SIZE, EngagementLine, Filters
from adapters.db.search_index import ES, FoundBy, found_by
from adapters.db.search_terms import place_of, search_marks, sought
from adapters.db.tables.asks import StepPersonRow
from adapters.db.tables.columns import columns
from adapters.db.tables.engagements import EngagementPersonRow, EngagementRow
from domain.next_steps.model import StepPart

E, EP, SP = columns(EngagementRow), columns(EngagementPersonRow), columns(StepPersonRow)


class EngagementQuery(NamedTuple):
    """Lines of engagements in no order yet, and the column by whose index they are sorted and paged."""

    lines: Select[Any]
    order: ColumnElement[Any]
    is_by_place: bool = False
    """True if that column holds places (`place_of`), not ids."""

    def newest(self, after: str | None = None) -> Select[Any]:
        """The lines from the newest on, or those that come after an id in that order."""
        lines = self.lines.order_by(self.order.desc())
        if after is None:
            return lines
        return lines.where(self.order < (place_of(after) if self.is_by_place else after))


def engagement_query(filters: Filters, viewer: str, dialect: str, after: str | None = None) -> EngagementQuery:
    """Engagements that match, each with the viewer's roles in it; at most one more than a page shows beyond `after`.

    With words, or with several things that only one index holds together, they are found in the index of terms.
    """
    words, marks = sought(filters.q or ""), _marks(filters)
    found = (
        _by_terms(filters, found_by(dialect, words, marks), dialect, after)
        if words or len(marks) > 1
        else _by_columns(filters)
    )
    lines = found.lines if filters.external is None else found.lines.where(E.external == filters.external)
    own = EngagementPersonRow.__table__.alias("viewer")  # type: ignore[attr-defined]
    lines = lines.add_columns(own.c.roles)
    theirs = and_(own.c.engagement_id == E.id, own.c.person_id == viewer)
    return found._replace(lines=lines.outerjoin(own, theirs))


def _marks(filters: Filters) -> tuple[str, ...]:
    mine = [filters.mine] if filters.mine is not None else []
    return search_marks(stage=filters.stage, client=filters.client, vacant=filters.vacant, people=mine)


def _by_terms(filters: Filters, terms: FoundBy, dialect: str, after: str | None) -> EngagementQuery:
    """Nothing else is compared in a way that an index could meet: SQLite would begin there, and sort what it found."""
    where, matches, order = terms
    lines = _lines(where.join(_table(E), E.id == ES.engagement_id)).where(matches)
    if dialect == "postgresql" and filters.waits_for is None and filters.external is None:
        newest = _newest_found(terms, after)
        lines, order = _lines(newest.join(_table(E), E.id == newest.c.engagement_id)), newest.c.place
    if filters.mine is not None:
        lines = lines.where(select(EP.roles).where(EP.engagement_id == E.id, EP.person_id == filters.mine).exists())
    if filters.waits_for is not None:
        lines = lines.where(select(SP.ref).where(SP.engagement_id == E.id, *_does(filters.waits_for)).exists())
    return EngagementQuery(lines, order, is_by_place=True)


def _newest_found(terms: FoundBy, after: str | None) -> Subquery:
    """PostgreSQL collects all that match before it sorts them: so it looks up only the newest of them."""
    where, matches, order = terms
    found = select(ES.place, ES.engagement_id).select_from(where).where(matches).order_by(order.desc())
    found = found if after is None else found.where(order < place_of(after))
    return found.limit(MAX_PAGE_SIZE + 1).subquery()


def _by_columns(filters: Filters) -> EngagementQuery:
    lines, order = _lines(_table(E)), cast("ColumnElement[Any]", E.id)
    for wanted, narrowed in ((filters.stage, E.stage), (filters.client, E.client), (filters.vacant, E.is_vacant)):
        lines = lines if wanted is None else lines.where(narrowed == wanted)
    if filters.waits_for is not None:
        first = lines.join(_table(SP), SP.engagement_id == E.id).where(*_does(filters.waits_for))
        lines, order = first.where(_is_first_there(filters.waits_for)), SP.engagement_id
    if filters.mine is not None:
        lines = lines.join(_table(EP), EP.engagement_id == E.id).where(EP.person_id == filters.mine)
        order = EP.engagement_id
    return EngagementQuery(lines, order)


def _does(person_id: str) -> tuple[ColumnElement[bool], ...]:
    return SP.person_id == person_id, SP.part == StepPart.DOES.value


def _is_first_there(person_id: str) -> ColumnElement[bool]:
    """True of one of a person's steps in each engagement: unlike DISTINCT, it leaves the order to the index."""
    other = StepPersonRow.__table__.alias("earlier")  # type: ignore[attr-defined]
    same = (other.c.person_id == person_id, other.c.part == StepPart.DOES.value)
    place = tuple_(other.c.stream, other.c.kind, other.c.ref) < tuple_(SP.stream, SP.kind, SP.ref)
    return ~select(other.c.ref).where(*same, other.c.engagement_id == SP.engagement_id, place).exists()


def _lines(of: FromClause) -> Select[Any]:
    return select(*(E[name] for name in EngagementLine._fields if name != "roles")).select_from(of)


def _table(of: Any) -> FromClause:
    found: Column[Any] = next(iter(of))
    return found.table
