"""Opening, answering and timing asks: the same for an engagement and for a change order.

Weighed for time: a timer an ask (a hundred timers in a long history), or one sweep of all asks each hour
(late, and idle engagements would poll). Here each ask says when it next wants attention and the aggregate
has one earliest moment; a sweep at that moment does whatever is due, in order, and may be run twice.
"""

from collections.abc import Iterable
from datetime import datetime

from domain.ask_events import (
    AskEnded,
    AskOpened,
    AskReminded,
    ClockStarted,
    ClockStopped,
    FinalAuthorityAsked,
    InformationAsked,
    InformationGiven,
    QuestionDropped,
    RungReached,
    StandInAsked,
    StandInLeft,
    VoteCast,
    VoterDropped,
    VoterReplaced,
)
from domain.asks import (
    CLIENT_ROLES,
    COUNTED,
    REVIEWS,
    SIGNATURES,
    Answer,
    Ask,
    Asking,
    AskKind,
    Condition,
    Outcome,
    Question,
    StandIn,
    Tally,
    Verdict,
    Vote,
    Voter,
    listed,
    tally,
)
from domain.people import CFO, MANAGING_DIRECTOR
from domain.playbook import Method, Rung
from domain.refusals import (
    AlreadyDecided,
    BadValue,
    NotFound,
    NotWhatWasShown,
    NotYours,
    OnlyAWordApproves,
    OwnRequest,
    Waiting,
)
from domain.turn import S, Turn
from domain.values import digest
from domain.working_time import Clock

STAND_IN = "stand_in"
DELEGATE = "delegate"
"""The rung of somebody to whom one ask was delegated."""
DELEGATION = "delegation"
"""The rung of somebody who answers by a delegation that holds for some days."""
HEAD = "head"
SELLERS_NEVER = frozenset(
    {
        AskKind.ESTIMATE,
        AskKind.ATTEST_ESTIMATE,
        AskKind.APPROVE_PRICE,
        AskKind.DECIDE_DEAL,
        AskKind.REVIEW_SOW,
        AskKind.REVIEW_BRD,
    }
)
SHOW_FIGURES = frozenset({AskKind.APPROVE_PRICE, AskKind.DECIDE_DEAL})
SEE_FIGURES = frozenset({"engagement_manager", "delivery_lead", "finance", "provider_sponsor"})
EVERYBODY_DECIDES_FOR_THEMSELVES = frozenset({AskKind.ACCEPT_ROLE})
"""Asks that only the person asked can say yes to, beside what the playbook names: a role is accepted, not given."""


def open_ask(
    turn: Turn[S],
    kind: AskKind,
    subject: str,
    *,
    title: str,
    facts: dict[str, str],
    beside: dict[str, str] | None = None,
    roles: Iterable[str] = (),
    people: Iterable[str] = (),
    as_role: str | None = None,
    requester: str,
    excluded: Iterable[str] = (),
    in_person: str | None = None,
    method: Method = Method.AUTHORITY,
    final_role: str | None = None,
    must_include: str | None = None,
    quorum: int = 0,
) -> Ask:
    """Asks the holders of these roles, or these people, for one thing. Gives the ask as recorded.

    `as_role` is the role for which people are asked by name: its head is the next on the ladder. `excluded` never
    answer for another here; nobody answers for the holder of the role `in_person`.
    Each person has one vote however many of the roles are theirs. Where each must approve, a role held by
    the requester is answered by the next above; where votes are counted, it has none.
    """
    state, excluded, roles = turn.state, tuple(excluded), tuple(roles)
    voters = _voters(state, roles, dict.fromkeys(people, as_role), {requester, *excluded}, method)
    voters = tuple(voter.having(in_person=in_person in voter.roles) for voter in voters)
    final = _final_authority(state, final_role, voters, requester, method)
    first = voters[0].person if voters else (final[1] if final else requester)
    calendar = state.cast.calendar_of(first)
    for_client = bool(voters) and all(state.cast.is_client(voter.person) for voter in voters)
    due_minutes = state.playbook.due_minutes(kind, client=for_client)
    clock = Clock(calendar=calendar.name, since=None if state.clocks_stand else turn.now)
    last = state.last_ask(kind, subject)
    ask = Ask(
        id=next_ask_id(state),
        kind=kind,
        subject=subject,
        title=title,
        facts=facts,
        beside=beside or {},
        hash=digest(facts),
        difference=differences(last.facts, facts) if last else (),
        method=method,
        voters=voters,
        roles=roles,
        quorum=quorum,
        must_include=state.cast.holder(must_include) if must_include else None,
        must_include_role=must_include,
        final_role=final[0] if final else None,
        final_person=final[1] if final else None,
        requester=requester,
        excluded=tuple(sorted(set(excluded))),
        for_client=for_client,
        answered_only_in_person=for_client
        or kind in EVERYBODY_DECIDES_FOR_THEMSELVES
        or kind in state.playbook.ladder.never_answered_by_another,
        opened_at=turn.now,
        clock=clock,
        due_minutes=due_minutes,
        due_at=clock.reaches(calendar, due_minutes),
    )
    turn.record(AskOpened(ask=ask))
    for voter in voters:
        cover(turn, ask.id, voter)
    _count(turn, ask.id)
    return turn.state.asks[ask.id]


