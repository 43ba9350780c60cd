"""What every page of one person shows: name, status, tabs, and what may be done in this status."""

from __future__ import annotations

from dataclasses import dataclass

from provisor.console.pages.people.operations import OPERATIONS, Words
from provisor.console.visit import Visit
from provisor.directory import lifecycle
from provisor.directory.lifecycle import Operation, Status
from provisor.directory.user import User
from provisor.services.protection import is_above
from provisor.services.users import get_user
from provisor.services.users_lifecycle import EFFECTS


@dataclass(frozen=True, slots=True)
class Head:
    """The top of a person's page."""

    user: User
    tabs: list[tuple[str, str, int | None]]
    moves: list[Words]
    """Operations that the status and the visitor's rights allow."""
    above: bool = False
    """The person may do more than the visitor, who can only look."""

    @property
    def name(self) -> str:
        return name_of(self.user)

    @property
    def path(self) -> str:
        return f"/admin/people/{self.user.id}"

    @property
    def living(self) -> bool:
        return self.user.status is not Status.DEPROVISIONED


def name_of(user: User) -> str:
    return " ".join(filter(None, (user.profile.get("firstName"), user.profile.get("lastName")))) or user.login


async def head_of(visit: Visit) -> Head:
    """The person of the address; raises `NotFound`."""
    user = await get_user(visit.database, visit.actor, visit.params["id"])
    path = f"/admin/people/{user.id}"
    tabs: list[tuple[str, str, int | None]] = [
        ("Profile", path, None),
        ("Applications", f"{path}/applications", None),
        ("Groups", f"{path}/groups", None),
        ("Activity", f"{path}/activity", None),
    ]
    above = visit.may("HELP_PEOPLE") and await is_above(visit.database, visit.actor, user.id)
    return Head(user, tabs, [] if above else moves_of(visit, user), above)


def moves_of(visit: Visit, user: User) -> list[Words]:
    allowed = lifecycle.allowed(user.status)
    return [words for operation, words in OPERATIONS.items() if operation in allowed and may(visit, operation)]


def may(visit: Visit, operation: Operation) -> bool:
    return visit.actor.may(EFFECTS[operation].permission)
