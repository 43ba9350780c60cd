"""Services against a real database: people, roles, and requests that come from somewhere."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from provisor.directory.user import User
from provisor.services.actor import SYSTEM, Actor, RequestOrigin, Role
from provisor.services.admins import grant_role
from provisor.services.sessions import SignedIn, sign_in
from provisor.services.users import Credentials, create_user
from provisor.services.work import Database
from provisor.store.database import open_pool

PASSWORD = "correct horse battery"
_requests = count(1)


def origin(ip: str | None = "192.0.2.1") -> RequestOrigin:
    """A request of a browser."""
    return RequestOrigin(f"trn{next(_requests):017d}", "/sign-in", ip, "Mozilla/5.0")


@dataclass(frozen=True)
class Company:
    """A directory to do things in."""

    database: Database

    async def person(self, name: str, *roles: Role, password: str | None = PASSWORD, activate: bool = True) -> User:
        """Somebody who can sign in as name@example.com."""
        login = f"{name}@example.com"
        profile = {"login": login, "email": login, "firstName": name.title(), "lastName": "Example"}
        user = await create_user(self.database, SYSTEM, profile, Credentials(password=password), activate=activate)
        for role in roles:
            await grant_role(self.database, SYSTEM, user.id, role)
        return user

    async def sign_in(self, name: str, password: str = PASSWORD, *, ip: str = "192.0.2.1", **options: Any) -> SignedIn:
        return await sign_in(self.database, f"{name}@example.com", password, origin(ip), **options)

    async def actor(self, name: str) -> Actor:
        """Somebody who signed in, as an actor."""
        return (await self.sign_in(name)).session.actor(origin())

    async def events(self, kind: str) -> list[tuple[str, str | None, str, str | None]]:
        """Outcome, reason, actor and person of the events of a kind, in order."""
        rows = await self.database.pool.fetch(
            "SELECT outcome, reason, actor_id, user_id FROM event WHERE type = $1 ORDER BY seq", kind
        )
        return [tuple(row) for row in rows]

    async def execute(self, sql: str, *values: Any) -> None:
        await self.database.pool.execute(sql, *values)

    async def status(self, user_id: str) -> str:
        found: str = await self.database.pool.fetchval("SELECT status FROM users WHERE id = $1", user_id)
        return found


@pytest.fixture
async def company(database: str) -> AsyncIterator[Company]:
    pool = await open_pool(database, size=8)
    try:
        yield Company(Database(pool))
    finally:
        await pool.close()


@pytest.fixture
def request_from() -> Callable[[str | None], RequestOrigin]:
    """Makes the origin of a request from an address."""
    return origin
