"""Which roles one person may hold together: some pairs never, and a project manager nothing else by default."""

from collections.abc import Collection

from domain.asks.holder import AskHolder
from domain.asks.model import listed
from domain.engagement.aggregate import Engagement
from domain.engagement.roles.coverage import PM
from domain.engagement.roles.project_manager import why_not_pm
from domain.playbook.model import role_label
from domain.shared.errors import NotByDefault
from domain.shared.remedy_actions import RemedyAction
from domain.shared.text import capitalized
from domain.shared.values import PersonId

# Roles that estimate, attest, review or decide: a seller of the deal may hold none of them in it.
JUDGING = frozenset(
    {"engagement_manager", "delivery_lead", "expert", "finance", "legal", "quality", "agreement_custodian"}
)


def check_compatible(
    state: AskHolder,
    role: str,
    person_id: PersonId,
    *,
    by_consent: bool = False,
    remedy: str = "Name somebody else.",
    action: RemedyAction = RemedyAction.LIST_CANDIDATES,
) -> None:
    """Refuses a holder who sells, a pair that may never be one person, and a second role for the project manager.

    `remedy`, `action`: what the person refused can do about it.

    Raises NotByDefault.
    """
    held = _held(state, role, person_id)
    never = why_not_pm(person_id, state.cast.positions, state.cast.holder("provider_sponsor")) if role == PM else None
    if never is not None:
        raise NotByDefault(f"{state.cast.name(person_id)} {never}.", remedy=remedy, action=action)
    if person_id in state.sellers and _judging_in({role}):
        raise NotByDefault(
            f"{state.cast.name(person_id)} sells or sold this deal, and cannot judge it.", remedy=remedy, action=action
        )
    for pair in state.playbook.second_role.excluded_pairs:
        if role in pair and held & (set(pair) - {role}):
            both = capitalized(listed([*map(role_label, pair)]))
            raise NotByDefault(f"{both} cannot be the same person.", remedy=remedy, action=action)
    if role == "sales" and held & {*_judging_in(held), "provider_sponsor"}:
        raise NotByDefault(
            f"{state.cast.name(person_id)} judges this deal, and cannot sell it too.", remedy=remedy, action=action
        )
    if is_second(state, role, person_id) and not by_consent:
        name, own = state.cast.name(person_id), "needs their own words"
        other = listed([*map(role_label, sorted(held))])
        raise NotByDefault(
            f"{name} is the project manager here: a second role {own}."
            if PM in held
            else f"{name} is {other} here: being project manager as well {own}.",
            remedy="Have them ask for it or accept it in their own words, until a date; or name somebody else.",
            action=RemedyAction.REQUEST_ROLE,
        )


def _held(state: AskHolder, role: str, person_id: PersonId) -> set[str]:
    """The other roles that a person holds here or is proposed for."""
    proposals = state.proposals if isinstance(state, Engagement) else {}
    proposed = (other for other, proposal in proposals.items() if proposal.person_id == person_id)
    return {r for r in (*state.cast.roles_of(person_id), *proposed) if r != role}


def is_second(state: AskHolder, role: str, person_id: PersonId) -> bool:
    """True if a person would be project manager and something else."""
    held = _held(state, role, person_id)
    return PM in held or (role == PM and bool(held & {*state.cast.holders, *state.cast.further_experts}))


def _judging_in(roles: Collection[str]) -> set[str]:
    return {role for role in roles if role.split(":", maxsplit=1)[0] in JUDGING}
