"""Security > Administrators: who may do what; granting a role, and taking it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from provisor.console.pages.people.person import name_of
from provisor.console.routing import get, post
from provisor.console.visit import Visit
from provisor.directory.user import User
from provisor.services.actor import Permission, Role
from provisor.services.admins import AlreadyGranted, get_role, grant_role, list_admins, list_roles, revoke_role
from provisor.services.errors import Forbidden, NotFound
from provisor.services.people import LONGEST_SEARCH, SUGGESTED, find_people
from provisor.services.users import get_user
from provisor.store.people import PeopleQuery, Person

PATH = "/admin/administrators"
SHOWN = 100

MEANINGS = {
    Role.SUPER_ADMIN: "May do everything, and alone makes administrators and API tokens.",
    Role.APP_ADMIN: "Sets up apps, assigns people and groups to them, and works on their tasks. Sees everything else.",
    Role.HELP_DESK_ADMIN: "Sets, resets and expires passwords, unlocks people and activates them anew. "
    "Sees everything else.",
    Role.READ_ONLY_ADMIN: "Sees everything and changes nothing.",
}
TABS: list[tuple[str, str, int | None]] = [("Administrators", PATH, None), ("API tokens", f"{PATH}/tokens", None)]


@dataclass(frozen=True, slots=True)
class Holding:
    """An administrator."""

    user_id: str
    name: str
    login: str
    status: str
    roles: list[Role]
    since: datetime


@dataclass(frozen=True, slots=True)
class AdministratorsView:
    people: list[Holding]
    first: str | None
    older: str | None
    here: str
    roles = tuple(Role)
    meanings = MEANINGS
    tabs = TABS


@dataclass(frozen=True, slots=True)
class GrantView:
    q: str
    people: list[Person]
    chosen: User | None = None
    held: frozenset[Role] = frozenset()
    problem: str = ""
    meanings = MEANINGS

    @property
    def name(self) -> str:
        return name_of(self.chosen) if self.chosen else ""

    @property
    def open(self) -> list[Role]:
        return [role for role in Role if role not in self.held]


@dataclass(frozen=True, slots=True)
class RevokeView:
    person: User
    role: Role
    lost: list[str]

    @property
    def name(self) -> str:
        return name_of(self.person)


async def show(visit: Visit) -> Response:
    after = visit.query("after").replace("\x00", "")
    found = await list_admins(visit.database, visit.actor, after=after, limit=SHOWN + 1)
    people = [
        Holding(
            each.user_id,
            f"{each.profile.get('firstName', '')} {each.profile.get('lastName', '')}".strip(),
            each.profile["login"],
            each.status,
            [Role(role) for role in each.roles],
            each.since,
        )
        for each in found[:SHOWN]
    ]
    older = f"{PATH}?after={people[-1].user_id}" if len(found) > SHOWN else None
    here = f"{PATH}?after={after}" if after else PATH
    view = AdministratorsView(people, PATH if after else None, older, here)
    return visit.render("pages/administrators/administrators.html", view)


async def ask_grant(visit: Visit, problem: str = "", key: str = "") -> Response:
    """Whom; then which role."""
    if key := key or visit.query("person"):
        person = await get_user(visit.database, visit.actor, key)
        held = frozenset(Role(each.role) for each in await list_roles(visit.database, visit.actor, person.id))
        view = GrantView("", [], person, held, problem)
        return visit.render("pages/administrators/grant.html", view, status=422 if problem else 200)
    q = visit.query("q")[:LONGEST_SEARCH].replace("\x00", "")
    people, _ = await find_people(visit.database, visit.actor, PeopleQuery(q), SUGGESTED)
    return visit.render("pages/administrators/grant.html", GrantView(q, people))


async def grant(visit: Visit) -> Response:
    """Make a person an administrator."""
    key, wanted = visit.form.text("person"), visit.form.text("role")
    if wanted not in set(Role):
        return await ask_grant(visit, "Choose a role.", key)
    role = Role(wanted)
    try:
        assignment = await grant_role(visit.database, visit.actor, key, role)
    except (AlreadyGranted, Forbidden) as problem:
        return await ask_grant(visit, str(problem), key)
    person = await get_user(visit.database, visit.actor, assignment.user_id)
    return visit.go(PATH, f"{name_of(person)} is {role.title.lower()} now.")


async def ask_revoke(visit: Visit) -> Response:
    """What is lost with a role."""
    person, role = await held(visit)
    roles = [Role(each.role) for each in await list_roles(visit.database, visit.actor, person.id)]
    kept = frozenset(permission for each in roles if each is not role for permission in each.permissions)
    lost = [permission.covers for permission in Permission if permission in role.permissions - kept]
    return visit.render("pages/administrators/revoke.html", RevokeView(person, role, lost))


async def revoke(visit: Visit) -> Response:
    """Take a role back; the last super administrator keeps it."""
    person, role = await held(visit)
    await revoke_role(visit.database, visit.actor, person.id, role)
    said = f"{name_of(person)} is not {role.title.lower()} any more."
    return visit.go("/" if person.id == visit.actor.user_id else PATH, said)


async def held(visit: Visit) -> tuple[User, Role]:
    """The person and the role of the address; raises `NotFound` for a role that they do not hold."""
    name = visit.params["role"]
    if name not in set(Role):
        raise NotFound("role", name)
    person = await get_user(visit.database, visit.actor, visit.params["user"])
    await get_role(visit.database, visit.actor, person.id, Role(name))
    return person, Role(name)


MANAGE = Permission.MANAGE_ADMINS
routes = (
    get(PATH, show),
    get(f"{PATH}/grant", ask_grant, MANAGE),
    post(f"{PATH}/grant", grant, MANAGE),
    get(f"{PATH}/{{user}}/revoke/{{role}}", ask_revoke, MANAGE),
    post(f"{PATH}/{{user}}/revoke/{{role}}", revoke, MANAGE),
)
