"""The stream of server-sent events that live regions of a page follow."""

from __future__ import annotations

from starlette.responses import Response, StreamingResponse

from provisor.console.routing import Access, get
from provisor.console.visit import Visit

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


async def follow(visit: Visit) -> Response:
    """Say when something changed, until the page is left; never what."""
    return StreamingResponse(visit.context.live.follow(), media_type="text/event-stream", headers=HEADERS)


routes = (get("/live", follow, Access.SIGNED_IN),)
