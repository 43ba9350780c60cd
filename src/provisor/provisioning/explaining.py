"""Says of every attribute of an account what its value is and why: who would win otherwise, what the mapping read,
what the app confirmed. Pure.

The values are those of `project`; what is added is read off its layers and a trace of the mapping's expression. Which
event set a source, and what things are called, is for the caller to look up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from provisor.apps.app import Features
from provisor.apps.compiling import CompiledMapping
from provisor.apps.layers import Origin, combines, has_value, settable
from provisor.apps.mapping import USERNAME, PushStatus
from provisor.apps.projection import MappingSet, Projection
from provisor.connector import Json
from provisor.directory.attributes import Attribute
from provisor.expression import EvaluationError
from provisor.expression import Subject as Person
from provisor.expression.tracing import Term, trace
from provisor.provisioning.plan import project
from provisor.provisioning.subject import Subject

MASK = "********"
"""Stands for a value that is not shown."""
BARE = "source"
"""The root of names that stand alone in a mapping."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that somebody or something has for an attribute."""

    origin: Origin
    value: Json
    """None: it says that there is to be no value."""
    wins: bool
    group_id: str | None = None
    """The group that sets it."""


@dataclass(frozen=True, slots=True)
class ValueExplanation:
    attribute: Attribute
    value: Json
    """None when the account has none, or none can be worked out."""
    origin: Origin | None
    """None when nothing gives it a value."""
    candidates: tuple[Candidate, ...]
    """The strongest first; the one after the winner is what resetting would bring back."""
    expression: str = ""
    """The mapping's; empty where none fills the attribute."""
    push_status: PushStatus | None = None
    sources: Mapping[str, Json] = field(default_factory=dict)
    """The profile attributes that the mapping reads, with their values."""
    terms: tuple[Term, ...] = ()
    """How the expression came to its value; none for a plain attribute or a constant."""
    problem: str | None = None
    """Why the mapping has no result for this person."""
    note: str = ""
    """What else bears on it."""
    confirmed: Json = None
    """What the app last confirmed."""
    differs: bool = False
    """There is an account, and what the app confirmed is something else."""
    masked: bool = False
    """Its values are not shown."""

    @property
    def otherwise(self) -> Candidate | None:
        """Who would win if what wins were not there."""
        return next((each for each in self.candidates if not each.wins), None)


def explain(
    subject: Subject,
    mappings: MappingSet,
    features: Features,
    confirmed: Mapping[str, Json] | None,
    secret: frozenset[str] = frozenset(),
) -> tuple[str | None, list[ValueExplanation]]:
    """Why there is no account to be had, if so; and every attribute of the app's schema, its name first.

    `confirmed` is None when there is no account. `secret` are the profile attributes whose values are not shown.
    """
    projection = project(subject, mappings, features)
    work = _Explaining(subject, mappings, projection, confirmed)
    found = [work.username(), *(work.attribute(each) for each in _attributes(mappings, projection))]
    return projection.problem, [masked(each, secret) for each in found]


def _attributes(mappings: MappingSet, projection: Projection) -> Iterator[Attribute]:
    if mappings.schema is not None:
        yield from (each for each in mappings.schema.values() if each.name != USERNAME)
        return
    for name in {**dict.fromkeys(each.target for each in mappings.compiled), **projection.attributes}:
        yield Attribute(name, name)


