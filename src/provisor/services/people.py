"""People as administrators look for them, and what one person has: apps and why, groups and why.

Only questions; changes are `services.users` and `services.users_lifecycle`.
"""

from __future__ import annotations

from dataclasses import dataclass

from provisor.services.actor import Actor, Permission
from provisor.services.app_people import AppPerson, judged
from provisor.services.errors import NotFound
from provisor.services.work import Database
from provisor.store import people as store
from provisor.store import person_apps, users
from provisor.store.people import Key, PeopleQuery, Person
from provisor.store.person_apps import AssignableApp, PersonAppRow, PersonGroup

LONGEST_SEARCH = 100
SUGGESTED = 10


async def find_people(
    database: Database, actor: Actor, query: PeopleQuery, limit: int, after: Key | None = None
) -> tuple[list[Person], Key | None]:
    """A page of people by name, and the key of the next one."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        return await store.search(connection, query, limit, after)


@dataclass(frozen=True, slots=True)
class Number:
    """How many there are; large numbers are estimates."""

    value: int
    about: bool


async def count_people(database: Database, actor: Actor) -> Number:
    """How many people there are. Never looks at more than a bounded number of them."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        value, exact = await store.count_about(connection)
    return Number(value, not exact)


@dataclass(frozen=True, slots=True)
class PersonApp:
    app: PersonAppRow
    person: AppPerson


async def apps_of_person(database: Database, actor: Actor, user_id: str) -> list[PersonApp]:
    """The apps somebody is in, why, and where each account stands; then those they have left."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        return [PersonApp(each, judged(each.row)) for each in await person_apps.apps_of(connection, user_id)]


async def apps_to_assign(database: Database, actor: Actor, user_id: str) -> list[AssignableApp]:
    """Apps that somebody could be assigned to."""
    actor.require(Permission.MANAGE_APPS)
    async with database.read() as connection:
        return await person_apps.assignable(connection, user_id)


async def groups_of_person(
    database: Database, actor: Actor, key: str, limit: int, after: tuple[str, str] | None = None
) -> tuple[list[PersonGroup], tuple[str, str] | None]:
    """A page of somebody's groups by name, why they are in them, and the key of the next page."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        user = await users.find(connection, key)
        if user is None:
            raise NotFound("User", key)
        return await person_apps.groups_of(connection, user.id, limit, after)
