"""An aggregate as rows of the read model: pure functions, so that a rebuild gives the same bytes."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from adapters.db.column_types import NEVER
from adapters.db.search_terms import place_of, search_marks, search_words
from adapters.db.state_parts import part_document
from adapters.db.stored_state import ReadModelVault, ask_document
from domain.asks.holder import ask_number
from domain.asks.model import Ask
from domain.change_order.order import ChangeOrder
from domain.directory.directory import name_key
from domain.engagement.aggregate import Engagement
from domain.engagement.permissions import may_replace
from domain.engagement.roles.appointment import who_may_name
from domain.engagement.roles.stand_ins import stand_ins_in
from domain.engagement.scope.demand import demand
from domain.engagement.tasks.rules import task_day
from domain.next_steps.model import NextStep, StepPart, steps_owed
from domain.next_steps.texts import what, why_again
from domain.record.facts import Aggregate
from domain.shared.memo import memoized
from domain.shared.streams import change_stream, engagement_of, engagement_stream
from domain.shared.values import EngagementId, PersonId

Row = dict[str, Any]
# The fields of an engagement's state on which its demand for hours depends.
OF_DEMAND = ("stage", "wished_start", "wished_end", "packages", "estimates", "choices", "changes")
LOAD = "load:"
# Caches what was computed when a state was written, for the comparison with the next one: for this many engagements.
once_a_state = memoized(128)


def engagement_row(state: Engagement, stream: str) -> Row:
    """What lists show of an engagement, without when it changed and its first next step."""
    quote = state.price.quote if state.price else None
    return {
        "id": state.id,
        "stream": stream,
        "seq": state.seq,
        "stage": state.stage.value,
        "kind": state.kind.value,
        "client": state.client,
        "client_key": name_key(state.client),
        "title": state.title,
        "salesperson": state.seller,
        "manager": state.manager,
        "value": state.price_now,
        "margin": quote.margin_p80 if quote else None,
        "currency": state.currency,
        "started_at": state.started_at,
        "held_until": state.hold.until if state.hold else None,
        "external": state.external.key if state.external else "",
        "vacant": ",".join(state.vacancies),
        "is_vacant": bool(state.vacancies),
    }


def change_row(state: ChangeOrder, stream: str) -> Row:
    """What lists show of a change order, without when it changed."""
    return {
        "id": state.id,
        "stream": stream,
        "seq": state.seq,
        "engagement_id": state.brief.engagement_id,
        "n": state.brief.n,
        "status": state.status.value,
    }


@once_a_state
def step_people(state: Aggregate | None) -> list[Row]:
    """Who owes each next step of a stream, who else may do it, and who is informed that it is overdue.

    Each person once per step, with the person for whom they owe it.
    """
    if state is None:
        return []
    rows: dict[tuple[str, str, str], Row] = {}
    stream, steps = _stream_of(state), steps_owed(state)
    owners = {(step.kind, step.ref, step.who) for step in steps}
    for step in steps:
        for person_id in (step.who, *step.others):
            key = (step.kind, step.ref, person_id)
            if key in rows or (person_id != step.who and key in owners):
                continue
            rows[key] = _step_row(state, stream, step, person_id, StepPart.DOES)
    for step in steps:
        for person_id in step.told:
            row = _step_row(state, stream, step, person_id, _part_of_told(state, step, person_id))
            rows.setdefault((step.kind, step.ref, person_id), row)
    return list(rows.values())


def _stream_of(state: Aggregate) -> str:
    if isinstance(state, Engagement):
        return engagement_stream(state.id)
    return change_stream(state.brief.engagement_id, state.brief.n)


def _step_row(state: Aggregate, stream: str, step: NextStep, person_id: PersonId, part: StepPart) -> Row:
    return {
        "stream": stream,
        "kind": step.kind,
        "ref": step.ref,
        "person_id": person_id,
        "engagement_id": engagement_of(stream),
        "part": part.value,
        "what": what(state, step),
        "reason": why_again(state, step) or "",
        "owner": step.who,
        "owner_name": state.cast.name(step.who),
        "role": step.role or "",
        "since": step.since,
        "due_at": step.due or NEVER,
        "paused": step.paused,
    }


def _part_of_told(state: Aggregate, step: NextStep, person_id: PersonId) -> StepPart:
    replaces = isinstance(state, Engagement) and step.role is not None and may_replace(state, step.role, person_id)
    return StepPart.MAY_REPLACE if replaces else StepPart.TOLD


def part_rows(state: Aggregate, parts: Mapping[str, int], stream: str, vault: ReadModelVault) -> list[Row]:
    """Parts of a state, each `changed` by the fact with the given number."""
    return [
        {"stream": stream, "name": name, "changed": seq, "document": part_document(state, name, vault)}
        for name, seq in parts.items()
    ]


def ask_row(ask: Ask, changed: int, stream: str, engagement_id: EngagementId, vault: ReadModelVault) -> Row:
    """An ask as inbox and lists show it, and its document, `changed` by the fact with that number."""
    return {**ask_line(ask, stream, engagement_id), "changed": changed, "document": ask_document(ask, vault)}


def ask_line(ask: Ask, stream: str, engagement_id: EngagementId) -> Row:
    """What inbox and lists show of an ask."""
    return {
        "id": ask.id,
        "stream": stream,
        "place": ask_number(ask.id),
        "engagement_id": engagement_id,
        "kind": ask.kind.value,
        "subject": ask.subject,
        "title": ask.title,
        "is_open": ask.is_open,
        "due_at": ask.due_at,
        "opened_at": ask.opened_at,
        "outcome": ask.outcome.value,
        "subject_hash": ask.subject_hash,
    }


def ask_people(ask: Ask, engagement_id: EngagementId) -> list[Row]:
    """Everyone whom an ask concerns, open for those who may answer it now."""
    may_answer = set(ask.asked) if ask.is_open else set()
    people = [voter.person_id for voter in ask.voters] + [stand_in.person_id for stand_in in ask.stand_ins]
    people += [ask.final_person] if ask.climbed and ask.final_person else []
    return [
        {
            "ask_id": ask.id,
            "person_id": person_id,
            "engagement_id": engagement_id,
            "is_open": person_id in may_answer,
            "due_at": ask.due_at or NEVER,
        }
        for person_id in dict.fromkeys(people)
    ]


@once_a_state
def waiters(state: Aggregate | None) -> list[Row]:
    """Who waits for the answer to each open ask: whoever opened it, the seller, the engagement manager.

    Never someone who may answer it, since then it waits for them; never a client, who is asked and told in other ways.
    """
    if state is None:
        return []
    holders, is_client = state.cast.holders, state.cast.is_client
    leading = [holders[role] for role in ("sales", "engagement_manager") if role in holders]
    return [
        {"ask_id": ask.id, "person_id": person_id, "opened_at": ask.opened_at}
        for ask in state.open_asks()
        for person_id in dict.fromkeys([ask.requester, *leading])
        if person_id not in ask.asked and not is_client(person_id)
    ]


@once_a_state
def people_rows(state: Engagement) -> list[Row]:
    """Who has a role in the engagement, or stands in for someone who does. Positions in the firm are not included."""
    roles: dict[str, list[str]] = {}
    for role, person_id in state.cast.holders.items():
        roles.setdefault(person_id, []).append(role)
    for role, people in state.cast.further_experts.items():
        for person_id in people:
            roles.setdefault(person_id, []).append(role)
    for person_id in (one for role in state.cast.holders for one in stand_ins_in(state, role)):
        roles.setdefault(person_id, [])  # only makes the engagement visible to them in lists
    return [
        {"person_id": person_id, "engagement_id": state.id, "roles": ",".join(sorted(set(held)))}
        for person_id, held in roles.items()
    ]


@once_a_state
def cast_rows(state: Engagement) -> list[Row]:
    """Everyone a running engagement knows."""
    return (
        []
        if state.is_over
        else [{"person_id": person_id, "engagement_id": state.id} for person_id in sorted(state.cast.people)]
    )


def vacancy_rows(state: Engagement) -> list[Row]:
    """What is vacant, since when and why, and who must fill it."""
    return [
        {
            "engagement_id": state.id,
            "role": role,
            "function": _function_of(state, role),
            "cause": vacancy.cause.value,
            "because": vacancy.because,
            "since": vacancy.since,
            "accountable": vacancy.accountable,
            "rung": vacancy.rung,
        }
        for role, vacancy in state.vacancies.items()
    ]


@once_a_state
def vacancy_people(state: Engagement) -> list[Row]:
    """Whom each vacancy concerns: the person accountable, and those who may name a holder."""
    rows: list[Row] = []
    for role, vacancy in state.vacancies.items() if not state.is_over else ():
        people = (vacancy.accountable, *who_may_name(state, vacancy))
        rows += [
            {"engagement_id": state.id, "role": role, "person_id": person_id, "since": vacancy.since}
            for person_id in dict.fromkeys(people)
            if not state.cast.is_client(person_id)
        ]
    return rows


def task_rows(state: Engagement) -> list[Row]:
    """Unmet conditions, while the engagement is running."""
    return [
        {"engagement_id": state.id, "id": task.id, "owner": task.owner, "due": task_day(state, task), "text": task.text}
        for task in state.tasks.values()
        if not (task.done or state.is_over)
    ]


def _function_of(state: Engagement, role: str) -> str:
    """The function of a role; a party of the deal without one is a function of its own."""
    defined = state.playbook.role(role)
    return defined.function if defined else role


@once_a_state
def search_rows(state: Engagement) -> list[Row]:
    """What the engagement can be found by: words, its stage and client, whether a role is vacant, and its people."""
    marks = search_marks(
        stage=state.stage.value,
        client=state.client,
        vacant=bool(state.vacancies),
        people=(row["person_id"] for row in people_rows(state)),
    )
    terms = (*search_words(f"{state.id} {state.title} {state.client}"), *marks)
    return [{"place": place_of(state.id), "engagement_id": state.id, "terms": " ".join(terms)}]


@once_a_state
def counts(state: Engagement | None) -> dict[str, int]:
    """What one engagement adds to the maintained counters."""
    if state is None:
        return {}
    stage, quote = state.stage.value, state.price.quote if state.price else None
    margin = (quote.services or Decimal()) * (quote.margin_p80 or Decimal()) if quote else Decimal()
    return {
        f"stage:{stage}": 1,
        f"value:{stage}:{state.currency}": _cents(state.price_now or Decimal()),
        f"margin:{stage}:{state.currency}": _cents(margin),
        **_loads(state),
    }


def _loads(state: Engagement) -> dict[str, int]:
    """How many roles each colleague holds in a running engagement."""
    if state.is_over:
        return {}
    held = [*state.cast.holders.values(), *(p for more in state.cast.further_experts.values() for p in more)]
    return dict(Counter(f"{LOAD}{person_id}" for person_id in held if not state.cast.is_client(person_id)))


def takes_the_same(before: Engagement | None, after: Engagement) -> bool:
    """True if the engagement's demand for people's hours did not change; most facts do not change it."""
    return before is not None and all(getattr(before, name) == getattr(after, name) for name in OF_DEMAND)


def pipeline_hours(state: Engagement | None) -> dict[tuple[str, date, str], int]:
    """What one engagement adds to the pipeline's hours: hundredths by discipline, week and stage."""
    if state is None:
        return {}
    return {(discipline, week, state.stage.value): taken for (discipline, week), taken in demand(state).items()}


def _cents(price: Decimal) -> int:
    return int((price * 100).to_integral_value(ROUND_HALF_EVEN))
