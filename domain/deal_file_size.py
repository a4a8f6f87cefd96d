"""Whether an engagement would take what a deal file holds: by the bounds of the commands that it becomes."""

from collections.abc import Iterator
from typing import Any, NamedTuple, cast

from domain.deal_file import DealFile
from domain.directory import Problem
from domain.engagement.bounds import NEEDS, PLAN, PROMISES, SCOPE, SHOWN, Area, require_within
from domain.engagement.state import Engagement, Milestone, Need, Promise, Purchase, Requirement, WorkPackage
from domain.refusals import BadValue
from domain.values import Value

AREAS: tuple[tuple[str, Area], ...] = (
    ("needs", NEEDS),
    ("promises", PROMISES),
    ("work_packages", SCOPE),
    ("work_packages", SHOWN),
    ("milestones", PLAN),
)


class _Recorded(NamedTuple):
    """As much of an engagement as these areas look at. Unchecked: the file was checked when it was read."""

    needs: dict[str, Any]
    promises: dict[str, Any]
    packages: dict[str, Any]
    milestones: dict[str, Any]
    requirements: dict[str, Any]
    purchases: dict[str, Any]
    plan: None = None


def too_large(deal: DealFile) -> Iterator[Problem]:
    """A problem at each table that is larger than an engagement takes it."""
    recorded = cast(
        "Engagement",
        _Recorded(
            _by_id(Need, deal.needs),
            _by_id(Promise, deal.promises),
            _by_id(WorkPackage, deal.work_packages),
            _by_id(Milestone, deal.milestones),
            _by_id(Requirement, deal.requirements),
            _by_id(Purchase, deal.purchases),
        ),
    )
    for table, area in AREAS:
        try:
            require_within(area, (), area.of(recorded))
        except BadValue as large:
            yield Problem(where=table, what=large.refused.detail.rstrip("."), remedy=large.refused.remedy)


def _by_id(model: type[Value], rows: tuple[Value, ...]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for n, row in enumerate(rows, 1):
        fields = {name: getattr(row, name) for name in model.model_fields if name in type(row).model_fields}
        made[fields["id"] or f"X{n}"] = model.model_construct(**fields)
    return made
