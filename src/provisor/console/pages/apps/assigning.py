"""Acts of the Assignments tab: assign people and groups, take assignments back, provision who was left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from provisor.console.forms import Form
from provisor.console.pages.apps.head import Head, load_head
from provisor.console.routing import get, post
from provisor.console.visit import Visit
from provisor.services import app_groups, app_people, app_users
from provisor.services.actor import Permission
from provisor.services.app_people import Farewell, GroupFarewell
from provisor.services.app_summaries import Count
from provisor.store.app_people import Candidate


@dataclass(frozen=True, slots=True)
class CandidatesView:
    head: Head
    words: str
    candidates: Sequence[tuple[Candidate, Count | None]]
    """With the number of members, for groups."""

    @property
    def pushes(self) -> bool:
        """Who is assigned now gets an account."""
        summary = self.head.summary
        return summary.enabled and self.head.active and summary.app.features.create


@dataclass(frozen=True, slots=True)
class FarewellView:
    head: Head
    farewell: Farewell


@dataclass(frozen=True, slots=True)
class GroupFarewellView:
    head: Head
    farewell: GroupFarewell


@dataclass(frozen=True, slots=True)
class ProvisionView:
    head: Head


async def offer_people(visit: Visit) -> Response:
    """People to assign, found by name."""
    head, words = await load_head(visit, "assignments"), visit.query("q")
    found = await app_people.people_to_assign(visit.database, visit.actor, head.id, words)
    return visit.render("pages/apps/assign_people.html", CandidatesView(head, words, [(each, None) for each in found]))


async def assign_person(visit: Visit) -> Response:
    """Assign one person, and offer the same people again."""
    app_id, user_id = visit.params["id"], visit.form.text("user")
    await app_users.assign(visit.database, visit.actor, app_id, user_id, username=None, given={})
    return visit.go(again(app_id, "people", words_of(visit.form)), "Assigned.")


async def offer_groups(visit: Visit) -> Response:
    """Groups to assign, found by name."""
    head, words = await load_head(visit, "assignments"), visit.query("q")
    found = await app_people.groups_to_assign(visit.database, visit.actor, head.id, words)
    return visit.render("pages/apps/assign_groups.html", CandidatesView(head, words, found))


async def assign_group(visit: Visit) -> Response:
    """Assign one group, and offer the same groups again."""
    app_id, group_id = visit.params["id"], visit.form.text("group")
    await app_groups.put_group(visit.database, visit.actor, app_id, group_id, priority=None, profile={})
    return visit.go(again(app_id, "add-groups", words_of(visit.form)), "Assigned.")


async def ask_to_unassign(visit: Visit) -> Response:
    """Say what unassigning does to the account."""
    head = await load_head(visit, "assignments")
    farewell = await app_people.foresee_unassigning(visit.database, visit.actor, head.id, visit.params["user"])
    return visit.render("pages/apps/unassign.html", FarewellView(head, farewell))


async def unassign(visit: Visit) -> Response:
    """Take a person's own assignment back."""
    app_id = visit.params["id"]
    await app_users.unassign(visit.database, visit.actor, app_id, visit.params["user"])
    return visit.go(f"/admin/apps/{app_id}/assignments", "Unassigned.")


async def ask_to_unassign_group(visit: Visit) -> Response:
    """Say how many people leave the app with the group."""
    head = await load_head(visit, "assignments")
    group_id = visit.params["group"]
    farewell = await app_people.foresee_unassigning_group(visit.database, visit.actor, head.id, group_id)
    return visit.render("pages/apps/unassign_group.html", GroupFarewellView(head, farewell))


async def unassign_group(visit: Visit) -> Response:
    """Take a group's assignment back."""
    app_id = visit.params["id"]
    await app_groups.unassign_group(visit.database, visit.actor, app_id, visit.params["group"])
    return visit.go(f"/admin/apps/{app_id}/assignments/groups", "The group was unassigned.")


async def provision(visit: Visit) -> Response:
    """Provision one person who was assigned while provisioning was off."""
    app_id = visit.params["id"]
    await app_users.provision(visit.database, visit.actor, app_id, visit.params["user"])
    return visit.go(f"/admin/apps/{app_id}/assignments", "The person is sent to the app.")


async def ask_to_provision(visit: Visit) -> Response:
    """Say what provisioning everybody does."""
    return visit.render("pages/apps/provision.html", ProvisionView(await load_head(visit, "assignments")))


async def provision_everybody(visit: Visit) -> Response:
    """Provision all who were assigned while provisioning was off."""
    app_id = visit.params["id"]
    await app_users.provision_everybody(visit.database, visit.actor, app_id)
    return visit.go(f"/admin/apps/{app_id}/assignments", "Everybody who was left out is sent to the app.")


def words_of(form: Form) -> str:
    """What is in the search field now; without script, what the list was found with."""
    return form.text("q") if "q" in form else form.text("found")


def again(app_id: str, page: str, words: str) -> str:
    return f"/admin/apps/{app_id}/assignments/{page}" + (f"?{urlencode({'q': words[:200]})}" if words else "")


PATH = "/admin/apps/{id}/assignments"
routes = (
    get(f"{PATH}/people", offer_people, Permission.MANAGE_APPS),
    post(f"{PATH}/people", assign_person, Permission.MANAGE_APPS),
    get(f"{PATH}/add-groups", offer_groups, Permission.MANAGE_APPS),
    post(f"{PATH}/add-groups", assign_group, Permission.MANAGE_APPS),
    get(f"{PATH}/groups/{{group}}/remove", ask_to_unassign_group, Permission.MANAGE_APPS),
    post(f"{PATH}/groups/{{group}}/remove", unassign_group, Permission.MANAGE_APPS),
    get(f"{PATH}/{{user}}/remove", ask_to_unassign, Permission.MANAGE_APPS),
    post(f"{PATH}/{{user}}/remove", unassign, Permission.MANAGE_APPS),
    post(f"{PATH}/{{user}}/provision", provision, Permission.MANAGE_APPS),
    get("/admin/apps/{id}/provision", ask_to_provision, Permission.MANAGE_APPS),
    post("/admin/apps/{id}/provision", provision_everybody, Permission.MANAGE_APPS),
)
