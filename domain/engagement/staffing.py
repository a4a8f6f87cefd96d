"""Who holds which role: proposed, asked for, accepted in words, handed over, released. Never by default."""

from collections.abc import Callable
from datetime import date, timedelta

from domain.asking import standing_in
from domain.asking.ending import end_ask
from domain.asking.opening import next_ask_id, open_ask
from domain.asking.seats import waiting_for
from domain.asks import CLIENT_ROLES, LAST_POSITIONS, Ask, Asking, AskKind, Outcome, listed
from domain.engagement import commands as c
from domain.engagement import permissions
from domain.engagement.compatibility import check_compatible, is_second
from domain.engagement.confirming import require_confirmed_person
from domain.engagement.coverage import NEVER_EMPTY, PM
from domain.engagement.expectations import spoken
from domain.engagement.holdings import covering, defined_role, gaps_of, unwaived
from domain.engagement.naming import (
    NOBODY_ABOVE,
    barred,
    head_of,
    is_own_successor,
    may_fill,
    require_may_fill,
    who_heads,
)
from domain.engagement.role_events import (
    ExpertLeft,
    HolderProposed,
    PartyNamed,
    ProposalEnded,
    ReplacementSought,
    RoleAccepted,
    RoleReleased,
    SuccessorRefused,
)
from domain.engagement.state import (
    Engagement,
    Handover,
    Holding,
    Proposal,
    VacancyCause,
    Waiver,
)
from domain.engagement.vacancies import uncovered
from domain.people import CFO, MANAGING_DIRECTOR, Absence, Introduction, Person
from domain.people_room import as_far_as_fits
from domain.playbook import Role, role_label
from domain.refusals import (
    AskedAlready,
    AskedOften,
    BadValue,
    NobodyAccountable,
    NotByDefault,
    NotCompetent,
    NotWhatWasShown,
    NotYours,
    OnlyAWordApproves,
    OwnRequest,
    Refusal,
    RoleHeld,
)
from domain.turn import Turn
from domain.words import capitalized, fitting, is_said
from domain.working_time import day_shown

SHORTLY_AFTER = timedelta(days=7)
"""An end so soon after an absence is meant for the absence."""
LONGEST_WAIVER_DAYS = 366
LONGEST_NOTICE_DAYS = 366
FARTHEST_DAYS = 3650
MOST_BESIDE = 3
"""Experts that are named to whoever is asked to be one beside them."""
NOT_FIT = "does not meet what the role requires"
"""What everybody in a deal reads of somebody's levels; whoever may fill the role sees them among its candidates."""
MAY_NOT_FOLLOW = "named to follow, may not: "
"""Before the reason for which a successor is not asked."""


def propose_holder(turn: Turn[Engagement], command: c.ProposeHolder) -> None:
    """Names somebody for a role: they hold it only once they accept."""
    state, person, role = turn.state, command.person, command.role
    defined = defined_role(state, role)
    _check_proposer(turn, role)
    _require_another(turn, role, person.id)
    _check_end(turn, role, person.id, command.until)
    check_compatible(state, role, person.id, by_consent=command.until is not None)
    waiver = _check_competent(turn, person, role, defined, command.waiver)
    if person.id in (state.cast.holder(role), *state.cast.further_experts.get(role, ())):
        raise BadValue(f"{person.name} holds {role_label(role)} already.", remedy="Nothing to do.", field="person")
    further = _is_beside_an_expert(state, role, asked=command.further)
    if not further:
        _require_free(state, role, person)
        _require_beyond_the_absence(state, role, command.until)
    proposal = Proposal(
        role=role,
        person=person.id,
        by=turn.actor.person,
        ask=next_ask_id(state),
        further=further,
        waiver=waiver,
        until=command.until,
        expectations=command.expectations,
        for_whom=turn.actor.for_whom,
    )
    _ask_to_accept(turn, command, proposal)


