"""What a change of profiles means for attributes whose values nobody shares. Looks nothing up.

A value is compared exactly. Nobody's value is null or an empty text: everybody may have none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from provisor.directory.attributes import Attribute

LONGEST_KEY = 200
"""Characters; longer values are compared by their digests, because an index holds no long texts."""


class Holding(NamedTuple):
    """Somebody has a value of an attribute that is unique."""

    attribute: str
    value: str
    holder: str


def key(value: Any) -> str | None:
    """How a value is compared; None: it is none, and never stands in anybody's way."""
    if value is None or value == "":
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_KEY else "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def unique_names(attributes: Iterable[Attribute]) -> frozenset[str]:
    """The attributes whose values nobody may share, also while those that are there are being looked through."""
    return frozenset(each.name for each in attributes if each.unique)


def holdings(holder: str, profile: Mapping[str, Any], unique: Iterable[str]) -> frozenset[Holding]:
    """What somebody with this profile has for themselves."""
    found = ((name, key(profile.get(name))) for name in unique)
    return frozenset(Holding(name, value, holder) for name, value in found if value is not None)


@dataclass(frozen=True, slots=True)
class Exchange:
    """What somebody gives up and what they take."""

    holder: str
    gives: frozenset[Holding]
    takes: frozenset[Holding]

    def __bool__(self) -> bool:
        return bool(self.gives or self.takes)


def exchange(
    holder: str,
    before: Mapping[str, Any],
    unique_before: Iterable[str],
    after: Mapping[str, Any],
    unique_after: Iterable[str],
) -> Exchange:
    """What a change of a profile, or of its schema, comes to; false when it comes to nothing."""
    had, has = holdings(holder, before, unique_before), holdings(holder, after, unique_after)
    return Exchange(holder, had - has, has - had)


def rivals(exchanges: Iterable[Exchange]) -> dict[str, str]:
    """Who wants, in the same batch, what somebody before them takes: holder to attribute."""
    taken: dict[tuple[str, str], str] = {}
    late: dict[str, str] = {}
    for each in exchanges:
        lost = [h.attribute for h in sorted(each.takes) if (h.attribute, h.value) in taken]
        if lost:
            late[each.holder] = lost[0]
        else:
            taken.update(((h.attribute, h.value), each.holder) for h in each.takes)
    return late
