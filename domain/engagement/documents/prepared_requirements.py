"""What the seller's file prepares for somebody else: shown when their act is owed, effective once they do it.

Requirements are the business analyst's. What a deal file says of them is kept as the seller wrote it, traced or not;
the analyst takes it as it is, or sets their own.
"""

from collections.abc import Iterator

from domain.engagement.aggregate import Engagement
from domain.engagement.documents.commands import SetRequirements, TakeRequirements
from domain.engagement.documents.events import RequirementsPrepared
from domain.engagement.documents.rules import set_requirements
from domain.engagement.documents.values import PreparedRequirement, Requirement
from domain.engagement.size.areas import PLAN
from domain.engagement.size.limits import require_within
from domain.shared.errors import BadValue
from domain.shared.remedy_actions import RemedyAction
from domain.shared.transaction import Transaction
from domain.shared.unique_rows import require_unique


def prepare_requirements(transaction: Transaction[Engagement], rows: tuple[PreparedRequirement, ...]) -> None:
    """Stores the requirements of an opening. Raises BadValue if they are traced to something it does not contain."""
    if not rows:
        return
    before = transaction.state
    require_unique((row.id for row in rows), "requirements.id")
    for n, row in enumerate(rows):
        for field, known in (("needs", before.needs), ("work_packages", before.packages)):
            unknown = [name for name in getattr(row, field) if name not in known]
            if unknown:
                raise BadValue(
                    f"{row.id} refers to {', '.join(unknown)}, which the deal does not have.",
                    remedy="Record it too, or leave it out.",
                    field=f"requirements.{n}.{field}",
                )
    transaction.record(RequirementsPrepared(requirements=rows))
    require_within(PLAN, PLAN.of(before), PLAN.of(transaction.state))


def take_requirements(transaction: Transaction[Engagement], _command: TakeRequirements) -> None:
    """Sets the requirements as prepared. Raises BadValue if there are none, or one is not traced."""
    prepared = transaction.state.prepared_requirements
    if not prepared:
        raise BadValue(
            "There are no prepared requirements: the deal started without any, or they have been set since.",
            remedy="Set the requirements.",
            action=RemedyAction.SET_REQUIREMENTS,
            field="requirements",
        )
    untraced = [row.id for row in prepared.values() if not (row.needs and row.work_packages)]
    if untraced:
        raise BadValue(
            f"As prepared, {', '.join(untraced)} does not name the need it comes from or the package that meets it.",
            remedy="Set them all, each with its needs and packages.",
            action=RemedyAction.SET_REQUIREMENTS,
            field="requirements",
        )
    set_requirements(
        transaction, SetRequirements(requirements=tuple(Requirement(**row.model_dump()) for row in prepared.values()))
    )


def prepared_lines(state: Engagement) -> Iterator[str]:
    """A line for each prepared requirement: `R1: Each difference has a cause (needs N1; packages W1)`."""
    for row in state.prepared_requirements.values():
        needs, packages = ", ".join(row.needs) or "none named", ", ".join(row.work_packages) or "none named"
        yield f"{row.id}: {row.text} (needs: {needs}; packages: {packages})"
