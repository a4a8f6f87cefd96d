"""Asking somebody to hold a role, or requesting one. Nobody holds a role by default."""

from collections.abc import Callable
from datetime import date, timedelta

from domain.asks import delegation
from domain.asks.bound_facts import bound, under
from domain.asks.eligibility import waiting_for
from domain.asks.ending import end_ask
from domain.asks.model import LAST_POSITIONS, AskKind, Outcome, listed
from domain.asks.opening import next_ask_id, open_ask
from domain.directory.directory import ADMINISTRATOR
from domain.directory.participants_size import as_far_as_fits
from domain.directory.people import CFO, MANAGING_DIRECTOR, Absence, Introduction, Person
from domain.engagement.aggregate import Engagement
from domain.engagement.ask_subjects import engagement_facts
from domain.engagement.command import Newcomer
from domain.engagement.roles.appointment import (
    NOBODY_ABOVE,
    barred,
    head_of,
    is_own_successor,
    may_fill,
    require_may_fill,
    who_heads,
)
from domain.engagement.roles.commands import NameParty, ProposeHolder, ReplaceHolder, RequestRole
from domain.engagement.roles.compatibility import check_compatible, is_second
from domain.engagement.roles.competence import require_competent, require_waiver_days
from domain.engagement.roles.events import (
    HolderProposed,
    ProposalEnded,
    ReplacementSought,
)
from domain.engagement.roles.expectations import expected_facts
from domain.engagement.roles.qualification import defined_role, gaps_of, missing_for
from domain.engagement.roles.vacancies import uncovered
from domain.engagement.roles.values import Proposal, VacancyCause
from domain.playbook.model import role_label
from domain.shared.calendar import day_shown
from domain.shared.errors import (
    AskedAlready,
    AskedOften,
    BadValue,
    NobodyAccountable,
    NotByDefault,
    OwnRequest,
    PermissionDenied,
    RoleHeld,
)
from domain.shared.remedy_actions import RemedyAction
from domain.shared.text import capitalized, fitting
from domain.shared.transaction import Transaction
from domain.shared.values import PersonId

# An end date this soon after an absence is assumed to be meant for the absence.
SHORTLY_AFTER = timedelta(days=7)
MAX_NOTICE_DAYS = 366
FARTHEST_DAYS = 3650
# How many other experts are named to somebody asked to join them.
MAX_BESIDE = 3


def propose_holder(transaction: Transaction[Engagement], command: ProposeHolder) -> None:
    """Proposes somebody for a role, which they hold only once they accept."""
    state, person, role = transaction.state, command.person, command.role
    defined = defined_role(state, role)
    _check_proposer(transaction, role)
    require_another(transaction, role, person.id)
    require_end_in_order(transaction, role, person.id, command.until)
    check_compatible(state, role, person.id, by_consent=command.until is not None)
    waiver = require_competent(transaction, person, role, defined, command.waiver)
    if person.id in (state.cast.holder(role), *state.cast.further_experts.get(role, ())):
        raise BadValue(
            f"{person.name} is already {role_label(role)}.", remedy="There is nothing to do.", field="person_id"
        )
    further = _is_beside_an_expert(state, role, asked=command.further)
    if not further:
        _require_free(state, role, person)
        _require_beyond_the_absence(state, role, command.until)
    proposal = Proposal(
        role=role,
        person_id=person.id,
        by=transaction.actor.person_id,
        ask_id=next_ask_id(state),
        further=further,
        waiver=waiver,
        until=command.until,
        expectations=command.expectations,
        for_whom=transaction.actor.for_whom,
    )
    _ask_to_accept(transaction, command, proposal)


def _is_beside_an_expert(state: Engagement, role: str, *, asked: bool) -> bool:
    """True for a further expert: as requested, or because the holder is away and remains the expert."""
    is_expert = role.startswith("expert:") and state.cast.holder(role) is not None
    return is_expert and (asked or _is_away(state, role))


def _require_free(state: Engagement, role: str, person: Person) -> None:
    """Raises RoleHeld: a current holder must be replaced, with a reason.

    Not if the holder's time is ending, or they are away and nobody stands in: then a successor may be proposed.
    """
    holder = state.cast.holders.get(role)
    if holder is None or _is_ending(state, role) or _is_away(state, role):
        return
    beside = ", or propose them as a further expert besides the holder" if role.startswith("expert:") else ""
    raise RoleHeld(
        f"The role of {role_label(role)} in {state.id} is held by {state.cast.name(holder)}.",
        remedy=f"To have {person.name} take over, use replace, with the reason{beside}.",
        action=RemedyAction.REPLACE_HOLDER,
        field="role",
    )


