"""The stream of server-sent events that live regions of a page follow."""

from __future__ import annotations

from starlette.responses import Response, StreamingResponse

from provisor.console.routing import Access, get
from provisor.console.visit import Visit
from provisor.services.sessions import is_alive
from provisor.store.database import DATABASE_AWAY

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


async def follow(visit: Visit) -> Response:
    """Say when something changed, until the page is left; never what."""
    session = visit.session
    assert session is not None

    async def may_go_on() -> bool:
        try:
            return await is_alive(visit.database, session)
        except DATABASE_AWAY:
            # Nobody knows; the page's own requests say that the database is away.
            return True

    return StreamingResponse(
        visit.context.live.follow(may_go_on, visit.query("seen")), media_type="text/event-stream", headers=HEADERS
    )


routes = (get("/live", follow, Access.SIGNED_IN),)
