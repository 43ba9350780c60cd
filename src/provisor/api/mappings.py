"""`/api/v1/mappings`: how people's attributes become those of apps' accounts, and back, in Okta's shape.

Beside it ours: examples, warnings, previews, and the reapplying that Okta's Terraform provider asks for.
"""

from __future__ import annotations

from collections.abc import Mapping as Map
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from provisor.api.body import read_object
from provisor.api.context import actor_of, database_of, link_to
from provisor.api.errors import ApiError
from provisor.api.paging import Page, json_response, page_response
from provisor.api.queries import after_id, flag
from provisor.api.rendering import instant
from provisor.api.routing import Route
from provisor.apps.examples import ExamplesUnreadable, parse_examples, render_example
from provisor.apps.mapping import Direction, Mapping, PushStatus
from provisor.directory.diagnostics import Diagnostic
from provisor.services import mapping_tests, mappings
from provisor.services.errors import Invalid
from provisor.services.mappings import PreviewValue, ShownMapping

PAGE, MOST = 20, 200
OWN = "provisor"
"""What Okta's object has no place for."""


def render_mapping(request: Request, mapping: ShownMapping) -> dict[str, Any]:
    """A mapping as it is shown by itself."""
    return {
        **render_listed(request, mapping),
        "properties": {
            each.target: {"expression": each.expression, "pushStatus": each.push_status} for each in mapping.mappings
        },
        OWN: {
            "version": mapping.version,
            "lastUpdated": instant(mapping.last_updated),
            "shipped": mapping.shipped,
            "alongWith": {each.target: each.along_with for each in mapping.mappings if each.along_with is not None},
            "examples": [render_example(each) for each in mapping.examples],
            "warnings": render_problems(mapping.warnings),
        },
    }


def render_listed(request: Request, mapping: ShownMapping) -> dict[str, Any]:
    """A mapping in a list: without its properties, as Okta shows it there."""
    person = {
        "id": mapping.type_id,
        "name": mapping.type_name,
        "type": "user",
        "_links": {
            "self": {"href": link_to(request, f"/api/v1/meta/types/user/{mapping.type_id}")},
            "schema": {"href": link_to(request, f"/api/v1/meta/schemas/user/{mapping.type_id}")},
        },
    }
    app = {
        "id": mapping.app_id,
        "name": mapping.app_name,
        "type": "appuser",
        "_links": {
            "self": {"href": link_to(request, f"/api/v1/apps/{mapping.app_id}")},
            "schema": {"href": link_to(request, f"/api/v1/meta/schemas/apps/{mapping.app_id}/default")},
        },
    }
    source, target = (person, app) if mapping.direction is Direction.TO_APP else (app, person)
    own = link_to(request, f"/api/v1/mappings/{mapping.id}")
    return {"id": mapping.id, "source": source, "target": target, "_links": {"self": {"href": own}}}


def render_problems(problems: tuple[Diagnostic, ...]) -> list[dict[str, str]]:
    return [{"target": each.path, "message": each.message} for each in problems]


def render_value(value: PreviewValue) -> dict[str, Any]:
    return {
        "target": value.target,
        "expression": value.expression or None,
        "value": value.value,
        "problem": value.problem,
        "before": value.before,
    }


def parse_lines(body: Map[str, Any], now: ShownMapping | None) -> dict[str, Mapping | None]:
    """The lines that the body changes, None for those it takes away; raises `Invalid` with every problem.

    Of a line that is there already, expression or push status may be left out.
    """
    properties = body.get("properties", {})
    if not isinstance(properties, dict):
        raise Invalid.one("properties", "must be an object")
    problems: list[Diagnostic] = []
    changes = {name: _line(name, each, now, problems) for name, each in properties.items()}
    if problems:
        raise Invalid(problems[0].path, problems)
    return changes


def _line(target: str, given: Any, now: ShownMapping | None, problems: list[Diagnostic]) -> Mapping | None:
    path = f"properties.{target}"
    if not isinstance(given, dict):
        if given is not None:
            problems.append(Diagnostic(path, "must be an object with “expression” and “pushStatus”"))
        return None
    old = now.find(target) if now is not None else None
    expression, push_status = given.get("expression"), given.get("pushStatus")
    if "expression" not in given:
        if old is None or push_status is None:
            problems.append(Diagnostic(f"{path}.expression", "is missing; null takes the mapping away"))
            return None
        expression = old.expression
    if expression is None:
        return None
    if not isinstance(expression, str) or not expression.strip():
        problems.append(Diagnostic(f"{path}.expression", "must be text; null takes the mapping away"))
        return None
    if push_status is None:
        push_status = old.push_status if old is not None else PushStatus.PUSH
    try:
        return Mapping(target, expression, PushStatus(push_status))
    except ValueError:
        problems.append(Diagnostic(f"{path}.pushStatus", f"must be one of {', '.join(PushStatus)}"))
        return None


