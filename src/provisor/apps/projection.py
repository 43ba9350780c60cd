"""Applies an app's mappings to a person, and says why each value of the account is what it is.

Values come in layers, the weakest first: the schema's default, what was typed at assignment, the mapping, the groups'
values, an administrator's override. What `project` returns carries its layers: the explanation is read off them, there
is no second implementation that could disagree. Costs microseconds; asks nobody.
"""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b

import orjson

from provisor.apps.compiling import PROFILE, CompiledMapping, Kinds, compile_all
from provisor.apps.layers import EMPTY, GroupValues, Origin, Values, group_layer, has_value, merged, setters
from provisor.apps.mapping import USERNAME, Mapping, PushStatus
from provisor.connector import Json
from provisor.directory.attributes import Attribute
from provisor.directory.profiles import why_not
from provisor.expression import EvaluationError, Group, Source, Subject


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What beside the profile bears on an account. Gathered only where a mapping or a value asks for it."""

    internal: Values = field(default_factory=lambda: EMPTY)
    """`id` and `status`."""
    groups: Sequence[Group] = ()
    """The person's, for expressions that read them."""
    overrides: Values = field(default_factory=lambda: EMPTY)
    given: Values = field(default_factory=lambda: EMPTY)
    group_values: tuple[GroupValues, ...] = ()
    """The highest priority first."""
    account: Values | None = None
    """What the account was last confirmed to hold; None when there is none."""
    now: datetime | None = None


NOTHING_ELSE = Circumstances()


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an account's attribute has its value."""

    target: str
    value: Json
    source: str | None
    """The profile attribute it came from, the first of several; None for a constant and what was set by hand."""
    expression: str
    """The mapping's; empty where none was used."""
    origin: Origin
    group_ids: tuple[str, ...] = ()
    """The groups that set it."""


@dataclass(frozen=True, slots=True)
class Projection:
    """What a person's account in an app has to look like."""

    username: str
    attributes: dict[str, Json]
    """By the app's attribute names; those without a value are absent."""
    mappings: MappingSet
    problem: str | None = None
    """Why there is no account to be had for this person: the first mapping that has no result, and why."""
    layers: tuple[tuple[Origin, Values], ...] = ()
    """All that has values, the weakest first; empty when there is nothing but the mapping."""
    beside: Circumstances = NOTHING_ELSE

    def explain(self) -> list[Explanation]:
        """One entry for each attribute, in the mappings' order, then what is not mapped."""
        known = {each.target: each for each in self.mappings.compiled}
        order = [*(name for name in known if name in self.attributes), *(n for n in self.attributes if n not in known)]
        return [self._explained(name, known.get(name)) for name in order]

    def _explained(self, target: str, mapping: CompiledMapping | None) -> Explanation:
        value = self.attributes[target]
        origin = next((origin for origin, values in reversed(self.layers) if target in values), Origin.MAPPING)
        if mapping is not None and origin in (Origin.MAPPING, Origin.CREATION):
            return Explanation(target, value, mapping.source, mapping.expression, origin)
        groups = setters(self.mappings.schema, self.beside.group_values, target) if origin is Origin.GROUP else ()
        return Explanation(target, value, None, "", origin, groups)

    def canonical(self) -> bytes:
        """The projection as sorted JSON: what is remembered as pushed, and what the digest is made of."""
        return orjson.dumps({USERNAME: self.username, **self.attributes}, option=orjson.OPT_SORT_KEYS)


