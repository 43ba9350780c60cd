"""The catalogue: find an entry by words, by what it can do and by how people sign on; read one before adding it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from provisor.apps.catalogue import CATALOGUE, AuthScheme, Capability, CatalogueEntry, SignOn
from provisor.console.routing import get
from provisor.console.visit import Visit
from provisor.services.errors import NotFound

AUTHENTICATION = {
    AuthScheme.TOKEN: "OAuth bearer token",
    AuthScheme.BASIC: "User name and password",
    AuthScheme.HEADER: "Token in a header",
    AuthScheme.OAUTH2: "OAuth 2.0",
}


@dataclass(frozen=True, slots=True)
class CatalogView:
    entries: Sequence[CatalogueEntry]
    words: str
    capability: str
    sign_on: str
    capabilities: Sequence[Capability] = tuple(Capability)
    sign_ons: Sequence[SignOn] = tuple(SignOn)


@dataclass(frozen=True, slots=True)
class EntryView:
    entry: CatalogueEntry
    authentication: Sequence[str]


async def show(visit: Visit) -> Response:
    """The entries that fit; all of them without any wish."""
    words, capability, sign_on = visit.query("q"), visit.query("capability"), visit.query("sign_on")
    found = [
        entry
        for entry in CATALOGUE.values()
        if all(word in text_of(entry) for word in words.lower().split())
        and (not capability or capability in entry.capabilities)
        and (not sign_on or sign_on in entry.sign_on)
    ]
    return visit.render("pages/catalog/catalog.html", CatalogView(found, words, capability, sign_on))


async def show_entry(visit: Visit) -> Response:
    """One entry: what it is for, and the way to add it."""
    entry = existing_entry(visit)
    return visit.render("pages/catalog/entry.html", EntryView(entry, [AUTHENTICATION[each] for each in entry.schemes]))


def existing_entry(visit: Visit) -> CatalogueEntry:
    """The entry that the address names; raises `NotFound`."""
    entry = CATALOGUE.get(visit.params["entry"])
    if entry is None:
        raise NotFound("catalog entry", visit.params["entry"])
    return entry


def text_of(entry: CatalogueEntry) -> str:
    """What words are looked for in."""
    parts = (entry.title, entry.protocol, entry.name, entry.description, *entry.capabilities, *entry.sign_on)
    return " ".join(parts).lower()


routes = (
    get("/admin/catalog", show),
    get("/admin/catalog/{entry}", show_entry),
)
