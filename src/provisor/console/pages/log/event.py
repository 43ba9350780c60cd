"""One event with all its fields, and what else happened in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import orjson
from starlette.responses import Response

from provisor.console.pages.log.asked import parse_key
from provisor.console.pages.log.log import Row, rows_of
from provisor.console.pages.log.sentences import PLACES, Words, sentence
from provisor.console.routing import get
from provisor.console.visit import Visit
from provisor.services.errors import NotFound
from provisor.services.log import LogPage, get_event, list_of_transaction
from provisor.systemlog.rendering import LogEvent

SIBLINGS = 20
"""Events of the same transaction that are shown; a link leads to all."""
MEANINGS = {"User": "Person", "AppUser": "Account", "AppInstance": "App", "UserGroup": "Group", "Token": "API token"}


@dataclass(frozen=True, slots=True)
class Target:
    kind: str
    name: str
    id: str
    path: str | None
    changes: list[tuple[str, str, str]]
    """Attribute, before, after."""


@dataclass(frozen=True, slots=True)
class EventView:
    key: str
    at: datetime
    words: list[Words]
    event: LogEvent
    targets: list[Target]
    debug: list[tuple[str, str]]
    json: str
    siblings: list[Row]
    more_siblings: bool
    all_siblings: str
    """The log of the transaction."""


async def show(visit: Visit) -> Response:
    text = visit.params["id"]
    key = parse_key(text)
    if key is None:
        raise NotFound("event", text)
    event = await get_event(visit.database, visit.actor, key)
    page = await list_of_transaction(visit.database, visit.actor, event["transaction"]["id"], SIBLINGS + 1)
    siblings = [row for row in rows_of(page) if row.key != text]
    view = EventView(
        text,
        datetime.fromisoformat(event["published"]),
        sentence(event),
        event,
        [target(each) for each in event["target"]],
        [(name, shown(value)) for name, value in event["debugContext"]["debugData"].items()],
        orjson.dumps(event, option=orjson.OPT_INDENT_2).decode(),
        siblings[:SIBLINGS],
        page.after is not None,
        whole(event, page),
    )
    return visit.render("pages/log/event.html", view)


def whole(event: LogEvent, page: LogPage) -> str:
    first = min(each["published"] for each in (event, *page.events))
    return f"/admin/log?{urlencode({'transaction': event['transaction']['id'], 'since': first})}"


def target(found: Mapping[str, Any]) -> Target:
    place = PLACES.get(found["type"])
    change = found.get("changeDetails", {"from": {}, "to": {}})
    before, after = change["from"], change["to"]
    return Target(
        MEANINGS.get(found["type"], found["type"]),
        found["displayName"] or found["alternateId"] or "",
        found["id"],
        place.format(found["id"]) if place else None,
        [(name, shown(before.get(name)), shown(after.get(name))) for name in sorted({*before, *after})],
    )


def shown(value: Any) -> str:
    """A value as a person reads it; texts as they are."""
    if value is None:
        return "nothing"
    return value if isinstance(value, str) else orjson.dumps(value).decode()


routes = (get("/admin/log/{id}", show),)
