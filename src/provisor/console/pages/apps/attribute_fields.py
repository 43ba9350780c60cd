"""Fields for values of an app's attributes: what a form shows of a value, and the value of what was typed.

Lists have a line for each element. What cannot be understood stays text, and the service says what it must be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from provisor.connector import Json
from provisor.directory.attributes import Attribute, AttributeType

YES_NO = (("", ""), ("true", "Yes"), ("false", "No"))


@dataclass(frozen=True, slots=True)
class Field:
    """One attribute in a form."""

    attribute: Attribute
    text: str

    @property
    def name(self) -> str:
        return self.attribute.name

    @property
    def choices(self) -> Sequence[tuple[str, str]]:
        """What can be chosen; empty where something is typed."""
        if self.attribute.type is AttributeType.BOOLEAN:
            return YES_NO
        if self.attribute.type is AttributeType.ARRAY or not self.attribute.choices:
            return ()
        return (("", ""), *((str(each.value), each.title or str(each.value)) for each in self.attribute.choices))

    @property
    def is_list(self) -> bool:
        return self.attribute.type is AttributeType.ARRAY

    @property
    def hint(self) -> str:
        """What may be typed, in a few words."""
        parts = [self.attribute.description.rstrip(".")] if self.attribute.description else []
        if self.is_list:
            parts.append("One value a line")
        elif self.attribute.type in (AttributeType.NUMBER, AttributeType.INTEGER):
            parts.append("A number" if self.attribute.type is AttributeType.NUMBER else "A whole number")
        return ". ".join(parts) + "." if parts else ""


def shown_text(value: Json) -> str:
    """A value as a field shows it, and as a page does: lists a line for each element."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "\n".join(shown_text(each) for each in value)
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def typed_value(attribute: Attribute, text: str) -> Json:
    """The value of what was typed; None for nothing."""
    text = text.strip()
    if not text:
        return None
    if attribute.type is AttributeType.ARRAY:
        items = [line.strip() for line in text.split("\n") if line.strip()]
        return [_typed(attribute.item or AttributeType.STRING, item) for item in items]
    return _typed(attribute.type, text)


def _typed(kind: AttributeType, text: str) -> Json:
    if kind is AttributeType.BOOLEAN:
        return {"true": True, "false": False}.get(text, text)
    if kind in (AttributeType.INTEGER, AttributeType.NUMBER):
        try:
            return int(text)
        except ValueError:
            pass
        try:
            return float(text) if kind is AttributeType.NUMBER else text
        except ValueError:
            return text
    return text
