"""Explains somebody's account in an app, attribute by attribute: the value, why, since which event, what was confirmed.

The decision is `provisioning.explaining`; this gathers what it needs in one moment, and the events and names around it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from provisor.apps.layers import Origin as Layer
from provisor.connector import Json
from provisor.directory.people import person_attributes
from provisor.provisioning.explaining import ValueExplanation, explain
from provisor.provisioning.subject import Subject
from provisor.services.actor import Actor, Permission
from provisor.services.app_setup import AppSetup, load_setup
from provisor.services.apps import KIND
from provisor.services.errors import Invalid, NotFound
from provisor.services.reasons import Standing, read_reason, user_of
from provisor.services.work import Database
from provisor.store import app_values, previews, work_queue
from provisor.store.database import Connection
from provisor.store.previews import Origin


@dataclass(frozen=True, slots=True)
class ExplainedValue:
    value: ValueExplanation
    set_by: Origin | None
    """The event that set what wins: of the group, of the override; None for what a mapping or a default gives."""
    sources: Mapping[str, Origin] = field(default_factory=dict)
    """By profile attribute that the mapping reads, the change that set it."""


@dataclass(frozen=True, slots=True)
class AccountExplanation:
    standing: Standing
    values: Sequence[ExplainedValue]
    groups: Mapping[str, str]
    """Names of the groups that are spoken of, by id."""
    overrides: Mapping[str, Json]
    """As they are stored."""
    problem: str | None
    """Why there is no account to be had: the first mapping that has no result, and why."""

    def value(self, attribute: str) -> ExplainedValue | None:
        return next((each for each in self.values if each.value.attribute.name == attribute), None)


async def explain_account(
    database: Database, actor: Actor, app_id: str, user: str, attribute: str | None = None
) -> AccountExplanation:
    """Every attribute (or this one) of somebody's account, by id or login.

    Raises `NotFound`, also for who is not known in the app and for an attribute that the app does not have.
    """
    actor.require(Permission.READ)
    async with database.read() as connection:
        setup = await load_setup(connection, app_id)
        if setup is None:
            raise NotFound(KIND, app_id)
        standing = await read_reason(connection, app_id, await user_of(connection, user))
        try:
            subjects = await work_queue.subjects_of(connection, app_id, setup.needs, standing.user_id)
            if not subjects:
                raise NotFound("AppUser", user)
            found = await _explained(connection, setup, subjects[0], standing)
        except Invalid as problem:
            return AccountExplanation(standing, (), {}, {}, str(problem))
    if attribute is None:
        return found
    only = found.value(attribute)
    if only is None:
        raise NotFound("Attribute", attribute)
    return AccountExplanation(standing, [only], found.groups, found.overrides, found.problem)


async def _explained(
    connection: Connection, setup: AppSetup, subject: Subject, standing: Standing
) -> AccountExplanation:
    app_id, user_id = setup.row.id, subject.user_id
    pushed = (await previews.pushed_profiles(connection, app_id, [user_id])).get(user_id)
    confirmed = pushed if subject.link.external_id is not None else None
    mappings = setup.mappings_for(subject.type_id, user_id)
    problem, values = explain(subject, mappings, setup.features, confirmed, hidden_attributes(setup, subject.type_id))
    groups = [each.group_id for each in subject.beside.group_values]
    changes = await previews.origins(connection, [user_id])
    by_hand = await app_values.set_by_hand(connection, app_id, user_id)
    by_group = await app_values.set_by_groups(connection, app_id, groups) if groups else {}
    names = await app_values.group_names(connection, groups) if groups else {}
    explained = [
        ExplainedValue(
            each,
            _set_by(each, by_hand, by_group),
            {name: changes[user_id, name] for name in each.sources if (user_id, name) in changes},
        )
        for each in values
    ]
    return AccountExplanation(standing, explained, names, subject.beside.overrides, problem)


def hidden_attributes(setup: AppSetup, type_id: str) -> frozenset[str]:
    """The attributes of people of this type whose values are not shown."""
    own = orjson.loads(setup.row.profiles).get(type_id, [])
    return frozenset(each.name for each in person_attributes(own) if each.sensitive)


def _set_by(
    value: ValueExplanation, by_hand: Mapping[str, Origin], by_group: Mapping[tuple[str, str], Origin]
) -> Origin | None:
    name = value.attribute.name
    if value.origin in (Layer.OVERRIDE, Layer.GIVEN):
        return by_hand.get(name)
    if value.origin is not Layer.GROUP:
        return None
    found = [by_group.get((each.group_id or "", name)) for each in value.candidates if each.wins]
    return max((each for each in found if each is not None), key=lambda each: each.at, default=None)
