"""Tries an expression out: for a real person, for values that are given, or just whether it can be used at a place.

The places are those of the product: what is accepted here is accepted there. Stores nothing, and tells no secrets:
whoever may see people may see what an expression makes of them, but for sensitive attributes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import orjson

from provisor.apps.compiling import kinds_of, places
from provisor.apps.defaults import username_expression
from provisor.apps.importing import import_place, importing_subject
from provisor.apps.mapping import MappingError
from provisor.connector import Json
from provisor.directory.attributes import Attribute, AttributeType
from provisor.directory.diagnostics import Diagnostic
from provisor.directory.people import person_attributes
from provisor.directory.profiles import PYTHON_TYPES
from provisor.directory.user import DEFAULT_TYPE
from provisor.expression import (
    EvaluationError,
    Expression,
    ExpressionError,
    Place,
    Position,
    Subject,
    compile_expression,
    group_rule,
)
from provisor.services.actor import Actor, Permission
from provisor.services.app_setup import AppSetup
from provisor.services.errors import Invalid
from provisor.services.mapping_ends import needed_setup
from provisor.services.mappings import needed_person
from provisor.services.work import Database
from provisor.store import profile_schemas
from provisor.store.database import Connection
from provisor.store.mapping_people import MappedPerson

LONGEST = 10_000
NOBODY: Mapping[str, Any] = {}
NO_APP = {"id": "", "name": "", "label": ""}


class Where(StrEnum):
    """What an expression is for."""

    MAPPING = "MAPPING"
    """From people to an app, on create and update."""
    CREATION = "CREATION"
    """From people to an app, on create only."""
    IMPORT = "IMPORT"
    """From an app to people."""
    USERNAME = "USERNAME"
    """The format of an app's usernames, which may have holes such as ${source.login}."""
    GROUP_RULE = "GROUP_RULE"


@dataclass(frozen=True, slots=True)
class Evaluation:
    value: Json = None
    kind: str | None = None
    """What it gives, as far as that can be told beforehand."""
    reads: tuple[str, ...] = ()
    """Attributes, such as `user.title`."""
    sources: tuple[str, ...] = ()
    """What its functions read beside them, such as groups."""
    problem: str | None = None
    """Why it cannot be used, or has no result."""
    position: Position | None = None
    """Where in the text, if it cannot be used."""


async def evaluate(
    database: Database,
    actor: Actor,
    text: str,
    *,
    where: Where = Where.MAPPING,
    user: str | None = None,
    app_id: str | None = None,
    attributes: Mapping[str, Any] = NOBODY,
) -> Evaluation:
    """Evaluate for a person (an id or a login), with these attributes in place of theirs, or for nobody at all.

    Of an import the attributes are the account's. What is wrong with the expression is part of the answer; what is
    wrong with the question raises `Invalid` or `NotFound`.
    """
    actor.require(Permission.READ)
    if len(text) > LONGEST:
        raise Invalid.one("expression", f"has {len(text)} characters; at most {LONGEST} are taken")
    if where is Where.IMPORT and app_id is None:
        raise Invalid.one("app", "is needed: an expression of an import reads the accounts of an app")
    async with database.read() as connection:
        setup = None if app_id is None else await needed_setup(connection, app_id)
        person = None if user is None else await needed_person(connection, user, app_id)
        schema = await _schema(connection, setup, where, person)
    values = _values(schema, attributes)
    subject = _subject(where, setup, person, values)
    read = {each.name for each in schema if each.sensitive}
    try:
        expression = _compiled(text, where, schema)
    except ExpressionError as problem:
        return Evaluation(problem=problem.message, position=problem.position)
    except MappingError as problem:
        return Evaluation(problem=str(problem))
    return _evaluated(expression, subject, read if person is not None else set(), actor)


def _evaluated(expression: Expression, subject: Subject, sensitive: set[str], actor: Actor) -> Evaluation:
    reads = tuple(sorted(f"{root}.{name}" for root, names in expression.reads.attributes.items() for name in names))
    sources = tuple(sorted(each.value for each in expression.reads.sources))
    kind = expression.kind.value
    hidden = sorted(sensitive & {name for names in expression.reads.attributes.values() for name in names})
    if hidden and not actor.may(Permission.MANAGE_SCHEMAS):
        return Evaluation(None, kind, reads, sources, f"“{hidden[0]}” is sensitive: its value is not shown to you")
    try:
        return Evaluation(expression.evaluate(subject), kind, reads, sources)
    except EvaluationError as problem:
        return Evaluation(None, kind, reads, sources, str(problem))


async def _schema(
    connection: Connection, setup: AppSetup | None, where: Where, person: MappedPerson | None
) -> tuple[Attribute, ...]:
    """What may be read."""
    if where is Where.IMPORT and setup is not None:
        return setup.schema
    stored = await profile_schemas.find_text(connection, person.type_id if person is not None else DEFAULT_TYPE)
    return person_attributes(orjson.loads(stored or "[]"))


def _compiled(text: str, where: Where, schema: tuple[Attribute, ...]) -> Expression:
    return compile_expression(username_expression(text) if where is Where.USERNAME else text, _place(where, schema))


def _place(where: Where, schema: tuple[Attribute, ...]) -> Place:
    kinds = kinds_of(schema)
    if where is Where.IMPORT:
        return import_place(tuple(kinds.items()))
    if where is Where.GROUP_RULE:
        return group_rule(kinds)
    every, once = places(tuple(kinds.items()))
    return once if where is Where.CREATION else every


def _subject(where: Where, setup: AppSetup | None, person: MappedPerson | None, values: Mapping[str, Any]) -> Subject:
    app = NO_APP if setup is None else {"id": setup.row.id, "name": setup.row.name, "label": setup.row.label}
    if where is Where.IMPORT:
        account = (person.account if person is not None else None) or {}
        return replace(importing_subject({**account, **values}, {"app": app}), now=datetime.now(UTC))
    if person is None:
        return Subject(values, values, {"id": "", "status": "ACTIVE"}, accounts={"app": app}, now=datetime.now(UTC))
    profile = {**person.profile, **values}
    beside = person.beside
    return Subject(profile, profile, beside.internal, beside.groups, {"app": app}, now=beside.now)


def _values(schema: tuple[Attribute, ...], given: Mapping[str, Any]) -> dict[str, Any]:
    """The given values as the schema has them: a text for a number or a list is read as one."""
    known = {each.name: each for each in schema}
    problems: list[Diagnostic] = []
    values: dict[str, Any] = {}
    for name, value in given.items():
        if (attribute := known.get(name)) is None:
            problems.append(Diagnostic(f"attributes.{name}", "is not an attribute of this profile"))
        elif value is not None:
            values[name] = _read(attribute, value)
            if type(values[name]) not in PYTHON_TYPES[attribute.type]:
                problems.append(Diagnostic(f"attributes.{name}", f"must be of type {attribute.type}"))
    if problems:
        raise Invalid(problems[0].path, problems)
    return values


def _read(attribute: Attribute, value: Any) -> Any:
    if not isinstance(value, str) or attribute.type is AttributeType.STRING:
        return value
    if attribute.type is AttributeType.ARRAY:
        return [each.strip() for each in value.split(",")] if value else []
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value
