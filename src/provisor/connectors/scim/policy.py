"""How a SCIM server is spoken to and what we put up with from it, as data. Strict, and as Okta, unless a field says so.

A dialect is a file of `peers/`: a few of these fields. A new quirk is a new field here and a line there, never a
question after the vendor's name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from provisor.connector import ConfigError, FieldKind, PolicyField, PolicyValue
from provisor.connectors.scim.attributes import ENTERPRISE


class Dialect(StrEnum):
    """The policies that ship with Provisor; each has its file in `peers/`."""

    PATCH = "PATCH"
    """Okta's catalogue templates: profiles by PUT, `active` by PATCH."""
    PUT = "PUT"
    """Okta's App Integration Wizard: everything by PUT of the whole representation."""
    PATCH_USER = "PATCH_USER"
    """Okta's apps with "Support PATCH for User": profiles by PATCH too."""
    MINIMAL = "MINIMAL"
    """Our own: one request where one is enough."""
    SCIM11 = "SCIM11"
    """SCIM 1.1: profiles by PUT, `active` by a partial resource."""
    SCIM11_PUT = "SCIM11_PUT"
    """SCIM 1.1: everything by PUT."""


class Version(StrEnum):
    """Which SCIM is on the wire."""

    V2 = "2.0"
    V1 = "1.1"


class Write(StrEnum):
    """By which request something is written."""

    PUT = "put"
    """GET, then PUT of the representation with our values in it."""
    PATCH = "patch"


class Lists(StrEnum):
    """What a PATCH without a look does to a multi-valued attribute that has a mapped element."""

    ELEMENT = "element"
    """Ours is taken out and added anew, the others stay."""
    WHOLE = "whole"
    """The attribute becomes what we have for it, for servers that cannot select an element."""


class ClearAs(StrEnum):
    """How a write tells that an attribute has lost its value."""

    OMIT = "omit"
    """Left out of a PUT; a `remove` operation of a PATCH."""
    NULL = "null"
    EMPTY = "empty"
    KEEP = "keep"
    """Not at all: the app keeps the value it has."""


class ExternalId(StrEnum):
    """Whose `externalId` a PUT carries when the app returned one that is not ours."""

    KEEP = "keep"
    CLAIM = "claim"


def quirk(default: Any, about: str) -> Any:
    """A field of the policy and what it means, for people who decide on it."""
    return field(default=default, metadata={"about": about})


@dataclass(frozen=True, slots=True)
class PeerPolicy:
    """How one app's server is treated."""

    version: Version = quirk(Version.V2, "Which SCIM is on the wire.")
    profile_by: Write = quirk(
        Write.PUT, "How profiles are written: put reads the account and sends the whole of it, patch sends changes."
    )
    switch_by: Write = quirk(Write.PATCH, "How an account is switched off.")
    switch_apart: bool = quirk(True, "Switching on again is a request of its own, before the profile is written.")
    read_first: bool = quirk(True, "A PATCH of the profile is preceded by a GET, and carries whole lists.")
    lists: Lists = quirk(
        Lists.ELEMENT,
        "What a PATCH without a GET does to e-mail addresses and other lists: element takes ours out and adds it anew, "
        "whole sends the list as we have it, for servers that cannot select an element.",
    )
    server_only: tuple[str, ...] = quirk(
        (f"{ENTERPRISE}:manager.displayName",),
        "What a PATCH without a GET leaves out: strict servers refuse what is declared read-only (RFC 7643 §8.7.1).",
    )
    put_when_refused: bool = quirk(
        False, "A PATCH that is answered with 405 or 501 is made up for by GET and PUT, then and from then on."
    )
    if_match: bool = quirk(
        False,
        "Profiles are written under the version last seen (RFC 7644 §3.14), so that no edit is overwritten unseen.",
    )
    bulk: bool = quirk(
        False,
        "Creates and patches that wait at the same time go together, if ServiceProviderConfig offers it (§3.7).",
    )
    okta_headers: bool = quirk(True, "Name ourselves as Okta's client does, for servers that look for it.")
    empty_groups: bool = quirk(True, 'A create says "groups": [], as Okta\'s does; the attribute is read-only.')
    page: int = quirk(100, "How many users a look-up asks for.")
    clear_as: ClearAs = quirk(
        ClearAs.OMIT,
        "How an attribute that has lost its value is cleared: omit leaves it out of a PUT and removes it by a PATCH, "
        "null and empty send that, keep leaves it as the app has it.",
    )
    external_id: ExternalId = quirk(
        ExternalId.KEEP,
        "Whose externalId a write carries when the app returned one that is not ours: keep theirs, or claim it.",
    )
    lowercase_list_keys: bool = quirk(
        True, "Lists may say resources, totalresults, ...: attribute names ignore case (RFC 7643 §2.1)."
    )
    quoted_integers: bool = quirk(False, 'Lists may say "startIndex": "1".')
    optional_list_counts: bool = quirk(
        False,
        "startIndex and itemsPerPage may be missing when everything fits on the page (RFC 7644 §3.4.2).",
    )
    optional_list_schemas: bool = quirk(False, "Lists may come without the ListResponse URN in schemas.")
    quoted_booleans: bool = quirk(False, 'Users may say "active": "True".')
    integer_ids: bool = quirk(False, 'Users may say "id": 17.')
    empty_write_answers: bool = quirk(
        False, "A PUT answered without a body, or a PATCH with 200 and no body, counts as done."
    )


