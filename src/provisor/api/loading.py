"""`/provisor/v1/users/load`: many people in one request, which Okta's API has no way to say."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from provisor.api.body import read_object
from provisor.api.context import actor_of, database_of
from provisor.api.errors import ApiError
from provisor.api.paging import json_response
from provisor.api.routing import Route
from provisor.services.loading import MOST_ROWS, LoadRow, load_users


async def load(request: Request) -> Response:
    body = await read_object(request, any_text=True)
    activate, rows = body.get("activate", True), body.get("rows")
    if not isinstance(activate, bool):
        raise ApiError("E0000001", "activate", ["activate: must be true or false"])
    if not isinstance(rows, list):
        raise ApiError("E0000001", "rows", ["rows: must be a list of objects with a line and a profile"])
    if len(rows) > MOST_ROWS:
        raise ApiError("E0000093", causes=[f"rows: at most {MOST_ROWS} at a time, not {len(rows)}."])
    parsed = [parse_row(index, row) for index, row in enumerate(rows)]
    report = await load_users(database_of(request), actor_of(request), parsed, activate=activate)
    return json_response(
        {
            "created": report.created,
            "updated": report.updated,
            "unchanged": report.unchanged,
            "refused": [{"line": row.line, "login": row.login, "reasons": list(row.reasons)} for row in report.refused],
        }
    )


def parse_row(index: int, row: Any) -> LoadRow:
    if not isinstance(row, dict) or type(row.get("line")) is not int or not isinstance(row.get("profile"), dict):
        path = f"rows[{index}]"
        raise ApiError("E0000001", path, [f"{path}: must be an object with a line (a number) and a profile"])
    return LoadRow(row["line"], row["profile"])


routes = [Route("POST", "/provisor/v1/users/load", load)]
