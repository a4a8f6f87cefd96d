"""Handoff, milestones, pulses, contacts, conditions: the work and how the client finds it."""

from datetime import datetime

from domain.asking.ending import end_ask
from domain.asking.opening import open_ask
from domain.asks import Ask, AskKind, Outcome
from domain.engagement import commands as c
from domain.engagement.billing import ask_to_bill, bill_again
from domain.engagement.contract import milestone_called
from domain.engagement.coverage import missing, require_covered, require_party
from domain.engagement.dealing import require_tasks_done
from domain.engagement.events import (
    ContactRecorded,
    FollowupCame,
    FollowupSet,
    HandoffAccepted,
    HandoffOffered,
    MilestoneMoved,
    MilestoneTakenBack,
    PulseTaken,
    TaskCompleted,
)
from domain.engagement.satisfaction import AT_CLOSE, day_given, how_satisfied, occasion, who_is_asked
from domain.engagement.state import (
    Contact,
    Engagement,
    Followup,
    Milestone,
    MilestoneStatus,
    Pulse,
)
from domain.engagement.subjects import handoff_facts, milestone_facts
from domain.playbook import Method, Stage
from domain.refusals import (
    AlreadyDecided,
    AskedAlready,
    BadValue,
    DoneAlready,
    NotFound,
    NotNow,
)
from domain.turn import Turn
from domain.values import was_given
from domain.words import fitting, shortened

RETURNED_FOR = "returned before, because"
"""Under which name whoever is asked again reads why they sent it back."""
MOST_OF_A_RETURN = 512
"""Bytes of it, and of why a score is low: the ask that was so answered has the whole."""


def require_stage(state: Engagement, *stages: Stage) -> None:
    """Raises NotNow unless the engagement is at one of these stages."""
    if state.stage not in stages:
        wanted = " or ".join(stage.value for stage in stages)
        raise NotNow(
            f"This is done at {wanted}; the engagement is at {state.stage.value}.",
            remedy="See what the engagement waits for.",
        )


def offer_handoff(turn: Turn[Engagement], command: c.OfferHandoff) -> None:
    """Offers the engagement to those who deliver it, once every required role is held."""
    state = turn.state
    require_offerable(state)
    turn.record(HandoffOffered(plan=command.plan))
    _ask_to_take_over(turn, turn.actor.person)


def _ask_to_take_over(turn: Turn[Engagement], requester: str, excluded: tuple[str, ...] = ()) -> None:
    state = turn.state
    open_ask(
        turn,
        AskKind.ACCEPT_HANDOFF,
        "handoff",
        title=f"Accept the handoff of {state.title}",
        facts=handoff_facts(state),
        roles=state.playbook.handoff,
        requester=requester,
        excluded=excluded,
        method=Method.EACH,
    )


def require_offerable(state: Engagement) -> None:
    """Raises the refusal that stands in the way of offering the handoff now, if any does."""
    require_stage(state, Stage.HANDOFF)
    if any(state.open_asks(AskKind.ACCEPT_HANDOFF)):
        raise AskedAlready("The handoff is offered already.", remedy="Wait for the answers.")
    require_covered(state, Stage.HANDOFF)
    require_tasks_done(state, Stage.HANDOFF)


def on_handoff_answered(turn: Turn[Engagement], ask: Ask) -> None:
    if ask.outcome is Outcome.APPROVED and not missing(turn.state, Stage.HANDOFF):
        turn.record(HandoffAccepted(at=turn.now))
        owe_contact(turn)


def deliver_milestone(turn: Turn[Engagement], command: c.DeliverMilestone) -> None:
    """Says that a milestone is reached; the client's sponsor accepts it or sends it back."""
    state = turn.state
    require_stage(state, Stage.DELIVER)
    milestone = milestone_called(state, command.milestone)
    if state.status_of(milestone.id) is MilestoneStatus.DELIVERED:
        take_back = f"interlock delivery take-back {state.id} {milestone.id} --reason REASON"
        raise DoneAlready(
            f"{milestone.id} is delivered already.",
            remedy=f"Wait for the client's word. Where it was delivered by mistake: {take_back}.",
        )
    if state.status_of(milestone.id) is MilestoneStatus.ACCEPTED:
        raise DoneAlready(f"The client has accepted {milestone.id}.", remedy="Nothing to do.")
    require_party(state, "client_sponsor")
    turn.record(MilestoneMoved(milestone=milestone.id, status=MilestoneStatus.DELIVERED, note=command.note))
    _ask_to_accept(turn, milestone, command.note, turn.actor.person)


