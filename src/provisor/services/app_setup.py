"""Prepares an app's stored set-up for deciding: parsed switches and limits, compiled mappings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import orjson

from provisor.apps.app import Features, Limits
from provisor.apps.defaults import SCIM_MAPPINGS, username_expression
from provisor.apps.mapping import Mapping, MappingSet, PushStatus, compile_mappings
from provisor.services.actor import Actor, Permission
from provisor.services.errors import NotFound
from provisor.services.work import Database
from provisor.store.app_setup import SetupRow, find_setup
from provisor.store.database import Connection


@dataclass(frozen=True, slots=True)
class AppSetup:
    row: SetupRow
    features: Features
    limits: Limits
    mappings: MappingSet

    @property
    def resting(self) -> float:
        """Seconds the app still has to be left alone; infinity until a person acts."""
        return float("inf") if self.row.stopped else max(0.0, self.row.pause_left or 0.0)


async def load_setup(connection: Connection, app_id: str) -> AppSetup | None:
    """The app's set-up, ready for use; None when there is no such app."""
    row = await find_setup(connection, app_id)
    if row is None:
        return None
    stored = orjson.dumps(row.mapping) if row.mapping is not None else None
    return AppSetup(
        row,
        Features.parse(row.features),
        Limits.parse(row.limits),
        _mappings(stored, row.username_template),
    )


async def get_setup(database: Database, actor: Actor, app_id: str) -> AppSetup:
    """The app's set-up for who may look at it; raises `NotFound`."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        setup = await load_setup(connection, app_id)
    if setup is None:
        raise NotFound("AppInstance", app_id)
    return setup


@lru_cache(maxsize=256)
def _mappings(stored: bytes | None, username_template: str) -> MappingSet:
    mappings = SCIM_MAPPINGS if stored is None else tuple(_mapping(each) for each in orjson.loads(stored))
    return compile_mappings(mappings, username_expression(username_template))


def _mapping(stored: dict[str, str]) -> Mapping:
    return Mapping(
        stored["target"],
        stored["expression"],
        PushStatus(stored.get("pushStatus", PushStatus.PUSH)),
        stored.get("alongWith"),
    )
