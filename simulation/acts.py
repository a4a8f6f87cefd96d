"""How each act owed is done: its owner's command, from the deal as it was drawn and the state as it is."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from domain.asks.model import AskKind
from domain.deal_file.model import DealFile
from domain.engagement import aggregate as s
from domain.engagement.ask_subjects import basis
from domain.engagement.changes.commands import ReviseChange, SubmitChange
from domain.engagement.changes.lines import ChangeFacts, ChangeItem, ItemKind
from domain.engagement.closing.commands import CloseEngagement, ResumeEngagement
from domain.engagement.closing.rules import without_hours
from domain.engagement.command import Command
from domain.engagement.delivery.commands import DeliverMilestone, HoursWorked, OfferHandoff, ReportHours
from domain.engagement.documents.commands import DraftDocument, ExtendOffer, SendDocument, SetRequirements
from domain.engagement.documents.values import DocumentKind, Requirement
from domain.engagement.needs.commands import CoverPromise, DeclinePromise, ReconcilePromise, RecordNeeds, RestateNeeds
from domain.engagement.needs.values import Need
from domain.engagement.pricing.commands import ProposePrice
from domain.engagement.roles.commands import AgreeExpectations, NameParty
from domain.engagement.roles.values import Expectation
from domain.engagement.scope.commands import ChooseEstimate, KeepDates, SetMilestones, SetWorkPackages
from domain.engagement.scope.values import Milestone, WorkPackage
from domain.next_steps.acts_owed import ActKind, ActOwed
from domain.playbook.model import Kind
from domain.shared.values import digest

# The command that does an act about this subject.
Doing = Callable[[s.Engagement, DealFile, str], Command]


def command_for(state: s.Engagement, deal: DealFile, act: ActOwed, now: datetime) -> Command:
    """The command with which the owner does the act."""
    if act.kind is ActKind.EXTEND_OFFER:
        return _longer_offer(state, now)
    return DOINGS[act.kind](state, deal, act.subject)


def _needs(_state: s.Engagement, deal: DealFile, _subject: str) -> Command:
    return RecordNeeds(needs=_as(Need, deal.needs))


def _clearer_needs(state: s.Engagement, _deal: DealFile, _subject: str) -> Command:
    """Each time the client returns them, one need gets a few more words."""
    need = next(iter(state.needs.values()))
    return RecordNeeds(needs=(need.replace(text=f"{need.text[:1900]} (as said at {state.seq})"),))


def _other_expectations(state: s.Engagement, _deal: DealFile, role: str) -> Command:
    return AgreeExpectations(role=role, expectations=(Expectation(what=f"What was said at {state.seq}"),))


def _home(state: s.Engagement, deal: DealFile, promise: str) -> Command:
    homes = tuple(row.id for row in deal.work_packages if promise in row.promises and row.id in state.packages)
    if homes:
        return CoverPromise(promise=promise, by=homes)
    return DeclinePromise(promise=promise, reason="It was said too soon.")


def _scope(state: s.Engagement, deal: DealFile, _subject: str) -> Command:
    rows = _as(WorkPackage, deal.work_packages, without=("hours",))
    return SetWorkPackages(packages=tuple(_known(state, row) for row in rows))


def _known(state: s.Engagement, package: WorkPackage) -> WorkPackage:
    """A package that refers only to needs and promises on record."""
    needs = tuple(need for need in package.needs if need in state.needs)
    return package.replace(needs=needs, promises=tuple(one for one in package.promises if one in state.promises))


def _clearer(state: s.Engagement, _deal: DealFile, discipline: str) -> Command:
    """Adds detail to the package that was returned."""
    more = f"As answered after {state.asks_opened} asks."
    packages = (
        package.replace(assumes=(*package.assumes[:5], more)) if package.discipline == discipline else package
        for package in state.packages.values()
    )
    return SetWorkPackages(packages=tuple(packages))


def _choice(state: s.Engagement, _deal: DealFile, package: str) -> Command:
    """The hours of someone who does not choose."""
    lead = state.cast.holder("delivery_lead")
    given = next(one for one in state.estimates if one.package == package and one.by != lead)
    return ChooseEstimate(package=package, hours=given.hours, statement="These are nearer.")


def _price(state: s.Engagement, deal: DealFile, _subject: str) -> Command:
    """The intended price; each time it was returned, with a lower discount."""
    price, expenses = deal.wished_price, deal.wished_price.expenses or Decimal()
    if state.kind is Kind.IN_HOUSE:
        return ProposePrice(internal_transfer=True, expenses=expenses)
    kinds = {AskKind.APPROVE_PRICE, AskKind.DECIDE_DEAL}
    tried = sum(ask.kind in kinds and not ask.is_open for ask in state.asks.values())
    return ProposePrice(
        discount_percent=max(Decimal(), (price.discount_percent or Decimal()) - 5 * tried),
        contingency_percent=price.contingency_percent,
        expenses=expenses,
        payment=price.payment,
    )


def _milestones(state: s.Engagement, deal: DealFile, _subject: str) -> Command:
    rows = _as(Milestone, deal.milestones)
    known = (row.replace(promises=tuple(one for one in row.promises if one in state.promises)) for row in rows)
    return SetMilestones(milestones=tuple(known))


def _draft(kind: DocumentKind) -> Doing:
    def drafted(state: s.Engagement, _deal: DealFile, _subject: str) -> Command:
        hashes = {"source": digest(f"source {state.seq}"), "rendered": digest(f"rendered {state.seq}")}
        return DraftDocument(document=kind, basis=basis(state, kind), **hashes)

    return drafted


def _named(state: s.Engagement, _deal: DealFile, party: str) -> Command:
    """Someone active at the client, preferably without another part in the deal."""
    there = [p for p in state.cast.people.values() if p.client == state.client and p.active]
    person = min(there, key=lambda one: (party not in one.part, len(state.cast.roles_of(one.id)), one.id))
    return NameParty.model_validate({"party": party, "person": person, "reason": "The last has gone."})


def _longer_offer(state: s.Engagement, now: datetime) -> Command:
    """From today on, however long ago the offer expired."""
    until, today = state.documents["sow"].offered_until, state.cast.calendar_of(state.manager).local_day(now)
    assert until is not None  # noqa: S101 -- an offer that expired has a day
    return ExtendOffer(until=max(until, today) + timedelta(days=25))


def _requirements(state: s.Engagement, _deal: DealFile, _subject: str) -> Command:
    need = next(iter(state.needs))
    rows = (
        Requirement(id=f"R{n}", text=package.title, needs=(need,), work_packages=(package.id,))
        for n, package in enumerate(state.packages.values(), 1)
    )
    return SetRequirements(requirements=tuple(rows))


def _hours(state: s.Engagement, deal: DealFile, _subject: str) -> Command:
    """Hours worked so far: as planned if nothing is known, otherwise a little more."""
    planned: Mapping[str, Decimal] = {row.id: row.played_hours[1] for row in deal.work_packages}
    items = without_hours(state) or tuple(state.packages)
    worked = (
        HoursWorked(item=item, hours=state.actual_hours.get(item, planned.get(item, Decimal(12)))) for item in items
    )
    return ReportHours(hours=tuple(worked))


def _change(_state: s.Engagement, _deal: DealFile, potential: str) -> Command:
    facts = ChangeFacts.in_one(
        title=f"What {potential} asked for", reason="The client asked for it.", price=Decimal(900), days=1
    )
    return SubmitChange(change=facts, potential=potential)


def _revision(state: s.Engagement, _deal: DealFile, change: str) -> Command:
    returned = state.changes[int(change.removeprefix("C"))]
    return ReviseChange(n=returned.n, change=_dearer(returned.facts))


def _dearer(facts: ChangeFacts) -> ChangeFacts:
    return facts.replace(items=(*facts.items, ChangeItem(kind=ItemKind.PRICE, amount=Decimal(500))))


DOINGS: dict[ActKind, Doing] = {
    ActKind.RECORD_NEEDS: _needs,
    ActKind.RESTATE_NEEDS: lambda _state, _deal, _subject: RestateNeeds(),
    ActKind.CORRECT_NEEDS: _clearer_needs,
    ActKind.COVER_PROMISE: _home,
    ActKind.SET_SCOPE: _scope,
    ActKind.ANSWER_RETURN: _clearer,
    ActKind.CHOOSE_ESTIMATE: _choice,
    ActKind.ANSWER_STAFFING: lambda _state, _deal, _subject: KeepDates(reason="The client holds to them."),
    ActKind.PROPOSE_PRICE: _price,
    ActKind.SET_MILESTONES: _milestones,
    ActKind.DRAFT_SOW: _draft("sow"),
    ActKind.SEND_SOW: lambda _state, _deal, _subject: SendDocument(document="sow"),
    ActKind.NAME_CLIENT_PERSON: _named,
    ActKind.SET_REQUIREMENTS: _requirements,
    ActKind.DRAFT_BRD: _draft("brd"),
    ActKind.SEND_BRD: lambda _state, _deal, _subject: SendDocument(document="brd"),
    ActKind.OFFER_HANDOFF: lambda _state, _deal, _subject: OfferHandoff(plan="As sold."),
    ActKind.CORRECT_EXPECTATIONS: _other_expectations,
    ActKind.DELIVER_MILESTONE: lambda _state, _deal, milestone: DeliverMilestone(milestone=milestone),
    ActKind.RECORD_HOURS: _hours,
    ActKind.SUBMIT_CHANGE: _change,
    ActKind.REVISE_CHANGE: _revision,
    ActKind.RECONCILE_PROMISE: lambda _state, _deal, promise: ReconcilePromise(promise=promise, delivered=True),
    ActKind.CLOSE: lambda _state, _deal, _subject: CloseEngagement(lessons="Ask early."),
    ActKind.RESOLVE_HOLD: lambda _state, _deal, _subject: ResumeEngagement(),
}


def _as(model: Any, rows: tuple[Any, ...], without: tuple[str, ...] = ()) -> tuple[Any, ...]:
    return tuple(model.model_validate(row.model_dump(exclude=set(without))) for row in rows)
