"""Hours that the demo gives and reports: a deal file's three points, and their means as what was worked."""

from collections.abc import Mapping
from decimal import Decimal

from domain.deal_file.model import ChangeRow, DealFile
from domain.pricing.three_points import ThreePoints

# The precision with which hours may be entered.
HOURS_TYPED = Decimal("0.000001")


def hours_of_packages(deal: DealFile) -> dict[str, str]:
    """The three points of each work package, as they are typed."""
    return {row.id: str(_points(row.played_hours)) for row in deal.work_packages}


def hours_of_change(row: ChangeRow | None) -> dict[str, str]:
    """The three points of each line of a change, as they are typed; none for a change that the file does not have."""
    return {f"L{i}": str(line.hours) for i, line in enumerate(row.facts.work, 1)} if row else {}


def planned_hours(deal: DealFile, approved: Mapping[str, int]) -> dict[str, tuple[str, Decimal]]:
    """By item of the file, its name in the engagement and its mean hours; of changes only the `approved` ones."""
    plan = {row.id: (row.id, _mean([_points(row.played_hours)])) for row in deal.work_packages}
    for row in deal.change_orders:
        n = approved.get(f"C{row.n}")
        if n is not None and row.facts.work:
            plan[f"C{row.n}"] = (f"C{n}", _mean([line.hours for line in row.facts.work]))
    return plan


def _points(hours: tuple[Decimal, Decimal, Decimal]) -> ThreePoints:
    return ThreePoints.model_validate(hours)


def _mean(points: list[ThreePoints]) -> Decimal:
    return sum((p.mean for p in points), Decimal()).quantize(HOURS_TYPED)
