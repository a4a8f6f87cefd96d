"""The address without a path, and how pages look on this device."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.pages.forms import own_fields
from api.pages.local_paths import local_path
from api.pages.rendering import THEMES, SiteRoute
from api.pages.visitor import VisitorDep

router = APIRouter(route_class=SiteRoute, include_in_schema=False)
YEAR_SECONDS = 365 * 24 * 3600


@router.get("/")
async def show_start(_visitor: VisitorDep) -> Response:
    """Everyone begins with what waits for them."""
    return RedirectResponse("/inbox", 303)


@router.post("/theme")
async def choose_theme(request: Request, visitor: VisitorDep) -> Response:
    """Light, dark, or as the device has it; kept on this device for a year."""
    form = await own_fields(request, visitor)
    answer = RedirectResponse(local_path(form.get("to", "")), 303)
    if form.get("theme") in THEMES:
        answer.set_cookie(
            "theme",
            form["theme"],
            max_age=YEAR_SECONDS,
            secure=request.app.state.is_secure,
            httponly=True,
            samesite="lax",
        )
    return answer
