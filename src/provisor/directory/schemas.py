"""Attributes in the schema API's form, which is also how they are stored: reading with every problem at once, writing.

The form is that of JSON Schema, draft 4, with Okta's additions. Decides nothing about who may change what.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

import re2

from provisor.directory.attributes import (
    LONGEST,
    Access,
    Attribute,
    AttributeType,
    Choice,
    Mutability,
    Scope,
    Unique,
)
from provisor.directory.diagnostics import Diagnostic
from provisor.directory.formats import Format
from provisor.directory.profiles import why_not

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}\Z")
LONGEST_NAME = 255
LONGEST_TEXT = 1024
TEXT_LIMIT = 65_536
MOST_CHOICES = 500
ITEMS = (AttributeType.STRING, AttributeType.NUMBER, AttributeType.INTEGER)
QUIET = re2.Options()
QUIET.log_errors = False
"""Who sent a pattern that is none is told; nobody else needs to hear of it."""
E = TypeVar("E", bound=StrEnum)


class Unreadable(ValueError):
    """A definition that cannot be used; `problems` says all that is wrong with it."""

    def __init__(self, problems: list[Diagnostic]) -> None:
        super().__init__("; ".join(str(each) for each in problems))
        self.problems = problems


def parse_attribute(name: str, body: Mapping[str, Any]) -> Attribute:
    """Read one attribute; raises `Unreadable` with paths below the attribute's name. Unknown keys are ignored."""
    reader = Reader(name, body)
    if not NAME.match(name):
        reader.refuse("", "must begin with a letter and hold nothing but letters, digits and _, at most 255")
    attribute = reader.attribute()
    if not reader.problems and attribute.default is not None and (bad := why_not(attribute, attribute.default)):
        reader.refuse("default", bad)
    if reader.problems:
        raise Unreadable(reader.problems)
    return attribute


def render_attribute(attribute: Attribute) -> dict[str, Any]:
    """The definition; `parse_attribute` reads it. What is as usual is left out, but for what Okta always shows."""
    shown: dict[str, Any] = {"title": attribute.title, "type": attribute.type.value}
    if attribute.description:
        shown["description"] = attribute.description
    if attribute.item is not None:
        shown["items"] = {"type": attribute.item.value}
    target = shown["items"] if attribute.item is not None else shown
    if attribute.format is not None:
        shown["format"] = attribute.format.value
    if attribute.choices:
        target["enum"] = [each.value for each in attribute.choices]
        target["oneOf"] = [{"const": each.value, "title": each.title} for each in attribute.choices]
    if attribute.required:
        shown["required"] = True
    if attribute.shortest:
        shown["minLength"] = attribute.shortest
    if attribute.longest != LONGEST:
        shown["maxLength"] = attribute.longest
    bounds = {"minimum": attribute.least, "maximum": attribute.most, "pattern": attribute.pattern}
    shown |= {key: value for key, value in bounds.items() if value is not None}
    if attribute.unique is not None:
        shown["unique"] = attribute.unique.value
    if attribute.external_name is not None:
        shown["externalName"] = attribute.external_name
    if attribute.external_namespace is not None:
        shown["externalNamespace"] = attribute.external_namespace
    if attribute.default is not None:
        shown["default"] = attribute.default
    if attribute.union:
        shown["union"] = "ENABLE"
    if attribute.sensitive:
        shown["sensitive"] = True
    shown["mutability"] = attribute.mutability.value
    shown["scope"] = attribute.scope.value
    shown["permissions"] = [{"principal": "SELF", "action": attribute.access.value}]
    return shown


def parse_stored(stored: list[dict[str, Any]]) -> tuple[Attribute, ...]:
    """Attributes as they are stored: a list of definitions, each with its `name`."""
    return tuple(parse_attribute(each["name"], each) for each in stored)


def render_stored(attributes: tuple[Attribute, ...]) -> list[dict[str, Any]]:
    return [{"name": each.name, **render_attribute(each)} for each in attributes]


