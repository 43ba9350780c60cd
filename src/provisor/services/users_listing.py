"""Lists of people, and the groups of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from provisor.directory.people import BASE_NAMES
from provisor.directory.user import User
from provisor.scim.errors import BadRequest
from provisor.scim.filters import Filter, parse_filter
from provisor.services.actor import Actor, Permission
from provisor.services.errors import BadQuery
from provisor.services.stored_schemas import load_types
from provisor.services.work import Database
from provisor.store import users_listing as store
from provisor.store.conditions import Column, Unsupported
from provisor.store.database import Connection
from provisor.store.users_listing import SEARCHABLE, UserQuery, columns_with

Key = tuple[str | int, ...]


def user_query(
    *,
    filter: str | None = None,
    search: str | None = None,
    q: str | None = None,
    sort_by: str | None = None,
    descending: bool = False,
) -> UserQuery:
    """Understand what is asked; raises `BadQuery`. `search` counts before `filter`, `filter` before `q`."""
    if search:
        return UserQuery(search=parsed("search", search), sort_by=sort_by, descending=descending)
    return UserQuery(filter=parsed("filter", filter) if filter else None, q=q)


async def list_users(
    database: Database, actor: Actor, query: UserQuery, limit: int, after: Sequence[str | int] | None = None
) -> tuple[list[User], Key | None]:
    """A page of people and the key after which the next one begins; raises `BadQuery`."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        if query.search is not None or query.sort_by is not None:
            query = replace(query, columns=await searchable(connection))
        if query.sort_by is not None and query.sort_by not in query.columns:
            raise BadQuery("search", f"sortBy: {query.sort_by[:100]} is not a property that people can be sorted by")
        try:
            return await store.list_users(connection, query, limit, after)
        except Unsupported as problem:
            parameter = "search" if query.search is not None else "filter"
            raise BadQuery(parameter, str(problem), unsupported=True) from None


async def searchable(connection: Connection) -> Mapping[str, Column]:
    """What people can be searched by: of two types' attributes of one name, that of the older type."""
    types = await load_types(connection)
    added = [each for rules in types.values() for each in rules.attributes if each.name not in BASE_NAMES]
    return columns_with(reversed(added)) if added else SEARCHABLE


def parsed(parameter: str, text: str) -> Filter:
    """The tree of a filter; raises `BadQuery`."""
    try:
        return parse_filter(text)
    except BadRequest as problem:
        raise BadQuery(parameter, problem.detail) from None
