"""Who is eligible for a seat in an ask: as a voter, as a stand-in or above one, or as the final authority.

There is one rule, `why_barred`; `why_no_seat` applies it to people who take a seat once votes are on record. Opening,
reassignment, escalation, delegation and the check of an answer all use them, so nobody is asked whose answer would not
count. Weighed: a rule for each of these (each barred somebody whom the next one did not, and asks got stuck).
"""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from domain.asks.holder import AskHolder
from domain.asks.model import CLIENT_CONTACT, CLIENT_ROLES, LAST_POSITIONS, Ask, AskKind, Voter, listed
from domain.asks.tally import without_judge
from domain.directory.people import CFO, MANAGING_DIRECTOR, Participants
from domain.playbook.model import role_label
from domain.shared.errors import Waiting
from domain.shared.values import PersonId

PM = "project_manager"
# Kinds that nobody who sells or sold the deal may answer, not even for a role of their own.
JUDGE_THE_DEAL = frozenset(
    {
        AskKind.ESTIMATE,
        AskKind.ATTEST_ESTIMATE,
        AskKind.APPROVE_PRICE,
        AskKind.DECIDE_DEAL,
        AskKind.REVIEW_SOW,
        AskKind.SIGN_SOW,
        AskKind.REVIEW_BRD,
        AskKind.SIGN_BRD,
        AskKind.APPROVE_CHANGE,
        AskKind.SIGN_CHANGE,
    }
)
SHOW_FIGURES = frozenset({AskKind.APPROVE_PRICE, AskKind.DECIDE_DEAL})
SEE_FIGURES = frozenset({"engagement_manager", "delivery_lead", "finance", "provider_sponsor"})


def tells_figures(ask: Ask) -> bool:
    """True if the contents and answers of an ask are visible only to those asked and to people who may see figures."""
    return ask.kind in SHOW_FIGURES or ask.of_figures


class Put(NamedTuple):
    """The parts of an ask that decide who is eligible, before it is opened."""

    kind: AskKind
    requester: PersonId
    excluded: Collection[PersonId] = ()


class Seat(NamedTuple):
    """The person who answers for a role, and the role or position by which they do."""

    role: str
    person_id: PersonId


def why_barred(state: AskHolder, ask: Ask | Put, person_id: PersonId, role: str | None = None) -> str | None:
    """Why somebody may not have a seat in an ask, phrased to follow their name; None if they may.

    `role` is the one they would answer for. A holder speaks for themselves; where it is somebody else's role, or none
    is given, they would answer for another, which is more restricted. Absence is not considered: the stand-in is asked
    then. For a client only the role's current holder may speak; contacts, and whoever owes an answer to a question, by
    name.
    """
    known = state.cast.people.get(person_id)
    if known is None or not known.active:
        return "has left"
    if role in CLIENT_ROLES:
        by_name = role == CLIENT_CONTACT or ask.kind is AskKind.ANSWER_QUESTION
        return None if by_name or person_id == state.cast.holder(role) else f"is no longer the {role_label(role)}"
    is_own = role is not None and role in state.cast.roles_of(person_id)
    own_hours = is_own and ask.kind is AskKind.ESTIMATE  # an expert's hours are their own; only others judge them
    bars = {
        "sells the deal": person_id == state.cast.holder("sales") and (ask.kind in JUDGE_THE_DEAL or not is_own),
        "sold the deal": person_id in state.sellers and (ask.kind in JUDGE_THE_DEAL or not is_own),
        "asked for this": person_id == ask.requester and not own_hours,
        "worked on what is asked about": person_id in ask.excluded and not own_hours,
        "manages the project": person_id == state.cast.holder(PM) and (not is_own or role in state.cast.positions),
        "is with the client": not is_own and state.cast.is_client(person_id),
        "may not see what it shows": not is_own and not _may_see(state, ask, person_id),
    }
    return next((why for why, so in bars.items() if so), None)


def why_no_seat(state: AskHolder, ask: Ask | Put, person_id: PersonId, role: str | None = None) -> str | None:
    """Why somebody cannot take a seat, phrased to follow their name: barred, or they already voted for another."""
    if isinstance(ask, Ask) and ask.spoke_for_another(person_id):
        return "has already answered here for somebody else"
    return why_barred(state, ask, person_id, role)


def _may_see(state: AskHolder, ask: Ask | Put, person_id: PersonId) -> bool:
    """Experts never see margins, so they answer an ask that shows them for nobody."""
    return ask.kind not in SHOW_FIGURES or _may_see_figures(state, person_id)


def above(state: AskHolder, role: str | None) -> tuple[str, ...]:
    """The positions above a role, nearest first: the function's head, the managing director, the other top positions.

    There are none above a client's role: nobody in the firm speaks for a client.
    """
    if role in CLIENT_ROLES:
        return ()
    return tuple(dict.fromkeys((*heads_of(state, role), *LAST_POSITIONS)))


def heads_of(state: AskHolder, role: str | None) -> tuple[str, ...]:
    """The positions above a role that speak for its function."""
    return (*((state.head_role(role),) if role is not None else ()), MANAGING_DIRECTOR, CFO)


