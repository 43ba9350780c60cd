"""One group: members, the apps it brings, its name, and its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from starlette.responses import Response

from provisor.console.keys import parse_key, render_key
from provisor.console.pages.groups.groups import PATH, problems_of
from provisor.console.pages.people.attributes import ProfileForm, form_of_groups
from provisor.console.pages.people.lifecycle import Outcomes
from provisor.console.pages.people.person import name_of
from provisor.console.routing import get, post
from provisor.console.visit import Visit
from provisor.directory.group import Group, GroupType
from provisor.directory.user import User
from provisor.services.actor import Permission
from provisor.services.app_summaries import Count
from provisor.services.errors import ChangedMeanwhile, Invalid
from provisor.services.foreseeing import foresee
from provisor.services.group_listing import Loss, apps_of_group, count_of_group, foresee_deleting
from provisor.services.groups import (
    DuplicateGroup,
    add_member,
    delete_group,
    get_group,
    remove_member,
    replace_group,
)
from provisor.services.people import LONGEST_SEARCH, SUGGESTED, find_people
from provisor.services.plans import WhatIf
from provisor.services.users import get_user
from provisor.store.group_listing import GroupApp
from provisor.store.people import PeopleQuery, Person

SHOWN = 50


@dataclass(frozen=True, slots=True)
class GroupView:
    group: Group
    members: Count
    apps: list[GroupApp]
    q: str
    people: list[Person]
    facts: list[tuple[str, str]]
    """What is filled in of attributes that were added."""
    first: str | None
    older: str | None
    here: str

    @property
    def own(self) -> bool:
        """Whether it is changed here."""
        return self.group.type is GroupType.OKTA_GROUP


@dataclass(frozen=True, slots=True)
class EditView:
    group: Group
    form: ProfileForm
    values: Mapping[str, str]
    was: Mapping[str, str]
    problems: Mapping[str, str] = field(default_factory=dict)
    changed: ChangedMeanwhile | None = None


@dataclass(frozen=True, slots=True)
class DeleteView:
    group: Group
    losses: list[Loss]
    members: Count


@dataclass(frozen=True, slots=True)
class MemberView:
    group: Group
    q: str
    people: list[Person]
    chosen: User | None = None
    outcomes: Outcomes | None = None

    @property
    def name(self) -> str:
        return name_of(self.chosen) if self.chosen else ""


async def group_of(visit: Visit) -> Group:
    return await get_group(visit.database, visit.actor, visit.params["id"])


def words(visit: Visit) -> str:
    return visit.query("q")[:LONGEST_SEARCH].replace("\x00", "")


async def show(visit: Visit) -> Response:
    group, q = await group_of(visit), words(visit)
    after = parse_key(visit.query("after"), 2)
    query = PeopleQuery(q, group_id=group.id)
    people, last = await find_people(visit.database, visit.actor, query, SHOWN, (after[0], after[1]) if after else None)
    view = GroupView(
        group,
        await count_of_group(visit.database, visit.actor, group.id),
        await apps_of_group(visit.database, visit.actor, group.id),
        q,
        people,
        await facts_of(visit, group),
        first=address(group, q) if after else None,
        older=address(group, q, render_key(last)) if last else None,
        here=address(group, q, visit.query("after")),
    )
    return visit.render("pages/groups/group.html", view)


async def facts_of(visit: Visit, group: Group) -> list[tuple[str, str]]:
    form = await form_of_groups(visit)
    found = form.shown(group.profile)
    return [(each.attribute.title, found[each.name]) for each in form.added if found[each.name]]


def address(group: Group, q: str, after: str = "") -> str:
    given = {name: value for name, value in (("q", q), ("after", after)) if value}
    return f"{PATH}/{group.id}" + (f"?{urlencode(given)}" if given else "")


async def edit(visit: Visit) -> Response:
    group, form = await group_of(visit), await form_of_groups(visit)
    now = form.texts(group.profile)
    return visit.render("pages/groups/edit.html", EditView(group, form, now, now))


async def save(visit: Visit) -> Response:
    """Change what a group is; the second of two savers is told what the first one changed."""
    group, form = await group_of(visit), await form_of_groups(visit)
    typed, seen = form.typed(visit.form), form.seen(visit.form)
    kept = {name: value for name, value in group.profile.items() if name in form.attributes}
    values = {**form.texts(group.profile), **{name: visit.form.text(name) for name in typed}}
    try:
        await replace_group(visit.database, visit.actor, group.id, {**kept, **typed}, seen=seen)
    except (Invalid, DuplicateGroup) as problem:
        view = EditView(group, form, values, {**form.texts(group.profile), **seen}, problems_of(problem))
        return visit.render("pages/groups/edit.html", view, status=422)
    except ChangedMeanwhile as changed:
        group = await group_of(visit)
        view = EditView(group, form, values, form.texts(group.profile), changed=changed)
        return visit.render("pages/groups/edit.html", view, status=409)
    return visit.go(f"{PATH}/{group.id}", f"The group {values['name']} was saved.")


async def ask_delete(visit: Visit) -> Response:
    group = await group_of(visit)
    losses = await foresee_deleting(visit.database, visit.actor, group.id)
    members = await count_of_group(visit.database, visit.actor, group.id)
    return visit.render("pages/groups/delete.html", DeleteView(group, losses, members))


async def delete(visit: Visit) -> Response:
    """Delete a group; who was in an app only by it leaves the app."""
    group = await group_of(visit)
    await delete_group(visit.database, visit.actor, group.id)
    return visit.go(PATH, f"The group {group.name} was deleted.")


async def ask_add(visit: Visit) -> Response:
    """Whom; then what joining does."""
    group, q = await group_of(visit), words(visit)
    if key := visit.query("person"):
        person = await get_user(visit.database, visit.actor, key)
        found = await foresee(visit.database, visit.actor, person.id, WhatIf({}, join=[group.id]))
        return visit.render("pages/groups/add.html", MemberView(group, q, [], person, Outcomes.of(found)))
    query = PeopleQuery(q, outside=group.id)
    people, _ = await find_people(visit.database, visit.actor, query, SUGGESTED)
    return visit.render("pages/groups/add.html", MemberView(group, q, people))


async def add(visit: Visit) -> Response:
    """Put a person into the group."""
    group = await group_of(visit)
    person = await get_user(visit.database, visit.actor, visit.form.text("person"))
    await add_member(visit.database, visit.actor, group.id, person.id)
    return visit.go(f"{PATH}/{group.id}", f"{name_of(person)} is in {group.name} now.")


async def ask_remove(visit: Visit) -> Response:
    group = await group_of(visit)
    person = await get_user(visit.database, visit.actor, visit.params["user"])
    found = await foresee(visit.database, visit.actor, person.id, WhatIf({}, leave=[group.id]))
    return visit.render("pages/groups/remove.html", MemberView(group, "", [], person, Outcomes.of(found)))


async def remove(visit: Visit) -> Response:
    """Take a person out of the group."""
    group = await group_of(visit)
    person = await get_user(visit.database, visit.actor, visit.params["user"])
    await remove_member(visit.database, visit.actor, group.id, person.id)
    return visit.go(f"{PATH}/{group.id}", f"{name_of(person)} is no longer in {group.name}.")


ONE = f"{PATH}/{{id}}"
MANAGE = Permission.MANAGE_GROUPS
routes = (
    get(ONE, show),
    get(f"{ONE}/edit", edit, MANAGE),
    post(f"{ONE}/edit", save, MANAGE),
    get(f"{ONE}/delete", ask_delete, MANAGE),
    post(f"{ONE}/delete", delete, MANAGE),
    get(f"{ONE}/add", ask_add, MANAGE),
    post(f"{ONE}/add", add, MANAGE),
    get(f"{ONE}/remove/{{user}}", ask_remove, MANAGE),
    post(f"{ONE}/remove/{{user}}", remove, MANAGE),
)
