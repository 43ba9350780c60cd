"""Profile Editor: adding an attribute, and changing one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from starlette.responses import Response

from provisor.console.pages.profiles.definition import (
    ACCESS,
    FIELDS,
    TYPES,
    as_form,
    field_of,
    problems_of,
    read_definition,
    typed,
)
from provisor.console.pages.profiles.owners import Kind, Owner, change_attributes, for_each_kind, load_owner
from provisor.console.visit import Visit
from provisor.directory.attributes import Attribute
from provisor.directory.schemas import Unreadable
from provisor.scim.template import CORE
from provisor.services.errors import ChangedMeanwhile, Invalid, NotFound

FORM = "pages/profiles/attribute.html"
NAME_TAKEN = "There is an attribute of this name already."


@dataclass(frozen=True, slots=True)
class AttributeView:
    owner: Owner
    values: Mapping[str, str]
    before: Attribute | None = None
    """None while one is being added."""
    problems: Mapping[str, str] = field(default_factory=dict)
    changed: ChangedMeanwhile | None = None
    types = TYPES
    access = ACCESS
    names = FIELDS

    @property
    def action(self) -> str:
        below = "new" if self.before is None else f"attributes/{quote(self.before.name)}"
        return f"{self.owner.path}/{below}"

    @property
    def fixed(self) -> bool:
        return self.before is not None and self.owner.is_fixed(self.before)


async def offer(visit: Visit) -> Response:
    owner = await load_owner(visit)
    values = dict.fromkeys(FIELDS, "") | {"type": "string", "access": "READ_ONLY"}
    if owner.kind is Kind.APP:
        values["externalNamespace"] = CORE
    return visit.render(FORM, AttributeView(owner, values))


async def add(visit: Visit) -> Response:
    """Add an attribute."""
    owner, values = await load_owner(visit), typed(visit.form)
    if owner.kind is Kind.APP and not values["externalName"]:
        values["externalName"] = values["name"]
    if owner.schema.find(values["name"]) is not None:
        return visit.render(FORM, AttributeView(owner, values, problems={"name": NAME_TAKEN}), status=422)
    said = f"The attribute {values['title']} was added."
    if owner.kind is Kind.APP:
        said += " Map it, so that it gets values."
    return await save(visit, AttributeView(owner, values), said)


async def edit(visit: Visit) -> Response:
    owner = await load_owner(visit)
    before = named(owner, visit.params["attribute"])
    return visit.render(FORM, AttributeView(owner, as_form(before), before))


async def change(visit: Visit) -> Response:
    """Change an attribute; its name and its type stay."""
    owner = await load_owner(visit)
    before = named(owner, visit.params["attribute"])
    values = {**typed(visit.form), "name": before.name, "type": as_form(before)["type"]}
    if owner.is_fixed(before):
        # The form of a base attribute has few fields; the others stay as they are.
        kept = {
            name: value for name, value in as_form(before).items() if name not in ("access", "required", "sensitive")
        }
        values |= kept if before.name != "login" else {**kept, "pattern": values["pattern"]}
    return await save(visit, AttributeView(owner, values, before), f"The attribute {values['title']} was saved.")


async def save(visit: Visit, view: AttributeView, said: str) -> Response:
    seen = visit.form.seen().get("version", "")
    try:
        attribute = read_definition(view.values, view.before)
        await change_attributes(visit, view.owner, {attribute.name: attribute}, int(seen) if seen.isdigit() else None)
    except Unreadable as refusal:
        view = AttributeView(view.owner, view.values, view.before, problems_of(refusal))
    except Invalid as refusal:
        problems = {field_of(each.path): f"It {each.message}." for each in refusal.diagnostics}
        view = AttributeView(view.owner, view.values, view.before, problems)
    except ChangedMeanwhile as changed:
        view = AttributeView(await load_owner(visit), view.values, view.before, changed=changed)
    else:
        return visit.go(f"{view.owner.path}#a-{quote(attribute.name)}", said)
    return visit.render(FORM, view, status=422)


def named(owner: Owner, name: str) -> Attribute:
    """The attribute; raises `NotFound`."""
    found = owner.schema.find(name)
    if found is None:
        raise NotFound("attribute", name)
    return found


routes = (
    *for_each_kind("/new", offer, change=True, method="GET"),
    *for_each_kind("/new", add, change=True, method="POST"),
    *for_each_kind("/attributes/{attribute}", edit, change=True, method="GET"),
    *for_each_kind("/attributes/{attribute}", change, change=True, method="POST"),
)
