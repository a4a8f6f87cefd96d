"""Who holds which role, what is vacant, and how a vacancy climbs: responsibility never falls to anyone by default."""

from datetime import datetime

from domain.asking import end_ask, next_ask_id, open_ask, pass_on, replace_voter
from domain.asks import Ask, AskKind, Outcome
from domain.directory import gaps
from domain.engagement import commands as c
from domain.engagement import permissions
from domain.engagement.events import (
    HolderProposed,
    ProposalEnded,
    RoleAccepted,
    RoleReleased,
    VacancyClimbed,
    VacancyClosed,
    VacancyOpened,
)
from domain.engagement.state import Engagement, Holding, Proposal, Vacancy
from domain.people import CFO, MANAGING_DIRECTOR, Person
from domain.playbook import Role, Stage
from domain.pricing import decision_row
from domain.refusals import BadValue, NobodyAccountable, NotByDefault, NotCompetent, NotYours, RoleVacant, Waiting
from domain.turn import Turn
from domain.working_time import Clock

PM = "project_manager"
JUDGING = frozenset(
    {"engagement_manager", "delivery_lead", "expert", "finance", "legal", "quality", "agreement_custodian"}
)
"""Roles that estimate, attest, review or decide: whoever sells the deal holds none of them in it."""


def required_roles(state: Engagement) -> dict[str, Stage]:
    """Every role that this engagement needs, and the stage whose gate first needs it."""
    needed: dict[str, Stage] = {}
    for name, role in state.playbook.roles.items():
        if state.kind not in role.kinds or (role.only_with_purchases and not state.purchases):
            continue
        stage = role.needed_by or _first_asked(state, name)
        if name == "expert":
            needed |= {f"expert:{discipline}": Stage.ESTIMATE for discipline in disciplines(state)}
        elif stage is not None and name != "sales":
            needed[name] = stage
    return needed


def disciplines(state: Engagement) -> tuple[str, ...]:
    """The disciplines of the scope and of the changes still open, sorted."""
    in_changes = {line.discipline for ch in state.changes.values() if ch.status.is_open for line in ch.facts.work}
    return tuple(sorted({package.discipline for package in state.packages.values()} | in_changes))


def _first_asked(state: Engagement, role: str) -> Stage | None:
    price = state.price.quote.price if state.price else None
    if price is not None and role in decision_row(state.playbook, state.kind, price).voters:
        return Stage.DECIDE
    for kind, stage in (("sow", Stage.SOW), ("brd", Stage.BRD)):
        if role in reviewers(state, "brd" if kind == "brd" else "sow"):
            return stage
    return None


def reviewers(state: Engagement, document: str) -> tuple[str, ...]:
    """Who reviews a document of this engagement inside."""
    facts = {"kind": state.kind.value, "price": state.price.quote.price if state.price else None}
    policy = state.playbook.documents["brd" if document == "brd" else "sow"]
    return tuple(r.role for r in policy.reviewers if all(predicate.holds(facts) for predicate in r.all))


def missing(state: Engagement, by: Stage) -> tuple[str, ...]:
    """Roles needed by this stage or before that nobody holds."""
    return tuple(
        role
        for role, stage in required_roles(state).items()
        if stage.order <= by.order and state.cast.holder(role) is None
    )


def require_covered(state: Engagement, by: Stage) -> None:
    """Raises RoleVacant, naming each vacancy and who must fill it, unless all roles needed by now are held."""
    vacant = missing(state, by)
    if not vacant:
        return
    waits = tuple(_waiting(state, role) for role in vacant)
    raise RoleVacant(
        f"Vacant: {', '.join(vacant)}.",
        waits_for=waits,
        remedy=f"{waits[0].who} must have a holder accept; nobody takes it by default.",
    )


def _waiting(state: Engagement, role: str) -> Waiting:
    proposal, vacancy = state.proposals.get(role), state.vacancies.get(role)
    if proposal is not None:
        ask = state.asks[proposal.ask]
        return Waiting(ask=ask.id, who=state.cast.name(proposal.person), since=ask.opened_at, due=ask.due_at)
    head = vacancy.accountable if vacancy else state.cast.holder(state.head_role(role)) or state.manager
    return Waiting(ask=f"vacancy:{role}", who=state.cast.name(head), since=vacancy.since if vacancy else None)


