"""Acts on an app's groups: the values that a group sets for its members, and its place in the order of priority."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from provisor.console.forms import in_words, problems_by_field
from provisor.console.pages.apps.attribute_fields import Field, shown_text, typed_value
from provisor.console.pages.apps.head import Head, load_head
from provisor.console.routing import get, post
from provisor.console.visit import Visit
from provisor.directory.attributes import Attribute
from provisor.services import app_groups
from provisor.services.actor import Permission
from provisor.services.app_groups import GroupValuesForm
from provisor.services.assignments import value_text
from provisor.services.errors import ChangedMeanwhile, Invalid

PREFIX = "v-"
"""Before an attribute's name, so that none can be another field of the form."""
PRIORITY = "priority"


@dataclass(frozen=True, slots=True)
class GroupValuesView:
    head: Head
    form: GroupValuesForm
    priority: str
    entries: list[Field]
    was: Mapping[str, str]
    problems: Mapping[str, str] = field(default_factory=dict)
    changed: ChangedMeanwhile | None = None

    @property
    def path(self) -> str:
        return f"{self.head.tab}/groups/{self.form.row.group_id}/values"

    @property
    def names(self) -> list[str]:
        """The form's fields."""
        return [PRIORITY, *(PREFIX + each.name for each in self.entries)]


async def ask(visit: Visit) -> Response:
    """What the group sets, and whom it concerns."""
    return await page(visit)


async def save(visit: Visit) -> Response:
    """Set values and priority; what is left empty the group does not set."""
    app_id, group_id = visit.params["id"], visit.params["group"]
    form = await app_groups.get_values(visit.database, visit.actor, app_id, group_id)
    typed = visit.form.text(PRIORITY)
    if not (typed.isascii() and typed.isdigit() and len(typed) < 10):
        return await page(visit, {PRIORITY: "It must be a whole number, 0 or more."})
    shown = {each.name for each in form.attributes}
    # Values of attributes that have gone are in no field; they stay as they are.
    values: dict[str, Any] = {name: value for name, value in form.row.profile.items() if name not in shown}
    for attribute in form.attributes:
        sent = PREFIX + attribute.name
        kept = attribute.sensitive and not visit.form.raw(sent)
        value = form.row.profile.get(attribute.name) if kept else typed_value(attribute, visit.form.raw(sent))
        if value is not None:
            values[attribute.name] = value
    seen = {name.removeprefix(PREFIX): text for name, text in visit.form.seen().items()}
    try:
        await app_groups.put_group(
            visit.database, visit.actor, app_id, group_id, priority=int(typed), profile=values, seen=seen
        )
    except Invalid as refusal:
        found = problems_by_field(refusal)
        return await page(visit, {name if name == PRIORITY else PREFIX + name: text for name, text in found.items()})
    except ChangedMeanwhile as changed:
        labels = {each.name: each.title for each in form.attributes} | {PRIORITY: "Priority"}
        return await page(visit, changed=in_words(changed, "The group's assignment", labels))
    return visit.go(f"/admin/apps/{app_id}/assignments/groups", f"What {form.row.name} sets was saved.")


async def page(
    visit: Visit, problems: Mapping[str, str] | None = None, changed: ChangedMeanwhile | None = None
) -> Response:
    head = await load_head(visit, "assignments")
    form = await app_groups.get_values(visit.database, visit.actor, head.id, visit.params["group"])
    profile = form.row.profile
    entries = [
        Field(each, visit.form.raw(PREFIX + each.name) if PREFIX + each.name in visit.form else shown_of(each, profile))
        for each in form.attributes
    ]
    now = {each.name: value_text(profile.get(each.name)) for each in form.attributes if not each.sensitive}
    was = {**now, PRIORITY: str(form.row.priority)}
    if not changed:
        was |= {name.removeprefix(PREFIX): text for name, text in visit.form.seen().items()}
    priority = visit.form.text(PRIORITY) or str(form.row.priority)
    view = GroupValuesView(head, form, priority, entries, was, problems or {}, changed)
    return visit.render("pages/apps/group_values.html", view, status=409 if changed else 422 if problems else 200)


def shown_of(attribute: Attribute, profile: Mapping[str, Any]) -> str:
    return "" if attribute.sensitive else shown_text(profile.get(attribute.name))


async def move(visit: Visit) -> Response:
    """One place up or down."""
    app_id, up = visit.params["id"], visit.form.text("to") == "up"
    await app_groups.move_group(visit.database, visit.actor, app_id, visit.params["group"], up=up)
    said = f"Moved {'up' if up else 'down'}. Where groups set the same attribute, the upper one wins."
    return visit.go(f"/admin/apps/{app_id}/assignments/groups", said)


PATH = "/admin/apps/{id}/assignments/groups/{group}"
routes = (
    get(f"{PATH}/values", ask, Permission.MANAGE_APPS),
    post(f"{PATH}/values", save, Permission.MANAGE_APPS),
    post(f"{PATH}/move", move, Permission.MANAGE_APPS),
)
