"""Who acts, and what they may do: every service takes an `Actor` and asks it for the one permission that it needs.

1. Roles are Okta's, by their wire values. A role is a set of permissions and nothing else.
2. Asking happens in services alone, so that the API and the console cannot differ.
3. An end user has no role and no permission; what he may do with himself is `services.own`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from provisor.directory.ids import Prefix


class Permission(StrEnum):
    """The member's value is its name; `covers` ends the sentence “This takes the permission to …”."""

    covers: str

    def __new__(cls, value: str, covers: str) -> Permission:
        member = str.__new__(cls, value)
        member._value_ = value
        member.covers = covers
        return member

    READ = "READ", "see people, groups, apps, tasks and the System Log"
    MANAGE_PEOPLE = "MANAGE_PEOPLE", "create, change, load, activate, suspend, deactivate and delete people"
    HELP_PEOPLE = "HELP_PEOPLE", "set, reset and expire passwords, unlock people and activate them again"
    MANAGE_GROUPS = "MANAGE_GROUPS", "create, change and delete groups and choose their members"
    MANAGE_APPS = "MANAGE_APPS", "set up apps, assign them, and act on their tasks and held changes"
    MANAGE_SCHEMAS = (
        "MANAGE_SCHEMAS",
        "change which attributes people and groups have, make types of people, and decide what is sensitive",
    )
    MANAGE_ADMINS = "MANAGE_ADMINS", "grant and revoke roles, and make and revoke API tokens"


class Role(StrEnum):
    """What an administrator is; the wire value is the member's value."""

    SUPER_ADMIN = "SUPER_ADMIN"
    APP_ADMIN = "APP_ADMIN"
    HELP_DESK_ADMIN = "HELP_DESK_ADMIN"
    READ_ONLY_ADMIN = "READ_ONLY_ADMIN"

    @property
    def title(self) -> str:  # type: ignore[override]  # hides the method of str
        return TITLES[self]

    @property
    def permissions(self) -> frozenset[Permission]:
        return GRANTS[self]


TITLES = {
    Role.SUPER_ADMIN: "Super administrator",
    Role.APP_ADMIN: "Application administrator",
    Role.HELP_DESK_ADMIN: "Help desk administrator",
    Role.READ_ONLY_ADMIN: "Read-only administrator",
}
GRANTS = {
    Role.SUPER_ADMIN: frozenset(Permission),
    Role.APP_ADMIN: frozenset({Permission.READ, Permission.MANAGE_APPS}),
    Role.HELP_DESK_ADMIN: frozenset({Permission.READ, Permission.HELP_PEOPLE}),
    Role.READ_ONLY_ADMIN: frozenset({Permission.READ}),
}
"""The table of roles: there is no other."""


def permissions_of_roles(roles: Iterable[Role]) -> frozenset[Permission]:
    """What somebody may do who holds all of these."""
    return frozenset(permission for role in roles for permission in role.permissions)


class Scope(StrEnum):
    """What an API token may do."""

    READ = "read"
    WRITE = "write"
    SCIM = "scim"
    """Push people and groups in at `/scim/v2`, and nothing else: the management API refuses it."""

    @property
    def permissions(self) -> frozenset[Permission]:
        return SCOPES[self]


SCOPES = {
    Scope.READ: frozenset({Permission.READ}),
    Scope.WRITE: frozenset(Permission),
    Scope.SCIM: frozenset({Permission.READ, Permission.MANAGE_PEOPLE, Permission.MANAGE_GROUPS}),
}
MANAGEMENT = frozenset({Scope.READ, Scope.WRITE})
"""The scopes of a token for the management API."""


class NotAllowed(Exception):
    """The actor lacks a permission; the sentence says which, and who can grant it."""


@dataclass(frozen=True, slots=True)
class RequestOrigin:
    """Where a request came from; shown in the System Log."""

    id: str
    path: str
    ip: str | None
    user_agent: str | None


@dataclass(frozen=True, slots=True)
class Actor:
    id: str
    """A token's id, a person's, or the name of one of our own processes."""
    permissions: frozenset[Permission] = frozenset(Permission)
    request: RequestOrigin | None = None
    user_id: str | None = None
    """The person who acts; None for tokens and our own processes."""

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Raise `NotAllowed` unless the actor has the permission."""
        if permission not in self.permissions:
            raise NotAllowed(refusal(self, permission))


def refusal(actor: Actor, permission: Permission) -> str:
    """What is missing, who has it, and who can grant it."""
    if actor.id.startswith(Prefix.TOKEN):
        return (
            f"This token can only read; this takes the permission to {permission.covers}. "
            "Use a token with the scope “write”; a super administrator can make one."
        )
    titles = [role.title.lower() for role in Role if permission in role.permissions]
    return (
        f"This takes the permission to {permission.covers}, which comes with the role {' or '.join(titles)}. "
        "Ask a super administrator to grant it."
    )


SYSTEM = Actor("provisor")
"""Provisor itself: the worker, migrations, the first start."""
