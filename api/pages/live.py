"""What others do shows on open pages: a stream that says when what a page shows has changed, and no more.

The page then asks for itself again, by the same address and the same rules. A stream is open only while its page is
visible; it ends by itself, so that a session that has ended is noticed, and the browser opens another.

Weighed: sending rendered parts (each page's query would run for everyone who might see it), and the database's own
notifications (SQLite has none). One look-up a second by an index costs less than either.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse

from api.callers import AppDep
from api.pages.rendering import SiteRoute
from api.pages.visitor import VisitorDep
from application.context import STORE_AWAY, Interlock
from application.queries.live import live_token, require_live
from application.queries.waiting import how_many_wait
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId

router = APIRouter(route_class=SiteRoute, include_in_schema=False)
# Seconds between two looks, and of a stream's life.
LOOK_EVERY = 0.7
LASTS = 300.0


@router.get("/live")
async def stream_changes(
    request: Request, app: AppDep, visitor: VisitorDep, engagement: Annotated[EngagementId | None, Query()] = None
) -> Response:
    """Sends a token whenever it has changed, with how many things wait for the visitor."""
    await require_live(app, visitor.actor, engagement)
    stream = _changes(request, app, visitor.actor, engagement)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _changes(
    request: Request, app: Interlock, actor: Actor, engagement: EngagementId | None
) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    until, last = loop.time() + LASTS, ""
    while loop.time() < until and not request.app.state.is_stopping:
        try:
            token = await live_token(app, actor, engagement)
            if token != last:
                last = token
                yield f"data: {token} {await how_many_wait(app, actor)}\n\n"
        except STORE_AWAY:
            yield ": the database is away\n\n"
        if await request.is_disconnected():
            return
        await asyncio.sleep(LOOK_EVERY)
