"""What we put up with from a SCIM server, and the choices Okta leaves open, as data. Strict unless a field says so.

A new quirk is a new field here and a line in a file of `peers/`, never a question after the vendor's name.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from enum import StrEnum
from importlib.resources import files

from provisor.connector import ConfigError


class ClearAs(StrEnum):
    """How a PUT tells that an attribute has lost its value."""

    OMIT = "omit"
    NULL = "null"
    EMPTY = "empty"


class ExternalId(StrEnum):
    """Whose `externalId` a PUT carries when the app returned one that is not ours."""

    KEEP = "keep"
    CLAIM = "claim"


@dataclass(frozen=True, slots=True)
class PeerPolicy:
    """How one app's server is treated."""

    clear_as: ClearAs = ClearAs.OMIT
    external_id: ExternalId = ExternalId.KEEP
    lowercase_list_keys: bool = True
    """`resources`, `totalresults`, ... in list answers. Attribute names ignore case (RFC 7643 §2.1)."""
    quoted_integers: bool = False
    """`"startIndex": "1"` in list answers."""
    optional_list_counts: bool = False
    """`startIndex` and `itemsPerPage` may be missing when everything fits on the page (RFC 7644 §3.4.2)."""
    optional_list_schemas: bool = False
    """List answers without the ListResponse URN in `schemas`."""
    quoted_booleans: bool = False
    """`"active": "True"` in users."""
    integer_ids: bool = False
    """`"id": 17` in users."""
    empty_write_answers: bool = False
    """A PUT answered without a body, or a PATCH with 200 and no body, counts as done."""


_DEFAULT = PeerPolicy()


def load_policy(name: str = "default") -> PeerPolicy:
    """Read a policy that ships with Provisor."""
    source = files("provisor.connectors.scim").joinpath("peers", f"{name}.toml")
    if not source.is_file():
        raise ConfigError(f"There is no peer policy {name!r}.")
    return parse_policy(source.read_text(encoding="utf-8"))


def parse_policy(text: str) -> PeerPolicy:
    """Read a policy from TOML; a field that is missing keeps its default."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"The peer policy is not TOML: {error}.") from None
    known = {field.name: type(getattr(_DEFAULT, field.name)) for field in fields(_DEFAULT)}
    values = {}
    for name, value in table.items():
        kind = known.get(name)
        if kind is None:
            raise ConfigError(f"The peer policy has no field {name!r}; it knows {', '.join(sorted(known))}.")
        if kind is bool and not isinstance(value, bool):
            raise ConfigError(f"The peer policy's {name!r} is true or false, not {value!r}.")
        try:
            values[name] = kind(value)
        except ValueError:
            choices = ", ".join(repr(str(choice)) for choice in kind)
            raise ConfigError(f"The peer policy's {name!r} is one of {choices}, not {value!r}.") from None
    return PeerPolicy(**values)
