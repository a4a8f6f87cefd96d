"""How each act owed is done: the command that its owner gives, from the deal as it was drawn and the state as it is."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from domain.acts import ActKind, ActOwed
from domain.asks import AskKind
from domain.deal_file import DealFile
from domain.engagement import commands as c
from domain.engagement import state as s
from domain.engagement.change_facts import ChangeFacts, ChangeItem, ItemKind
from domain.engagement.closing import without_hours
from domain.engagement.subjects import basis
from domain.playbook import Kind
from domain.values import digest

Doing = Callable[[s.Engagement, DealFile, str], c.Command]
"""The command that does an act about this subject."""


def command_for(state: s.Engagement, deal: DealFile, act: ActOwed, now: datetime) -> c.Command:
    """What whoever owes the act does."""
    if act.kind is ActKind.EXTEND_OFFER:
        return _longer_offer(state, now)
    return DOINGS[act.kind](state, deal, act.subject)


def _needs(_state: s.Engagement, deal: DealFile, _subject: str) -> c.Command:
    return c.RecordNeeds(needs=_as(s.Need, deal.needs))


def _clearer_needs(state: s.Engagement, _deal: DealFile, _subject: str) -> c.Command:
    """Each time that the client sent them back one need in a few more words."""
    need = next(iter(state.needs.values()))
    return c.RecordNeeds(needs=(need.having(text=f"{need.text[:1900]} (as said at {state.seq})"),))


def _other_expectations(state: s.Engagement, _deal: DealFile, role: str) -> c.Command:
    return c.AgreeExpectations(role=role, expectations=(s.Expectation(what=f"What was said at {state.seq}"),))


def _home(state: s.Engagement, deal: DealFile, promise: str) -> c.Command:
    homes = tuple(row.id for row in deal.work_packages if promise in row.promises and row.id in state.packages)
    if homes:
        return c.CoverPromise(promise=promise, by=homes)
    return c.DeclinePromise(promise=promise, reason="It was said too soon.")


def _scope(state: s.Engagement, deal: DealFile, _subject: str) -> c.Command:
    rows = _as(s.WorkPackage, deal.work_packages, without=("hours",))
    return c.SetWorkPackages(packages=tuple(_known(state, row) for row in rows))


def _known(state: s.Engagement, package: s.WorkPackage) -> s.WorkPackage:
    """A package that names only needs and promises that are recorded."""
    needs = tuple(need for need in package.needs if need in state.needs)
    return package.having(needs=needs, promises=tuple(one for one in package.promises if one in state.promises))


def _clearer(state: s.Engagement, _deal: DealFile, discipline: str) -> c.Command:
    """What was returned says more than it did."""
    more = f"As answered after {state.asks_opened} asks."
    packages = (
        package.having(assumes=(*package.assumes[:5], more)) if package.discipline == discipline else package
        for package in state.packages.values()
    )
    return c.SetWorkPackages(packages=tuple(packages))


def _choice(state: s.Engagement, _deal: DealFile, package: str) -> c.Command:
    """The hours of somebody who does not choose."""
    lead = state.cast.holder("delivery_lead")
    given = next(one for one in state.estimates if one.package == package and one.by != lead)
    return c.ChooseEstimate(package=package, hours=given.hours, statement="These are nearer.")


def _price(state: s.Engagement, deal: DealFile, _subject: str) -> c.Command:
    """The wished price; each time that it came back a lower discount."""
    price, expenses = deal.wished_price, deal.wished_price.expenses or Decimal()
    if state.kind is Kind.IN_HOUSE:
        return c.ProposePrice(internal_transfer=True, expenses=expenses)
    kinds = {AskKind.APPROVE_PRICE, AskKind.DECIDE_DEAL}
    tried = sum(ask.kind in kinds and not ask.is_open for ask in state.asks.values())
    return c.ProposePrice(
        discount_percent=max(Decimal(), (price.discount_percent or Decimal()) - 5 * tried),
        contingency_percent=price.contingency_percent,
        expenses=expenses,
        payment=price.payment,
    )


def _milestones(state: s.Engagement, deal: DealFile, _subject: str) -> c.Command:
    rows = _as(s.Milestone, deal.milestones)
    known = (row.having(promises=tuple(one for one in row.promises if one in state.promises)) for row in rows)
    return c.SetMilestones(milestones=tuple(known))


def _draft(kind: s.DocumentKind) -> Doing:
    def drafted(state: s.Engagement, _deal: DealFile, _subject: str) -> c.Command:
        hashes = {"source": digest(f"source {state.seq}"), "rendered": digest(f"rendered {state.seq}")}
        return c.DraftDocument(document=kind, basis=basis(state, kind), **hashes)

    return drafted


def _named(state: s.Engagement, _deal: DealFile, party: str) -> c.Command:
    """Somebody of the client who is there, before others who does nothing for it yet."""
    there = [p for p in state.cast.people.values() if p.client == state.client and p.active]
    person = min(there, key=lambda one: (party not in one.part, len(state.cast.roles_of(one.id)), one.id))
    return c.NameParty.model_validate({"party": party, "person": person, "reason": "The last has gone."})


def _longer_offer(state: s.Engagement, now: datetime) -> c.Command:
    """From today on, however long the offer has lain since it expired."""
    until, today = state.documents["sow"].offered_until, state.cast.calendar_of(state.manager).local_day(now)
    assert until is not None  # noqa: S101 -- an offer that expired has a day
    return c.ExtendOffer(until=max(until, today) + timedelta(days=25))


def _requirements(state: s.Engagement, _deal: DealFile, _subject: str) -> c.Command:
    need = next(iter(state.needs))
    rows = (
        s.Requirement(id=f"R{n}", text=package.title, needs=(need,), work_packages=(package.id,))
        for n, package in enumerate(state.packages.values(), 1)
    )
    return c.SetRequirements(requirements=tuple(rows))


def _hours(state: s.Engagement, deal: DealFile, _subject: str) -> c.Command:
    """What was worked so far: as planned where nothing is known, else a little more."""
    planned: Mapping[str, Decimal] = {row.id: row.played_hours[1] for row in deal.work_packages}
    items = without_hours(state) or tuple(state.packages)
    worked = (
        c.HoursWorked(item=item, hours=state.actual_hours.get(item, planned.get(item, Decimal(12)))) for item in items
    )
    return c.ReportHours(hours=tuple(worked))


def _change(_state: s.Engagement, _deal: DealFile, potential: str) -> c.Command:
    facts = ChangeFacts.in_one(
        title=f"What {potential} asked for", reason="The client asked for it.", price=Decimal(900), days=1
    )
    return c.SubmitChange(change=facts, potential=potential)


def _revision(state: s.Engagement, _deal: DealFile, change: str) -> c.Command:
    returned = state.changes[int(change.removeprefix("C"))]
    return c.ReviseChange(n=returned.n, change=_dearer(returned.facts))


def _dearer(facts: ChangeFacts) -> ChangeFacts:
    return facts.having(items=(*facts.items, ChangeItem(kind=ItemKind.PRICE, amount=Decimal(500))))


DOINGS: dict[ActKind, Doing] = {
    ActKind.RECORD_NEEDS: _needs,
    ActKind.RESTATE_NEEDS: lambda _state, _deal, _subject: c.RestateNeeds(),
    ActKind.CORRECT_NEEDS: _clearer_needs,
    ActKind.COVER_PROMISE: _home,
    ActKind.SET_SCOPE: _scope,
    ActKind.ANSWER_RETURN: _clearer,
    ActKind.CHOOSE_ESTIMATE: _choice,
    ActKind.ANSWER_STAFFING: lambda _state, _deal, _subject: c.KeepDates(reason="The client holds to them."),
    ActKind.PROPOSE_PRICE: _price,
    ActKind.SET_MILESTONES: _milestones,
    ActKind.DRAFT_SOW: _draft("sow"),
    ActKind.SEND_SOW: lambda _state, _deal, _subject: c.SendDocument(document="sow"),
    ActKind.NAME_CLIENT_PERSON: _named,
    ActKind.SET_REQUIREMENTS: _requirements,
    ActKind.DRAFT_BRD: _draft("brd"),
    ActKind.SEND_BRD: lambda _state, _deal, _subject: c.SendDocument(document="brd"),
    ActKind.OFFER_HANDOFF: lambda _state, _deal, _subject: c.OfferHandoff(plan="As sold."),
    ActKind.CORRECT_EXPECTATIONS: _other_expectations,
    ActKind.DELIVER_MILESTONE: lambda _state, _deal, milestone: c.DeliverMilestone(milestone=milestone),
    ActKind.RECORD_HOURS: _hours,
    ActKind.SUBMIT_CHANGE: _change,
    ActKind.REVISE_CHANGE: _revision,
    ActKind.RECONCILE_PROMISE: lambda _state, _deal, promise: c.ReconcilePromise(promise=promise, delivered=True),
    ActKind.CLOSE: lambda _state, _deal, _subject: c.CloseEngagement(lessons="Ask early."),
    ActKind.RESOLVE_HOLD: lambda _state, _deal, _subject: c.ResumeEngagement(),
}


def _as(model: Any, rows: tuple[Any, ...], without: tuple[str, ...] = ()) -> tuple[Any, ...]:
    return tuple(model.model_validate(row.model_dump(exclude=set(without))) for row in rows)