def _require_beyond_the_absence(state: Engagement, role: str, until: date | None) -> None:
    """Raises RoleHeld for a proposal that ends with the holder's absence: that calls for a stand-in.

    Weighed: a temporary holder, after whom the previous one has the role again (a second kind of standing in, with two
    people holding one role).
    """
    absence = uncovered(state, role) if until is not None else None
    if absence is None or until is None or until > absence.last + SHORTLY_AFTER:
        return
    holder, back = state.cast.name(absence.person), day_shown(absence.last)
    raise RoleHeld(
        f"{holder} is away until {back} and would not get the role of {role_label(role)} back after "
        f"{day_shown(until)}: whoever accepts it takes it over, and on that day it would be vacant.",
        remedy=f"Get somebody to stand in until {holder} is back; the administrator records who. "
        "To have the role taken over for good, give no end date.",
        action=RemedyAction.NOTE_DELEGATE,
        field="until",
    )


def _is_ending(state: Engagement, role: str) -> bool:
    """True if the role is held until a date and a successor is sought."""
    vacancy = state.vacancies.get(role)
    return vacancy is not None and vacancy.cause is VacancyCause.ENDING


def _is_away(state: Engagement, role: str) -> bool:
    """True if the role's holder is away and nobody stands in."""
    vacancy = state.vacancies.get(role)
    return vacancy is not None and vacancy.cause is VacancyCause.AWAY


def replace_holder(transaction: Transaction[Engagement], command: ReplaceHolder) -> None:
    """Asks a successor to take a role over; its holder stays until then, or until their last day."""
    state, person, role = transaction.state, command.person, command.role
    defined, holder = defined_role(state, role), state.cast.holder(role)
    if holder is None:
        raise BadValue(
            f"Nobody holds {role_label(role)}.",
            remedy="Propose a holder.",
            action=RemedyAction.PROPOSE_HOLDER,
            field="role",
        )
    if holder == person.id:
        raise BadValue(
            f"{person.name} is already {role_label(role)}.",
            remedy="Name somebody else.",
            action=RemedyAction.LIST_PEOPLE,
            field="person_id",
        )
    _check_proposer(transaction, role)
    require_another(transaction, role, person.id)
    check_compatible(state, role, person.id)
    waiver = require_competent(transaction, person, role, defined, command.waiver)
    today = state.cast.calendar_of(holder).local_day(transaction.now)
    if command.last_day is not None and not 0 <= (command.last_day - today).days <= MAX_NOTICE_DAYS:
        raise BadValue("The last day must be within the next year.", remedy="Give an earlier day.", field="last_day")
    sought = ReplacementSought(
        role=role, person_id=holder, successor=person.id, because=command.reason, last_day=command.last_day
    )
    transaction.record(sought)
    proposal = Proposal(
        role=role,
        person_id=person.id,
        by=transaction.actor.person_id,
        ask_id=next_ask_id(state),
        waiver=waiver,
        expectations=command.expectations,
        last_day=command.last_day,
        because=command.reason,
    )
    _ask_to_accept(transaction, command, proposal)


def _ask_to_accept(transaction: Transaction[Engagement], command: Newcomer, proposal: Proposal) -> None:
    """Ends an earlier proposal for the role, and asks the person to accept it."""
    role, person, state = proposal.role, command.person, transaction.state
    earlier = state.proposals.get(role)
    _require_not_asked_too_often(transaction, role, person)
    if earlier is not None:
        end_ask(transaction, state.asks[earlier.ask_id], Outcome.WITHDRAWN, f"{person.name} was proposed instead")
        transaction.record(ProposalEnded(role=role))
    transaction.record(_known(transaction, command, proposal.replace(ask_id=next_ask_id(transaction.state))))
    delegation.refresh(transaction)
    open_role_ask(transaction, proposal, role_facts(transaction, proposal))


