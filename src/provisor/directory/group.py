"""A group of people: what it is, and what its profile may hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from provisor.directory.attributes import Attribute
from provisor.directory.diagnostics import Diagnostic

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


def validate(profile: Mapping[str, Any]) -> list[Diagnostic]:
    """What is wrong with a group's profile; nothing if it may be stored."""
    found = []
    for name, value in profile.items():
        longest = {"name": LONGEST_NAME, "description": LONGEST_DESCRIPTION}.get(name)
        if longest is None:
            found.append(Diagnostic(name, "is not an attribute of the group profile"))
        elif value is not None and not isinstance(value, str):
            found.append(Diagnostic(name, "must be a text"))
        elif value is not None and len(value) > longest:
            found.append(Diagnostic(name, f"has {len(value)} characters; at most {longest} are allowed"))
    if profile.get("name") is None or (isinstance(profile["name"], str) and not profile["name"].strip()):
        found.append(Diagnostic("name", "The field cannot be left blank"))
    return found
