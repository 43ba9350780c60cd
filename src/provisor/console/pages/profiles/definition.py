"""An attribute's definition as a form: what the fields hold, and the attribute that what was typed means.

The fields are named as in the schema API, so that what is wrong is said beside the field. Decides nothing itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provisor.console.forms import Form
from provisor.directory.attributes import LONGEST, Access, Attribute, AttributeType, Scope
from provisor.directory.formats import Format
from provisor.directory.schemas import Unreadable, parse_attribute, render_attribute

TYPES = (
    ("string", "String"),
    ("boolean", "Boolean"),
    ("number", "Number"),
    ("integer", "Integer"),
    ("array:string", "String array"),
    ("array:number", "Number array"),
    ("array:integer", "Integer array"),
    ("string:country-code", "Country code"),
    ("string:language-code", "Language code"),
)
"""Data types as Profile Editor offers them."""
ACCESS = (
    (Access.READ_ONLY.value, "Read only"),
    (Access.READ_WRITE.value, "Read and write"),
    (Access.HIDE.value, "Hidden"),
)
TEXTS = ("title", "description", "externalName", "externalNamespace", "pattern")
TICKS = ("required", "unique", "personal", "sensitive", "union")
FIELDS = (
    *("name", "type", *TEXTS, "enum", "minLength", "maxLength", "minimum", "maximum", "default", "access"),
    *TICKS,
)
DASH = " = "
"""Between a value of an enumeration and its title."""


def type_of(attribute: Attribute) -> str:
    """The attribute's data type, as the form's choice."""
    if attribute.type is AttributeType.ARRAY:
        return f"array:{attribute.item or AttributeType.STRING}"
    known = {value for value, _ in TYPES}
    precise = f"{attribute.type}:{attribute.format}"
    return precise if attribute.format and precise in known else attribute.type.value


def as_form(attribute: Attribute) -> dict[str, str]:
    """What the fields hold for a stored attribute."""
    return {
        "name": attribute.name,
        "type": type_of(attribute),
        "title": attribute.title,
        "description": attribute.description,
        "externalName": attribute.external_name or "",
        "externalNamespace": attribute.external_namespace or "",
        "pattern": attribute.pattern or "",
        "enum": "\n".join(
            str(each.value) if each.title == str(each.value) else f"{each.value}{DASH}{each.title}"
            for each in attribute.choices
        ),
        "minLength": str(attribute.shortest or ""),
        "maxLength": "" if attribute.longest == LONGEST else str(attribute.longest),
        "minimum": "" if attribute.least is None else f"{attribute.least:g}",
        "maximum": "" if attribute.most is None else f"{attribute.most:g}",
        "default": shown(attribute.default),
        "access": attribute.access.value,
        "required": "on" if attribute.required else "",
        "unique": "on" if attribute.unique else "",
        "personal": "on" if attribute.scope is Scope.SELF else "",
        "sensitive": "on" if attribute.sensitive else "",
        "union": "on" if attribute.union else "",
    }


def shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def typed(form: Form) -> dict[str, str]:
    """What was sent, by field; a box is "on" or empty."""
    return {name: ("on" if form.ticked(name) else "") if name in TICKS else form.text(name) for name in FIELDS}


def read_definition(values: Mapping[str, str], before: Attribute | None = None) -> Attribute:
    """The attribute that the fields mean; what has no field stays as it was. Raises `Unreadable`."""
    name = values["name"]
    kind, _, detail = values["type"].partition(":")
    body: dict[str, Any] = {} if before is None else render_attribute(before)
    for key in ("enum", "oneOf", "items", "format", "unique"):
        if key != "format" or before is None or f"string:{before.format}" in dict(TYPES):
            body.pop(key, None)
    body["type"] = kind
    if kind == "array":
        body["items"] = {"type": detail}
    elif detail:
        body["format"] = Format(detail).value
    body |= {key: values[key] or None for key in TEXTS}
    body |= {key: number(values[key]) for key in ("minLength", "maxLength", "minimum", "maximum")}
    item = detail if kind == "array" else kind
    if values["enum"]:
        pairs = [line.partition(DASH) for line in values["enum"].splitlines() if line.strip()]
        body["oneOf"] = [
            {"const": typed_value(value.strip(), item), "title": title.strip() or value.strip()}
            for value, _, title in pairs
        ]
    body["default"] = default_of(values["default"], kind, item)
    body["required"] = values["required"] == "on"
    body["sensitive"] = values["sensitive"] == "on"
    body["scope"] = (Scope.SELF if values["personal"] else Scope.NONE).value
    body["union"] = "ENABLE" if values["union"] else None
    body["permissions"] = [{"principal": "SELF", "action": values["access"] or Access.READ_ONLY.value}]
    if values["unique"]:
        body["unique"] = before.unique.value if before is not None and before.unique is not None else True
    return parse_attribute(name, body)


def number(text: str) -> Any:
    """A number if it is one; otherwise the text, which is refused where it stands."""
    try:
        return int(text) if text else None
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def typed_value(text: str, kind: str) -> Any:
    if kind == "boolean":
        return {"true": True, "false": False}.get(text.lower(), text)
    return number(text) if kind in ("number", "integer") else text


def default_of(text: str, kind: str, item: str) -> Any:
    if not text:
        return None
    if kind == "array":
        return [typed_value(each.strip(), item) for each in text.split(",")]
    return typed_value(text, kind)


def problems_of(refusal: Unreadable) -> dict[str, str]:
    """What is wrong, by field."""
    return {field_of(each.path): f"It {each.message}." for each in refusal.problems}


KEYS = {"items": "type", "scope": "personal", "permissions": "access", "oneOf": "enum", "format": "type"}


def field_of(path: str) -> str:
    """The form's field for a diagnostic's path, such as `code.items.type`."""
    _, dot, key = path.partition(".")
    key = key.partition(".")[0]
    return KEYS.get(key, key) if dot else "name"
