"""Who may answer in whose place: the next above a role, and whoever must not."""

from collections.abc import Collection, Iterable

from domain.asks import LAST_POSITIONS, Ask, Asking, AskKind, Voter, listed
from domain.people import CFO, MANAGING_DIRECTOR, Cast
from domain.playbook import role_label
from domain.refusals import Waiting

SHOW_FIGURES = frozenset({AskKind.APPROVE_PRICE, AskKind.DECIDE_DEAL})
SEE_FIGURES = frozenset({"engagement_manager", "delivery_lead", "finance", "provider_sponsor"})


def tells_figures(ask: Ask) -> bool:
    """True where what an ask is about, and what is answered, shows only to those asked and to who sees figures."""
    return ask.kind in SHOW_FIGURES or ask.of_figures


def next_above(state: Asking, role: str, excluded: set[str]) -> str | None:
    """The next above a role who is not excluded and not the project manager: its head, the director, the CFO."""
    return next((p for p in heads_of(state, role) if p not in excluded and state.may_be_above(p)), None)


def may_speak_for(state: Asking, role: str, person: str) -> bool:
    """False where the project manager would speak by a position in which ladders end: these climb past them."""
    return role not in state.cast.positions or person != state.cast.holder("project_manager")


def heads_of(state: Asking, role: str) -> list[str | None]:
    return [state.cast.holder(higher) for higher in (state.head_role(role), MANAGING_DIRECTOR, CFO)]


def question_ask(state: Asking, ask: Ask) -> Ask | None:
    """The open ask that puts an ask's question to whoever owes the answer."""
    return next(state.open_asks(AskKind.ANSWER_QUESTION, subject=f"question:{ask.id}"), None)


def may_stand_in(state: Asking, ask: Ask, person: str) -> bool:
    """Nobody judges their own request or hours for another, and nothing climbs to the project manager or a client.

    Experts never see margins: an ask that shows them has no stand-in who may not.
    """
    cast = state.cast
    known = cast.people.get(person)
    if known is None or not known.active or cast.is_client(person):
        return False
    if ask.kind in SHOW_FIGURES and not _may_see_figures(state, person):
        return False
    already = {voter.person for voter in ask.voters} | {s.person for s in ask.stand_ins}
    return person not in barred_from(state, ask) and person not in already


def _may_see_figures(state: Asking, person: str) -> bool:
    """Whoever sees margins here by a role or position, or by trade; whoever is an expert here does not by trade."""
    here, known = state.cast.roles_of(person), state.cast.people[person]
    if SEE_FIGURES.intersection(here) or person in state.cast.positions.values():
        return True
    return bool(SEE_FIGURES & set(known.roles)) and not any(role.startswith("expert:") for role in here)


def barred_from(state: Asking, ask: Ask) -> set[str]:
    """Who answers this for nobody, whatever they were before: who asked, sells, manages the project, gave the hours."""
    manager = state.cast.holder("project_manager")
    return {ask.requester, *ask.excluded, *state.sellers, *({manager} if manager else ())}


def who_has_the_last_word(state: Asking, ask: Ask) -> tuple[str, str]:
    """The final authority of an ask, by role and person; the next above where they asked, sell, or would judge twice.

    Nobody who has a vote on it or gave one for another, and never the project manager, whatever position they hold.
    """
    spoken = {*(voter.person for voter in ask.voters), *(vote.by for vote in ask.votes)}
    taken = {*barred_from(state, ask), *spoken}
    holder = state.cast.holder(ask.final_role) if ask.final_role else None
    named = ((ask.final_role or "", holder or ask.final_person),)
    above = ((role, state.cast.positions.get(role)) for role in (MANAGING_DIRECTOR, CFO, *LAST_POSITIONS))
    free = ((role, person) for role, person in (*named, *above) if person and person not in taken)
    return next(((role, p) for role, p in free if state.may_be_above(p)), (MANAGING_DIRECTOR, state.overseer))


def waiting_for(state: Asking, ask: Ask) -> tuple[Waiting, ...]:
    """Whom an open ask waits for, as a refusal shows it: while a question is open, whoever owes its answer."""
    if ask.clock_waits:
        ask = question_ask(state, ask) or ask
    return silent_on(state, [ask])


def silent_on(state: Asking, asks: Iterable[Ask]) -> tuple[Waiting, ...]:
    """Everybody who owes one of these asks an answer, with the roles by which they are asked."""
    return tuple(
        Waiting(
            ask=ask.id,
            who=state.cast.name(voter.person),
            role=listed([*map(role_label, voter.roles)]) or None,
            since=ask.opened_at,
            due=ask.due_at,
        )
        for ask in asks
        for voter in ask.silent
    )


def still_owed_beside(state: Asking, given: Collection[str]) -> tuple[str, ...]:
    """What asks for hours, of which some are given now, wait for beside these."""
    asks = [ask for ask in state.open_asks(AskKind.ESTIMATE) if ask.facts.keys() & set(given)]
    return tuple(dict.fromkeys(name for ask in asks for name in state.still_owed(ask) if name not in given))


def told_roles(cast: Cast, voter: Voter) -> tuple[str, ...]:
    """The roles by which people read that somebody is asked: a client's sponsor who speaks as a contact stays that."""
    is_sponsor = cast.holder("client_sponsor") == voter.person
    return tuple("client_sponsor" if is_sponsor and role == "client_contact" else role for role in voter.roles)
