"""Checks ids that enter an engagement: each names one thing, regardless of case.

People read N1 and n1 as the same. So a command may give each id only once, and none that differs only in case from an
id that the engagement has already, in the same table or in one whose items are named together with it.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from domain.engagement.aggregate import Engagement
from domain.engagement.command import Command
from domain.engagement.delivery.commands import AskPulse, ReportHours
from domain.engagement.delivery.satisfaction import AT_CLOSE
from domain.engagement.documents.commands import SetRequirements
from domain.engagement.needs.commands import RecordNeeds, RecordPromises
from domain.engagement.scope.commands import GiveEstimate, SetMilestones, SetPurchases, SetWorkPackages
from domain.shared.errors import BadValue
from domain.shared.unique_rows import but_for_case, require_unique


class GivenIds(NamedTuple):
    """The ids that a command gives: their field, the ids, and the existing ids that they must not clash with."""

    field: str
    of: Callable[[Any], Iterable[str]]
    beside: Callable[[Engagement], Iterable[str]]


def _scope(state: Engagement) -> Iterable[str]:
    """Work packages and milestones share their names, as both can be a promise's home."""
    return (*state.packages, *state.milestones)


def _pulses(state: Engagement) -> Iterable[str]:
    return (AT_CLOSE, *state.milestones, *(pulse.at for pulse in state.pulses))


def _nothing(_state: Engagement) -> Iterable[str]:
    """For ids that only refer to something existing, which are looked up by exact spelling."""
    return ()


# Commands that give ids to rows, or refer to one id per row. All other ids refer to something existing.
GIVEN: dict[type[Command], GivenIds] = {
    RecordNeeds: GivenIds("needs.id", lambda given: [need.id for need in given.needs], lambda state: state.needs),
    RecordPromises: GivenIds(
        "promises.id", lambda given: [promise.id for promise in given.promises], lambda state: state.promises
    ),
    SetWorkPackages: GivenIds("packages.id", lambda given: [package.id for package in given.packages], _scope),
    SetMilestones: GivenIds("milestones.id", lambda given: [milestone.id for milestone in given.milestones], _scope),
    SetPurchases: GivenIds(
        "purchases.id", lambda given: [purchase.id for purchase in given.purchases], lambda state: state.purchases
    ),
    SetRequirements: GivenIds(
        "requirements.id",
        lambda given: [requirement.id for requirement in given.requirements],
        lambda state: state.requirements,
    ),
    GiveEstimate: GivenIds("estimates.package", lambda given: [row.package for row in given.estimates], _nothing),
    ReportHours: GivenIds("hours.item", lambda given: [worked.item for worked in given.hours], _nothing),
    AskPulse: GivenIds("at", lambda given: [given.at], _pulses),
}


def require_own_ids(state: Engagement, command: Command) -> None:
    """Raises BadValue if a command gives an id twice, or one that differs from an existing one only in case."""
    given = GIVEN.get(type(command))
    if given is None:
        return
    ids = list(given.of(command))
    require_unique(ids, given.field)
    known = list(given.beside(state))
    for name in ids:
        own = but_for_case(name, known)
        if own is not None:
            raise BadValue(
                f"{name} is {own} except for its case, and people would mix them up.",
                remedy=f"Write {own} if you mean that one; otherwise choose another id.",
                field=given.field,
            )
