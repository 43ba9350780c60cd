"""In which groups a person's attributes are shown and edited."""

from __future__ import annotations

from dataclasses import dataclass

from provisor.directory.attributes import BASE_ATTRIBUTES, Attribute

ATTRIBUTES = {each.name: each for each in BASE_ATTRIBUTES}

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


@dataclass(frozen=True, slots=True)
class Field:
    attribute: Attribute
    hint: str

    @property
    def name(self) -> str:
        return self.attribute.name


@dataclass(frozen=True, slots=True)
class Part:
    """Attributes that belong together."""

    title: str
    fields: tuple[Field, ...]


def part(title: str, names: tuple[str, ...]) -> Part:
    return Part(title, tuple(Field(ATTRIBUTES[name], HINTS.get(name, "")) for name in names))


FORM = tuple(part(title, names) for title, names in PARTS.items())
