"""Which page a refusal becomes: its status, its title, whose it is and what to do.

One table. What is not in it is our own bug.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import asyncpg

from provisor.console.forms import FormRefused
from provisor.console.routing import WrongMethod
from provisor.directory.lifecycle import NotInThisStatus
from provisor.services.actor import NotAllowed
from provisor.services.assignments import AssignmentRefused
from provisor.services.errors import Invalid, NotFound, ServiceError
from provisor.services.work import RETRIED
from provisor.store.database import DATABASE_AWAY


@dataclass(frozen=True, slots=True)
class Problem:
    status: int
    title: str
    text: str
    details: tuple[str, ...] = ()
    comes_back: bool = False
    """The page may ask again by itself."""


def as_is(status: int, title: str) -> Callable[[Any], Problem]:
    """The refusal's own sentence below a title."""
    return lambda problem: Problem(status, title, str(problem))


def invalid(problem: Invalid) -> Problem:
    return Problem(
        422, "Some values cannot be used", "Nothing was changed.", tuple(str(each) for each in problem.diagnostics)
    )


def missing(problem: NotFound) -> Problem:
    return Problem(404, "It is not there", f"There is no {problem.kind} {problem.id[:200]}, or no longer.")


def away(_: Exception) -> Problem:
    return Problem(
        503,
        "The database does not answer",
        "It may be starting again. What you sent was not saved. This page tries again by itself.",
        comes_back=True,
    )


def crossed(_: Exception) -> Problem:
    return Problem(503, "Others changed the same things", "Nothing of yours was saved. Go back and try again.")


REFUSALS: dict[type[Exception], Callable[[Any], Problem]] = {
    NotFound: missing,
    Invalid: invalid,
    ServiceError: as_is(409, "This cannot be done"),
    AssignmentRefused: as_is(409, "This cannot be done"),
    NotInThisStatus: as_is(409, "The person’s status does not allow this any more"),
    NotAllowed: as_is(403, "You may not do this"),
    FormRefused: as_is(400, "This could not be read"),
    WrongMethod: as_is(405, "This page takes no such request"),
    **dict.fromkeys(RETRIED, crossed),
    **dict.fromkeys(DATABASE_AWAY, away),
    asyncpg.ReadOnlySQLTransactionError: away,
}


def problem_of(problem: Exception) -> Problem | None:
    """The page for a raised problem; None when it is our bug."""
    for kind in type(problem).__mro__:
        if kind in REFUSALS:
            return REFUSALS[kind](problem)
    return None
