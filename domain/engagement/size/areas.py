"""The areas that people add to in an engagement: what each contains, and its limit."""

from collections.abc import Callable
from typing import Any, NamedTuple

from domain.asks.holder import OF_THEMSELVES
from domain.engagement.aggregate import Engagement
from domain.engagement.scope.estimates import scope_facts


class Area(NamedTuple):
    """Something that commands add to: its name, its part of the state, and its limits."""

    name: str
    of: Callable[[Engagement], Any]
    rows: int
    kib: int


def _plan(state: Engagement) -> Any:
    return (state.milestones, state.requirements, state.prepared_requirements, state.purchases)


def _roles(state: Engagement) -> Any:
    return (tuple(one.replace(expectations=()) for one in state.proposals.values()), state.handovers)


def _expected(state: Engagement) -> Any:
    held = (holding.expectations for holding in state.all_holdings)
    asked = (proposal.expectations for proposal in state.proposals.values())
    return tuple(expectation for expectations in (*held, *asked) for expectation in expectations)


def _open_changes(state: Engagement) -> Any:
    return tuple(change for change in state.changes.values() if change.status.is_open)


def _pending(state: Engagement) -> Any:
    return tuple(one for name, one in state.potential_changes.items() if state.is_pending(name))


def _asked_by_people(state: Engagement) -> Any:
    return tuple(ask.id for ask in state.open_asks() if ask.kind not in OF_THEMSELVES)


def shown_to_experts(state: Engagement) -> Any:
    return scope_facts(state, tuple(state.packages))


NEEDS = Area("needs", lambda state: state.needs, 500, 96)
PROMISES = Area("promises", lambda state: state.promises, 500, 48)
FATES = Area("homes of promises, and reasons why one was declined", lambda state: state.fates, 500, 128)
SCOPE = Area("work packages", lambda state: state.packages, 500, 128)
SHOWN = Area("work packages with the needs and promises that they serve", shown_to_experts, 500, 192)
PLAN = Area("milestones, requirements and purchases", _plan, 500, 192)
CHOICES = Area("choices among estimates", lambda state: (state.choices, state.undone), 500, 192)
CHANGES = Area("open change orders", _open_changes, 200, 192)
POTENTIAL = Area("pending potential changes", _pending, 200, 64)
ROLES = Area("proposals for roles", _roles, 200, 256)
EXPECTED = Area("expectations of roles", _expected, 500, 256)
ASKS = Area("open asks", _asked_by_people, 300, 64)