def next_ask_id(state: Asking) -> str:
    """The id that the next ask of this aggregate will have."""
    return f"{state.id}.A{len(state.asks) + 1}"


def _voters(
    state: Asking, roles: Iterable[str], people: dict[str, str | None], barred: set[str], method: Method
) -> tuple[Voter, ...]:
    found: dict[str, list[str]] = {person: [role] if role else [] for person, role in people.items()}
    because: dict[str, str] = {}
    for role in roles:
        person = state.cast.holder(role)
        if person is None:
            continue
        if person in barred:
            person = _above(state, role, barred) if method is Method.EACH else None
            if person is None:
                continue
            because[person] = f"stands above {role}, whose holder asked for it"
        found.setdefault(person, []).append(role)
    return tuple(Voter(person=p, roles=tuple(r), because=because.get(p, "")) for p, r in found.items())


def _above(state: Asking, role: str, excluded: set[str]) -> str | None:
    """The next above a role who is not excluded and not the project manager: its head, the director, the CFO."""
    excluded = excluded | {state.cast.holder("project_manager") or ""}
    return next((p for p in _heads(state, role) if p not in excluded and state.cast.is_here(p)), None)


def _final_authority(
    state: Asking, role: str | None, voters: tuple[Voter, ...], requester: str, method: Method
) -> tuple[str, str] | None:
    """Who has the last word, passed on to the managing director or the CFO where they would judge twice."""
    if role is None:
        return None
    taken = {requester} if method is Method.AUTHORITY else {requester, *(voter.person for voter in voters)}
    for candidate in (role, MANAGING_DIRECTOR, CFO):
        person = state.cast.holder(candidate)
        if person is not None and person not in taken:
            return candidate, person
    return None


def differences(before: dict[str, str], after: dict[str, str]) -> tuple[str, ...]:
    """What changed between two sets of shown facts, a line each, in the order shown."""
    lines = [
        f"{name}: {before[name]} → {value}" if name in before else f"{name}: new, {value}"
        for name, value in after.items()
        if before.get(name) != value
    ]
    lines += [f"{name}: gone, was {value}" for name, value in before.items() if name not in after]
    return tuple(line[:2000] for line in lines)


def answer(turn: Turn[S], ask_id: str, given: Answer, shown_hash: str) -> Ask:
    """Records a person's answer, if it is theirs to give, on exactly what was shown. Gives the ask after it.

    Raises:
        NotFound, AlreadyDecided, NotWhatWasShown, OwnRequest, OnlyAWordApproves, NotYours, BadValue.
    """
    ask = _open(turn.state, ask_id)
    if shown_hash != ask.hash:
        raise NotWhatWasShown(
            f"You answered {shown_hash[:12]}…; what is asked now is {ask.hash[:12]}….",
            remedy="Look at what is asked now and answer that.",
        )
    voter = _answers_for(turn, ask)
    _require_one_vote(turn, ask, voter)
    _check(turn, ask, given)
    _check_last_word(ask, turn.actor.person, given)
    if given.verdict is Verdict.NEED_INFO:
        return _need_information(turn, ask, given, voter)
    vote = Vote(voter=voter, by=turn.actor.person, answer=given, hash=ask.hash, channel=turn.actor.channel, at=turn.now)
    turn.record(VoteCast(ask=ask.id, vote=vote))
    _count(turn, ask.id, at_due=ask.rung > 0)
    _drop_question_of(turn, ask.id, voter)
    return turn.state.asks[ask.id]


def _require_one_vote(turn: Turn[S], ask: Ask, voter: str) -> None:
    person = turn.actor.person
    if any(vote.by == person and vote.voter != voter for vote in ask.votes):
        raise AlreadyDecided(
            f"{turn.state.cast.name(person)} has answered this ask already: one person has one vote.",
            remedy="Somebody else answers here.",
        )


