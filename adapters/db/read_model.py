"""Queries for the entry points: an engagement, an ask, a page of a list. Their cost does not grow with the portfolio.

Paging is by key, not by number: `after` is the last key of the page before.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    FromClause,
    Row,
    Select,
    and_,
    func,
    literal,
    select,
    tuple_,
    union_all,
)

from adapters.db.awaited_signers import AwaitedSigner, awaited_signers
from adapters.db.column_types import utc_text
from adapters.db.database import reading
from adapters.db.engagement_lists import engagement_query
from adapters.db.ledger import (
    HASHED,
    Effect,
    command_at,
    command_of_key,
    effect_of,
    end_of_act,
    of_engagement,
    read,
    resolved,
)
from adapters.db.my_steps import MyStep, MySteps, count_steps, late_steps, my_steps, steps_in, steps_token
from adapters.db.one_look import seen_once
from adapters.db.portfolio import awaited_by, portfolio_of
from adapters.db.projection import loads
from adapters.db.read_model_rows import (
    ANY,
    MAX_PAGE_SIZE,
    AskedForRole,
    AskInPlace,
    CapacityDemand,
    EngagementLine,
    Filters,
    LedgerEntry,
    Page,
    T,
    VacancyLine,
)
from adapters.db.readable_rows import Found, known, sound_rows
from adapters.db.stored_state import StateCache, ask_of
from adapters.db.tables.asks import AskPersonRow, AskRow, StepPersonRow, VacancyPersonRow, VacancyRow
from adapters.db.tables.columns import columns
from adapters.db.tables.engagements import (
    CounterRow,
    EngagementCastRow,
    EngagementPersonRow,
    EngagementRow,
    PipelineHoursRow,
)
from adapters.db.tables.record import LedgerRow, StreamHeadRow
from domain.asks.holder import ask_number
from domain.asks.model import Ask, AskKind
from domain.change_order.order import ChangeOrder
from domain.directory.capacity import HORIZON_WEEKS, WEEK, Place, monday
from domain.engagement.aggregate import Engagement
from domain.engagement.scope.demand import demand
from domain.next_steps.card import HowItEnded
from domain.next_steps.references import StepRef
from domain.notifications.digest import Awaited, DigestContent, Listed
from domain.playbook.model import Stage
from domain.record.facts import Recorded
from domain.shared.errors import BadValue
from domain.shared.streams import change_stream, engagement_stream
from domain.shared.values import AskId, EngagementId, PersonId

A, AP, E = columns(AskRow), columns(AskPersonRow), columns(EngagementRow)
SP = columns(StepPersonRow)
EP, H = columns(EngagementPersonRow), columns(StreamHeadRow)
C = columns(EngagementCastRow)
L, N, V, VP = columns(LedgerRow), columns(CounterRow), columns(VacancyRow), columns(VacancyPersonRow)
P = columns(PipelineHoursRow)

ASK_IN_PLACE = (A.document, A.stream, A.engagement_id, E.title, E.client)
OF_ENGAGEMENT = ("title", "client", "stage")


class ReadModel:
    """The queries of one database. Share the `StateCache` of a `Records` in the same process with it."""

    def __init__(self, engine: Engine, states: StateCache | None = None) -> None:
        self._engine = engine
        self._states = states or StateCache()

    def engagement(self, engagement_id: EngagementId) -> Engagement | None:
        """Returns an engagement with its whole state."""
        return seen_once(("engagement", id(self._engine), engagement_id), lambda: self._engagement(engagement_id))

    def _engagement(self, engagement_id: EngagementId) -> Engagement | None:
        with reading(self._engine, snapshot=True) as connection:
            state = self._states.load(connection, engagement_stream(engagement_id))
        return state if isinstance(state, Engagement) else None

    def stage_of(self, engagement_id: EngagementId) -> Stage | None:
        """Returns the stage of an engagement without loading the rest; None if it is unknown."""
        found = self._all(select(E.stage).where(E.id == engagement_id), lambda row: Stage(row[0]))
        return found[0] if found else None

    def change_order(self, engagement_id: EngagementId, n: int) -> ChangeOrder | None:
        """Returns the n-th change order of an engagement with its whole state."""
        with reading(self._engine, snapshot=True) as connection:
            state = self._states.load(connection, change_stream(engagement_id, n))
        return state if isinstance(state, ChangeOrder) else None

    def ask(self, ask_id: AskId) -> Ask | None:
        """Returns an ask, open or ended."""
        found = self.ask_in_place(ask_id)
        return found.ask if found else None

    def ask_in_place(self, ask_id: AskId) -> AskInPlace | None:
        """Returns an ask with the engagement and stream it belongs to."""
        found = self._asks(_ask_query().where(A.id == ask_id))
        return found[0] if found else None

    def asks_of(self, engagement_id: EngagementId, *, is_open: bool | None = True) -> Found[AskInPlace]:
        """Returns the asks of an engagement and of its change orders, in the order in which they were opened."""
        query = _ask_query().where(A.engagement_id == engagement_id).order_by(A.opened_at, A.stream, A.place)
        query = query if is_open is None else query.where(A.is_open == is_open)
        with reading(self._engine) as connection:
            return sound_rows(
                connection, query.add_columns(A.id.label("key")), lambda row: self._ask(connection, row), ("key",)
            )

    def asks_of_change(self, engagement_id: EngagementId, n: int) -> tuple[Ask, ...]:
        """Returns all asks ever opened by an engagement's n-th change order, in that order."""
        query = _ask_query().where(A.stream == change_stream(engagement_id, n)).order_by(A.place)
        return tuple(found.ask for found in self._asks(query))

    def asks_of_kinds(
        self, engagement_id: EngagementId, kinds: Collection[AskKind], subjects: Collection[str]
    ) -> tuple[Ask, ...]:
        """Returns all asks of these kinds and subjects in an engagement, in the order in which they were opened."""
        stream, wanted = engagement_stream(engagement_id), [kind.value for kind in kinds]
        about = (A.stream == stream, A.kind.in_(wanted), A.subject.in_(subjects))
        query = _ask_query().where(*about).order_by(A.place)
        return tuple(found.ask for found in self._asks(query))

    def asks_before(self, ask: Ask, most: int = 20) -> tuple[Ask, ...]:
        """Returns the newest earlier asks of the same kind and subject, in the order in which they were opened."""
        same = (A.kind == ask.kind.value, A.subject == ask.subject, A.place < ask_number(ask.id))
        stream = select(A.stream).where(A.id == ask.id).scalar_subquery()
        found = self._asks(_ask_query().where(A.stream == stream, *same).order_by(A.place.desc()).limit(most))
        return tuple(item.ask for item in reversed(found))

    def inbox(self, person_id: PersonId, after: str | None = None, limit: int = 50) -> Page[AskInPlace]:
        """Returns what a person may answer now, first due first."""
        key = (AP.due_at, AP.ask_id)
        asked = _table(AP).outerjoin(_table(A), A.id == AP.ask_id).outerjoin(_table(E), E.id == A.engagement_id)
        query = select(*ASK_IN_PLACE).select_from(asked).where(AP.person_id == person_id, AP.is_open)
        if after is not None:
            query = query.where(_beyond(key, after))
        return self._page(query.order_by(*key), key, self._ask, limit)

    def engagements(
        self, filters: Filters = ANY, after: str | None = None, limit: int = 50, viewer: str = ""
    ) -> Page[EngagementLine]:
        """Returns engagements by descending id, so newest first, each with the viewer's roles in it."""
        query = engagement_query(filters, viewer, self._engine.dialect.name, after)
        return self._page(query.newest(after), (E.id,), _engagement_line, limit)

    def board(
        self, filters: Filters, stages: Sequence[str], most: int, viewer: str
    ) -> tuple[tuple[EngagementLine, ...], tuple[str, ...]]:
        """Returns the newest engagements of each stage, at most so many of each, and the ids of edited rows.

        One statement, whose cost the number of stages bounds, however many engagements there are.
        """
        dialect = self._engine.dialect.name
        parts = (engagement_query(filters._replace(stage=stage), viewer, dialect) for stage in stages)
        newest = (part.newest().limit(most).subquery() for part in parts)
        query = select(union_all(*(select(part) for part in newest)).subquery())
        with reading(self._engine) as connection:
            found = sound_rows(connection, query, lambda row: _engagement_line(connection, row), ("id",))
        return found.rows, found.damaged

    def vacancies(
        self,
        accountable: PersonId | None = None,
        after: str | None = None,
        limit: int = 50,
        *,
        function: str | None = None,
        concerning: str | None = None,
    ) -> Page[VacancyLine]:
        """Returns vacant roles, longest vacant first; the given filters must all match.

        `concerning`: a person who must see them filled, heads their function, or manages their engagement.
        """
        place = V if concerning is None else VP
        key = (place.since, place.engagement_id, place.role)
        query = select(*((E if name in OF_ENGAGEMENT else V)[name] for name in VacancyLine._fields))
        query = query.select_from(_table(V)).outerjoin(_table(E), E.id == V.engagement_id)
        if concerning is not None:
            query = query.join(_table(VP), and_(VP.engagement_id == V.engagement_id, VP.role == V.role))
            query = query.where(VP.person_id == concerning)
        for value, column in ((accountable, V.accountable), (function, V.function)):
            query = query if value is None else query.where(column == value)
        if after is not None:
            query = query.where(_beyond(key, after))
        return self._page(query.order_by(*key), key, _vacancy_line, limit)

    def asked_for_roles(self, engagements: Collection[EngagementId]) -> tuple[AskedForRole, ...]:
        """Returns who has been asked to hold which role of these engagements and has not answered yet."""
        query = select(A.engagement_id, A.subject, AP.person_id, A.due_at).join(_table(AP), AP.ask_id == A.id)
        query = query.where(
            A.engagement_id.in_(engagements), A.is_open, A.kind == AskKind.ACCEPT_ROLE.value, AP.is_open
        )
        with reading(self._engine) as connection:
            found = connection.execute(query.order_by(A.engagement_id, A.subject)).all()
        return tuple(AskedForRole(row[0], row[1].removeprefix("role:"), row[2], row[3]) for row in found)

    def portfolio(self, person_id: PersonId) -> DigestContent:
        """Returns the content of a person's digest, as of one moment."""
        with reading(self._engine, snapshot=True) as connection:
            return portfolio_of(connection, person_id)

    def awaited_by(
        self, person_id: PersonId, engagement_id: EngagementId | None = None
    ) -> tuple[Listed[Awaited], tuple[str, ...]]:
        """Returns what a person waits for, in one or all engagements, longest first, and the rows that were edited."""
        with reading(self._engine, snapshot=True) as connection:
            return awaited_by(connection, person_id, engagement_id)

    def steps_of(self, person_id: PersonId, limit: int = 50, engagement_id: EngagementId | None = None) -> MySteps:
        """Returns what a person owes in all engagements, or in this one, first due first."""
        with reading(self._engine, snapshot=True) as connection:
            return my_steps(connection, person_id, _bounded(limit), engagement_id)

    def count_steps_of(self, person_id: PersonId, most: int) -> int:
        """Returns how many steps wait for a person, counted up to `most`."""
        with reading(self._engine) as connection:
            return count_steps(connection, person_id, most)

    def steps_token(self, person_id: PersonId) -> str:
        """Returns what changes when a person's steps do."""
        with reading(self._engine) as connection:
            return steps_token(connection, person_id)

    def engagement_token(self, engagement_id: EngagementId) -> str:
        """Returns what changes when an engagement or one of its change orders does."""
        query = select(func.count(), func.sum(H.seq)).where(of_engagement(H.stream, engagement_id))
        with reading(self._engine) as connection:
            return "|".join(map(str, connection.execute(query).one()))

    def late_steps_of(self, person_id: PersonId, limit: int) -> MySteps:
        """Returns what is overdue with others and has escalated to a person, longest overdue first."""
        with reading(self._engine, snapshot=True) as connection:
            return late_steps(connection, person_id, limit)

    def awaited_signers(self) -> tuple[AwaitedSigner, ...]:
        """Returns whose signature is awaited now, longest asked first."""
        with reading(self._engine) as connection:
            return awaited_signers(connection)

    def steps_in(self, person_id: PersonId, engagements: Collection[EngagementId]) -> tuple[MyStep, ...]:
        """Returns what a person owes or may do in these engagements, first due first."""
        with reading(self._engine) as connection:
            return steps_in(connection, person_id, engagements)

    def loads(self) -> dict[PersonId, int]:
        """Returns how many roles each person holds in running engagements, without those who hold none."""
        return seen_once(("loads", id(self._engine)), self._loads)

    def _loads(self) -> dict[PersonId, int]:
        with reading(self._engine) as connection:
            return loads(connection)

    def ledger(
        self,
        engagement_id: EngagementId,
        after: str | None = None,
        limit: int = 100,
        *,
        kinds: Collection[str] = (),
        newest_first: bool = False,
    ) -> Page[LedgerEntry]:
        """Returns the record of an engagement and its change orders, in the order in which it was written or back.

        With `kinds`, only facts of these kinds: reading all the others costs many times as much.
        """
        query = select(*(L[name] for name in (*HASHED, "hash", "position"))).where(
            of_engagement(L.stream, engagement_id)
        )
        if after is not None:
            from_there = _position(after)
            query = query.where(L.position < from_there if newest_first else L.position > from_there)
        query = query.where(L.kind.in_(kinds)) if kinds else query
        order = L.position.desc() if newest_first else L.position
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(order).limit(_bounded(limit) + 1)).all()
            facts = resolved(connection, [row._asdict() for row in rows])
        entries = [LedgerEntry(row.position, fact, row.prev, row.hash) for row, fact in zip(rows, facts, strict=True)]
        return _page(tuple(entries), limit, lambda entry: str(entry.position))

    def fact(self, stream: str, seq: int) -> Recorded | None:
        """Returns one fact of a stream."""
        with reading(self._engine) as connection:
            return next(iter(read(connection, stream, seq, seq)), None)

    def facts(self, stream: str) -> tuple[Recorded, ...]:
        """Returns all facts of a stream, in order."""
        with reading(self._engine) as connection:
            return tuple(read(connection, stream))

    def seq_of(self, stream: str) -> int:
        """Returns how many facts of a stream the record holds; 0 for an unknown one."""
        found = self._all(select(H.seq).where(H.stream == stream), lambda row: int(row[0]))
        return found[0] if found else 0

    def command_at(self, stream: str, seq: int) -> str | None:
        """Returns the command that produced a fact; None if there is none."""
        with reading(self._engine) as connection:
            return command_at(connection, stream, seq)

    def command_of_key(self, stream: str, key: str) -> str | None:
        """Returns the command sent with a key whose facts are still valid, including the hash of its body."""
        with reading(self._engine) as connection:
            return command_of_key(connection, stream, key)

    def effect_of(self, stream: str, command: str) -> Effect | None:
        """Returns what a command, given by its request's id, caused in a stream according to the ledger."""
        with reading(self._engine) as connection:
            return effect_of(connection, stream, command)

    def end_of_act(self, ref: StepRef) -> HowItEnded | None:
        """Returns how an act ended that is no longer owed; None if the record does not say."""
        if ref.since is None:
            return None
        with reading(self._engine) as connection:
            return end_of_act(connection, engagement_stream(ref.engagement_id), ref.what, ref.since)

    def by_stage(self) -> dict[str, int]:
        """Returns how many engagements are at each stage."""
        found = self._counters("stage:")
        return {name.removeprefix("stage:"): value for name, value in found.items()}

    def value_by_stage(self) -> dict[tuple[str, str], Decimal]:
        """Returns the total price of all engagements by stage and currency, to the cent."""
        return self._money_by_stage("value:")

    def margin_by_stage(self) -> dict[tuple[str, str], Decimal]:
        """Returns the total margin at P80 of all engagements as they were priced, in the same way."""
        return self._money_by_stage("margin:")

    def _money_by_stage(self, start: str) -> dict[tuple[str, str], Decimal]:
        found = self._counters(start)
        return {_stage_and_currency(name): Decimal(value) / 100 for name, value in found.items()}

    def capacity_demand(self, engagement_id: EngagementId, earliest: date) -> CapacityDemand | None:
        """Returns an engagement's hours beside the pipeline's, from its first week to the horizon after `earliest`.

        The pipeline's hours are maintained totals: the number of weeks bounds the cost, however many engagements there
        are.
        """
        with reading(self._engine, snapshot=True) as connection:
            state = self._states.load(connection, engagement_stream(engagement_id))
            if not isinstance(state, Engagement):
                return None
            own = demand(state)
            query = _pipeline_query(own, earliest)
            found = {(row[0], row[1], row[2]): int(row[3]) for row in connection.execute(query)} if own else {}
        for (discipline, week), hours in own.items():
            place = (discipline, week, state.stage.value)
            found[place] = found.get(place, 0) - hours
        return CapacityDemand(state, own, {place: hours for place, hours in found.items() if hours > 0})

    def _counters(self, start: str) -> dict[str, int]:
        query = select(N.name, N.value).where(N.name.startswith(start, autoescape=True)).order_by(N.name)
        return dict(self._all(query, lambda row: (str(row[0]), int(row[1]))))

    def _asks(self, query: Select[Any]) -> tuple[AskInPlace, ...]:
        with reading(self._engine) as connection:
            return tuple(self._ask(connection, row) for row in connection.execute(query).all())

    def _ask(self, connection: Connection, row: Row[Any]) -> AskInPlace:
        ask = ask_of(known(row.document), self._states.vault(connection))
        return AskInPlace(ask, row.stream, row.engagement_id, known(row.title), row.client)

    def _page(
        self, query: Select[Any], key: tuple[Any, ...], make: Callable[[Connection, Row[Any]], T], limit: int
    ) -> Page[T]:
        """A page in the order of the query, which `key` gives. Rows that were edited are left out and named."""
        shown, names = _bounded(limit), tuple(f"key_{place}" for place in range(len(key)))
        query = query.add_columns(*(column.label(name) for column, name in zip(key, names, strict=True)))
        with reading(self._engine) as connection:
            found = sound_rows(
                connection, query, lambda row: (row[-len(key) :], make(connection, row)), names, shown + 1
            )
        items = tuple(item for _, item in found.rows[:shown])
        return Page(items, _text_of(*found.rows[shown - 1][0]) if len(found.rows) > shown else None, found.damaged)

    def _all(self, query: Select[Any], make: Callable[[Any], T]) -> tuple[T, ...]:
        with reading(self._engine) as connection:
            return tuple(make(row) for row in connection.execute(query))


