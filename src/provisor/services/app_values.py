"""Use cases of overrides: values that an administrator sets for one person in one app, and taking them back.

An override wins over group, mapping and default until it is reset; null is the override “no value”.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import orjson

from provisor.apps.layers import has_value
from provisor.apps.values import check_overrides
from provisor.connector import Json
from provisor.services.actor import Actor, Permission
from provisor.services.app_setup import load_setup
from provisor.services.apps import KIND
from provisor.services.errors import ChangedMeanwhile, Invalid, NotFound
from provisor.services.work import Database
from provisor.store import app_users, app_values, sweeps
from provisor.store.marks import Lane
from provisor.systemlog import Event, EventType

MAPPED = "mapped value"
"""What somebody who looks at an attribute without an override saw."""
NO_VALUE = "no value"
HIDDEN = "set, and not shown"
"""An override of a sensitive attribute."""


async def set_overrides(
    database: Database,
    actor: Actor,
    app_id: str,
    user_id: str,
    values: Mapping[str, Json],
    *,
    seen: Mapping[str, str] | None = None,
) -> None:
    """Set values; null = no value. Others stay. Raises `Invalid` with one line for each value that does not fit.

    `seen` are the overrides that the caller saw, as `seen_text` writes them.
    """
    actor.require(Permission.MANAGE_APPS)
    await _change(database, actor, app_id, user_id, values, (), seen, replace=False)


async def replace_overrides(
    database: Database, actor: Actor, app_id: str, user_id: str, values: Mapping[str, Json]
) -> None:
    """Set these values, and reset all others."""
    actor.require(Permission.MANAGE_APPS)
    await _change(database, actor, app_id, user_id, values, (), None, replace=True)


async def reset_overrides(
    database: Database,
    actor: Actor,
    app_id: str,
    user_id: str,
    attributes: Collection[str] | None = None,
    *,
    seen: Mapping[str, str] | None = None,
) -> None:
    """Back to what the account would have by itself: these attributes (None = all). Others stay; repeating is fine."""
    actor.require(Permission.MANAGE_APPS)
    await _change(database, actor, app_id, user_id, {}, attributes, seen, replace=attributes is None)


async def _change(
    database: Database,
    actor: Actor,
    app_id: str,
    user_id: str,
    values: Mapping[str, Json],
    reset: Collection[str] | None,
    seen: Mapping[str, str] | None,
    *,
    replace: bool,
) -> None:
    async with database.begin(actor) as work:
        setup = await load_setup(work.connection, app_id)
        if setup is None:
            raise NotFound(KIND, app_id)
        state = await app_users.assignment(work.connection, app_id, user_id)
        if state is None or not (state.direct or state.groups):
            raise NotFound("AppUser", user_id)
        schema = {each.name: each for each in setup.schema}
        wanted = {name: value if has_value(value) else None for name, value in values.items()}
        if problems := check_overrides(schema, wanted):
            raise Invalid(problems[0].path, problems)
        before = await app_values.find_overrides(work.connection, app_id, user_id)
        if seen:
            hidden = {each.name for each in setup.schema if each.sensitive}
            now = {name: seen_text(before, name, hidden=name in hidden) for name in seen}
            ChangedMeanwhile.check("The account", seen, now)
        kept = {} if replace else {name: value for name, value in before.items() if name not in (reset or ())}
        after = {**kept, **wanted}
        if after == before:
            return
        await app_values.put_overrides(work.connection, app_id, user_id, after)
        work.log(Event(EventType.ASSIGN_UPDATE, app_id=app_id, user_id=user_id, detail=_said(before, after)))
        await sweeps.mark_wanted(work.connection, app_id, [user_id], work.transaction_id, Lane.CHANGE)
        work.wake([app_id])


def _said(before: Mapping[str, Json], after: Mapping[str, Json]) -> dict[str, list[str]]:
    """Which attributes, for the log; their values are not its business."""
    told = {
        "overridden": [name for name in after if name not in before or before[name] != after[name]],
        "reset": [name for name in before if name not in after],
    }
    return {what: names for what, names in told.items() if names}


def seen_text(overrides: Mapping[str, Json], name: str, *, hidden: bool = False) -> str:
    """What somebody saw of an attribute's override."""
    if name not in overrides:
        return MAPPED
    value = overrides[name]
    if value is None:
        return NO_VALUE
    if hidden:
        return HIDDEN
    return value if isinstance(value, str) else orjson.dumps(value).decode()