def cover(turn: Turn[S], ask_id: str, voter: Voter) -> None:
    """Asks, at once, whoever answers today for a voter: a delegate of theirs, or while they are away their deputy."""
    state, ask = turn.state, turn.state.asks[ask_id]
    if any(s.instead_of == voter.person and s.rung in {DELEGATE, DELEGATION, STAND_IN} for s in ask.stand_ins):
        return
    away = state.cast.is_away(voter.person, turn.now)
    if away or any(state.cast.delegates(voter.person, state.matter(ask, voter), turn.now)):
        _ask_stand_in(turn, ask_id, voter, Rung(after=0, role=STAND_IN if away else DELEGATION))


def replace_voter(turn: Turn[S], ask: Ask, role: str | None, before: str, after: str) -> None:
    """Asks the new holder of a role what its holder before left unanswered."""
    turn.record(VoterReplaced(ask=ask.id, role=role, before=before, after=after))
    about = turn.state.asks.get(ask.subject.removeprefix("question:"))
    if ask.kind is AskKind.ANSWER_QUESTION and about is not None and about.open_question is not None:
        turn.record(InformationAsked(ask=about.id, question=about.open_question.having(to=after)))


def cover_all(turn: Turn[S]) -> None:
    """The same for everybody who owes an answer: an absence or a delegation has begun, or was made known."""
    for ask in list(turn.state.open_asks()):
        for voter in ask.silent:
            cover(turn, ask.id, voter)


def reseat(turn: Turn[S]) -> None:
    """Asks whoever holds a role now what is unanswered by somebody who left it, or left the firm.

    Where the role is vacant, the next above answers meanwhile; where votes are counted and nobody above may vote, the
    role has no vote. Hours are an expert's own: that ask ends, and comes back to whoever holds the role next. A role
    is accepted by the person named, or by nobody.
    """
    for ask in list(turn.state.open_asks()):
        if ask.kind is not AskKind.ACCEPT_ROLE:
            _reseat_voters(turn, ask)
        for stand_in in turn.state.asks[ask.id].stand_ins:
            if not turn.state.cast.is_here(stand_in.person):
                turn.record(StandInLeft(ask=ask.id, person=stand_in.person))


def _reseat_voters(turn: Turn[S], ask: Ask) -> None:
    for voter in ask.silent:
        for role in voter.roles or (None,):
            if not turn.state.asks[ask.id].is_open or not _has_left(turn.state, voter, role):
                continue
            after = _next_in_place(turn.state, ask, voter.person, role)
            if after is None and ask.kind is AskKind.ESTIMATE:
                end_ask(turn, ask, Outcome.SUPERSEDED, f"{role} fell vacant")
            elif after is None and role == "client_contact":
                end_ask(turn, ask, Outcome.WITHDRAWN, f"{turn.state.cast.name(voter.person)} has left")
            elif after is not None and after != voter.person:
                replace_voter(turn, ask, role, voter.person, after)
            elif after is None and ask.method in COUNTED and role is not None:
                _drop_vote(turn, ask.id, role, voter.person)


def _drop_vote(turn: Turn[S], ask_id: str, role: str, person: str) -> None:
    """A role of which nobody may speak has no vote; what its holder wanted to know is dropped with it."""
    turn.record(VoterDropped(ask=ask_id, role=role, person=person))
    if all(voter.person != person for voter in turn.state.asks[ask_id].voters):
        _drop_question_of(turn, ask_id, person)


def _has_left(state: Asking, voter: Voter, role: str | None) -> bool:
    """True where a voter has no part in it any more: they left the firm, or the role that was asked."""
    known = state.cast.people.get(voter.person)
    if known is None or not known.active:
        return True
    if role is None or role == "client_contact" or voter.because:
        return False
    return role not in state.cast.roles_of(voter.person)


def _next_in_place(state: Asking, ask: Ask, before: str, role: str | None) -> str | None:
    """Who answers for a role now: its holder, else the next above; None where nobody may."""
    if role is None:
        return state.overseer
    holder, barred = state.cast.holder(role), _barred(state, ask)
    if role in CLIENT_ROLES or ask.kind is AskKind.ESTIMATE:
        others = [holder, *(voter.person for voter in ask.silent if role in voter.roles)]
        return next((p for p in others if p and state.cast.people[p].active and p != before), None)
    spoken = {vote.by for vote in ask.votes}
    if holder is not None and holder not in {ask.requester, *ask.excluded} and state.cast.people[holder].active:
        return holder
    left = set() if state.cast.is_here(before) else {before}
    if before in _heads(state, role) and not left and before not in barred:
        return before
    return _above(state, role, {*left, *barred, *spoken})


