"""Opening asks: who is asked, for what, by which method, by when."""

from collections.abc import Iterable
from typing import Any

from domain.asks.closing_votes import count_votes
from domain.asks.differences import differences
from domain.asks.eligibility import Put, next_above, tells_figures, why_barred
from domain.asks.ending import stop_clock
from domain.asks.escalation import cover
from domain.asks.events import AskOpened, InformationAsked
from domain.asks.facts_shown import rows_shown
from domain.asks.holder import AskHolder
from domain.asks.model import COUNTED, Ask, AskKind, Outcome, Question, Voter
from domain.playbook.model import Method, role_label
from domain.shared.calendar import WorkingClock
from domain.shared.text import fitting
from domain.shared.transaction import S, Transaction
from domain.shared.values import AskId, PersonId, digest

# Kinds that only the person asked may answer, besides those that the playbook names: a role is accepted, never given.
EVERYBODY_DECIDES_FOR_THEMSELVES = frozenset({AskKind.ACCEPT_ROLE})

# Label beside an ask for a question about the ask it replaces, and the answer.
ANSWERED_BEFORE = "asked back before"


def open_ask(
    transaction: Transaction[S],
    kind: AskKind,
    subject: str,
    *,
    title: str,
    facts: dict[str, str],
    beside: dict[str, str] | None = None,
    roles: Iterable[str] = (),
    people: Iterable[PersonId] = (),
    as_role: str | None = None,
    requester: PersonId,
    excluded: Iterable[PersonId] = (),
    in_person: str | None = None,
    method: Method = Method.AUTHORITY,
    final_role: str | None = None,
    must_include: str | None = None,
    quorum: int = 0,
    of_figures: bool = False,
) -> Ask:
    """Asks the holders of these roles, or these people, for one thing. Returns the ask as recorded.

    `as_role` is the role for which people are asked by name; its head comes next on the ladder. `excluded` people, and
    those for whom the requester acts, have no seat; nobody may answer for the holder of the role `in_person`.
    `of_figures`: its texts are only for people who see figures, whatever its kind.

    Each person has one vote, however many of the roles they hold. Where everybody must approve, the next eligible
    person above answers for a holder who may not judge this; where votes are counted, that role has none.
    """
    state, roles = transaction.state, tuple(roles)
    excluded = (*excluded, *(transaction.actor.people[1:] if requester == transaction.actor.person_id else ()))
    put = Put(kind, requester, excluded)
    voters = _voters(state, put, roles, dict.fromkeys(people, as_role), method)
    voters = tuple(voter.replace(in_person=in_person in voter.roles) for voter in voters)
    final = _final_authority(state, put, final_role, voters, method)
    first = voters[0].person_id if voters else (final[1] if final and final[1] else requester)
    for_client = bool(voters) and all(state.cast.is_client(voter.person_id) for voter in voters)
    last = state.last_ask(kind, subject)
    ask = Ask(
        id=next_ask_id(state),
        kind=kind,
        subject=subject,
        title=fitting(title),
        facts=facts,
        beside=(beside or {}) | (_answered_before(state, last) if last else {}),
        subject_hash=digest(facts),
        difference=_changed_since(state, last, facts) if last and _asked_of_same(last, voters) else (),
        method=method,
        voters=voters,
        roles=roles,
        quorum=quorum,
        must_include=state.cast.holder(must_include) if must_include else None,
        must_include_role=must_include,
        final_role=final[0] if final else None,
        final_person=final[1] if final else None,
        unseated=_unseated(state, roles, voters) if method not in COUNTED else (),
        requester=requester,
        excluded=tuple(sorted(set(excluded))),
        of_figures=of_figures,
        for_client=for_client,
        answered_only_in_person=for_client
        or kind in EVERYBODY_DECIDES_FOR_THEMSELVES
        or kind in state.playbook.ladder.never_answered_by_another,
        opened_at=transaction.now,
        **_timed(transaction, first, state.playbook.due_minutes(kind, client=for_client)),
    )
    return _put(transaction, ask, last)


def _timed(transaction: Transaction[S], person_id: PersonId, minutes: int) -> dict[str, Any]:
    """An ask's clock, in working minutes by this person's calendar, and when it is due."""
    calendar = transaction.state.cast.calendar_of(person_id)
    clock = WorkingClock(calendar=calendar.name, since=None if transaction.state.clocks_stand else transaction.now)
    return {"clock": clock, "due_minutes": minutes, "due_at": clock.reaches(calendar, minutes)}


def _put(transaction: Transaction[S], ask: Ask, last: Ask | None) -> Ask:
    """Records the ask, asks stand-ins of absent voters, and repeats a question left open on the ask it supersedes."""
    transaction.record(AskOpened(ask=ask))
    for voter in ask.voters:
        cover(transaction, ask.id, voter)
    if last is not None and last.outcome is Outcome.SUPERSEDED and last.open_question is not None:
        _ask_back_again(transaction, ask, last.open_question)
    count_votes(transaction, ask.id)
    return transaction.state.asks[ask.id]


