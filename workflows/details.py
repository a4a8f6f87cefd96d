"""The short Markdown text that the Temporal UI shows of a running workflow: what it is, what it waits for."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby

from domain.asks import Asking
from domain.change_order.order import ChangeOrder
from domain.engagement.state import ChangeStatus, Engagement
from domain.next_steps import NextStep, next_steps
from domain.playbook import role_label
from domain.step_texts import what
from domain.streams import change_stream
from domain.words import cut

MOST_LINES = 12
LONGEST = 20_000
"""Bytes that the engine takes."""


def quarantine_note(why: str) -> str:
    """On top of everything else, where nothing can be done until it is reconciled."""
    return f"**QUARANTINED**: {why}. Run: interlock reconcile\n\n" if why else ""


def engagement_details(state: Engagement, now: datetime) -> str:
    """Stage, vacancies on top until filled, hold, last decision, next steps, changes being decided."""
    lines = [f"**{state.id}** {state.title} for {state.client} — stage **{state.stage.value}**"]
    if state.vacancies:
        lines.append(f"Vacant: **{', '.join(role_label(role) for role in list(state.vacancies)[:MOST_LINES])}**")
    if state.hold is not None:
        lines.append(f"On hold since {_wall(state.hold.since)} until {state.hold.until}: {state.hold.reason}")
    if state.decision is not None:
        lines.append(f"Decision: go by {state.decision.method.value}" + ("" if state.decision.valid else " (stale)"))
    return cut("\n".join([*lines, *_steps(state, now), *_first(list(_changes(state)))]), LONGEST)


def order_details(order: ChangeOrder, now: datetime) -> str:
    """Status, route, next steps."""
    brief = order.brief
    lines = [f"Change {brief.n} of **{brief.engagement}**: {brief.facts.title} — **{order.status.value}**"]
    lines.append(f"Route: {', '.join(map(role_label, brief.route))}")
    return cut("\n".join([*lines, *_steps(order, now)]), LONGEST)


def _steps(state: Asking, now: datetime) -> list[str]:
    """A line each thing that is owed, whatever number of people owe it; what is overdue first."""
    same = groupby(next_steps(state, now), key=lambda step: (step.kind, step.ref))
    return _first([_line(state, tuple(steps), now) for _, steps in same])


def _line(state: Asking, steps: tuple[NextStep, ...], now: datetime) -> str:
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
    more = len(lines) - MOST_LINES
    return [*lines[:MOST_LINES], *([f"- and {more} more"] if more > 0 else [])]
