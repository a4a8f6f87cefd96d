"""The API's description as a page to try it on, with the reader's own session. Nothing is loaded from elsewhere."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.pages.rendering import SITE_HEADERS, SiteRoute, page, theme_of
from api.pages.visitor import VisitorDep

router = APIRouter(route_class=SiteRoute, include_in_schema=False)
# The description's own program sets styles on what it draws.
POLICY = SITE_HEADERS["Content-Security-Policy"].replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")


@router.get("/api/docs")
async def show_api_docs(request: Request, visitor: VisitorDep) -> Response:
    """Every operation of REST, to be tried as oneself."""
    answer = page("api_docs", theme=theme_of(request), csrf=visitor.csrf, description=request.app.openapi_url)
    answer.headers["Content-Security-Policy"] = POLICY
    return answer
