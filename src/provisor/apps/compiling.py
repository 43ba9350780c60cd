"""Turns an app's mappings into a `MappingSet`, once: references resolved, kinds checked against the app's schema.

A mapping that cannot be used is found here, when it is saved. Evaluates nobody.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeAlias

from provisor.apps.mapping import USERNAME, Mapping, MappingError, PushStatus
from provisor.connector import Json
from provisor.directory.attributes import BASE_ATTRIBUTES, Attribute, AttributeType
from provisor.expression import (
    EvaluationError,
    Expression,
    ExpressionError,
    Kind,
    Place,
    Source,
    Subject,
    compile_expression,
)
from provisor.expression.values import as_array, as_text, describe

REFERENCE = re.compile(r"(?:user|source)\.([A-Za-z_][A-Za-z0-9_]*)\Z")
LITERAL = re.compile(r"(?:'([^']*)'|\"([^\"]*)\")\Z")
KINDS = {
    AttributeType.STRING: Kind.TEXT,
    AttributeType.BOOLEAN: Kind.BOOLEAN,
    AttributeType.NUMBER: Kind.NUMBER,
    AttributeType.INTEGER: Kind.INTEGER,
    AttributeType.ARRAY: Kind.ARRAY,
}
Kinds: TypeAlias = Map[str, Kind]


def kinds_of(attributes: Iterable[Attribute]) -> Kinds:
    """What expressions may expect of a profile with these attributes."""
    return MappingProxyType({each.name: KINDS[each.type] for each in attributes})


PROFILE = kinds_of(BASE_ATTRIBUTES)
APP: Kinds = MappingProxyType({"id": Kind.TEXT, "name": Kind.TEXT, "label": Kind.TEXT})
"""What expressions may ask of the app itself."""
ALWAYS = frozenset({Source.GROUPS, Source.INTERNAL})
"""What mappings may read beyond the profile: whoever changes it marks people, as a change of the profile does."""
AT_CREATION = ALWAYS | {Source.TIME}
"""Nothing tells that time has passed; a value that is set once does not grow stale."""

Convert: TypeAlias = Callable[[Any], Json]


@dataclass(frozen=True, slots=True)
class CompiledMapping:
    target: str
    expression: str
    source: str | None
    """The profile attribute behind it, the first of several."""
    constant: Json
    push_status: PushStatus
    along_with: str | None
    computed: Expression | None = None
    """What is worked out, where the value is neither an attribute nor a constant."""
    convert: Convert | None = None
    """Makes the value one of the target's type."""

    @property
    def sources(self) -> frozenset[str]:
        """Every profile attribute that it reads."""
        if self.computed is not None:
            return self.computed.reads.user
        return frozenset() if self.source is None else frozenset({self.source})

    @property
    def reads(self) -> frozenset[Source]:
        return self.computed.reads.sources if self.computed is not None else frozenset()

    @property
    def is_plain(self) -> bool:
        """Neither worked out nor made into another type, and the same on every occasion."""
        return self.computed is None and self.convert is None and self.push_status is PushStatus.PUSH

    @property
    def is_look(self) -> bool:
        """The value of an attribute, as it is."""
        return self.is_plain and self.source is not None

    @property
    def is_constant(self) -> bool:
        return self.is_plain and self.source is None

    def value(self, person: Subject) -> Json:
        """The value for a person; raises `EvaluationError`."""
        if self.computed is not None:
            found: Json = self.computed.evaluate(person)
        else:
            found = person.user.get(self.source) if self.source is not None else self.constant
        return found if self.convert is None or found is None else self.convert(found)


@lru_cache(maxsize=64)
def places(profile: tuple[tuple[str, Kind], ...]) -> tuple[Place, Place]:
    """Where a mapping of people with this profile is used: on every push, and on creation only."""
    kinds = MappingProxyType(dict(profile))
    roots = {"user": kinds, "source": kinds, "app": APP}
    every = Place("a mapping", roots, bare="source", sources=ALWAYS)
    once = Place("a mapping", roots, bare="source", sources=AT_CREATION)
    return every, once