def take_milestone_back(turn: Turn[Engagement], command: c.TakeMilestoneBack) -> None:
    """Says that a milestone was delivered by mistake: the client is asked about it no more, and it is to be delivered.

    Only until the client has answered: what they said stands, and a return has it delivered again.
    """
    state = turn.state
    require_stage(state, Stage.DELIVER)
    milestone = milestone_called(state, command.milestone)
    if state.status_of(milestone.id) is MilestoneStatus.PLANNED:
        raise DoneAlready(f"{milestone.id} is not delivered.", remedy="Nothing to do.")
    if state.status_of(milestone.id) is MilestoneStatus.ACCEPTED:
        raise AlreadyDecided(
            f"The client has accepted {milestone.id}.", remedy="What changes it now is a change order."
        )
    turn.record(MilestoneTakenBack(milestone=milestone.id, reason=command.reason))
    for ask in list(state.open_asks(AskKind.ACCEPT_MILESTONE, subject=f"milestone:{milestone.id}")):
        end_ask(turn, ask, Outcome.WITHDRAWN, fitting(f"delivered by mistake: {command.reason}"))


def _ask_to_accept(turn: Turn[Engagement], milestone: Milestone, note: str | None, requester: str) -> None:
    before = turn.state.last_ask(AskKind.ACCEPT_MILESTONE, f"milestone:{milestone.id}")
    open_ask(
        turn,
        AskKind.ACCEPT_MILESTONE,
        f"milestone:{milestone.id}",
        title=f"Do you accept {milestone.id}, {milestone.title}?",
        facts=milestone_facts(milestone, note),
        beside=_kept_by(turn.state, milestone) | (_returned_before(before) if before is not None else {}),
        roles=["client_sponsor"],
        requester=requester,
    )


def _returned_before(before: Ask) -> dict[str, str]:
    """For what the client returned it, also where they were asked in between and nothing came of that."""
    if before.outcome is Outcome.RETURNED:
        return {RETURNED_FOR: shortened(before.why_ended or "", MOST_OF_A_RETURN)}
    return {name: text for name, text in before.beside.items() if name == RETURNED_FOR}


def _kept_by(state: Engagement, milestone: Milestone) -> dict[str, str]:
    """What the client judges a milestone by, beside its title: the promises that it keeps, as the SOW has them."""
    return {f"promise {name}": state.promises[name].text for name in milestone.promises if name in state.promises}


def ask_again(turn: Turn[Engagement]) -> None:
    """What somebody was asked to take over or to accept, and that a signed change has altered since, is asked anew."""
    state = turn.state
    handoff = state.last_ask(AskKind.ACCEPT_HANDOFF, "handoff")
    if state.stage is Stage.HANDOFF and handoff is not None and handoff.outcome is Outcome.SUPERSEDED:
        _ask_to_take_over(turn, handoff.requester, handoff.excluded)
    for milestone in state.milestones.values():
        asked = state.last_ask(AskKind.ACCEPT_MILESTONE, f"milestone:{milestone.id}")
        if asked is not None and asked.outcome is Outcome.SUPERSEDED and state.cast.holder("client_sponsor"):
            _ask_to_accept(turn, milestone, asked.facts.get("note"), asked.requester)
    bill_again(turn)


def on_milestone_answered(turn: Turn[Engagement], ask: Ask) -> None:
    """Accepted: finance is asked to bill, the client how they find it. Else it is to be delivered again."""
    name = ask.subject.removeprefix("milestone:")
    if ask.outcome is not Outcome.APPROVED:
        turn.record(MilestoneMoved(milestone=name, status=MilestoneStatus.PLANNED, note=ask.why_ended))
        return
    turn.record(MilestoneMoved(milestone=name, status=MilestoneStatus.ACCEPTED))
    ask_to_bill(turn, name, turn.state.manager)
    ask_pulses(turn, name)