def digest(canonical: bytes) -> bytes:
    """16 bytes that differ whenever the projection does."""
    return blake2b(canonical, digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Needs:
    """What of a person's circumstances an app's mappings read."""

    groups: bool = False
    internal: bool = False
    account: bool = False
    """There are mappings that apply on create only."""
    time: bool = False

    @property
    def beside_the_profile(self) -> bool:
        """Whether a change of somebody that leaves their profile as it is may change their account."""
        return self.groups or self.internal

    def __or__(self, other: Needs) -> Needs:
        return Needs(
            self.groups or other.groups,
            self.internal or other.internal,
            self.account or other.account,
            self.time or other.time,
        )


@dataclass(frozen=True, slots=True)
class MappingSet:
    """An app's mappings for one type of people, ready to be applied."""

    username: CompiledMapping
    compiled: tuple[CompiledMapping, ...]
    keeps_name: bool = False
    """The username format applies on create only."""
    schema: Map[str, Attribute] | None = None
    """The app's attributes; None: neither constraints nor requirements are looked at."""
    accounts: Map[str, Values] = field(default_factory=dict)
    """`app`, as expressions name it."""
    needs: Needs = Needs()
    defaults: Values = field(default_factory=dict)
    followers: tuple[tuple[str, str], ...] = ()
    """(target, the other target without which it is not sent)."""
    required: frozenset[str] = frozenset()
    constrained: tuple[Attribute, ...] = ()
    constants: Values = field(default_factory=dict)
    looked_up: tuple[tuple[str, str], ...] = ()
    """(target, profile attribute): what needs nothing but a look, which most mappings are."""
    worked_out: tuple[CompiledMapping, ...] = ()
    """The other mappings. These three hold what `compiled` does, sorted by what they cost."""
    hidden: frozenset[str] = frozenset()
    """The attributes whose values are not shown: sensitive ones, and those made of sensitive ones of the person's."""

    @property
    def targets(self) -> frozenset[str]:
        return frozenset(each.target for each in self.compiled)

    def project(self, profile: Values, beside: Circumstances = NOTHING_ELSE, *, name: str | None = None) -> Projection:
        """What the account of the person with this profile has to look like.

        Null, empty text and an empty array are all “no value”. `name` is that of a linked account whose name stays.
        """
        person = self.person(profile, beside)
        mapping = self.username
        account = beside.account
        attributes: dict[str, Json] = dict(self.constants)
        kept: dict[str, Json] = {}
        get = profile.get
        for target, source in self.looked_up:
            value = get(source)
            if value is not None and value != "" and value != []:
                attributes[target] = value
        try:
            username = beside.overrides.get(USERNAME) or (name if name is not None else mapping.value(person))
            for mapping in self.worked_out:
                if account is not None and mapping.push_status is PushStatus.DONT_PUSH:
                    if mapping.target in account:
                        kept[mapping.target] = account[mapping.target]
                    continue
                value = mapping.value(person)
                if value is not None and value != "" and value != []:
                    attributes[mapping.target] = value
        except EvaluationError as problem:
            # What went wrong quotes the value; this goes into tasks and the log.
            why = "why is not shown, because it is sensitive" if mapping.target in self.hidden else problem
            return Projection("", {}, self, f"The mapping of “{mapping.target}” has no result: {why}")
        layers: tuple[tuple[Origin, Values], ...] = ()
        if kept or self.defaults or beside.overrides or beside.given or beside.group_values:
            layers = self._layers(attributes, kept, beside)
            attributes = merged(layers)
        for target, other in self.followers:
            if other not in attributes:
                attributes.pop(target, None)
        text = "" if username is None else str(username)
        return Projection(text, attributes, self, self._problem(text, attributes), layers, beside)

    def person(self, profile: Values, beside: Circumstances = NOTHING_ELSE) -> Subject:
        """Whom the mappings are worked out for."""
        return Subject(profile, profile, beside.internal, beside.groups, self.accounts, now=beside.now)

    def _layers(
        self, mapped: dict[str, Json], kept: dict[str, Json], beside: Circumstances
    ) -> tuple[tuple[Origin, Values], ...]:
        filled = self.targets
        given = {name: value for name, value in self._known(beside.given).items() if name not in filled}
        return (
            (Origin.DEFAULT, self.defaults),
            (Origin.GIVEN, given),
            (Origin.MAPPING, mapped),
            (Origin.CREATION, kept),
            (Origin.GROUP, group_layer(self.schema, beside.group_values)),
            (Origin.OVERRIDE, self._known(beside.overrides)),
        )

    def _known(self, values: Values) -> Values:
        """Only what the app's schema has: an attribute may have been deleted meanwhile. The name is no attribute."""
        schema = self.schema
        return {n: v for n, v in values.items() if n != USERNAME and (schema is None or n in schema)}

    def _problem(self, username: str, attributes: dict[str, Json]) -> str | None:
        if not username:
            return "The account's name has no value for this person."
        if not attributes.keys() >= self.required:
            missing = "”, “".join(sorted(self.required - attributes.keys()))
            return f"The app requires “{missing}”, which has no value for this person."
        for attribute in self.constrained:
            if attribute.name in attributes and (bad := why_not(attribute, attributes[attribute.name])):
                return f"The value of “{attribute.name}” does not fit: it {bad}."
        return None


def compile_mappings(
    mappings: Sequence[Mapping],
    username: str,
    schema: Map[str, Attribute] | None = None,
    profile: Kinds = PROFILE,
    accounts: Map[str, Values] = EMPTY,
    *,
    keeps_name: bool = False,
    secret: frozenset[str] = frozenset(),
) -> MappingSet:
    """Understand an app's mappings; `MappingError` names the first that cannot be used.

    `secret` are the attributes of people whose values are not shown.
    """
    name, compiled = compile_all(mappings, username, profile, schema)
    reads = frozenset[Source]().union(name.reads, *(each.reads for each in compiled))
    found = MappingSet(
        name,
        compiled,
        keeps_name or name.push_status is PushStatus.DONT_PUSH,
        schema,
        accounts,
        Needs(
            Source.GROUPS in reads,
            Source.INTERNAL in reads,
            any(each.push_status is PushStatus.DONT_PUSH for each in compiled),
            Source.TIME in reads,
        ),
        followers=tuple((each.target, each.along_with) for each in compiled if each.along_with is not None),
        constants={each.target: each.constant for each in compiled if each.is_constant and has_value(each.constant)},
        looked_up=tuple((each.target, each.source) for each in compiled if each.is_look and each.source is not None),
        worked_out=tuple(each for each in compiled if not (each.is_look or each.is_constant)),
        hidden=frozenset(each.target for each in (name, *compiled) if secret & each.sources)
        | {each.name for each in (schema or {}).values() if each.sensitive},
    )
    if schema is None:
        return found
    others = [each for each in schema.values() if each.name != USERNAME]
    return replace(
        found,
        defaults={each.name: each.default for each in others if has_value(each.default)},
        required=frozenset(each.name for each in others if each.required),
        constrained=tuple(each for each in others if each.constrained),
    )
