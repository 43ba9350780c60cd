"""Runs the examples that are kept with mappings: of one mapping, of an app's, of all. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from provisor.apps.ends import Ends
from provisor.apps.examples import Mismatch, mismatches
from provisor.services.actor import Actor, Permission
from provisor.services.mapping_ends import ends_of, needed_setup
from provisor.services.mappings import ShownMapping, needed_mapping, shown_mapping
from provisor.services.work import Database
from provisor.store import mappings as store
from provisor.store.mappings import NamedMapping


@dataclass(frozen=True, slots=True)
class Tested:
    mapping: ShownMapping
    mismatches: tuple[Mismatch, ...]


async def run_examples(database: Database, actor: Actor, mapping_id: str) -> Tested:
    """Run the examples of one mapping; raises `NotFound`."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        named = await needed_mapping(connection, mapping_id)
        setup = await needed_setup(connection, named.row.app_id)
    return _tested(named, ends_of(setup, named.row.type_id, named.row.direction))


async def run_all_examples(database: Database, actor: Actor, app_id: str | None = None) -> list[Tested]:
    """Run the examples of every mapping that has some, of one app or of all."""
    actor.require(Permission.READ)
    tested: list[Tested] = []
    async with database.read() as connection:
        for named in await store.list_with_examples(connection, app_id):
            setup = await needed_setup(connection, named.row.app_id)
            tested.append(_tested(named, ends_of(setup, named.row.type_id, named.row.direction)))
    return tested


def _tested(named: NamedMapping, ends: Ends) -> Tested:
    mapping = shown_mapping(named, ends)
    return Tested(mapping, tuple(mismatches(mapping.examples, mapping.mappings, ends)))
