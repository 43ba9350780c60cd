"""Okta's error codes, and the one table that turns refusals of services into them.

A handler raises `ApiError` for what is wrong with the request itself and lets services' errors rise. What is in no
row of `REFUSALS` is our bug: E0000009, logged with its id, nothing of it shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import asyncpg
import orjson
from starlette.responses import Response

from provisor.directory.lifecycle import NotInThisStatus, Refusal
from provisor.services.actor import NotAllowed
from provisor.services.admins import AlreadyGranted
from provisor.services.app_users import MappedAttribute
from provisor.services.applying import PlanOutdated
from provisor.services.apps import AppActive
from provisor.services.assignments import AssignmentRefused, NotAssigned, UserInactive
from provisor.services.connections import TestFailed
from provisor.services.errors import BadQuery, ChangedMeanwhile, Forbidden, InUse, Invalid, NotFound
from provisor.services.groups import DuplicateGroup
from provisor.services.work import RETRIED
from provisor.store.database import DATABASE_AWAY
from provisor.systemlog.queries import BadFilter, BadKeywords

CODES: dict[str, tuple[int, str]] = {
    "E0000001": (400, "Api validation failed"),
    "E0000002": (400, "The request was not valid"),
    "E0000003": (400, "The request body was not well-formed."),
    "E0000004": (401, "Authentication failed"),
    "E0000006": (403, "You do not have permission to perform the requested action"),
    "E0000007": (404, "Not found"),
    "E0000008": (404, "The requested path was not found"),
    "E0000009": (500, "Internal Server Error"),
    "E0000010": (503, "Service is in read only mode"),
    "E0000011": (401, "Invalid token provided"),
    "E0000014": (403, "Update of credentials failed"),
    "E0000016": (403, "Activation failed because the user is already active"),
    "E0000018": (400, "Bad request. Accept and/or Content-Type headers are likely not set."),
    "E0000021": (400, "Bad request. Accept and/or Content-Type headers likely do not match supported values."),
    "E0000022": (405, "The endpoint does not support the provided HTTP method"),
    "E0000023": (403, "Operation failed because user profile is mastered under another system"),
    "E0000028": (400, "The request is missing a required parameter."),
    "E0000029": (400, "Invalid paging request."),
    "E0000030": (400, "Bad request. Invalid date. Dates must be of the form yyyy-MM-dd'T'HH:mm:ss.SSSZZ."),
    "E0000031": (400, "Invalid search criteria."),
    "E0000038": (403, "This operation is not allowed in the user's current status."),
    "E0000047": (429, "API call exceeded rate limit due to too many requests."),
    "E0000053": (400, "Invalid filter"),
    "E0000054": (400, "Invalid pagination properties"),
    "E0000055": (409, "Duplicate group"),
    "E0000056": (403, "Delete application forbidden."),
    "E0000059": (
        400,
        "Connector configuration could not be tested. Make sure that the URL and credentials are correct",
    ),
    "E0000060": (501, "Unsupported operation."),
    "E0000062": (409, "The specified user is already assigned to the application."),
    "E0000063": (400, "Invalid combination of parameters specified."),
    "E0000075": (403, "Cannot modify the attribute because it has a field mapping and profile push is enabled."),
    "E0000080": (403, "The password does not meet the complexity requirements of the current password policy."),
    "E0000090": (409, "Duplicate role assignment exception"),
    "E0000093": (400, "Target count limit exceeded"),
    "E0000094": (400, "Unsupported filter"),
    "E0000107": (403, "Cannot perform this operation because the entity is in the wrong state."),
    "E0000117": (403, "User cannot be assigned or updated because the user is inactive."),
    "E0000124": (
        400,
        "Could not create user. To create a user and expire their password immediately, a password must be specified.",
    ),
}
"""Code: HTTP status and the first part of the summary."""


class ApiError(Exception):
    """An answer that refuses: a code of `CODES`, the subject or sentence, and one line for each cause."""

    def __init__(
        self, code: str, about: str | None = None, causes: Iterable[str] = (), *, status: int | None = None
    ) -> None:
        usual, summary = CODES[code]
        self.code = code
        self.status = status or usual
        self.causes = tuple(causes)
        self.summary = f"{summary.rstrip('.')}: {about}" if about else summary
        super().__init__(self.summary)

    def render(self, error_id: str) -> dict[str, Any]:
        return {
            "errorCode": self.code,
            "errorSummary": self.summary,
            "errorLink": self.code,
            "errorId": error_id,
            "errorCauses": [{"errorSummary": cause} for cause in self.causes],
        }

    def response(self, error_id: str) -> Response:
        return Response(orjson.dumps(self.render(error_id)), self.status, media_type="application/json")


def invalid(problem: Invalid) -> ApiError:
    return ApiError("E0000001", problem.subject, (str(each) for each in problem.diagnostics))


def unavailable(problem: Exception) -> ApiError:
    return ApiError("E0000009", "the database cannot be reached at the moment. Try again.", status=503)


def crossed(problem: Exception) -> ApiError:
    return ApiError("E0000009", "other changes to the same things got in the way. Try again.", status=503)


def in_use(problem: InUse) -> ApiError:
    return ApiError("E0000001", problem.uses[0].attribute, [str(each) for each in problem.uses])


def with_message(code: str) -> Callable[[Any], ApiError]:
    """The code, with the refusal's own sentence as the only cause."""
    return lambda problem: ApiError(code, causes=[str(problem)])


def with_summary(code: str) -> Callable[[Any], ApiError]:
    """The code, with the refusal's own sentence in the summary."""
    return lambda problem: ApiError(code, str(problem))


def bad_query(problem: BadQuery) -> ApiError:
    code = "E0000031" if problem.parameter != "filter" else "E0000094" if problem.unsupported else "E0000053"
    return ApiError(code, causes=[f"{problem.parameter}: {problem}"])


def wrong_status(problem: NotInThisStatus) -> ApiError:
    if problem.refusal is Refusal.VALIDATION:
        return ApiError(problem.refusal, str(problem), [str(problem)])
    return ApiError(problem.refusal, causes=[f"The user is {problem.status}."])


def outdated(problem: PlanOutdated) -> ApiError:
    return ApiError("E0000107", str(problem), problem.causes, status=409)


REFUSALS: dict[type[Exception], Callable[[Any], ApiError]] = {
    NotFound: with_summary("E0000007"),
    Invalid: invalid,
    Forbidden: with_message("E0000006"),
    InUse: in_use,
    ChangedMeanwhile: crossed,
    BadQuery: bad_query,
    NotInThisStatus: wrong_status,
    DuplicateGroup: with_message("E0000055"),
    BadFilter: with_message("E0000053"),
    BadKeywords: with_message("E0000031"),
    NotAllowed: with_message("E0000006"),
    AlreadyGranted: with_message("E0000090"),
    PlanOutdated: outdated,
    AppActive: with_message("E0000056"),
    AssignmentRefused: with_summary("E0000001"),
    NotAssigned: with_summary("E0000007"),
    UserInactive: with_message("E0000117"),
    MappedAttribute: with_message("E0000075"),
    TestFailed: with_message("E0000059"),
    **dict.fromkeys(RETRIED, crossed),
    **dict.fromkeys(DATABASE_AWAY, unavailable),
    asyncpg.ReadOnlySQLTransactionError: lambda _: ApiError("E0000010"),
}


def api_error(problem: Exception) -> ApiError | None:
    """The answer for a raised problem; None when it is our bug."""
    if isinstance(problem, ApiError):
        return problem
    for kind in type(problem).__mro__:
        if kind in REFUSALS:
            return REFUSALS[kind](problem)
    return None