def _heads(state: Asking, role: str) -> list[str | None]:
    return [state.cast.holder(higher) for higher in (state.head_role(role), MANAGING_DIRECTOR, CFO)]


def count_moved_votes(turn: Turn[S]) -> list[Ask]:
    """Counts again where a voter was replaced or dropped in this turn: votes may be fewer. Gives what ended by it.

    Nobody has said yes by that: where counted votes would now suffice, it is the final authority's to say.
    """
    moved = dict.fromkeys(event.ask for event in turn.events if isinstance(event, VoterReplaced | VoterDropped))
    still_open = [name for name in moved if turn.state.asks[name].is_open]
    for name in still_open:
        ask = turn.state.asks[name]
        counted = tally(ask, at_due=ask.rung > 0)
        if ask.method in COUNTED and counted.outcome is Outcome.APPROVED and not ask.climbed:
            counted = Tally(climbs="it would pass only because fewer are left to vote")
        _conclude(turn, ask, counted)
    return [turn.state.asks[name] for name in still_open if not turn.state.asks[name].is_open]


def _open(state: Asking, ask_id: str) -> Ask:
    ask = state.asks.get(ask_id)
    if ask is None:
        raise NotFound(f"There is no ask {ask_id}.", remedy="Take the ask's id from your inbox.")
    if not ask.is_open:
        raise AlreadyDecided(
            f"The ask {ask.id} ended as {ask.outcome.value}" + (f": {ask.ended_because}" if ask.ended_because else "."),
            remedy="See the engagement for what is asked now.",
        )
    return ask


def _answers_for(turn: Turn[S], ask: Ask) -> str:
    """For whom the actor's answer counts: themselves, or the silent person whom they stand in for."""
    person, state = turn.actor.person, turn.state
    if ask.climbed and person == ask.final_person and ask.final_vote is None:
        return person
    if any(voter.person == person for voter in ask.voters):
        if ask.kind in SELLERS_NEVER and person == state.cast.holder("sales"):
            raise OwnRequest(f"{state.cast.name(person)} sells this deal.", remedy="Name another for the role asked.")
        return _own_vote(state, ask, person)
    for stand_in in ask.stand_ins:
        open_to = stand_in.may_decide and ask.vote_of(stand_in.instead_of) is None
        if stand_in.person == person and open_to and person not in _barred(state, ask):
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
    raise NotYours(
        f"{state.cast.name(person)} is not asked here.",
        waits_for=waiting_for(state, ask),
        remedy="Only those asked can answer.",
    )


def _own_vote(state: Asking, ask: Ask, person: str) -> str:
    earlier = ask.vote_of(person)
    if ask.climbed and ask.method is not Method.EACH:
        raise AlreadyDecided(
            f"The vote is over: {ask.climbed}. It is now the final authority's.", remedy="Speak with them."
        )
    if earlier is not None and earlier.answer.verdict is not Verdict.OBJECT:
        said = f"{earlier.answer.verdict.value} on {state.cast.calendar_of(person).shown(earlier.at)}"
        raise AlreadyDecided(
            f"Your vote is on record: {said}.", remedy="A vote stands; only an objection may be lifted."
        )
    return person


def _check(turn: Turn[S], ask: Ask, given: Answer) -> None:
    verdict = given.verdict
    if verdict not in {Verdict.APPROVE, Verdict.STAND_ASIDE, Verdict.APPROVE_WITH_CONDITIONS} and not given.reason:
        raise BadValue(f"To {verdict.value} needs a reason.", remedy="Say why, in words.", field="reason")
    if verdict is Verdict.STAND_ASIDE and ask.method is not Method.CONSENSUS:
        raise BadValue("One stands aside only in a consensus.", remedy="Approve, return or decline.", field="verdict")
    if verdict is Verdict.OBJECT and ask.method is not Method.CONSENSUS and ask.kind not in REVIEWS:
        raise BadValue("One objects in a consensus or a review.", remedy="Return or decline.", field="verdict")
    _check_conditions(turn, ask, given)
    _check_content(ask, given)


