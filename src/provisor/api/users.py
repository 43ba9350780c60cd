"""`/api/v1/users`: people, lists of them, and their lifecycle operations."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from provisor.api.body import read_object
from provisor.api.context import actor_of, database_of, link_to
from provisor.api.credentials import read_credentials
from provisor.api.errors import ApiError
from provisor.api.groups import render_group
from provisor.api.paging import Page, json_response, page_response
from provisor.api.queries import after_id, flag
from provisor.api.rendering import instant, render_user
from provisor.api.routing import Handler, Route
from provisor.directory.lifecycle import Operation
from provisor.directory.user import DEFAULT_TYPE
from provisor.services import groups, tokens, users, users_lifecycle, users_listing
from provisor.services.passwords import one_time_token

MOST_GROUPS = 20


async def list_users(request: Request) -> Response:
    given = request.query_params
    query = users_listing.user_query(
        filter=given.get("filter"),
        search=given.get("search"),
        q=given.get("q"),
        sort_by=given.get("sortBy"),
        descending=given.get("sortOrder", "asc").lower().startswith("desc"),
    )
    page = Page.read(request, default=10 if query.q else 200, most=200, key=query.key)
    found, after = await users_listing.list_users(
        database_of(request), actor_of(request), query, page.limit, page.after
    )
    # `q` finds somebody while a name is being typed; it has one page.
    return page_response(request, [render_user(request, user) for user in found], None if query.q else after)


async def create_user(request: Request) -> Response:
    body = await read_object(request)
    type_id = read_type(body)
    group_ids = body.get("groupIds") or []
    if not isinstance(group_ids, list) or not all(isinstance(each, str) for each in group_ids):
        raise ApiError("E0000001", "groupIds", ["groupIds: must be a list of group ids"])
    if len(group_ids) > MOST_GROUPS:
        raise ApiError("E0000093", causes=[f"groupIds: at most {MOST_GROUPS} groups at creation."])
    credentials = read_credentials(body, federated=flag(request, "provider", default=False))
    activate = flag(request, "activate", default=True)
    expire = request.query_params.get("nextLogin") == "changePassword"
    if expire and activate and credentials.password is None:
        raise ApiError("E0000124")
    user = await users.create_user(
        database_of(request),
        actor_of(request),
        read_profile(body) or {},
        credentials,
        activate=activate,
        expire_password=expire,
        group_ids=group_ids,
        type_id=type_id or DEFAULT_TYPE,
    )
    return json_response(render_user(request, user, links=True))


async def get_user(request: Request) -> Response:
    user = await users.get_user(database_of(request), actor_of(request), request.path_params["id"])
    return json_response(render_user(request, user, links=True))


async def get_own_user(request: Request) -> Response:
    """Tokens belong to no person here: the answer describes the token, in the shape of a user."""
    token = await tokens.get_token(database_of(request), actor_of(request), actor_of(request).id)
    own = link_to(request, "/api/v1/users/me")
    return json_response(
        {
            "id": token.id,
            "status": "ACTIVE",
            "created": instant(token.created),
            "activated": instant(token.created),
            "statusChanged": None,
            "lastLogin": instant(token.last_used),
            "lastUpdated": instant(token.created),
            "passwordChanged": None,
            "type": {"id": DEFAULT_TYPE},
            "profile": {"login": token.id, "email": None, "firstName": "API token", "lastName": token.name},
            "credentials": {"provider": {"type": "OKTA", "name": "OKTA"}},
            "_links": {"self": {"href": own}},
        }
    )


async def update_user(request: Request) -> Response:
    return await change_user(request, replace=False)


async def replace_user(request: Request) -> Response:
    return await change_user(request, replace=True)


async def change_user(request: Request, *, replace: bool) -> Response:
    body = await read_object(request)
    profile = read_profile(body)
    if replace and profile is None:
        raise ApiError("E0000001", "profile", ["profile: The field cannot be left blank"])
    user = await users.update_user(
        database_of(request),
        actor_of(request),
        request.path_params["id"],
        profile,
        read_credentials(body, federated=False),
        replace=replace,
        type_id=read_type(body),
    )
    return json_response(render_user(request, user, links=True))


async def delete_user(request: Request) -> Response:
    await users_lifecycle.delete_user(database_of(request), actor_of(request), request.path_params["id"])
    return Response(status_code=204)


async def list_groups_of_user(request: Request) -> Response:
    page = Page.read(request, default=200, most=200)
    found, after = await groups.list_groups_of_user(
        database_of(request), actor_of(request), request.path_params["id"], page.limit, after_id(page)
    )
    rows = [render_group(request, group) for group in found]
    return page_response(request, rows, None if after is None else (after,))


async def list_app_links(request: Request) -> Response:
    """Links to sign in at apps; Provisor has no sign-in, so there are none."""
    await users.get_user(database_of(request), actor_of(request), request.path_params["id"])
    return json_response([])


def lifecycle_handler(operation: Operation) -> Handler:
    """The handler of an operation that answers with nothing, or with the token that a mail would carry."""

    async def handle(request: Request) -> Response:
        user = await users_lifecycle.change_status(
            database_of(request), actor_of(request), request.path_params["id"], operation
        )
        if operation is Operation.EXPIRE_PASSWORD:
            return json_response(render_user(request, user))
        if operation in TOKEN_FIELDS and not flag(request, "sendEmail", default=SEND_BY_DEFAULT[operation]):
            token = one_time_token()
            address, name = TOKEN_FIELDS[operation]
            answer = {address: link_to(request, f"/welcome/{token}")}
            return json_response({**answer, name: token} if name else answer)
        return json_response({})

    return handle


TOKEN_FIELDS: dict[Operation, tuple[str, str | None]] = {
    Operation.ACTIVATE: ("activationUrl", "activationToken"),
    Operation.REACTIVATE: ("activationUrl", "activationToken"),
    Operation.RESET_PASSWORD: ("resetPasswordUrl", None),
}
SEND_BY_DEFAULT = {Operation.ACTIVATE: True, Operation.REACTIVATE: False, Operation.RESET_PASSWORD: True}


async def expire_with_temporary_password(request: Request) -> Response:
    password = await users_lifecycle.expire_with_temporary_password(
        database_of(request), actor_of(request), request.path_params["id"]
    )
    return json_response({"tempPassword": password})


def read_profile(body: dict[str, Any]) -> dict[str, Any] | None:
    profile = body.get("profile")
    if profile is not None and not isinstance(profile, dict):
        raise ApiError("E0000001", "profile", ["profile: must be an object"])
    return profile


def read_type(body: dict[str, Any]) -> str | None:
    """The id of the type that a person is to be of; None when nothing is said."""
    kind = body.get("type")
    if kind is None:
        return None
    type_id = kind.get("id") if isinstance(kind, dict) else None
    if not isinstance(type_id, str):
        raise ApiError("E0000001", "type", ["type: must be an object with the id of a user type"])
    return DEFAULT_TYPE if type_id == "default" else type_id


PLAIN = (
    Operation.ACTIVATE,
    Operation.REACTIVATE,
    Operation.SUSPEND,
    Operation.UNSUSPEND,
    Operation.UNLOCK,
    Operation.RESET_PASSWORD,
    Operation.EXPIRE_PASSWORD,
    Operation.DEACTIVATE,
)
LIFECYCLE = "/api/v1/users/{id}/lifecycle"

routes = [
    Route("GET", "/api/v1/users", list_users),
    Route("POST", "/api/v1/users", create_user),
    Route("GET", "/api/v1/users/me", get_own_user),
    Route("GET", "/api/v1/users/{id}", get_user),
    Route("POST", "/api/v1/users/{id}", update_user),
    Route("PUT", "/api/v1/users/{id}", replace_user),
    Route("DELETE", "/api/v1/users/{id}", delete_user),
    Route("GET", "/api/v1/users/{id}/groups", list_groups_of_user),
    Route("GET", "/api/v1/users/{id}/appLinks", list_app_links),
    *(Route("POST", f"{LIFECYCLE}/{operation}", lifecycle_handler(operation)) for operation in PLAIN),
    Route("POST", f"{LIFECYCLE}/{Operation.EXPIRE_WITH_TEMP_PASSWORD}", expire_with_temporary_password),
]