def _require_not_asked_too_often(transaction: Transaction[Engagement], role: str, person: Person) -> None:
    """Raises AskedAlready if they are asked for this role already, AskedOften if too often today."""
    state = transaction.state
    asked = state.proposals.get(role)
    if asked is not None and asked.person_id == person.id:
        ask = state.asks[asked.ask_id]
        raise AskedAlready(
            f"{person.name} has already been asked to be {role_label(role)}.",
            waits_for=waiting_for(state, ask),
            remedy="Wait for their answer, or name somebody else.",
            action=RemedyAction.LIST_PEOPLE,
        )
    if _is_often_enough(transaction, person.id):
        most = state.playbook.limits.proposals_a_day
        raise AskedOften(
            f"{person.name} has been asked {most} times today to hold a role in {state.id}.",
            remedy="Speak with them, or ask again tomorrow.",
        )


def _is_often_enough(transaction: Transaction[Engagement], person_id: PersonId) -> bool:
    """True for somebody proposed for roles here, or requesting them, as often today as the playbook allows.

    Accepted proposals do not count.
    """
    today = transaction.state.cast.calendar_of(person_id).local_day(transaction.now)
    before = transaction.state.proposed.get(person_id)
    most = transaction.state.playbook.limits.proposals_a_day
    return before is not None and before.on == today and before.times >= most


def open_role_ask(transaction: Transaction[Engagement], proposal: Proposal, facts: dict[str, str]) -> None:
    open_ask(
        transaction,
        AskKind.ACCEPT_ROLE,
        f"role:{proposal.role}",
        title=f"Will you be {role_label(proposal.role)} of {transaction.state.title}?",
        facts=facts,
        beside=_of_who_is_away(transaction.state, proposal) | _work_of(transaction.state, proposal),
        people=[proposal.person_id],
        as_role=proposal.role,
        requester=_asking_for_role(transaction, proposal.person_id),
    )


def _of_who_is_away(state: Engagement, proposal: Proposal) -> dict[str, str]:
    """Tells the person asked that the absent holder would not get the role back."""
    absence = uncovered(state, proposal.role) if not proposal.further else None
    if absence is None:
        return {}
    name, then = state.cast.name(absence.person), "for good" if proposal.until is None else "until then"
    away = f"{name} is away until {day_shown(absence.last)} and will not have the role back"
    return {"who holds it now": f"{away}: once you accept, it is yours {then}"}


def _work_of(state: Engagement, proposal: Proposal) -> dict[str, str]:
    """What an expert would estimate, by when, with whom, and the requested dates: shown beside the ask, not bound."""
    role = proposal.role
    packages = [f"{p.id} {p.title}" for p in state.packages.values() if f"expert:{p.discipline}" == role]
    if not packages:
        return {}
    shown = {"work packages": fitting("; ".join(packages)), "requested dates": _wished(state)}
    return shown | (_hours_to_owe(state, proposal) if not state.baseline_signed else {})


def _wished(state: Engagement) -> str:
    return f"{day_shown(state.wished_start)} to {day_shown(state.wished_end)}"


def _hours_to_owe(state: Engagement, proposal: Proposal) -> dict[str, str]:
    """What an expert owes until the scope is signed, and who else gives hours."""
    owed = f"optimistic, likely and pessimistic hours for each of them, {_until_when(state, proposal)}"
    named = _experts_beside(state, proposal)
    beside = listed([*named[:MAX_BESIDE], *([f"{len(named) - MAX_BESIDE} more"] if len(named) > MAX_BESIDE else [])])
    chosen = "each of you gives your own hours, and the delivery lead chooses"
    return {"what you will owe": owed} | ({"who estimates them too": f"{beside}: {chosen}"} if named else {})


def _until_when(state: Engagement, proposal: Proposal) -> str:
    """When hours are due: somebody who joins an open ask has the same deadline as the others."""
    asked = next(state.open_asks(AskKind.ESTIMATE, subject=proposal.role.replace("expert:", "estimate:")), None)
    if asked is not None and asked.due_at is not None:
        return f"due {state.cast.shown_to(proposal.person_id, asked.due_at)}, already asked for"
    hours = state.playbook.due_minutes(AskKind.ESTIMATE, client=False) // 60
    return f"{hours} working hours after you are asked"


def _experts_beside(state: Engagement, proposal: Proposal) -> list[str]:
    """The names of experts who stay when another is asked, without one who would hand over to them."""
    role, leaves = proposal.role, None if proposal.further else state.cast.holder(proposal.role)
    experts = state.cast.experts(role.removeprefix("expert:"))
    return [_with_absence(state, one) for one in experts if one not in {leaves, proposal.person_id}]


