"""Events about the scope and its estimates."""

from typing import Annotated, Literal

from pydantic import Field

from domain.asks.bound_facts import digest_of_part
from domain.asks.model import AskKind, given_and_owed, listed
from domain.directory.people import RateCard
from domain.engagement.aggregate import Engagement
from domain.engagement.item_ids import Ids
from domain.engagement.scope.milestone_dates import told_outside
from domain.engagement.scope.values import (
    CAPACITY,
    Attestation,
    DatesKeptReason,
    Estimate,
    EstimateChoice,
    Milestone,
    Purchase,
    ReturnedPackage,
    Staffing,
    UndoneEstimateChoice,
    WorkPackage,
)
from domain.pricing.three_points import likely_slip
from domain.shared.limits import MAX_RETURN_NOTE_BYTES
from domain.shared.text import LongText, TextToTell, shortened
from domain.shared.transaction import Event
from domain.shared.values import AskId, Day, ItemId, PersonId, Truth


class ScopeSet(Event):
    kind: Literal["ScopeSet"] = "ScopeSet"
    packages: tuple[WorkPackage, ...]

    def evolve(self, state: Engagement) -> Engagement:
        packages = {package.id: package for package in self.packages}
        returned = {name: one for name, one in state.returned.items() if packages.get(name) == state.packages[name]}
        return state.replace(packages=packages, returned=returned)


class MilestonesSet(Event):
    kind: Literal["MilestonesSet"] = "MilestonesSet"
    milestones: tuple[Milestone, ...]
    wished_start: Day
    wished_end: Day

    @property
    def said(self) -> tuple[str, ...]:
        """The milestones that are outside the requested dates."""
        return tuple(told_outside(self.milestones, self.wished_start, self.wished_end))

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(milestones={milestone.id: milestone for milestone in self.milestones})


class PurchasesSet(Event):
    kind: Literal["PurchasesSet"] = "PurchasesSet"
    purchases: tuple[Purchase, ...]

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(purchases={purchase.id: purchase for purchase in self.purchases})


class EstimateGiven(Event):
    """An expert's hours, which replace their earlier ones for the same packages."""

    kind: Literal["EstimateGiven"] = "EstimateGiven"
    estimates: tuple[Estimate, ...]
    owed: Ids = ()
    """What was asked along with these and has no hours yet."""
    undoes: Ids = ()
    """Packages whose chosen hours must be chosen again because of these."""
    because: Annotated[LongText | None, Field(exclude_if=lambda why: why is None)] = None
    """Why they differ from those that delivery attested."""

    @property
    def said(self) -> tuple[str, ...]:
        """What is given and missing, likely typing errors, and what others must do again."""
        slips = (slip for one in self.estimates if (slip := likely_slip(one.package, one.hours)) is not None)
        again = f"The hours of {listed(self.undoes)} had been chosen. The delivery lead is asked to choose again."
        given = given_and_owed([estimate.package for estimate in self.estimates], self.owed)
        return (*given, *slips, *((again,) if self.undoes else ()))

    def evolve(self, state: Engagement) -> Engagement:
        given = {(estimate.package, estimate.by) for estimate in self.estimates}
        kept = tuple(e for e in state.estimates if (e.package, e.by) not in given)
        other = state.said_otherwise(self.estimates)
        choices = {k: v for k, v in state.choices.items() if k not in other}
        by = {one.package: one.by for one in self.estimates}
        undone = {k: UndoneEstimateChoice(choice=state.choices[k], by=by[k]) for k in self.undoes if k in state.choices}
        now = state.replace(
            estimates=(*kept, *self.estimates),
            fallen=tuple(e for e in state.fallen if (e.package, e.by) not in given),
            returned={k: v for k, v in state.returned.items() if (k, v.by) not in given},
            choices=choices,
            undone={**state.undone, **undone},
        )
        return now.with_hours_heard()


class PackagesReturned(Event):
    """An expert returned some of the packages on an ask; the others stay asked."""

    kind: Literal["PackagesReturned"] = "PackagesReturned"
    ask_id: AskId
    packages: Ids
    by: PersonId
    because: LongText

    def evolve(self, state: Engagement) -> Engagement:
        facts, because = state.asks[self.ask_id].facts, shortened(self.because, MAX_RETURN_NOTE_BYTES)
        returned = {
            name: ReturnedPackage(
                ask_id=self.ask_id, by=self.by, because=because, shown=digest_of_part(facts, f"package.{name}")
            )
            for name in self.packages
        }
        return state.replace(returned={**state.returned, **returned})


