"""Who may do what to a change order, derived from its state alone, like the engagement's table of permissions."""

from domain.asks.permissions import OF_THOSE_ASKED, permit_word
from domain.change_order.order import ChangeOrder, EstimateLines, TakeBrief, WithdrawOrder
from domain.engagement.command import Command
from domain.engagement.roles.stand_ins import roles_covered_by
from domain.shared.errors import PermissionDenied
from domain.shared.transaction import Actor
from domain.shared.values import PersonId

# The channel of the engagement's briefs to its change orders. No person can act by it.
ENGAGEMENT = "engagement"


def permit(order: ChangeOrder, command: Command, actor: Actor) -> None:
    """Lets a command pass, or refuses it for this actor. Raises PermissionDenied, and what `permit_word` raises."""
    if isinstance(command, OF_THOSE_ASKED):
        permit_word(order, command, actor.person_id)
    elif isinstance(command, EstimateLines):
        _require_expert(order, command, actor.person_id)
    elif isinstance(command, WithdrawOrder):
        _require_submitter(order, actor.person_id)
    elif not isinstance(command, TakeBrief) or actor.channel != ENGAGEMENT:
        raise PermissionDenied(
            "Only the engagement briefs its change orders.", remedy="Revise the change in the engagement."
        )


def _require_expert(order: ChangeOrder, command: EstimateLines, person_id: PersonId) -> None:
    lines = order.lines
    for given in command.estimates:
        line = lines.get(given.package)
        if person_id not in (order.cast.experts(line.discipline) if line else _experts(order)):
            what = (
                f"{given.package} needs an expert for {line.discipline}."
                if line
                else "Only the experts asked can estimate a change."
            )
            raise PermissionDenied(what, remedy="Leave it to the experts of that discipline.")


def _experts(order: ChangeOrder) -> tuple[PersonId, ...]:
    """All experts who estimate a line of this change."""
    disciplines = {line.discipline for line in order.lines.values()}
    return tuple(expert for discipline in disciplines for expert in order.cast.experts(discipline))


def _require_submitter(order: ChangeOrder, person_id: PersonId) -> None:
    brief, roles = order.brief, ("project_manager", "engagement_manager")
    may = {brief.by, *brief.submitters, *(brief.cast.holder(role) for role in roles)}
    if person_id not in may and not roles_covered_by(order, person_id).intersection(roles):
        raise PermissionDenied(
            "Only whoever submitted a change can withdraw it.", remedy=f"{brief.cast.name(brief.by)} may."
        )
