"""Reads external names, the way a profile says where an attribute lives in SCIM. Touches no values.

    userName   name.givenName   emails.^[primary==true].value   roles.^[type=='base'].value

This is the Profile Editor's grammar, not that of RFC 7644 §3.5.2: its filter has `==` and stands behind `.^`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from provisor.connector import AccountAttribute, ConfigError

_STEP = re.compile(
    r"""(?P<name>[A-Za-z$][\w$-]*)
        (?:\.\^\[(?P<key>[A-Za-z$][\w$-]*)\s*==\s*(?:(?P<flag>true|false)|'(?P<single>[^']*)'|"(?P<double>[^"]*)")\])?
        (?:\.(?=.)|$)""",
    re.VERBOSE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Where:
    """The element of a multi-valued attribute that is meant."""

    key: str
    value: bool | str


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    where: Where | None = None


def parse_external_name(attribute: AccountAttribute) -> tuple[Step, ...]:
    """Return the way from the top of a resource to the value."""
    text, position, steps = attribute.external_name, 0, []
    while match := _STEP.match(text, position):
        steps.append(Step(match["name"], _where(match)))
        position = match.end()
        if position == len(text):
            break
    if not steps or position != len(text) or steps[-1].where is not None:
        raise ConfigError(
            f"The attribute {attribute.name!r} has the external name {text!r}, which is not a SCIM path. "
            "Write for example title, name.givenName or emails.^[primary==true].value."
        )
    return tuple(steps)


def full_path(attribute: AccountAttribute) -> str:
    """Return the attribute's path as RFC 7644 §3.10 writes it: URN, colon, names; without the element that is meant."""
    names = ".".join(step.name for step in parse_external_name(attribute))
    return f"{attribute.external_namespace}:{names}"


def _where(match: re.Match[str]) -> Where | None:
    if match["key"] is None:
        return None
    if match["flag"] is not None:
        return Where(match["key"], match["flag"] == "true")
    return Where(match["key"], match["single"] if match["single"] is not None else match["double"])
