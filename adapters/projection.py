"""Facts become the read model, in the transaction that writes them: only what they changed is written."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select
from sqlmodel import SQLModel

from adapters import rows
from adapters.chat_cards import note_changes
from adapters.directories import Directories
from adapters.stored_state import ReadModelVault, States, times_remade
from adapters.tables import (
    AskPersonRow,
    AskRow,
    AskWaiterRow,
    ChangeOrderRow,
    CounterRow,
    EngagementCastRow,
    EngagementPersonRow,
    EngagementRow,
    EngagementWordRow,
    PipelineHoursRow,
    TaskRow,
    VacancyPersonRow,
    VacancyRow,
    columns,
)
from adapters.upserts import add_to, add_up, put
from domain.asks import Ask
from domain.engagement.state import Engagement
from domain.notices import messages
from domain.offers import offers, vacancies_told
from domain.record import Aggregate, Message, Recorded, evolve

N = columns(CounterRow)


class Lagging(Exception):
    """The read model does not stand where the ledger does: it must be made again."""


def project(
    connection: Connection, states: States, directories: Directories, facts: Sequence[Recorded]
) -> tuple[Message, ...]:
    """Brings the read model up to the last of these facts of one stream; gives what people are told of them."""
    before = states.load(connection, facts[0].stream)
    if (before.seq if before else 0) != facts[0].seq - 1:
        raise Lagging(f"{facts[0].stream} stands at {before.seq if before else 0}, not before {facts[0].seq}")
    state, told = before, list[Message]()
    for fact in facts:
        state = evolve(state, fact)
        told += messages(state, fact)
    if state is not None:
        write_state(connection, states, before, state, facts[-1])
    return (*told, *_offers(connection, directories, state, facts))


def _offers(
    connection: Connection, directories: Directories, state: Aggregate | None, facts: Sequence[Recorded]
) -> tuple[Message, ...]:
    """Who could fill what fell vacant or climbed just now; nobody is looked for where nothing did, or is in force."""
    vacant = vacancies_told(facts)
    found = directories.in_force(connection) if vacant else None
    if found is None or not isinstance(state, Engagement) or state.is_over:
        return ()
    return offers(state, vacant, found[1], loads(connection))


def loads(connection: Connection) -> dict[str, int]:
    """How many roles each person holds in running engagements, for those who hold any."""
    query = select(N.name, N.value).where(N.name.startswith(rows.LOAD, autoescape=True))
    return {str(name).removeprefix(rows.LOAD): int(value) for name, value in connection.execute(query)}


def write_state(
    connection: Connection, states: States, before: Aggregate | None, after: Aggregate, last: Recorded
) -> None:
    """Writes what differs between two states of a stream, of which `last` is the newest fact."""
    vault = states.vault(connection)
    if isinstance(after, Engagement):
        earlier = before if isinstance(before, Engagement) else None
        put(connection, EngagementRow, ["id"], [rows.engagement_row(after, last.stream, last.at, vault)])
        _write_surroundings(connection, earlier, after)
        _count(connection, earlier, after)
        _count_hours(connection, earlier, after)
    else:
        put(connection, ChangeOrderRow, ["id"], [rows.change_row(after, last.stream, last.at, vault)])
    _write_asks(connection, vault, before, after, last)
    _write_waiters(connection, before, after)
    states.remember(last.stream, times_remade(connection), after)


def _write_asks(
    connection: Connection, vault: ReadModelVault, before: Aggregate | None, after: Aggregate, last: Recorded
) -> None:
    engagement = after.id if isinstance(after, Engagement) else after.brief.engagement
    changed = list(_changed_asks(before, after))
    put(
        connection, AskRow, ["id"], [rows.ask_row(ask, place, last.stream, engagement, vault) for place, ask in changed]
    )
    known = before.asks if before else {}
    again = [ask.id for _, ask in changed if ask.id in known]
    if again:
        connection.execute(delete(AskPersonRow).where(columns(AskPersonRow).ask.in_(again)))
    _insert(connection, AskPersonRow, [row for _, ask in changed for row in rows.ask_people(ask, engagement)])
    note_changes(connection, again, last.at)


def _write_waiters(connection: Connection, before: Aggregate | None, after: Aggregate) -> None:
    """Who waits follows the ask and the people who lead: another seller changes what stands beside every open ask."""
    earlier, later = rows.waiters(before), rows.waiters(after)
    gone = [ask for ask, people in earlier.items() if people and people != later.get(ask)]
    if gone:
        connection.execute(delete(AskWaiterRow).where(columns(AskWaiterRow).ask.in_(gone)))
    _insert(connection, AskWaiterRow, [row for ask in later if later[ask] != earlier.get(ask) for row in later[ask]])


def _changed_asks(before: Aggregate | None, after: Aggregate) -> Iterator[tuple[int, Ask]]:
    known = before.asks if before else {}
    for place, ask in enumerate(after.asks.values(), 1):
        earlier = known.get(ask.id)
        if earlier is not ask and earlier != ask:
            yield place, ask


Rows = Callable[[Engagement], list[dict[str, Any]]]
SURROUNDINGS: tuple[tuple[type[SQLModel], Rows], ...] = (
    (EngagementPersonRow, rows.people_rows),
    (EngagementCastRow, rows.cast_rows),
    (VacancyRow, rows.vacancy_rows),
    (VacancyPersonRow, rows.vacancy_people),
    (TaskRow, rows.task_rows),
    (EngagementWordRow, rows.word_rows),
)


def _write_surroundings(connection: Connection, before: Engagement | None, after: Engagement) -> None:
    """Small tables that hang on the engagement's id: taken whole where anything in them changed."""
    for table, rows_of in SURROUNDINGS:
        earlier, later = rows_of(before) if before else [], rows_of(after)
        if earlier == later:
            continue
        if earlier:
            connection.execute(delete(table).where(columns(table).engagement == after.id))
        _insert(connection, table, later)


def _insert(connection: Connection, table: type[SQLModel], new: list[dict[str, Any]]) -> None:
    if new:
        connection.execute(insert(table), new)


def _count(connection: Connection, before: Engagement | None, after: Engagement) -> None:
    """Sorted by name, so that two transactions never wait for each other's counters."""
    earlier, later = rows.counts(before), rows.counts(after)
    for name in sorted({*earlier, *later}):
        difference = later.get(name, 0) - earlier.get(name, 0)
        if difference and add_to(connection, CounterRow, name, difference) == 0:
            connection.execute(delete(CounterRow).where(columns(CounterRow).name == name))


def _count_hours(connection: Connection, before: Engagement | None, after: Engagement) -> None:
    """Sorted as the counters are, and for the same reason."""
    if rows.takes_the_same(before, after):
        return
    earlier, later = rows.pipeline_hours(before), rows.pipeline_hours(after)
    moved = {place: later.get(place, 0) - earlier.get(place, 0) for place in sorted({*earlier, *later})}
    keys = ("discipline", "week", "stage")
    changes = [{**dict(zip(keys, place, strict=True)), "centihours": by} for place, by in moved.items() if by]
    add_up(connection, PipelineHoursRow, keys, "centihours", changes)


def fold(facts: Iterable[Recorded]) -> Aggregate | None:
    """The state that a stream's facts make."""
    state: Aggregate | None = None
    for fact in facts:
        state = evolve(state, fact)
    return state