def _is_beside_an_expert(state: Engagement, role: str, *, asked: bool) -> bool:
    """True where a further expert is named: as asked, or because the holder is away, and stays the expert."""
    is_expert = role.startswith("expert:") and state.cast.holder(role) is not None
    return is_expert and (asked or _is_away(state, role))


def _require_free(state: Engagement, role: str, person: Person) -> None:
    """Whoever holds a role is replaced, which says why. Raises RoleHeld.

    But who answers for it no more is followed: one whose time in it ends, or who is away while nobody stands in.
    """
    holder = state.cast.holders.get(role)
    if holder is None or _is_ending(state, role) or _is_away(state, role):
        return
    beside = ", or propose them as a further expert beside the holder" if role.startswith("expert:") else ""
    raise RoleHeld(
        f"The role of {role_label(role)} in {state.id} is held by {state.cast.name(holder)}.",
        remedy=f"To have {person.name} take over, use replace, with the reason{beside}.",
        field="role",
    )


def _require_beyond_the_absence(state: Engagement, role: str, until: date | None) -> None:
    """Whoever answers for a holder while they are away stands in; a proposal takes the role over. Raises RoleHeld.

    Weighed: a holder for some days, after whom the one before has the role again (a second way to stand in, by which
    two people hold one role).
    """
    absence = uncovered(state, role) if until is not None else None
    if absence is None or until is None or until > absence.last + SHORTLY_AFTER:
        return
    holder, back = state.cast.name(absence.person), day_shown(absence.last)
    raise RoleHeld(
        f"{holder} is away until {back} and would not have the role of {role_label(role)} again after "
        f"{day_shown(until)}: whoever accepts it takes it over, and on that day it would be vacant.",
        remedy=f"Have somebody stand in until {holder} is back: the administrator notes who, with interlock people "
        "delegate. To have the role taken over for good, name no end.",
        field="until",
    )


def _is_ending(state: Engagement, role: str) -> bool:
    """True where a role is still held, until a date, and a successor is sought."""
    vacancy = state.vacancies.get(role)
    return vacancy is not None and vacancy.cause is VacancyCause.ENDING


def _is_away(state: Engagement, role: str) -> bool:
    """True where whoever holds a role is away, and nobody stands in."""
    vacancy = state.vacancies.get(role)
    return vacancy is not None and vacancy.cause is VacancyCause.AWAY


def replace_holder(turn: Turn[Engagement], command: c.ReplaceHolder) -> None:
    """Asks a successor to take over from whoever holds the role, who stays until then, or until their last day."""
    state, person, role = turn.state, command.person, command.role
    defined, holder = defined_role(state, role), state.cast.holder(role)
    if holder is None:
        raise BadValue(f"Nobody holds {role_label(role)}.", remedy="Propose a holder.", field="role")
    if holder == person.id:
        raise BadValue(f"{person.name} holds {role_label(role)} already.", remedy="Name another.", field="person")
    _check_proposer(turn, role)
    _require_another(turn, role, person.id)
    check_compatible(state, role, person.id)
    waiver = _check_competent(turn, person, role, defined, command.waiver)
    today = state.cast.calendar_of(holder).local_day(turn.now)
    if command.last_day is not None and not 0 <= (command.last_day - today).days <= LONGEST_NOTICE_DAYS:
        raise BadValue("A last day lies ahead, within a year.", remedy="Give such a day.", field="last_day")
    sought = ReplacementSought(
        role=role, person=holder, successor=person.id, because=command.reason, last_day=command.last_day
    )
    turn.record(sought)
    proposal = Proposal(
        role=role,
        person=person.id,
        by=turn.actor.person,
        ask=next_ask_id(state),
        waiver=waiver,
        expectations=command.expectations,
        last_day=command.last_day,
        because=command.reason,
    )
    _ask_to_accept(turn, command, proposal)


