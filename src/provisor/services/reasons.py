"""Why somebody has an account in an app or has none: gathers what is known, and lets `provisioning.reasons` tell."""

from __future__ import annotations

from dataclasses import dataclass, replace

from provisor.directory.logins import fold
from provisor.provisioning.plan import WORKING, project
from provisor.provisioning.reasons import Facts, Reason, why
from provisor.services.actor import Actor, Permission
from provisor.services.app_setup import load_setup
from provisor.services.apps import existing_app
from provisor.services.errors import Invalid, NotFound
from provisor.services.work import Database
from provisor.store import previews, work_queue
from provisor.store import reasons as store
from provisor.store.database import Connection


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands in an app."""

    user_id: str
    login: str
    name: str
    facts: Facts
    reason: Reason


async def get_reason(database: Database, actor: Actor, app_id: str, user: str) -> Standing:
    """One person, by id or login, in one app, whether the app knows them or not; raises `NotFound`."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        await existing_app(connection, app_id)
        return await read_reason(connection, app_id, await user_of(connection, user))


async def user_of(connection: Connection, user: str) -> str:
    """The id of the person of this id or login; raises `NotFound`."""
    found = await previews.find_user(connection, user) or await previews.find_user(connection, fold(user))
    if found is None:
        raise NotFound("User", user)
    return found


async def read_reason(connection: Connection, app_id: str, user_id: str) -> Standing:
    """The same inside somebody's transaction."""
    found = await store.find_facts(connection, app_id, user_id)
    if found is None:
        raise NotFound("User", user_id)
    facts, login, name = found
    if facts.assigned and facts.wanted and facts.status in WORKING:
        facts = replace(facts, problem=await _problem(connection, app_id, user_id))
    return Standing(user_id, login, name, facts, why(facts))


async def _problem(connection: Connection, app_id: str, user_id: str) -> str | None:
    """Why the account cannot be worked out, if so."""
    setup = await load_setup(connection, app_id)
    if setup is None:
        return None
    try:
        for subject in await work_queue.subjects_of(connection, app_id, setup.needs, user_id):
            return project(subject, setup.mappings_for(subject.type_id, user_id), setup.features).problem
    except Invalid as problem:
        return str(problem)
    return None