_DEFAULT = PeerPolicy()


@cache
def load_policy(name: str = "default") -> PeerPolicy:
    """Read a policy that ships with Provisor: a dialect in any case, or the default."""
    source = files("provisor.connectors.scim").joinpath("peers", f"{name.lower()}.toml")
    if not source.is_file():
        raise ConfigError(f"There is no peer policy {name!r}.")
    return parse_policy(source.read_text(encoding="utf-8"))


def parse_policy(text: str, base: PeerPolicy = _DEFAULT) -> PeerPolicy:
    """Read a policy from TOML; a field that is missing is that of `base`."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"The peer policy is not TOML: {error}.") from None
    return read_policy(table, base)


def read_policy(table: Mapping[str, Any], base: PeerPolicy = _DEFAULT) -> PeerPolicy:
    """The same from plain values."""
    known = {field.name: type(getattr(_DEFAULT, field.name)) for field in fields(_DEFAULT)}
    values = {}
    for name, value in table.items():
        if name not in known:
            raise ConfigError(f"The peer policy has no field {name!r}; it knows {', '.join(sorted(known))}.")
        values[name] = _read(name, value, known[name])
    return replace(base, **values)


def differences(policy: PeerPolicy, base: PeerPolicy) -> dict[str, PolicyValue]:
    """The fields in which a policy is not as another, as plain values: what `read_policy` makes it from."""
    return {
        each.name: plain(value)
        for each in fields(policy)
        if (value := getattr(policy, each.name)) != getattr(base, each.name)
    }


def describe(policy: PeerPolicy) -> tuple[PolicyField, ...]:
    """Every field with its meaning, choices and value, for people and programs that know no SCIM."""
    return tuple(
        PolicyField(each.name, each.metadata["about"], *_kind(value), plain(value))
        for each in fields(policy)
        for value in [getattr(policy, each.name)]
    )


def plain(value: Any) -> PolicyValue:
    """A field's value as JSON holds it."""
    if isinstance(value, StrEnum):
        return value.value
    return list(value) if isinstance(value, tuple) else value


def _kind(value: Any) -> tuple[FieldKind, tuple[str, ...]]:
    if isinstance(value, StrEnum):
        return FieldKind.CHOICE, tuple(each.value for each in type(value))
    kinds = {bool: FieldKind.FLAG, int: FieldKind.NUMBER, tuple: FieldKind.PATHS}
    return kinds[type(value)], ()


def _read(name: str, value: Any, kind: type[Any]) -> Any:
    if kind is bool and not isinstance(value, bool):
        raise ConfigError(f"The peer policy's {name!r} is true or false, not {value!r}.")
    if kind is int and (type(value) is not int or value < 1):
        raise ConfigError(f"The peer policy's {name!r} is a number of at least 1, not {value!r}.")
    if kind is tuple and not (isinstance(value, list) and all(isinstance(path, str) for path in value)):
        raise ConfigError(f"The peer policy's {name!r} is a list of paths, not {value!r}.")
    try:
        return kind(value)
    except ValueError:
        choices = ", ".join(repr(str(choice)) for choice in kind)
        raise ConfigError(f"The peer policy's {name!r} is one of {choices}, not {value!r}.") from None