def _ask_to_accept(turn: Turn[Engagement], command: c.Newcomer, proposal: Proposal) -> None:
    """Ends an earlier proposal for the role, and asks the person in what words they would be its holder."""
    role, person, state = proposal.role, command.person, turn.state
    earlier = state.proposals.get(role)
    _require_not_asked_too_often(turn, role, person)
    if earlier is not None:
        end_ask(turn, state.asks[earlier.ask], Outcome.WITHDRAWN, f"{person.name} was proposed instead")
        turn.record(ProposalEnded(role=role))
    turn.record(_known(turn, command, proposal.having(ask=next_ask_id(turn.state))))
    standing_in.refresh(turn)
    _open_role_ask(turn, proposal, _role_facts(turn, proposal))


def _require_not_asked_too_often(turn: Turn[Engagement], role: str, person: Person) -> None:
    """Raises AskedAlready for whoever is asked just that already, AskedOften for who was asked often enough today."""
    state = turn.state
    asked = state.proposals.get(role)
    if asked is not None and asked.person == person.id:
        ask = state.asks[asked.ask]
        raise AskedAlready(
            f"{person.name} is asked already to be {role_label(role)}.",
            waits_for=waiting_for(state, ask),
            remedy="Wait for their answer, or name another.",
        )
    if _is_often_enough(turn, person.id):
        most = state.playbook.limits.proposals_a_day
        raise AskedOften(
            f"{person.name} has been asked {most} times today to hold a role in {state.id}.",
            remedy="Speak with them, or ask again tomorrow.",
        )


def _is_often_enough(turn: Turn[Engagement], person: str) -> bool:
    """True for who was proposed for roles here, or asked for them, as often today as the playbook lets anybody.

    What they accepted does not count.
    """
    today = turn.state.cast.calendar_of(person).local_day(turn.now)
    before = turn.state.proposed.get(person)
    most = turn.state.playbook.limits.proposals_a_day
    return before is not None and before.on == today and before.times >= most


def _open_role_ask(turn: Turn[Engagement], proposal: Proposal, facts: dict[str, str]) -> None:
    open_ask(
        turn,
        AskKind.ACCEPT_ROLE,
        f"role:{proposal.role}",
        title=f"Will you be {role_label(proposal.role)} of {turn.state.title}?",
        facts=facts,
        beside=_of_who_is_away(turn.state, proposal) | _work_of(turn.state, proposal),
        people=[proposal.person],
        as_role=proposal.role,
        requester=_asking_for_role(turn, proposal.person),
    )


def _of_who_is_away(state: Engagement, proposal: Proposal) -> dict[str, str]:
    """That whoever is only away does not have the role again, to whom is to take it over."""
    absence = uncovered(state, proposal.role) if not proposal.further else None
    if absence is None:
        return {}
    name, then = state.cast.name(absence.person), "for good" if proposal.until is None else "until then"
    away = f"{name} is away until {day_shown(absence.last)} and does not have the role again"
    return {"who holds it now": f"{away}: once you accept, it is yours {then}"}


def _work_of(state: Engagement, proposal: Proposal) -> dict[str, str]:
    """What an expert would estimate, by when, beside whom, and when the work is wished: shown to whoever is to accept,
    and not bound.
    """
    role = proposal.role
    packages = [f"{p.id} {p.title}" for p in state.packages.values() if f"expert:{p.discipline}" == role]
    if not packages:
        return {}
    shown = {"work packages": fitting("; ".join(packages)), "wished dates": _wished(state)}
    return shown | (_hours_to_owe(state, proposal) if not state.baseline_signed else {})


def _wished(state: Engagement) -> str:
    return f"{day_shown(state.wished_start)} to {day_shown(state.wished_end)}"


def _hours_to_owe(state: Engagement, proposal: Proposal) -> dict[str, str]:
    """What an expert owes, until the scope is signed, and who gives hours beside them."""
    owed = f"optimistic, likely and pessimistic hours for each of them, {_until_when(state, proposal)}"
    named = _experts_beside(state, proposal)
    beside = listed([*named[:MOST_BESIDE], *([f"{len(named) - MOST_BESIDE} more"] if len(named) > MOST_BESIDE else [])])
    chosen = "each of you gives hours of their own, and the delivery lead chooses"
    return {"what you will owe": owed} | ({"who estimates them too": f"{beside}: {chosen}"} if named else {})


