"""The life of a user: statuses, operations, and which operation leads from where to where.

`TRANSITIONS` is the whole truth; the API's links and the documentation are made from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    STAGED = "STAGED"
    PROVISIONED = "PROVISIONED"
    ACTIVE = "ACTIVE"
    RECOVERY = "RECOVERY"
    PASSWORD_EXPIRED = "PASSWORD_EXPIRED"
    LOCKED_OUT = "LOCKED_OUT"
    SUSPENDED = "SUSPENDED"
    DEPROVISIONED = "DEPROVISIONED"


class Operation(StrEnum):
    """The wire value is the last segment of the operation's path."""

    ACTIVATE = "activate"
    REACTIVATE = "reactivate"
    SUSPEND = "suspend"
    UNSUSPEND = "unsuspend"
    UNLOCK = "unlock"
    RESET_PASSWORD = "reset_password"
    EXPIRE_PASSWORD = "expire_password"
    EXPIRE_WITH_TEMP_PASSWORD = "expire_password_with_temp_password"
    DEACTIVATE = "deactivate"
    SET_PASSWORD = "set_password"
    UPDATE_PROFILE = "update_profile"
    DELETE = "delete"


class Refusal(StrEnum):
    """Why an operation is refused: Okta's published codes."""

    VALIDATION = "E0000001"
    ALREADY_ACTIVE = "E0000016"
    STATUS = "E0000038"


@dataclass(frozen=True, slots=True)
class Rule:
    """From where an operation may start, where it leads, and what is said elsewhere."""

    sources: frozenset[Status]
    target: Status | None
    """None leaves the status as it is (or, for DELETE, the user is gone)."""
    refusal: Refusal = Refusal.STATUS
    message: str = "This operation is not allowed in the user's current status."
    credentialed: Status | None = None
    """The target for people who have a password or sign in elsewhere, where it differs."""
    exceptions: Mapping[Status, Status] | None = None
    """Sources with a target of their own."""


def only(*statuses: Status) -> frozenset[Status]:
    return frozenset(statuses)


ANY = frozenset(Status)
LIVING = ANY - {Status.DEPROVISIONED}

TRANSITIONS: dict[Operation, Rule] = {
    Operation.ACTIVATE: Rule(
        only(Status.STAGED, Status.DEPROVISIONED),
        Status.PROVISIONED,
        Refusal.ALREADY_ACTIVE,
        "The user is already active.",
        credentialed=Status.ACTIVE,
    ),
    Operation.REACTIVATE: Rule(only(Status.PROVISIONED, Status.RECOVERY), Status.PROVISIONED),
    Operation.SUSPEND: Rule(
        only(Status.ACTIVE), Status.SUSPENDED, Refusal.VALIDATION, "Cannot suspend a user that is not active"
    ),
    Operation.UNSUSPEND: Rule(
        only(Status.SUSPENDED), Status.ACTIVE, Refusal.VALIDATION, "Cannot unsuspend a user that is not suspended"
    ),
    Operation.UNLOCK: Rule(only(Status.LOCKED_OUT), Status.ACTIVE),
    Operation.RESET_PASSWORD: Rule(
        only(Status.ACTIVE, Status.RECOVERY, Status.PASSWORD_EXPIRED, Status.LOCKED_OUT), Status.RECOVERY
    ),
    Operation.EXPIRE_PASSWORD: Rule(only(Status.ACTIVE), Status.PASSWORD_EXPIRED),
    Operation.EXPIRE_WITH_TEMP_PASSWORD: Rule(only(Status.ACTIVE), Status.PASSWORD_EXPIRED),
    Operation.DEACTIVATE: Rule(LIVING, Status.DEPROVISIONED),
    Operation.SET_PASSWORD: Rule(
        LIVING,
        None,
        exceptions={
            Status.PROVISIONED: Status.ACTIVE,
            Status.RECOVERY: Status.ACTIVE,
            Status.PASSWORD_EXPIRED: Status.ACTIVE,
        },
    ),
    Operation.UPDATE_PROFILE: Rule(
        LIVING, None, message="The user is deactivated. Activate the user before changing the profile."
    ),
    Operation.DELETE: Rule(only(Status.DEPROVISIONED), None),
}


class NotInThisStatus(Exception):
    """An operation that the user's status does not allow."""

    def __init__(self, operation: Operation, status: Status) -> None:
        rule = TRANSITIONS[operation]
        super().__init__(rule.message)
        self.operation = operation
        self.status = status
        self.refusal = rule.refusal


def after(operation: Operation, status: Status, *, credentialed: bool = False) -> Status:
    """The status that an operation leads to; raises `NotInThisStatus`."""
    rule = TRANSITIONS[operation]
    if status not in rule.sources:
        raise NotInThisStatus(operation, status)
    if rule.exceptions is not None:
        return rule.exceptions.get(status, status)
    if credentialed and rule.credentialed is not None:
        return rule.credentialed
    return rule.target or status


def allowed(status: Status) -> list[Operation]:
    """The operations that a status allows, in the table's order."""
    return [operation for operation, rule in TRANSITIONS.items() if status in rule.sources]


def at_creation(*, activate: bool, password: bool, federated: bool, expire_password: bool) -> Status:
    """The status in which a user begins."""
    if not activate:
        return Status.STAGED
    if federated:
        return Status.ACTIVE
    if not password:
        return Status.PROVISIONED
    return Status.PASSWORD_EXPIRED if expire_password else Status.ACTIVE