class Reader:
    """Reads the keys of one definition and gathers what is wrong."""

    def __init__(self, name: str, body: Mapping[str, Any]) -> None:
        self.name = name
        self.body = body
        self.problems: list[Diagnostic] = []

    def refuse(self, key: str, message: str) -> None:
        self.problems.append(Diagnostic(f"{self.name}.{key}" if key else self.name, message))

    def attribute(self) -> Attribute:
        kind = self.choice("type", AttributeType, AttributeType.STRING)
        item = self.item() if kind is AttributeType.ARRAY else None
        scope = self.choice("scope", Scope, Scope.NONE)
        union = self.body.get("union") == "ENABLE"
        if union and (kind is not AttributeType.ARRAY or scope is Scope.SELF):
            self.refuse("union", "is for lists that groups may set: type array, scope NONE")
        text = kind is AttributeType.STRING or item is AttributeType.STRING
        self.order("minLength", "maxLength")
        self.order("minimum", "maximum")
        return Attribute(
            self.name,
            self.text("title", required=True, longest=LONGEST_NAME) or "",
            kind,
            required=self.flag("required"),
            shortest=self.whole("minLength", 0, TEXT_LIMIT, text) or 0,
            longest=LONGEST if (most := self.whole("maxLength", 1, TEXT_LIMIT, text)) is None else most,
            format=self.choice("format", Format, None) if self.body.get("format") is not None else None,
            item=item,
            description=self.text("description", longest=LONGEST_TEXT) or "",
            choices=self.choices(kind, item),
            least=self.number("minimum", kind),
            most=self.number("maximum", kind),
            pattern=self.pattern(kind),
            unique=self.unique(kind),
            access=self.access(),
            scope=scope,
            mutability=self.choice("mutability", Mutability, Mutability.READ_WRITE),
            sensitive=self.flag("sensitive"),
            default=self.body.get("default"),
            external_name=self.text("externalName", longest=LONGEST_TEXT),
            external_namespace=self.text("externalNamespace", longest=LONGEST_TEXT),
            union=union,
        )

    def text(self, key: str, *, required: bool = False, longest: int) -> str | None:
        value = self.body.get(key)
        if value is None and not required:
            return None
        if not isinstance(value, str) or (required and not value.strip()) or len(value) > longest:
            self.refuse(key, f"must be text of at most {longest} characters" + (", not blank" if required else ""))
            return None
        return value

    def pattern(self, kind: AttributeType) -> str | None:
        pattern = self.text("pattern", longest=LONGEST_TEXT)
        if pattern is None:
            return None
        try:
            re2.compile(pattern, QUIET)
        except re2.error:
            self.refuse("pattern", "is not a pattern of RE2")
            return None
        if kind is not AttributeType.STRING:
            self.refuse("pattern", "is for texts")
        return pattern

    def order(self, least: str, most: str) -> None:
        """Nothing fits between limits that are the wrong way round."""
        low, high = self.body.get(least), self.body.get(most)
        if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
            self.refuse(most, f"is below {least}")

    def flag(self, key: str) -> bool:
        value = self.body.get(key)
        if value is not None and not isinstance(value, bool):
            self.refuse(key, "must be true or false")
        return value is True

    def whole(self, key: str, least: int, most: int, fits: bool) -> int | None:
        value = self.body.get(key)
        if value is None:
            return None
        if not fits or type(value) is not int or not least <= value <= most:
            self.refuse(key, f"must be a whole number from {least} to {most}, of a text")
            return None
        return value

    def number(self, key: str, kind: AttributeType) -> float | None:
        value = self.body.get(key)
        if value is None:
            return None
        if kind not in (AttributeType.NUMBER, AttributeType.INTEGER) or type(value) not in (int, float):
            self.refuse(key, "must be a number, and only numbers have it")
            return None
        return float(value) if kind is AttributeType.NUMBER else value

    def choice(self, key: str, kind: type[E], usual: E | None) -> Any:
        value = self.body.get(key)
        if value is None:
            return usual
        try:
            return kind(value)
        except ValueError:
            self.refuse(key, f"must be one of {', '.join(kind)}")
            return usual

    def item(self) -> AttributeType:
        items = self.body.get("items")
        value = items.get("type") if isinstance(items, dict) else None
        if value not in tuple(each.value for each in ITEMS):
            self.refuse("items.type", f"must be one of {', '.join(ITEMS)}")
            return AttributeType.STRING
        return AttributeType(value)

    def choices(self, kind: AttributeType, item: AttributeType | None) -> tuple[Choice, ...]:
        items = self.body.get("items")
        place = items if item is not None and isinstance(items, dict) and "enum" in items else self.body
        values, titled = place.get("enum"), place.get("oneOf")
        if values is None and titled is None:
            return ()
        if kind is AttributeType.BOOLEAN:
            self.refuse("enum", "is not for true and false")
            return ()
        titles: dict[Any, str] = {}
        if isinstance(titled, list) and all(isinstance(each, dict) for each in titled):
            known = [each for each in titled if type(each.get("const")) in (str, int, float)]
            titles = {each["const"]: str(each.get("title", each["const"])) for each in known}
        listed = list(titles) if values is None else values
        wanted = {AttributeType.NUMBER: (int, float), AttributeType.INTEGER: (int,)}.get(item or kind, (str,))
        if not isinstance(listed, list) or not 0 < len(listed) <= MOST_CHOICES:
            self.refuse("enum", f"must be a list of 1 to {MOST_CHOICES} values")
        elif any(type(each) not in wanted for each in listed) or len(set(listed)) != len(listed):
            self.refuse("enum", "must hold different values of the attribute's type")
        else:
            return tuple(Choice(each, titles.get(each, str(each))) for each in listed)
        return ()

    def unique(self, kind: AttributeType) -> Unique | None:
        value = self.body.get("unique")
        if value in (None, False, "NOT_UNIQUE"):
            return None
        if kind in (AttributeType.BOOLEAN, AttributeType.ARRAY):
            self.refuse("unique", "is for texts and numbers")
            return None
        if value is True:
            return Unique.PENDING_UNIQUENESS
        return self.choice("unique", Unique, None) if isinstance(value, str) else None

    def access(self) -> Access:
        given = self.body.get("permissions")
        if not isinstance(given, list):
            return Access.READ_ONLY
        for each in given:
            if isinstance(each, dict) and each.get("principal") == "SELF":
                action = each.get("action")
                if action in tuple(every.value for every in Access):
                    return Access(action)
                self.refuse("permissions", f"the action must be one of {', '.join(Access)}")
        return Access.READ_ONLY