def _until_when(state: Engagement, proposal: Proposal) -> str:
    """By when hours are owed: whoever joins while they are asked has the time of those who are asked already."""
    asked = next(state.open_asks(AskKind.ESTIMATE, subject=proposal.role.replace("expert:", "estimate:")), None)
    if asked is not None and asked.due_at is not None:
        return f"due {state.cast.shown_to(proposal.person, asked.due_at)}, as they are asked for already"
    hours = state.playbook.due_minutes(AskKind.ESTIMATE, client=False) // 60
    return f"{hours} working hours after you are asked"


def _experts_beside(state: Engagement, proposal: Proposal) -> list[str]:
    """By name, the experts who stay beside somebody who is asked to be one; who would hand over to them does not."""
    role, leaves = proposal.role, None if proposal.further else state.cast.holder(proposal.role)
    experts = state.cast.experts(role.removeprefix("expert:"))
    return [_with_absence(state, one) for one in experts if one not in {leaves, proposal.person}]


def _with_absence(state: Engagement, person: str) -> str:
    """By name, and until when they are away who are."""
    gone = (one for one in state.cast.begun if isinstance(one, Absence) and one.person == person)
    absence = next(gone, None)
    return state.cast.name(person) + (f" (away until {day_shown(absence.last)})" if absence is not None else "")


def _known(turn: Turn[Engagement], command: c.Newcomer, proposal: Proposal) -> HolderProposed:
    calendars = {calendar.name: calendar for calendar in (*turn.state.cast.calendars.values(), *command.calendars)}
    calendar = calendars.get(command.person.calendar or "", calendars[turn.state.cast.usual_calendar])
    return HolderProposed(on=calendar.local_day(turn.now), proposal=proposal, **dict(_brought(turn, command)))


def _brought(turn: Turn[Engagement], command: c.Newcomer | c.NameParty) -> Introduction:
    """Whoever is named, and of those who stand in for them as many as there is room for."""
    told = Introduction(
        people=(command.person, *command.stand_ins),
        calendars=command.calendars,
        absences=command.absences,
        delegations=command.delegations,
    )
    return as_far_as_fits(turn.state.cast, told, [command.person.id])


def _role_facts(turn: Turn[Engagement], proposal: Proposal) -> dict[str, str]:
    """What somebody is shown who is to accept a role: beside whom, what is expected, until when."""
    state, role = turn.state, proposal.role
    facts = {
        "role": role,
        "engagement": f"{state.id} {state.title} for {state.client}",
        "proposed by": (state.cast.name(proposal.by) if proposal.by in state.cast.people else "the administrator")
        + (f" for {state.cast.name(proposal.for_whom)}" if proposal.for_whom else ""),
    }
    holder = state.cast.holder(role)
    if holder is not None and not proposal.further:
        facts["takes over from"] = state.cast.name(holder)
    if proposal.last_day is not None:
        facts["handover until"] = str(proposal.last_day)
    if proposal.until is not None:
        facts["held until"] = str(proposal.until)
    if proposal.waiver is not None:
        facts["waiver"] = fitting(f"until {day_shown(proposal.waiver.until)}: {proposal.waiver.reason}")
    return facts | {f"expected {n}": spoken(e) for n, e in enumerate(proposal.expectations, 1)}


def _asking_for_role(turn: Turn[Engagement], person: str) -> str:
    """Who proposes; where somebody proposes themselves, the one accountable above: nobody answers their own request."""
    return _first_besides(turn.state, person, turn.state.may_be_above, turn.actor.person, turn.state.manager)


def _check_proposer(turn: Turn[Engagement], role: str) -> None:
    require_may_fill(turn.state, role, *turn.actor.people)
    if is_own_successor(turn.state, role, turn.actor.person):
        raise NotYours("An engagement manager does not name their own successor.", remedy="Their head does.")


