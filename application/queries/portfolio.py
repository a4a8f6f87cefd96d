"""The portfolio as a board: the newest engagements of each stage, with totals for those whom they concern."""

from decimal import Decimal

from application.context import Interlock
from application.off_loop import off_loop
from application.queries.access import may_see_all
from application.queries.engagements import EngagementFilter, EngagementLineView, filters_for, line_views
from application.queries.view import MoneyFigure, View
from application.reconciliation.damage import lacking
from domain.directory.directory import Directory
from domain.playbook.model import Stage
from domain.shared.transaction import Actor

# Engagements shown in each column; a link leads to the others.
MAX_IN_COLUMN = 8
ON_BOARD = tuple(stage for stage in Stage if not stage.is_end)


class StageTotal(View):
    """The total price of the engagements at a stage, in one currency, and their margin at P80 as priced."""

    currency: str
    value: MoneyFigure
    margin: MoneyFigure


class StageColumn(View):
    """A column of the board. `count` and `totals` are null where they are not known without reading everything."""

    stage: Stage
    items: tuple[EngagementLineView, ...]
    more: bool
    count: int | None
    totals: tuple[StageTotal, ...]


class Board(View):
    """All columns. `incomplete` says why there may be more than can be read now; null if there is not."""

    columns: tuple[StageColumn, ...]
    incomplete: str | None


async def board(app: Interlock, actor: Actor, wanted: EngagementFilter) -> Board:
    """The board of what is wanted: all for heads and the administrator, else that in which one has a part."""
    directory = await off_loop(app.registry.directory)
    filters = filters_for(directory, actor, wanted)
    stages = [stage.value for stage in ON_BOARD if wanted.stage in {None, stage}]
    found, damaged = await off_loop(lambda: app.read.board(filters, stages, MAX_IN_COLUMN + 1, actor.person_id))
    shows_own = wanted.waits_for == actor.person_id
    lines = await line_views(app, directory, actor, found, shows_own=shows_own)
    is_everything = wanted.replace(limit=50, after=None) == EngagementFilter() and may_see_all(directory, actor)
    counts = await off_loop(app.read.by_stage) if is_everything else None
    totals = await off_loop(lambda: _totals(app, directory, actor)) if is_everything else {}
    columns = tuple(
        StageColumn(
            stage=stage,
            items=tuple(line for line in lines if line.stage is stage)[:MAX_IN_COLUMN],
            more=sum(line.stage is stage for line in lines) > MAX_IN_COLUMN,
            count=counts.get(stage.value, 0) if counts is not None else None,
            totals=totals.get(stage, ()),
        )
        for stage in ON_BOARD
        if stage.value in stages
    )
    return Board(columns=columns, incomplete=await lacking(app, damaged, "engagement"))


def _totals(app: Interlock, directory: Directory, actor: Actor) -> dict[Stage, tuple[StageTotal, ...]]:
    """By stage, for those who head a function: they see the figures of every engagement."""
    if actor.person_id not in directory.positions.values():
        return {}
    found: dict[Stage, tuple[StageTotal, ...]] = {}
    margins = app.read.margin_by_stage()
    for (stage, currency), value in app.read.value_by_stage().items():
        if value:
            total = StageTotal(currency=currency, value=value, margin=margins.get((stage, currency), Decimal()))
            found[Stage(stage)] = (*found.get(Stage(stage), ()), total)
    return found
