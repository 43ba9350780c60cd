"""Everybody's start: the apps that the person who is signed in may open."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from provisor.console.routing import Access, get
from provisor.console.visit import Visit
from provisor.services.own import Tile, own_tiles

MANY = 12
"""Tiles from which on there is a search field."""


@dataclass(frozen=True, slots=True)
class HomeView:
    tiles: list[Tile]
    number: int
    """Of all tiles, found or not."""
    q: str
    here: str

    @property
    def can_search(self) -> bool:
        return self.number >= MANY or bool(self.q)


async def show(visit: Visit) -> Response:
    tiles = await own_tiles(visit.database, visit.actor)
    q = visit.query("q")
    found = [tile for tile in tiles if all(word in tile.label.casefold() for word in q.casefold().split())]
    here = f"/?{visit.request.url.query}" if visit.request.url.query else "/"
    return visit.render("pages/home/home.html", HomeView(found, len(tiles), q, here))


routes = (get("/", show, Access.SIGNED_IN),)
