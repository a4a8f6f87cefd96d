"""Each command that is refused for size, made as large as it is asked for, and who may give it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from domain.engagement import commands as c
from domain.engagement import state as s
from domain.engagement.change_facts import ChangeFacts
from domain.engagement.permissions import COLLEAGUE, HEAD_OF_FUNCTION, WHO_MAY
from domain.engagement.subjects import basis
from domain.estimating import ThreePoints
from domain.limits import MOST_SAID_OF_A_PACKAGE
from domain.people import Person
from domain.values import digest
from domain.words import cut
from tests.domain.story import Story

Makes = Callable[[Story, str, int], c.Command]
"""A command of what an engagement holds, of a text, and of so many rows."""
FIRST = 5000
CLIENT = "kari.moe"
ROLE = "quality"
HOURS = ThreePoints(optimistic=Decimal(1), likely=Decimal(2), pessimistic=Decimal(4))


def needs(first: int, how_many: int, text: str) -> c.RecordNeeds:
    return c.RecordNeeds(needs=tuple(s.Need(id=f"N{n}", text=text) for n in range(first, first + how_many)))


def _promises(story: Story, text: str, rows: int) -> c.Command:
    told = {"by": story.state.seller, "to": CLIENT, "text": text, "on": story.day()}
    return c.RecordPromises(promises=tuple(s.Promise(id=f"P{FIRST + n}", **told) for n in range(rows)))


def _packages(story: Story, text: str, rows: int) -> c.Command:
    like = {"title": "T", "discipline": "testing", "grade": "consultant", "risks": (text,)}
    more = (s.WorkPackage(id=f"W{FIRST + n}", **like) for n in range(rows))
    return c.SetWorkPackages(packages=(*story.state.packages.values(), *more)[:200])


def _milestones(story: Story, text: str, rows: int) -> c.Command:
    like = {"title": text[:200], "due": story.day(90)}
    none = (s.Milestone(id=f"M{n}", share_percent=Decimal(), **like) for n in range(1, rows))
    return c.SetMilestones(milestones=(s.Milestone(id="M0", share_percent=Decimal(100), **like), *none))


def _requirements(story: Story, text: str, rows: int) -> c.Command:
    traced = {"needs": _first(story.state.needs, "N1"), "work_packages": _first(story.state.packages, "W1")}
    return c.SetRequirements(requirements=tuple(s.Requirement(id=f"R{n}", text=text, **traced) for n in range(rows)))


def _purchases(_story: Story, text: str, rows: int) -> c.Command:
    return c.SetPurchases(purchases=tuple(s.Purchase(id=f"B{n}", title=text[:200]) for n in range(rows)))


def _first(table: dict[str, Any], otherwise: str) -> tuple[str, ...]:
    return tuple(table)[:1] or (otherwise,)


def _change(text: str) -> ChangeFacts:
    return ChangeFacts.in_one(title=text[:200], reason=text, price=Decimal(1000))


def _expected(text: str, rows: int) -> tuple[s.Expectation, ...]:
    return (s.Expectation(what=text),) * min(rows, 20)


def _colleague(story: Story) -> Person:
    cast = story.state.cast
    busy = {*cast.holders.values(), *cast.positions.values()}
    return next(person for person in story.firm.people if person.active and person.id not in busy)


def _estimates(story: Story, text: str, rows: int) -> c.Command:
    said = {"hours": HOURS, "risks": (cut(text, MOST_SAID_OF_A_PACKAGE),)}
    mine = (name for name, package in story.state.packages.items() if package.discipline == _discipline(story))
    names = list(mine)[:rows] or ["W1"]
    given = tuple(c.PackageHours(package=name, **said) for name in names)
    return c.GiveEstimate(estimates=given, reason=text)


def _choice(story: Story, text: str, _rows: int) -> c.Command:
    """The hours that were given for the first package."""
    package = _first(story.state.packages, "W1")[0]
    given = (estimate.hours for estimate in story.state.estimates if estimate.package == package)
    return c.ChooseEstimate(package=package, hours=next(given, HOURS), statement=text)


def _discipline(story: Story) -> str:
    return next((package.discipline for package in story.state.packages.values()), "data")


def _price(story: Story, text: str, rows: int) -> c.Command:
    return c.ProposePrice(discount_percent=Decimal(8 + story.state.seq % 2 + rows % 3), payment=text)


def _draft(story: Story, _text: str, _rows: int) -> c.Command:
    kind: s.DocumentKind = "brd" if story.state.baseline_signed else "sow"
    hashes = {"source": digest(f"source {story.state.seq}"), "rendered": digest(f"rendered {story.state.seq}")}
    return c.DraftDocument(document=kind, basis=basis(story.state, kind), **hashes)


def _rates(story: Story, _text: str, _rows: int) -> c.Command:
    return c.TakeRateCard(rate_card=story.state.rate_card.having(version=f"of {story.state.seq}"))


GROWING: dict[type[c.Command], Makes] = {
    c.RestateNeeds: lambda _story, _text, _rows: c.RestateNeeds(),
    c.GiveEstimate: _estimates,
    c.TakeRateCard: _rates,
    c.ProposePrice: _price,
    c.DraftDocument: _draft,
    c.RecordNeeds: lambda _story, text, rows: needs(FIRST, rows, text),
    c.RecordPromises: _promises,
    c.CoverPromise: lambda story, _text, _rows: c.CoverPromise(
        promise=_first(story.state.promises, "P1")[0], by=_first(story.state.packages, "W1")
    ),
    c.DeclinePromise: lambda story, text, _rows: c.DeclinePromise(
        promise=_first(story.state.promises, "P1")[0], reason=text
    ),
    c.SetWorkPackages: _packages,
    c.KeepDates: lambda _story, text, _rows: c.KeepDates(reason=text),
    c.SetMilestones: _milestones,
    c.SetRequirements: _requirements,
    c.SetPurchases: _purchases,
    c.OfferHandoff: lambda _story, text, _rows: c.OfferHandoff(plan=text),
    c.ChooseEstimate: _choice,
    c.SubmitChange: lambda _story, text, _rows: c.SubmitChange(change=_change(text)),
    c.ReviseChange: lambda _story, text, _rows: c.ReviseChange(n=1, change=_change(text)),
    c.RecordPotentialChange: lambda _story, text, _rows: c.RecordPotentialChange(text=text),
    c.AskPulse: lambda story, _text, _rows: c.AskPulse(at=_first(story.state.milestones, "M1")[0], person=CLIENT),
    c.RaiseComplaint: lambda _story, text, _rows: c.RaiseComplaint(text=text),
    c.ProposeHolder: lambda story, text, rows: c.ProposeHolder(
        role=ROLE, person=_colleague(story), expectations=_expected(text, rows), waiver=story.waiver(text)
    ),
    c.ReplaceHolder: lambda story, text, rows: c.ReplaceHolder(
        role=ROLE, person=_colleague(story), reason=text, expectations=_expected(text, rows), waiver=story.waiver(text)
    ),
    c.RequestRole: lambda story, text, _rows: c.RequestRole(
        role=ROLE, person=_colleague(story), words=text, until=story.day(30)
    ),
    c.AgreeExpectations: lambda _story, text, rows: c.AgreeExpectations(role=ROLE, expectations=_expected(text, rows)),
}


def who_may(story: Story, command: c.Command) -> str:
    """Somebody who may give it, where there is anybody; else the seller, who is refused."""
    cast, hats = story.state.cast, WHO_MAY[type(command)]
    if isinstance(command, c.RequestRole):
        assert COLLEAGUE in hats
        return command.person.id
    if isinstance(command, c.GiveEstimate):
        return next(iter(cast.experts(_discipline(story))), story.state.seller)
    heads = [story.state.head_role(ROLE)] if HEAD_OF_FUNCTION in hats else []
    holders = (cast.holder(hat) for hat in (*heads, *sorted(hats, reverse=True)))
    return next((holder for holder in holders if holder), story.state.seller)
