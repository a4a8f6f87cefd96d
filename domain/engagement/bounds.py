"""How much may be open in one engagement as a whole, so that no fact, state or card outgrows what carries it.

The engine takes 2 MB a message, and some messages carry a whole engagement. So each area of what people add has a
bound of its own, in rows and in bytes (JSON, UTF-8), and a command that grows an area past it is refused by name.
What is over a bound already may still shrink. Answers, ends and closes grow no area: they are never refused for size,
and what is left of the 2 MB is theirs.
"""

from collections.abc import Callable, Sized
from typing import Any, NamedTuple

from pydantic_core import to_json

from domain.engagement import commands as c
from domain.engagement.state import Engagement
from domain.engagement.subjects import scope_facts
from domain.refusals import BadValue

KIB = 1024


class Area(NamedTuple):
    """Something that commands add to: its name, what of a state is in it, and how much of it may be."""

    name: str
    of: Callable[[Engagement], Any]
    rows: int
    kib: int


def _plan(state: Engagement) -> Any:
    return (state.milestones, state.requirements, state.purchases, state.plan)


def _roles(state: Engagement) -> Any:
    return (state.proposals, state.holdings, state.handovers)


def _shown_to_experts(state: Engagement) -> Any:
    return scope_facts(state, tuple(state.packages))


NEEDS = Area("needs", lambda state: state.needs, 500, 192)
PROMISES = Area("promises", lambda state: state.promises, 500, 96)
SCOPE = Area("work packages", lambda state: state.packages, 500, 192)
SHOWN = Area("work packages with the needs and promises that they serve", _shown_to_experts, 500, 256)
PLAN = Area("milestones, requirements and purchases", _plan, 500, 192)
ESTIMATES = Area("estimates", lambda state: (state.estimates, state.choices), 1000, 192)
CHANGES = Area("change orders", lambda state: state.changes, 200, 192)
POTENTIAL = Area("potential changes", lambda state: state.potential_changes, 200, 64)
CONTACTS = Area("contacts", lambda state: state.contacts, 1000, 128)
ROLES = Area("proposals for roles", _roles, 200, 96)
ASKS = Area("open asks", lambda state: tuple(ask.id for ask in state.open_asks()), 300, 64)

GROWS: dict[type[c.Command], tuple[Area, ...]] = {
    c.RecordNeeds: (NEEDS, SHOWN),
    c.RecordPromises: (PROMISES, SHOWN),
    c.SetWorkPackages: (SCOPE, SHOWN),
    c.SetMilestones: (PLAN,),
    c.SetRequirements: (PLAN,),
    c.SetPurchases: (PLAN,),
    c.OfferHandoff: (PLAN,),
    c.GiveEstimate: (ESTIMATES,),
    c.ChooseEstimate: (ESTIMATES,),
    c.SubmitChange: (CHANGES,),
    c.ReviseChange: (CHANGES,),
    c.RecordPotentialChange: (POTENTIAL, ASKS),
    c.RecordContact: (CONTACTS,),
    c.AskPulse: (ASKS,),
    c.RaiseComplaint: (ASKS,),
    c.ProposeHolder: (ROLES, ASKS),
    c.RequestRole: (ROLES, ASKS),
    c.AgreeExpectations: (ROLES, ASKS),
}
"""Commands that are refused for size, each by the areas that it grows. No other command is."""


def require_within_bounds(before: Engagement, after: Engagement, command: c.Command) -> None:
    """Raises BadValue, naming the bound, where a command makes an area larger than it may be."""
    for area in GROWS.get(type(command), ()):
        _require_within(area, area.of(before), area.of(after))


def _require_within(area: Area, before: Any, after: Any) -> None:
    if rows(after) > max(area.rows, rows(before)):
        raise BadValue(
            f"An engagement has at most {area.rows} rows of {area.name}; these would be {rows(after)}.",
            remedy="Put several into one, or take out what is not needed.",
            field=area.name,
        )
    size = weight(after)
    if size > max(area.kib * KIB, weight(before)):
        raise BadValue(
            f"The {area.name} of an engagement take at most {area.kib} KiB; these would take {-(-size // KIB)} KiB.",
            remedy="Shorten the texts, or keep them in a document and name it here.",
            field=area.name,
        )


def rows(things: Any) -> int:
    """How many there are; of several tables, of all together."""
    if isinstance(things, tuple) and any(isinstance(part, (dict, tuple)) or part is None for part in things):
        return sum(len(part) for part in things if isinstance(part, Sized) and not isinstance(part, str))
    return len(things)


def weight(things: Any) -> int:
    """Bytes as they travel."""
    return len(to_json(things, inf_nan_mode="strings"))
