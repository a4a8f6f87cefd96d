"""The door of the aggregate: a command, or the passing of time, in; a new state and its facts, or a refusal, out."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from domain.ask_events import AskOpened
from domain.asking import answering, introducing, ladders, questions, reseating, standing_in
from domain.asks import Ask, AskKind
from domain.capacity import Reckoning
from domain.engagement import (
    act_clocks,
    acts,
    acts_called_for,
    billing,
    changing,
    closing,
    complaining,
    confirming,
    covering,
    dealing,
    delivering,
    documents,
    expectations,
    holdings,
    hours_worked,
    leaving,
    preparing,
    qualifying,
    scoping,
    staffing,
    tasks,
    vacancies,
    vacancy_stand_ins,
    wished_dates,
)
from domain.engagement import commands as c
from domain.engagement.bounds import require_within_bounds
from domain.engagement.consequences import settle
from domain.engagement.events import EngagementStarted
from domain.engagement.ids import require_own_ids
from domain.engagement.permissions import allowed_to, permit
from domain.engagement.state import Engagement
from domain.people import Cast
from domain.playbook import Kind, Stage
from domain.refusals import BadValue, EditedMeanwhile, Refusal, has_ended
from domain.turn import CLOCK, Actor, Evolves, Turn
from domain.values import PersonId


class Decision(NamedTuple):
    """What came of a turn: the state after it, its facts in order, and in whose place they were brought about."""

    state: Engagement
    events: tuple[Evolves[Engagement], ...]
    for_whom: PersonId | None = None


PARTY_FIELDS = ("salesperson", "provider_sponsor", "client_sponsor", "client_signatory")


def start(command: c.StartDeal, actor: Actor, now: datetime) -> Decision:
    """Opens an engagement with all that is known of it: whole, or not at all.

    Raises BadValue where the deal could not be anybody's, NotYours for who may not sell, and whatever one of the parts
    that the opening carries would be refused with.
    """
    people = {person.id: person for person in command.people}
    _check_parties(command, people, actor)
    seller_calendar = people[command.salesperson].calendar or command.calendars[0].name
    cast = Cast(
        people=people,
        calendars={calendar.name: calendar for calendar in command.calendars},
        positions=command.playbook.positions_among(command.positions),
        absences=command.absences,
        delegations=command.delegations,
        holders={
            "sales": command.salesperson,
            "provider_sponsor": command.provider_sponsor,
            "client_sponsor": command.client_sponsor,
            "client_signatory": command.client_signatory,
        },
        usual_calendar=seller_calendar,
    )
    engagement = Engagement(
        id=command.id,
        kind=command.form,
        playbook=command.playbook,
        cast=cast,
        title=command.title,
        client=command.client,
        vertical=command.vertical,
        currency=command.currency,
        started_at=now,
        wished_start=command.wished_start,
        wished_end=command.wished_end,
        wished_value=command.wished_value,
        rate_card=command.rate_card,
        capacity=command.capacity,
        directory=command.directory,
        wished_price=command.price,
        client_to_confirm=command.client_to_confirm,
        external=command.external,
        firm=command.firm,
    )
    turn = Turn(engagement, actor, now)
    turn.record(EngagementStarted(engagement=engagement))
    for part in _parts_of(command):
        before = turn.state
        require_own_ids(before, part)
        HANDLERS[type(part)](turn, part)
        require_within_bounds(before, turn.state, part)
    preparing.prepare_requirements(turn, command.requirements)
    _settle(turn)
    return Decision(turn.state, tuple(turn.events))


def _parts_of(command: c.StartDeal) -> Iterator[c.Command]:
    """What the opening carries, as the commands that would say it one by one, each after what it rests on."""
    if command.needs:
        yield c.RecordNeeds(needs=command.needs)
    if command.promises:
        yield c.RecordPromises(promises=command.promises)
    if command.packages:
        yield c.SetWorkPackages(packages=command.packages)
    if command.milestones:
        yield c.SetMilestones(milestones=command.milestones)
    if command.purchases:
        yield c.SetPurchases(purchases=command.purchases)
    for promise, items in command.homes.items():
        yield c.CoverPromise(promise=promise, by=items)


def _check_parties(command: c.StartDeal, people: dict[str, Any], actor: Actor) -> None:
    wished_dates.require_in_order(command.wished_start, command.wished_end, "wished_end")
    for field in PARTY_FIELDS:
        person = people.get(getattr(command, field))
        if person is None or not person.active:
            raise BadValue(f"Nobody is called {getattr(command, field)}.", remedy="Name a known person.", field=field)
        if (person.client is not None) != field.startswith("client_"):
            raise BadValue(f"{person.name} is on the other side.", remedy="Name the right party.", field=field)
    if command.provider_sponsor == command.salesperson:
        raise BadValue("Who sells a deal does not sponsor it.", remedy="Name another.", field="provider_sponsor")
    seller = people[command.salesperson]
    if (
        command.form is Kind.CONTRACTED
        and "sales" not in seller.roles
        and "head_of_sales" not in _held(command, seller.id)
    ):
        raise BadValue(f"{seller.name} does not sell.", remedy="Name somebody of sales.", field="salesperson")
    if actor.person != command.salesperson and "head_of_sales" not in _held(command, actor.person):
        raise BadValue("A deal is started by who sells it.", remedy=f"{seller.name} starts it.", field="salesperson")


def _held(command: c.StartDeal, person: str) -> set[str]:
    return {position for position, holder in command.positions.items() if holder == person}


def decide(
    state: Engagement, command: c.Command, actor: Actor, now: datetime, readings: tuple[int, ...] | None = None
) -> Decision:
    """What a command makes of an engagement, with all that follows of itself.

    `readings`: where the engagement may stand for the command to be carried out; None: anywhere.

    Raises:
        Refusal: a rule that never bends, a stage, or a table of permissions stands in the way.
    """
    if state.is_over and not isinstance(command, c.ReportChange):
        raise has_ended(state.stage.value)
    actor = permit_at(state, command, actor, now)
    _require_reading(state, readings)
    if not isinstance(command, ALLOWED_ON_HOLD):
        closing.require_running(state, actor.person)
    require_own_ids(state, command)
    turn = Turn(state, actor, now)
    covering.sell_for_another(turn, allowed_to(command))
    for part in leaving.in_order(state, command) if isinstance(command, c.TakeDirectory) else (command,):
        HANDLERS[type(part)](turn, part)
        _settle(turn, part)
    require_within_bounds(state, turn.state, command)
    return Decision(turn.state, tuple(turn.events), actor.for_whom)


def permit_at(state: Engagement, command: c.Command, actor: Actor, now: datetime) -> Actor:
    """The actor, where the command is theirs to give, with for whom they act: what they do counts as done by both.

    Whoever may do it by a role or position of their own does it for nobody. Raises what `permit` raises.
    """
    known = covering.as_of(vacancy_stand_ins.as_of(tasks.as_of(acts.as_of(state, now), now), now), now)
    permit(known, command, actor)
    if not _may_alone(known, command, actor):
        actor = tasks.for_its_owner(known, command, acts.for_its_owner(known, command, actor))
        if actor.for_whom is None:
            actor = covering.for_the_holder(known, allowed_to(command), command, actor)
    return vacancy_stand_ins.for_who_must_fill(known, command, actor)


def _may_alone(state: Engagement, command: c.Command, actor: Actor) -> bool:
    acts_alone = {name: act.having(stand_ins=()) for name, act in state.acts.items()}
    tasks_alone = {name: task.having(stand_ins=()) for name, task in state.tasks.items()}
    alone = state.having(acts=acts_alone, tasks=tasks_alone, cast=state.cast.having(begun=()))
    try:
        permit(alone, command, actor)
    except Refusal:
        return False
    return True


def _require_reading(state: Engagement, readings: tuple[int, ...] | None) -> None:
    """Raises EditedMeanwhile where the command was given by an older reading than what it would change."""
    if readings is not None and state.seq not in readings:
        known = ", ".join(map(str, readings)) or "none that it ever had"
        raise EditedMeanwhile(
            f"You edit the reading {known}; the engagement stands at {state.seq}.",
            remedy="Read it again, and edit that.",
            field="If-Match",
        )


def _settle(turn: Turn[Engagement], command: c.Command | None = None) -> None:
    """Draws all consequences. Where a vote moved to somebody else, two votes may have become one: count again."""
    settle(turn)
    while ended := reseating.count_moved_votes(turn):
        for ask in ended:
            _react(turn, ask)
        settle(turn)
    acts.watch(turn, command)
    tasks.watch(turn)
    vacancy_stand_ins.watch(turn)


def due(state: Engagement, now: datetime) -> Decision:
    """What time alone brings about: reminders, rungs, what is owed. Twice at the same moment changes nothing."""
    turn = Turn(state, Actor(person=CLOCK, channel=CLOCK), now)
    if not state.is_over:
        leaving.end_holdings(turn)
        vacancies.end_handovers(turn)
    if not state.is_over and state.hold is None:
        standing_in.sweep(turn)
        vacancies.sweep(turn)
        ladders.sweep(turn)
        delivering.sweep(turn)
        tasks.sweep(turn)
        standing_in.sweep(turn)  # what was asked just now may be asked of somebody who is away
    acts.sweep(turn)
    _settle(turn)
    return Decision(turn.state, tuple(turn.events))


def up_to(state: Engagement, now: datetime) -> Engagement:
    """The state with everything that time has brought about by now, for whoever decides before its timer has come."""
    moment = next_moment(state)
    return due(state, now).state if moment is not None and moment <= now else state


def next_moment(state: Engagement) -> datetime | None:
    """The earliest moment at which `due` will have something to do; None: only a person can go on."""
    if state.is_over:
        return None
    ends = [holdings.end_moment(state, holding) for holding in state.all_holdings]
    ends += [vacancies.handover_moment(state, handover) for handover in state.handovers]
    ends += [act_clocks.act_moment(state, act) for act in state.acts.values()]
    ends.append(acts_called_for.next_moment(state))
    moments = ends if state.hold is not None else [*ends, *_clock_moments(state)]
    return min((moment for moment in moments if moment is not None), default=None)


def _clock_moments(state: Engagement) -> list[datetime | None]:
    """What the clocks that a hold stops will bring."""
    moments = [ladders.next_moment(state, ask) for ask in state.open_asks()]
    moments += [vacancies.vacancy_moment(state, vacancy) for vacancy in state.vacancies.values()]
    moments += [vacancies.successor_moment(state, holding) for holding in state.holdings.values()]
    moments += [tasks.task_moment(state, task) for task in state.tasks.values()]
    return [*moments, standing_in.moment(state), delivering.next_followup(state)]


def _answer(turn: Turn[Engagement], command: c.AnswerAsk) -> None:
    introducing.introduce(turn, command.introduces, [one.owner for one in command.answer.conditions])
    documents.require_offer_stands(turn, command)
    ask = answering.answer(turn, command.ask, command.answer, command.subject_hash)
    if not ask.is_open:
        _react(turn, ask, command.reckoned)


def _react(turn: Turn[Engagement], ask: Ask, reckoned: Reckoning | None = None) -> None:
    """What the end of an ask means for the engagement; conditions of a yes become tasks."""
    if ask.kind is AskKind.CONFIRM_STAFFING:
        scoping.on_staffing_answered(turn, ask, reckoned)
    else:
        REACTIONS[ask.kind](turn, ask)
    dealing.open_tasks(turn, ask, _checked_at(turn.state))


def _checked_at(state: Engagement) -> Stage:
    """The next gate that looks at conditions: the sending of a document, the handoff, the close."""
    gates = (Stage.SOW, Stage.BRD, Stage.HANDOFF, Stage.SUPPORT)
    return next((gate for gate in gates if gate.order >= state.stage.order), Stage.SUPPORT)


def _give_information(turn: Turn[Engagement], command: c.GiveInformation) -> None:
    questions.give_information(turn, command.ask, command.text)


def _delegate(turn: Turn[Engagement], command: c.DelegateAsk) -> None:
    introducing.introduce(turn, command.introduces, [command.to])
    answering.delegate(turn, command.ask, command.to)


def _nothing_more(_turn: Turn[Engagement], _ask: Ask) -> None:
    """The vote itself is all that the record needs."""


ALLOWED_ON_HOLD = (
    c.HoldEngagement,
    c.ResumeEngagement,
    c.LoseDeal,
    c.CancelEngagement,
    c.ReportChange,
    c.TakePlaybook,
    c.GiveInformation,
    c.TakeDirectory,
    c.ProposeHolder,
    c.ReplaceHolder,
    c.NameParty,
    c.RaiseComplaint,
    c.WithdrawComplaint,
)

HANDLERS: dict[type[c.Command], Callable[[Turn[Engagement], Any], None]] = {
    c.RecordNeeds: qualifying.record_needs,
    c.RestateNeeds: qualifying.restate_needs,
    c.RecordPromises: qualifying.record_promises,
    c.CoverPromise: qualifying.cover_promise,
    c.DeclinePromise: qualifying.decline_promise,
    c.ReconcilePromise: qualifying.reconcile_promise,
    c.ProposeHolder: staffing.propose_holder,
    c.ReplaceHolder: staffing.replace_holder,
    c.ReleaseRole: staffing.release_role,
    c.RequestRole: staffing.request_role,
    c.AgreeExpectations: expectations.agree_expectations,
    c.NameParty: staffing.name_party,
    c.TakeDirectory: leaving.take_directory,
    c.SetWorkPackages: scoping.set_work_packages,
    c.MoveDates: wished_dates.move_dates,
    c.KeepDates: wished_dates.keep_dates,
    c.SetMilestones: scoping.set_milestones,
    c.SetPurchases: scoping.set_purchases,
    c.SetRequirements: documents.set_requirements,
    c.TakeRequirements: preparing.take_requirements,
    c.GiveEstimate: scoping.give_estimate,
    c.ChooseEstimate: scoping.choose_estimate,
    c.TakeRateCard: scoping.take_rate_card,
    c.ProposePrice: dealing.propose_price,
    c.DraftDocument: documents.draft_document,
    c.SendDocument: documents.send_document,
    c.ExtendOffer: documents.extend_offer,
    c.OfferHandoff: delivering.offer_handoff,
    c.DeliverMilestone: delivering.deliver_milestone,
    c.TakeMilestoneBack: delivering.take_milestone_back,
    c.BillMilestone: billing.bill_after_all,
    c.SubmitChange: changing.submit_change,
    c.ReviseChange: changing.revise_change,
    c.RecordPotentialChange: changing.record_potential_change,
    c.DropPotentialChange: changing.drop_potential_change,
    c.ReportChange: changing.report_change,
    c.ReportHours: hours_worked.report_hours,
    c.RecordContact: delivering.record_contact,
    c.AskPulse: delivering.ask_pulse,
    c.RaiseComplaint: complaining.raise_complaint,
    c.WithdrawComplaint: complaining.withdraw_complaint,
    c.CompleteTask: delivering.complete_task,
    c.AnswerAsk: _answer,
    c.GiveInformation: _give_information,
    c.DelegateAsk: _delegate,
    c.HoldEngagement: closing.hold_engagement,
    c.ResumeEngagement: closing.resume_engagement,
    c.LoseDeal: closing.lose_deal,
    c.CancelEngagement: closing.cancel_engagement,
    c.CloseEngagement: closing.close_engagement,
    c.TakePlaybook: closing.take_playbook,
}

REACTIONS: dict[AskKind, Callable[[Turn[Engagement], Ask], None]] = {
    AskKind.ACCEPT_ROLE: staffing.on_role_answered,
    AskKind.ALLOW_ROLE: staffing.on_role_answered,
    AskKind.CONFIRM_EXPECTATIONS: expectations.on_expectations_answered,
    AskKind.CONFIRM_NEEDS: qualifying.on_needs_answered,
    AskKind.CONFIRM_CLIENT: confirming.on_client_answered,
    AskKind.ESTIMATE: scoping.on_hours_returned,
    AskKind.ATTEST_ESTIMATE: scoping.on_attestation_answered,
    AskKind.APPROVE_PRICE: dealing.on_price_answered,
    AskKind.DECIDE_DEAL: dealing.on_deal_decided,
    AskKind.ACKNOWLEDGE_DECLINE: qualifying.on_decline_answered,
    AskKind.REVIEW_SOW: documents.on_reviewed,
    AskKind.REVIEW_BRD: documents.on_reviewed,
    AskKind.SIGN_SOW: documents.on_signed,
    AskKind.SIGN_BRD: documents.on_signed,
    AskKind.ACCEPT_HANDOFF: delivering.on_handoff_answered,
    AskKind.ACCEPT_MILESTONE: delivering.on_milestone_answered,
    AskKind.BILL_MILESTONE: _nothing_more,
    AskKind.PULSE: delivering.on_pulse_answered,
    AskKind.EXPECTATION_TALK: delivering.on_talk_held,
    AskKind.COACH_OR_REPLACE: _nothing_more,
    AskKind.CONTACT_CLIENT: delivering.on_contact_answered,
    AskKind.POTENTIAL_CHANGE: changing.on_potential_change_answered,
    AskKind.ACKNOWLEDGE_COMPLAINT: complaining.on_complaint_acknowledged,
    AskKind.PLAN_COMPLAINT: complaining.on_complaint_planned,
    AskKind.ACCEPT_CARE: closing.on_care_accepted,
    AskKind.MEASURE_NEED: closing.on_need_measured,
    AskKind.CANCEL_ENGAGEMENT: closing.on_cancel_answered,
    AskKind.ANSWER_QUESTION: questions.on_question_answered,
}
"""Change orders answer for APPROVE_CHANGE and SIGN_CHANGE themselves; staffing takes what was reckoned as well."""


def opened_by(decision: Decision) -> tuple[str, ...]:
    """Ids of the asks that a turn opened and left open: what is waiting next."""
    opened = [event.ask.id for event in decision.events if isinstance(event, AskOpened)]
    return tuple(ask for ask in opened if decision.state.asks[ask].is_open)