def _changed_since(state: AskHolder, last: Ask, facts: dict[str, str]) -> tuple[str, ...]:
    before, after = (rows_shown(state.cast.name, last.kind, one) for one in (last.facts, facts))
    return differences(before, after, state.stands_unasked(last.kind))


def _asked_of_same(last: Ask, voters: tuple[Voter, ...]) -> bool:
    """True if any of the voters was asked the same thing before: for all others nothing has changed."""
    return bool({voter.person_id for voter in last.voters} & {voter.person_id for voter in voters})


def _answered_before(state: AskHolder, last: Ask) -> dict[str, str]:
    """An answered question about the ask that this one replaces, so that nobody has to ask again."""
    question = last.question
    if last.outcome not in {Outcome.SUPERSEDED, Outcome.RETURNED}:
        return {}
    if question is None or question.answer is None:
        return {ANSWERED_BEFORE: last.beside[ANSWERED_BEFORE]} if ANSWERED_BEFORE in last.beside else {}
    by, to = state.cast.name(question.by), state.cast.name(question.to)
    return {ANSWERED_BEFORE: fitting(f"{by} asked {to}: {question.text} The answer: {question.answer}")}


def _ask_back_again(transaction: Transaction[S], ask: Ask, question: Question) -> None:
    """Repeats a question left open on the superseded ask, if the person whose vote waits for it is asked again."""
    still_asked = question.held_up in {voter.person_id for voter in ask.voters}
    if still_asked and transaction.state.cast.people[question.to].active:
        put_question(transaction, ask, question.replace(at=transaction.now))


def put_question(transaction: Transaction[S], ask: Ask, question: Question) -> None:
    """Stops the ask's clock and opens an ask for the person who owes the answer."""
    cast = transaction.state.cast
    transaction.record(InformationAsked(ask_id=ask.id, question=question))
    stop_clock(transaction, ask.id)
    open_ask(
        transaction,
        AskKind.ANSWER_QUESTION,
        f"question:{ask.id}",
        title=f"{cast.name(question.by)} needs to know, before answering “{ask.title}”",
        facts={"question": question.text},
        people=[question.to],
        as_role=next((role for role, held in sorted(cast.holders.items()) if held == question.to), None),
        requester=question.by,
        of_figures=tells_figures(ask),
    )


def next_ask_id(state: AskHolder) -> AskId:
    return AskId(f"{state.id}.A{state.asks_opened + 1}")


def _voters(
    state: AskHolder, put: Put, roles: Iterable[str], people: dict[PersonId, str | None], method: Method
) -> tuple[Voter, ...]:
    """People asked by name and role holders; where everybody must approve, the next above for a barred holder."""
    held = {role: person_id for role in roles if (person_id := state.cast.holder(role)) is not None}
    barred = {
        role: why for role, person_id in held.items() if (why := why_barred(state, put, person_id, role)) is not None
    }
    seats = {role: person_id for role, person_id in held.items() if role not in barred}
    for role in barred if method not in COUNTED else ():
        if (seat := next_above(state, put, role, rather_not={*people, *seats.values()})) is not None:
            seats[role] = seat.person_id
    found: dict[PersonId, list[str]] = {person_id: [role] if role else [] for person_id, role in people.items()}
    because: dict[PersonId, str] = {}
    for role in (role for role in held if role in seats):
        found.setdefault(seats[role], []).append(role)
        if role in barred:
            because[seats[role]] = in_whose_place(role, barred[role])
    return tuple(Voter(person_id=p, roles=tuple(r), because=because.get(p, "")) for p, r in found.items())


def in_whose_place(role: str, why: str | None) -> str:
    """Why somebody answers for a role whose holder may not, phrased to follow their name; empty if the holder may."""
    return f"is above {role_label(role)}, whose holder {why}" if why is not None else ""


def _unseated(state: AskHolder, roles: Iterable[str], voters: tuple[Voter, ...]) -> tuple[str, ...]:
    """Roles that have a holder but nobody eligible to answer."""
    seated = {role for voter in voters for role in voter.roles}
    return tuple(role for role in roles if role not in seated and state.cast.holder(role) is not None)


def _final_authority(
    state: AskHolder, put: Put, role: str | None, voters: tuple[Voter, ...], method: Method
) -> tuple[str, PersonId | None] | None:
    """The final authority's role and person: the next above if they vote already, and None as person if nobody may."""
    if role is None:
        return None
    taken = () if method is Method.AUTHORITY else tuple(voter.person_id for voter in voters)
    named = state.cast.holder(role)
    if named is not None and named not in taken and why_barred(state, put, named) is None:
        return role, named
    return next_above(state, put, None, taken) or (role, None)
