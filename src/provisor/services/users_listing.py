"""Lists of people, and the groups of one."""

from __future__ import annotations

from collections.abc import Sequence

from provisor.directory.user import User
from provisor.scim.errors import BadRequest
from provisor.scim.filters import Filter, parse_filter
from provisor.services.actor import Actor, Permission
from provisor.services.errors import BadQuery
from provisor.services.work import Database
from provisor.store import users_listing as store
from provisor.store.conditions import Unsupported
from provisor.store.users_listing import SEARCHABLE, UserQuery

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
    if sort_by is not None and sort_by not in SEARCHABLE:
        raise BadQuery("search", f"sortBy: {sort_by[:100]} is not a property that people can be sorted by")
    if search:
        return UserQuery(search=parsed("search", search), sort_by=sort_by, descending=descending)
    return UserQuery(filter=parsed("filter", filter) if filter else None, q=q)


async def list_users(
    database: Database, actor: Actor, query: UserQuery, limit: int, after: Sequence[str | int] | None = None
) -> tuple[list[User], Key | None]:
    """A page of people and the key after which the next one begins; raises `BadQuery`."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        try:
            return await store.list_users(connection, query, limit, after)
        except Unsupported as problem:
            parameter = "search" if query.search is not None else "filter"
            raise BadQuery(parameter, str(problem), unsupported=True) from None


def parsed(parameter: str, text: str) -> Filter:
    """The tree of a filter; raises `BadQuery`."""
    try:
        return parse_filter(text)
    except BadRequest as problem:
        raise BadQuery(parameter, problem.detail) from None
