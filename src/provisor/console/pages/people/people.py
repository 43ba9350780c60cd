"""Directory > People: the list, searched while typing."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from provisor.console.keys import parse_key, render_key
from provisor.console.rendering import words
from provisor.console.routing import get
from provisor.console.visit import Visit
from provisor.directory.lifecycle import Status
from provisor.services.people import LONGEST_SEARCH, Number, count_people, find_people
from provisor.store.people import PeopleQuery, Person

PATH = "/admin/people"
SHOWN = 50
STATUSES = (
    ("", "Any status"),
    *((each.value, words(each)) for each in Status),
)


@dataclass(frozen=True, slots=True)
class PeopleView:
    q: str
    status: str
    people: list[Person]
    total: Number
    first: str | None
    older: str | None
    here: str
    statuses = STATUSES

    @property
    def narrowed(self) -> bool:
        return bool(self.q or self.status)


async def show(visit: Visit) -> Response:
    q, status = visit.query("q")[:LONGEST_SEARCH], visit.query("status")
    status = status if status in set(Status) else ""
    after = parse_key(visit.query("after"), 2)
    query = PeopleQuery(q.replace("\x00", ""), status or None)
    people, last = await find_people(visit.database, visit.actor, query, SHOWN, (after[0], after[1]) if after else None)
    view = PeopleView(
        q,
        status,
        people,
        await count_people(visit.database, visit.actor),
        first=address(q, status) if after else None,
        older=address(q, status, render_key(last)) if last else None,
        here=address(q, status, visit.query("after")),
    )
    return visit.render("pages/people/people.html", view)


def address(q: str, status: str, after: str = "") -> str:
    given = {name: value for name, value in (("q", q), ("status", status), ("after", after)) if value}
    return PATH + (f"?{urlencode(given)}" if given else "")


routes = (get(PATH, show),)
