"""Profile Editor: removing an attribute; while a mapping uses it, the page leads to the mapping instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from provisor.console.pages.apps.mappings import PLACES
from provisor.console.pages.profiles.editing import named
from provisor.console.pages.profiles.owners import Owner, change_attributes, for_each_kind, load_owner
from provisor.console.visit import Visit
from provisor.directory.attributes import Attribute
from provisor.services.errors import InUse

PAGE = "pages/profiles/remove.html"


@dataclass(frozen=True, slots=True)
class RemoveView:
    owner: Owner
    attribute: Attribute
    uses: Sequence[tuple[str, str]] = ()
    """Where it is still mapped: the address, and what stands there."""


async def ask(visit: Visit) -> Response:
    """Say what goes with it."""
    owner = await load_owner(visit)
    return visit.render(PAGE, RemoveView(owner, named(owner, visit.params["attribute"])))


async def remove(visit: Visit) -> Response:
    """Remove it, or say which mappings keep it."""
    owner = await load_owner(visit)
    attribute = named(owner, visit.params["attribute"])
    try:
        await change_attributes(visit, owner, {attribute.name: None}, None)
    except InUse as refusal:
        return visit.render(PAGE, RemoveView(owner, attribute, places_of(refusal)), status=409)
    return visit.go(owner.path, f"The attribute {attribute.title} was removed.")


def places_of(refusal: InUse) -> list[tuple[str, str]]:
    return [(f"/admin/apps/{each.app_id}/{PLACES[each.direction]}#mappings", str(each)) for each in refusal.uses]


routes = (
    *for_each_kind("/attributes/{attribute}/delete", ask, change=True, method="GET"),
    *for_each_kind("/attributes/{attribute}/delete", remove, change=True, method="POST"),
)
