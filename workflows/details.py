"""The short Markdown text that the Temporal UI shows of a running workflow: what it is, what it waits for."""

from domain.asks import Asking
from domain.change_order.order import ChangeOrder
from domain.engagement.state import Engagement
from domain.playbook import role_label
from domain.step_texts import act_title
from domain.values import spoken
from domain.words import cut

MOST_ASKS = 12
MOST_VACANCIES = 12
LONGEST = 20_000
"""Bytes that the engine takes."""


def quarantine_note(why: str) -> str:
    """On top of everything else, where nothing can be done until it is reconciled."""
    return f"**QUARANTINED**: {why}. Run: interlock reconcile\n\n" if why else ""


def engagement_details(state: Engagement) -> str:
    """Stage, vacancies on top until they are filled, hold, last decision, acts owed, open asks."""
    lines = [f"**{state.id}** {state.title} for {state.client} — stage **{state.stage.value}**"]
    lines += [
        f"- vacant: **{role_label(vacancy.role)}** since {vacancy.since:%Y-%m-%d %H:%M} UTC, accountable "
        f"{state.cast.name(vacancy.accountable)}"
        for vacancy in list(state.vacancies.values())[:MOST_VACANCIES]
    ]
    if state.hold is not None:
        lines.append(
            f"On hold since {state.hold.since:%Y-%m-%d %H:%M} UTC until {state.hold.until}: {state.hold.reason}"
        )
    if state.decision is not None:
        lines.append(f"Decision: go by {state.decision.method.value}" + ("" if state.decision.valid else " (stale)"))
    return cut("\n".join([*lines, *_acts(state), *_asks(state)]), LONGEST)


def order_details(order: ChangeOrder) -> str:
    """Status, route, open asks."""
    brief = order.brief
    lines = [f"Change {brief.n} of **{brief.engagement}**: {brief.facts.title} — **{order.status.value}**"]
    lines.append(f"Route: {', '.join(brief.route)}")
    return cut("\n".join([*lines, *_asks(order)]), LONGEST)


def _acts(state: Engagement) -> list[str]:
    lines = [
        f"- {act_title(act.id)}: {state.cast.name(act.owner)} since {act.since:%Y-%m-%d %H:%M} UTC, due "
        f"{f'{act.due_at:%Y-%m-%d %H:%M} UTC' if act.due_at else 'when resumed'}"
        for act in state.acts.values()
    ]
    return _first(lines)


def _asks(state: Asking) -> list[str]:
    lines = [
        f"- {spoken(ask.kind.value)}: {', '.join(state.cast.name(person) for person in ask.asked)} since "
        f"{ask.opened_at:%Y-%m-%d %H:%M} UTC, due "
        f"{f'{ask.due_at:%Y-%m-%d %H:%M} UTC' if ask.due_at else 'when resumed'}"
        for ask in state.open_asks()
    ]
    return _first(lines)


def _first(lines: list[str]) -> list[str]:
    more = len(lines) - MOST_ASKS
    return [*lines[:MOST_ASKS], *([f"- and {more} more"] if more > 0 else [])]
