"""A person's apps: why they have each, where the account stands, assigning, unassigning, trying again."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from provisor.console.pages.people.person import Head, head_of
from provisor.console.routing import get, post
from provisor.console.visit import Visit
from provisor.services import app_users
from provisor.services.actor import Permission
from provisor.services.app_people import Farewell, Parting, foresee_unassigning
from provisor.services.errors import NotFound
from provisor.services.people import PersonApp, apps_of_person, apps_to_assign
from provisor.services.tasks import get_task, retry_task
from provisor.store.person_apps import AssignableApp

PARTINGS = {
    Parting.STAYS_BY_GROUP: "They keep the app and the account, because groups assign it too.",
    Parting.DEACTIVATED: "Their account there is deactivated.",
    Parting.KEPT_BY_SETTING: "Their account there stays active, because Deactivate Users is off for this app. "
    "End it there by hand.",
    Parting.LATER: "Provisioning is off for this app: their account is deactivated when it is on again.",
    Parting.NO_ACCOUNT: "No account was made there, so nothing is sent.",
    Parting.NOT_OURS: "Nothing is sent: the assignment was made while provisioning was off.",
}


@dataclass(frozen=True, slots=True)
class ApplicationsView:
    head: Head
    apps: list[PersonApp]


@dataclass(frozen=True, slots=True)
class AssignView:
    head: Head
    apps: list[tuple[AssignableApp, str]]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class UnassignView:
    head: Head
    app_id: str
    label: str
    farewell: Farewell
    sentence: str


async def show(visit: Visit) -> Response:
    head = await head_of(visit)
    apps = await apps_of_person(visit.database, visit.actor, head.user.id)
    return visit.render("pages/people/applications.html", ApplicationsView(head, apps))


async def ask_assign(visit: Visit, problem: str = "") -> Response:
    """Which app, and what happens there."""
    head = await head_of(visit)
    apps = await apps_to_assign(visit.database, visit.actor, head.user.id)
    shown = [(each, expectation(each)) for each in apps]
    return visit.render("pages/people/assign.html", AssignView(head, shown, problem), status=422 if problem else 200)


def expectation(app: AssignableApp) -> str:
    """What assigning does there, in a few words."""
    if app.grouped:
        return "has it by a group; stays if the group goes"
    if not app.enabled:
        return "provisioning is off: a tile, no account"
    return "an account is made" if app.creates else "accounts are not made by Provisor: a tile"


async def assign(visit: Visit) -> Response:
    """Assign an app to a person by themselves."""
    head = await head_of(visit)
    wanted = visit.form.text("app")
    apps = {each.id: each for each in await apps_to_assign(visit.database, visit.actor, head.user.id)}
    if wanted not in apps:
        return await ask_assign(visit, "Choose one of these apps.")
    await app_users.assign(visit.database, visit.actor, wanted, head.user.id, username=None, given={})
    return visit.go(f"{head.path}/applications", f"{head.name} was assigned to {apps[wanted].label}.")


async def ask_unassign(visit: Visit) -> Response:
    """What taking the assignment back does."""
    head = await head_of(visit)
    app_id = visit.params["app"]
    farewell = await foresee_unassigning(visit.database, visit.actor, app_id, head.user.id)
    label = await label_of(visit, head, app_id)
    view = UnassignView(head, app_id, label, farewell, PARTINGS[farewell.parting])
    return visit.render("pages/people/unassign.html", view)


async def unassign(visit: Visit) -> Response:
    """Take a person's own assignment back."""
    head = await head_of(visit)
    label = await label_of(visit, head, visit.params["app"])
    await app_users.unassign(visit.database, visit.actor, visit.params["app"], head.user.id)
    return visit.go(f"{head.path}/applications", f"{head.name} is no longer assigned to {label} by themselves.")


async def label_of(visit: Visit, head: Head, app_id: str) -> str:
    for each in await apps_of_person(visit.database, visit.actor, head.user.id):
        if each.app.app_id == app_id:
            return each.app.label
    raise NotFound("AppUser", app_id)


async def retry(visit: Visit) -> Response:
    """Try again what a task of this person is about."""
    head = await head_of(visit)
    task = await get_task(visit.database, visit.actor, visit.form.text("task"))
    if task.user_id != head.user.id:
        raise NotFound("Task", task.id)
    await retry_task(visit.database, visit.actor, task.id)
    return visit.go(f"{head.path}/applications", "It is tried again now.")


async def provision(visit: Visit) -> Response:
    """Provision User: take in who was assigned while provisioning was off."""
    head = await head_of(visit)
    label = await label_of(visit, head, visit.params["app"])
    await app_users.provision(visit.database, visit.actor, visit.params["app"], head.user.id)
    return visit.go(f"{head.path}/applications", f"{head.name} is provisioned to {label} now.")


PATH = "/admin/people/{id}"
routes = (
    get(f"{PATH}/applications", show),
    get(f"{PATH}/assign", ask_assign, Permission.MANAGE_APPS),
    post(f"{PATH}/assign", assign, Permission.MANAGE_APPS),
    get(f"{PATH}/unassign/{{app}}", ask_unassign, Permission.MANAGE_APPS),
    post(f"{PATH}/unassign/{{app}}", unassign, Permission.MANAGE_APPS),
    post(f"{PATH}/provision/{{app}}", provision, Permission.MANAGE_APPS),
    post(f"{PATH}/retry", retry, Permission.MANAGE_APPS),
)
