"""A small app with people and teams, as it was, and the lines that give it SCIM.

    pip install 'provisor' fastapi argon2-cffi
    SCIM_TOKEN=secret uvicorn examples.fastapi_app.app:app --factory

Then point an identity provider at http://127.0.0.1:8000/scim/v2, or look at it with `provisor check`.
"""

import asyncio
import os
import sqlite3
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from examples.fastapi_app.people_storage import PeopleStorage
from examples.fastapi_app.tables import open_database
from fastapi import FastAPI, HTTPException

from provisor.scimserver import bearer, scim_app


class Argon2:
    """Hashes passwords as people's passwords must be hashed: slowly, in a thread."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(memory_cost=19 * 1024, time_cost=2, parallelism=1)

    async def hash(self, password: str) -> str:
        """Return what to store."""
        return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, password: str, stored: str) -> bool:
        """Whether this is the password that was hashed."""
        try:
            return await asyncio.to_thread(self._hasher.verify, stored, password)
        except VerificationError:
            return False


def app(path: str | None = None, token: str | None = None) -> FastAPI:
    """The whole application."""
    database = open_database(path or os.environ.get("APP_DATABASE", "people.sqlite"))
    made = existing_app(database)
    made.mount(
        "/scim/v2",
        scim_app(
            PeopleStorage(database),
            credential=bearer(token or os.environ["SCIM_TOKEN"]),
            hasher=Argon2(),
            refuse_unknown_members=True,
        ),
    )
    return made


def existing_app(database: sqlite3.Connection) -> FastAPI:
    """What was there before."""
    made = FastAPI(title="People and teams")

    @made.get("/people")
    async def people() -> list[dict[str, Any]]:
        rows = database.execute("SELECT id, login, first_name, last_name, department, enabled FROM person ORDER BY id")
        return [dict(row) for row in rows]

    @made.get("/teams/{name}")
    async def team(name: str) -> list[str]:
        rows = database.execute(
            """SELECT p.login FROM person p JOIN team_person tp ON tp.person_id = p.id JOIN team t ON t.id = tp.team_id
            WHERE t.name = ? ORDER BY p.login""",
            (name,),
        )
        return [row["login"] for row in rows]

    @made.post("/people/{login}/move")
    async def move(login: str, department: str) -> None:
        database.execute("UPDATE person SET department = ? WHERE login = ?", (department, login))

    @made.post("/sign-in")
    async def sign_in(login: str, password: str) -> str:
        row = database.execute("SELECT password_hash FROM person WHERE login = ? AND enabled", (login,)).fetchone()
        if row is None or not row["password_hash"] or not await Argon2().verify(password, row["password_hash"]):
            raise HTTPException(401, "wrong login or password")
        return f"welcome, {login}"

    return made