def next_above(
    state: AskHolder,
    ask: Ask | Put,
    role: str | None,
    without: Collection[PersonId] = (),
    rather_not: Collection[PersonId] = (),
) -> Seat | None:
    """The nearest person above a role who may answer for it; people in `rather_not` only if there is nobody else."""
    held = ((position, state.cast.holder(position)) for position in above(state, role))
    may = [Seat(position, p) for position, p in held if p and p not in without and not why_no_seat(state, ask, p)]
    return next((seat for seat in may if seat.person_id not in rather_not), next(iter(may), None))


def seat_of(
    state: AskHolder,
    ask: Ask | Put,
    role: str,
    without: Collection[PersonId] = (),
    rather_not: Collection[PersonId] = (),
) -> Seat | None:
    """Who answers for a role: its holder, else the nearest person above who may; None if nobody may."""
    holder = state.cast.holder(role)
    if holder is not None and holder not in without and not why_no_seat(state, ask, holder, role):
        return Seat(role, holder)
    return next_above(state, ask, role, without, rather_not)


def why_unheard(state: AskHolder, ask: Ask, voter: Voter) -> str | None:
    """Why the answer of somebody asked does not count, phrased to follow their name; None if it does.

    Anybody may accept a role for themselves, and somebody asked by name speaks for nobody else.
    """
    if ask.kind is AskKind.ACCEPT_ROLE or not voter.roles:
        return None
    reasons = [why_barred(state, ask, voter.person_id, role) for role in voter.roles]
    return None if None in reasons else reasons[0]


def why_nobody(state: AskHolder, ask: Ask) -> str:
    """Why nobody may answer for the roles being waited for, one sentence each; empty if somebody may."""
    named = [_why_none(state, ask, role) for role in without_judge(ask)]
    return " ".join(named)


def _why_none(state: AskHolder, ask: Ask, role: str) -> str:
    held = dict.fromkeys(p for name in (role, *above(state, role)) if (p := state.cast.holder(name)) is not None)
    if not held:
        return f"There is no {role_label(role)} now."
    why = [f"{state.cast.name(p)} {why_no_seat(state, ask, p, role) or 'has spoken here already'}" for p in held]
    return f"Nobody may answer as {role_label(role)}: {listed(why)}."


def question_ask(state: AskHolder, ask: Ask) -> Ask | None:
    """The open ask that puts this ask's question to the person who owes the answer."""
    return next(state.open_asks(AskKind.ANSWER_QUESTION, subject=f"question:{ask.id}"), None)


def may_stand_in(state: AskHolder, ask: Ask, person_id: PersonId) -> bool:
    """True for somebody who may answer for another and has no seat here yet: each person has one vote."""
    seated = {voter.person_id for voter in ask.voters} | {s.person_id for s in ask.stand_ins}
    seated |= {ask.final_person} if ask.climbed and ask.final_person else set()
    return person_id not in seated and why_no_seat(state, ask, person_id) is None


def _may_see_figures(state: AskHolder, person_id: PersonId) -> bool:
    """True for people whose role or position here shows margins, or whose trade does unless they are an expert here."""
    here, known = state.cast.roles_of(person_id), state.cast.people[person_id]
    if SEE_FIGURES.intersection(here) or person_id in state.cast.positions.values():
        return True
    return bool(SEE_FIGURES & set(known.roles)) and not any(role.startswith("expert:") for role in here)


def who_has_the_last_word(state: AskHolder, ask: Ask) -> tuple[str, PersonId | None]:
    """An ask's final authority by role and person; the nearest person above if they may not decide or voted.

    Nobody who votes on it or voted for another qualifies. The person is None if nobody is left who may.
    """
    spoken = {*(voter.person_id for voter in ask.voters), *(vote.by for vote in ask.votes)}
    role = ask.final_role or MANAGING_DIRECTOR
    named = state.cast.holder(role) or ask.final_person
    if named is not None and named not in spoken and not why_no_seat(state, ask, named):
        return role, named
    return next_above(state, ask, None, spoken) or (role, None)


def waiting_for(state: AskHolder, ask: Ask) -> tuple[Waiting, ...]:
    """Whom an open ask is waiting for, as refusals show it: while a question is open, who owes its answer."""
    if ask.clock_waits:
        ask = question_ask(state, ask) or ask
    return silent_on(state, [ask])


def silent_on(state: AskHolder, asks: Iterable[Ask]) -> tuple[Waiting, ...]:
    """Everybody who owes one of these asks an answer, with the roles for which they are asked."""
    return tuple(
        Waiting(
            ask_id=ask.id,
            who=state.cast.name(voter.person_id),
            role=listed([*map(role_label, voter.roles)]) or None,
            since=ask.opened_at,
            due=ask.due_at,
        )
        for ask in asks
        for voter in ask.silent
    )


def still_owed_beside(state: AskHolder, given: Collection[str]) -> tuple[str, ...]:
    """What else the asks for hours that these hours answer are still waiting for."""
    asks = [ask for ask in state.open_asks(AskKind.ESTIMATE) if {*ask.packages, *ask.lines} & set(given)]
    return tuple(dict.fromkeys(name for ask in asks for name in state.still_owed(ask) if name not in given))


def told_roles(cast: Participants, voter: Voter) -> tuple[str, ...]:
    """The roles shown for a voter: a client's sponsor who is asked as a contact is shown as the sponsor."""
    is_sponsor = cast.holder("client_sponsor") == voter.person_id
    return tuple("client_sponsor" if is_sponsor and role == "client_contact" else role for role in voter.roles)
