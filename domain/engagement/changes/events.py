"""Events about change orders and potential changes."""

from typing import Literal

from domain.engagement.aggregate import Engagement
from domain.engagement.changes.values import Change, ChangeStatus, PotentialChange
from domain.shared.limits import KEPT_DONE
from domain.shared.text import LongText, TextToTell
from domain.shared.transaction import Event
from domain.shared.values import AskId, Day, ItemId


class ChangeRouted(Event):
    """A change was submitted, revised or recalculated, and this is its route now."""

    kind: Literal["ChangeRouted"] = "ChangeRouted"
    change: Change

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(changes={**state.changes, self.change.n: self.change})


class ChangeStatusChanged(Event):
    """The change order's own workflow reported a status, or its withdrawal."""

    kind: Literal["ChangeStatusChanged"] = "ChangeStatusChanged"
    n: int
    status: ChangeStatus
    report: int
    chain: tuple[str, str] | None = None
    reason: LongText | None = None
    returned_by: AskId | None = None
    """The ask whose answer returned it."""
    returned_because: TextToTell | None = None
    milestones: dict[ItemId, Day] = {}
    """If approved, the new day of each milestone that it moves: those not accepted by then."""

    def evolve(self, state: Engagement) -> Engagement:
        change = state.changes[self.n]
        moved = change.replace(
            status=self.status,
            last_report=self.report,
            chain=self.chain or change.chain,
            returned_by=self.returned_by,
            returned_because=self.returned_because,
            facts=change.facts if self.status.counts else change.facts.in_short(),
            signed_as=_signed_as(state, change) if self.status is ChangeStatus.APPROVED else 0,
        )
        before = {name: state.milestones[name] for name in self.milestones}
        return state.replace(
            changes={**state.changes, self.n: moved},
            milestones=state.milestones
            | {name: one.replace(due=self.milestones[name]) for name, one in before.items()},
            first_days={name: one.due for name, one in before.items()} | state.first_days,
        )


def _signed_as(state: Engagement, change: Change) -> int:
    """Its number among signed changes, in the order of signing."""
    return change.signed_as or 1 + sum(one.status is ChangeStatus.APPROVED for one in state.changes.values())


class PotentialChangeRecorded(Event):
    kind: Literal["PotentialChangeRecorded"] = "PotentialChangeRecorded"
    potential: PotentialChange

    def evolve(self, state: Engagement) -> Engagement:
        settled = [name for name in state.potential_changes if not state.is_pending(name)]
        gone = set(settled[: max(0, len(settled) - KEPT_DONE)])
        kept = {name: one for name, one in state.potential_changes.items() if name not in gone}
        potential = {**kept, self.potential.id: self.potential}
        return state.replace(potential_changes=potential, potential_recorded=state.potential_recorded + 1)


class PotentialChangeWanted(Event):
    """It was decided that a potential change becomes a change order."""

    kind: Literal["PotentialChangeWanted"] = "PotentialChangeWanted"
    potential: ItemId

    def evolve(self, state: Engagement) -> Engagement:
        return _potential(state, state.potential_changes[self.potential].replace(wanted=True))


class PotentialChangeBecame(Event):
    """A potential change was submitted as a change order."""

    kind: Literal["PotentialChangeBecame"] = "PotentialChangeBecame"
    potential: ItemId
    n: int

    def evolve(self, state: Engagement) -> Engagement:
        return _potential(state, state.potential_changes[self.potential].replace(became=self.n))


class PotentialChangeDropped(Event):
    kind: Literal["PotentialChangeDropped"] = "PotentialChangeDropped"
    potential: ItemId
    reason: LongText

    def evolve(self, state: Engagement) -> Engagement:
        return _potential(state, state.potential_changes[self.potential].replace(dropped=True))


def _potential(state: Engagement, potential: PotentialChange) -> Engagement:
    return state.replace(potential_changes={**state.potential_changes, potential.id: potential})


AnyChangesEvent = (
    ChangeRouted
    | ChangeStatusChanged
    | PotentialChangeRecorded
    | PotentialChangeWanted
    | PotentialChangeBecame
    | PotentialChangeDropped
)