@dataclass(frozen=True, slots=True)
class _Explaining:
    subject: Subject
    mappings: MappingSet
    projection: Projection
    confirmed: Mapping[str, Json] | None

    @property
    def person(self) -> Person:
        return self.mappings.person(self.subject.profile, self.subject.beside)

    def username(self) -> ValueExplanation:
        mapping, beside, link = self.mappings.username, self.subject.beside, self.subject.link
        attribute = (self.mappings.schema or {}).get(USERNAME) or Attribute(USERNAME, "Username", required=True)
        value, problem = _evaluated(mapping, self.person)
        given = beside.overrides.get(USERNAME)
        name = self.projection.username
        kept = not given and self.projection.problem is None and name != str(value or "")
        origin = Origin.OVERRIDE if given else Origin.CREATION if kept else Origin.MAPPING
        candidates = [Candidate(Origin.OVERRIDE, given, wins=True)] if given else []
        if kept:
            candidates.append(Candidate(Origin.CREATION, link.username, wins=True))
        if has_value(value):
            candidates.append(Candidate(Origin.MAPPING, value, wins=origin is Origin.MAPPING))
        note = "The account keeps the name it was created with." if kept else ""
        return self._of(attribute, name or None, origin if name else None, candidates, mapping, problem, note)

    def attribute(self, attribute: Attribute) -> ValueExplanation:
        name = attribute.name
        mapping = next((each for each in self.mappings.compiled if each.target == name), None)
        once = mapping is not None and mapping.push_status is PushStatus.DONT_PUSH
        created = once and self.subject.beside.account is not None
        found, problem = (None, None) if mapping is None or created else _evaluated(mapping, self.person)
        candidates = list(self._candidates(attribute, mapping, created=created, mapped=found))
        value = self.projection.attributes.get(name)
        winner = next((each for each in candidates if each.wins), None)
        note = ""
        if value is None and winner is not None and winner.value is not None and mapping and mapping.along_with:
            note = f"Sent only along with “{mapping.along_with}”, which has no value."
        elif created:
            note = "Mapped on create only: the account keeps what it was created with."
        elif winner is not None and winner.value is None:
            note = "An administrator has set that there is no value."
        return self._of(attribute, value, winner.origin if winner else None, candidates, mapping, problem, note)

    def _candidates(
        self, attribute: Attribute, mapping: CompiledMapping | None, *, created: bool, mapped: Json
    ) -> Iterator[Candidate]:
        """Every layer that has something, the strongest first; the first wins, and lists of groups together."""
        name, beside = attribute.name, self.subject.beside
        won = False
        if name in beside.overrides:
            yield Candidate(Origin.OVERRIDE, beside.overrides[name], wins=True)
            won = True
        joint = combines(self.mappings.schema, name)
        among_groups = False
        for group in beside.group_values if settable(self.mappings.schema, name) else ():
            if has_value(value := group.values.get(name)):
                wins = not won and (joint or not among_groups)
                among_groups = True
                yield Candidate(Origin.GROUP, value, wins, group.group_id)
        won = won or among_groups
        weaker: list[tuple[Origin, Json]] = []
        if created:
            weaker.append((Origin.CREATION, (beside.account or {}).get(name)))
        elif mapping is not None:
            weaker.append((Origin.MAPPING, mapped))
        else:
            weaker.append((Origin.GIVEN, beside.given.get(name)))
        weaker.append((Origin.DEFAULT, attribute.default))
        for origin, value in weaker:
            if has_value(value):
                yield Candidate(origin, value, wins=not won)
                won = True

    def _of(
        self,
        attribute: Attribute,
        value: Json,
        origin: Origin | None,
        candidates: list[Candidate],
        mapping: CompiledMapping | None,
        problem: str | None,
        note: str,
    ) -> ValueExplanation:
        confirmed = None if self.confirmed is None else self.confirmed.get(attribute.name)
        found = ValueExplanation(
            attribute,
            value,
            origin,
            tuple(candidates),
            problem=problem,
            note=note,
            confirmed=confirmed,
            differs=self.confirmed is not None and confirmed != value,
        )
        if mapping is None:
            return found
        tree = mapping.computed.tree if mapping.computed is not None else None
        return replace(
            found,
            expression=mapping.expression,
            push_status=mapping.push_status,
            sources={each: self.subject.profile.get(each) for each in sorted(mapping.sources)},
            terms=() if tree is None else tuple(trace(tree, BARE, self.person)),
        )


def _evaluated(mapping: CompiledMapping, person: Person) -> tuple[Json, str | None]:
    try:
        return mapping.value(person), None
    except EvaluationError as problem:
        return None, str(problem)


def masked(found: ValueExplanation, secret: frozenset[str]) -> ValueExplanation:
    """Without the values of sensitive attributes, of the app's or of the person's: a value made of one is one."""
    if not found.attribute.sensitive and not (secret and secret & found.sources.keys()):
        return found
    return replace(
        found,
        value=mask(found.value),
        candidates=tuple(replace(each, value=mask(each.value)) for each in found.candidates),
        sources={name: mask(value) for name, value in found.sources.items()},
        terms=tuple(
            replace(each, value=mask(each.value), problem="It has no result." if each.problem else None)
            for each in found.terms
        ),
        problem="It has no result for this person." if found.problem else None,
        confirmed=mask(found.confirmed),
        masked=True,
    )


def hidden_targets(mappings: MappingSet, secret: frozenset[str]) -> frozenset[str]:
    """The account's attributes whose values are not shown: sensitive ones, and those made of `secret` ones."""
    own = {each.name for each in (mappings.schema or {}).values() if each.sensitive}
    if not secret:
        return frozenset(own)
    return frozenset(own | {e.target for e in (mappings.username, *mappings.compiled) if secret & e.sources})


def mask(value: Json) -> Json:
    """Asterisks, always as many; no value stays none."""
    return MASK if has_value(value) else None
