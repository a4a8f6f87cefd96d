"""Who could fill a role of an engagement, in the order in which they would be asked, and why some never are.

The directory is not part of an engagement's state, so this is computed where it is known: for those who must fill a
vacancy, and when a vacancy is offered. It makes no one a holder: that takes their own acceptance.

Weighed: a list of the competent alone (a firm with two engagement managers then sees an empty page and names its
project manager), or everyone with a score (a number that no one can argue with). Here near misses are listed too, with
what they lack in words, and those who may not are listed with the reason.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import StrEnum

from domain.asks.model import AskKind, Outcome
from domain.directory.directory import Directory, gaps
from domain.directory.people import Person
from domain.engagement.aggregate import Engagement
from domain.engagement.roles.compatibility import check_compatible
from domain.engagement.roles.qualification import gaps_of
from domain.playbook.model import Role, role_label
from domain.shared.errors import NotByDefault
from domain.shared.values import Day, PersonId, Value


class CandidateFit(StrEnum):
    """How close someone is to a role's requirements."""

    COMPETENT = "competent"
    READY_TO_STEP_UP = "ready to step up"


class Candidate(Value):
    """Someone who could hold a role. `load`: roles held in running engagements. `barred`: why they may not here."""

    person_id: PersonId
    name: str
    standing: CandidateFit
    gaps: tuple[str, ...] = ()
    total_gap: int = 0
    """Missing levels in total."""
    knows_vertical: bool = False
    load: int = 0
    away_until: Day | None = None
    barred: str | None = None
    passed_over: str | None = None
    """Why they are not offered the role again automatically: how it ended when they had it, or were asked."""

    @property
    def is_offered(self) -> bool:
        """True for anyone who may hold it, and neither declined it here nor was released from it."""
        return self.barred is None and self.passed_over is None


def candidates(
    state: Engagement, role: str, directory: Directory, loads: Mapping[PersonId, int], now: datetime
) -> tuple[Candidate, ...]:
    """The competent, then those ready to step up: by missing levels, vertical, load, place in the directory.

    Those who declined it here, or were released from it, come after them, and the barred last. A role that is not in
    the playbook, and so needs no acceptance, has none.
    """
    defined = state.playbook.role(role)
    if defined is None:
        return ()
    found = [
        _candidate(state, role, directory, person, standing, loads.get(person.id, 0), now)
        for person in directory.people
        if person.active and (standing := _standing(state, role, defined, person)) is not None
    ]
    return tuple(sorted(found, key=_order))


def _order(of: Candidate) -> tuple[bool, bool, bool, int, bool, int]:
    return (
        of.barred is not None,
        of.passed_over is not None,
        of.standing is not CandidateFit.COMPETENT,
        of.total_gap,
        not of.knows_vertical,
        of.load,
    )


def _standing(state: Engagement, role: str, defined: Role, person: Person) -> CandidateFit | None:
    """None for those who lack too much. If a role has no profile, nothing shows how close someone without it is."""
    if not gaps_of(person, role, defined):
        return CandidateFit.COMPETENT
    near = bool(defined.profile) and total_gap(person, defined) <= state.playbook.step_up_levels
    return CandidateFit.READY_TO_STEP_UP if near else None


def total_gap(person: Person, defined: Role) -> int:
    """Levels of a role's profile that a person lacks, in total."""
    return sum(needs - has for has, needs in gaps(person, defined.profile).values())


def _candidate(
    state: Engagement,
    role: str,
    directory: Directory,
    person: Person,
    standing: CandidateFit,
    load: int,
    now: datetime,
) -> Candidate:
    defined = state.playbook.roles[role.split(":", maxsplit=1)[0]]
    return Candidate(
        person_id=person.id,
        name=person.name,
        standing=standing,
        gaps=gaps_of(person, role, defined),
        total_gap=total_gap(person, defined),
        knows_vertical=state.vertical is not None and state.vertical in person.verticals,
        load=load,
        away_until=_away_until(directory, person, now),
        barred=next(_bars(state, role, person), None),
        passed_over=_passed_over(state, role, person.id),
    )


def _passed_over(state: Engagement, role: str, person_id: PersonId) -> str | None:
    if person_id in declined_by(state, role):
        return "declined it here"
    unheld = state.unheld.get(role)
    return "was released from it here" if unheld is not None and unheld.released == person_id else None


def declined_by(state: Engagement, role: str) -> set[PersonId]:
    """Those who declined the role here: they are not asked again automatically."""
    said_no = (
        ask
        for ask in state.asks.values()
        if ask.kind is AskKind.ACCEPT_ROLE and ask.subject == f"role:{role}" and ask.outcome is Outcome.DECLINED
    )
    return {voter.person_id for ask in said_no for voter in ask.voters}.union(state.declined.get(f"role:{role}", ()))


def _bars(state: Engagement, role: str, person: Person) -> Iterator[str]:
    """What a proposal would be refused for, and what makes no sense to ask."""
    if person.id in {state.cast.holders.get(role), *state.cast.further_experts.get(role, ())}:
        yield f"holds {role_label(role)} now"
    proposal = state.proposals.get(role)
    if proposal is not None and proposal.person_id == person.id:
        yield f"is asked already, in {proposal.ask_id}"
    try:
        check_compatible(state, role, person.id)
    except NotByDefault as refusal:
        yield refusal.refused.detail


def _away_until(directory: Directory, person: Person, now: datetime) -> date | None:
    """The last day of an absence that has begun where they work."""
    calendar = directory.calendars.get(person.calendar or "")
    today = calendar.local_day(now) if calendar else now.date()
    absences = (a for a in directory.absences if a.person == person.id)
    return max((absence.last for absence in absences if absence.first <= today <= absence.last), default=None)