def _ask_query() -> Select[Any]:
    """Asks with the title and client of their engagement."""
    return select(*ASK_IN_PLACE).select_from(_table(A)).outerjoin(_table(E), E.id == A.engagement_id)


def _engagement_line(_connection: Connection, row: Row[Any]) -> EngagementLine:
    return EngagementLine._make(row[: len(EngagementLine._fields)])


def _vacancy_line(_connection: Connection, row: Row[Any]) -> VacancyLine:
    known(row.title)
    return VacancyLine._make(row[: len(VacancyLine._fields)])


def _pipeline_query(own: dict[Place, int], earliest: date) -> Select[Any]:
    weeks = [*(week for _, week in own), monday(earliest)]
    last = max(weeks) + (max(weeks) - min(weeks)) + HORIZON_WEEKS * WEEK
    query = select(P.discipline, P.week, P.stage, P.centihours)
    return query.where(P.discipline.in_(sorted({name for name, _ in own})), P.week.between(min(weeks), last))


def _table(of: Any) -> FromClause:
    return next(iter(of)).table  # type: ignore[no-any-return]


def _bounded(limit: int) -> int:
    return max(1, min(limit, MAX_PAGE_SIZE))


def _page(found: tuple[T, ...], limit: int, key: Callable[[T], str]) -> Page[T]:
    """A page of rows that were read with one more than it shows."""
    shown = found[: _bounded(limit)]
    return Page(shown, key(shown[-1]) if len(found) > len(shown) else None)


def _text_of(*key: Any) -> str:
    return "|".join(utc_text(part) if isinstance(part, datetime) else str(part) for part in key)


def _beyond(key: tuple[Column[Any], ...], after: str) -> ColumnElement[bool]:
    """Rows after a key that begins with a timestamp. Raises BadValue for a key that no page has returned."""
    moment, *rest = after.split("|", len(key) - 1)
    try:
        since = datetime.fromisoformat(moment)
    except ValueError:
        raise _no_key() from None
    if since.tzinfo is None or len(rest) != len(key) - 1:
        raise _no_key()
    values = [literal(value, column.type) for value, column in zip((since, *rest), key, strict=True)]
    return tuple_(*key) > tuple_(*values)


def _position(after: str) -> int:
    if not (after.isascii() and after.isdigit() and len(after) < 19):
        raise _no_key()
    return int(after)


def _no_key() -> BadValue:
    return BadValue("That is no key of a page.", remedy="Take `after` from the page before.", field="after")


def _stage_and_currency(name: str) -> tuple[str, str]:
    _, stage, currency = name.split(":")
    return stage, currency
