"""Whose profile a page is about: a type of people, groups, or an app; each with its service and its permission."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from provisor.console.routing import Handler, Route, get, post
from provisor.console.visit import Visit
from provisor.directory.attributes import Attribute
from provisor.directory.schema import Schema
from provisor.directory.user import DEFAULT_TYPE
from provisor.services.actor import Permission
from provisor.services.app_schemas import change_app_schema, get_app_schema
from provisor.services.schemas import (
    change_group_schema,
    change_user_schema,
    get_group_schema,
    get_user_schema,
)

PATH = "/admin/profiles"


class Kind(StrEnum):
    PEOPLE = "people"
    GROUPS = "groups"
    APP = "app"


MANAGING = {
    Kind.PEOPLE: Permission.MANAGE_SCHEMAS,
    Kind.GROUPS: Permission.MANAGE_SCHEMAS,
    Kind.APP: Permission.MANAGE_APPS,
}
PREFIXES = {Kind.PEOPLE: f"{PATH}/people/{{type}}", Kind.GROUPS: f"{PATH}/groups", Kind.APP: f"{PATH}/apps/{{app}}"}


@dataclass(frozen=True, slots=True)
class Owner:
    """A schema on its way to a page."""

    kind: Kind
    schema: Schema
    path: str

    @property
    def title(self) -> str:
        return {Kind.PEOPLE: f"People: {self.schema.name}", Kind.GROUPS: "Groups"}.get(self.kind, self.schema.name)

    @property
    def default_type(self) -> bool:
        return self.schema.owner == DEFAULT_TYPE

    @property
    def permission(self) -> str:
        return MANAGING[self.kind].value

    @property
    def mapped(self) -> str | None:
        """Where the app's mappings are; None for people and groups."""
        return f"/admin/apps/{self.schema.owner}/provisioning#mappings" if self.kind is Kind.APP else None

    def may_remove(self, attribute: Attribute) -> bool:
        """What came with Provisor stays with people and groups; of an app, only the account's name does."""
        if self.kind is Kind.APP:
            return attribute.name != "userName"
        return attribute.name not in self.schema.base

    def is_fixed(self, attribute: Attribute) -> bool:
        """Only few things of it may be changed."""
        return self.kind is not Kind.APP and attribute.name in self.schema.base


async def load_owner(visit: Visit) -> Owner:
    """Whom the address names; raises `NotFound`."""
    if (type_id := visit.params.get("type")) is not None:
        schema = await get_user_schema(visit.database, visit.actor, type_id)
        return Owner(Kind.PEOPLE, schema, f"{PATH}/people/{type_id}")
    if (app_id := visit.params.get("app")) is not None:
        schema = await get_app_schema(visit.database, visit.actor, app_id)
        return Owner(Kind.APP, schema, f"{PATH}/apps/{app_id}")
    return Owner(Kind.GROUPS, await get_group_schema(visit.database, visit.actor), f"{PATH}/groups")


async def change_attributes(
    visit: Visit, owner: Owner, changes: Mapping[str, Attribute | None], seen_version: int | None
) -> None:
    """Add, change or (None) remove attributes; raises `Invalid`, `InUse`, `ChangedMeanwhile`."""
    database, actor, key = visit.database, visit.actor, owner.schema.owner
    if owner.kind is Kind.PEOPLE:
        await change_user_schema(database, actor, key, changes, seen_version=seen_version)
    elif owner.kind is Kind.GROUPS:
        await change_group_schema(database, actor, changes, seen_version=seen_version)
    else:
        await change_app_schema(database, actor, visit.context.connectors, key, changes, seen_version=seen_version)


Method = Callable[[str, Handler, Permission], Route]


def for_each_kind(
    below: str, handler: Callable[[Visit], Awaitable[object]], *, change: bool, method: str
) -> list[Route]:
    """The same page for people, groups and apps; what changes something needs the kind's permission."""
    make: Method = get if method == "GET" else post
    return [
        make(prefix + below, handler, MANAGING[kind] if change else Permission.READ)  # type: ignore[arg-type]
        for kind, prefix in PREFIXES.items()
    ]
