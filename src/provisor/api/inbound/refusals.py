"""What a refusal of a service is in SCIM (RFC 7644 §3.12): status, scimType, and the path under which the client knows
the value. What is in no row is our bug and surfaces at the ASGI edge."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from provisor.directory.lifecycle import NotInThisStatus
from provisor.directory.scim_profile import in_scim_words
from provisor.scim.errors import BadRequest, Conflict, ScimError, ScimType, VersionMismatch
from provisor.scim.errors import NotFound as NoResource
from provisor.services.actor import NotAllowed
from provisor.services.errors import Forbidden, Invalid, NotFound
from provisor.services.groups import DuplicateGroup
from provisor.services.inbound_people import ChangedSince
from provisor.services.profile_writing import LOGIN_TAKEN
from provisor.services.work import RETRIED, repeated
from provisor.store.database import DATABASE_AWAY

T = TypeVar("T")
NOT_REACHED = "the directory cannot be reached at the moment; try again"


def invalid(problem: Invalid) -> ScimError:
    if any(each.message == LOGIN_TAKEN for each in problem.diagnostics):
        return Conflict("userName: another user has it; look that user up and update it")
    found = in_scim_words(problem.diagnostics)
    return BadRequest(ScimType.INVALID_VALUE, "; ".join(f"{each.path}: {each.message}" for each in found))


def group_invalid(problem: Invalid) -> ScimError:
    """Of a group: its name is `displayName` here."""
    said = [f"{'displayName' if each.path == 'name' else each.path}: {each.message}" for each in problem.diagnostics]
    return BadRequest(ScimType.INVALID_VALUE, "; ".join(said))


def in_the_way(problem: Exception) -> ScimError:
    return ScimError(503, "other changes to the same things got in the way; try again")


REFUSALS: dict[type[Exception], Callable[[Any], ScimError]] = {
    NotFound: lambda problem: NoResource(f"there is nothing with the id {problem.id[:200]!r}"),
    ChangedSince: lambda problem: VersionMismatch(str(problem)),
    DuplicateGroup: lambda problem: Conflict("displayName: another group has it; look that group up and update it"),
    NotAllowed: lambda problem: ScimError(403, str(problem)),
    Forbidden: lambda problem: ScimError(403, str(problem), ScimType.MUTABILITY),
    # RFC 7644 §3.12, mutability: not compatible with the target's current state.
    NotInThisStatus: lambda problem: BadRequest(ScimType.MUTABILITY, str(problem)),
    **dict.fromkeys(RETRIED, in_the_way),
    **dict.fromkeys(DATABASE_AWAY, lambda problem: ScimError(503, NOT_REACHED)),
}
KNOWN: tuple[type[Exception], ...] = (*REFUSALS,)


async def asked(call: Callable[[], Awaitable[T]], about_invalid: Callable[[Invalid], ScimError] = invalid) -> T:
    """What a service answers; asked again when another transaction got in its way. Raises `ScimError`."""
    try:
        return await repeated(call)
    except Invalid as problem:
        raise about_invalid(problem) from None
    except KNOWN as problem:
        raise refusal(problem) from None


def refusal(problem: Exception) -> ScimError:
    """The row of a known refusal."""
    for kind in type(problem).__mro__:
        if kind in REFUSALS:
            return REFUSALS[kind](problem)
    raise problem
