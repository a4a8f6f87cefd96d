"""What one person owes in all engagements, read by one index lookup whose cost does not grow with the portfolio."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, NamedTuple, get_args

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, select, type_coerce
from sqlmodel import SQLModel

from adapters.db.column_types import Flag
from adapters.db.readable_rows import known, sound_rows
from adapters.db.tables.asks import StepPersonRow, TaskRow
from adapters.db.tables.columns import columns
from adapters.db.tables.engagements import EngagementRow
from domain.next_steps.acts_owed import ActKind
from domain.next_steps.model import StepKind, StepPart
from domain.next_steps.texts import act_title
from domain.shared.errors import IntegrityBroken
from domain.shared.values import AskId, EngagementId, PersonId

E, SP, TK = columns(EngagementRow), columns(StepPersonRow), columns(TaskRow)
KINDS = get_args(StepKind)


class MyStep(NamedTuple):
    """Something that waits for a person: an ask, an act, a vacancy that they must see filled, or a condition."""

    kind: StepKind
    ref: str
    what: str
    engagement_id: EngagementId
    title: str
    """The engagement's title."""
    client: str
    since: datetime
    due_at: datetime
    """`NEVER` while its clock is paused."""
    paused: bool
    owner: PersonId
    """Who owes it, if the person may do it in their place."""
    owner_name: str
    role: str
    """The role in which they owe it; empty if there is none."""
    reason: str
    """Why it is owed again; empty if it is not."""
    part: StepPart = StepPart.DOES
    held_until: date | None = None
    """The day until which its engagement is on hold."""
    hold_has_come: bool = False
    """True from that day on."""
    others: tuple[PersonId, ...] = ()
    """Ids of others who may do it now, apart from the person and its owner; only filled in for a page."""

    @property
    def ask_id(self) -> AskId | None:
        """The ask that this step is; None for an act, a vacancy or a condition."""
        return AskId(self.ref) if self.kind == "ask" else None


class MySteps(NamedTuple):
    """A person's steps, first due first; whether there are more; the names of rows that were edited."""

    items: tuple[MyStep, ...]
    more: bool
    damaged: tuple[str, ...] = ()


def my_steps(
    connection: Connection, person_id: PersonId, limit: int, engagement_id: EngagementId | None = None
) -> MySteps:
    """Returns at most `limit` steps of a person, in all engagements or in the given one."""
    query = _query(person_id) if engagement_id is None else _query(person_id).where(SP.engagement_id == engagement_id)
    found = sound_rows(connection, query, _step, ("engagement_id", "kind", "ref"), limit + 1)
    steps = found.rows[:limit]
    others = _others(connection, person_id, {step.engagement_id for step in steps})
    items = (
        step._replace(others=others.get((step.engagement_id, step.kind, step.ref, step.owner), ())) for step in steps
    )
    return MySteps(tuple(items), len(found.rows) > limit, found.damaged)


def count_steps(connection: Connection, person_id: PersonId, most: int) -> int:
    """How many steps a person has, counted up to `most`."""
    owed = select(SP.ref).where(SP.person_id == person_id, SP.part == StepPart.DOES.value).limit(most).subquery()
    return int(connection.execute(select(func.count()).select_from(owed)).scalar_one())


def steps_token(connection: Connection, person_id: PersonId) -> str:
    """Changes when a person's steps do: how many there are, and when the newest and the last due are."""
    query = select(func.count(), func.max(SP.since), func.max(SP.due_at)).where(SP.person_id == person_id)
    return "|".join(map(str, connection.execute(query).one()))


def _others(
    connection: Connection, person_id: PersonId, engagements: Collection[EngagementId]
) -> dict[tuple[str, ...], tuple[PersonId, ...]]:
    """Who else may do a step besides its owner and the person, by engagement, kind, reference and owner."""
    query = select(SP.engagement_id, SP.kind, SP.ref, SP.owner, SP.person_id).where(SP.engagement_id.in_(engagements))
    found: dict[tuple[str, ...], tuple[PersonId, ...]] = {}
    doers = query.where(SP.part == StepPart.DOES.value, SP.person_id.not_in((person_id, SP.owner)))
    for row in connection.execute(doers.order_by(SP.person_id)):
        key = (row.engagement_id, row.kind, row.ref, row.owner)
        found[key] = (*found.get(key, ()), row.person_id)
    return found


def late_steps(connection: Connection, person_id: PersonId, limit: int) -> MySteps:
    """Returns at most `limit` overdue steps of others that have escalated to this person, who cannot do them."""
    found = sound_rows(connection, _query(person_id, own=False), _step, ("engagement_id", "kind", "ref"), limit + 1)
    return MySteps(found.rows[:limit], len(found.rows) > limit, found.damaged)


def late_for(person_id: PersonId) -> tuple[ColumnElement[bool], ...]:
    """Conditions for rows that are overdue with others and have escalated to this person."""
    return SP.person_id == person_id, SP.part.in_([StepPart.TOLD.value, StepPart.MAY_REPLACE.value])


def steps_in(connection: Connection, person_id: PersonId, engagements: Collection[EngagementId]) -> tuple[MyStep, ...]:
    """A person's steps in these engagements, first due first."""
    query = _query(person_id).where(SP.engagement_id.in_(engagements))
    return sound_rows(connection, query, _step, ("engagement_id", "kind", "ref")).rows


def _query(person_id: PersonId, *, own: bool = True) -> Select[Any]:
    query = select(
        SP.kind, SP.ref, SP.what, TK.text, SP.engagement_id, E.title, E.client, SP.since, SP.due_at, SP.paused
    ).add_columns(SP.owner, SP.owner_name, SP.role, SP.reason, SP.part, E.held_until, _hold_has_come())
    query = query.outerjoin(EngagementRow, E.id == SP.engagement_id)
    query = query.outerjoin(TaskRow, and_(SP.kind == "task", TK.engagement_id == SP.engagement_id, TK.id == SP.ref))
    of_person = (SP.person_id == person_id, SP.part == StepPart.DOES.value) if own else late_for(person_id)
    return query.where(*of_person).order_by(SP.due_at, SP.engagement_id, SP.kind, SP.ref)


def _hold_has_come() -> ColumnElement[bool]:
    """Whether someone owes it to resume, extend or end the hold of a step's engagement."""
    table = SQLModel.metadata.tables[str(StepPersonRow.__tablename__)].alias()
    owed = (table.c.engagement_id == SP.engagement_id, table.c.kind == "act", table.c.ref == ActKind.RESOLVE_HOLD.value)
    return type_coerce(exists().where(*owed), Flag()).label("hold_has_come")


def _step(row: Row[Any]) -> MyStep:
    if row.kind not in KINDS:
        raise IntegrityBroken("A row of the database holds a next step of no kind.")
    if row.kind == "act":
        act_title(row.ref)  # raises for what is not an act, for which no command could be given
    if row.part not in set(StepPart):
        raise IntegrityBroken("A row of the database holds a part in a next step that there is not.")
    what = known(row.text) if row.kind == "task" else row.what  # the owner of a condition reads its text
    place, whose = (row.engagement_id, known(row.title), row.client), (row.owner, row.owner_name, row.role)
    times = (row.since, row.due_at, row.paused)
    held = (row.held_until, row.hold_has_come)
    return MyStep(row.kind, row.ref, what, *place, *times, *whose, row.reason, StepPart(row.part), *held)
