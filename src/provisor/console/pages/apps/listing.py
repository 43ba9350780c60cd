"""All apps: label, kind, states and counts; found by words and status, paged by label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from provisor.apps.app import AppStatus
from provisor.apps.catalogue import CATALOGUE
from provisor.console.routing import get
from provisor.console.visit import Visit
from provisor.services.app_summaries import AppSummary, list_summaries

PAGE = 25
LONGEST_SEARCH = 200


@dataclass(frozen=True, slots=True)
class AppsView:
    apps: Sequence[AppSummary]
    words: str
    status: str
    own: str
    """The address of this very page."""
    first: str | None
    """The address of the first page; None when this is it."""
    next: str | None
    kinds: dict[str, str]

    @property
    def wished(self) -> bool:
        return bool(self.words or self.status)


async def show(visit: Visit) -> Response:
    """A page of apps."""
    words, chosen = visit.query("q")[:LONGEST_SEARCH], visit.query("status")
    status = AppStatus(chosen) if chosen in tuple(AppStatus) else None
    after = visit.query("after_label"), visit.query("after")
    shown, last = await list_summaries(
        visit.database, visit.actor, words=words, status=status, after=after if after[1] else None, limit=PAGE
    )
    wish = {"q": words, "status": status or ""}
    view = AppsView(
        shown,
        words,
        status or "",
        address(wish | ({"after_label": after[0], "after": after[1]} if after[1] else {})),
        address(wish) if after[1] else None,
        address(wish | {"after_label": last[0], "after": last[1]}) if last else None,
        {name: entry.title for name, entry in CATALOGUE.items()},
    )
    return visit.render("pages/apps/listing.html", view)


def address(query: dict[str, str]) -> str:
    given = {name: value for name, value in query.items() if value}
    return "/admin/apps" + (f"?{urlencode(given)}" if given else "")


routes = (get("/admin/apps", show),)
