"""Projects facts to the read model, in the transaction that writes them: only what they changed is written."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import structlog
from sqlalchemy import Connection, delete, select
from sqlmodel import SQLModel

from adapters.db import first_next_steps, rows
from adapters.db.chat_cards import note_changes, note_changes_of
from adapters.db.directories import Directories
from adapters.db.row_differences import write_row, write_rows
from adapters.db.state_parts import parts_changed
from adapters.db.stored_state import ReadModelVault, Stand, StateCache, WrittenState
from adapters.db.tables.asks import (
    AskPersonRow,
    AskRow,
    AskWaiterRow,
    StepPersonRow,
    TaskRow,
    VacancyPersonRow,
    VacancyRow,
)
from adapters.db.tables.columns import columns
from adapters.db.tables.engagements import (
    ChangeOrderRow,
    CounterRow,
    EngagementCastRow,
    EngagementPersonRow,
    EngagementRow,
    EngagementSearchRow,
    PipelineHoursRow,
    StatePartRow,
)
from adapters.db.tables.record import SequenceRow
from adapters.db.tokens import without_token
from adapters.db.upserts import add_to, add_up, put, raise_to
from domain.asks.answers_shown import hours_shown_otherwise
from domain.asks.model import Ask
from domain.asks.upcoming_signers import token_messages, who_will_sign
from domain.change_order.order import ChangeOrder
from domain.directory.directory import ADMINISTRATOR
from domain.engagement.aggregate import Engagement
from domain.next_steps.card import done_acts_changed, steps_changed
from domain.notifications.notices import messages
from domain.notifications.vacancy_offers import offers, vacancies_told
from domain.record.facts import Aggregate, Message, Recorded, evolve
from domain.shared.errors import IntegrityBroken
from domain.shared.streams import DIRECTORY, engagement_of
from domain.shared.values import AskId, PersonId

log = structlog.get_logger()

N, SQ = columns(CounterRow), columns(SequenceRow)


class Projected(NamedTuple):
    """The messages that facts cause, and the state to cache once everything is committed."""

    told: tuple[Message, ...]
    written: WrittenState | None


class ProjectionOutOfSync(Exception):
    """The read model is not where the ledger is, and must be rebuilt.

    `stands` is the number of facts it was built from, `left` how many of them the ledger holds.
    """

    def __init__(self, stream: str, stands: int, left: int) -> None:
        super().__init__(f"{stream} stands at {stands}, not before {left + 1}")
        self.stands, self.left = stands, left


class Folded(NamedTuple):
    """A state folded from facts, and what they changed: asks by id, other parts by name, each with its last fact.

    An ask may have left the state since.
    """

    state: Aggregate | None
    asks: dict[AskId, tuple[int, Ask]]
    parts: dict[str, int]

    @property
    def after(self) -> Aggregate:
        """The state, which exists once there has been a fact."""
        if self.state is None:
            raise AssertionError("no fact was folded")
        return self.state

    def then(self, fact: Recorded) -> "Folded":
        """The same with one more fact."""
        after = evolve(self.state, fact)
        known = self.state.asks if self.state else {}
        if after.asks is not known:
            changed = (ask for ask in after.asks.values() if known.get(ask.id) is not ask)
            self.asks.update({ask.id: (fact.seq, ask) for ask in changed})
        self.parts.update(dict.fromkeys(parts_changed(self.state, after), fact.seq))
        return Folded(after, self.asks, self.parts)


def project(
    connection: Connection, states: StateCache, directories: Directories, facts: Sequence[Recorded]
) -> Projected:
    """Brings the read model up to the last of these facts, which are of one stream."""
    stand = states.stand(connection, facts[0].stream)
    before, seq = stand.state, stand.state.seq if stand.state else 0
    if seq != facts[0].seq - 1:
        raise ProjectionOutOfSync(facts[0].stream, seq, facts[0].seq - 1)
    folded, after = Folded(before, {}, {}), list[Aggregate]()
    for fact in facts:
        folded = folded.then(fact)
        after.append(folded.after)
    state = folded.state
    told = [one for each, fact in zip(after, facts, strict=True) for one in messages(each, fact, state)]
    written = write_state(connection, states, stand, folded, facts[-1])
    beside = (*_offers(connection, directories, state, facts), *_tokens(connection, directories, state, facts))
    return Projected((*told, *beside), written)


def _offers(
    connection: Connection, directories: Directories, state: Aggregate | None, facts: Sequence[Recorded]
) -> tuple[Message, ...]:
    """Offers to those who could fill what has just fallen vacant or escalated; searched only if something did."""
    vacant = vacancies_told(facts)
    try:
        found = directories.in_force(connection) if vacant else None
    except IntegrityBroken as broken:  # the record goes on; they get the offer when the vacancy escalates
        log.error("vacancies.not_offered", why=str(broken))  # noqa: TRY400 -- the reason is told
        return ()
    if found is None or not isinstance(state, Engagement) or state.is_over:
        return ()
    return offers(state, vacant, found[1], loads(connection))


def _tokens(
    connection: Connection, directories: Directories, state: Aggregate | None, facts: Sequence[Recorded]
) -> tuple[Message, ...]:
    """To those who issue tokens, if someone at a client must sign but has none."""
    signs = (
        dict.fromkeys(person_id for fact in facts for person_id in who_will_sign(state, fact.event)) if state else {}
    )
    if state is None or not signs:
        return ()
    lacking = without_token(connection, tuple(signs), facts[-1].at)
    try:
        found = directories.in_force(connection) if lacking else None
    except IntegrityBroken as broken:  # the record goes on; whoever waits for the signature reads it beside the step
        log.error("tokens.not_asked_for", why=str(broken))  # noqa: TRY400 -- the reason is told
        return ()
    if found is None:
        return ()
    return tuple(token_messages(state, facts[-1].stream, lacking, found[1].house_roles[ADMINISTRATOR]))


def loads(connection: Connection) -> dict[PersonId, int]:
    """How many roles each person holds in running engagements, without those who hold none."""
    query = select(N.name, N.value).where(N.name.startswith(rows.LOAD, autoescape=True))
    return {PersonId(name.removeprefix(rows.LOAD)): int(value) for name, value in connection.execute(query)}


def write_state(
    connection: Connection, states: StateCache, stand: Stand, folded: Folded, last: Recorded
) -> WrittenState:
    """Writes what differs between two states of a stream; `last` is its newest fact."""
    vault, before, after = states.vault(connection), stand.state, folded.after
    moved = _write_steps(connection, before, after, last)
    if isinstance(after, Engagement):
        earlier = before if isinstance(before, Engagement) else None
        _write_engagement(connection, earlier, after, last, moved=moved)
        _write_surroundings(connection, earlier, after)
        _count(connection, earlier, after)
        _count_hours(connection, earlier, after)
        _give_no_number_again(connection, earlier, after)
    else:
        _write_change(connection, before, after, last)
        if moved:
            first_next_steps.refresh(connection, after.brief.engagement_id)
    parts = rows.part_rows(after, folded.parts, last.stream, vault)
    put(connection, StatePartRow, ["stream", "name"], parts)
    asks = _write_asks(connection, vault, before, folded, last)
    _write_waiters(connection, before, after)
    _note_cards(connection, before, folded, last)
    sizes = {row["name"]: len(row["document"]) for row in parts}
    return WrittenState(last.stream, after, stand.remade, sizes, asks)


def _write_engagement(
    connection: Connection, before: Engagement | None, after: Engagement, last: Recorded, *, moved: bool
) -> None:
    row = rows.engagement_row(after, last.stream) | {"updated_at": last.at}
    if moved or before is None:
        own = rows.step_people(after)
        row |= first_next_steps.first_step(connection, after.id) if after.changes else first_next_steps.first_of(own)
    write_row(connection, EngagementRow, rows.engagement_row(before, last.stream) if before else None, row)


def _write_change(connection: Connection, before: Aggregate | None, after: ChangeOrder, last: Recorded) -> None:
    earlier = rows.change_row(before, last.stream) if isinstance(before, ChangeOrder) else None
    write_row(connection, ChangeOrderRow, earlier, rows.change_row(after, last.stream) | {"updated_at": last.at})


def write_anew(
    connection: Connection, states: StateCache, stand: Stand, folded: Folded, last: Recorded
) -> WrittenState:
    """Writes a stream whose facts now read differently; `folded` begins with the first of them."""
    known = stand.state.asks if stand.state else ()
    ended = select(columns(AskRow).id).where(columns(AskRow).stream == last.stream, columns(AskRow).id.not_in(known))
    connection.execute(
        delete(AskPersonRow).where(columns(AskPersonRow).ask_id.in_(ended))
    )  # the state no longer knows them
    connection.execute(delete(StatePartRow).where(columns(StatePartRow).stream == last.stream))
    return write_state(connection, states, stand, folded, last)


def _note_cards(connection: Connection, before: Aggregate | None, folded: Folded, last: Recorded) -> None:
    """Schedules a refresh of the cards that now show something different."""
    after = folded.after
    changed: set[str] = {name for name in folded.asks if before and name in before.asks and after.knows(name)}
    changed |= hours_shown_otherwise(before, after)
    if isinstance(after, Engagement):
        earlier = before if isinstance(before, Engagement) else None
        changed |= steps_changed(earlier, after)
        note_changes_of(connection, sorted(done_acts_changed(earlier, after)), last.at)
    note_changes(connection, sorted(changed), last.at)


def _give_no_number_again(connection: Connection, before: Engagement | None, after: Engagement) -> None:
    """Keeps new directory versions above any number that an engagement was told, since it would ignore lower ones.

    The number can be lower when a record that was set back or lost is refilled from the engine.
    """
    if after.directory == (before.directory if before else 0):
        return
    known = connection.execute(select(SQ.value).where(SQ.name == DIRECTORY)).scalar()
    if (known or 0) < after.directory:
        raise_to(connection, SequenceRow, DIRECTORY, after.directory)


def _write_steps(connection: Connection, before: Aggregate | None, after: Aggregate, last: Recorded) -> bool:
    """Writes whom the stream waits for; True if that changed."""
    earlier, later = rows.step_people(before), rows.step_people(after)
    if earlier == later:
        return False
    if not isinstance(after, Engagement) or after.changes:
        first_next_steps.take_turn(connection, engagement_of(last.stream))
    write_rows(connection, StepPersonRow, earlier, later)
    return True


def _write_asks(
    connection: Connection, vault: ReadModelVault, before: Aggregate | None, folded: Folded, last: Recorded
) -> dict[AskId, int]:
    """Writes the asks that changed; returns the sizes of their documents."""
    after, known = folded.after, before.asks if before else {}
    engagement_id = engagement_of(last.stream)
    _forget(connection, [name for name in known if not after.knows(name)])
    changed = {name: found for name, found in folded.asks.items() if after.knows(name)}
    made = {name: rows.ask_row(ask, seq, last.stream, engagement_id, vault) for name, (seq, ask) in changed.items()}
    put(connection, AskRow, ["id"], [row for name, row in made.items() if name not in known])
    again = [known[name] for name in made if name in known]
    for ask in again:
        write_row(connection, AskRow, rows.ask_line(ask, last.stream, engagement_id), made[ask.id])
    earlier = [row for ask in again for row in rows.ask_people(ask, engagement_id)]
    later = [row for _, ask in changed.values() for row in rows.ask_people(ask, engagement_id)]
    write_rows(connection, AskPersonRow, earlier, later)
    return {name: len(row["document"]) for name, row in made.items()}


def _forget(connection: Connection, gone: Sequence[AskId]) -> None:
    """Deletes asks whose opening facts were voided."""
    for table, named_by in ((AskPersonRow, "ask_id"), (AskRow, "id")) if gone else ():
        connection.execute(delete(table).where(columns(table)[named_by].in_(gone)))


def _write_waiters(connection: Connection, before: Aggregate | None, after: Aggregate) -> None:
    """Who waits depends on the ask and on the people who lead: a new seller changes the rows of every open ask."""
    write_rows(connection, AskWaiterRow, rows.waiters(before), rows.waiters(after))


Rows = Callable[[Engagement], list[dict[str, Any]]]
SURROUNDINGS: tuple[tuple[type[SQLModel], Rows], ...] = (
    (EngagementPersonRow, rows.people_rows),
    (EngagementCastRow, rows.cast_rows),
    (VacancyRow, rows.vacancy_rows),
    (VacancyPersonRow, rows.vacancy_people),
    (TaskRow, rows.task_rows),
    (EngagementSearchRow, rows.search_rows),
)


def _write_surroundings(connection: Connection, before: Engagement | None, after: Engagement) -> None:
    """Small tables keyed by the engagement's id."""
    for table, rows_of in SURROUNDINGS:
        write_rows(connection, table, rows_of(before) if before else [], rows_of(after))