def _require_another(turn: Turn[Engagement], role: str, person: str) -> None:
    """Raises OwnRequest where somebody would name themselves, or be named for themselves: that is a wish."""
    if person in turn.actor.people:
        judge = _judge_of_wish(turn.state, role, person)
        who = turn.state.cast.name(judge) if judge is not None else NOBODY_ABOVE
        raise OwnRequest(
            "Who would hold a role themselves asks for it, and another allows it.",
            remedy=f"Ask for {role_label(role)} in your own words; {who} decides.",
        )


def _check_end(turn: Turn[Engagement], role: str, person: str, until: date | None) -> None:
    """A role held until a date ends ahead; a second role of the project manager within the playbook's longest time."""
    if until is None:
        return
    state = turn.state
    days = (until - state.cast.calendar_of(person).local_day(turn.now)).days
    longest = state.playbook.second_role.longest_days
    if not 0 < days <= FARTHEST_DAYS:
        raise BadValue("An end lies ahead, within ten years.", remedy="Give such a day.", field="until")
    if is_second(state, role, person) and days > longest:
        last = state.cast.calendar_of(person).local_day(turn.now) + timedelta(days=longest)
        raise NotByDefault(
            f"A second role of the project manager lasts at most {longest} days, until {last}.",
            remedy=f"Give {last} or an earlier day.",
            field="until",
        )


def _check_competent(
    turn: Turn[Engagement], person: Person, role: str, defined: Role, waiver: Waiver | None
) -> Waiver | None:
    """The waiver with what it covers. Raises NotCompetent, naming the gaps, unless the role's head waives them."""
    state = turn.state
    if person.client is not None or not person.active:
        raise BadValue(f"{person.name} does not work for the firm.", remedy="Name somebody who does.", field="person")
    lacking = gaps_of(person, role, defined)
    head = who_heads(state, role)
    if waiver is not None:
        _check_waiver(turn, role, waiver, person)
        return covering(waiver, person, role, defined)
    if lacking:
        raise NotCompetent(
            f"{person.name} lacks for {role_label(role)}: {'; '.join(lacking)}.",
            remedy=f"Name somebody competent, or {head} waives it with a reason and an end.",
        )
    return None


def _check_waiver(turn: Turn[Engagement], role: str, waiver: Waiver, person: Person) -> None:
    head = head_of(turn.state, role)
    if turn.actor.person != head:
        raise NotCompetent(
            "Only the head of the role's function waives what lacks.",
            remedy=f"{capitalized(who_heads(turn.state, role))} proposes them, with the waiver.",
        )
    if person.id == head:
        raise OwnRequest("Nobody waives what they lack themselves.", remedy="Name somebody else.")
    _check_waiver_days(turn, waiver.until, "waiver.until")


def _check_waiver_days(turn: Turn[Engagement], until: date, field: str) -> None:
    days = (until - turn.state.cast.calendar_of(turn.actor.person).local_day(turn.now)).days
    if not 0 < days <= LONGEST_WAIVER_DAYS:
        raise BadValue("What lacks is waived until a day within a year.", remedy="Give such a day.", field=field)


