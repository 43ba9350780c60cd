"""People as they are looked for: by the beginning of a name, a login or an email address, ordered by name.

Each beginning has an index of its own; pages continue after a key, in the order of an index too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from provisor.directory.logins import fold
from provisor.directory.names import searched
from provisor.store.conditions import Parameters, escape_pattern
from provisor.store.database import Connection

# A plan that serves any text would walk through everybody by name, which is quick for “a” and slow for a rare name.
PLAN = "SET LOCAL plan_cache_mode = force_custom_plan"

LOOKED_AT = 1_000
"""People among whom those outside a group are looked for; more of the name finds the others."""

Key = tuple[str, str]
"""(name key, id)."""


@dataclass(frozen=True, slots=True)
class Person:
    """A row of a list."""

    id: str
    name: str
    login: str
    email: str
    status: str
    title: str | None
    department: str | None
    last_login: datetime | None


COLUMNS = """users.id, concat_ws(' ', profile ->> 'firstName', profile ->> 'lastName') AS name,
profile ->> 'login' AS login, profile ->> 'email' AS email, status, profile ->> 'title' AS title,
profile ->> 'department' AS department, last_login, name_key"""


@dataclass(frozen=True, slots=True)
class PeopleQuery:
    text: str = ""
    """The beginning of a first or last name, a login or an email address."""
    status: str | None = None
    """None: everybody, the deactivated too."""
    group_id: str | None = None
    """Only members of this group."""
    outside: str | None = None
    """Only people who are not in this group, among the first `LOOKED_AT` that the rest finds."""


async def search(
    connection: Connection, query: PeopleQuery, limit: int, after: Key | None = None
) -> tuple[list[Person], Key | None]:
    """A page of people by name, and the key that the next page continues after."""
    parameters = Parameters()
    wanted = ["users.deleted IS NULL"]
    if query.text:
        wanted.append(f"({begins_with(query.text, parameters)})")
    if query.status is not None:
        wanted.append(f"users.status = {parameters.add(query.status)}")
    if query.group_id is not None:
        group = parameters.add(query.group_id)
        wanted.append(f"EXISTS (SELECT FROM membership m WHERE m.group_id = {group} AND m.user_id = users.id)")
    if after is not None:
        wanted.append(f"(users.name_key, users.id) > ({parameters.add(after[0])}, {parameters.add(after[1])})")
    await connection.execute(PLAN)
    source = f"users WHERE {' AND '.join(wanted)}"
    if query.outside is not None:
        # A group of nearly everybody would be walked through from end to end for a few who are not in it.
        group = parameters.add(query.outside)
        source = f"""(SELECT * FROM {source} ORDER BY name_key, id LIMIT {LOOKED_AT}) AS users
          WHERE NOT EXISTS (SELECT FROM membership m WHERE m.group_id = {group} AND m.user_id = users.id)"""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM {source} ORDER BY name_key, id LIMIT {limit + 1}", *parameters.values
    )
    last = (rows[limit - 1]["name_key"], rows[limit - 1]["id"]) if len(rows) > limit else None
    return [Person(*tuple(row)[:-1]) for row in rows[:limit]], last


def begins_with(text: str, parameters: Parameters) -> str:
    """The condition that somebody is called, signs in or is written to like this."""
    name = parameters.add(escape_pattern(searched(text)) + "%")
    login = parameters.add(escape_pattern(fold(text.strip())) + "%")
    email = parameters.add(escape_pattern(text.strip().lower()) + "%")
    return (
        f"users.name_key LIKE {name} OR users.reversed_key LIKE {name} OR users.login_key LIKE {login} "
        f"OR lower(users.profile ->> 'email') LIKE {email}"
    )


COUNTED = 10_000
ESTIMATE = "SELECT reltuples::bigint FROM pg_class WHERE oid = 'users'::regclass"


async def count_about(connection: Connection) -> tuple[int, bool]:
    """How many people there are, and whether that is exact: beyond `COUNTED` it is what the statistics say."""
    counted: int = await connection.fetchval(
        f"SELECT count(*) FROM (SELECT FROM users WHERE deleted IS NULL LIMIT {COUNTED + 1}) AS x"
    )
    if counted <= COUNTED:
        return counted, True
    estimated: int = await connection.fetchval(ESTIMATE)
    return max(counted, estimated), False
