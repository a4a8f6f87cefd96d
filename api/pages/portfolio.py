"""The portfolio: a board by stage, a table, and the table as CSV, from the same filters, which the address holds."""

import csv
import io
from collections.abc import Iterable
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import Field

from api.callers import AppDep
from api.pages.forms import checked
from api.pages.rendering import SiteRoute, show, stage_label
from api.pages.visitor import VisitorDep
from application.queries.engagements import EngagementFilter, EngagementLineView, engagements
from application.queries.portfolio import board
from domain.playbook.model import Stage, role_label

router = APIRouter(route_class=SiteRoute, include_in_schema=False)

MAX_LINES_IN_CSV = 100
COLUMNS = (
    "Id",
    "Client",
    "Title",
    "Stage",
    "Value",
    "Currency",
    "Margin at P80",
    "Waits for",
    "Whose",
    "Due",
    "Vacant",
)
# What a spreadsheet would run as a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class PortfolioFilter(EngagementFilter):
    view: Annotated[str, Field(pattern="^(board|table)$")] = "board"


def the_wanted(request: Request) -> PortfolioFilter:
    """The filters of the address; a form sends those that were left empty too. Raises InputRefused."""
    return checked(PortfolioFilter, {name: value for name, value in request.query_params.items() if value})


Wanted = Annotated[PortfolioFilter, Depends(the_wanted)]


@router.get("/portfolio")
async def show_portfolio(request: Request, app: AppDep, visitor: VisitorDep, wanted: Wanted) -> Response:
    """What each engagement waits for, on whom, how long; vacancies."""
    plain = _plain(wanted)
    shown: dict[str, object] = {"wanted": wanted, "stages": tuple(Stage), "address": _address(wanted)}
    if wanted.view == "table":
        shown["page"] = await engagements(app, visitor.actor, plain)
    else:
        shown["board"] = await board(app, visitor.actor, plain)
    return await show(request, visitor, f"portfolio_{wanted.view}", 200, **shown)


@router.get("/portfolio.csv")
async def get_portfolio_csv(app: AppDep, visitor: VisitorDep, wanted: Wanted) -> Response:
    """The table that is shown, up to 100 lines from `after` on; no cell is a formula."""
    plain = _plain(wanted).replace(limit=MAX_LINES_IN_CSV)
    page = await engagements(app, visitor.actor, plain)
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    rows.writerows(map(_cells, page.items))
    headers = {"Content-Disposition": 'attachment; filename="portfolio.csv"'}
    return Response("\ufeff" + text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _cells(line: EngagementLineView) -> Iterable[str]:
    step = line.next_step
    cells = (
        line.id,
        line.client,
        line.title,
        stage_label(line.stage),
        "" if line.value is None else str(line.value),
        line.currency,
        "" if line.margin is None else str(line.margin),
        step.what if step else "",
        step.who.name if step else "",
        (step.due_shown or "") if step else "",
        ", ".join(map(role_label, line.vacant)),
    )
    return ("'" + cell if cell.startswith(FORMULA) else cell for cell in cells)


def _plain(wanted: PortfolioFilter) -> EngagementFilter:
    return EngagementFilter.model_validate(wanted.model_dump(exclude={"view"}))


def _address(wanted: PortfolioFilter) -> str:
    """The filters as an address holds them, without the view and the place in the list."""
    given = wanted.model_dump(mode="json", exclude_defaults=True, exclude={"view", "after", "limit"})
    return urlencode({name: str(value).lower() if value is True else value for name, value in given.items()})
