"""The list of what happened: filters, pages, and following what happens now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo

from starlette.responses import Response

from provisor.console.pages.log.asked import CUSTOM, Asked, render_key, understand
from provisor.console.pages.log.sentences import Words, sentence
from provisor.console.routing import get
from provisor.console.visit import Visit
from provisor.console.zones import name_of
from provisor.services.apps import list_apps
from provisor.services.errors import NotFound
from provisor.services.groups import get_group
from provisor.services.log import LogPage, read_log
from provisor.services.users import get_user
from provisor.systemlog import EventType, Outcome

SHOWN = 50
"""Events of a page, and so of the ones that are followed."""
READ_FOR_WORDS = 1_000
"""Entries that are looked through for one page of a search by words; a link goes on from there."""
MOST_APPS = 200

RANGES = (("hour", "Last hour"), ("day", "Last 24 hours"), ("week", "Last 7 days"), (CUSTOM, "From … to …"))
OUTCOMES = (("", "Any outcome"), *((each.value, each.value.capitalize()) for each in Outcome))


@dataclass(frozen=True, slots=True)
class Row:
    key: str
    at: datetime
    words: list[Words]
    type: str
    outcome: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that has no field, and the address without it."""

    text: str
    path: str


@dataclass(frozen=True, slots=True)
class LogView:
    asked: Asked
    rows: list[Row]
    newest: str | None
    """The address of the first page; none on it."""
    older: str | None
    looked_through: bool
    """Not everything was looked through: few of the entries held the words."""
    follows: bool
    here: str
    """This page's address, for the region that follows."""
    toggle: str | None
    """Begin to follow, or stop; none where nothing can be followed."""
    start: str
    end: str
    zone: str
    """In which the start and the end are read."""
    person: str
    apps: list[tuple[str, str]]
    chips: list[Chip]
    api: str
    exports: list[tuple[str, str]]
    types = tuple((each.value, each.message) for each in EventType)
    ranges = RANGES
    outcomes = OUTCOMES


async def show(visit: Visit) -> Response:
    now = datetime.now(UTC)
    asked, person, chips = await named(visit, understand(visit.request.query_params, visit.zone, now))
    page = LogPage([], [], None)
    if not asked.problems:
        page = await read_log(visit.database, visit.actor, asked.query(), SHOWN, asked.after, most_read=READ_FOR_WORDS)
    apps = await list_apps(visit.database, visit.actor, prefix=None, filter=None, after=None, limit=MOST_APPS)
    stopped = visit.query("live") == "off"
    live = "off" if stopped else None
    view = LogView(
        asked,
        rows_of(page),
        newest=asked.address(live=live) if asked.after else None,
        older=asked.address(live=live, after=render_key(page.after)) if page.after else None,
        looked_through=page.after is not None and len(page.events) < SHOWN,
        follows=asked.can_follow and not stopped,
        here=asked.address(live=live, after=render_key(asked.after) if asked.after else None),
        toggle=asked.address(live=None if stopped else "off") if asked.can_follow else None,
        start=asked["from"] or typed(asked.since, visit.zone),
        end=asked["to"] or typed(asked.until, visit.zone),
        zone=name_of(visit.zone),
        person=person,
        apps=[("", "Any app"), *((app.id, app.label) for app in apps)],
        chips=chips,
        api=asked.api(asked.since or now),
        exports=[
            ("CSV", asked.address("/admin/log/export", format="csv")),
            ("JSON lines", asked.address("/admin/log/export", format="jsonl")),
        ],
    )
    return visit.render("pages/log/log.html", view)


def typed(moment: datetime | None, zone: tzinfo) -> str:
    """A time as the field for one wants it."""
    return moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S") if moment else ""


def rows_of(page: LogPage) -> list[Row]:
    return [
        Row(
            render_key(key),
            datetime.fromisoformat(event["published"]),
            sentence(event),
            event["eventType"],
            event["outcome"]["result"],
            event["outcome"]["reason"],
        )
        for key, event in zip(page.keys, page.events, strict=True)
    ]


async def named(visit: Visit, asked: Asked) -> tuple[Asked, str, list[Chip]]:
    """The query with a typed login made an id, that person's login, and the filters that have no field of their own."""
    database, actor = visit.database, visit.actor
    chips: list[Chip] = []
    person = asked["person"]
    wanted = person or asked["user"]
    if wanted and "user" not in asked.problems:
        try:
            user = await get_user(database, actor, wanted)
        except NotFound:
            if person:
                problem = f"Nobody has the login “{person[:100]}”."
                return replace(asked, problems={**asked.problems, "person": problem}), person, chips
            # Somebody who was deleted has a log all the same.
            person = wanted
        else:
            person = user.login
            given = {name: text for name, text in asked.given.items() if name != "person"}
            asked = replace(asked, given={**given, "user": user.id})
    if asked["actor"]:
        chips.append(Chip(f"By {await name_of_actor(visit, asked['actor'])}", asked.address(actor=None)))
    if asked["group"] and "group" not in asked.problems:
        try:
            name = (await get_group(database, actor, asked["group"])).name
        except NotFound:
            name = "a group that was deleted"
        chips.append(Chip(f"About the group {name[:60]}", asked.address(group=None)))
    if asked["transaction"]:
        chips.append(Chip(f"Of the transaction {asked['transaction'][:40]}", asked.address(transaction=None)))
    return asked, person, chips


async def name_of_actor(visit: Visit, actor_id: str) -> str:
    try:
        return (await get_user(visit.database, visit.actor, actor_id)).login
    except NotFound:
        return actor_id


routes = (get("/admin/log", show),)
