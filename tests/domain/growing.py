"""Each command that is refused for size, made as large as it is asked for, and who may give it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from domain.directory.people import Person
from domain.engagement.ask_subjects import basis
from domain.engagement.changes.commands import RecordPotentialChange, ReviseChange, SubmitChange
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.command import COLLEAGUE, HEAD_OF_FUNCTION, Command
from domain.engagement.delivery.commands import AskPulse, OfferHandoff, RaiseComplaint
from domain.engagement.documents.commands import DraftDocument, SetRequirements
from domain.engagement.documents.values import DocumentKind, Requirement
from domain.engagement.needs.commands import CoverPromise, DeclinePromise, RecordNeeds, RecordPromises, RestateNeeds
from domain.engagement.needs.values import Need, Promise
from domain.engagement.pricing.commands import ProposePrice
from domain.engagement.roles.commands import AgreeExpectations, ProposeHolder, ReplaceHolder, RequestRole
from domain.engagement.roles.values import Expectation
from domain.engagement.scope.commands import (
    ChooseEstimate,
    GiveEstimate,
    KeepDates,
    PackageHours,
    SetMilestones,
    SetPurchases,
    SetWorkPackages,
    TakeRateCard,
)
from domain.engagement.scope.values import Milestone, Purchase, WorkPackage
from domain.pricing.three_points import ThreePoints
from domain.shared.limits import MAX_PACKAGE_TEXT_BYTES
from domain.shared.text import cut
from domain.shared.values import digest
from tests.domain.story import Story

# A command of what an engagement holds, of a text, and of so many rows.
Makes = Callable[[Story, str, int], Command]
FIRST = 5000
CLIENT = "kari.moe"
ROLE = "quality"
HOURS = ThreePoints(optimistic=Decimal(1), likely=Decimal(2), pessimistic=Decimal(4))


def needs(first: int, how_many: int, text: str) -> RecordNeeds:
    return RecordNeeds(needs=tuple(Need(id=f"N{n}", text=text) for n in range(first, first + how_many)))


def _promises(story: Story, text: str, rows: int) -> Command:
    told = {"by": story.state.seller, "to": CLIENT, "text": text, "on": story.day()}
    return RecordPromises(promises=tuple(Promise(id=f"P{FIRST + n}", **told) for n in range(rows)))


def _packages(story: Story, text: str, rows: int) -> Command:
    like = {"title": "T", "discipline": "testing", "grade": "consultant", "risks": (text,)}
    more = (WorkPackage(id=f"W{FIRST + n}", **like) for n in range(rows))
    return SetWorkPackages(packages=(*story.state.packages.values(), *more)[:200])


def _milestones(story: Story, text: str, rows: int) -> Command:
    like = {"title": text[:200], "due": story.day(90)}
    none = (Milestone(id=f"M{n}", share_percent=Decimal(), **like) for n in range(1, rows))
    return SetMilestones(milestones=(Milestone(id="M0", share_percent=Decimal(100), **like), *none))


def _requirements(story: Story, text: str, rows: int) -> Command:
    traced = {"needs": _first(story.state.needs, "N1"), "work_packages": _first(story.state.packages, "W1")}
    return SetRequirements(requirements=tuple(Requirement(id=f"R{n}", text=text, **traced) for n in range(rows)))


def _purchases(_story: Story, text: str, rows: int) -> Command:
    return SetPurchases(purchases=tuple(Purchase(id=f"B{n}", title=text[:200]) for n in range(rows)))


def _first(table: dict[str, Any], otherwise: str) -> tuple[str, ...]:
    return tuple(table)[:1] or (otherwise,)


def _change(text: str) -> ChangeFacts:
    return ChangeFacts.in_one(title=text[:200], reason=text, price=Decimal(1000))


def _expected(text: str, rows: int) -> tuple[Expectation, ...]:
    return (Expectation(what=text),) * min(rows, 20)


def _colleague(story: Story) -> Person:
    cast = story.state.cast
    busy = {*cast.holders.values(), *cast.positions.values()}
    return next(person for person in story.firm.people if person.active and person.id not in busy)


def _estimates(story: Story, text: str, rows: int) -> Command:
    said = {"hours": HOURS, "risks": (cut(text, MAX_PACKAGE_TEXT_BYTES),)}
    mine = (name for name, package in story.state.packages.items() if package.discipline == _discipline(story))
    names = list(mine)[:rows] or ["W1"]
    given = tuple(PackageHours(package=name, **said) for name in names)
    return GiveEstimate(estimates=given, reason=text)


def _choice(story: Story, text: str, _rows: int) -> Command:
    """The hours that were given for the first package."""
    package = _first(story.state.packages, "W1")[0]
    given = (estimate.hours for estimate in story.state.estimates if estimate.package == package)
    return ChooseEstimate(package=package, hours=next(given, HOURS), statement=text)


def _discipline(story: Story) -> str:
    return next((package.discipline for package in story.state.packages.values()), "data")


def _price(story: Story, text: str, rows: int) -> Command:
    return ProposePrice(discount_percent=Decimal(8 + story.state.seq % 2 + rows % 3), payment=text)


def _draft(story: Story, _text: str, _rows: int) -> Command:
    kind: DocumentKind = "brd" if story.state.baseline_signed else "sow"
    hashes = {"source": digest(f"source {story.state.seq}"), "rendered": digest(f"rendered {story.state.seq}")}
    return DraftDocument(document=kind, basis=basis(story.state, kind), **hashes)


def _rates(story: Story, _text: str, _rows: int) -> Command:
    return TakeRateCard(rate_card=story.state.rate_card.replace(version=f"of {story.state.seq}"))


GROWING: dict[type[Command], Makes] = {
    RestateNeeds: lambda _story, _text, _rows: RestateNeeds(),
    GiveEstimate: _estimates,
    TakeRateCard: _rates,
    ProposePrice: _price,
    DraftDocument: _draft,
    RecordNeeds: lambda _story, text, rows: needs(FIRST, rows, text),
    RecordPromises: _promises,
    CoverPromise: lambda story, _text, _rows: CoverPromise(
        promise=_first(story.state.promises, "P1")[0], by=_first(story.state.packages, "W1")
    ),
    DeclinePromise: lambda story, text, _rows: DeclinePromise(
        promise=_first(story.state.promises, "P1")[0], reason=text
    ),
    SetWorkPackages: _packages,
    KeepDates: lambda _story, text, _rows: KeepDates(reason=text),
    SetMilestones: _milestones,
    SetRequirements: _requirements,
    SetPurchases: _purchases,
    OfferHandoff: lambda _story, text, _rows: OfferHandoff(plan=text),
    ChooseEstimate: _choice,
    SubmitChange: lambda _story, text, _rows: SubmitChange(change=_change(text)),
    ReviseChange: lambda _story, text, _rows: ReviseChange(n=1, change=_change(text)),
    RecordPotentialChange: lambda _story, text, _rows: RecordPotentialChange(text=text),
    AskPulse: lambda story, _text, _rows: AskPulse(at=_first(story.state.milestones, "M1")[0], person_id=CLIENT),
    RaiseComplaint: lambda _story, text, _rows: RaiseComplaint(text=text),
    ProposeHolder: lambda story, text, rows: ProposeHolder(
        role=ROLE, person=_colleague(story), expectations=_expected(text, rows), waiver=story.waiver(text)
    ),
    ReplaceHolder: lambda story, text, rows: ReplaceHolder(
        role=ROLE, person=_colleague(story), reason=text, expectations=_expected(text, rows), waiver=story.waiver(text)
    ),
    RequestRole: lambda story, text, _rows: RequestRole(
        role=ROLE, person=_colleague(story), words=text, until=story.day(30)
    ),
    AgreeExpectations: lambda _story, text, rows: AgreeExpectations(role=ROLE, expectations=_expected(text, rows)),
}


def who_may(story: Story, command: Command) -> str:
    """Somebody who may give it, where there is anybody; else the seller, who is refused."""
    cast, hats = story.state.cast, command.granted_to
    if isinstance(command, RequestRole):
        assert COLLEAGUE in hats
        return command.person.id
    if isinstance(command, GiveEstimate):
        return next(iter(cast.experts(_discipline(story))), story.state.seller)
    heads = [story.state.head_role(ROLE)] if HEAD_OF_FUNCTION in hats else []
    holders = (cast.holder(hat) for hat in (*heads, *sorted(hats, reverse=True)))
    return next((holder for holder in holders if holder), story.state.seller)