def ask_pulses(turn: Turn[Engagement], at: str) -> None:
    """Asks the client's people how satisfied they are, each for themselves."""
    for person in who_is_asked(turn.state):
        open_pulse(turn, at, person)


def open_pulse(turn: Turn[Engagement], at: str, person: str, *, again: bool = False) -> None:
    """Asks for a score. Nobody is asked twice at a time: of two milestones the newer counts; a second pulse stands."""
    if not turn.state.cast.people[person].active:
        return
    for asked in list(turn.state.open_asks(AskKind.PULSE)):
        _, asked_at, _, *is_again = asked.subject.split(":")
        theirs = any(voter.person == person for voter in asked.voters)
        if not theirs or bool(is_again) != again or (asked_at == AT_CLOSE) != (at == AT_CLOSE):
            continue
        if again or asked_at == at:
            return
        end_ask(turn, asked, Outcome.WITHDRAWN, f"asked anew, at {at}")
    subject = f"pulse:{at}:{person}" + (":again" if again else "")
    open_ask(
        turn,
        AskKind.PULSE,
        subject,
        title=how_satisfied(turn.state, at, again=again),
        facts={"at": occasion(turn.state, at), "engagement": turn.state.title},
        people=[person],
        as_role="client_contact",
        requester=turn.state.manager,
    )


def ask_pulse(turn: Turn[Engagement], command: c.AskPulse) -> None:
    require_stage(turn.state, Stage.DELIVER, Stage.SUPPORT)
    if command.at == AT_CLOSE:
        raise BadValue("The pulse at the close comes by itself.", remedy="Name a milestone.", field="at")
    require_of_client(turn.state, command.person, "A pulse is the client's.")
    open_pulse(turn, command.at, command.person)


def on_pulse_answered(turn: Turn[Engagement], ask: Ask) -> None:
    """A low score is never only noted: a talk is owed, then a second pulse, then a coach or another manager."""
    score, why = (ask.votes[-1].answer.score, ask.votes[-1].answer.reason) if ask.votes else (None, None)
    if ask.outcome is not Outcome.APPROVED or score is None:
        return
    _, at, _, *rest = ask.subject.split(":")
    person, again = ask.votes[-1].voter, bool(rest)  # whoever was asked first may have left since
    turn.record(PulseTaken(pulse=Pulse(at=at, person=person, score=score, again=again, on=turn.now)))
    if score > turn.state.playbook.pulse.low:
        return
    facts = {"score": str(score), "by": turn.state.cast.name(person), "at": occasion(turn.state, at)}
    beside = day_given(turn.state, turn.now) | ({"in their words": shortened(why, MOST_OF_A_RETURN)} if why else {})
    if again:
        title = "Coach or replace the manager?"
        _ask_head(turn, AskKind.COACH_OR_REPLACE, f"coach:{at}:{person}", title, facts, beside)
        return
    if any(talk.subject.endswith(f":{person}") for talk in turn.state.open_asks(AskKind.EXPECTATION_TALK)):
        return
    open_ask(
        turn,
        AskKind.EXPECTATION_TALK,
        f"talk:{at}:{person}",
        title=f"Talk with {turn.state.cast.name(person)}: what did they expect, by when?",
        facts=facts,
        beside=beside,
        people=[turn.state.manager],
        as_role="engagement_manager",
        requester=turn.state.cast.positions["head_of_engagement_management"]
        if turn.state.manager != turn.state.cast.positions["head_of_engagement_management"]
        else turn.state.cast.positions["managing_director"],
    )


def on_contact_answered(turn: Turn[Engagement], _ask: Ask) -> None:
    """Whatever the engagement manager said of this contact, the next is owed as before."""
    owe_contact(turn)


def _ask_head(
    turn: Turn[Engagement], kind: AskKind, subject: str, title: str, facts: dict[str, str], beside: dict[str, str]
) -> None:
    open_ask(
        turn,
        kind,
        subject,
        title=title,
        facts=facts,
        beside=beside,
        roles=["head_of_engagement_management"],
        requester=turn.state.manager,
        method=Method.EACH,
    )