async def list_all(request: Request) -> Response:
    page = Page.read(request, default=PAGE, most=MOST)
    found = await mappings.list_mappings(
        database_of(request),
        actor_of(request),
        source_id=request.query_params.get("sourceId"),
        target_id=request.query_params.get("targetId"),
        after=after_id(page),
        limit=page.limit + 1,
    )
    shown = found[: page.limit]
    more = [shown[-1].id] if len(found) > page.limit else None
    return page_response(request, [render_listed(request, each) for each in shown], more)


async def get(request: Request) -> Response:
    mapping = await mappings.get_mapping(database_of(request), actor_of(request), request.path_params["id"])
    return json_response(render_mapping(request, mapping))


async def change(request: Request) -> Response:
    """Partial. Ours: `?apply=false` leaves accounts as they are until they are looked at for another reason."""
    body = await read_object(request)
    database, actor, mapping_id = database_of(request), actor_of(request), request.path_params["id"]
    now = await mappings.get_mapping(database, actor, mapping_id)
    examples = _examples(body)
    mapping = await mappings.change_mapping(
        database,
        actor,
        mapping_id,
        parse_lines(body, now),
        seen_version=now.version,
        apply_now=flag(request, "apply", default=True),
        examples=examples,
    )
    return json_response(render_mapping(request, mapping))


def _examples(body: Map[str, Any]) -> Any:
    own = body.get(OWN)
    if own is None or (isinstance(own, dict) and "examples" not in own):
        return None
    if not isinstance(own, dict):
        raise Invalid.one(OWN, "must be an object")
    try:
        return parse_examples(own["examples"])
    except ExamplesUnreadable as problem:
        raise Invalid(
            f"{OWN}.{problem.problems[0].path}",
            [Diagnostic(f"{OWN}.{each.path}", each.message) for each in problem.problems],
        ) from None


async def preview(request: Request) -> Response:
    """What the mapping, with the changes of the body, would give for the person of the body."""
    body = await read_object(request)
    user = body.get("user")
    if not isinstance(user, str) or not user:
        raise Invalid.one("user", "must be the id or the login of a person")
    database, actor, mapping_id = database_of(request), actor_of(request), request.path_params["id"]
    now = await mappings.get_mapping(database, actor, mapping_id)
    values = await mappings.preview(database, actor, mapping_id, user, parse_lines(body, now))
    return json_response({"user": user, "values": [render_value(each) for each in values]})


async def test(request: Request) -> Response:
    """Run the examples that are kept with the mapping."""
    result = await mapping_tests.run_examples(database_of(request), actor_of(request), request.path_params["id"])
    return json_response(render_result(result))


async def test_all(request: Request) -> Response:
    """Run the examples of every mapping, of one app (`?app=`) or of all."""
    results = await mapping_tests.run_all_examples(
        database_of(request), actor_of(request), request.query_params.get("app")
    )
    return json_response([render_result(each) for each in results])


def render_result(result: mapping_tests.Tested) -> dict[str, Any]:
    return {
        "mapping": result.mapping.id,
        "app": {"id": result.mapping.app_id, "label": result.mapping.app_label},
        "direction": result.mapping.direction,
        "examples": len(result.mapping.examples),
        "passed": not result.mismatches,
        "mismatches": [
            {
                "example": each.example,
                "target": each.target,
                "expected": each.expected,
                "found": each.found,
                "problem": each.problem,
            }
            for each in result.mismatches
        ],
    }


async def reapply(request: Request) -> Response:
    """The internal path that Okta's Terraform provider uses for `always_apply`."""
    source, target = (request.query_params.get(name) for name in ("source", "target"))
    if not source or not target:
        raise ApiError("E0000028", causes=["source and target: give the ids of a type of people and of an app."])
    found = await mappings.list_mappings(
        database_of(request), actor_of(request), source_id=source, target_id=target, limit=1
    )
    if not found:
        raise ApiError("E0000007", f"{source} to {target} (ProfileMapping)")
    await mappings.reapply(database_of(request), actor_of(request), found[0].id)
    return json_response({})


routes = [
    Route("GET", "/api/v1/mappings", list_all),
    Route("GET", "/api/v1/mappings/{id}", get),
    Route("POST", "/api/v1/mappings/{id}", change),
    Route("PUT", "/api/internal/v1/mappings/reapply", reapply),
    Route("POST", "/provisor/v1/mappings/{id}/preview", preview),
    Route("POST", "/provisor/v1/mappings/{id}/test", test),
    Route("POST", "/provisor/v1/mappings/test", test_all),
]
