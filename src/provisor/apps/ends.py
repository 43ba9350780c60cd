"""The two ends of a mapping: what it may read, what it may fill, and how one of its lines is understood and tried.

One place for both directions, so that saving, previewing, testing and explaining cannot differ. Stores nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass
from functools import cached_property

from provisor.apps.compiling import CompiledMapping, Kinds, compile_mapping, kinds_of
from provisor.apps.defaults import shipped_mappings
from provisor.apps.importing import compile_import, importing_subject
from provisor.apps.layers import Values, has_value
from provisor.apps.mapping import USERNAME, Direction, Mapping, MappingError
from provisor.apps.projection import Circumstances
from provisor.connector import Json
from provisor.directory.attributes import Attribute
from provisor.expression import EvaluationError, Subject


@dataclass(frozen=True, slots=True)
class Tried:
    """What one line of a mapping gives for one person or account."""

    value: Json = None
    problem: str | None = None
    """Why there is no result; None when there is one, be it null."""


@dataclass(frozen=True)
class Ends:
    direction: Direction
    person: tuple[Attribute, ...]
    account: tuple[Attribute, ...]
    username: str = ""
    """The expression behind the app's username format."""
    accounts: Map[str, Values] | None = None
    """`app`, as expressions name it."""

    @property
    def to_app(self) -> bool:
        return self.direction is Direction.TO_APP

    @cached_property
    def targets(self) -> Map[str, Attribute]:
        """What may be filled."""
        return {each.name: each for each in (self.account if self.to_app else self.person)}

    @cached_property
    def sources(self) -> Map[str, Attribute]:
        """What may be read."""
        return {each.name: each for each in (self.person if self.to_app else self.account)}

    @cached_property
    def kinds(self) -> Kinds:
        """Of what may be read."""
        return kinds_of(self.sources.values())

    @property
    def shipped(self) -> tuple[Mapping, ...]:
        """The mapping that comes with Provisor, as far as the app has the attributes."""
        return shipped_mappings(self.direction, self.targets if self.to_app else self.sources)

    @property
    def format(self) -> Mapping | None:
        """The account's name, where no mapping of its own fills it."""
        return Mapping(USERNAME, self.username) if self.to_app else None

    def compile(self, mapping: Mapping) -> CompiledMapping:
        """Understand one line; raises `MappingError`."""
        attribute = self.targets.get(mapping.target)
        if attribute is None:
            owner = "The app" if self.to_app else "The profile"
            raise MappingError(f"{owner} has no attribute “{mapping.target}”.", mapping.target)
        if mapping.along_with is not None and mapping.along_with not in self.targets:
            raise MappingError(f"“{mapping.target}” cannot go along with “{mapping.along_with}”.", mapping.target)
        if self.to_app:
            return compile_mapping(mapping, self.kinds, attribute)
        return compile_import(mapping, self.kinds, attribute)

    def read_by(self, compiled: CompiledMapping) -> frozenset[str]:
        """The attributes of the other side that a line reads."""
        if compiled.computed is None:
            return compiled.sources
        read = compiled.computed.reads
        if self.to_app:
            return read.user
        return read.attributes.get("appuser", frozenset()) | read.attributes.get("source", frozenset())

    def sensitive(self, compiled: CompiledMapping) -> frozenset[str]:
        """The sensitive attributes that a line reads or fills."""
        names = {name for name in self.read_by(compiled) if name in self.sources and self.sources[name].sensitive}
        return frozenset(names | ({compiled.target} if self.targets[compiled.target].sensitive else set()))

    def reads_sensitive(self, mapping: Mapping) -> bool:
        """Whether a line has to do with a sensitive attribute; one that cannot be understood, by its text."""
        try:
            return bool(self.sensitive(self.compile(mapping)))
        except MappingError:
            return any(each.sensitive and each.name in mapping.expression for each in self.sources.values())

    def subject(self, values: Values, beside: Circumstances) -> Subject:
        """Whom lines are tried for: a person's profile, or an account's attributes."""
        if self.to_app:
            return Subject(values, values, beside.internal, beside.groups, self.accounts or {}, now=beside.now)
        return importing_subject(values, self.accounts or {})

    def attempt(self, mapping: Mapping, subject: Subject) -> Tried:
        """What a line gives; one that cannot be understood has a problem like one without a result."""
        try:
            value = self.compile(mapping).value(subject)
        except (MappingError, EvaluationError) as problem:
            return Tried(problem=str(problem))
        default = self.targets[mapping.target].default if self.to_app else None
        return Tried(value if has_value(value) else default)

    def complete(self, mappings: Sequence[Mapping]) -> tuple[Mapping, ...]:
        """The lines with the account's name, which comes first where no line fills it."""
        if self.format is None or any(each.target == USERNAME for each in mappings):
            return tuple(mappings)
        return (self.format, *mappings)


def merged_lines(
    now: Sequence[Mapping], changes: Map[str, Mapping | None], shipped: Iterable[Mapping]
) -> tuple[Mapping, ...]:
    """The lines after a change: replaced ones in their places, new ones at the end, without those that are None.

    A line that was sent along with another stays so: the type of an e-mail makes no sense without the e-mail.
    """
    along = {each.target: each.along_with for each in (*shipped, *now)}
    lines = {each.target: each for each in now}
    for target, mapping in changes.items():
        if mapping is None:
            lines.pop(target, None)
        else:
            other = mapping.along_with or along.get(target)
            lines[target] = Mapping(target, mapping.expression, mapping.push_status, other)
    return tuple(lines.values())
