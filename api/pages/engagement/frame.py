"""What all pages of an engagement share: stage line, what it waits for, vacancies, tabs."""

from typing import Any, NamedTuple

from fastapi import Request
from fastapi.responses import Response

from api.pages.commands.table import FORMS
from api.pages.rendering import show
from api.pages.step_places import place_of_step
from api.pages.visitor import Visitor
from application.context import Interlock
from application.queries.engagement import EngagementView, shown_engagement
from application.queries.last_message import last_message
from application.queries.permitted import barred_from
from application.queries.stage_line import stage_line
from domain.engagement.commands import COMMANDS
from domain.shared.errors import NotFound
from domain.shared.values import EngagementId


class Tab(NamedTuple):
    """A subject of an engagement's pages; `name` is the end of its address."""

    name: str
    label: str


TABS = (
    Tab("", "Overview"),
    Tab("people", "People"),
    Tab("scope", "Scope and estimate"),
    Tab("price", "Price"),
    Tab("promises", "Promises"),
    Tab("documents", "Documents"),
    Tab("changes", "Changes"),
    Tab("delivery", "Delivery"),
    Tab("record", "Record"),
)


async def firm_view(app: Interlock, visitor: Visitor, engagement_id: EngagementId) -> EngagementView:
    """The engagement as a colleague sees it. Raises NotFound for a client's person, who has one page alone."""
    view = await shown_engagement(app, visitor.actor, engagement_id)
    if not isinstance(view, EngagementView):
        raise NotFound("This page does not exist, or you cannot see it.", remedy="Open the engagement itself.")
    return view


async def show_tab(
    request: Request,
    app: Interlock,
    visitor: Visitor,
    tab: str,
    view: EngagementView,
    *,
    template: str | None = None,
    status: int = 200,
    **shown: Any,
) -> Response:
    """A tab inside the frame of its engagement. `template`: that of a page within the tab."""
    return await show(
        request,
        visitor,
        f"engagement/{template or tab or 'overview'}",
        status,
        view=view,
        tab=tab,
        tabs=TABS,
        stages=await stage_line(app, visitor.actor, view.id),
        barred=await _barred(app, visitor, view.id, tab),
        labels={name: form.label for name, form in FORMS.items()},
        place_of=place_of_step,
        told=await last_message(app, visitor.actor, view.id),
        **shown,
    )


async def _barred(app: Interlock, visitor: Visitor, engagement_id: EngagementId, tab: str) -> frozenset[str]:
    """Names of the forms of a tab, and of those above all tabs, that its reader may not send."""
    here = [form for form in FORMS.values() if form.tab in {tab, ""} and not form.about and form.command in COMMANDS]
    barred = await barred_from(app, visitor.actor, engagement_id, [form.command for form in here])
    return frozenset(form.name for form in here if form.command in barred)
