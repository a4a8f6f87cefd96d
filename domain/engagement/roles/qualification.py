"""What qualifies somebody to hold a role, and until when they hold it."""

from datetime import date, datetime

from domain.asks.bound_facts import LACKS, under
from domain.asks.facts_shown import parts_shown
from domain.directory.directory import Gaps, gaps
from domain.directory.people import Person
from domain.engagement.aggregate import Engagement
from domain.engagement.roles.values import Holding, Waiver
from domain.playbook.model import Role, role_label
from domain.shared.errors import BadValue
from domain.shared.near_matches import meant
from domain.shared.remedy_actions import RemedyAction


def defined_role(state: Engagement, role: str) -> Role:
    """The playbook's role, if an engagement of this kind may have it. Raises BadValue."""
    defined = state.playbook.role(role)
    of_experts = (":" in role) == (role.split(":", maxsplit=1)[0] == "expert")
    if defined is None or state.kind not in defined.kinds or not of_experts:
        known = [name for name, known in state.playbook.roles.items() if state.kind in known.kinds]
        raise BadValue(
            f"This engagement has no role {role_label(role)}.",
            remedy=meant(role, known, "Check its coverage for the roles."),
            action=RemedyAction.SHOW_COVERAGE,
            field="role",
        )
    return defined


def gaps_of(person: Person, role: str, defined: Role) -> tuple[str, ...]:
    """What a person lacks for a role: the role itself in the directory, or levels of its profile."""
    return parts_shown(LACKS, missing_for(person, role, defined))


def missing_for(person: Person, role: str, defined: Role) -> dict[str, str]:
    """The same as facts for an ask."""
    return _missing(role, defined, gaps(person, defined.profile), named=_named_for(person, role, defined))


def _missing(role: str, defined: Role, levels: Gaps, *, named: bool) -> dict[str, str]:
    roles = "" if named else ",".join(sorted(set(defined.held_as) or {role}))
    facts = under(LACKS, {"roles": roles})
    for competency, (has, needs) in levels.items():
        facts |= under(f"{LACKS}.{competency}", {"has": has, "needs": needs})
    return facts


def _named_for(person: Person, role: str, defined: Role) -> bool:
    return bool((set(defined.held_as) or {role}) & set(person.roles))


def lacks(state: Engagement, holding: Holding) -> tuple[str, ...]:
    """What a role's holder lacks for it, according to the directory."""
    defined = state.playbook.role(holding.role)
    person = state.cast.people.get(holding.person_id)
    return gaps_of(person, holding.role, defined) if defined is not None and person is not None else ()


def covering(waiver: Waiver, person: Person, role: str, defined: Role) -> Waiver:
    """A waiver with what it covers: what the person lacks now."""
    levels = {name: has for name, (has, _) in gaps(person, defined.profile).items()}
    return waiver.replace(levels=levels, without_role=not _named_for(person, role, defined))


def unwaived(state: Engagement, holding: Holding) -> tuple[str, ...]:
    """What the holder lacks beyond their waiver; levels that have improved since stay covered."""
    defined, person, waived = (
        state.playbook.role(holding.role),
        state.cast.people.get(holding.person_id),
        holding.waiver,
    )
    if defined is None or person is None or waived is None:
        return lacks(state, holding)
    levels = gaps(person, defined.profile)
    beyond = {name: gap for name, gap in levels.items() if name not in waived.levels or gap[0] < waived.levels[name]}
    named = waived.without_role or _named_for(person, holding.role, defined)
    return parts_shown(LACKS, _missing(holding.role, defined, beyond, named=named))


def waived_until(state: Engagement, holding: Holding) -> date | None:
    """The end of a waiver that is still needed; None if nothing is lacking."""
    return holding.waiver.until if holding.waiver is not None and lacks(state, holding) else None


def last_date(state: Engagement, holding: Holding) -> date | None:
    """The day on which a role falls vacant automatically: its own end, or that of a waiver still needed."""
    return min((day for day in (holding.until, waived_until(state, holding)) if day is not None), default=None)


def end_moment(state: Engagement, holding: Holding) -> datetime | None:
    """The start of that day, where the holder works."""
    day = last_date(state, holding)
    return state.cast.calendar_of(holding.person_id).day_begins(day) if day is not None else None
