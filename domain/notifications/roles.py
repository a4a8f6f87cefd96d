"""What people are told who lose a role: since when, who holds it now, and why."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from domain.engagement.aggregate import Engagement
from domain.engagement.roles.events import ExpertLeft, PartyNamed, RoleAccepted, RoleReleased
from domain.playbook.model import role_label
from domain.shared.calendar import day_shown
from domain.shared.text import capitalized
from domain.shared.values import PersonId

NOBODY = "Nobody holds the role now."


def told_of_lost_role(state: Engagement, event: Any, at: datetime) -> tuple[PersonId, str] | None:
    """Who lost a role by a fact, and what they read; `state` is the engagement after it. No one who left the firm."""
    teller = TELLERS.get(type(event))
    told = teller(state, event, at) if teller is not None else None
    known = state.cast.people.get(told[0]) if told else None
    return told if known is not None and known.active else None


def _succeeded(state: Engagement, event: RoleAccepted, at: datetime) -> tuple[PersonId, str] | None:
    if event.before is None:
        return None
    stays = (
        f" You stay alongside them until {day_shown(event.handover.last_day)}." if event.handover is not None else ""
    )
    role = event.holding.role
    return event.before, _lost(state, role, event.before, at, f"{_now(state, role)}{stays}", event.because)


def _party_replaced(state: Engagement, event: PartyNamed, at: datetime) -> tuple[PersonId, str] | None:
    if event.before is None:
        return None
    return event.before, _lost(state, event.party, event.before, at, _now(state, event.party), event.because)


def _released(state: Engagement, event: RoleReleased, at: datetime) -> tuple[PersonId, str]:
    return event.person_id, _lost(state, event.role, event.person_id, at, _now(state, event.role), event.reason)


def _expert_left(state: Engagement, event: ExpertLeft, at: datetime) -> tuple[PersonId, str]:
    return event.person_id, _lost(state, event.role, event.person_id, at, _now(state, event.role), event.reason)


def _now(state: Engagement, role: str) -> str:
    holder, held = state.cast.holders.get(role), state.holdings.get(role)
    if holder is None:
        return NOBODY
    until = f", until {day_shown(held.until)}; after that it must be filled again" if held and held.until else ""
    return f"{state.cast.name(holder)} holds the role now{until}."


def _lost(state: Engagement, role: str, person_id: PersonId, at: datetime, who: str, because: str | None) -> str:
    """What they read. The reason was written for the firm: people of the client are not told it."""
    since = state.cast.shown_to(person_id, at)
    told_why = because if not state.cast.is_client(person_id) else None
    reason = f" Reason: {capitalized(told_why)}" if told_why else ""
    return f"You are no longer the {role_label(role)} of {state.id} {state.title}, since {since}. {who}{reason}"


TELLERS: dict[type, Callable[[Engagement, Any, datetime], tuple[PersonId, str] | None]] = {
    RoleAccepted: _succeeded,
    PartyNamed: _party_replaced,
    RoleReleased: _released,
    ExpertLeft: _expert_left,
}
