"""A person's groups and why they are in them; joining one and leaving it."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from provisor.console.keys import parse_key, render_key
from provisor.console.pages.people.lifecycle import Outcomes
from provisor.console.pages.people.person import Head, head_of
from provisor.console.routing import get, post
from provisor.console.visit import Visit
from provisor.directory.group import Group, GroupType
from provisor.services.actor import Permission
from provisor.services.foreseeing import foresee
from provisor.services.group_listing import find_groups
from provisor.services.groups import add_member, get_group, remove_member
from provisor.services.people import groups_of_person
from provisor.services.plans import WhatIf
from provisor.store.group_listing import GroupRow
from provisor.store.person_apps import PersonGroup

SHOWN = 50
OFFERED = 12


@dataclass(frozen=True, slots=True)
class GroupsView:
    head: Head
    groups: list[PersonGroup]
    first: str | None
    older: str | None


@dataclass(frozen=True, slots=True)
class JoinView:
    head: Head
    q: str
    groups: list[GroupRow]
    chosen: Group | None = None
    outcomes: Outcomes | None = None


@dataclass(frozen=True, slots=True)
class LeaveView:
    head: Head
    group: Group
    outcomes: Outcomes


async def show(visit: Visit) -> Response:
    head = await head_of(visit)
    path = f"{head.path}/groups"
    after = parse_key(visit.query("after"), 2)
    key = (after[0], after[1]) if after else None
    groups, last = await groups_of_person(visit.database, visit.actor, head.user.id, SHOWN, key)
    view = GroupsView(head, groups, path if after else None, f"{path}?after={render_key(last)}" if last else None)
    return visit.render("pages/people/groups.html", view)


async def ask_join(visit: Visit) -> Response:
    """Which group; then what joining it does."""
    head = await head_of(visit)
    if group_id := visit.query("group"):
        group = await get_group(visit.database, visit.actor, group_id)
        found = await foresee(visit.database, visit.actor, head.user.id, WhatIf({}, join=[group.id]))
        return visit.render("pages/people/join.html", JoinView(head, "", [], group, Outcomes.of(found)))
    q = visit.query("q")[:100].replace("\x00", "")
    offered, _ = await find_groups(visit.database, visit.actor, q, OFFERED, kind=GroupType.OKTA_GROUP)
    return visit.render("pages/people/join.html", JoinView(head, q, [row for row, _ in offered]))


async def join(visit: Visit) -> Response:
    """Put the person into a group."""
    head = await head_of(visit)
    group = await get_group(visit.database, visit.actor, visit.form.text("group"))
    await add_member(visit.database, visit.actor, group.id, head.user.id)
    return visit.go(f"{head.path}/groups", f"{head.name} is in {group.name} now.")


async def ask_leave(visit: Visit) -> Response:
    """What leaving a group does."""
    head = await head_of(visit)
    group = await get_group(visit.database, visit.actor, visit.params["group"])
    found = await foresee(visit.database, visit.actor, head.user.id, WhatIf({}, leave=[group.id]))
    return visit.render("pages/people/leave.html", LeaveView(head, group, Outcomes.of(found)))


async def leave(visit: Visit) -> Response:
    """Take the person out of a group."""
    head = await head_of(visit)
    group = await get_group(visit.database, visit.actor, visit.params["group"])
    await remove_member(visit.database, visit.actor, group.id, head.user.id)
    return visit.go(f"{head.path}/groups", f"{head.name} is no longer in {group.name}.")


PATH = "/admin/people/{id}"
routes = (
    get(f"{PATH}/groups", show),
    get(f"{PATH}/join", ask_join, Permission.MANAGE_GROUPS),
    post(f"{PATH}/join", join, Permission.MANAGE_GROUPS),
    get(f"{PATH}/leave/{{group}}", ask_leave, Permission.MANAGE_GROUPS),
    post(f"{PATH}/leave/{{group}}", leave, Permission.MANAGE_GROUPS),
)
