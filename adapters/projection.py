"""Facts become the read model, in the transaction that writes them: only what they changed is written."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

import structlog
from sqlalchemy import Connection, Delete, Insert, bindparam, delete, insert, select
from sqlmodel import SQLModel

from adapters import first_steps, rows
from adapters.chat_cards import note_changes, note_changes_of
from adapters.directories import Directories
from adapters.stored_state import ReadModelVault, States, Written, times_remade
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
    SequenceRow,
    StepPersonRow,
    TaskRow,
    VacancyPersonRow,
    VacancyRow,
    columns,
)
from adapters.tokens import without_token
from adapters.upserts import add_to, add_up, put, raise_to
from domain.answers_shown import hours_shown_otherwise
from domain.asks import Ask
from domain.directory import ADMINISTRATOR
from domain.engagement.state import Engagement
from domain.notices import messages
from domain.offers import offers, vacancies_told
from domain.record import Aggregate, Message, Recorded, evolve
from domain.refusals import IntegrityBroken
from domain.signers import token_messages, who_will_sign
from domain.step_card import done_acts_changed, steps_changed
from domain.streams import DIRECTORY, engagement_of

log = structlog.get_logger()

N, SQ = columns(CounterRow), columns(SequenceRow)


class Projected(NamedTuple):
    """What people are told, and the state to remember once all of it is committed."""

    told: tuple[Message, ...]
    written: Written | None


class Lagging(Exception):
    """The read model does not stand where the ledger does: it must be made again.

    `stands` is of how many facts it was made, `left` how many of them the ledger holds.
    """

    def __init__(self, stream: str, stands: int, left: int) -> None:
        super().__init__(f"{stream} stands at {stands}, not before {left + 1}")
        self.stands, self.left = stands, left


class Folded(NamedTuple):
    """A state that facts made, and by its id each ask that they changed, with the last fact that did.

    An ask may have left the state since.
    """

    state: Aggregate | None
    asks: dict[str, tuple[int, Ask]]

    @property
    def after(self) -> Aggregate:
        """The state, which is there once there is a fact."""
        if self.state is None:
            raise AssertionError("no fact was folded")
        return self.state

    def then(self, fact: Recorded) -> "Folded":
        """The same and one fact more."""
        after = evolve(self.state, fact)
        known = self.state.asks if self.state else {}
        if after.asks is not known:
            changed = (ask for ask in after.asks.values() if known.get(ask.id) is not ask)
            self.asks.update({ask.id: (fact.seq, ask) for ask in changed})
        return Folded(after, self.asks)


def project(connection: Connection, states: States, directories: Directories, facts: Sequence[Recorded]) -> Projected:
    """Brings the read model up to the last of these facts of one stream."""
    before = states.load(connection, facts[0].stream)
    stands = before.seq if before else 0
    if stands != facts[0].seq - 1:
        raise Lagging(facts[0].stream, stands, facts[0].seq - 1)
    folded, after = Folded(before, {}), list[Aggregate]()
    for fact in facts:
        folded = folded.then(fact)
        after.append(folded.after)
    state = folded.state
    told = [one for each, fact in zip(after, facts, strict=True) for one in messages(each, fact, state)]
    written = write_state(connection, states, before, folded, facts[-1])
    beside = (*_offers(connection, directories, state, facts), *_tokens(connection, directories, state, facts))
    return Projected((*told, *beside), written)


def _offers(
    connection: Connection, directories: Directories, state: Aggregate | None, facts: Sequence[Recorded]
) -> tuple[Message, ...]:
    """Who could fill what fell vacant or climbed just now; nobody is looked for where nothing did, or is in force."""
    vacant = vacancies_told(facts)
    try:
        found = directories.in_force(connection) if vacant else None
    except IntegrityBroken as broken:  # the record goes on; they are offered again when they climb
        log.error("vacancies.not_offered", why=str(broken))  # noqa: TRY400 -- the reason is told
        return ()
    if found is None or not isinstance(state, Engagement) or state.is_over:
        return ()
    return offers(state, vacant, found[1], loads(connection))


def _tokens(
    connection: Connection, directories: Directories, state: Aggregate | None, facts: Sequence[Recorded]
) -> tuple[Message, ...]:
    """To whoever makes tokens, where somebody of a client is to sign who has none."""
    signs = dict.fromkeys(person for fact in facts for person in who_will_sign(state, fact.event)) if state else {}
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


def loads(connection: Connection) -> dict[str, int]:
    """How many roles each person holds in running engagements, for those who hold any."""
    query = select(N.name, N.value).where(N.name.startswith(rows.LOAD, autoescape=True))
    return {str(name).removeprefix(rows.LOAD): int(value) for name, value in connection.execute(query)}


def write_state(
    connection: Connection, states: States, before: Aggregate | None, folded: Folded, last: Recorded
) -> Written:
    """Writes what differs between two states of a stream, of which `last` is the newest fact."""
    vault, after = states.vault(connection), folded.after
    moved = _write_steps(connection, before, after, last)
    if isinstance(after, Engagement):
        earlier = before if isinstance(before, Engagement) else None
        row = rows.engagement_row(after, last.stream, last.at, vault)
        put(connection, EngagementRow, ["id"], [row | first_steps.first_step(connection, after.id)])
        _write_surroundings(connection, earlier, after)
        _count(connection, earlier, after)
        _count_hours(connection, earlier, after)
        note_changes(connection, sorted(steps_changed(earlier, after)), last.at)
        note_changes_of(connection, sorted(done_acts_changed(earlier, after)), last.at)
        _give_no_number_again(connection, earlier, after)
    else:
        row = rows.change_row(after, last.stream, last.at, vault)
        put(connection, ChangeOrderRow, ["id"], [row])
        if moved:
            first_steps.refresh(connection, after.brief.engagement)
    note_changes(connection, sorted(hours_shown_otherwise(before, after)), last.at)
    asks = _write_asks(connection, vault, before, folded, last)
    _write_waiters(connection, before, after)
    return Written(last.stream, after, times_remade(connection), len(row["document"]), asks)


def write_anew(connection: Connection, states: States, before: Aggregate, folded: Folded, last: Recorded) -> Written:
    """Writes a stream again whose facts read otherwise than before; `folded` from the first of them on."""
    asks = select(columns(AskRow).id).where(columns(AskRow).stream == last.stream)
    connection.execute(delete(AskPersonRow).where(columns(AskPersonRow).ask.in_(asks)))  # of ended ones, too
    return write_state(connection, states, before, folded, last)


def _give_no_number_again(connection: Connection, before: Engagement | None, after: Engagement) -> None:
    """No version of the directory is numbered at or under one that an engagement has heard of: it would not hear it.

    So it comes where a record that was set back, or lost, is filled again from the engine.
    """
    if after.directory == (before.directory if before else 0):
        return
    known = connection.execute(select(SQ.value).where(SQ.name == DIRECTORY)).scalar()
    if (known or 0) < after.directory:
        raise_to(connection, SequenceRow, DIRECTORY, after.directory)


def _write_steps(connection: Connection, before: Aggregate | None, after: Aggregate, last: Recorded) -> bool:
    """Writes whom the stream waits for; True where that changed."""
    earlier = rows.step_people(before, last.stream, last.at) if before else []
    later = rows.step_people(after, last.stream, last.at)
    moved = earlier != later
    shares = bool(after.changes) if isinstance(after, Engagement) else moved
    if shares:
        first_steps.take_turn(connection, engagement_of(last.stream))
    if not moved:
        return False
    if earlier:
        _remove(connection, StepPersonRow, "stream", [last.stream])
    _insert(connection, StepPersonRow, later)
    return True


def _write_asks(
    connection: Connection, vault: ReadModelVault, before: Aggregate | None, folded: Folded, last: Recorded
) -> dict[str, int]:
    """Writes the asks that changed; gives the sizes of their documents."""
    after = folded.after
    engagement = after.id if isinstance(after, Engagement) else after.brief.engagement
    changed = {name: found for name, found in folded.asks.items() if after.knows(name)}
    new = [rows.ask_row(ask, seq, last.stream, engagement, vault) for seq, ask in changed.values()]
    put(connection, AskRow, ["id"], new)
    known = before.asks if before else {}
    _forget(connection, [name for name in known if not after.knows(name)])
    again = [name for name in changed if name in known]
    if again:
        _remove(connection, AskPersonRow, "ask", again)
    _insert(connection, AskPersonRow, [row for _, ask in changed.values() for row in rows.ask_people(ask, engagement)])
    note_changes(connection, again, last.at)
    return {row["id"]: len(row["document"]) for row in new}


def _forget(connection: Connection, gone: list[str]) -> None:
    """Asks that facts opened which were voided: they were never put."""
    if gone:
        _remove(connection, AskPersonRow, "ask", gone)
        _remove(connection, AskRow, "id", gone)


def _write_waiters(connection: Connection, before: Aggregate | None, after: Aggregate) -> None:
    """Who waits follows the ask and the people who lead: another seller changes what stands beside every open ask."""
    earlier, later = rows.waiters(before), rows.waiters(after)
    gone = [ask for ask, people in earlier.items() if people and people != later.get(ask)]
    if gone:
        _remove(connection, AskWaiterRow, "ask", gone)
    _insert(connection, AskWaiterRow, [row for ask in later if later[ask] != earlier.get(ask) for row in later[ask]])


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
            _remove(connection, table, "engagement", [after.id])
        _insert(connection, table, later)


def _insert(connection: Connection, table: type[SQLModel], new: list[dict[str, Any]]) -> None:
    if new:
        connection.execute(_insertion(table), new)


def _remove(connection: Connection, table: type[SQLModel], column: str, values: Sequence[str]) -> None:
    connection.execute(_removal(table, column), {"values": values})


@cache
def _insertion(table: type[SQLModel]) -> Insert:
    return insert(table)


@cache
def _removal(table: type[SQLModel], column: str) -> Delete:
    return delete(table).where(columns(table)[column].in_(bindparam("values", expanding=True)))


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


def fold(facts: Iterable[Recorded]) -> Folded:
    """The state that a stream's facts make."""
    folded = Folded(None, {})
    for fact in facts:
        folded = folded.then(fact)
    return folded