def on_talk_held(turn: Turn[Engagement], ask: Ask) -> None:
    """A second pulse comes some working days after the talk; at the close at once. Not held, the head owes it."""
    _, at, person = ask.subject.split(":")
    if ask.outcome is not Outcome.APPROVED:
        if "head_of_engagement_management" not in ask.voters[0].roles:
            _ask_head(turn, AskKind.EXPECTATION_TALK, ask.subject, ask.title, ask.facts, ask.beside)
        return
    if turn.state.stage is Stage.SUPPORT:
        open_pulse(turn, at, person, again=True)
        return
    calendar = turn.state.cast.calendar_of(turn.state.manager)
    moment = calendar.days_after(turn.now, turn.state.playbook.pulse.again_after_days)
    turn.record(FollowupSet(followup=Followup(kind=AskKind.PULSE, subject=f"{at}:{person}", at=moment)))


def owe_contact(turn: Turn[Engagement]) -> None:
    """The engagement manager owes the client's sponsor a contact by and by."""
    calendar = turn.state.cast.calendar_of(turn.state.manager)
    moment = calendar.days_after(turn.now, turn.state.playbook.pulse.contact_every_days)
    turn.record(FollowupSet(followup=Followup(kind=AskKind.CONTACT_CLIENT, subject="contact", at=moment)))


def next_followup(state: Engagement) -> datetime | None:
    """When the next thing owed at a later moment comes."""
    return min((followup.at for followup in state.followups), default=None)


def sweep(turn: Turn[Engagement]) -> None:
    """Asks what is owed by now."""
    for followup in sorted(turn.state.followups, key=lambda f: (f.at, f.subject)):
        if followup.at > turn.now:
            break
        turn.record(FollowupCame(asks=followup.kind, subject=followup.subject))
        if followup.kind is AskKind.PULSE:
            at, person = followup.subject.split(":")
            open_pulse(turn, at, person, again=True)
        elif not any(turn.state.open_asks(AskKind.CONTACT_CLIENT)):
            sponsor = turn.state.cast.holder("client_sponsor")
            whom = turn.state.cast.name(sponsor) if sponsor else turn.state.client
            open_ask(
                turn,
                AskKind.CONTACT_CLIENT,
                "contact",
                title=f"Speak with {whom}: the last contact is long ago",
                facts={"with": whom},
                people=[turn.state.manager],
                as_role="engagement_manager",
                requester=turn.state.cast.positions["managing_director"],
            )


def record_contact(turn: Turn[Engagement], command: c.RecordContact) -> None:
    """Notes a contact with the client; it fulfils the one that is owed."""
    state = turn.state
    if not state.cast.is_client(command.person):
        raise BadValue("A contact is with the client.", remedy="Name a person of the client.", field="person")
    contact = Contact(by=turn.actor.person, person=command.person, summary=command.summary, at=turn.now)
    turn.record(ContactRecorded(contact=contact))
    if command.person == state.cast.holder("client_sponsor") and state.handoff_accepted:
        _fulfil_contact(turn)


def _fulfil_contact(turn: Turn[Engagement]) -> None:
    """Ends the contact that was owed and owes the next."""
    for ask in list(turn.state.open_asks(AskKind.CONTACT_CLIENT)):
        end_ask(turn, ask, Outcome.APPROVED)
    owe_contact(turn)


def require_of_client(state: Engagement, person: str, so: str) -> None:
    """Raises BadValue for whoever is not of the client, or has left it."""
    known = state.cast.people.get(person)
    if known is None or known.client is None or not known.active:
        raise BadValue(so, remedy="Name a person of the client.", field="person")


def complete_task(turn: Turn[Engagement], command: c.CompleteTask) -> None:
    task = turn.state.tasks.get(command.task)
    if task is None and was_given(command.task, "T", turn.state.tasks_opened):
        raise DoneAlready(f"{command.task} is met.", remedy="Nothing to do.")
    if task is None:
        raise NotFound(f"There is no condition {command.task}.", remedy="See the engagement's.", field="task")
    if task.done:
        raise DoneAlready(f"{task.id} is met.", remedy="Nothing to do.")
    turn.record(TaskCompleted(task=task.id, note=command.note))