def _count(connection: Connection, before: Engagement | None, after: Engagement) -> None:
    """In order of name, so that two transactions never deadlock over counters."""
    earlier, later = rows.counts(before), rows.counts(after)
    for name in sorted({*earlier, *later}):
        difference = later.get(name, 0) - earlier.get(name, 0)
        if difference and add_to(connection, CounterRow, name, difference) == 0:
            connection.execute(delete(CounterRow).where(columns(CounterRow).name == name))


def _count_hours(connection: Connection, before: Engagement | None, after: Engagement) -> None:
    """In order, as the counters are, and for the same reason."""
    if rows.takes_the_same(before, after):
        return
    earlier, later = rows.pipeline_hours(before), rows.pipeline_hours(after)
    moved = {place: later.get(place, 0) - earlier.get(place, 0) for place in sorted({*earlier, *later})}
    keys = ("discipline", "week", "stage")
    changes = [{**dict(zip(keys, place, strict=True)), "centihours": by} for place, by in moved.items() if by]
    add_up(connection, PipelineHoursRow, keys, "centihours", changes)


def fold(facts: Iterable[Recorded]) -> Folded:
    """Folds a stream's facts into a state."""
    folded = Folded(None, {}, {})
    for fact in facts:
        folded = folded.then(fact)
    return folded
