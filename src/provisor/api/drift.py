"""`/provisor/v1/apps/{id}/drift`: reading an app's accounts back, what was found, and when it happens by itself."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from provisor.api.body import read_object
from provisor.api.context import actor_of, database_of, link_to
from provisor.api.paging import Page, json_response, page_response
from provisor.api.queries import after_id
from provisor.api.rendering import instant
from provisor.api.routing import Route
from provisor.provisioning.drift import Kind
from provisor.services import drift
from provisor.services.drift import DriftState
from provisor.services.errors import BadQuery, Invalid
from provisor.store.drift_findings import FindingRow
from provisor.store.drift_runs import DriftRun, Schedule

PATH = "/provisor/v1/apps/{id}/drift"
PAGE = 100
LARGEST_PAGE = 1000


def render_run(request: Request, run: DriftRun) -> dict[str, Any]:
    own = link_to(request, f"/provisor/v1/apps/{run.app_id}/drift")
    return {
        "id": run.id,
        "appId": run.app_id,
        "repair": run.repair,
        "phase": run.phase,
        "started": instant(run.started),
        "startedBy": run.started_by,
        "finished": instant(run.finished),
        "complete": run.complete,
        "reason": run.reason or None,
        "total": run.total,
        "accounts": run.tally.seen,
        "drifted": run.tally.drifted,
        "repaired": run.tally.repaired,
        "counts": {kind.value: run.tally.of(kind) for kind in Kind},
        "notKept": run.unkept,
        "_links": {"findings": {"href": f"{own}/findings"}},
    }


def render_state(request: Request, state: DriftState) -> dict[str, Any]:
    return {
        "run": None if state.run is None else render_run(request, state.run),
        "missing": state.missing,
        "schedule": render_schedule(state.schedule),
    }


def render_schedule(schedule: Schedule) -> dict[str, Any]:
    return {"mode": schedule.mode, "hours": schedule.hours}


def render_finding(found: FindingRow) -> dict[str, Any]:
    return {
        "accountId": found.account_id,
        "userName": found.username,
        "user": None if found.user_id is None else {"id": found.user_id, "login": found.login},
        "kind": found.kind,
        "attributes": [
            {"name": each.name, "ours": each.ours, "there": each.there, "kept": each.kept} for each in found.differences
        ],
        "repaired": found.repaired,
        "found": instant(found.found),
    }


async def begin(request: Request) -> Response:
    repair = (await read_object(request, optional=True)).get("repair", False)
    if not isinstance(repair, bool):
        raise Invalid.one("repair", "must be true or false")
    run = await drift.begin_check(database_of(request), actor_of(request), request.path_params["id"], repair=repair)
    return json_response(render_run(request, run), 202)


async def get_state(request: Request) -> Response:
    state = await drift.get_state(database_of(request), actor_of(request), request.path_params["id"])
    return json_response(render_state(request, state))


async def list_findings(request: Request) -> Response:
    page = Page.read(request, default=PAGE, most=LARGEST_PAGE)
    found = await drift.list_findings(
        database_of(request),
        actor_of(request),
        request.path_params["id"],
        kind=kind_of(request),
        after=after_id(page),
        limit=page.limit + 1,
    )
    shown = found[: page.limit]
    more = [shown[-1].account_id] if len(found) > page.limit else None
    return page_response(request, [render_finding(each) for each in shown], more)


def kind_of(request: Request) -> Kind | None:
    text = request.query_params.get("kind")
    if text is None:
        return None
    if text not in list(Kind):
        raise BadQuery("kind", f"kind: must be one of {', '.join(Kind)}")
    return Kind(text)


async def set_schedule(request: Request) -> Response:
    body = await read_object(request)
    schedule = await drift.set_schedule(
        database_of(request),
        actor_of(request),
        request.path_params["id"],
        body.get("mode", ""),
        body.get("hours", Schedule().hours),
    )
    return json_response(render_schedule(schedule))


async def recreate(request: Request) -> Response:
    """These people's accounts, or all that are gone."""
    users = (await read_object(request, optional=True)).get("users")
    if users is not None and not (isinstance(users, list) and all(isinstance(each, str) for each in users)):
        raise Invalid.one("users", "must be a list of ids")
    people = await drift.recreate(database_of(request), actor_of(request), request.path_params["id"], users)
    return json_response({"users": people})


routes = [
    Route("POST", PATH, begin),
    Route("GET", PATH, get_state),
    Route("GET", f"{PATH}/findings", list_findings),
    Route("PUT", f"{PATH}/schedule", set_schedule),
    Route("POST", f"{PATH}/recreate", recreate),
]
