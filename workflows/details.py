"""What the Temporal UI shows of a running workflow: what it is, whom it waits for, and what each write holds.

Its readers are operators, who take no part in the engagement: it names people, roles and kinds of things, but no
figures.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from domain.asks.events import AskOpened
from domain.asks.holder import AskHolder
from domain.change_order.order import ChangeOrder
from domain.directory.people import Participants
from domain.engagement.aggregate import Engagement
from domain.engagement.changes.values import ChangeStatus
from domain.engagement.command import CHANGES, DIRECTORY
from domain.next_steps.model import NextStep, next_steps
from domain.next_steps.texts import what
from domain.playbook.model import role_label
from domain.record.facts import Recorded, is_one_turn
from domain.shared.streams import change_stream
from domain.shared.text import cut, shortened
from domain.shared.transaction import CLOCK
from domain.shared.values import PersonId

MAX_LINES = 12
# Bytes that the engine takes.
LONGEST = 20_000
# Bytes; the engine takes 400.
MAX_SUMMARY = 200
MAX_ROLES = 2
ACTS_BY_ITSELF = {CLOCK: "the clock", DIRECTORY: "the directory", CHANGES: "a change order"}


def quarantine_note(why: str) -> str:
    """The notice at the top of the details while a workflow is quarantined; empty otherwise."""
    return f"**QUARANTINED**: {why}. Run: interlock reconcile\n\n" if why else ""


def engagement_details(state: Engagement, now: datetime) -> str:
    """Stage, vacancies (until filled), hold, last decision, next steps, and changes being decided."""
    lines = [f"**{state.id}** {state.title} for {state.client} — stage **{state.stage.value}**"]
    if state.vacancies:
        lines.append(f"Vacant: **{', '.join(role_label(role) for role in list(state.vacancies)[:MAX_LINES])}**")
    if state.hold is not None:
        lines.append(f"On hold since {_wall(state.hold.since)} until {state.hold.until}: {state.hold.reason}")
    if state.decision is not None:
        lines.append(f"Decision: go by {state.decision.method.value}" + ("" if state.decision.valid else " (stale)"))
    return cut("\n".join([*lines, *_steps(state, now), *_first(list(_changes(state)))]), LONGEST)


def order_details(order: ChangeOrder, now: datetime) -> str:
    """Status, route, next steps."""
    brief = order.brief
    lines = [f"Change {brief.n} of **{brief.engagement_id}**: {brief.facts.title} — **{order.status.value}**"]
    lines.append(f"Route: {', '.join(map(role_label, brief.route))}")
    return cut("\n".join([*lines, *_steps(order, now)]), LONGEST)


def record_summary(facts: Sequence[Recorded], cast: Participants) -> str:
    """What is written and by whom, after its numbers: `12-13: scope set, ask opened (estimate) by Erik Strand`."""
    turns = "; ".join(f"{_kinds(transaction)} by {_actor(transaction[0], cast)}" for transaction in _turns(facts))
    numbers = "-".join(dict.fromkeys(str(fact.seq) for fact in (facts[0], facts[-1])))
    return shortened(f"{numbers}: {turns}", MAX_SUMMARY)


def _turns(facts: Sequence[Recorded]) -> list[list[Recorded]]:
    turns: list[list[Recorded]] = []
    for fact in facts:
        if turns and is_one_turn(turns[-1][-1], fact):
            turns[-1].append(fact)
        else:
            turns.append([fact])
    return turns


def _kinds(transaction: Sequence[Recorded]) -> str:
    counted = Counter(map(_kind, transaction))
    return ", ".join(f"{kind} ×{times}" if times > 1 else kind for kind, times in counted.items())


def _kind(fact: Recorded) -> str:
    kind = re.sub(r"(?<!^)(?=[A-Z])", " ", fact.event.kind).lower()
    return f"{kind} ({fact.event.ask.kind.value.replace('_', ' ')})" if isinstance(fact.event, AskOpened) else kind


def _actor(fact: Recorded, cast: Participants) -> str:
    for_whom = f" for {_person(fact.for_whom, cast)}" if fact.for_whom else ""
    return ACTS_BY_ITSELF.get(fact.by) or _person(fact.by, cast) + for_whom


def _person(person_id: PersonId, cast: Participants) -> str:
    known = cast.people.get(person_id)
    if known is None:
        return "somebody outside the engagement"
    roles = ", ".join(map(role_label, cast.roles_of(person_id)[:MAX_ROLES]))
    return f"{known.name} ({roles})" if roles else known.name


def _steps(state: AskHolder, now: datetime) -> list[str]:
    """Whom it waits for, then one line for each thing owed, with everyone who owes it; overdue ones first."""
    steps = next_steps(state, now)
    same = groupby(steps, key=lambda step: (step.kind, step.ref))
    return [*_waits_for(state, steps), *_first([_line(state, tuple(owed), now) for _, owed in same])]


def _waits_for(state: AskHolder, steps: Sequence[NextStep]) -> list[str]:
    if not steps:
        return []
    people = list(dict.fromkeys(state.cast.name(step.who) for step in steps if not step.paused))
    more = f" and {len(people) - MAX_LINES} more" if len(people) > MAX_LINES else ""
    return [
        f"Waits for: **{', '.join(people[:MAX_LINES])}**{more}" if people else "Waits for nobody: its clocks stand."
    ]


def _line(state: AskHolder, steps: tuple[NextStep, ...], now: datetime) -> str:
    first = steps[0]
    who = ", ".join(f"{state.cast.name(step.who)}{_as(step)}" for step in steps)
    return f"- {what(state, first)}: {who} since {_wall(first.since)}, {_due(first, now)}"


def _as(step: NextStep) -> str:
    return f" ({role_label(step.role)})" if step.role else ""


def _due(step: NextStep, now: datetime) -> str:
    if step.paused or step.due is None:
        return "paused"
    return f"{'OVERDUE since' if step.due <= now else 'due'} {_wall(step.due)}"


def _changes(state: Engagement) -> Iterator[str]:
    for change in state.changes.values():
        if change.status is ChangeStatus.PENDING:
            yield f"- change {change.n} is being decided: see {change_stream(state.id, change.n)}"


def _wall(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _first(lines: list[str]) -> list[str]:
    more = len(lines) - MAX_LINES
    return [*lines[:MAX_LINES], *([f"- and {more} more"] if more > 0 else [])]
