"""The views of what the disciplines can still take on."""

from application.queries.view import (
    HoursFigure,
    View,
)
from domain.directory.capacity import Reckoning
from domain.shared.values import Day, EngagementId


class OverbookedView(View):
    """A week, by its Monday, in which more hours of a discipline are needed than it can still take on."""

    discipline: str
    week: Day
    wanted: HoursFigure
    free: HoursFigure


class ReckoningView(View):
    """What is overbooked if a deal starts as requested: the soonest weeks, and how many more there are.

    `fits_from` is the first start at which nothing is; null: none within two years, as long as the deal is.
    """

    overbooked: tuple[OverbookedView, ...]
    more: int
    fits_from: Day | None


class WeekView(View):
    """Hours of a week: needed by the deal, and needed by the others, each weighted by the likelihood of its stage."""

    week: Day
    needed: HoursFigure
    others: HoursFigure
    overbooked: bool


class DisciplineView(View):
    """What a deal needs of a discipline. `free` is what it can still take on in a week; null: not known."""

    discipline: str
    needed: HoursFigure
    free: HoursFigure | None
    weeks: tuple[WeekView, ...]


class CapacityView(ReckoningView):
    """Whether the requested dates can be staffed, by the current playbook and directory."""

    engagement_id: EngagementId
    wished_start: Day
    wished_end: Day
    playbook: str
    disciplines: tuple[DisciplineView, ...]


def reckoning_view(reckoned: Reckoning) -> ReckoningView:
    """What is overbooked, and from when it would fit."""
    return ReckoningView(**reckoned.model_dump())
