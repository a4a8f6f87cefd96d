"""Recording answers: whose answer counts for whom, what it must contain, and delegating it to somebody else."""

from collections.abc import Mapping

from domain.asks.choices import Wanted, gave_hours_by, offered, wanted
from domain.asks.closing_votes import count_votes
from domain.asks.eligibility import may_stand_in, waiting_for, why_barred, why_no_seat, why_unheard
from domain.asks.ending import drop_question_of, require_open
from domain.asks.escalation import DELEGATE
from domain.asks.events import StandInAsked, VoteCast
from domain.asks.holder import AskHolder
from domain.asks.model import Answer, Ask, AskKind, Condition, ShownSubject, StandIn, Verdict, Vote, listed
from domain.asks.questions import need_information
from domain.asks.subject_texts import ENGLISH_NOW, TextVersion
from domain.playbook.model import Method
from domain.shared.calendar import day_shown
from domain.shared.errors import (
    AskedAlready,
    BadValue,
    ExplicitApprovalRequired,
    HoursGivenSince,
    NotWhatWasShown,
    OnRecordAlready,
    OwnRequest,
    PermissionDenied,
    VoteIsOver,
)
from domain.shared.remedy_actions import RemedyAction
from domain.shared.text import LEAST_SAID, is_said
from domain.shared.transaction import S, Transaction
from domain.shared.values import AskId, PersonId

# How many people one person may delegate one ask to. Any of them may answer; the first answer counts.
MAX_DELEGATES = 5


def answer(
    transaction: Transaction[S], ask_id: AskId, given: Answer, subject_hash: str, read_in: TextVersion = ENGLISH_NOW
) -> Ask:
    """Records a person's answer to exactly what was shown, if it is theirs to give. Returns the updated ask.

    Raises NotFound, AlreadyDecided, NotWhatWasShown, OwnRequest, ExplicitApprovalRequired, PermissionDenied, BadValue.
    """
    ask, voter = require_vote(
        transaction.state, ShownSubject(ask_id=ask_id, subject_hash=subject_hash), transaction.actor.person_id
    )
    _require_offered(ask, transaction.actor.person_id, given.verdict)
    _check(transaction, ask, given)
    if given.verdict is Verdict.NEED_INFO:
        return need_information(transaction, ask, given, voter)
    vote = Vote(
        voter=voter,
        by=transaction.actor.person_id,
        answer=given,
        subject_hash=ask.subject_hash,
        channel=transaction.actor.channel,
        at=transaction.now,
        read_in=read_in,
        is_final=ask.asks_last_word and voter == ask.final_person,
    )
    transaction.record(VoteCast(ask_id=ask.id, vote=vote))
    count_votes(transaction, ask.id, at_due=ask.rung > 0)
    drop_question_of(transaction, ask.id, voter)
    return transaction.state.asks[ask.id]


def require_vote(state: AskHolder, shown: ShownSubject, person_id: PersonId) -> tuple[Ask, PersonId]:
    """Returns the ask that was shown and the person for whom this person's answer counts.

    Raises NotFound, AlreadyDecided, NotWhatWasShown, OwnRequest, ExplicitApprovalRequired, PermissionDenied.
    """
    ask = require_as_shown(state, shown, person_id)
    voter = _answers_for(state, ask, person_id)
    _require_one_vote(state, ask, voter, person_id)
    return ask, voter


def require_as_shown(state: AskHolder, shown: ShownSubject, person_id: PersonId) -> Ask:
    """Returns the ask if it is open and still as it was shown. Raises NotFound, AlreadyDecided, NotWhatWasShown."""
    ask = require_open(state, shown.ask_id, person_id)
    if shown.subject_hash != ask.subject_hash:
        raise NotWhatWasShown(
            "This has changed since you opened it. Your answer was not counted.",
            remedy="Review the current version, then answer again.",
            action=RemedyAction.LIST_ASKS,
        )
    return ask


