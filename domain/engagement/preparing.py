"""What the seller's file has prepared for another's act: shown when that act is owed, and in force once it is done.

The requirements are the business analyst's to say. What a deal file says of them is kept as the seller wrote it, traced
or not, and the analyst takes it as it stands, or sets their own.
"""

from collections.abc import Iterator

from domain.engagement import commands as c
from domain.engagement.bounds import PLAN, require_within
from domain.engagement.documents import set_requirements
from domain.engagement.events import RequirementsPrepared
from domain.engagement.state import Engagement, PreparedRequirement, Requirement
from domain.refusals import BadValue
from domain.rows import require_unique
from domain.turn import Turn


def prepare_requirements(turn: Turn[Engagement], rows: tuple[PreparedRequirement, ...]) -> None:
    """Keeps what the opening carries of them. Raises BadValue for what it traces them to and does not carry."""
    if not rows:
        return
    before = turn.state
    require_unique((row.id for row in rows), "requirements.id")
    for n, row in enumerate(rows):
        for field, known in (("needs", before.needs), ("work_packages", before.packages)):
            unknown = [name for name in getattr(row, field) if name not in known]
            if unknown:
                raise BadValue(
                    f"{row.id} rests on {', '.join(unknown)}, which the deal does not have.",
                    remedy="Record it too, or leave it out.",
                    field=f"requirements.{n}.{field}",
                )
    turn.record(RequirementsPrepared(requirements=rows))
    require_within(PLAN, PLAN.of(before), PLAN.of(turn.state))


def take_requirements(turn: Turn[Engagement], _command: c.TakeRequirements) -> None:
    """Sets the requirements as they were prepared. Raises BadValue where none are, or one is not traced."""
    prepared = turn.state.prepared_requirements
    if not prepared:
        raise BadValue(
            "No requirements are prepared: the deal began without any, or they were set since.",
            remedy=f"Set them: interlock scope requirements {turn.state.id} FILE",
            field="requirements",
        )
    untraced = [row.id for row in prepared.values() if not (row.needs and row.work_packages)]
    if untraced:
        raise BadValue(
            f"As prepared, {', '.join(untraced)} names no need that it comes from or no package that meets it.",
            remedy=f"Set them all, each traced: interlock scope requirements {turn.state.id} FILE",
            field="requirements",
        )
    set_requirements(
        turn, c.SetRequirements(requirements=tuple(Requirement(**row.model_dump()) for row in prepared.values()))
    )


def prepared_lines(state: Engagement) -> Iterator[str]:
    """A line each, as they were prepared: `R1: Each difference has a cause (needs N1; packages W1)`."""
    for row in state.prepared_requirements.values():
        needs, packages = ", ".join(row.needs) or "none named", ", ".join(row.work_packages) or "none named"
        yield f"{row.id}: {row.text} (needs: {needs}; packages: {packages})"
