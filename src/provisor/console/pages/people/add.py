"""Add one person: profile, password or none, active or staged, groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.responses import Response

from provisor.console.pages.people.attributes import ProfileForm, form_of
from provisor.console.pages.people.person import name_of
from provisor.console.pages.people.profile import sentence
from provisor.console.routing import get, post
from provisor.console.visit import Visit
from provisor.directory.group import GroupType
from provisor.directory.user import DEFAULT_TYPE
from provisor.services.actor import Permission
from provisor.services.errors import Invalid
from provisor.services.group_listing import find_groups
from provisor.services.profile_writing import LOGIN_TAKEN
from provisor.services.user_types import list_types
from provisor.services.users import Credentials, create_user
from provisor.store.group_listing import GroupRow

PATH = "/admin/people/new"
MOST_GROUPS = 100
TAKEN = "Somebody else has this login."


@dataclass(frozen=True, slots=True)
class AddView:
    form: ProfileForm
    type_id: str
    types: list[tuple[str, str, int | None]]
    """Of which type the person is to be, where there are several: title, address."""
    values: Mapping[str, str]
    activate: bool
    expire: bool
    groups: list[GroupRow]
    chosen: frozenset[str] = frozenset()
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.form.attributes, "password")


async def groups_of(visit: Visit) -> list[GroupRow]:
    """Groups to choose from; somebody with very many adds people from the group's page."""
    if not visit.may(Permission.MANAGE_GROUPS):
        return []
    found, _ = await find_groups(visit.database, visit.actor, "", MOST_GROUPS, kind=GroupType.OKTA_GROUP)
    return [group for group, _ in found]


async def types_of(visit: Visit) -> list[tuple[str, str, int | None]]:
    """The types to choose from; none where there is but one."""
    found = await list_types(visit.database, visit.actor)
    return [(each.display_name, address(each.id), None) for each in found] if len(found) > 1 else []


def address(type_id: str) -> str:
    return PATH if type_id == DEFAULT_TYPE else f"{PATH}?type={type_id}"


async def show(visit: Visit) -> Response:
    type_id = visit.query("type") or DEFAULT_TYPE
    form = await form_of(visit, type_id)
    view = AddView(
        form,
        type_id,
        await types_of(visit),
        dict.fromkeys(form.attributes, ""),
        activate=True,
        expire=True,
        groups=await groups_of(visit),
    )
    return visit.render("pages/people/add.html", view)


async def add(visit: Visit) -> Response:
    """Make the person, or show the form again with what is wrong."""
    sent = visit.form
    type_id = sent.text("type") or DEFAULT_TYPE
    form = await form_of(visit, type_id)
    typed = form.typed(sent)
    if typed.get("email") is None and typed.get("login"):
        typed["email"] = typed["login"]
    profile = {name: value for name, value in typed.items() if value is not None}
    activate, expire = sent.text("state") != "staged", sent.ticked("expire")
    password = sent.raw("password") or None
    try:
        user = await create_user(
            visit.database,
            visit.actor,
            profile,
            Credentials(password=password),
            activate=activate,
            expire_password=expire and password is not None,
            group_ids=sent.all("group"),
            type_id=type_id,
        )
    except Invalid as problem:
        problems = {each.path: worded(each.message) for each in problem.diagnostics}
        values = {name: sent.text(name) for name in form.attributes}
        groups, chosen = await groups_of(visit), frozenset(sent.all("group"))
        view = AddView(form, type_id, await types_of(visit), values, activate, expire, groups, chosen, problems)
        return visit.render("pages/people/add.html", view, status=422)
    said = f"{name_of(user)} was added{' and activated' if activate else ''}."
    return visit.go(f"/admin/people/{user.id}", said)


def worded(message: str) -> str:
    return TAKEN if message == LOGIN_TAKEN else sentence(message)


routes = (
    get(PATH, show, Permission.MANAGE_PEOPLE),
    post(PATH, add, Permission.MANAGE_PEOPLE),
)