def require_hours_as_shown(
    state: AskHolder, shown: ShownSubject, person_id: PersonId, known: Mapping[str, str | None]
) -> Ask:
    """Returns the ask under which somebody gives or corrects hours. `known`: their own hours as shown, by package.

    Raises NotFound, AlreadyDecided, NotWhatWasShown, and HoursGivenSince if they gave other hours after it was shown.
    """
    ask = state.asks.get(shown.ask_id)
    corrects = ask is not None and ask.subject_hash == shown.subject_hash and gave_hours_by(state, ask, person_id)
    if ask is None or not corrects:
        ask = require_as_shown(state, shown, person_id)
    own = state.hours_given(ask).get(person_id, {})
    since = [
        name for name, was in known.items() if was is not None and was != (own[name].written if name in own else "")
    ]
    if since:
        raise HoursGivenSince(
            f"You gave other hours for {listed(since)} since you opened this. The new ones were not counted.",
            remedy="Review the hours you gave, then correct them.",
        )
    return ask


def verdict_words(verdict: Verdict) -> str:
    """A verdict as it reads in a sentence: `stand aside`."""
    return verdict.value.replace("_", " ")


def _require_one_vote(state: AskHolder, ask: Ask, voter: PersonId, person_id: PersonId) -> None:
    if any(vote.by == person_id and vote.voter != voter for vote in ask.votes):
        raise OnRecordAlready(
            f"{state.cast.name(person_id)} has already answered this ask. Each person has one vote.",
            remedy="Somebody else must answer.",
        )


def _answers_for(state: AskHolder, ask: Ask, person_id: PersonId) -> PersonId:
    """For whom a person's answer counts: themselves, or the silent person whom they stand in for."""
    if ask.asks_last_word and person_id == ask.final_person and ask.final_vote is None:
        _require_heard(state, person_id, why_barred(state, ask, person_id))
        return person_id
    voter = next((voter for voter in ask.voters if voter.person_id == person_id), None)
    if voter is not None:
        _require_heard(state, person_id, why_unheard(state, ask, voter))
        return _own_vote(state, ask, person_id)
    for stand_in in ask.free_stand_ins:
        if stand_in.person_id == person_id:
            _require_heard(state, person_id, why_barred(state, ask, person_id))
            return stand_in.instead_of
    if person_id == ask.requester:
        raise OwnRequest(
            f"{state.cast.name(person_id)} asked for this and cannot vote on it.",
            waits_for=waiting_for(state, ask),
            remedy="Wait for the people asked.",
        )
    if any(stand_in.person_id == person_id for stand_in in ask.stand_ins):
        raise ExplicitApprovalRequired(
            "You were told that this is overdue. Only the person asked can answer it.",
            waits_for=waiting_for(state, ask),
            remedy="Contact the person asked, or have somebody else named for the role.",
        )
    _require_no_delegate(state, ask, person_id)
    raise PermissionDenied(
        f"{state.cast.name(person_id)} is not asked here.",
        waits_for=waiting_for(state, ask),
        remedy="Only those asked can answer.",
    )


def _require_no_delegate(state: AskHolder, ask: Ask, person_id: PersonId) -> None:
    """Raises ExplicitApprovalRequired for a usual delegate or deputy of somebody who must answer this in person."""
    own = next((one for one in ask.silent if person_id in state.cast.named_by(one.person_id)), None)
    if own is not None and (ask.answered_only_in_person or own.in_person):
        raise ExplicitApprovalRequired(
            f"{state.cast.name(own.person_id)} must answer this themselves; nobody can answer for them.",
            waits_for=waiting_for(state, ask),
            remedy="Contact the person asked, or have somebody else named for the role.",
        )


def _require_heard(state: AskHolder, person_id: PersonId, why_not: str | None) -> None:
    """Raises OwnRequest if there is a reason why this person may not judge the ask."""
    if why_not is not None:
        raise OwnRequest(
            f"{state.cast.name(person_id)} {why_not}.",
            remedy="Name somebody else for the role.",
            action=RemedyAction.LIST_PEOPLE,
        )


