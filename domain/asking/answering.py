"""Answering: whose answer counts for whom, what it must bring along, and letting another answer."""

from collections.abc import Mapping

from domain.ask_events import StandInAsked, VoteCast
from domain.asking.choices import Wanted, gave_hours_by, offered, wanted
from domain.asking.counting import count_votes
from domain.asking.ending import drop_question_of, require_open
from domain.asking.ladders import DELEGATE
from domain.asking.questions import need_information
from domain.asking.seats import may_stand_in, waiting_for, why_barred, why_no_seat, why_unheard
from domain.asks import Answer, Ask, Asking, AskKind, Condition, Shown, StandIn, Verdict, Vote, listed
from domain.playbook import Method
from domain.refusals import (
    AskedAlready,
    BadValue,
    HoursGivenSince,
    NotWhatWasShown,
    NotYours,
    OnlyAWordApproves,
    OnRecordAlready,
    OwnRequest,
    VoteIsOver,
)
from domain.turn import S, Turn
from domain.words import LEAST_SAID, is_said
from domain.working_time import day_shown

MAX_DELEGATES = 5
"""Whom one person may let answer one ask: each may, and the first who does has done it."""


def answer(turn: Turn[S], ask_id: str, given: Answer, shown_hash: str) -> Ask:
    """Records a person's answer, if it is theirs to give, on exactly what was shown. Gives the ask after it.

    Raises:
        NotFound, AlreadyDecided, NotWhatWasShown, OwnRequest, OnlyAWordApproves, NotYours, BadValue.
    """
    ask, voter = require_vote(turn.state, Shown(ask=ask_id, hash=shown_hash), turn.actor.person)
    _require_offered(ask, turn.actor.person, given.verdict)
    _check(turn, ask, given)
    if given.verdict is Verdict.NEED_INFO:
        return need_information(turn, ask, given, voter)
    vote = Vote(
        voter=voter,
        by=turn.actor.person,
        answer=given,
        hash=ask.hash,
        channel=turn.actor.channel,
        at=turn.now,
        is_final=ask.asks_last_word and voter == ask.final_person,
    )
    turn.record(VoteCast(ask=ask.id, vote=vote))
    count_votes(turn, ask.id, at_due=ask.rung > 0)
    drop_question_of(turn, ask.id, voter)
    return turn.state.asks[ask.id]


def require_vote(state: Asking, shown: Shown, person: str) -> tuple[Ask, str]:
    """The ask that somebody looked at, and for whom their answer counts.

    Raises NotFound, AlreadyDecided, NotWhatWasShown, OwnRequest, OnlyAWordApproves, NotYours.
    """
    ask = require_as_shown(state, shown, person)
    voter = _answers_for(state, ask, person)
    _require_one_vote(state, ask, voter, person)
    return ask, voter


def require_as_shown(state: Asking, shown: Shown, person: str) -> Ask:
    """The ask that somebody looked at, as it was shown. Raises NotFound, AlreadyDecided, NotWhatWasShown."""
    ask = require_open(state, shown.ask, person)
    if shown.hash != ask.hash:
        raise NotWhatWasShown(
            "What is asked has changed since it was shown to you. Your answer was not counted.",
            remedy="Look at what is asked now and answer that.",
        )
    return ask


def require_hours_as_shown(state: Asking, shown: Shown, person: str, known: Mapping[str, str | None]) -> Ask:
    """The ask by which somebody gives hours, or corrects theirs. `known`: by package what they were shown of theirs.

    Raises NotFound, AlreadyDecided, NotWhatWasShown, HoursGivenSince.
    """
    ask = state.asks.get(shown.ask)
    corrects = ask is not None and ask.hash == shown.hash and gave_hours_by(state, ask, person)
    if ask is None or not corrects:
        ask = require_as_shown(state, shown, person)
    own = state.hours_given(ask).get(person, {})
    since = [
        name for name, was in known.items() if was is not None and was != (own[name].written if name in own else "")
    ]
    if since:
        raise HoursGivenSince(
            f"You gave other hours for {listed(since)} since this was shown to you. These were not counted.",
            remedy="Look at what you gave, and correct that.",
        )
    return ask


def verdict_words(verdict: Verdict) -> str:
    """A verdict as a sentence names it: `stand aside`."""
    return verdict.value.replace("_", " ")


def _require_one_vote(state: Asking, ask: Ask, voter: str, person: str) -> None:
    if any(vote.by == person and vote.voter != voter for vote in ask.votes):
        raise OnRecordAlready(
            f"{state.cast.name(person)} has answered this ask already: one person has one vote.",
            remedy="Somebody else answers here.",
        )