def _with_absence(state: Engagement, person_id: PersonId) -> str:
    """A name, with the end of an absence."""
    gone = (one for one in state.cast.begun if isinstance(one, Absence) and one.person == person_id)
    absence = next(gone, None)
    return state.cast.name(person_id) + (f" (away until {day_shown(absence.last)})" if absence is not None else "")


def _known(transaction: Transaction[Engagement], command: Newcomer, proposal: Proposal) -> HolderProposed:
    calendars = {
        calendar.name: calendar for calendar in (*transaction.state.cast.calendars.values(), *command.calendars)
    }
    calendar = calendars.get(command.person.calendar or "", calendars[transaction.state.cast.usual_calendar])
    return HolderProposed(
        on=calendar.local_day(transaction.now), proposal=proposal, **dict(brought_skills(transaction, command))
    )


def brought_skills(transaction: Transaction[Engagement], command: Newcomer | NameParty) -> Introduction:
    """The person named, and as many of their stand-ins as there is room for."""
    told = Introduction(
        people=(command.person, *command.stand_ins),
        calendars=command.calendars,
        absences=command.absences,
        delegations=command.delegations,
    )
    return as_far_as_fits(transaction.state.cast, told, [command.person.id])


def role_facts(transaction: Transaction[Engagement], proposal: Proposal) -> dict[str, str]:
    """What somebody asked to accept a role is shown: who proposes, whom they follow, what is expected, until when."""
    state, role = transaction.state, proposal.role
    by = {"by": proposal.by} if proposal.by in state.cast.people else {"as": ADMINISTRATOR}
    before = state.cast.holder(role) if not proposal.further else None
    facts = {"role": role} | engagement_facts(state) | under("proposed", by | {"for": proposal.for_whom or ""})
    facts |= bound({TAKES_OVER: before, "handover_until": proposal.last_day, "held_until": proposal.until})
    if proposal.waiver is not None:
        facts |= under("waiver", {"until": proposal.waiver.until, "reason": proposal.waiver.reason})
    return facts | expected_facts(proposal.expectations)


def _asking_for_role(transaction: Transaction[Engagement], person_id: PersonId) -> PersonId:
    """The proposer, or the next above if that is the person asked: nobody answers their own request."""
    state = transaction.state
    return _first_besides(state, person_id, state.may_be_above, transaction.actor.person_id, state.manager)


def _check_proposer(transaction: Transaction[Engagement], role: str) -> None:
    require_may_fill(transaction.state, role, *transaction.actor.people)
    if is_own_successor(transaction.state, role, transaction.actor.person_id):
        raise PermissionDenied(
            "An engagement manager cannot name their own successor.", remedy="Ask their head to name one."
        )


def require_another(transaction: Transaction[Engagement], role: str, person_id: PersonId) -> None:
    """Raises OwnRequest if somebody names themselves, or the person they act for: they must request the role."""
    if person_id in transaction.actor.people:
        judge = _who_allows(transaction.state, role, person_id)
        who = transaction.state.cast.name(judge) if judge is not None else NOBODY_ABOVE
        raise OwnRequest(
            "You cannot propose yourself for a role.",
            remedy=f"Ask for {role_label(role)} in your own words; {who} decides.",
            action=RemedyAction.REQUEST_ROLE,
        )


def require_end_in_order(
    transaction: Transaction[Engagement], role: str, person_id: PersonId, until: date | None
) -> None:
    """Raises BadValue for an end not within ten years, NotByDefault for a PM's second role that lasts too long."""
    if until is None:
        return
    state = transaction.state
    days = (until - state.cast.calendar_of(person_id).local_day(transaction.now)).days
    longest = state.playbook.second_role.longest_days
    if not 0 < days <= FARTHEST_DAYS:
        raise BadValue("The end date must be within the next ten years.", remedy="Give such a day.", field="until")
    if is_second(state, role, person_id) and days > longest:
        last = state.cast.calendar_of(person_id).local_day(transaction.now) + timedelta(days=longest)
        raise NotByDefault(
            f"A second role of the project manager can last at most {longest} days, until {last}.",
            remedy=f"Give {last} or an earlier day.",
            field="until",
        )


def request_role(transaction: Transaction[Engagement], command: RequestRole) -> None:
    """Requests a vacant role for oneself, for its head to approve, with a waiver if levels are lacking.

    A project manager's second role always has an end date. If nobody may approve it, it waits for somebody eligible.
    """
    _require_may_request(transaction, command)
    _require_vacant(transaction, command)
    state, me, role = transaction.state, command.person, command.role
    proposal = Proposal(
        role=role, person_id=me.id, by=me.id, ask_id=next_ask_id(state), until=command.until, words=command.words
    )
    transaction.record(_known(transaction, command, proposal))
    delegation.refresh(transaction)
    _ask_to_allow(transaction, command)