def _check_conditions(turn: Turn[S], ask: Ask, given: Answer) -> None:
    verdict = given.verdict
    never = ask.kind in SIGNATURES or ask.kind is AskKind.ANSWER_QUESTION or ask.for_client
    if verdict is Verdict.APPROVE_WITH_CONDITIONS and (not given.conditions or never):
        raise BadValue(
            "A yes with conditions names them; a signature, an answer and a client's yes have none.",
            remedy="Name each condition.",
            field="conditions",
        )
    if given.conditions and verdict is not Verdict.APPROVE_WITH_CONDITIONS:
        raise BadValue(
            "Conditions come with approve_with_conditions.", remedy="Change the verdict.", field="conditions"
        )
    for condition in given.conditions:
        _check_condition(turn, condition)


def _check_condition(turn: Turn[S], condition: Condition) -> None:
    """A task needs somebody who can do it, and a day that can still be met."""
    cast = turn.state.cast
    owner = cast.people.get(condition.owner)
    if owner is None or not owner.active or owner.client is not None:
        raise BadValue(
            f"Nobody here is called {condition.owner}.",
            remedy="Name an owner from the firm.",
            field="conditions.owner",
        )
    today = cast.calendar_of(owner.id).local_day(turn.now)
    if condition.due < today:
        raise BadValue(
            f"{condition.due} has passed where {owner.name} works: today is {today}.",
            remedy="Give a day from today on.",
            field="conditions.due",
        )


def _check_content(ask: Ask, given: Answer) -> None:
    """Some kinds of ask want more than a verdict: a score, hours, words."""
    verdict = given.verdict
    if ask.kind is AskKind.PULSE and verdict is Verdict.APPROVE and given.score is None:
        raise BadValue("A pulse is a score from 0 to 10.", remedy="Give the score.", field="score")
    if ask.kind is AskKind.ANSWER_QUESTION and not given.reason:
        raise BadValue("The answer is in words.", remedy="Write it as the reason.", field="reason")
    if ask.kind is AskKind.ANSWER_QUESTION and verdict is Verdict.NEED_INFO:
        raise BadValue("A question is answered, not asked back.", remedy="Answer in words.", field="verdict")
    if ask.kind is AskKind.ESTIMATE and verdict.is_for:
        raise BadValue("An estimate is given in hours.", remedy="Give three points for each package.", field="verdict")


def _check_last_word(ask: Ask, person: str, given: Answer) -> None:
    if ask.climbed and person == ask.final_person and given.verdict in {Verdict.STAND_ASIDE, Verdict.OBJECT}:
        raise BadValue("The last word is a yes or a no.", remedy="Approve, return or decline.", field="verdict")


def _need_information(turn: Turn[S], ask: Ask, given: Answer, voter: str) -> Ask:
    """Stops the ask's clock and starts one for whoever owes the answer."""
    state, me = turn.state, turn.actor.person
    if ask.open_question is not None:
        raise AlreadyDecided(
            f"A question is open already: {ask.open_question.text}"[:1900],
            waits_for=waiting_for(state, ask),
            remedy="Wait for its answer, then ask the next.",
        )
    question = Question(
        by=me,
        to=_who_answers(state, ask, me),
        text=given.reason or "",
        at=turn.now,
        voter=voter if voter != me else None,
    )
    turn.record(InformationAsked(ask=ask.id, question=question))
    stop_clock(turn, ask.id)
    open_ask(
        turn,
        AskKind.ANSWER_QUESTION,
        f"question:{ask.id}",
        title=f"{turn.state.cast.name(question.by)} needs to know, before answering “{ask.title}”"[:2000],
        facts={"question": question.text},
        people=[question.to],
        as_role=next((role for role, held in sorted(state.cast.holders.items()) if held == question.to), None),
        requester=question.by,
    )
    return turn.state.asks[ask.id]


def _who_answers(state: Asking, ask: Ask, asker: str) -> str:
    """Who asked for the thing; where they have left, or ask themselves, whoever is accountable for it."""
    positions = state.cast.positions
    above = (positions.get(role) for role in ("head_of_engagement_management", MANAGING_DIRECTOR, CFO))
    for person in (ask.requester, state.accountable_for(ask), state.cast.holder("engagement_manager"), *above):
        known = state.cast.people.get(person or "")
        if known is not None and known.active and known.id != asker:
            return known.id
    return ask.requester


def _question_ask(state: Asking, ask: Ask) -> Ask | None:
    """The open ask that puts an ask's question to whoever owes the answer."""
    return next(state.open_asks(AskKind.ANSWER_QUESTION, subject=f"question:{ask.id}"), None)


