"""The attributes of one type of people: the base, as it was changed for them, and what was added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from provisor.directory.attributes import BASE_ATTRIBUTES, Attribute, AttributeType
from provisor.directory.diagnostics import Diagnostic
from provisor.directory.profiles import Profile, ProfileSchema
from provisor.directory.schemas import parse_stored
from provisor.directory.uniqueness import unique_names

BASE_NAMES = frozenset(each.name for each in BASE_ATTRIBUTES)


def person_attributes(stored: Sequence[dict[str, Any]]) -> tuple[Attribute, ...]:
    """Base attributes in their order, then the others in theirs; `stored` is as `schemas.render_stored` made it."""
    changed = {each.name: each for each in parse_stored(list(stored))}
    base = (changed.get(each.name, each) for each in BASE_ATTRIBUTES)
    return (*base, *(each for name, each in changed.items() if name not in BASE_NAMES))


class ProfileRules:
    """A schema, ready for checking and changing many profiles."""

    def __init__(self, attributes: Sequence[Attribute], whose: str = "user") -> None:
        self.attributes = tuple(attributes)
        self.schema = ProfileSchema(attributes, whose)
        self.unique = unique_names(attributes)
        self.sensitive = frozenset(each.name for each in attributes if each.sensitive)
        self.plain = all(each.type is AttributeType.STRING for each in attributes)
        """Every value is a text."""
        self._defaults = {each.name: each.default for each in attributes if each.default is not None}

    def find(self, name: str) -> Attribute | None:
        return self.schema.attributes.get(name)

    def begun(self, given: Profile) -> dict[str, Any]:
        """A new profile: what is given, and defaults for what is not."""
        return {**self._defaults, **given} if self._defaults else dict(given)

    def known(self, profile: Profile) -> dict[str, Any]:
        """A stored profile without values of attributes that were removed since."""
        attributes = self.schema.attributes
        return {name: value for name, value in profile.items() if name in attributes}

    def problems(self, profile: Profile, before: Profile | None = None) -> list[Diagnostic]:
        """What is wrong with a profile. A value that was there before may stay, though rules are narrower now."""
        found = self.schema.validate(profile)
        if not found or before is None:
            return found
        return [each for each in found if each.path not in before or before[each.path] != profile.get(each.path)]
