"""Which profile attribute fills which attribute of an app's account, and why an account's value is what it is.

A mapping is data; `compile_mappings` turns an app's mappings into a `MappingSet` once, and `project` applies it to a
person in microseconds. What `project` returns carries its own explanation: there is no second implementation that
could disagree. Plain `user.attribute` and `'text'` are looked up; everything else is a compiled expression.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from typing import Any

import orjson

from provisor.connector import Json
from provisor.directory.attributes import BASE_ATTRIBUTES, AttributeType
from provisor.expression import (
    EvaluationError,
    Expression,
    ExpressionError,
    Kind,
    Place,
    Subject,
    compile_expression,
)

REFERENCE = re.compile(r"user\.([A-Za-z][A-Za-z0-9_]*)\Z")
KINDS = {
    AttributeType.STRING: Kind.TEXT,
    AttributeType.BOOLEAN: Kind.BOOLEAN,
    AttributeType.NUMBER: Kind.NUMBER,
    AttributeType.INTEGER: Kind.INTEGER,
    AttributeType.ARRAY: Kind.ARRAY,
}
PROFILE = {each.name: KINDS[each.type] for each in BASE_ATTRIBUTES}
# Nothing that changes without the profile: a value that reads groups or the time would grow stale unseen.
PLACE = Place("a mapping", {"user": PROFILE, "source": PROFILE}, bare="source", sources=frozenset())
LITERAL = re.compile(r"(?:'([^']*)'|\"([^\"]*)\")\Z")


class MappingError(ValueError):
    """A mapping that cannot be understood; the message names its target."""


class PushStatus(StrEnum):
    PUSH = "PUSH"
    """Apply on create and update."""
    DONT_PUSH = "DONT_PUSH"
    """Apply on create only."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """How one attribute of the app's account gets its value."""

    target: str
    expression: str
    push_status: PushStatus = PushStatus.PUSH
    along_with: str | None = None
    """Only when this other target has a value: an e-mail's type makes no sense without the e-mail."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an account's attribute has its value."""

    target: str
    value: Json
    source: str | None
    """The profile attribute it came from, the first of several; None for a constant."""
    expression: str


@dataclass(frozen=True, slots=True)
class Projection:
    """What a person's account in an app has to look like."""

    username: str
    attributes: dict[str, Json]
    """By the app's attribute names; those without a value are absent."""
    mappings: MappingSet
    problem: str | None = None
    """Why there is no account to be had for this person: the first mapping that has no result, and why."""

    def explain(self) -> list[Explanation]:
        """One entry for each attribute, in the mappings' order."""
        return [
            Explanation(m.target, self.attributes[m.target], m.source, m.expression)
            for m in self.mappings.compiled
            if m.target in self.attributes
        ]

    def canonical(self) -> bytes:
        """The projection as sorted JSON: what is remembered as pushed, and what the digest is made of."""
        return orjson.dumps({"userName": self.username, **self.attributes}, option=orjson.OPT_SORT_KEYS)


def digest(canonical: bytes) -> bytes:
    """16 bytes that differ whenever the projection does."""
    return blake2b(canonical, digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class CompiledMapping:
    target: str
    expression: str
    source: str | None
    constant: Json
    along_with: str | None
    computed: Expression | None = None
    """What is worked out, where the value is neither an attribute nor a constant."""

    def value(self, person: Subject) -> Json:
        """The value for a person; raises `EvaluationError`."""
        if self.computed is not None:
            found: Json = self.computed.evaluate(person)
            return found
        return person.user.get(self.source) if self.source is not None else self.constant


@dataclass(frozen=True, slots=True)
class MappingSet:
    """An app's mappings, ready to be applied."""

    compiled: tuple[CompiledMapping, ...]
    username: CompiledMapping

    def project(self, profile: Map[str, Any]) -> Projection:
        """What the account of the person with this profile has to look like.

        Null, empty text and an empty array are all “no value”.
        """
        attributes: dict[str, Json] = {}
        get = profile.get
        person = Subject(profile, profile)
        mapping = self.username
        try:
            name = mapping.value(person)
            for mapping in self.compiled:
                if mapping.computed is not None:
                    value = mapping.value(person)
                else:
                    value = get(mapping.source) if mapping.source is not None else mapping.constant
                if value is None or value == "" or value == []:
                    continue
                if mapping.along_with is None or mapping.along_with in attributes:
                    attributes[mapping.target] = value
        except EvaluationError as problem:
            reason = f"The mapping of “{mapping.target}” has no result for this person: {problem}"
            return Projection("", {}, self, reason)
        return Projection("" if name is None else str(name), attributes, self)


def compile_mappings(mappings: Sequence[Mapping], username_expression: str) -> MappingSet:
    """Understand an app's mappings; `MappingError` names the first that cannot be."""
    return MappingSet(tuple(_compile(each) for each in mappings), _compile(Mapping("userName", username_expression)))


def _compile(mapping: Mapping) -> CompiledMapping:
    source: str | None = None
    constant: Json = None
    if (found := REFERENCE.match(mapping.expression.strip())) and found[1] in PROFILE:
        source = found[1]
    elif found := LITERAL.match(mapping.expression.strip()):
        constant = found[1] if found[1] is not None else found[2]
    else:
        return _computed(mapping)
    return CompiledMapping(mapping.target, mapping.expression, source, constant, mapping.along_with)


def _computed(mapping: Mapping) -> CompiledMapping:
    try:
        expression = compile_expression(mapping.expression, PLACE)
    except ExpressionError as problem:
        raise MappingError(f"The mapping of “{mapping.target}” cannot be used: {problem}") from None
    source = min(expression.reads.user, default=None)
    return CompiledMapping(mapping.target, mapping.expression, source, None, mapping.along_with, expression)
