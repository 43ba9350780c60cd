"""`/provisor/v1/apps/{id}/policy` and `/probe`: how an app's server is treated, and what a probe would change."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from provisor.api.body import read_object
from provisor.api.connections import connectors_of
from provisor.api.context import actor_of, database_of, link_to
from provisor.api.paging import json_response
from provisor.api.rendering import instant
from provisor.api.routing import Route
from provisor.services import policies
from provisor.services.errors import Invalid
from provisor.services.policies import Treatment

PATH = "/provisor/v1/apps/{id}/policy"


def render_treatment(request: Request, treatment: Treatment) -> dict[str, Any]:
    own = link_to(request, f"/provisor/v1/apps/{treatment.app.id}")
    stored, proposal = treatment.stored, treatment.proposal
    return {
        "dialect": treatment.dialect,
        "version": stored.version,
        "lastUpdated": instant(stored.last_updated),
        "lastUpdatedBy": stored.last_updated_by,
        "changes": stored.changes,
        "fields": [
            {**asdict(each), "shipped": each.value, "value": treatment.in_force[each.name]} for each in treatment.fields
        ],
        "probe": {
            "probed": instant(stored.probed),
            "proposal": proposal,
            "findings": [{**asdict(each), "proposed": each.field in proposal} for each in treatment.findings],
            "left": stored.remains or None,
        },
        "_links": {
            "self": {"href": f"{own}/policy", "hints": {"allow": ["GET", "POST", "DELETE"]}},
            "adopt": {"href": f"{own}/policy/adopt", "hints": {"allow": ["POST"]}},
            "probe": {"href": f"{own}/probe", "hints": {"allow": ["POST"]}},
        },
    }


async def get_policy(request: Request) -> Response:
    treatment = await policies.get_treatment(
        database_of(request), actor_of(request), connectors_of(request), request.path_params["id"]
    )
    return json_response(render_treatment(request, treatment))


async def edit_policy(request: Request) -> Response:
    changes = await read_object(request)
    treatment = await policies.edit(
        database_of(request), actor_of(request), connectors_of(request), request.path_params["id"], changes
    )
    return json_response(render_treatment(request, treatment))


async def reset_policy(request: Request) -> Response:
    await policies.reset(database_of(request), actor_of(request), connectors_of(request), request.path_params["id"])
    return Response(status_code=204)


async def adopt(request: Request) -> Response:
    body = await read_object(request, optional=True)
    names = body.get("fields")
    if names is not None and not (isinstance(names, list) and all(isinstance(each, str) for each in names)):
        raise Invalid.one("fields", "must be a list of names; leave it out for all that is proposed")
    treatment = await policies.adopt(
        database_of(request), actor_of(request), connectors_of(request), request.path_params["id"], names
    )
    return json_response(render_treatment(request, treatment))


async def probe(request: Request) -> Response:
    body = await read_object(request, optional=True)
    options = {name: body.get(name, False) for name in ("scratch", "delete")}
    for name, value in options.items():
        if not isinstance(value, bool):
            raise Invalid.one(name, "must be true or false")
    treatment = await policies.probe(
        database_of(request), actor_of(request), connectors_of(request), request.path_params["id"], **options
    )
    return json_response(render_treatment(request, treatment))


routes = [
    Route("GET", PATH, get_policy),
    Route("POST", PATH, edit_policy),
    Route("DELETE", PATH, reset_policy),
    Route("POST", f"{PATH}/adopt", adopt),
    Route("POST", "/provisor/v1/apps/{id}/probe", probe),
]