def request_role(turn: Turn[Engagement], command: c.RequestRole) -> None:
    """A colleague's own wish to hold a vacant role: its head allows it, with a waiver where levels lack.

    A project manager's second role always has an end. Where nobody may allow it, it waits for whoever comes who may.
    """
    state, me, role = turn.state, command.person, command.role
    defined = defined_role(state, role)
    second = is_second(state, role, me.id)
    gap = gaps_of(me, role, defined)
    check_compatible(state, role, me.id, by_consent=True, remedy=f"{who_heads(state, role)} names somebody else.")
    if command.until is None and (second or gap):
        why = "A second role of the project manager" if second else "A role for which levels lack"
        raise BadValue(f"{why} is held until a date.", remedy="Give the day on which it ends.", field="until")
    _check_end(turn, role, me.id, command.until)
    if gap and command.until is not None:
        _check_waiver_days(turn, command.until, "until")
    if role in state.proposals:
        asked = state.asks[state.proposals[role].ask]
        raise AskedAlready(
            f"{state.cast.name(state.proposals[role].person)} is asked, or has asked, for {role_label(role)} already.",
            waits_for=waiting_for(state, asked),
            remedy="Wait for what comes of it.",
        )
    if state.cast.holder(role) is not None and not _is_ending(state, role):
        holder = state.cast.name(state.cast.holder(role) or "")
        raise BadValue(
            f"{capitalized(role_label(role))} is not vacant: {holder} holds it.",
            remedy="Nothing to take.",
            field="role",
        )
    if _is_often_enough(turn, me.id):
        raise AskedOften(
            f"You have asked, or were asked, {state.playbook.limits.proposals_a_day} times today to hold a role in "
            f"{state.id}.",
            remedy=f"Speak with {who_heads(state, role)}, or ask again tomorrow.",
        )
    proposal = Proposal(
        role=role, person=me.id, by=me.id, ask=next_ask_id(state), until=command.until, words=command.words
    )
    turn.record(_known(turn, command, proposal))
    standing_in.refresh(turn)
    head, judge = state.head_role(role), _judge_of_wish(state, role, me.id)
    also = "project manager, also" if second else ""
    until = f" until {day_shown(command.until)}" if command.until else ""
    open_ask(
        turn,
        AskKind.ALLOW_ROLE,
        f"role:{role}",
        title=" ".join(f"May {me.name}, {also} be {role_label(role)}{until}?".replace(",  ", " ").split()),
        facts={"role": role, "in their words": command.words}
        | ({"until": str(command.until)} if command.until else {})
        | ({permissions.LACKS: fitting("; ".join(gap))} if gap else {}),
        roles=[head] if judge is None else [],
        people=[judge] if judge is not None else [],
        as_role=head,
        requester=me.id,
        excluded=barred(state, role),
        in_person=head if gap else None,
    )


def _judge_of_wish(state: Engagement, role: str, person: str) -> str | None:
    """The head of the role's function, or whoever stands above, where the head wishes for it themselves or sells."""
    return _besides(state, person, lambda above: may_fill(state, role, above), head_of(state, role))


def _besides(state: Engagement, person: str, may: Callable[[str], bool], *candidates: str | None) -> str | None:
    """The first of these, or of the highest positions, who is somebody else."""
    above = (state.cast.holder(position) for position in (MANAGING_DIRECTOR, CFO, *LAST_POSITIONS))
    return next((p for p in (*candidates, *above) if p is not None and p != person and may(p)), None)


def _first_besides(state: Engagement, person: str, may: Callable[[str], bool], *candidates: str) -> str:
    """That one. Raises NobodyAccountable where there is none."""
    found = _besides(state, person, may, *candidates)
    if found is None:
        raise NobodyAccountable(
            f"Nobody above {state.cast.name(person)} could judge this.",
            remedy="Fill the highest positions with others.",
        )
    return found


def on_role_answered(turn: Turn[Engagement], ask: Ask) -> None:
    """A person accepted a role in their own words, or did not: then it stays vacant."""
    role = ask.subject.removeprefix("role:")
    proposal = turn.state.proposals.get(role)
    if proposal is None or proposal.ask != ask.id:
        return
    if ask.outcome is not Outcome.APPROVED:
        turn.record(ProposalEnded(role=role, declined=_declined(turn.state, ask, proposal)))
        return
    _accept(turn, ask, proposal)


def _declined(state: Engagement, ask: Ask, proposal: Proposal) -> str:
    who = "was not allowed it" if ask.kind is AskKind.ALLOW_ROLE else "declined"
    because = f": {ask.why_ended}" if ask.why_ended else ""
    return fitting(f"{state.cast.name(proposal.person)} {who}{because}")