def propose_holder(turn: Turn[Engagement], command: c.ProposeHolder) -> None:
    """Names somebody for a role: they hold it only once they accept."""
    state, person, role = turn.state, command.person, command.role
    defined = _defined(state, role)
    _check_proposer(turn, role)
    check_compatible(state, role, person.id)
    _check_competent(turn, command, defined)
    if state.cast.holder(role) == person.id:
        raise BadValue(f"{person.name} holds {role} already.", remedy="Nothing to do.", field="person")
    earlier = state.proposals.get(role)
    if earlier is not None:
        end_ask(turn, state.asks[earlier.ask], Outcome.WITHDRAWN, f"{person.name} was proposed instead")
        turn.record(ProposalEnded(role=role))
    further = command.further and role.startswith("expert:") and state.cast.holder(role) is not None
    proposal = Proposal(
        role=role,
        person=person.id,
        by=turn.actor.person,
        ask=next_ask_id(turn.state),
        further=further,
        waiver=command.waiver,
    )
    people = (person, *command.stand_ins)
    turn.record(
        HolderProposed(proposal=proposal, people=people, calendars=command.calendars, absences=command.absences)
    )
    facts = {
        "role": role,
        "engagement": f"{state.id} {state.title} for {state.client}",
        "proposed by": state.cast.name(turn.actor.person),
    }
    if command.expectations:
        facts["expected"] = command.expectations
    open_ask(
        turn,
        AskKind.ACCEPT_ROLE,
        f"role:{role}",
        title=f"Will you be {role.replace('_', ' ')} of {state.id}?",
        facts=facts,
        people=[person.id],
        as_role=role,
        requester=_asking_for_role(turn, person.id),
    )


def _asking_for_role(turn: Turn[Engagement], person: str) -> str:
    """Who proposes; where somebody proposes themselves, the one accountable above: nobody answers their own request."""
    positions = turn.state.cast.positions
    candidates = (turn.actor.person, turn.state.manager, positions[MANAGING_DIRECTOR], positions[CFO])
    return next(candidate for candidate in candidates if candidate != person)


def _defined(state: Engagement, role: str) -> Role:
    defined = state.playbook.role(role)
    known = (
        defined is not None
        and state.kind in defined.kinds
        and (":" in role) == (role.split(":", maxsplit=1)[0] == "expert")
    )
    if defined is None or not known:
        raise BadValue(f"This engagement has no role {role}.", remedy="See its coverage for the roles.", field="role")
    return defined


def _check_proposer(turn: Turn[Engagement], role: str) -> None:
    state, person = turn.state, turn.actor.person
    worn = set(state.cast.roles_of(person))
    if person == state.seller and role in permissions.NEVER_NAMED_BY_SALES:
        raise NotYours(f"Sales never names {role}.", remedy=f"The {state.head_role(role)} does.")
    if role == "engagement_manager" and "engagement_manager" in worn and state.head_role(role) not in worn:
        raise NotYours("An engagement manager does not name their own successor.", remedy="Their head does.")


def _check_competent(turn: Turn[Engagement], command: c.ProposeHolder, defined: Role) -> None:
    person, role, state = command.person, command.role, turn.state
    if person.client is not None or not person.active:
        raise BadValue(f"{person.name} does not work for the firm.", remedy="Name somebody who does.", field="person")
    gaps = gaps_of(person, role, defined)
    if not gaps:
        return
    head = state.cast.holder(state.head_role(role))
    if command.waiver and turn.actor.person == head:
        return
    raise NotCompetent(
        f"{person.name} lacks for {role}: {'; '.join(gaps)}.",
        remedy=f"Name somebody competent, or {state.cast.name(head or state.manager)} waives it with a reason.",
    )


def gaps_of(person: Person, role: str, defined: Role) -> tuple[str, ...]:
    """What a person lacks for a role: the role itself in the directory, or levels of its profile."""
    qualifying = set(defined.held_as) or {role}
    lacking = [] if qualifying & set(person.roles) else [f"is not {' or '.join(sorted(qualifying))} in the directory"]
    levels = gaps(person, defined.profile)
    return (*lacking, *(f"{competency} {has} of {needs}" for competency, (has, needs) in levels.items()))


