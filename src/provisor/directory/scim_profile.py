"""How a person's profile and status read as a SCIM User (RFC 7643 §4.1, §4.3), and back. Tables, and what follows them.

1. `active` says whether a person belongs here. Who is suspended or locked out still does: that they cannot sign in is
   decided here, and a source that repeats `active: true` must not undo it.
2. The directory has places for two e-mail addresses, two phone numbers and one postal address. Their types are ours.
   What has no place is not kept, and the answer shows what was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from provisor.directory.diagnostics import Diagnostic
from provisor.directory.lifecycle import Status
from provisor.scim import urns

AWAY = frozenset({Status.STAGED, Status.DEPROVISIONED})
"""Statuses that show as `active: false`."""


@dataclass(frozen=True, slots=True)
class Single:
    """A profile attribute that is one SCIM attribute."""

    profile: str
    steps: tuple[str, ...]

    @property
    def path(self) -> str:
        """As RFC 7644 §3.10 writes it."""
        first, *rest = self.steps
        return ":".join([first, ".".join(rest)]) if ":" in first else ".".join(self.steps)


@dataclass(frozen=True, slots=True)
class Slot:
    """One element of a multi-valued attribute: which profile attributes its sub-attributes are."""

    type: str
    parts: Mapping[str, str]
    """Sub-attribute: profile attribute."""
    primary: bool = False
    by_type: bool = False
    """Only an element of exactly this type belongs here."""


@dataclass(frozen=True, slots=True)
class Plural:
    """A multi-valued attribute, its main slot first."""

    name: str
    slots: tuple[Slot, ...]


SINGLES = (
    Single("login", ("userName",)),
    Single("firstName", ("name", "givenName")),
    Single("lastName", ("name", "familyName")),
    Single("middleName", ("name", "middleName")),
    Single("honorificPrefix", ("name", "honorificPrefix")),
    Single("honorificSuffix", ("name", "honorificSuffix")),
    Single("displayName", ("displayName",)),
    Single("nickName", ("nickName",)),
    Single("profileUrl", ("profileUrl",)),
    Single("title", ("title",)),
    Single("userType", ("userType",)),
    Single("preferredLanguage", ("preferredLanguage",)),
    Single("locale", ("locale",)),
    Single("timezone", ("timezone",)),
    Single("employeeNumber", (urns.ENTERPRISE_USER, "employeeNumber")),
    Single("costCenter", (urns.ENTERPRISE_USER, "costCenter")),
    Single("organization", (urns.ENTERPRISE_USER, "organization")),
    Single("division", (urns.ENTERPRISE_USER, "division")),
    Single("department", (urns.ENTERPRISE_USER, "department")),
    Single("managerId", (urns.ENTERPRISE_USER, "manager", "value")),
    Single("manager", (urns.ENTERPRISE_USER, "manager", "displayName")),
)
PLURALS = (
    Plural(
        "emails",
        (Slot("work", {"value": "email"}, primary=True), Slot("other", {"value": "secondEmail"})),
    ),
    Plural(
        "phoneNumbers",
        (
            Slot("work", {"value": "primaryPhone"}, primary=True),
            Slot("mobile", {"value": "mobilePhone"}, by_type=True),
        ),
    ),
    Plural(
        "addresses",
        (
            Slot(
                "work",
                {
                    "streetAddress": "streetAddress",
                    "locality": "city",
                    "region": "state",
                    "postalCode": "zipCode",
                    "country": "countryCode",
                    "formatted": "postalAddress",
                },
                primary=True,
            ),
        ),
    ),
)
COVERED = frozenset(
    [each.profile for each in SINGLES]
    + [name for plural in PLURALS for slot in plural.slots for name in slot.parts.values()]
)
"""The profile attributes that SCIM has a name for; others are left as they are."""


def slot_path(plural: Plural, slot: Slot, part: str) -> str:
    which = "primary eq true" if slot.primary else f'type eq "{slot.type}"'
    return f"{plural.name}[{which}].{part}"


PATHS: Mapping[str, str] = {
    **{each.profile: each.path for each in SINGLES},
    **{
        name: slot_path(plural, slot, part)
        for plural in PLURALS
        for slot in plural.slots
        for part, name in slot.parts.items()
    },
}
"""Profile attribute: the path under which the client knows it."""


def resource_of(profile: Mapping[str, Any], status: Status, external_id: str | None) -> dict[str, Any]:
    """A person as the body of a SCIM User: canonical, without `id`, `meta` and `groups`."""
    resource: dict[str, Any] = {"schemas": [urns.USER], "active": status not in AWAY}
    if external_id is not None:
        resource["externalId"] = external_id
    for single in SINGLES:
        value = profile.get(single.profile)
        if value not in (None, ""):
            holder = resource
            for step in single.steps[:-1]:
                holder = holder.setdefault(step, {})
            holder[single.steps[-1]] = value
    for plural in PLURALS:
        elements = [element for slot in plural.slots if (element := element_of(slot, profile))]
        if elements:
            resource[plural.name] = elements
    if urns.ENTERPRISE_USER in resource:
        resource["schemas"].append(urns.ENTERPRISE_USER)
    return resource


def element_of(slot: Slot, profile: Mapping[str, Any]) -> dict[str, Any]:
    """A slot as an element; empty when the profile has nothing for it."""
    element = {part: value for part, name in slot.parts.items() if (value := profile.get(name)) not in (None, "")}
    if element:
        element["type"] = slot.type
        if slot.primary:
            element["primary"] = True
    return element


def profile_of(resource: Mapping[str, Any]) -> dict[str, Any]:
    """The profile attributes that a canonical SCIM User has values for."""
    profile: dict[str, Any] = {}
    for single in SINGLES:
        value: Any = resource
        for step in single.steps:
            value = value.get(step) if isinstance(value, Mapping) else None
        if value is not None:
            profile[single.profile] = value
    for plural in PLURALS:
        for slot, element in assigned(plural, resource.get(plural.name, ())):
            for part, name in slot.parts.items():
                if element.get(part) is not None:
                    profile[name] = element[part]
    return profile


def assigned(plural: Plural, elements: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Slot, Mapping[str, Any]]]:
    """Which element fills which slot: the one of its type, the primary one, and of what is left the latest.

    The latest, because a PATCH appends what it does not find.
    """
    main, *others = plural.slots
    left = [each for each in elements if any(each.get(part) for part in main.parts)]
    for slot in others:
        if slot.by_type:
            ours = [each for each in left if kind_of(each) == slot.type]
            left = [each for each in left if kind_of(each) != slot.type]
            if ours:
                yield slot, ours[-1]
    chosen = next((each for each in left if each.get("primary") is True), None)
    chosen = chosen or next((each for each in left if kind_of(each) == main.type), left[0] if left else None)
    if chosen is None:
        return
    yield main, chosen
    left = [each for each in left if each is not chosen]
    for slot in others:
        if not slot.by_type and left:
            yield slot, left[-1]


def kind_of(element: Mapping[str, Any]) -> str:
    return str(element.get("type", "")).casefold()


def in_scim_words(diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
    """What is wrong with a profile, under the paths that the client knows."""
    return [Diagnostic(PATHS.get(each.path, each.path), each.message) for each in diagnostics]


def unstorable(profile: Mapping[str, Any]) -> list[Diagnostic]:
    """Values with U+0000, which text in the database cannot hold."""
    return [
        Diagnostic(name, "holds U+0000, which text cannot hold")
        for name, value in profile.items()
        if isinstance(value, str) and "\x00" in value
    ]
