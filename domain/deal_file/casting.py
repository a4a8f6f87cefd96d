"""Who can fill the roles of a deal: the first competent, and no one in two roles that exclude each other.

The directory is asked the same here as by `domain.engagement.roles.competence` when a holder is proposed. A deal that
cannot be cast would be held up at a gate; so it is known before anything is created.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from domain.directory.directory import PROJECT_MANAGER, Directory
from domain.directory.people import Person
from domain.engagement.roles.project_manager import why_not_pm
from domain.playbook.model import Kind, Playbook, Role, role_label
from domain.shared.values import PersonId

ENGAGEMENT_MANAGER, CUSTODIAN = "engagement_manager", "agreement_custodian"
EXPERT = "expert:"


class Parties(NamedTuple):
    """The facts of a deal that decide who can take part. `submitters`: who asks for its changes, in their order."""

    kind: Kind
    client: str
    salesperson: PersonId
    provider_sponsor: PersonId
    custodian: PersonId | None
    submitters: tuple[PersonId, ...]
    disciplines: frozenset[str]
    has_purchases: bool


class DealCast(NamedTuple):
    """Who takes which role, and the roles that no one can, each with the reason."""

    holders: Mapping[str, Person]
    unfilled: Mapping[str, str]


def cast_of(parties: Parties, directory: Directory, playbook: Playbook) -> DealCast:
    """The holder of every role that the deal will need."""
    candidates = {role: _candidates(role, parties, directory, playbook) for role in needed_roles(parties, playbook)}
    nobody = {role: _why_nobody(role, parties, directory, playbook) for role, able in candidates.items() if not able}
    able = {role: people for role, people in candidates.items() if people}
    whole = _placed(able, playbook)
    if whole is not None:
        return DealCast(whole, nobody)
    return _as_far_as_it_goes(able, playbook, nobody)


def needed_roles(parties: Parties, playbook: Playbook) -> tuple[str, ...]:
    """Every role that someone must hold before the deal is over, the project manager first."""
    named = _named_somewhere(parties, playbook)
    needed = [name for name, role in playbook.roles.items() if _takes_part(name, role, parties, named)]
    needed += [f"{EXPERT}{discipline}" for discipline in sorted(parties.disciplines)]
    return tuple(sorted(needed, key=lambda role: role != PROJECT_MANAGER))


def _takes_part(name: str, role: Role, parties: Parties, named: set[str]) -> bool:
    if name in {"sales", "expert"} or parties.kind not in role.kinds:
        return False
    if role.only_with_purchases and not parties.has_purchases:
        return False
    return role.needed_by is not None or name in named


def _named_somewhere(parties: Parties, playbook: Playbook) -> set[str]:
    """Roles that decide, review, sign, take over or approve: someone must hold them by then at the latest."""
    named = {role for row in playbook.decision.get(parties.kind, ()) for role in row.voters}
    for policy in playbook.documents.values():
        named |= {reviewer.role for reviewer in policy.reviewers} | {*policy.signers, policy.author}
    named |= set(playbook.handoff)
    if parties.submitters:
        named |= {*playbook.change.always, *(route.approver for route in playbook.change.routes)}
    return named


def _candidates(role: str, parties: Parties, directory: Directory, playbook: Playbook) -> tuple[Person, ...]:
    """Who can hold a role here, in order of choice.

    Those the file names, else those who know the client's vertical first.
    """
    client = directory.client(parties.client)
    able = [person for person in directory.competent(role, playbook) if person.id != parties.salesperson]
    if role == PROJECT_MANAGER:
        named = [p for submitter in parties.submitters for p in able if p.id == submitter]
        free = [p for p in able if why_not_pm(p.id, directory.positions, parties.provider_sponsor) is None]
        return tuple([person for person in named[:1] if person in free] or free)
    if role == CUSTODIAN and parties.custodian:
        return tuple(person for person in able if person.id == parties.custodian)
    at_home = [person for person in able if client is not None and client.vertical in person.verticals]
    ordered = [*at_home, *(person for person in able if person not in at_home)]
    if role == ENGAGEMENT_MANAGER:
        managers = {person.id for person in directory.competent(PROJECT_MANAGER, playbook)}
        submitters = [submitter for submitter in parties.submitters if submitter not in managers]
        named = [p for submitter in submitters for p in ordered if p.id == submitter]
        return tuple(named[:1] or ordered)
    return tuple(ordered)


def _why_nobody(role: str, parties: Parties, directory: Directory, playbook: Playbook) -> str:
    barred = []
    if role == PROJECT_MANAGER:
        able = (person for person in directory.competent(role, playbook) if person.id != parties.salesperson)
        barred = [f"{p.name} {why_not_pm(p.id, directory.positions, parties.provider_sponsor)}" for p in able]
    because = f": {'; '.join(barred)}" if barred else ""
    return f"nobody here can be {role_label(role)}{because}"


def _placed(candidates: Mapping[str, tuple[Person, ...]], playbook: Playbook) -> dict[str, Person] | None:
    """Everyone in their role, keeping earlier choices where possible; None if no assignment works."""
    partners = _partners(playbook)
    # Only the project manager and excluded pairs conflict: only they need backtracking.
    roles = sorted(candidates, key=lambda role: (role != PROJECT_MANAGER, role in partners))

    def place(left: list[str], cast: dict[str, Person]) -> dict[str, Person] | None:
        if not left:
            return cast
        role, *rest = left
        for person in candidates[role]:
            if _fits(role, person, cast, partners):
                whole = place(rest, {**cast, role: person})
                if whole is not None or role not in {PROJECT_MANAGER, *partners}:
                    return whole
        return None

    return place(roles, {})


def _as_far_as_it_goes(
    candidates: Mapping[str, tuple[Person, ...]], playbook: Playbook, unfilled: dict[str, str]
) -> DealCast:
    """Fills each role in turn, and gives the reason for those that stay unfilled."""
    partners, cast = _partners(playbook), dict[str, Person]()
    for role, people in candidates.items():
        chosen = next((person for person in people if _fits(role, person, cast, partners)), None)
        if chosen is not None:
            cast[role] = chosen
            continue
        held = ", ".join(role_label(other) for other, holder in cast.items() if holder.id == people[0].id)
        unfilled[role] = (
            f"only {people[0].name} can be {role_label(role)}, who is {held} here; one person cannot be both"
        )
    return DealCast(cast, unfilled)


def _fits(role: str, person: Person, cast: Mapping[str, Person], partners: Mapping[str, set[str]]) -> bool:
    held = {other for other, holder in cast.items() if holder.id == person.id}
    return not held & {PROJECT_MANAGER, *partners.get(role, ())} and not (role == PROJECT_MANAGER and held)


def _partners(playbook: Playbook) -> dict[str, set[str]]:
    """By role, the roles that its holder may not have as well."""
    partners: dict[str, set[str]] = {}
    for one, other in playbook.second_role.excluded_pairs:
        partners.setdefault(one, set()).add(other)
        partners.setdefault(other, set()).add(one)
    return partners


def strangers_to(submitters: tuple[str, ...], cast: DealCast) -> Iterator[int]:
    """Places of submitters who are neither project manager nor engagement manager of the deal."""
    may = {cast.holders[role].id for role in (PROJECT_MANAGER, ENGAGEMENT_MANAGER) if role in cast.holders}
    for place, person in enumerate(submitters):
        if person not in may:
            yield place
