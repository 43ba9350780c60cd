"""Attribute mappings of one app, both ways: the list below its settings, the dialog for one attribute, its preview."""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from starlette.responses import Response

from provisor.apps.mapping import USERNAME, Direction, Mapping
from provisor.console.forms import problems_by_field
from provisor.console.pages.apps.head import Head, load_head
from provisor.console.pages.apps.mapping_form import FIELDS, as_form, read_mapping, typed
from provisor.console.routing import Route, get, post
from provisor.console.visit import Visit
from provisor.directory.attributes import Attribute
from provisor.directory.schema import Schema
from provisor.directory.user import DEFAULT_TYPE
from provisor.directory.user_type import UserType
from provisor.services.actor import Permission
from provisor.services.app_schemas import get_app_schema
from provisor.services.errors import ChangedMeanwhile, Invalid, NotFound
from provisor.services.mappings import PreviewValue, ShownMapping, change_mapping, get_mapping_of, preview
from provisor.services.schemas import get_user_schema
from provisor.services.user_types import list_types

FORM = "pages/apps/mapping.html"
PLACES = {Direction.TO_APP: "provisioning", Direction.FROM_APP: "provisioning/from-app"}
"""Below an app's address."""


@dataclass(frozen=True, slots=True)
class MappedRow:
    attribute: Attribute
    mapping: Mapping | None
    fixed: bool = False
    """Not mapped here: the account's name, which has its format."""


@dataclass(frozen=True, slots=True)
class MappingsView:
    """A direction's mappings for one type of people."""

    path: str
    mapping: ShownMapping
    types: Sequence[UserType]
    rows: Sequence[MappedRow]
    hidden: int
    """Attributes that are not mapped and not shown."""
    all: bool

    @property
    def type_id(self) -> str:
        return self.mapping.type_id

    def address(self, name: str, below: str = "") -> str:
        return f"{self.path}/mappings/{self.type_id}/{quote(name)}{below}"


async def load_mappings(visit: Visit, app_id: str, direction: Direction) -> MappingsView:
    """The list; the address may ask for another type of people and for what is not mapped."""
    types = await list_types(visit.database, visit.actor)
    wanted = visit.query("type") or DEFAULT_TYPE
    type_id = wanted if any(each.id == wanted for each in types) else DEFAULT_TYPE
    shown = await get_mapping_of(visit.database, visit.actor, app_id, type_id, direction)
    targets, _ = await both_schemas(visit, app_id, type_id, direction)
    by_target = {each.target: each for each in shown.mappings}
    rows = [
        MappedRow(each, by_target.get(each.name), direction is Direction.TO_APP and each.name == USERNAME)
        for each in targets.attributes
    ]
    everything = visit.query("unmapped") == "1"
    warned = {each.path for each in shown.warnings}
    kept = [row for row in rows if everything or row.mapping is not None or row.fixed or row.attribute.name in warned]
    path = f"/admin/apps/{app_id}/{PLACES[direction]}"
    return MappingsView(path, shown, types, kept, len(rows) - len(kept), everything)


async def both_schemas(visit: Visit, app_id: str, type_id: str, direction: Direction) -> tuple[Schema, Schema]:
    """Where values go, and where they come from."""
    app = await get_app_schema(visit.database, visit.actor, app_id)
    people = await get_user_schema(visit.database, visit.actor, type_id)
    return (app, people) if direction is Direction.TO_APP else (people, app)


@dataclass(frozen=True, slots=True)
class MappingView:
    head: Head
    direction: Direction
    shown: ShownMapping
    target: Attribute
    sources: Schema
    values: Map[str, str]
    before: Mapping | None
    problems: Map[str, str] = field(default_factory=dict)
    changed: ChangedMeanwhile | None = None
    person: str = ""
    preview: PreviewValue | None = None
    names = FIELDS

    @property
    def back(self) -> str:
        return f"{self.head.path}/{PLACES[self.direction]}"

    @property
    def action(self) -> str:
        return f"{self.back}/mappings/{self.shown.type_id}/{quote(self.target.name)}"