def compile_mapping(mapping: Mapping, profile: Kinds, attribute: Attribute | None) -> CompiledMapping:
    """Understand one mapping; `attribute` is its target in the app's schema. Raises `MappingError`."""
    text = mapping.expression.strip()
    along = mapping.along_with
    if (found := REFERENCE.match(text)) and found[1] in profile:
        convert = converter(mapping, profile[found[1]], attribute)
        return CompiledMapping(
            mapping.target, mapping.expression, found[1], None, mapping.push_status, along, convert=convert
        )
    if found := LITERAL.match(text):
        constant = found[1] if found[1] is not None else found[2]
        convert = converter(mapping, Kind.TEXT, attribute)
        return CompiledMapping(
            mapping.target, mapping.expression, None, constant, mapping.push_status, along, convert=convert
        )
    every, once = places(tuple(profile.items()))
    place = once if mapping.push_status is PushStatus.DONT_PUSH else every
    try:
        expression = compile_expression(mapping.expression, place)
    except ExpressionError as problem:
        hint = _hint(mapping, once, place)
        raise MappingError(
            f"The mapping of “{mapping.target}” cannot be used: {problem}{hint}", mapping.target
        ) from None
    source = min(expression.reads.user, default=None)
    convert = converter(mapping, expression.kind, attribute)
    return CompiledMapping(
        mapping.target, mapping.expression, source, None, mapping.push_status, along, expression, convert
    )


def _hint(mapping: Mapping, once: Place, place: Place) -> str:
    """What else could be done about a mapping that may be used on creation only."""
    if place is once:
        return ""
    try:
        compile_expression(mapping.expression, once)
    except ExpressionError:
        return ""
    return " It changes with the time, which nothing announces: apply it on create only."


def converter(mapping: Mapping, kind: Kind, attribute: Attribute | None) -> Convert | None:
    """How a value of this kind becomes one of the attribute's type; raises `MappingError` if it cannot."""
    if attribute is None:
        return None
    wanted = KINDS[attribute.type]
    if kind is wanted or kind is Kind.NULL:
        return None
    if kind is Kind.ANY:
        return _checked(attribute)
    if wanted is Kind.TEXT and kind in (Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN):
        return as_text
    if wanted is Kind.NUMBER and kind is Kind.INTEGER:
        return None
    if wanted is Kind.ARRAY and kind is Kind.TEXT:
        return listed
    raise MappingError(
        f"The mapping of “{mapping.target}” gives {kind.value}, but the attribute is of type {attribute.type}."
        + (" Use Convert.toInt or Convert.toNum." if wanted in (Kind.INTEGER, Kind.NUMBER) else "")
        + (" Use Arrays.toCsvString, or pick an element with [0]." if kind is Kind.ARRAY else ""),
        mapping.target,
    )


def listed(value: Any) -> Json:
    return list(as_array(value))


TYPES: Map[AttributeType, tuple[type, ...]] = {
    AttributeType.STRING: (str,),
    AttributeType.BOOLEAN: (bool,),
    AttributeType.NUMBER: (int, float),
    AttributeType.INTEGER: (int,),
    AttributeType.ARRAY: (list,),
}


def _checked(attribute: Attribute) -> Convert:
    """For expressions whose kind cannot be told beforehand: the value is looked at when it is there."""
    kinds = TYPES[attribute.type]

    def convert(value: Any) -> Json:
        if type(value) in kinds:
            return value  # type: ignore[no-any-return]
        if attribute.type is AttributeType.STRING:
            return as_text(value)
        raise EvaluationError(f"{describe(value)} does not fit an attribute of type {attribute.type}")

    return convert


def compile_all(
    mappings: Sequence[Mapping], username: str, profile: Kinds, schema: Map[str, Attribute] | None
) -> tuple[CompiledMapping, tuple[CompiledMapping, ...]]:
    """The account's name and the other attributes; `schema` None: targets are not looked at. Raises `MappingError`."""
    name = Mapping(USERNAME, username)
    compiled = []
    for each in mappings:
        if each.target == USERNAME:
            name = each
            continue
        if schema is not None and each.target not in schema:
            raise MappingError(f"The app has no attribute “{each.target}”.", each.target)
        compiled.append(compile_mapping(each, profile, schema[each.target] if schema else None))
    return compile_mapping(name, profile, (schema or {}).get(USERNAME)), tuple(compiled)
