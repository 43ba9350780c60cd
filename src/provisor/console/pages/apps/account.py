"""Somebody's account in an app: whether there is one and why, and every value with where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.responses import Response

from provisor.apps.layers import Origin
from provisor.apps.mapping import PushStatus
from provisor.connector import Json
from provisor.console.forms import problems_by_field
from provisor.console.pages.apps.attribute_fields import Field, shown_text, typed_value
from provisor.console.pages.apps.head import Head, load_head
from provisor.console.routing import get, post
from provisor.console.visit import Visit
from provisor.directory.attributes import Mutability
from provisor.services import app_people, app_values, explaining
from provisor.services.actor import Permission
from provisor.services.app_people import AppPerson
from provisor.services.errors import ChangedMeanwhile, Invalid, NotFound
from provisor.services.explaining import AccountExplanation, ExplainedValue
from provisor.store.previews import Origin as Change

ORIGINS: Mapping[Origin | None, str] = {
    Origin.OVERRIDE: "Set by an administrator",
    Origin.GROUP: "Set by a group",
    Origin.MAPPING: "Mapped",
    Origin.CREATION: "Mapped on create only",
    Origin.GIVEN: "Typed at assignment",
    Origin.DEFAULT: "Default",
    None: "Nothing gives it a value",
}
PUSHES = {PushStatus.PUSH: "on create and update", PushStatus.DONT_PUSH: "on create only"}


@dataclass(frozen=True, slots=True)
class Line:
    """One attribute on the page."""

    explained: ExplainedValue
    groups: Mapping[str, str]
    overridden: bool

    @property
    def name(self) -> str:
        return self.explained.value.attribute.name

    @property
    def title(self) -> str:
        return self.explained.value.attribute.title

    @property
    def text(self) -> str:
        return shown_text(self.explained.value.value)

    @property
    def confirmed(self) -> str:
        return shown_text(self.explained.value.confirmed)

    @property
    def source(self) -> str:
        """Where it comes from, in a phrase."""
        value = self.explained.value
        if value.origin is Origin.GROUP:
            names = [self.groups.get(each.group_id or "", "") for each in value.candidates if each.wins]
            return f"Set by the group {', '.join(filter(None, names))}"
        if value.origin is None and value.expression:
            return "The mapping gives no value"
        return ORIGINS[value.origin]

    @property
    def pushed(self) -> str:
        status = self.explained.value.push_status
        return PUSHES[status] if status is not None else ""

    @property
    def candidates(self) -> list[tuple[str, str, bool]]:
        """(what, its value, whether it wins), the strongest first."""
        return [
            (
                f"The group {self.groups.get(each.group_id, each.group_id)}" if each.group_id else ORIGINS[each.origin],
                shown_text(each.value) or "no value",
                each.wins,
            )
            for each in self.explained.value.candidates
        ]

    @property
    def terms(self) -> list[tuple[int, str, str, bool]]:
        """(depth, text, value or problem, whether it was used), without the whole, which is the value itself."""
        return [
            (each.depth, each.text, each.problem or written(each.value), each.used)
            for each in self.explained.value.terms[1:]
        ]

    @property
    def sources(self) -> list[tuple[str, str, Change | None]]:
        return [
            (name, written(value), self.explained.sources.get(name))
            for name, value in self.explained.value.sources.items()
        ]

    @property
    def may_change(self) -> bool:
        return self.explained.value.attribute.mutability is not Mutability.READ_ONLY


def written(value: Json) -> str:
    """A value in passing, in one line."""
    return "no value" if value is None else shown_text(value).replace("\n", ", ") or "empty text"


@dataclass(frozen=True, slots=True)
class AccountView:
    head: Head
    person: AppPerson | None
    """As the list of the app's people shows them."""
    found: AccountExplanation
    lines: list[Line]
    overridden: int

    @property
    def path(self) -> str:
        return f"{self.head.path}/accounts/{self.found.standing.user_id}"


