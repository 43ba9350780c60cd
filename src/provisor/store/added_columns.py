"""Attributes that were added, as columns of lists that are searched: a value's type decides what it compares with.

Profiles are JSON, and people of another type may have a value of another type under the same name: it never matches.
"""

from __future__ import annotations

from provisor.directory.attributes import Attribute, AttributeType
from provisor.scim.filters import Op
from provisor.store.conditions import EQUAL, ORDER, Column, Kind

WORDS = frozenset({Op.EQ, Op.SW}) | ORDER


def added_column(table: str, attribute: Attribute) -> Column:
    """The column of an attribute that was added. A value of another type, of people of another type, never matches."""
    value = f"({table}.profile -> '{attribute.name}')"
    text = f"({table}.profile ->> '{attribute.name}')"
    kind = JSON_TYPES[attribute.type]
    if attribute.type is AttributeType.ARRAY:
        listed = f"CASE WHEN jsonb_typeof({value}) = 'array' THEN {value} END"
        if attribute.item is AttributeType.STRING:
            return Column(listed, Kind.TEXTS, WORDS, present=True)
        return Column(numbers_only(listed), Kind.NUMBERS, EQUAL | ORDER, present=True)
    typed = f"(CASE WHEN jsonb_typeof({value}) = '{kind}' THEN {text} END)"
    if attribute.type is AttributeType.BOOLEAN:
        return Column(f"{typed}::boolean", Kind.BOOLEAN, EQUAL, present=True)
    if attribute.type is AttributeType.STRING:
        return Column(typed, operators=WORDS, present=True)
    return Column(f"{typed}::numeric", Kind.NUMBER, EQUAL | ORDER, present=True)


def numbers_only(listed: str) -> str:
    return f"jsonb_path_query_array({listed}, '$[*] ? (@.type() == \"number\")')"


JSON_TYPES = {
    AttributeType.STRING: "string",
    AttributeType.BOOLEAN: "boolean",
    AttributeType.NUMBER: "number",
    AttributeType.INTEGER: "number",
    AttributeType.ARRAY: "array",
}
