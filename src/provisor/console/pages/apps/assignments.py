"""The Assignments tab: people with why and where their account stands; groups with their members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from provisor.console.pages.apps.head import Head, load_head
from provisor.console.routing import get
from provisor.console.visit import Visit
from provisor.services import app_people
from provisor.services.app_people import AppPerson
from provisor.services.app_summaries import Count, Provisioning
from provisor.store.app_listing import AppGroupRow
from provisor.store.app_people import Which

TITLES = {
    Which.ASSIGNED: "All",
    Which.WAITING: "Waiting",
    Which.FAILED: "Errors",
    Which.UNPROVISIONED: "Not provisioned",
}


@dataclass(frozen=True, slots=True)
class PeopleView:
    head: Head
    people: Sequence[AppPerson]
    which: Which
    words: str
    more: bool
    """A search found more than is shown."""
    own: str
    """The address of this very page."""
    first: str | None
    next: str | None
    wholes: Sequence[tuple[Which, str]] = tuple(TITLES.items())

    @property
    def pushes(self) -> bool:
        """An account can be made now for who has none."""
        summary = self.head.summary
        return summary.provisioning is not Provisioning.OFF and summary.app.features.create


@dataclass(frozen=True, slots=True)
class GroupsView:
    head: Head
    groups: Sequence[tuple[AppGroupRow, Count]]
    words: str
    own: str
    first: str | None
    next: str | None


async def show(visit: Visit) -> Response:
    """People of the app: a part of them, or those whose names begin as the search does."""
    head = await load_head(visit, "assignments")
    words, after, chosen = visit.query("q"), visit.query("after"), visit.query("show")
    which = Which(chosen) if chosen in tuple(Which) else Which.ASSIGNED
    query = {"show": which.value if which is not Which.ASSIGNED else "", "q": words}
    if words:
        people, more = await app_people.search_people(visit.database, visit.actor, head.id, words)
        last, after = None, ""
    else:
        people, last = await app_people.list_people(visit.database, visit.actor, head.id, which, after=after)
        more = False
    view = PeopleView(
        head,
        people,
        which,
        words,
        more,
        address(head.tab, query | {"after": after}),
        address(head.tab, query) if after else None,
        address(head.tab, query | {"after": last}) if last else None,
    )
    return visit.render("pages/apps/assignments.html", view)


async def show_groups(visit: Visit) -> Response:
    """Groups of the app, by priority."""
    head = await load_head(visit, "assignments")
    words, after = visit.query("q"), key_of(visit.query("after"))
    groups, last = await app_people.list_groups(visit.database, visit.actor, head.id, prefix=words or None, after=after)
    path = f"{head.tab}/groups"
    key = visit.query("after") if after else ""
    view = GroupsView(
        head,
        groups,
        words,
        address(path, {"q": words, "after": key}),
        address(path, {"q": words}) if after else None,
        address(path, {"q": words, "after": f"{last[0]}.{last[1]}"}) if last else None,
    )
    return visit.render("pages/apps/groups.html", view)


def key_of(text: str) -> tuple[int, str] | None:
    """Priority and id after which a page of groups begins; nonsense begins at the first page."""
    priority, _, group_id = text.partition(".")
    return (int(priority), group_id) if priority.isascii() and priority.isdigit() and len(priority) < 9 else None


def address(path: str, query: dict[str, str]) -> str:
    given = {name: value for name, value in query.items() if value}
    return path + (f"?{urlencode(given)}" if given else "")


routes = (
    get("/admin/apps/{id}/assignments", show),
    get("/admin/apps/{id}/assignments/groups", show_groups),
)