@dataclass(frozen=True, slots=True)
class ValueView:
    head: Head
    name: str
    user_id: str
    line: Line
    entry: Field
    empty: bool
    """The person is to have no value."""
    was: str
    mapped: str
    """What resetting brings back."""
    problems: Mapping[str, str] = field(default_factory=dict)
    changed: ChangedMeanwhile | None = None

    @property
    def path(self) -> str:
        return f"{self.head.path}/accounts/{self.user_id}"


async def show(visit: Visit) -> Response:
    head = await load_head(visit, "assignments")
    found = await explaining.explain_account(visit.database, visit.actor, head.id, visit.params["user"])
    person = await app_people.find_person(visit.database, visit.actor, head.id, found.standing.user_id)
    view = AccountView(head, person, found, lines_of(found), len(found.overrides))
    return visit.render("pages/apps/account.html", view)


def lines_of(found: AccountExplanation) -> list[Line]:
    return [Line(each, found.groups, each.value.attribute.name in found.overrides) for each in found.values]


async def ask(visit: Visit) -> Response:
    """The form for one value."""
    return await value_form(visit)


async def save(visit: Visit) -> Response:
    """Set one value by hand, or that there is none."""
    app_id, user_id, name = (visit.params[each] for each in ("id", "user", "attribute"))
    found = await explaining.explain_account(visit.database, visit.actor, app_id, user_id, name)
    attribute = found.values[0].value.attribute if found.values else None
    if attribute is None:
        raise NotFound("Attribute", name)
    value = None if visit.form.ticked("empty") else typed_value(attribute, visit.form.raw("value"))
    if value is None and not visit.form.ticked("empty"):
        return await value_form(visit, {"value": "Type a value, or tick that there is to be none."})
    seen = {name: visit.form.seen().get("value", "")}
    try:
        await app_values.set_overrides(visit.database, visit.actor, app_id, user_id, {name: value}, seen=seen)
    except Invalid as refusal:
        return await value_form(visit, {"value": problems_by_field(refusal).get(name, str(refusal))})
    except ChangedMeanwhile as changed:
        return await value_form(visit, changed=changed)
    return visit.go(f"/admin/apps/{app_id}/accounts/{user_id}", f"{attribute.title} is set for this person.")


async def value_form(
    visit: Visit, problems: Mapping[str, str] | None = None, changed: ChangedMeanwhile | None = None
) -> Response:
    head = await load_head(visit, "assignments")
    user_id, name = visit.params["user"], visit.params["attribute"]
    found = await explaining.explain_account(visit.database, visit.actor, head.id, user_id, name)
    if not found.values:
        raise NotFound("Attribute", name)
    (line,) = lines_of(found)
    value = line.explained.value
    otherwise = next((each for each in value.candidates if each.origin is not Origin.OVERRIDE), None)
    shown = "" if value.masked else line.text
    view = ValueView(
        head,
        found.standing.name,
        found.standing.user_id,
        line,
        Field(value.attribute, visit.form.raw("value") if "value" in visit.form else shown),
        visit.form.ticked("empty") or (line.overridden and found.overrides[name] is None),
        # What the visitor saw first: correcting a typo must not hide what somebody else saved meanwhile.
        app_values.seen_text(found.overrides, name, hidden=value.attribute.sensitive)
        if changed or not visit.form.seen()
        else visit.form.seen().get("value", ""),
        written(otherwise.value) if otherwise else "no value",
        problems or {},
        changed,
    )
    return visit.render("pages/apps/account_value.html", view, status=409 if changed else 422 if problems else 200)


async def reset(visit: Visit) -> Response:
    """Back to what the account would have by itself: one value, or all."""
    app_id, user_id, name = visit.params["id"], visit.params["user"], visit.form.text("attribute")
    await app_values.reset_overrides(visit.database, visit.actor, app_id, user_id, [name] if name else None)
    return visit.go(f"/admin/apps/{app_id}/accounts/{user_id}", "Reset." if name else "Every value was reset.")


PATH = "/admin/apps/{id}/accounts/{user}"
routes = (
    get(PATH, show),
    get(f"{PATH}/values/{{attribute}}", ask, Permission.MANAGE_APPS),
    post(f"{PATH}/values/{{attribute}}", save, Permission.MANAGE_APPS),
    post(f"{PATH}/reset", reset, Permission.MANAGE_APPS),
)
