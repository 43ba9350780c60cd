"""Profile Editor: making, renaming and deleting types of people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.responses import Response

from provisor.console.forms import problems_by_field
from provisor.console.pages.profiles.owners import PATH
from provisor.console.routing import get, post
from provisor.console.visit import Visit
from provisor.directory.user_type import UserType
from provisor.services.actor import Permission
from provisor.services.errors import Forbidden, Invalid
from provisor.services.user_types import create_type, delete_type, get_type, update_type

FORM, DELETE = "pages/profiles/type.html", "pages/profiles/type_delete.html"
FIELDS = ("display_name", "name", "description")
KEYS = {"displayName": "display_name"}


@dataclass(frozen=True, slots=True)
class TypeView:
    values: Mapping[str, str]
    kind: UserType | None = None
    """None while one is being made."""
    problems: Mapping[str, str] = field(default_factory=dict)
    names = FIELDS

    @property
    def action(self) -> str:
        return f"{PATH}/types/new" if self.kind is None else f"{PATH}/people/{self.kind.id}/edit"

    @property
    def back(self) -> str:
        return PATH if self.kind is None else f"{PATH}/people/{self.kind.id}"


@dataclass(frozen=True, slots=True)
class DeleteView:
    kind: UserType
    refusal: str = ""


async def offer(visit: Visit) -> Response:
    return visit.render(FORM, TypeView(dict.fromkeys(FIELDS, "")))


async def make(visit: Visit) -> Response:
    """Make a type, with the attributes that everybody has."""
    values = typed(visit)
    try:
        kind = await create_type(
            visit.database, visit.actor, values["name"], values["display_name"], values["description"]
        )
    except Invalid as refusal:
        return visit.render(FORM, TypeView(values, problems=by_field(refusal)), status=422)
    return visit.go(f"{PATH}/people/{kind.id}", f"The type {kind.display_name} was made. Add the attributes it needs.")


async def edit(visit: Visit) -> Response:
    kind = await get_type(visit.database, visit.actor, visit.params["type"])
    values = {"display_name": kind.display_name, "name": kind.name, "description": kind.description}
    return visit.render(FORM, TypeView(values, kind))


async def change(visit: Visit) -> Response:
    """Change what a type is called among people."""
    kind, values = await get_type(visit.database, visit.actor, visit.params["type"]), typed(visit)
    try:
        await update_type(
            visit.database,
            visit.actor,
            kind.id,
            display_name=values["display_name"],
            description=values["description"],
        )
    except Invalid as refusal:
        return visit.render(FORM, TypeView(values, kind, by_field(refusal)), status=422)
    return visit.go(f"{PATH}/people/{kind.id}", "The type was saved.")


async def ask_to_delete(visit: Visit) -> Response:
    return visit.render(DELETE, DeleteView(await get_type(visit.database, visit.actor, visit.params["type"])))


async def delete(visit: Visit) -> Response:
    """Delete a type that nobody is of."""
    kind = await get_type(visit.database, visit.actor, visit.params["type"])
    try:
        await delete_type(visit.database, visit.actor, kind.id)
    except Forbidden as refusal:
        return visit.render(DELETE, DeleteView(kind, str(refusal)), status=409)
    return visit.go(PATH, f"The type {kind.display_name} was deleted.")


def typed(visit: Visit) -> dict[str, str]:
    return {name: visit.form.text(name) for name in FIELDS}


def by_field(refusal: Invalid) -> dict[str, str]:
    return {
        KEYS.get(name, name): f"It {words[:1].lower()}{words[1:]}" for name, words in problems_by_field(refusal).items()
    }


routes = (
    get(f"{PATH}/types/new", offer, Permission.MANAGE_SCHEMAS),
    post(f"{PATH}/types/new", make, Permission.MANAGE_SCHEMAS),
    get(f"{PATH}/people/{{type}}/edit", edit, Permission.MANAGE_SCHEMAS),
    post(f"{PATH}/people/{{type}}/edit", change, Permission.MANAGE_SCHEMAS),
    get(f"{PATH}/people/{{type}}/delete", ask_to_delete, Permission.MANAGE_SCHEMAS),
    post(f"{PATH}/people/{{type}}/delete", delete, Permission.MANAGE_SCHEMAS),
)