def check_compatible(state: Engagement, role: str, person: str, *, by_consent: bool = False) -> None:
    """Refuses a holder who sells, a pair that is never one person, and a second role of the project manager.

    Raises NotByDefault.
    """
    held = {r for r in (*state.cast.roles_of(person), *_proposed_for(state, person)) if r != role}
    if role == PM and person in state.cast.positions.values():
        raise NotByDefault(
            f"{state.cast.name(person)} holds a position in which ladders end; they never end at a project manager.",
            remedy="Name somebody else.",
        )
    if person in {state.seller, *state.sold_by} and _judging_in({role}):
        raise NotByDefault(
            f"{state.cast.name(person)} sells or sold this deal and does not judge it.", remedy="Name somebody else."
        )
    for pair in state.playbook.second_role.excluded_pairs:
        if role in pair and held & (set(pair) - {role}):
            raise NotByDefault(f"{pair[0]} and {pair[1]} are never one person.", remedy="Name somebody else.")
    if role == "sales" and held & {*_judging_in(held), "provider_sponsor"}:
        raise NotByDefault(
            f"{state.cast.name(person)} judges this deal and does not sell it too.", remedy="Name somebody else."
        )
    takes_second = (PM in held) or (role == PM and bool(held & {*state.cast.holders, *state.cast.further_experts}))
    if takes_second and not by_consent:
        raise NotByDefault(
            f"{state.cast.name(person)} is the project manager here: a second role is theirs only by their own words.",
            remedy="They may ask for it themselves, until a date; or name somebody else.",
        )


def _judging_in(roles: set[str]) -> set[str]:
    return {role for role in roles if role.split(":", maxsplit=1)[0] in JUDGING}


def _proposed_for(state: Engagement, person: str) -> list[str]:
    return [role for role, proposal in state.proposals.items() if proposal.person == person]


def request_second_role(turn: Turn[Engagement], command: c.RequestSecondRole) -> None:
    """The project manager's own wish for a second role: its head allows it, with a waiver where levels lack."""
    state, me = turn.state, turn.actor.person
    defined = _defined(state, command.role)
    check_compatible(state, command.role, me, by_consent=True)
    today = state.cast.calendar_of(me).local_day(turn.now)
    if not 0 < (command.until - today).days <= state.playbook.second_role.longest_days:
        longest = state.playbook.second_role.longest_days
        raise BadValue(f"At most {longest} days from today.", remedy="Give an earlier date.", field="until")
    if state.cast.holder(command.role) is not None or command.role in state.proposals:
        raise BadValue(f"{command.role} is not vacant.", remedy="Nothing to take.", field="role")
    gaps = gaps_of(state.cast.people[me], command.role, defined)
    proposal = Proposal(
        role=command.role, person=me, by=me, ask=next_ask_id(state), until=command.until, words=command.words
    )
    turn.record(HolderProposed(proposal=proposal, people=(state.cast.people[me],)))
    open_ask(
        turn,
        AskKind.ALLOW_SECOND_ROLE,
        f"role:{command.role}",
        title=f"May {state.cast.name(me)}, project manager, also be {command.role} until {command.until}?",
        facts={"role": command.role, "in their words": command.words, "until": str(command.until)}
        | ({"lacks": "; ".join(gaps)} if gaps else {}),
        roles=[state.head_role(command.role)],
        requester=me,
    )


def on_role_answered(turn: Turn[Engagement], ask: Ask) -> None:
    """A person accepted a role in their own words, or did not: then it stays vacant."""
    role = ask.subject.removeprefix("role:")
    proposal = turn.state.proposals.get(role)
    if proposal is None or proposal.ask != ask.id:
        return
    if ask.outcome is not Outcome.APPROVED:
        turn.record(ProposalEnded(role=role))
        return
    second = ask.kind is AskKind.ALLOW_SECOND_ROLE
    rest = turn.state.having(proposals={k: v for k, v in turn.state.proposals.items() if k != role})
    check_compatible(rest, role, proposal.person, by_consent=second)
    said = ask.votes[-1].answer.reason
    if second and "lacks" in ask.facts and not said:
        raise BadValue("Levels lack: a yes waives them, and says why.", remedy="Give the reason.", field="reason")
    holding = Holding(
        role=role,
        person=proposal.person,
        proposed_by=proposal.by,
        accepted_at=turn.now,
        words=proposal.words if second else said,
        until=proposal.until,
        waiver=said if second else proposal.waiver,
    )
    turn.record(RoleAccepted(holding=holding, further=proposal.further))
    if not proposal.further:
        hand_over_asks(turn, role, proposal.person)


def hand_over_asks(turn: Turn[Engagement], role: str, after: str) -> None:
    """What was asked of the role and is unanswered is now asked of its new holder, also after a vacancy."""
    for ask in list(turn.state.open_asks()):
        if ask.requester == after or ask.kind is AskKind.ACCEPT_ROLE:
            continue
        for voter in ask.silent:
            left = role in voter.roles and role not in turn.state.cast.roles_of(voter.person)
            if left and not voter.because:
                replace_voter(turn, ask, role, voter.person, after)


