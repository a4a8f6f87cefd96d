"""What the disciplines can still take, as it is shown."""

from application.queries.view import (
    HoursFigure,
    View,
)
from domain.directory.capacity import Reckoning
from domain.shared.values import Day, EngagementId


class OverbookedView(View):
    """A week, by its Monday, in which more hours are wanted of a discipline than it can still take."""

    discipline: str
    week: Day
    wanted: HoursFigure
    free: HoursFigure


class ReckoningView(View):
    """What is overbooked if a deal starts as wished: the soonest weeks, and how many more there are.

    `fits_from` is the first start at which nothing is; null: none within two years, as long as it is.
    """

    overbooked: tuple[OverbookedView, ...]
    more: int
    fits_from: Day | None


class WeekView(View):
    """Hours of a week: needed by the deal, and wanted by the others, each by how likely its stage is."""

    week: Day
    needed: HoursFigure
    others: HoursFigure
    overbooked: bool


class DisciplineView(View):
    """What a deal needs of a discipline. `free` is what it can still take in a week; null: nobody has said."""

    discipline: str
    needed: HoursFigure
    free: HoursFigure | None
    weeks: tuple[WeekView, ...]


class CapacityView(ReckoningView):
    """Whether the requested dates can be staffed, by the playbook and the directory in force."""

    engagement_id: EngagementId
    wished_start: Day
    wished_end: Day
    playbook: str
    disciplines: tuple[DisciplineView, ...]


def reckoning_view(reckoned: Reckoning) -> ReckoningView:
    """What is overbooked, and from when it would fit."""
    return ReckoningView(**reckoned.model_dump())