def _accept(turn: Turn[Engagement], ask: Ask, proposal: Proposal) -> None:
    state, role = turn.state, proposal.role
    wished = ask.kind is AskKind.ALLOW_ROLE
    if wished:
        require_may_fill(state, role, ask.votes[-1].by, ask.votes[-1].voter)  # they may sell it since they were asked
    rest = state.having(proposals={k: v for k, v in state.proposals.items() if k != role})
    second = is_second(rest, role, proposal.person)
    check_compatible(rest, role, proposal.person, by_consent=proposal.until is not None)
    _check_end(turn, role, proposal.person, proposal.until)  # days have passed, or they manage the project since
    said = ask.votes[-1].answer.reason
    if second and not wished and not is_said(said):
        raise OnlyAWordApproves(
            f"{state.cast.name(proposal.person)} would hold a second role beside project manager: a yes to that counts "
            "in their own words only.",
            remedy="Say in your own words that you take it, as the reason: with --reason, or in the form.",
            field="reason",
        )
    holding = Holding(
        role=role,
        person=proposal.person,
        proposed_by=proposal.by,
        accepted_at=turn.now,
        words=proposal.words if wished else said,
        until=proposal.until,
        waiver=_waived(rest, ask, proposal, said) if wished else proposal.waiver,
        expectations=proposal.expectations,
    )
    _require_still_competent(rest, holding)
    turn.record(_accepted(turn, holding, proposal))


def counts_in_words_only(state: Asking, ask: Ask) -> bool:
    """True where a yes needs its giver's own words: a second role of the project manager, a waiver of what lacks."""
    if ask.kind is AskKind.ALLOW_ROLE:
        return permissions.LACKS in ask.facts
    role = ask.subject.removeprefix("role:")
    proposal = state.proposals.get(role) if isinstance(state, Engagement) else None
    if ask.kind is not AskKind.ACCEPT_ROLE or proposal is None or not isinstance(state, Engagement):
        return False
    rest = state.having(proposals={name: one for name, one in state.proposals.items() if name != role})
    return proposal.ask == ask.id and is_second(rest, role, proposal.person)


def _accepted(turn: Turn[Engagement], holding: Holding, proposal: Proposal) -> RoleAccepted:
    """With whom the new holder follows, where they do."""
    state, role = turn.state, holding.role
    before = None if proposal.further else state.cast.holders.get(role)
    if before is None:
        return RoleAccepted(holding=holding, further=proposal.further)
    vacancy = state.vacancies.get(role)
    because = proposal.because or (vacancy.because if vacancy is not None else None)
    return RoleAccepted(holding=holding, before=before, because=because, handover=_handover(turn, proposal))


def _waived(state: Engagement, ask: Ask, proposal: Proposal, said: str | None) -> Waiver | None:
    """A yes to a wish waives what the wish said is lacking, with its reason and until its end. Raises BadValue."""
    if permissions.LACKS not in ask.facts:
        return None
    if said is None or not is_said(said) or proposal.until is None:
        raise BadValue("Levels lack: a yes waives them, and says why.", remedy="Give the reason.", field="reason")
    person, defined = state.cast.people[proposal.person], defined_role(state, proposal.role)
    if fitting("; ".join(gaps_of(person, proposal.role, defined))) != ask.facts[permissions.LACKS]:
        raise NotWhatWasShown(
            f"{person.name} lacks something else by now than was shown.", remedy="Decline it; they may ask anew."
        )
    return covering(Waiver(reason=said, until=proposal.until), person, proposal.role, defined)


def _require_still_competent(state: Engagement, holding: Holding) -> None:
    """Levels may have fallen between the proposal and the yes. Raises NotCompetent."""
    lacking = unwaived(state, holding)
    if lacking:
        raise NotCompetent(
            f"{state.cast.name(holding.person)} now lacks for {role_label(holding.role)}: {'; '.join(lacking)}.",
            remedy=f"Decline it, or {who_heads(state, holding.role)} proposes it anew, with a waiver.",
        )


def _handover(turn: Turn[Engagement], proposal: Proposal) -> Handover | None:
    """The holder of until now, who stays beside their successor where that was arranged and their last day is ahead."""
    before, last_day = turn.state.cast.holder(proposal.role), proposal.last_day
    if before is None or last_day is None or not turn.state.cast.is_here(before):
        return None
    if last_day < turn.state.cast.calendar_of(before).local_day(turn.now):
        return None
    return Handover(role=proposal.role, person=before, last_day=last_day)


