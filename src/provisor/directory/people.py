"""The attributes of one type of people: the base, as it was changed for them, and what was added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from provisor.directory.attributes import BASE_ATTRIBUTES, Attribute
from provisor.directory.schemas import parse_stored

BASE_NAMES = frozenset(each.name for each in BASE_ATTRIBUTES)


def person_attributes(stored: Sequence[dict[str, Any]]) -> tuple[Attribute, ...]:
    """Base attributes in their order, then the others in theirs; `stored` is as `schemas.render_stored` made it."""
    changed = {each.name: each for each in parse_stored(list(stored))}
    base = (changed.get(each.name, each) for each in BASE_ATTRIBUTES)
    return (*base, *(each for name, each in changed.items() if name not in BASE_NAMES))