def _answers_for(state: Asking, ask: Ask, person: str) -> str:
    """For whom a person's answer counts: themselves, or the silent person whom they stand in for."""
    if ask.asks_last_word and person == ask.final_person and ask.final_vote is None:
        _require_heard(state, person, why_barred(state, ask, person))
        return person
    voter = next((voter for voter in ask.voters if voter.person == person), None)
    if voter is not None:
        _require_heard(state, person, why_unheard(state, ask, voter))
        return _own_vote(state, ask, person)
    for stand_in in ask.free_stand_ins:
        if stand_in.person == person:
            _require_heard(state, person, why_barred(state, ask, person))
            return stand_in.instead_of
    if person == ask.requester:
        raise OwnRequest(
            f"{state.cast.name(person)} asked for this and has no vote on it.",
            waits_for=waiting_for(state, ask),
            remedy="Wait for those asked.",
        )
    if any(stand_in.person == person for stand_in in ask.stand_ins):
        raise OnlyAWordApproves(
            "You are told that this is overdue; only the person asked can answer it.",
            waits_for=waiting_for(state, ask),
            remedy="Reach the person asked, or have another holder named.",
        )
    _require_no_delegate(state, ask, person)
    raise NotYours(
        f"{state.cast.name(person)} is not asked here.",
        waits_for=waiting_for(state, ask),
        remedy="Only those asked can answer.",
    )


def _require_no_delegate(state: Asking, ask: Ask, person: str) -> None:
    """Raises OnlyAWordApproves for who answers otherwise for somebody asked, and cannot here."""
    own = next((one for one in ask.silent if person in state.cast.named_by(one.person)), None)
    if own is not None and (ask.answered_only_in_person or own.in_person):
        raise OnlyAWordApproves(
            f"{state.cast.name(own.person)} answers this in person; nobody answers it for them.",
            waits_for=waiting_for(state, ask),
            remedy="Reach the person asked, or have another holder named.",
        )


def _require_heard(state: Asking, person: str, why_not: str | None) -> None:
    """Raises OwnRequest for who may not judge this, by whichever seat."""
    if why_not is not None:
        raise OwnRequest(f"{state.cast.name(person)} {why_not}.", remedy="Name another for the role asked.")


def _own_vote(state: Asking, ask: Ask, person: str) -> str:
    earlier = ask.vote_of(person)
    if ask.asks_last_word and ask.method is not Method.EACH:
        raise VoteIsOver(f"It is now the final authority's: {ask.climbed}.", remedy="Speak with them.")
    if earlier is not None and earlier.answer.verdict is not Verdict.OBJECT:
        said = f"{verdict_words(earlier.answer.verdict)} on {state.cast.shown_to(person, earlier.at)}"
        raise OnRecordAlready(
            f"Your vote is on record: {said}.", remedy="A vote cannot be changed; only an objection can be lifted."
        )
    return person


def _require_offered(ask: Ask, person: str, verdict: Verdict) -> None:
    """Raises BadValue for an answer that no card of this ask offers: nothing would follow from it."""
    if verdict not in (can_say := offered(ask, person)):
        labels = ", ".join(f"“{label}” ({verdict_words(one)})" for one, label in can_say.items())
        raise BadValue(
            f"This is not answered with {verdict_words(verdict)}.",
            remedy=f"What can be said: {labels}.",
            field="verdict",
        )


def _check(turn: Turn[S], ask: Ask, given: Answer) -> None:
    verdict = given.verdict
    if ask.kind is not AskKind.ANSWER_QUESTION and Wanted.REASON in wanted(ask.kind, verdict):
        _require_said(verdict, given)
    _check_conditions(turn, given)
    _check_packages(turn.state, ask, given)
    _check_content(ask, given)


def _require_said(verdict: Verdict, given: Answer) -> None:
    """Raises BadValue for an answer without the words that it wants: why not, or what the yes is."""
    if not is_said(given.reason):
        what, remedy = ("An answer", "Say what is done") if verdict.is_for else ("A reason", "Say why")
        detail = f"{what} in words is needed to {verdict_words(verdict)}."
        raise BadValue(detail, remedy=f"{remedy}, in words of at least {LEAST_SAID} letters.", field="reason")


def _check_conditions(turn: Turn[S], given: Answer) -> None:
    verdict = given.verdict
    if verdict is Verdict.APPROVE_WITH_CONDITIONS and not given.conditions:
        raise BadValue(
            "A yes with conditions names them.",
            remedy="Name each condition.",
            field="conditions",
        )
    if given.conditions and verdict is not Verdict.APPROVE_WITH_CONDITIONS:
        raise BadValue(
            "Conditions come with approve_with_conditions.", remedy="Change the verdict.", field="conditions"
        )
    for n, condition in enumerate(given.conditions):
        _check_condition(turn, condition, f"conditions.{n}")


