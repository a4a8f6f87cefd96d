"""Pulses, and the talks that a low score leads to."""

from domain.asks.bound_facts import bound
from domain.asks.ending import end_ask
from domain.asks.model import Ask, AskKind, Outcome
from domain.asks.opening import open_ask
from domain.engagement.aggregate import Engagement
from domain.engagement.delivery.commands import AskPulse
from domain.engagement.delivery.contacts import require_of_client
from domain.engagement.delivery.events import (
    FollowupSet,
    PulseTaken,
)
from domain.engagement.delivery.satisfaction import (
    AT_CLOSE,
    day_given,
    how_satisfied,
    occasion_facts,
    pulse_facts,
    who_is_asked,
)
from domain.engagement.delivery.values import Followup, Pulse
from domain.engagement.require_stage import require_stage
from domain.playbook.model import Method, Stage
from domain.shared.errors import BadValue
from domain.shared.limits import MAX_RETURN_EXCERPT
from domain.shared.text import shortened
from domain.shared.transaction import Transaction
from domain.shared.values import PersonId


def ask_pulses(transaction: Transaction[Engagement], at: str) -> None:
    """Asks each of the client's people how satisfied they are."""
    for person_id in who_is_asked(transaction.state):
        open_pulse(transaction, at, person_id)


def open_pulse(transaction: Transaction[Engagement], at: str, person_id: PersonId, *, again: bool = False) -> None:
    """Asks for a score, one ask at a time: a newer milestone replaces an older one; an open second pulse stays."""
    if not transaction.state.cast.people[person_id].active:
        return
    for asked in list(transaction.state.open_asks(AskKind.PULSE)):
        _, asked_at, _, *is_again = asked.subject.split(":")
        theirs = any(voter.person_id == person_id for voter in asked.voters)
        if not theirs or bool(is_again) != again or (asked_at == AT_CLOSE) != (at == AT_CLOSE):
            continue
        if again or asked_at == at:
            return
        end_ask(transaction, asked, Outcome.WITHDRAWN, f"asked again, at {at}")
    subject = f"pulse:{at}:{person_id}" + (":again" if again else "")
    open_ask(
        transaction,
        AskKind.PULSE,
        subject,
        title=how_satisfied(transaction.state, at, again=again),
        facts=pulse_facts(transaction.state, at),
        people=[person_id],
        as_role="client_contact",
        requester=transaction.state.manager,
    )


def ask_pulse(transaction: Transaction[Engagement], command: AskPulse) -> None:
    require_stage(transaction.state, Stage.DELIVER, Stage.SUPPORT)
    if command.at == AT_CLOSE:
        raise BadValue("The pulse at the close is asked automatically.", remedy="Name a milestone.", field="at")
    require_of_client(transaction.state, command.person_id, "Only the client answers a pulse.")
    open_pulse(transaction, command.at, command.person_id)


def on_pulse_answered(transaction: Transaction[Engagement], ask: Ask) -> None:
    """Acts on a low score: a talk, then a second pulse, then coaching or replacing the manager."""
    score, why = (ask.votes[-1].answer.score, ask.votes[-1].answer.reason) if ask.votes else (None, None)
    if ask.outcome is not Outcome.APPROVED or score is None:
        return
    _, at, _, *rest = ask.subject.split(":")
    person_id, again = ask.votes[-1].voter, bool(rest)  # the person first asked may have left since
    transaction.record(
        PulseTaken(pulse=Pulse(at=at, person_id=person_id, score=score, again=again, on=transaction.now))
    )
    if score > transaction.state.playbook.pulse.low:
        return
    facts = bound({"score": score, "by": person_id}) | occasion_facts(transaction.state, at)
    beside = day_given(transaction.state, transaction.now) | (
        {"in their words": shortened(why, MAX_RETURN_EXCERPT)} if why else {}
    )
    if again:
        title = "Coach or replace the manager?"
        _ask_head(transaction, AskKind.COACH_OR_REPLACE, f"coach:{at}:{person_id}", title, facts, beside)
        return
    if any(talk.subject.endswith(f":{person_id}") for talk in transaction.state.open_asks(AskKind.EXPECTATION_TALK)):
        return
    open_ask(
        transaction,
        AskKind.EXPECTATION_TALK,
        f"talk:{at}:{person_id}",
        title=f"Talk to {transaction.state.cast.name(person_id)}: what did they expect, by when?",
        facts=facts,
        beside=beside,
        people=[transaction.state.manager],
        as_role="engagement_manager",
        requester=transaction.state.cast.positions["head_of_engagement_management"]
        if transaction.state.manager != transaction.state.cast.positions["head_of_engagement_management"]
        else transaction.state.cast.positions["managing_director"],
    )


def _ask_head(
    transaction: Transaction[Engagement],
    kind: AskKind,
    subject: str,
    title: str,
    facts: dict[str, str],
    beside: dict[str, str],
) -> None:
    open_ask(
        transaction,
        kind,
        subject,
        title=title,
        facts=facts,
        beside=beside,
        roles=["head_of_engagement_management"],
        requester=transaction.state.manager,
        method=Method.EACH,
    )


def on_talk_held(transaction: Transaction[Engagement], ask: Ask) -> None:
    """Sets a second pulse some working days later, or at once during the close. Not held, the head owes the talk."""
    _, at, person_id = ask.subject.split(":")
    if ask.outcome is not Outcome.APPROVED:
        if "head_of_engagement_management" not in ask.voters[0].roles:
            _ask_head(transaction, AskKind.EXPECTATION_TALK, ask.subject, ask.title, ask.facts, ask.beside)
        return
    if transaction.state.stage is Stage.SUPPORT:
        open_pulse(transaction, at, PersonId(person_id), again=True)
        return
    calendar = transaction.state.cast.calendar_of(transaction.state.manager)
    moment = calendar.days_after(transaction.now, transaction.state.playbook.pulse.again_after_days)
    transaction.record(FollowupSet(followup=Followup(kind=AskKind.PULSE, subject=f"{at}:{person_id}", at=moment)))
