"""Anybody does anything at any time, and what must hold holds after every step.

Three machines drive the domain from three depths: a fresh deal, a priced deal, a deal in delivery. Random
people send random commands and answers, the right people now and then do the right thing (so that the deal
gets anywhere), and time passes. Each check below is a rule of the product, named as there.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, partial
from itertools import islice
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.asks.model import Answer, Ask, AskKind, Condition, Outcome, Verdict
from domain.change_order import decide as order_door
from domain.change_order.order import ChangeOrder, EstimateLines, WithdrawOrder
from domain.directory.people import Absence, Delegation, Rate
from domain.engagement import aggregate as s
from domain.engagement import permissions
from domain.engagement.answers.commands import DelegateAsk, GiveInformation
from domain.engagement.ask_subjects import basis, estimate_hash, is_attested
from domain.engagement.changes.commands import RecordPotentialChange, ReviseChange, SubmitChange
from domain.engagement.changes.lines import ChangeFacts, ChangeLine
from domain.engagement.closing.commands import CancelEngagement, CloseEngagement, HoldEngagement, ResumeEngagement
from domain.engagement.command import Command
from domain.engagement.delivery.commands import (
    AskPulse,
    DeliverMilestone,
    HoursWorked,
    OfferHandoff,
    RaiseComplaint,
    RecordContact,
    ReportHours,
)
from domain.engagement.documents.commands import DraftDocument, SendDocument, SetRequirements
from domain.engagement.documents.values import DocumentKind, DocumentStatus, Requirement
from domain.engagement.needs.commands import (
    CoverPromise,
    DeclinePromise,
    ReconcilePromise,
    RecordNeeds,
    RecordPromises,
    RestateNeeds,
)
from domain.engagement.needs.rules import homeless_promises
from domain.engagement.needs.values import Need, Promise
from domain.engagement.policies import apply_policies
from domain.engagement.pricing.commands import ProposePrice
from domain.engagement.pricing.deal_decision import deal_hash
from domain.engagement.pricing.events import PriceProposed
from domain.engagement.pricing.values import PriceStatus
from domain.engagement.roles.commands import (
    AgreeExpectations,
    NameParty,
    ProposeHolder,
    ReleaseRole,
    ReplaceHolder,
    RequestRole,
)
from domain.engagement.roles.values import Expectation, Waiver
from domain.engagement.scope.commands import (
    ChooseEstimate,
    GiveEstimate,
    PackageHours,
    SetMilestones,
    SetPurchases,
    SetWorkPackages,
    TakeRateCard,
)
from domain.engagement.scope.values import Milestone, Purchase, WorkPackage
from domain.engagement.tasks.commands import CompleteTask
from domain.engagement.timers import apply_due_timers, next_moment
from domain.playbook.model import Stage
from domain.pricing.three_points import ThreePoints
from domain.record.facts import Aggregate, Recorded, evolve
from domain.shared.errors import Refusal
from domain.shared.transaction import CLOCK, Actor, Transaction
from domain.shared.values import PersonId, digest
from simulation import checks
from tests.domain.story import FIRM, PLAYBOOK, Story, StuckError
from tests.domain.test_matrix import check_raci

PEOPLE = [person.id for person in FIRM.everyone()]
COLLEAGUES = [person.id for person in FIRM.people]
ROLES = [*PLAYBOOK.roles, *(f"expert:{discipline}" for discipline in FIRM.capacity)]
WHO_MAY_LET_GO = {"engagement_manager", "provider_sponsor", "managing_director", "cfo"}

Draw = Callable[[st.SearchStrategy[Any]], Any]


@cache
def begun(deal: str, stage: Stage) -> Story:
    return Story(deal).to(stage)


# -- what anybody may try


def points(draw: Draw) -> ThreePoints:
    low = draw(st.integers(1, 60))
    return ThreePoints(optimistic=Decimal(low), likely=Decimal(low + 10), pessimistic=Decimal(low * 3 + 20))


def packages(state: s.Engagement, draw: Draw) -> Command:
    """The scope with one package changed, gone or added."""
    kept = list(state.packages.values())
    fresh = WorkPackage(id="W9", title="More", discipline=draw(st.sampled_from(list(FIRM.capacity))), grade="senior")
    what = draw(st.sampled_from(["more", "fewer", "another title"]))
    if what == "fewer" and len(kept) > 1:
        return SetWorkPackages(packages=tuple(kept[1:]))
    if what == "another title" and kept:
        return SetWorkPackages(packages=(kept[0].replace(title=f"Title {draw(st.integers(1, 3))}"), *kept[1:]))
    return SetWorkPackages(packages=(*(p for p in kept if p.id != "W9"), fresh))


def change_facts(draw: Draw) -> ChangeFacts:
    work = ChangeLine(discipline=draw(st.sampled_from(list(FIRM.capacity))), grade="senior", hours=points(draw))
    return ChangeFacts.in_one(
        title="Another thing",
        reason=draw(st.sampled_from(["client request", "Regulatory"])),
        work=draw(st.sampled_from([(), (work,)])),
        price=Decimal(draw(st.integers(-40_000, 60_000))),
        days=draw(st.integers(-5, 25)),
        terms_changed=draw(st.booleans()),
    )


def holder(state: s.Engagement, draw: Draw) -> Command:
    role, person = draw(st.sampled_from(ROLES)), draw(st.sampled_from(COLLEAGUES))
    known = state.cast.people[person]
    why = "Known for long to do this well."
    until = state.started_at.date() + timedelta(days=draw(st.integers(1, 400)))
    waiver = draw(st.sampled_from([None, Waiver(reason=why, until=until)]))
    return ProposeHolder(role=role, person=known, waiver=waiver, further=draw(st.booleans()))


def successor(state: s.Engagement, draw: Draw) -> Command:
    role, person = draw(st.sampled_from(sorted(state.cast.holders))), draw(st.sampled_from(COLLEAGUES))
    last_day = draw(st.sampled_from([None, state.started_at.date() + timedelta(days=draw(st.integers(0, 200)))]))
    return ReplaceHolder(role=role, person=state.cast.people[person], reason="Another would do", last_day=last_day)


def party(state: s.Engagement, draw: Draw) -> Command:
    which = draw(st.sampled_from(["provider_sponsor", "client_sponsor", "client_signatory", "counterpart"]))
    person = state.cast.people[draw(st.sampled_from(sorted(state.cast.people)))]
    return NameParty(party=which, person=person, reason="Agreed with all")


# So many colleagues stay in any case.
LEFT = 8


def word_of_the_directory(state: s.Engagement, now: datetime, draw: Draw) -> dict[str, Any]:
    """Somebody leaves, is away, lets another answer, loses what they could, or heads something else."""
    cast, day = state.cast, now.date()
    here = [p for p in COLLEAGUES if cast.is_here(p)]
    first = day + timedelta(days=draw(st.integers(-5, 20)))
    last = first + timedelta(days=draw(st.integers(0, 20)))
    person, other = draw(st.sampled_from(sorted(cast.people))), draw(st.sampled_from(here))
    match draw(st.sampled_from(["leave", "away", "delegate", "decline", "head"])):
        case "leave" if len(here) > LEFT:
            stay = draw(st.sampled_from([p for p in here if p != person]))
            positions = {name: stay if holder == person else holder for name, holder in cast.positions.items()}
            return {"people": (cast.people[person].replace(active=False),), "positions": positions}
        case "away":
            delegate = draw(st.sampled_from([None, *(p for p in here if p != person)]))
            return {"absences": (*cast.absences, Absence(person=person, first=first, last=last, delegate=delegate))}
        case "delegate" if person != other:
            up_to = draw(st.sampled_from([None, Decimal(50_000)]))
            given = Delegation(person=person, to=other, first=first, last=last, up_to=up_to)
            return {"delegations": (*cast.delegations, given)}
        case "decline":
            return {"people": (cast.people[other].replace(competencies={}),)}
        case "head":
            return {"positions": {**cast.positions, draw(st.sampled_from(sorted(cast.positions))): other}}
    return {}


def one_of(draw: Draw, table: dict[str, Any]) -> str:
    return str(draw(st.sampled_from([*table, "Z9"])))


def price(_state: s.Engagement, draw: Draw) -> Command:
    discount = Decimal(draw(st.sampled_from([0, 5, 12, 20, 60])))
    return ProposePrice(discount_percent=discount, contingency_percent=Decimal(5), payment="later")


def draft(state: s.Engagement, draw: Draw) -> Command:
    kind: DocumentKind = draw(st.sampled_from(["sow", "brd"]))
    number = draw(st.integers(0, 9))
    hashes = {"source": digest(f"s{number}"), "rendered": digest(f"r{number}")}
    return DraftDocument(document=kind, basis=basis(state, kind), **hashes)


def promise(state: s.Engagement, draw: Draw) -> Promise:
    client = draw(st.sampled_from([p.id for p in state.cast.people.values() if p.client]))
    return Promise(id=f"P{draw(st.integers(1, 6))}", by=state.seller, to=client, text="More", on=state.wished_start)


def need(draw: Draw) -> Need:
    return Need(id=f"N{draw(st.integers(1, 3))}", text=f"Need {draw(st.integers(1, 3))}")


def card(state: s.Engagement, draw: Draw) -> Command:
    senior = Rate(cost=Decimal(draw(st.integers(80, 99))), list=Decimal(165))
    grades = {**state.rate_card.grades, "senior": senior}
    return TakeRateCard(rate_card=state.rate_card.replace(version="next", grades=grades))


def client_person(state: s.Engagement, draw: Draw) -> str:
    return str(draw(st.sampled_from([p.id for p in state.cast.people.values() if p.client])))


def hours(state: s.Engagement, draw: Draw) -> Command:
    item = one_of(draw, {**state.packages, **{f"C{n}": 0 for n in state.changes}})
    return ReportHours(hours=(HoursWorked(item=item, hours=Decimal(draw(st.integers(0, 300)))),))


def shares(draw: Draw) -> Command:
    number = draw(st.integers(1, 3))
    day = FIRM.absences[0].first
    milestones = tuple(
        Milestone(id=f"M{n}", title=f"Part {n}", due=day, share_percent=Decimal(share))
        for n, share in enumerate((50, 50) if number == 1 else (100,), 1)
    )
    return SetMilestones(milestones=milestones)


COMMANDS: tuple[Callable[[s.Engagement, Draw], Command], ...] = (
    lambda _, draw: RecordNeeds(needs=(need(draw),)),
    lambda _s, _d: RestateNeeds(),
    lambda state, draw: RecordPromises(promises=(promise(state, draw),)),
    lambda state, draw: CoverPromise(promise=one_of(draw, state.promises), by=(one_of(draw, state.packages),)),
    lambda state, draw: DeclinePromise(promise=one_of(draw, state.promises), reason="Too much"),
    lambda state, draw: ReconcilePromise(
        promise=one_of(draw, state.promises), delivered=draw(st.booleans()), why_not="Late"
    ),
    holder,
    successor,
    party,
    lambda state, draw: AgreeExpectations(
        role=draw(st.sampled_from(sorted(state.cast.holders))), expectations=(Expectation(what="A word a week"),)
    ),
    lambda _, draw: ReleaseRole(role=draw(st.sampled_from(ROLES)), reason="Gone"),
    lambda state, draw: RequestRole(
        role=draw(st.sampled_from(ROLES)),
        person=draw(st.sampled_from(FIRM.people)),
        words="I have done it before",
        until=state.started_at.date() + timedelta(days=draw(st.integers(0, 90))),
    ),
    packages,
    lambda _, draw: SetPurchases(purchases=draw(st.sampled_from([(), (Purchase(id="B1", title="Tablets"),)]))),
    lambda _, draw: shares(draw),
    lambda state, draw: SetRequirements(
        requirements=(
            Requirement(
                id="R1",
                text=f"Line {draw(st.integers(1, 3))}",
                needs=(one_of(draw, state.needs),),
                work_packages=(one_of(draw, state.packages),),
            ),
        )
    ),
    lambda state, draw: GiveEstimate(
        estimates=(PackageHours(package=one_of(draw, state.packages), hours=points(draw)),)
    ),
    lambda state, draw: ChooseEstimate(
        package=one_of(draw, state.packages), hours=points(draw), statement="Between them"
    ),
    card,
    price,
    draft,
    lambda _, draw: SendDocument(document=draw(st.sampled_from(["sow", "brd"]))),
    lambda _s, _d: OfferHandoff(plan="As planned"),
    lambda state, draw: DeliverMilestone(milestone=one_of(draw, state.milestones)),
    lambda _, draw: SubmitChange(change=change_facts(draw)),
    lambda _, draw: ReviseChange(n=draw(st.integers(1, 3)), change=change_facts(draw)),
    lambda _s, _d: RecordPotentialChange(text="Can we also"),
    hours,
    lambda state, draw: RecordContact(person_id=client_person(state, draw), summary="Spoke"),
    lambda state, draw: AskPulse(at="M1", person_id=client_person(state, draw)),
    lambda _s, _d: RaiseComplaint(text="Too slow"),
    lambda state, draw: CompleteTask(task=one_of(draw, state.tasks), note="Done"),
    lambda _s, draw: HoldEngagement(reason="Budget", until=draw(st.dates(date(2026, 11, 1), date(2027, 3, 1)))),
    lambda _s, _d: ResumeEngagement(),
    lambda _s, _d: CloseEngagement(),
    lambda _s, _d: CancelEngagement(reason="No more money"),
)


def answer_of(ask: Ask, draw: Draw) -> Answer:
    """A plausible answer: most often a yes."""
    verdict = draw(st.sampled_from([*([Verdict.APPROVE] * 5), *Verdict]))
    owner = draw(st.sampled_from(COLLEAGUES))
    condition = Condition(text="Only if", owner=owner, due=FIRM.absences[0].first)
    return Answer(
        verdict=verdict,
        reason="For a reason.",
        conditions=(condition,) if verdict is Verdict.APPROVE_WITH_CONDITIONS else (),
        score=draw(st.integers(0, 10)) if ask.kind is AskKind.PULSE else None,
    )


# -- what must hold


def check_prices(story: Story) -> None:
    """delivery-before-price."""
    state = story.state
    if state.price is not None and state.price.status in {PriceStatus.PROPOSED, PriceStatus.APPROVED}:
        assert state.price.estimate_hash == estimate_hash(state)
        assert state.baseline_signed or is_attested(state)


def check_offers(story: Story) -> None:
    """decided-not-drifted, every-promise-has-a-home, inside-before-outside."""
    state = story.state
    sow = state.documents.get("sow")
    if sow is None or sow.status not in {DocumentStatus.SENT, DocumentStatus.SIGNED}:
        return
    go = state.decision
    assert go is not None
    assert go.valid
    assert state.baseline_signed or go.subject_hash == deal_hash(state)
    assert WHO_MAY_LET_GO & {*go.voters, *((go.final_authority,) if go.climbed else ())}
    assert homeless_promises(state) == ()
    reviews = [ask for ask in state.asks.values() if ask.kind is AskKind.REVIEW_SOW]
    assert reviews[-1].outcome is Outcome.APPROVED
    assert reviews[-1].facts["document.source"] == sow.source
    assert all(signature.subject_hash == digest(reviews[-1].facts) for signature in sow.signatures)


def check_rest(story: Story) -> None:
    """Nothing more follows of itself, and each moment leads to a later one."""
    transaction = Transaction(story.state, Actor(person_id=CLOCK), story.now)
    apply_policies(transaction)
    assert transaction.events == []
    check_moments(story.state, story.now, apply_due_timers, next_moment)
    for order in story.orders.values():
        check_moments(order, story.now, order_door.apply_due_timers, order_door.next_moment)


def check_moments(state: Any, now: Any, apply_due_timers: Any, next_moment: Any) -> None:
    moment = next_moment(state)
    if moment is None:
        return
    at = max(moment, now)
    after = apply_due_timers(state, at).state
    later = next_moment(after)
    assert later is None or later > at
    assert apply_due_timers(after, at).events == ()


class AnybodyDoesAnything(RuleBasedStateMachine):
    """The common part: where it starts, `depths` says."""

    depths: tuple[tuple[str, Stage], ...]

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        deal, stage = data.draw(st.sampled_from(self.depths))
        self.story = begun(deal, stage).copy()
        self.seen = len(self.story.facts)
        self.folded: Aggregate = self.story.state
        self.orders_seen: dict[int, ChangeOrder] = dict(self.story.orders)

    def attempt(self, deed: Callable[[], Any]) -> None:
        """Does it, or is refused: nothing else may come of it."""
        with suppress(Refusal, StuckError):
            deed()

    @rule(data=st.data())
    def somebody_commands(self, data: st.DataObject) -> None:
        command = data.draw(st.sampled_from(COMMANDS))(self.story.state, data.draw)
        person = data.draw(st.sampled_from([*self.who_may(command), None])) or data.draw(st.sampled_from(PEOPLE))
        self.attempt(lambda: self.story.do(command, person))

    def who_may(self, command: Command) -> list[str]:
        """Those whom the table of permissions lets through, so that more is tried than refused."""
        allowed = command.granted_to
        state = self.story.state
        return [p for p in PEOPLE if allowed & permissions.effective_roles(state, Actor(person_id=p), command)]

    @precondition(lambda self: self.story.open_asks())
    @rule(data=st.data())
    def somebody_answers(self, data: st.DataObject) -> None:
        ask = data.draw(st.sampled_from(self.story.open_asks()))
        person = data.draw(st.sampled_from([*ask.asked, *ask.asked, *PEOPLE]))
        given = answer_of(ask, data.draw)
        shown = data.draw(st.sampled_from([ask.subject_hash, ask.subject_hash, digest("another")]))
        self.attempt(
            lambda: self.story.answer(
                ask,
                given.verdict,
                by=person,
                reason=given.reason,
                conditions=given.conditions,
                score=given.score,
                shown=shown,
            )
        )

    @precondition(lambda self: self.story.open_asks())
    @rule(data=st.data())
    def those_asked_answer(self, data: st.DataObject) -> None:
        asked = [ask for ask in self.story.open_asks() if ask.asked]
        for ask in data.draw(st.lists(st.sampled_from(asked), max_size=4, unique_by=lambda ask: ask.id)):
            given = answer_of(ask, data.draw)
            self.attempt(partial(self.story.answer, ask, given.verdict, reason=given.reason, score=given.score))

    @precondition(lambda self: any(self.story.state.open_asks()))
    @rule(data=st.data())
    def somebody_delegates_or_explains(self, data: st.DataObject) -> None:
        ask = data.draw(st.sampled_from(list(self.story.state.open_asks())))
        person = data.draw(st.sampled_from([*ask.asked, ask.requester]))
        to = data.draw(st.sampled_from(PEOPLE))
        command = data.draw(
            st.sampled_from([DelegateAsk(ask_id=ask.id, to=to), GiveInformation(ask_id=ask.id, text="So it is")])
        )
        self.attempt(lambda: self.story.do(command, person))

    @rule(role=st.sampled_from(ROLES), person=st.sampled_from(COLLEAGUES))
    def a_head_names_somebody_who_accepts(self, role: str, person: PersonId) -> None:
        def named() -> None:
            self.story.propose(role, person, waiver="Known for long to do this well.")
            self.story.answer(self.story.ask(AskKind.ACCEPT_ROLE, f"role:{role}"))

        self.attempt(named)

    @precondition(lambda self: self.story.state.stage is Stage.SOW)
    @rule(data=st.data())
    def sales_hurries_the_document_out(self, data: st.DataObject) -> None:
        """Without homes for the promises, or without the reviews."""
        reviewed = data.draw(st.sampled_from([True, True, False]))

        def hurried() -> None:
            if not self.story.state.milestones:
                self.story.do(shares(data.draw), self.story.state.seller)
            list(self.story.cover(Stage.SOW))
            self.story.draft("sow")
            list(self.story.answer_all(*([AskKind.REVIEW_SOW] if reviewed else [])))
            self.story.do(SendDocument(document="sow"), self.story.state.seller)

        self.attempt(hurried)

    @rule(steps=st.integers(1, 12))
    def the_right_people_go_on(self, steps: int) -> None:
        self.attempt(lambda: list(islice(self.story.chapter(), steps)))

    @precondition(lambda self: self.story.orders)
    @rule(data=st.data())
    def somebody_works_on_a_change(self, data: st.DataObject) -> None:
        n = data.draw(st.sampled_from(list(self.story.orders)))
        order = self.story.orders[n]
        lines = [PackageHours(package=line, hours=points(data.draw)) for line in order.lines]
        commands: list[Command] = [WithdrawOrder(reason="Not any more")]
        if lines:
            commands += [EstimateLines(estimates=tuple(lines))] * 4
        command = data.draw(st.sampled_from(commands))
        experts = [e for line in order.lines.values() for e in order.cast.experts(line.discipline)]
        person = data.draw(st.sampled_from([*experts, *PEOPLE] if experts else PEOPLE))
        self.attempt(lambda: self.story.do_in_order(n, command, person))

    @rule(data=st.data())
    def the_directory_changes(self, data: st.DataObject) -> None:
        word = word_of_the_directory(self.story.state, self.story.now, data.draw)
        self.attempt(lambda: self.story.directory_says(*word.pop("people", ()), **word))

    @rule(hours=st.integers(1, 200))
    def time_passes(self, hours: int) -> None:
        self.story.wait(hours=hours)

    @invariant()
    def what_must_hold_holds(self) -> None:
        if not hasattr(self, "story"):
            return
        story = self.story
        for fact in story.facts[self.seen :]:
            self.check_fact(fact)
        self.seen = len(story.facts)
        assert self.folded == story.state, "folding the record gives another state"
        check_prices(story)
        check_offers(story)
        checks.check_coverage(story.state)
        checks.check_consent(story.state, set(checks.consents(fact.event for fact in story.facts)))
        check_raci(story.state)
        checks.check_next_steps(story.state, list(story.orders.values()), story.now)
        check_rest(story)
        for asking in (story.state, *story.orders.values()):
            checks.check_asks(asking)
            if not getattr(asking, "is_over", False):
                checks.check_accountable(asking, story.state.vacancies)
                checks.check_nothing_waits_unseen(asking, story.state.vacancies)

    def check_fact(self, fact: Recorded) -> None:
        before = self.folded
        checks.check_fact(before, fact.event, fact.by)
        if isinstance(fact.event, PriceProposed) and isinstance(before, s.Engagement):
            assert is_attested(before)
        self.folded = evolve(before, fact)

    def teardown(self) -> None:
        if hasattr(self, "story"):
            state = self.story.state
            assert s.Engagement.model_validate_json(state.model_dump_json()) == state


class FromAFreshDeal(AnybodyDoesAnything):
    depths = (("lindqvist", Stage.QUALIFY), ("lindqvist", Stage.ESTIMATE), ("casework", Stage.ESTIMATE))


class FromAPricedDeal(AnybodyDoesAnything):
    depths = (("lindqvist", Stage.DECIDE), ("halden", Stage.DECIDE), ("halden", Stage.SOW), ("casework", Stage.DECIDE))


class FromADealInDelivery(AnybodyDoesAnything):
    depths = (("lindqvist", Stage.BRD), ("lindqvist", Stage.DELIVER), ("halden", Stage.DELIVER))


# `make explore` lives many more lives.
EXAMPLES = int(os.environ.get("EXPLORED", "15"))
SOME = settings(max_examples=EXAMPLES, stateful_step_count=30)
FromAFreshDeal.TestCase.settings = SOME
FromAPricedDeal.TestCase.settings = SOME
FromADealInDelivery.TestCase.settings = SOME

TestFromAFreshDeal = FromAFreshDeal.TestCase
TestFromAPricedDeal = FromAPricedDeal.TestCase
TestFromADealInDelivery = FromADealInDelivery.TestCase
