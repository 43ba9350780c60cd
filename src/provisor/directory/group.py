"""A group of people: what it is, and what its profile may hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from provisor.directory.attributes import Attribute
from provisor.directory.diagnostics import Diagnostic
from provisor.directory.people import ProfileRules
from provisor.directory.profiles import BLANK

EVERYONE = "00g00000000everyone0"
"""The id of the built-in group; it is the same in every installation, so nothing needs to look it up."""

LONGEST_NAME = 255
LONGEST_DESCRIPTION = 1024
GROUP_ATTRIBUTES = (
    Attribute("name", "Name", required=True, shortest=1, longest=LONGEST_NAME),
    Attribute("description", "Description", longest=LONGEST_DESCRIPTION),
)
"""What every group has."""


class GroupType(StrEnum):
    OKTA_GROUP = "OKTA_GROUP"
    """Managed here."""
    APP_GROUP = "APP_GROUP"
    """Brought by an import; its members are the app's business."""
    BUILT_IN = "BUILT_IN"
    """Everyone."""


@dataclass(frozen=True, slots=True)
class Group:
    id: str
    type: GroupType
    profile: dict[str, Any]
    created: datetime
    last_updated: datetime
    last_membership_updated: datetime

    @property
    def name(self) -> str:
        name: str = self.profile["name"]
        return name


def validate(
    profile: Mapping[str, Any], rules: ProfileRules, before: Mapping[str, Any] | None = None
) -> list[Diagnostic]:
    """What is wrong with a group's profile; nothing if it may be stored."""
    found = rules.problems(profile, before)
    name = profile.get("name")
    if isinstance(name, str) and name and not name.strip():
        found.append(Diagnostic("name", BLANK))
    return found
