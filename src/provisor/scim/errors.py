"""The one exception of the SCIM kernel and the `scimType` vocabulary of RFC 7644 §3.12.

It says what is wrong with a request in the words of the protocol. It knows neither HTTP responses nor who asked.

    ScimError
    ├── BadRequest     400 with a scimType of the table below
    │   └── Invalid    400 with every violation of the schema
    ├── NotFound       404
    ├── Conflict       409 uniqueness
    └── VersionMismatch 412
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class ScimType(StrEnum):
    """The detail error keywords of RFC 7644 §3.12, table 9, and of RFC 9865 §2.1."""

    INVALID_FILTER = "invalidFilter"
    TOO_MANY = "tooMany"
    UNIQUENESS = "uniqueness"
    MUTABILITY = "mutability"
    INVALID_SYNTAX = "invalidSyntax"
    INVALID_PATH = "invalidPath"
    NO_TARGET = "noTarget"
    INVALID_VALUE = "invalidValue"
    INVALID_VERS = "invalidVers"
    SENSITIVE = "sensitive"
    # RFC 9865 §2.1, cursor paging.
    INVALID_CURSOR = "invalidCursor"
    EXPIRED_CURSOR = "expiredCursor"
    INVALID_COUNT = "invalidCount"


class ScimError(Exception):
    """A request that SCIM refuses: HTTP status, optional `scimType`, and a sentence for the person who must act."""

    def __init__(self, status: int, detail: str, scim_type: ScimType | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.scim_type = scim_type


class BadRequest(ScimError):
    """A 400 whose `scimType` names what is wrong."""

    def __init__(self, scim_type: ScimType, detail: str) -> None:
        super().__init__(400, detail, scim_type)


@dataclass(frozen=True, slots=True)
class Violation:
    """One way in which a resource is not what its schemas say."""

    path: str
    """Of the attribute, as in `emails[1].value`; elements count from 0."""
    scim_type: ScimType
    problem: str

    def __str__(self) -> str:
        return f"{self.path} {self.problem}"


class Invalid(BadRequest):
    """A resource that its schemas refuse, with every violation; the first one gives the `scimType`."""

    SHOWN = 20

    def __init__(self, violations: Sequence[Violation]) -> None:
        more = len(violations) - self.SHOWN
        told = "; ".join(map(str, violations[: self.SHOWN])) + (f"; and {more} more" if more > 0 else "")
        super().__init__(violations[0].scim_type, told)
        self.violations = tuple(violations)


class NotFound(ScimError):
    """No resource under this id or path."""

    def __init__(self, detail: str) -> None:
        super().__init__(404, detail)


class Conflict(ScimError):
    """Another resource already holds a value that must be unique (RFC 7644 §3.3)."""

    def __init__(self, detail: str) -> None:
        super().__init__(409, detail, ScimType.UNIQUENESS)


class VersionMismatch(ScimError):
    """The resource changed since the version named in If-Match (RFC 7644 §3.14)."""

    def __init__(self, detail: str) -> None:
        super().__init__(412, detail)