def release_role(turn: Turn[Engagement], command: c.ReleaseRole) -> None:
    """Makes a role vacant again. The seller's cannot be: a deal is always somebody's."""
    state = turn.state
    holder = state.cast.holders.get(command.role)
    if command.role in {"sales", "provider_sponsor", "client_sponsor", "client_signatory"}:
        raise NobodyAccountable(
            f"{command.role} is never left empty: every deal has one.", remedy="Propose a successor, who accepts."
        )
    if holder is None:
        raise BadValue(f"Nobody holds {command.role}.", remedy="Nothing to release.", field="role")
    _leave(turn, command.role, holder, command.reason)


def _leave(turn: Turn[Engagement], role: str, person: str, reason: str) -> None:
    """The role falls vacant and what its holder was asked moves on, in one step."""
    turn.record(RoleReleased(role=role, person=person, reason=reason))
    pass_on(turn, role, person)


def watch(turn: Turn[Engagement]) -> None:
    """Opens a vacancy for each role that is needed by now and held by nobody; closes those not needed any more."""
    state = turn.state
    required = required_roles(state)
    for role in missing(state, state.stage):
        if role not in state.vacancies:
            open_vacancy(turn, role, "nobody holds it yet" if role not in state.holdings else "its holder left it")
    for role in list(turn.state.vacancies):
        if role not in required:
            turn.record(VacancyClosed(role=role))


def open_vacancy(turn: Turn[Engagement], role: str, because: str) -> None:
    """Starts a vacancy's clock; the head of the function is accountable at once."""
    state = turn.state
    head = _on_rung(state, role, 0) or state.cast.positions[MANAGING_DIRECTOR]
    clock = Clock(calendar=state.cast.calendar_of(head).name, since=turn.now)
    vacancy = Vacancy(role=role, since=turn.now, because=because, clock=clock, rung=1, accountable=head, told=(head,))
    turn.record(VacancyOpened(vacancy=vacancy))


def _on_rung(state: Engagement, role: str, rung: int) -> str | None:
    named = state.playbook.ladder.vacancy[rung].role
    person = state.cast.holder(state.head_role(role) if named == "head" else named)
    return None if person == state.cast.holder(PM) or (person and state.cast.is_client(person)) else person


def vacancy_moment(state: Engagement, vacancy: Vacancy) -> datetime | None:
    """When a vacancy next climbs; None at the top of its ladder or while its clock stands."""
    ladder = state.playbook.ladder.vacancy
    if vacancy.rung >= len(ladder):
        return None
    return vacancy.clock.reaches(state.cast.calendars[vacancy.clock.calendar], ladder[vacancy.rung].after)


def sweep(turn: Turn[Engagement]) -> None:
    """Lets each vacancy whose moment has come climb."""
    for role in list(turn.state.vacancies):
        while (moment := vacancy_moment(turn.state, turn.state.vacancies[role])) is not None and moment <= turn.now:
            _climb(turn, turn.state.vacancies[role])


def end_second_roles(turn: Turn[Engagement]) -> None:
    """A role held until a date is vacant on that date, also while the engagement is on hold."""
    for holding in list(turn.state.holdings.values()):
        if (end := holding_moment(turn.state, holding)) is not None and end <= turn.now:
            _leave(turn, holding.role, holding.person, f"held until {holding.until}")


def holding_moment(state: Engagement, holding: Holding) -> datetime | None:
    """When a role that is held until a date falls vacant: as that day begins where the holder works."""
    return state.cast.calendar_of(holding.person).day_begins(holding.until) if holding.until else None


def _climb(turn: Turn[Engagement], vacancy: Vacancy) -> None:
    """One rung up; a rung whose person was told already is passed at once."""
    state, ladder = turn.state, turn.state.playbook.ladder.vacancy
    rung = vacancy.rung
    person = _on_rung(state, vacancy.role, rung)
    while (person is None or person in vacancy.told) and rung + 1 < len(ladder):
        rung += 1
        person = _on_rung(state, vacancy.role, rung)
    accountable = person or vacancy.accountable
    turn.record(
        VacancyClimbed(
            role=vacancy.role,
            rung=rung + 1,
            name=ladder[rung].role,
            accountable=accountable,
            told=tuple(dict.fromkeys((*vacancy.told, accountable))),
        )
    )
