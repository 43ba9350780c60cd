"""The forms under which people are looked for by name: case and diacritics are ignored, as in logins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provisor.directory.logins import fold


def name_key(profile: Mapping[str, Any]) -> str:
    """`ada lovelace`: what lists of people are ordered by.

    >>> name_key({"firstName": "Zoë", "lastName": "Müller"})
    'zoe muller'
    """
    return fold(called(profile.get("firstName"), profile.get("lastName")))


def reversed_key(profile: Mapping[str, Any]) -> str:
    """`lovelace ada`: for those who type the last name first."""
    return fold(called(profile.get("lastName"), profile.get("firstName")))


def called(*parts: str | None) -> str:
    """Names in a row; those that somebody has not are left out."""
    return " ".join(each for each in parts if each)


def searched(text: str) -> str:
    """What somebody typed, as a key begins: `Lovelace, A` is `lovelace a`."""
    return fold(" ".join(text.replace(",", " ").split()))
