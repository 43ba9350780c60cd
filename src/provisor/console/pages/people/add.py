"""Add one person: profile, password or none, active or staged, groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.responses import Response

from provisor.console.pages.people.attributes import ATTRIBUTES, FORM
from provisor.console.pages.people.profile import sentence, typed_profile
from provisor.console.routing import get, post
from provisor.console.visit import Visit
from provisor.directory.group import GroupType
from provisor.services.actor import Permission
from provisor.services.errors import Invalid
from provisor.services.group_listing import find_groups
from provisor.services.users import LOGIN_TAKEN, Credentials, create_user
from provisor.store.group_listing import GroupRow

MOST_GROUPS = 100
TAKEN = "Somebody else has this login."


@dataclass(frozen=True, slots=True)
class AddView:
    values: Mapping[str, str]
    activate: bool
    expire: bool
    groups: list[GroupRow]
    chosen: frozenset[str] = frozenset()
    problems: Mapping[str, str] = field(default_factory=dict)
    form = FORM
    names = (*ATTRIBUTES, "password")


async def groups_of(visit: Visit) -> list[GroupRow]:
    """Groups to choose from; somebody with very many adds people from the group's page."""
    if not visit.may(Permission.MANAGE_GROUPS):
        return []
    found, _ = await find_groups(visit.database, visit.actor, "", MOST_GROUPS, kind=GroupType.OKTA_GROUP)
    return [group for group, _ in found]


async def show(visit: Visit) -> Response:
    view = AddView(dict.fromkeys(ATTRIBUTES, ""), activate=True, expire=True, groups=await groups_of(visit))
    return visit.render("pages/people/add.html", view)


async def add(visit: Visit) -> Response:
    """Make the person, or show the form again with what is wrong."""
    form = visit.form
    typed = typed_profile(form)
    if typed.get("email") is None and typed.get("login"):
        typed["email"] = typed["login"]
    profile = {name: value for name, value in typed.items() if value is not None}
    activate, expire = form.text("state") != "staged", form.ticked("expire")
    password = form.raw("password") or None
    try:
        user = await create_user(
            visit.database,
            visit.actor,
            profile,
            Credentials(password=password),
            activate=activate,
            expire_password=expire and password is not None,
            group_ids=form.all("group"),
        )
    except Invalid as problem:
        problems = {each.path: worded(each.message) for each in problem.diagnostics}
        values = {name: typed.get(name) or "" for name in ATTRIBUTES}
        view = AddView(values, activate, expire, await groups_of(visit), frozenset(form.all("group")), problems)
        return visit.render("pages/people/add.html", view, status=422)
    name = f"{profile['firstName']} {profile['lastName']}"
    return visit.go(f"/admin/people/{user.id}", f"{name} was added{' and activated' if activate else ''}.")


def worded(message: str) -> str:
    return TAKEN if message == LOGIN_TAKEN else sentence(message)


routes = (
    get("/admin/people/new", show, Permission.MANAGE_PEOPLE),
    post("/admin/people/new", add, Permission.MANAGE_PEOPLE),
)
