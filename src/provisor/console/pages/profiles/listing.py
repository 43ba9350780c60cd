"""Profile Editor: every profile there is, and how many attributes each has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from provisor.console.pages.profiles.owners import PATH
from provisor.console.routing import get
from provisor.console.visit import Visit
from provisor.directory.schema import Schema
from provisor.services.app_summaries import list_summaries
from provisor.services.schemas import get_group_schema, get_user_schema
from provisor.services.user_types import list_types


@dataclass(frozen=True, slots=True)
class Listed:
    title: str
    kind: str
    path: str
    base: int | None = None
    """Attributes that came with Provisor; None: not counted."""
    added: int | None = None


@dataclass(frozen=True, slots=True)
class ListingView:
    q: str
    profiles: Sequence[Listed]
    more: bool


SHOWN = 100
"""Apps; more are found by a part of their name."""


async def show(visit: Visit) -> Response:
    """People and groups first, then the apps by name."""
    words = visit.query("q")[:100].replace("\x00", "")
    own = [
        *(listed(each, "People", f"{PATH}/people/{each.owner}") for each in await user_schemas(visit)),
        listed(await get_group_schema(visit.database, visit.actor), "Groups", f"{PATH}/groups"),
    ]
    apps, more = await list_summaries(visit.database, visit.actor, words=words, status=None, after=None, limit=SHOWN)
    found = [each for each in own if words.casefold() in each.title.casefold()]
    found += [Listed(each.app.label, "App", f"{PATH}/apps/{each.app.id}") for each in apps]
    return visit.render("pages/profiles/listing.html", ListingView(words, found, more is not None))


def listed(schema: Schema, kind: str, path: str) -> Listed:
    return Listed(schema.name, kind, path, len(schema.base), len(schema.added))


async def user_schemas(visit: Visit) -> list[Schema]:
    """Those of every type of people; there are ten at most."""
    types = await list_types(visit.database, visit.actor)
    return [await get_user_schema(visit.database, visit.actor, each.id) for each in types]


routes = (get(PATH, show),)