class EstimatesVoided(Event):
    """These packages changed after they were estimated, or their hours were returned: the hours no longer count."""

    kind: Literal["EstimatesVoided"] = "EstimatesVoided"
    packages: Ids
    kept_to_show: Truth = False
    """True if their expert is shown them when asked again; False in older records."""

    def evolve(self, state: Engagement) -> Engagement:
        kept = tuple(estimate for estimate in state.estimates if estimate.package not in self.packages)
        void = tuple(estimate for estimate in state.estimates if estimate.package in self.packages)
        choices = {k: v for k, v in state.choices.items() if k not in self.packages}
        undone = {k: v for k, v in state.undone.items() if k not in self.packages}
        returned = {k: v for k, v in state.returned.items() if k not in self.packages}
        now = state.replace(estimates=kept, choices=choices, undone=undone, returned=returned)
        return now.replace(fallen=_fallen(state, void)) if self.kept_to_show else now


def _fallen(state: Engagement, void: tuple[Estimate, ...]) -> tuple[Estimate, ...]:
    """Voided hours, earlier and now, of packages still in scope: the last of each expert."""
    now = {(estimate.package, estimate.by) for estimate in void}
    before = (estimate for estimate in state.fallen if (estimate.package, estimate.by) not in now)
    return tuple(estimate for estimate in (*before, *void) if estimate.package in state.packages)


class EstimateChosen(Event):
    kind: Literal["EstimateChosen"] = "EstimateChosen"
    choice: EstimateChoice

    def evolve(self, state: Engagement) -> Engagement:
        undone = {k: v for k, v in state.undone.items() if k != self.choice.package}
        return state.replace(choices={**state.choices, self.choice.package: self.choice}, undone=undone)


class RateCardTaken(Event):
    kind: Literal["RateCardTaken"] = "RateCardTaken"
    rate_card: RateCard

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(rate_card=self.rate_card)


class StaffingAnswered(Event):
    kind: Literal["StaffingAnswered"] = "StaffingAnswered"
    staffing: Staffing

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(staffing=self.staffing)


class DatesMoved(Event):
    """Other dates are requested."""

    kind: Literal["DatesMoved"] = "DatesMoved"
    start: Day
    end: Day
    outside: tuple[str, ...] = ()
    """A sentence for each milestone outside them."""

    @property
    def said(self) -> tuple[str, ...]:
        """The milestones that are outside the dates now."""
        return self.outside

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(wished_start=self.start, wished_end=self.end)


class DatesKept(Event):
    """The requested dates stay although they cannot be staffed, with the reason and who decided it."""

    kind: Literal["DatesKept"] = "DatesKept"
    reason: LongText
    by: PersonId
    shown: TextToTell | None = None
    """What deciders are shown of it beside the deal. It is not part of what they decide, so their votes stand."""

    def evolve(self, state: Engagement) -> Engagement:
        word = state.staffing
        kept = state.replace(
            staffing=word.replace(kept=DatesKeptReason(by=self.by, reason=self.reason)) if word else None
        )
        if self.shown is None:
            return kept
        deciding = {
            ask.id: ask.replace(beside={**ask.beside, CAPACITY: self.shown})
            for ask in state.open_asks(AskKind.DECIDE_DEAL)
        }
        return kept.replace(asks={**state.asks, **deciding})


class EstimateAttested(Event):
    kind: Literal["EstimateAttested"] = "EstimateAttested"
    packages: dict[ItemId, Attestation]

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(attestations={**state.attestations, **self.packages})


class AttestationVoided(Event):
    kind: Literal["AttestationVoided"] = "AttestationVoided"
    packages: Ids

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(attestations={k: v for k, v in state.attestations.items() if k not in self.packages})


AnyScopeEvent = (
    ScopeSet
    | MilestonesSet
    | PurchasesSet
    | EstimateGiven
    | PackagesReturned
    | EstimatesVoided
    | EstimateChosen
    | RateCardTaken
    | StaffingAnswered
    | DatesMoved
    | DatesKept
    | EstimateAttested
    | AttestationVoided
)
