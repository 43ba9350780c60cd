"""Directory > Groups: the list, and making a group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from starlette.responses import Response

from provisor.console.keys import parse_key, render_key
from provisor.console.pages.people.attributes import ProfileForm, form_of_groups
from provisor.console.routing import get, post
from provisor.console.visit import Visit
from provisor.services.actor import Permission
from provisor.services.app_summaries import Count
from provisor.services.errors import Invalid
from provisor.services.group_listing import LONGEST_SEARCH, find_groups
from provisor.services.groups import DuplicateGroup, create_group
from provisor.store.group_listing import GroupRow

PATH = "/admin/groups"
SHOWN = 50
NAME_TAKEN = "Another group has this name."


@dataclass(frozen=True, slots=True)
class GroupsView:
    q: str
    groups: list[tuple[GroupRow, Count]]
    first: str | None
    older: str | None
    here: str


@dataclass(frozen=True, slots=True)
class NewView:
    form: ProfileForm
    values: Mapping[str, str]
    problems: Mapping[str, str] = field(default_factory=dict)


async def show(visit: Visit) -> Response:
    q = visit.query("q")[:LONGEST_SEARCH].replace("\x00", "")
    after = parse_key(visit.query("after"), 2)
    groups, last = await find_groups(visit.database, visit.actor, q, SHOWN, (after[0], after[1]) if after else None)
    view = GroupsView(
        q,
        groups,
        first=address(q) if after else None,
        older=address(q, render_key(last)) if last else None,
        here=address(q, visit.query("after")),
    )
    return visit.render("pages/groups/groups.html", view)


def address(q: str, after: str = "") -> str:
    given = {name: value for name, value in (("q", q), ("after", after)) if value}
    return PATH + (f"?{urlencode(given)}" if given else "")


async def ask(visit: Visit) -> Response:
    form = await form_of_groups(visit)
    return visit.render("pages/groups/new.html", NewView(form, dict.fromkeys(form.attributes, "")))


async def make(visit: Visit) -> Response:
    """Make a group."""
    form = await form_of_groups(visit)
    given = {name: value for name, value in form.typed(visit.form).items() if value is not None}
    try:
        group = await create_group(visit.database, visit.actor, given)
    except (Invalid, DuplicateGroup) as problem:
        values = {name: visit.form.text(name) for name in form.attributes}
        return visit.render("pages/groups/new.html", NewView(form, values, problems_of(problem)), status=422)
    return visit.go(f"{PATH}/{group.id}", f"The group {group.name} was made. Add people, or assign it to apps.")


def problems_of(problem: Invalid | DuplicateGroup) -> dict[str, str]:
    if isinstance(problem, DuplicateGroup):
        return {"name": NAME_TAKEN}
    return {each.path: f"It {each.message}." if each.message.startswith(("has", "must")) else f"{each.message}."
            for each in problem.diagnostics}  # fmt: skip


routes = (
    get(PATH, show),
    get(f"{PATH}/new", ask, Permission.MANAGE_GROUPS),
    post(f"{PATH}/new", make, Permission.MANAGE_GROUPS),
)
