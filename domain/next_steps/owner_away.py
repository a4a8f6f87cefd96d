"""What can be done while the owner of a next step is away and no one stands in: shown beside the step."""

from collections.abc import Iterator
from datetime import date, datetime

from domain.asks.model import Ask, AskKind, listed
from domain.engagement.acts_owed.commands_by_act import DOES
from domain.engagement.aggregate import Engagement
from domain.engagement.documents.commands import DraftDocument, SendDocument
from domain.engagement.permissions import DOCUMENT_AUTHORS
from domain.engagement.roles.commands import NameParty
from domain.next_steps.acts_owed import ActKind
from domain.next_steps.choices import act_action
from domain.next_steps.model import NextStep
from domain.playbook.model import role_label
from domain.shared.calendar import day_shown
from domain.shared.remedy_actions import RemedyAction
from domain.shared.values import ItemId, PersonId, RoleName

# Commands whose permitted roles depend on the document or party that they name.
BY_WHAT_THEY_NAME = (DraftDocument, SendDocument, NameParty)


def while_away(state: Engagement, step: NextStep, away: date | None, now: datetime) -> str | None:
    """Until when its owner is away, and who may do it by a role of their own or go on without it.

    None while they are here, or if someone stands in, who is then named as such.
    """
    if away is None or step.others or step.kind == "vacancy":
        return None
    told = f"{state.cast.name(step.who)} is away until {day_shown(away)}, and nobody stands in."
    return " ".join((told, *_ways(state, step, now)))


def _ways(state: Engagement, step: NextStep, now: datetime) -> Iterator[str]:
    act, ask = state.acts.get(step.ref), state.asks.get(step.ask_id) if step.ask_id else None
    if step.kind == "act" and act is not None:
        also = [
            f"{state.cast.name(who)} ({role_label(role)})" for role, who in _who_may_too(state, act.kind, step, now)
        ]
        if also:
            yield f"{listed(also)} may do it in their own role."
    elif ask is not None and ask.kind is AskKind.ESTIMATE:
        yield _without_their_hours(state, ask, step.who)


def _who_may_too(
    state: Engagement, kind: ActKind, step: NextStep, now: datetime
) -> Iterator[tuple[RoleName, PersonId]]:
    """Other roles that may give the act's command, with those of their holders who are here."""
    command = DOES[kind][0]
    roles = DOCUMENT_AUTHORS["sow"] if kind is ActKind.DRAFT_SOW else command.granted_to
    if command in BY_WHAT_THEY_NAME and kind is not ActKind.DRAFT_SOW:
        return
    for role in sorted(roles - {step.role}):
        holder = state.cast.holder(role)
        if holder is not None and holder != step.who and not state.cast.is_away(holder, now):
            yield role, holder


def _without_their_hours(state: Engagement, ask: Ask, person_id: PersonId) -> str:
    """How the estimate goes on without someone's hours: with another's, or with one more expert."""
    owed = state.hours_owed_by(person_id, ask)
    if owed and owed <= state.estimated:
        named = ", ".join(_in_order(ask, owed))
        first = next(iter(_in_order(ask, owed)))
        return (
            f"The delivery lead may go on without them, with the hours that others gave for {named}: "
            f"{act_action(state.id, ActKind.CHOOSE_ESTIMATE, first)}"
        )
    role = role_label(ask.subject.replace("estimate:", "expert:"))
    action = RemedyAction.PROPOSE_FURTHER_EXPERT.about(engagement=state.id, role=role)
    return f"Nobody can give hours for somebody else. Another expert may be named beside them: {action}"


def _in_order(ask: Ask, owed: frozenset[ItemId]) -> list[ItemId]:
    return [name for name in (*ask.packages, *ask.lines) if name in owed]