async def load_one(visit: Visit, direction: Direction) -> MappingView:
    """The dialog's view for the attribute that the address names."""
    head = await load_head(visit, "provisioning")
    type_id, name = visit.params["type"], visit.params["attribute"]
    shown = await get_mapping_of(visit.database, visit.actor, head.id, type_id, direction)
    targets, sources = await both_schemas(visit, head.id, type_id, direction)
    target = targets.find(name)
    if target is None:
        raise NotFound("attribute", name)
    before = next((each for each in shown.mappings if each.target == name), None)
    values = as_form(before, direction, {each.name: each for each in sources.attributes})
    if before is None:
        values["how"] = "attribute"
    return MappingView(head, direction, shown, target, sources, values, before)


class Page:
    """The handlers of one direction."""

    def __init__(self, direction: Direction) -> None:
        self.direction = direction

    async def edit(self, visit: Visit) -> Response:
        """What fills the attribute."""
        return visit.render(FORM, await load_one(visit, self.direction))

    async def save(self, visit: Visit) -> Response:
        """Map the attribute, or do not map it any more."""
        view = await load_one(visit, self.direction)
        values = typed(visit.form)
        view = replace(view, values=values, person=visit.form.text("person"))
        mapping = read_mapping(values, view.target, self.direction, view.before)
        return await self.store(visit, view, mapping)

    async def store(self, visit: Visit, view: MappingView, mapping: Mapping | None) -> Response:
        seen, now = visit.form.seen().get("version", ""), visit.form.ticked("apply")
        try:
            await change_mapping(
                visit.database,
                visit.actor,
                view.shown.id,
                {view.target.name: mapping},
                seen_version=int(seen) if seen.isdigit() else None,
                apply_now=now,
            )
        except Invalid as refusal:
            return visit.render(FORM, replace(view, problems=beside_the_field(refusal, view)), status=422)
        except ChangedMeanwhile as changed:
            fresh = await load_one(visit, self.direction)
            return visit.render(FORM, replace(fresh, values=view.values, changed=changed), status=409)
        return visit.go(f"{view.back}#mappings", said(self.direction, mapping, now))

    async def ask_to_remove(self, visit: Visit) -> Response:
        return visit.render("pages/apps/mapping_remove.html", await load_one(visit, self.direction))

    async def remove(self, visit: Visit) -> Response:
        """Do not map the attribute any more."""
        return await self.store(visit, await load_one(visit, self.direction), None)

    async def try_on(self, visit: Visit) -> Response:
        """What a real person would get; nothing is saved."""
        view = await load_one(visit, self.direction)
        values, person = typed(visit.form), visit.form.text("person")
        view = replace(view, values=values, person=person)
        if not person:
            return visit.render(FORM, view)
        mapping = read_mapping(values, view.target, self.direction, view.before)
        try:
            found = await preview(visit.database, visit.actor, view.shown.id, person, {view.target.name: mapping})
        except NotFound:
            return visit.render(FORM, replace(view, problems={"person": "Nobody has this login or id."}))
        except Invalid as refusal:
            return visit.render(FORM, replace(view, problems=beside_the_field(refusal, view)))
        return visit.render(FORM, replace(view, preview=next((e for e in found if e.target == view.target.name), None)))


def beside_the_field(refusal: Invalid, view: MappingView) -> dict[str, str]:
    """What is wrong, said at the field in which the visitor is typing."""
    sentences = list(problems_by_field(refusal).values())
    place = {"attribute": "attribute", "constant": "constant"}.get(view.values["how"], "expression")
    return {place: " ".join(sentences)}


def said(direction: Direction, mapping: Mapping | None, now: bool) -> str:
    saved = "The mapping was removed." if mapping is None else "The mapping was saved."
    if direction is Direction.FROM_APP:
        return f"{saved} It is used when people are imported from the app."
    return saved + (
        " Everybody in the app is looked at; only whose value differs is sent."
        if now
        else " It is used the next time something of a person changes, and by Force Sync."
    )


def routes_of(direction: Direction) -> list[Route]:
    page, below = Page(direction), "/admin/apps/{id}/" + PLACES[direction] + "/mappings/{type}/{attribute}"
    return [
        get(below, page.edit, Permission.MANAGE_APPS),
        post(below, page.save, Permission.MANAGE_APPS),
        get(f"{below}/remove", page.ask_to_remove, Permission.MANAGE_APPS),
        post(f"{below}/remove", page.remove, Permission.MANAGE_APPS),
        post(f"{below}/preview", page.try_on, Permission.MANAGE_APPS),
    ]


routes = (*routes_of(Direction.TO_APP), *routes_of(Direction.FROM_APP))
