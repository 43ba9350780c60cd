"""A type of people: each has a profile schema of its own and, in every app, mappings of its own. Holds no schema."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from provisor.directory.diagnostics import Diagnostic
from provisor.directory.user import DEFAULT_TYPE

MOST_TYPES = 10
"""The default one counts."""
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
LONGEST = 255
LONGEST_DESCRIPTION = 1024


@dataclass(frozen=True, slots=True)
class UserType:
    id: str
    name: str
    """For programs; never changes."""
    display_name: str
    description: str
    created: datetime
    created_by: str
    last_updated: datetime
    last_updated_by: str

    @property
    def default(self) -> bool:
        return self.id == DEFAULT_TYPE


def why_not(name: str, display_name: str, description: str) -> list[Diagnostic]:
    """What is wrong with a type of people that is to be made or changed."""
    found = []
    if not NAME.match(name) or len(name) > LONGEST:
        found.append(
            Diagnostic("name", f"must begin with a letter and hold nothing but A-Z, a-z, 0-9 and _, at most {LONGEST}")
        )
    if not display_name.strip() or len(display_name) > LONGEST:
        found.append(Diagnostic("displayName", f"must be a text of at most {LONGEST} characters, not blank"))
    if len(description) > LONGEST_DESCRIPTION:
        found.append(Diagnostic("description", f"must be a text of at most {LONGEST_DESCRIPTION} characters"))
    return found