def _own_vote(state: AskHolder, ask: Ask, person_id: PersonId) -> PersonId:
    earlier = ask.vote_of(person_id)
    if ask.asks_last_word and ask.method is not Method.EACH:
        raise VoteIsOver(
            f"The vote is over; the final authority decides now: {ask.climbed}.", remedy="Speak with them."
        )
    if earlier is not None and earlier.answer.verdict is not Verdict.OBJECT:
        said = f"{verdict_words(earlier.answer.verdict)} on {state.cast.shown_to(person_id, earlier.at)}"
        raise OnRecordAlready(
            f"You have already voted: {said}.", remedy="A vote cannot be changed. Only an objection can be withdrawn."
        )
    return person_id


def _require_offered(ask: Ask, person_id: PersonId, verdict: Verdict) -> None:
    """Raises BadValue for an answer that no card of this ask offers: it would have no effect."""
    if verdict not in (can_say := offered(ask, person_id)):
        labels = ", ".join(f"“{label}” ({verdict_words(one)})" for one, label in can_say.items())
        raise BadValue(
            f"You cannot answer this with “{verdict_words(verdict)}”.",
            remedy=f"Choose one of: {labels}.",
            field="verdict",
        )


def _check(transaction: Transaction[S], ask: Ask, given: Answer) -> None:
    verdict = given.verdict
    if ask.kind is not AskKind.ANSWER_QUESTION and Wanted.REASON in wanted(ask.kind, verdict):
        _require_said(verdict, given)
    _check_conditions(transaction, given)
    _check_packages(transaction.state, ask, given)
    _check_content(ask, given)


def _require_said(verdict: Verdict, given: Answer) -> None:
    """Raises BadValue if a required text is missing: the reason for a no, or what an approval promises."""
    if not is_said(given.reason):
        what, remedy = ("An answer", "Say what will be done") if verdict.is_for else ("A reason", "Say why")
        detail = f"{what} in writing is required to {verdict_words(verdict)}."
        raise BadValue(detail, remedy=f"{remedy}, in at least {LEAST_SAID} letters.", field="reason")


def _check_conditions(transaction: Transaction[S], given: Answer) -> None:
    verdict = given.verdict
    if verdict is Verdict.APPROVE_WITH_CONDITIONS and not given.conditions:
        raise BadValue(
            "An approval with conditions must list them.",
            remedy="Name each condition.",
            field="conditions",
        )
    if given.conditions and verdict is not Verdict.APPROVE_WITH_CONDITIONS:
        raise BadValue(
            "Only an approval with conditions can carry conditions.",
            remedy="Approve with conditions, or remove them.",
            field="conditions",
        )
    for n, condition in enumerate(given.conditions):
        _check_condition(transaction, condition, f"conditions.{n}")


def _check_condition(transaction: Transaction[S], condition: Condition, place: str) -> None:
    """Raises BadValue unless the owner is an active colleague and the day has not passed where they work."""
    cast = transaction.state.cast
    if not cast.is_here(condition.owner):
        raise BadValue(
            f"There is no colleague {condition.owner}.",
            remedy="Name a colleague as the owner.",
            action=RemedyAction.LIST_PEOPLE,
            field=f"{place}.owner",
        )
    today = cast.calendar_of(condition.owner).local_day(transaction.now)
    if condition.due < today:
        raise BadValue(
            f"{day_shown(condition.due)} has passed where {cast.name(condition.owner)} works: "
            f"today is {day_shown(today)}.",
            remedy="Give today or a later day.",
            field=f"{place}.due",
        )


def _check_packages(state: AskHolder, ask: Ask, given: Answer) -> None:
    """Raises BadValue if packages are named with an answer other than a return, or cannot be returned apart."""
    if not given.packages:
        return
    if given.verdict is not Verdict.RETURN:
        raise BadValue(
            "Only a return can name packages.", remedy="Remove the packages, or return them.", field="packages"
        )
    known = state.returnable(ask)
    unknown = [name for name in given.packages if name not in known]
    if unknown:
        remedy = f"Name any of {', '.join(known)}, or none to return them all." if known else "Return all of it."
        raise BadValue(f"{listed(unknown)} cannot be returned separately.", remedy=remedy, field="packages")


