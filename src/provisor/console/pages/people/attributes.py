"""In which groups a person's attributes are shown and edited, and how values of each type are typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from provisor.console.forms import Form
from provisor.console.visit import Visit
from provisor.directory.attributes import Attribute, AttributeType
from provisor.directory.group import GROUP_ATTRIBUTES
from provisor.directory.written import ASTERISKS, as_text, read_text
from provisor.services.schemas import get_group_schema, get_user_schema

PARTS: dict[str, tuple[str, ...]] = {
    "Who": (
        "firstName", "lastName", "middleName", "displayName", "nickName", "honorificPrefix", "honorificSuffix",
        "login",
    ),
    "How to reach them": ("email", "secondEmail", "primaryPhone", "mobilePhone", "profileUrl"),
    "Work": (
        "title", "userType", "employeeNumber", "organization", "division", "department", "costCenter", "manager",
        "managerId",
    ),
    "Address": ("streetAddress", "city", "state", "zipCode", "countryCode", "postalAddress"),
    "Language and time": ("preferredLanguage", "locale", "timezone"),
}  # fmt: skip

HINTS = {
    "login": "What they sign in with. It looks like an email address, and nobody else has it.",
    "countryCode": "Two letters, such as NO.",
    "preferredLanguage": "Such as en-US.",
    "locale": "Such as en_US.",
    "timezone": "Such as Europe/Berlin.",
    "managerId": "The manager’s own number or login, as other systems know it.",
    "profileUrl": "A whole address, such as https://example.com/ann.",
}


ADDED = "More"
"""The part of attributes that did not come with Provisor."""
EVERY_GROUP = frozenset(each.name for each in GROUP_ATTRIBUTES)
BOOLEAN = (("", "–"), ("true", "Yes"), ("false", "No"))


@dataclass(frozen=True, slots=True)
class Field:
    attribute: Attribute
    hint: str

    @property
    def name(self) -> str:
        return self.attribute.name

    @property
    def choices(self) -> tuple[tuple[str, str], ...]:
        """What a select offers; empty for what is typed."""
        if self.attribute.type is AttributeType.BOOLEAN:
            return BOOLEAN
        if self.attribute.type is AttributeType.ARRAY or not self.attribute.choices:
            return ()
        return (("", "–"), *((str(each.value), each.title) for each in self.attribute.choices))

    @property
    def listed(self) -> bool:
        return self.attribute.type is AttributeType.ARRAY


@dataclass(frozen=True, slots=True)
class Part:
    """Attributes that belong together."""

    title: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class ProfileForm:
    """The attributes of one type of people, as they are shown and typed."""

    attributes: Mapping[str, Attribute]

    @property
    def added(self) -> tuple[Field, ...]:
        """Those of a group that not every group has."""
        return tuple(Field(each, hint(each)) for name, each in self.attributes.items() if name not in EVERY_GROUP)

    @property
    def parts(self) -> tuple[Part, ...]:
        base = [
            Part(title, tuple(Field(self.attributes[name], HINTS.get(name, "")) for name in names))
            for title, names in PARTS.items()
        ]
        placed = {name for names in PARTS.values() for name in names}
        added = tuple(Field(each, hint(each)) for name, each in self.attributes.items() if name not in placed)
        return (*base, Part(ADDED, added)) if added else tuple(base)

    def texts(self, profile: Mapping[str, Any]) -> dict[str, str]:
        """Every attribute as a form shows it; sensitive ones not at all."""
        return {name: "" if each.sensitive else as_text(each, profile) for name, each in self.attributes.items()}

    def shown(self, profile: Mapping[str, Any]) -> dict[str, str]:
        """Every attribute as a page shows it."""
        return {name: shown(each, profile) for name, each in self.attributes.items()}

    def typed(self, form: Form) -> dict[str, Any]:
        """The values of a form. An empty field is no value, but for a sensitive one, which stays as it is."""
        texts = {name: form.text(name) for name in self.attributes if name in form}
        return {
            name: read_text(self.attributes[name], text) if text else None
            for name, text in texts.items()
            if text or not self.attributes[name].sensitive
        }

    def seen(self, form: Form) -> dict[str, str]:
        """What the fields held when the visitor was given the form."""
        return {name: text for name, text in form.seen().items() if name in self.attributes}


async def form_of_groups(visit: Visit) -> ProfileForm:
    """The form for groups."""
    return profile_form((await get_group_schema(visit.database, visit.actor)).attributes)


async def form_of(visit: Visit, type_id: str) -> ProfileForm:
    """The form for people of this type; raises `NotFound`."""
    return profile_form((await get_user_schema(visit.database, visit.actor, type_id)).attributes)


def profile_form(attributes: Sequence[Attribute]) -> ProfileForm:
    return ProfileForm({each.name: each for each in attributes})


def shown(attribute: Attribute, profile: Mapping[str, Any]) -> str:
    """A value as people read it; empty for none."""
    value = profile.get(attribute.name)
    if value is None or value in ("", []):
        return ""
    if attribute.sensitive:
        return ASTERISKS
    if isinstance(value, bool):
        return "Yes" if value else "No"
    titles = {each.value: each.title for each in attribute.choices}
    listed = value if isinstance(value, list) else [value]
    return ", ".join(titles.get(each, str(each)) for each in listed)


def hint(attribute: Attribute) -> str:
    """What to type, where it is not to be guessed."""
    if attribute.sensitive:
        return f"{attribute.description} Hidden: leave it empty to keep what is there.".strip()
    if attribute.type is AttributeType.ARRAY:
        return f"{attribute.description} One in each line.".strip()
    return attribute.description