def propose_successor(turn: Turn[Engagement], role: str, successor: str, before: str) -> None:
    """Asks whoever was named to follow somebody who has left; where they may not, the vacancy says why."""
    state, defined = turn.state, turn.state.playbook.role(role)
    person = state.cast.people.get(successor)
    if person is None or defined is None or state.cast.holder(role) is not None or role in state.proposals:
        return
    try:
        _require_another(turn, role, successor)
        check_compatible(state, role, successor)
        _check_competent(turn, person, role, defined, None)
    except Refusal as refusal:
        told = f"{person.name} {NOT_FIT}." if isinstance(refusal, NotCompetent) else refusal.refused.detail
        why = f"{state.unheld[role].because}; {person.name}, {MAY_NOT_FOLLOW}{told}"
        turn.record(SuccessorRefused(role=role, successor=successor, because=fitting(why)))
        return
    proposal = Proposal(role=role, person=successor, by=turn.actor.person, ask=next_ask_id(state))
    today = state.cast.calendar_of(successor).local_day(turn.now)
    turn.record(HolderProposed(on=today, proposal=proposal, people=()))
    facts = _role_facts(turn, proposal) | {"takes over from": state.cast.name(before)}
    _open_role_ask(turn, proposal, facts)


def release_role(turn: Turn[Engagement], command: c.ReleaseRole) -> None:
    """Makes a role vacant again. The seller's cannot be: a deal is always somebody's."""
    state = turn.state
    holder = state.cast.holders.get(command.role)
    if command.role in {*NEVER_EMPTY, *CLIENT_ROLES}:
        raise NobodyAccountable(
            f"{capitalized(role_label(command.role))} is never left empty: every deal has one.",
            remedy="Name a successor.",
        )
    if holder is None:
        raise BadValue(f"Nobody holds {role_label(command.role)}.", remedy="Nothing to release.", field="role")
    require_may_fill(state, command.role, *turn.actor.people)
    leave(turn, command.role, holder, VacancyCause.RELEASED, command.reason)


def leave(turn: Turn[Engagement], role: str, person: str, cause: VacancyCause, reason: str) -> None:
    """The role is this person's no more. What they were asked moves on as the turn settles."""
    if turn.state.cast.holders.get(role) == person:
        turn.record(RoleReleased(role=role, person=person, cause=cause, reason=reason))
    else:
        turn.record(ExpertLeft(role=role, person=person, reason=reason))


def name_party(turn: Turn[Engagement], command: c.NameParty) -> None:
    """Names another sponsor, signatory or counterpart. Raises BadValue for whoever is on the other side."""
    state, person, party = turn.state, command.person, command.party
    if not person.active or (person.client is not None) != (party in CLIENT_ROLES):
        raise BadValue(f"{person.name} is on the other side, or has left.", remedy="Name another.", field="person")
    if person.client is not None and person.client != state.client:
        raise BadValue(f"{person.name} is with another client.", remedy=f"Name one of {state.client}.", field="person")
    require_confirmed_person(state, person)
    if state.cast.holder(party) == person.id:
        raise BadValue(f"{person.name} is the {role_label(party)} already.", remedy="Nothing to do.", field="person")
    if party == "provider_sponsor" and person.id in {*state.sellers, state.cast.holder(PM)}:
        raise NotByDefault(
            f"{person.name} sells this deal or manages its project, and does not sponsor it.", remedy="Name another."
        )
    brought = _brought(turn, command)
    named = PartyNamed(
        party=party,
        person=person,
        before=state.cast.holders.get(party),
        stand_ins=brought.people[1:],
        calendars=brought.calendars,
        absences=brought.absences,
        delegations=brought.delegations,
        because=command.reason,
    )
    turn.record(named)
    standing_in.refresh(turn)
