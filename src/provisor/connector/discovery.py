"""An attribute that an app says its accounts have, as the product sees it. Knows no protocol."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from provisor.connector.accounts import AccountAttribute


class DataType(StrEnum):
    STRING = "string"
    BOOLEAN = "boolean"
    NUMBER = "number"
    INTEGER = "integer"


class Writing(StrEnum):
    """When the app lets it be written."""

    ALWAYS = "ALWAYS"
    ONCE = "ONCE"
    """When the account is made."""
    UNSEEN = "UNSEEN"
    """It is never shown again."""


@dataclass(frozen=True, slots=True)
class Discovered:
    attribute: AccountAttribute
    type: DataType = DataType.STRING
    many: bool = False
    """A list of such values."""
    description: str = ""
    writing: Writing = Writing.ALWAYS