def give_information(turn: Turn[S], ask_id: str, text: str) -> None:
    """Answers what a voter needed to know; the clock runs on."""
    ask = _open(turn.state, ask_id)
    question = ask.open_question
    if question is None:
        raise BadValue("No question is open on this ask.", remedy="Nothing to answer.", field="ask")
    put = _question_ask(turn.state, ask)
    may = {*put.asked, turn.state.accountable_for(put)} if put else {question.to}
    if turn.actor.person not in may - {question.by}:
        raise NotYours(
            "The question was not put to you.",
            waits_for=waiting_for(turn.state, ask),
            remedy=f"{turn.state.cast.name(put.silent[0].person if put else question.to)} answers it.",
        )
    _inform(turn, ask, text)


def on_question_answered(turn: Turn[S], answered: Ask) -> None:
    """An ask that was a question's: its words are the information."""
    ask = turn.state.asks[answered.subject.removeprefix("question:")]
    vote = answered.votes[-1] if answered.votes else None
    if vote is not None and ask.is_open and ask.open_question is not None:
        _inform(turn, ask, vote.answer.reason or vote.answer.verdict.value)


def _inform(turn: Turn[S], ask: Ask, text: str) -> None:
    turn.record(InformationGiven(ask=ask.id, answer=text, by=turn.actor.person))
    _end_question(turn, ask, Outcome.APPROVED)
    start_clock(turn, ask.id)


def _end_question(turn: Turn[S], ask: Ask, outcome: Outcome, because: str | None = None) -> None:
    for question in list(turn.state.open_asks(AskKind.ANSWER_QUESTION, subject=f"question:{ask.id}")):
        turn.record(AskEnded(ask=question.id, outcome=outcome, at=turn.now, because=because))


def _drop_question_of(turn: Turn[S], ask_id: str, voter: str) -> None:
    """Whoever has answered, or may not any more, needs to know no more: the ask's clock runs on for the others."""
    ask = turn.state.asks[ask_id]
    if ask.is_open and ask.open_question is not None and ask.open_question.held_up == voter:
        _drop_question(turn, ask, "who asked does not wait for it any more")
        start_clock(turn, ask_id)


def _drop_question(turn: Turn[S], ask: Ask, because: str) -> None:
    turn.record(QuestionDropped(ask=ask.id))
    _end_question(turn, ask, Outcome.WITHDRAWN, because)


def delegate(turn: Turn[S], ask_id: str, to: str) -> None:
    """A person asked lets another answer this one ask for them: one step, in nobody's circle."""
    ask, person = _open(turn.state, ask_id), turn.actor.person
    if not any(voter.person == person for voter in ask.silent):
        raise NotYours("Only a person asked delegates, and only their own answer.", remedy="Ask them to.")
    in_person = any(voter.person == person and voter.in_person for voter in ask.voters)
    if ask.answered_only_in_person or in_person:
        raise OnlyAWordApproves("This is answered in person.", remedy="Answer it, or have another holder named.")
    known = turn.state.cast.people.get(to)
    if known is None or not known.active or known.client is not None:
        raise BadValue(f"{to} is not a colleague known here.", remedy="Name somebody of the firm.", field="to")
    if not _may_stand_in(turn.state, ask, to):
        raise OwnRequest(
            f"{known.name} asked for this, sells the deal, estimated it, manages the project, may not see it, "
            "or is asked already.",
            remedy="Name another.",
        )
    turn.record(
        StandInAsked(
            ask=ask.id,
            stand_in=StandIn(person=to, instead_of=person, rung=DELEGATE, may_decide=True, since=turn.now),
        )
    )


def end_ask(turn: Turn[S], ask: Ask, outcome: Outcome, because: str | None = None) -> None:
    """Ends an ask without a vote: withdrawn by whom it served, or superseded by a newer one."""
    if not turn.state.asks[ask.id].is_open:
        return
    turn.record(AskEnded(ask=ask.id, outcome=outcome, at=turn.now, because=because))
    _end_question(turn, ask, Outcome.WITHDRAWN)


def stop_clock(turn: Turn[S], ask_id: str) -> None:
    """Halts an ask's working minutes."""
    ask = turn.state.asks[ask_id]
    if ask.clock.since is not None:
        calendar = turn.state.cast.calendars[ask.clock.calendar]
        turn.record(ClockStopped(ask=ask_id, spent=ask.clock.stopped(calendar, turn.now).spent))