def _require_may_request(transaction: Transaction[Engagement], command: RequestRole) -> None:
    """Raises a refusal if the role is incompatible with theirs, or lacks the end date that it needs."""
    state, me, role = transaction.state, command.person, command.role
    second, gap = is_second(state, role, me.id), gaps_of(me, role, defined_role(state, role))
    check_compatible(
        state,
        role,
        me.id,
        by_consent=True,
        remedy=f"{who_heads(state, role)} names somebody else.",
        action=RemedyAction.SHOW_DEAL,
    )
    if command.until is None and (second or gap):
        why = "A second role of the project manager" if second else "A role with missing levels"
        raise BadValue(f"{why} needs an end date.", remedy="Give the day on which it ends.", field="until")
    require_end_in_order(transaction, role, me.id, command.until)
    if gap and command.until is not None:
        require_waiver_days(transaction, command.until, "until")


def _require_vacant(transaction: Transaction[Engagement], command: RequestRole) -> None:
    """Raises a refusal if the role is held, somebody is being asked already, or they were asked too often today."""
    state, role = transaction.state, command.role
    if role in state.proposals:
        asked = state.asks[state.proposals[role].ask_id]
        raise AskedAlready(
            f"{state.cast.name(state.proposals[role].person_id)} has been asked, or has asked, for {role_label(role)} "
            "already.",
            waits_for=waiting_for(state, asked),
            remedy="Wait for the decision.",
        )
    holder = state.cast.holder(role)
    if holder is not None and not _is_ending(state, role):
        raise BadValue(
            f"{capitalized(role_label(role))} is not vacant: {state.cast.name(holder)} holds it.",
            remedy="There is nothing to ask for.",
            field="role",
        )
    if _is_often_enough(transaction, command.person.id):
        raise AskedOften(
            f"You have asked, or were asked, {state.playbook.limits.proposals_a_day} times today to hold a role in "
            f"{state.id}.",
            remedy=f"Speak with {who_heads(state, role)}, or ask again tomorrow.",
        )


def _ask_to_allow(transaction: Transaction[Engagement], command: RequestRole) -> None:
    """Asks the role's head, or whoever is accountable above if the head may not judge it."""
    state, me, role = transaction.state, command.person, command.role
    defined = defined_role(state, role)
    head, judge = state.head_role(role), _who_allows(state, role, me.id)
    also = "project manager, also be" if is_second(state, role, me.id) else "be"
    until = f" until {day_shown(command.until)}" if command.until else ""
    open_ask(
        transaction,
        AskKind.ALLOW_ROLE,
        f"role:{role}",
        title=f"May {me.name}, {also} {role_label(role)}{until}?",
        facts=bound({"role": role, "words": command.words, "until": command.until})
        | missing_for(state.cast.people[me.id], role, defined),
        roles=[head] if judge is None else [],
        people=[judge] if judge is not None else [],
        as_role=head,
        requester=me.id,
        excluded=barred(state, role),
        in_person=head if gaps_of(me, role, defined) else None,
    )


def _who_allows(state: Engagement, role: str, person_id: PersonId) -> PersonId | None:
    """The head of the role's function or, if they request it themselves or sell, the next above."""
    return _besides(state, person_id, lambda above: may_fill(state, role, above), head_of(state, role))


def _besides(
    state: Engagement, person_id: PersonId, may: Callable[[PersonId], bool], *candidates: PersonId | None
) -> PersonId | None:
    """The first of these people, else of the highest positions, who is somebody else and eligible."""
    above = (state.cast.holder(position) for position in (MANAGING_DIRECTOR, CFO, *LAST_POSITIONS))
    return next((p for p in (*candidates, *above) if p is not None and p != person_id and may(p)), None)


def _first_besides(
    state: Engagement, person_id: PersonId, may: Callable[[PersonId], bool], *candidates: PersonId
) -> PersonId:
    """The same. Raises NobodyAccountable if there is none."""
    found = _besides(state, person_id, may, *candidates)
    if found is None:
        raise NobodyAccountable(
            f"Nobody above {state.cast.name(person_id)} can decide this.",
            remedy="Put other people into the highest positions.",
        )
    return found


TAKES_OVER = "takes_over_from"