def _check_condition(turn: Turn[S], condition: Condition, place: str) -> None:
    """A task needs somebody who can do it, and a day that can still be met."""
    cast = turn.state.cast
    if not cast.is_here(condition.owner):
        raise BadValue(
            f"No colleague is called {condition.owner}.",
            remedy="Name an owner from the firm.",
            field=f"{place}.owner",
        )
    today = cast.calendar_of(condition.owner).local_day(turn.now)
    if condition.due < today:
        raise BadValue(
            f"{day_shown(condition.due)} has passed where {cast.name(condition.owner)} works: "
            f"today is {day_shown(today)}.",
            remedy="Give a day from today on.",
            field=f"{place}.due",
        )


def _check_packages(state: Asking, ask: Ask, given: Answer) -> None:
    """Raises BadValue for packages named beside another answer than a return, or that are not asked here."""
    if not given.packages:
        return
    if given.verdict is not Verdict.RETURN:
        raise BadValue("Packages are named with a return.", remedy="Leave them out.", field="packages")
    known = state.returnable(ask)
    unknown = [name for name in given.packages if name not in known]
    if unknown:
        remedy = f"Name some of {', '.join(known)}; none named, all are meant." if known else "Return the whole of it."
        raise BadValue(f"{listed(unknown)} cannot be returned apart here.", remedy=remedy, field="packages")


def _check_content(ask: Ask, given: Answer) -> None:
    """Some kinds of ask want more than a verdict: a score, hours, words."""
    verdict = given.verdict
    if ask.kind is AskKind.PULSE and verdict is Verdict.APPROVE and given.score is None:
        raise BadValue("A pulse is a score from 0 to 10.", remedy="Give the score.", field="score")
    if ask.kind is AskKind.ANSWER_QUESTION and not given.reason:
        raise BadValue("The answer is in words.", remedy="Write it as the reason.", field="reason")
    if ask.kind is AskKind.ESTIMATE and verdict.is_for:
        raise BadValue("An estimate is given in hours.", remedy="Give three points for each package.", field="verdict")


def _owes(ask: Ask, person: str) -> bool:
    return any(voter.person == person for voter in ask.silent)


def delegates(ask: Ask, person: str) -> bool:
    """True for a person asked who may let another answer: nobody does who is asked in person."""
    in_person = any(voter.person == person and voter.in_person for voter in ask.voters)
    return _owes(ask, person) and not (ask.answered_only_in_person or in_person)


def delegate(turn: Turn[S], ask_id: str, to: str) -> None:
    """A person asked lets another answer this one ask for them: one step, in nobody's circle."""
    person = turn.actor.person
    ask = require_own_answer(turn.state, ask_id, person)
    if not delegates(ask, person):
        raise OnlyAWordApproves("This is answered in person.", remedy="Answer it, or have another holder named.")
    if not turn.state.cast.is_here(to):
        raise BadValue(f"No colleague is called {to}.", remedy="Name somebody of the firm.", field="to")
    if not may_stand_in(turn.state, ask, to):
        why = why_no_seat(turn.state, ask, to) or "is asked here already"
        raise OwnRequest(f"{turn.state.cast.name(to)} {why}.", remedy="Name another.", field="to")
    _require_few_delegates(turn.state, ask, person)
    turn.record(
        StandInAsked(
            ask=ask.id,
            stand_in=StandIn(person=to, instead_of=person, rung=DELEGATE, may_decide=True, since=turn.now),
        )
    )


def delegates_of(ask: Ask, person: str) -> list[str]:
    """Whom somebody has let answer this for them."""
    return [one.person for one in ask.stand_ins if one.instead_of == person and one.rung == DELEGATE]


def _require_few_delegates(state: Asking, ask: Ask, person: str) -> None:
    """Raises AskedAlready for whoever has let as many answer as may: any of them can."""
    named = delegates_of(ask, person)
    if len(named) >= MAX_DELEGATES:
        raise AskedAlready(
            f"You have let {listed([*map(state.cast.name, named)])} answer this for you already.",
            remedy="Speak with one of them, or answer it yourself.",
        )


def require_own_answer(state: Asking, ask_id: str, person: str) -> Ask:
    """The ask of which somebody delegates their answer. Raises NotFound, AlreadyDecided, NotYours."""
    ask = require_open(state, ask_id, person)
    if not any(voter.person == person for voter in ask.silent):
        raise NotYours("Only a person asked delegates, and only their own answer.", remedy="Ask them to.")
    return ask