def _check_content(ask: Ask, given: Answer) -> None:
    """Raises BadValue where a kind of ask needs more than a verdict: a score, hours, an answer in words."""
    verdict = given.verdict
    if ask.kind is AskKind.PULSE and verdict is Verdict.APPROVE and given.score is None:
        raise BadValue("A score is missing.", remedy="Give a score from 0 to 10.", field="score")
    if ask.kind is AskKind.ANSWER_QUESTION and not given.reason:
        raise BadValue("The answer is missing.", remedy="Write it as the reason.", field="reason")
    if ask.kind is AskKind.ESTIMATE and verdict.is_for:
        raise BadValue(
            "An estimate is answered with hours.", remedy="Give three points for each package.", field="verdict"
        )


def _owes(ask: Ask, person_id: PersonId) -> bool:
    return any(voter.person_id == person_id for voter in ask.silent)


def delegates(ask: Ask, person_id: PersonId) -> bool:
    """True if this person owes an answer and may delegate it; nobody who must answer in person may."""
    in_person = any(voter.person_id == person_id and voter.in_person for voter in ask.voters)
    return _owes(ask, person_id) and not (ask.answered_only_in_person or in_person)


def delegate(transaction: Transaction[S], ask_id: AskId, to: PersonId) -> None:
    """Lets another colleague answer this one ask for the person asked. A delegate cannot delegate further.

    Raises ExplicitApprovalRequired, BadValue, OwnRequest, AskedAlready, and what `require_own_answer` raises.
    """
    person_id = transaction.actor.person_id
    ask = require_own_answer(transaction.state, ask_id, person_id)
    if not delegates(ask, person_id):
        raise ExplicitApprovalRequired(
            "You must answer this yourself.", remedy="Answer it, or have somebody else named for the role."
        )
    if not transaction.state.cast.is_here(to):
        raise BadValue(
            f"There is no colleague {to}.",
            remedy="Name a colleague.",
            action=RemedyAction.LIST_PEOPLE,
            field="to",
        )
    if not may_stand_in(transaction.state, ask, to):
        why = why_no_seat(transaction.state, ask, to) or "is already asked"
        raise OwnRequest(
            f"{transaction.state.cast.name(to)} {why}.",
            remedy="Name somebody else.",
            action=RemedyAction.LIST_PEOPLE,
            field="to",
        )
    _require_few_delegates(transaction.state, ask, person_id)
    transaction.record(
        StandInAsked(
            ask_id=ask.id,
            stand_in=StandIn(person_id=to, instead_of=person_id, rung=DELEGATE, may_decide=True, since=transaction.now),
        )
    )


def delegates_of(ask: Ask, person_id: PersonId) -> list[PersonId]:
    return [one.person_id for one in ask.stand_ins if one.instead_of == person_id and one.rung == DELEGATE]


def _require_few_delegates(state: AskHolder, ask: Ask, person_id: PersonId) -> None:
    """Raises AskedAlready if this person has delegated the ask to `MAX_DELEGATES` people: any of them can answer."""
    named = delegates_of(ask, person_id)
    if len(named) >= MAX_DELEGATES:
        raise AskedAlready(
            f"You have already let {listed([*map(state.cast.name, named)])} answer this for you.",
            remedy="Speak with one of them, or answer it yourself.",
        )


def require_own_answer(state: AskHolder, ask_id: AskId, person_id: PersonId) -> Ask:
    """Returns the ask if this person owes it an answer. Raises NotFound, AlreadyDecided, PermissionDenied."""
    ask = require_open(state, ask_id, person_id)
    if not any(voter.person_id == person_id for voter in ask.silent):
        raise PermissionDenied("Only the person asked can delegate their answer.", remedy="Ask them to delegate it.")
    return ask