def start_clock(turn: Turn[S], ask_id: str) -> None:
    """Lets an ask's working minutes run on from now."""
    ask = turn.state.asks[ask_id]
    if ask.clock.since is None and not turn.state.clocks_stand:
        calendar = turn.state.cast.calendars[ask.clock.calendar]
        due_at = ask.clock.started(turn.now).reaches(calendar, ask.due_minutes)
        turn.record(ClockStarted(ask=ask_id, since=turn.now, due_at=due_at))


def _count(turn: Turn[S], ask_id: str, *, at_due: bool = False) -> None:
    """Draws the consequence of the votes: the end of the ask, or the step to its final authority."""
    ask = turn.state.asks[ask_id]
    _conclude(turn, ask, tally(ask, at_due=at_due))


def _conclude(turn: Turn[S], ask: Ask, counted: Tally) -> None:
    if counted.outcome is not None:
        reasons = [vote.answer.reason for vote in ask.votes if vote.answer.verdict.is_against and vote.answer.reason]
        because = "; ".join(reasons)[:2000] if counted.outcome is not Outcome.APPROVED else None
        end_ask(turn, ask, counted.outcome, because or None)
    elif counted.climbs is not None:
        why = _why_so_few(turn.state, ask) if ask.is_short_of_quorum else ""
        _climb_to_final(turn, ask, f"{counted.climbs}: {why}" if why else counted.climbs)


def _why_so_few(state: Asking, ask: Ask) -> str:
    """Why roles that the playbook has vote do not, or not each for itself."""
    reasons = [
        f"{state.cast.name(voter.person)} has one vote for {listed(voter.roles)}"
        for voter in ask.voters
        if len(voter.roles) > 1
    ]
    voting = {role for voter in ask.voters for role in voter.roles}
    reasons += [_why_no_vote(state, ask, role) for role in ask.roles if role not in voting]
    return "; ".join(dict.fromkeys(reasons))


def _why_no_vote(state: Asking, ask: Ask, role: str) -> str:
    person = state.cast.holder(role)
    if person is None:
        return f"{role} is vacant"
    why = f"came to {role} after the vote began"
    if person == state.cast.holder("sales"):
        why = "sells the deal"
    elif person == ask.requester:
        why = "asked for it"
    elif person in ask.excluded:
        why = "had a hand in what is decided"
    return f"{state.cast.name(person)} {why}"


def _climb_to_final(turn: Turn[S], ask: Ask, because: str) -> None:
    """Gives an ask to its final authority. Where the vote is over by that, so is a voter's question."""
    if ask.open_question is not None and ask.method is not Method.EACH:
        _drop_question(turn, ask, "the vote is over")
    role, person = _last_word(turn.state, ask)
    calendar = turn.state.cast.calendar_of(person)
    stands = turn.state.clocks_stand
    turn.record(
        FinalAuthorityAsked(
            ask=ask.id,
            role=role,
            person=person,
            because=because,
            since=None if stands else turn.now,
            due_at=None if stands else calendar.after(turn.now, ask.due_minutes),
            calendar=calendar.name,
        )
    )


def _last_word(state: Asking, ask: Ask) -> tuple[str, str]:
    """The final authority; the managing director or the CFO where they asked, sell, or answered for another before."""
    taken = {ask.requester, state.cast.holder("sales"), *(vote.by for vote in ask.votes)}
    taken |= {voter.person for voter in ask.voters}
    here = state.cast.is_here(ask.final_person)
    named = ((ask.final_role, ask.final_person),) if ask.final_role and ask.final_person and here else ()
    above = ((role, state.cast.positions[role]) for role in (MANAGING_DIRECTOR, CFO))
    candidates = (*named, *above)
    return next(
        ((role, person) for role, person in candidates if person not in taken),
        (MANAGING_DIRECTOR, state.cast.positions[MANAGING_DIRECTOR]),
    )


