"""Values of attributes as people write them in forms and files, and back. Whether a value fits is `profiles`' affair.

A list is written with one element in a line, or with `;` between elements.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from provisor.directory.attributes import Attribute, AttributeType

BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}

ASTERISKS = "********"
"""What is shown of a sensitive value."""


def as_text(attribute: Attribute, profile: Mapping[str, Any]) -> str:
    """The value as a form shows it; empty for none."""
    value = profile.get(attribute.name)
    if value is None:
        return ""
    if isinstance(value, list):
        return "\n".join(_shown(each) for each in value)
    return _shown(value)


def read_text(attribute: Attribute, text: str) -> Any:
    """The value that a text means. A text that means none of the type stays one, for the check to refuse."""
    if attribute.type is not AttributeType.ARRAY:
        return _read(attribute.type, text)
    parts = text.split("\n") if "\n" in text else text.split(";")
    return [_read(attribute.item or AttributeType.STRING, each.strip()) for each in parts if each.strip()]


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read(kind: AttributeType, text: str) -> Any:
    if kind is AttributeType.BOOLEAN:
        return BOOLEANS.get(text.strip().lower(), text)
    if kind is AttributeType.INTEGER:
        with suppress(ValueError):
            return int(text)
    if kind is AttributeType.NUMBER:
        with suppress(ValueError, OverflowError):
            number = float(text)
            # NaN and the infinities are no JSON.
            return number if abs(number) < float("inf") else text
    return text
