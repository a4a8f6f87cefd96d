"""Whether an engagement would accept what a deal file holds: by the bounds of the commands that it becomes."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from domain.deal_file.model import DealFile
from domain.directory.directory import DirectoryProblem
from domain.directory.people import Participants
from domain.engagement.aggregate import Engagement
from domain.engagement.documents.values import Requirement
from domain.engagement.needs.values import Need, Promise
from domain.engagement.scope.values import Milestone, Purchase, WorkPackage
from domain.engagement.size.areas import NEEDS, PLAN, PROMISES, SCOPE, SHOWN, Area
from domain.engagement.size.limits import require_deal_fits, require_within
from domain.playbook.model import Playbook
from domain.shared.errors import BadValue
from domain.shared.values import Value

AREAS: tuple[tuple[str, Area], ...] = (
    ("needs", NEEDS),
    ("promises", PROMISES),
    ("work_packages", SCOPE),
    ("work_packages", SHOWN),
    ("milestones", PLAN),
)


def too_large(deal: DealFile, playbook: Playbook) -> Iterator[DirectoryProblem]:
    """A problem for each table that is too large for an engagement; if none is, one if all together are."""
    recorded = _recorded(deal, playbook)
    tables = [problem for table, area in AREAS for problem in _problems(table, partial(_require_area, area, recorded))]
    yield from tables or _problems("work_packages", partial(require_deal_fits, recorded))


def _recorded(deal: DealFile, playbook: Playbook) -> Engagement:
    """As much of an engagement as its bounds examine, before anyone is named in it: it accepts no less later.

    Not validated: the file was checked when it was read.
    """
    parts: dict[str, Any] = {
        "needs": _by_id(Need, deal.needs),
        "promises": _by_id(Promise, deal.promises),
        "packages": _by_id(WorkPackage, deal.work_packages),
        "milestones": _by_id(Milestone, deal.milestones),
        "requirements": _by_id(Requirement, deal.requirements),
        "purchases": _by_id(Purchase, deal.purchases),
    }
    parts |= {"id": "", "title": deal.title, "client": deal.client}
    return Engagement.model_construct(playbook=playbook, cast=Participants(), **parts)


def _require_area(area: Area, recorded: Engagement) -> None:
    require_within(area, (), area.of(recorded))


def _problems(table: str, require: Callable[[], None]) -> Iterator[DirectoryProblem]:
    try:
        require()
    except BadValue as large:
        yield DirectoryProblem(where=table, what=large.refused.detail.rstrip("."), remedy=large.refused.remedy)


def _by_id(model: type[Value], rows: tuple[Value, ...]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for n, row in enumerate(rows, 1):
        fields = {name: getattr(row, name) for name in model.model_fields if name in type(row).model_fields}
        made[fields["id"] or f"X{n}"] = model.model_construct(**fields)
    return made