def next_moment(state: Asking, ask: Ask) -> datetime | None:
    """When this ask next wants attention: its reminder, then rung after rung; None when nothing more comes."""
    if not ask.is_open or ask.clock.since is None:
        return None
    calendar, ladder = state.cast.calendars[ask.clock.calendar], state.playbook.ladder
    if not ask.reminded:
        return ask.clock.reaches(calendar, ask.due_minutes * ladder.reminder_percent // 100)
    if ask.rung < len(ladder.ask):
        return ask.clock.reaches(calendar, ask.due_minutes + ladder.ask[ask.rung].after)
    return None


def sweep(turn: Turn[S]) -> None:
    """Reminds and climbs for every open ask whose moment has come. Time only ever asks; it never approves."""
    for ask in list(turn.state.open_asks()):
        while (moment := next_moment(turn.state, turn.state.asks[ask.id])) is not None and moment <= turn.now:
            _attend(turn, turn.state.asks[ask.id])


def _attend(turn: Turn[S], ask: Ask) -> None:
    if not ask.reminded:
        turn.record(AskReminded(ask=ask.id, people=tuple(voter.person for voter in ask.silent)))
        return
    if ask.rung == 0:
        _count(turn, ask.id, at_due=True)
        if turn.state.asks[ask.id].climbed != ask.climbed:
            return
    _climb(turn, ask)


def _climb(turn: Turn[S], ask: Ask) -> None:
    """One rung up; a rung on which nobody new stands is passed at once."""
    ladder = turn.state.playbook.ladder.ask
    position = ask.rung
    while position < len(ladder):
        rung, before = ladder[position], turn.state.asks[ask.id].stand_ins
        repeated = [_ask_stand_in(turn, ask.id, voter, rung) for voter in ask.silent]
        position += 1
        if turn.state.asks[ask.id].stand_ins != before or not any(repeated):
            break
    told = (*(v.person for v in ask.silent), *(s.person for s in turn.state.asks[ask.id].stand_ins))
    turn.record(RungReached(ask=ask.id, rung=position, name=ladder[position - 1].role, told=tuple(dict.fromkeys(told))))


def _ask_stand_in(turn: Turn[S], ask_id: str, voter: Voter, rung: Rung) -> bool:
    """Asks whoever stands on this rung for a silent voter. True where they stood on the ladder already."""
    ask = turn.state.asks[ask_id]
    repeated = False
    for person in _on_rung(turn, ask, voter, rung):
        standing = {s.person for s in ask.stand_ins} | {v.person for v in ask.voters} | {ask.final_person or ""}
        if person in standing and (ask.climbed or person != ask.final_person or person in ask.asked):
            repeated = True
        elif _may_stand_in(turn.state, ask, person):
            stand_in = StandIn(
                person=person,
                instead_of=voter.person,
                rung=rung.role,
                may_decide=rung.may_decide and not (ask.answered_only_in_person or voter.in_person),
                since=turn.now,
            )
            turn.record(StandInAsked(ask=ask_id, stand_in=stand_in))
            return False
    return repeated


def _on_rung(turn: Turn[S], ask: Ask, voter: Voter, rung: Rung) -> list[str]:
    cast, matter = turn.state.cast, turn.state.matter(ask, voter)
    if rung.role == DELEGATION:
        return list(cast.delegates(voter.person, matter, turn.now))
    if rung.role == STAND_IN:
        return list(cast.stand_ins(voter.person, matter, turn.now))
    role = turn.state.head_role(voter.roles[0]) if rung.role == HEAD and voter.roles else rung.role
    person = cast.holder(MANAGING_DIRECTOR if role == HEAD else role)
    return [person] if person else []


def _may_stand_in(state: Asking, ask: Ask, person: str) -> bool:
    """Nobody judges their own request or hours for another, and nothing climbs to the project manager or a client.

    Experts never see margins: an ask that shows them has no stand-in who may not.
    """
    cast = state.cast
    known = cast.people.get(person)
    if known is None or not known.active or cast.is_client(person):
        return False
    sees_figures = SEE_FIGURES & {*cast.roles_of(person), *known.roles} or person in cast.positions.values()
    if ask.kind in SHOW_FIGURES and not sees_figures:
        return False
    already = {voter.person for voter in ask.voters} | {s.person for s in ask.stand_ins}
    return person not in _barred(state, ask) and person not in already


def _barred(state: Asking, ask: Ask) -> set[str]:
    """Who answers this for nobody, whatever they were before: who asked, sells, manages the project, gave the hours."""
    held = (state.cast.holder("sales"), state.cast.holder("project_manager"))
    return {ask.requester, *ask.excluded, *(person for person in held if person)}


def waiting_for(state: Asking, ask: Ask) -> tuple[Waiting, ...]:
    """Whom an open ask waits for, as a refusal shows it: while a question is open, whoever owes its answer."""
    if ask.clock_waits:
        ask = _question_ask(state, ask) or ask
    people = tuple(voter.person for voter in ask.silent)
    return tuple(
        Waiting(ask=ask.id, who=state.cast.name(person), since=ask.opened_at, due=ask.due_at) for person in people
    )
