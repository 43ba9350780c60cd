"""Lists of people: what can be filtered, searched and sorted, and the SQL of a page. Pages continue after a key,
never after a count, so that they stay right and cheap while people come and go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from provisor.directory.attributes import BASE_ATTRIBUTES, Attribute
from provisor.directory.logins import fold
from provisor.directory.user import User
from provisor.scim.filters import Filter, Op
from provisor.store.added_columns import added_column
from provisor.store.conditions import EQUAL, ORDER, Column, Kind, Parameters, condition, escape_pattern
from provisor.store.database import Connection
from provisor.store.users import COLUMNS, user

LISTED = "users.deleted IS NULL"
LIVING = "users.status <> 'DEPROVISIONED'"

WORDS = frozenset({Op.EQ, Op.SW}) | ORDER
PARTS = WORDS | {Op.CO}
CONTAINED = frozenset({"firstName", "lastName", "email", "login"})
INDEXES = {"login": ("users.login_key", fold), "email": ("lower(users.profile ->> 'email')", str.lower)}

INSTANTS = {
    "created": "users.created",
    "activated": "users.activated",
    "statusChanged": "users.status_changed",
    "lastUpdated": "users.last_updated",
}
FILTERED = ("login", "email", "firstName", "lastName")


def attribute_column(name: str, operators: frozenset[Op]) -> Column:
    return Column(f"(users.profile ->> '{name}')", operators=operators, present=True, index=INDEXES.get(name))


SEARCHABLE: dict[str, Column] = {
    "id": Column("users.id", operators=WORDS, present=True),
    "status": Column("users.status", operators=WORDS, present=True),
    "type.id": Column("users.type_id", present=True),
    **{name: Column(sql, Kind.INSTANT, EQUAL | ORDER, present=True) for name, sql in INSTANTS.items()},
    **{
        f"profile.{each.name}": attribute_column(each.name, PARTS if each.name in CONTAINED else WORDS)
        for each in BASE_ATTRIBUTES
    },
}
"""Properties of `search` and `sortBy` that there always are; their names are case-sensitive."""


def columns_with(attributes: Iterable[Attribute]) -> Mapping[str, Column]:
    """What can be searched where people have these attributes, base ones among them."""
    added = {f"profile.{each.name}": each for each in attributes}
    return {**{name: added_column("users", each) for name, each in added.items()}, **SEARCHABLE}


FILTERABLE: dict[str, Column] = {
    "id": Column("users.id"),
    "status": Column("users.status"),
    "lastUpdated": Column("users.last_updated", Kind.INSTANT, EQUAL | ORDER),
    **{f"profile.{name}": attribute_column(name, EQUAL) for name in FILTERED},
}
"""Properties of `filter`, with the few operators it takes."""


@dataclass(frozen=True, slots=True)
class UserQuery:
    """Which people, in which order. At most one of `filter`, `search` and `q` is set."""

    filter: Filter | None = None
    search: Filter | None = None
    q: str | None = None
    """The beginning of a first name, a last name or an email address."""
    sort_by: str | None = None
    descending: bool = False
    group_id: str | None = None
    """Only members of this group, deactivated ones too."""
    columns: Mapping[str, Column] = field(default_factory=lambda: SEARCHABLE)
    """What can be searched and sorted by."""

    @property
    def key(self) -> tuple[type, ...]:
        """The types of the values that order the list."""
        return (str,) if self.sort_by in (None, "id") else (str, str)


async def list_users(
    connection: Connection, query: UserQuery, limit: int, after: Sequence[str | int] | None
) -> tuple[list[User], tuple[str | int, ...] | None]:
    """A page of people and the key that the next page continues after; None when there is none.

    Raises `Unsupported` for what cannot be asked.
    """
    parameters = Parameters()
    wanted = [LISTED, *which(query, parameters)]
    order = sort_key(query.sort_by, query.columns)
    direction, beyond = ("DESC", "<") if query.descending else ("ASC", ">")
    if after is not None:
        keys = [parameters.add(str(value)) for value in after]
        wanted.append(f"({', '.join(order)}) {beyond} ({', '.join(keys)})")
    sorting = ", ".join(f"{key} {direction}" for key in order)
    source = "users"
    if query.group_id is not None:
        source = "membership JOIN users ON users.id = membership.user_id"
    rows = await connection.fetch(
        f"SELECT {COLUMNS}, ARRAY[{', '.join(order)}] AS key FROM {source} WHERE {' AND '.join(wanted)} "
        f"ORDER BY {sorting} LIMIT {limit + 1}",
        *parameters.values,
    )
    return [user(row) for row in rows[:limit]], tuple(rows[limit - 1]["key"]) if len(rows) > limit else None


def which(query: UserQuery, parameters: Parameters) -> list[str]:
    if query.group_id is not None:
        return [f"membership.group_id = {parameters.add(query.group_id)}"]
    if query.search is not None:
        return [condition(query.search, query.columns.get, parameters)]
    if query.filter is not None:
        return [condition(query.filter, FILTERABLE.get, parameters)]
    if query.q:
        pattern = parameters.add(escape_pattern(query.q) + "%")
        begins = " OR ".join(
            f"lower(users.profile ->> '{name}') LIKE lower({pattern})" for name in ("firstName", "lastName", "email")
        )
        return [LIVING, f"({begins})"]
    return [LIVING]


# Moved above nought and filled up with zeros, numbers sort as texts: pages continue after a text.
SORTED_NUMBER = "to_char({} + 1e20, 'FM000000000000000000000.999999999')"


def sort_key(sort_by: str | None, columns: Mapping[str, Column]) -> list[str]:
    """The expressions that order a list; the last one is unique. People without a value come first."""
    if sort_by is None or sort_by == "id":
        return ["users.id"]
    column = columns[sort_by]
    if column.kind is Kind.INSTANT:
        text = f"to_char({column.sql}, 'YYYY-MM-DD HH24:MI:SS.US')"
    elif column.kind is Kind.NUMBER:
        text = SORTED_NUMBER.format(column.sql)
    else:
        text = f"lower(({column.sql})::text)"
    return [f"coalesce({text}, '') COLLATE \"C\"", "users.id"]
