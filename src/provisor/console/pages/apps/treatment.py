"""How this app is treated: the peer policy in force, what a probe would change, and going back to the dialect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from provisor.apps.catalogue import Dialect
from provisor.connector import FieldKind, Finding, PolicyField
from provisor.console.forms import in_words as form_words
from provisor.console.forms import problems_by_field
from provisor.console.pages.apps.general import edits
from provisor.console.pages.apps.head import Head, load_head
from provisor.console.pages.apps.trying import TestResult, failed
from provisor.console.routing import get, post
from provisor.console.visit import Visit
from provisor.services import policies
from provisor.services.actor import Permission
from provisor.services.connections import TestFailed
from provisor.services.errors import ChangedMeanwhile, Forbidden, Invalid
from provisor.services.policies import Treatment, in_words, parse_value

YES_NO = [("yes", "yes"), ("no", "no")]


@dataclass(frozen=True, slots=True)
class Line:
    """One field of the policy, as it is shown and edited."""

    field: PolicyField
    shipped: str
    value: str
    typed: str

    @property
    def changed(self) -> bool:
        return self.value != self.shipped

    @property
    def choices(self) -> list[tuple[str, str]]:
        """What there is to choose from; empty for what is typed."""
        if self.field.kind is FieldKind.FLAG:
            return YES_NO
        return [(each, each) for each in self.field.choices]


@dataclass(frozen=True, slots=True)
class TreatmentView:
    head: Head
    editing: bool
    treatment: Treatment
    requests: str
    """What the dialect sends, in words."""
    lines: list[Line]
    proposed: list[tuple[Finding, str]]
    """What the last probe would change, with what is in force now."""
    others: list[Finding]
    """What else it found."""
    result: TestResult | None = None
    problems: Mapping[str, str] = field(default_factory=dict)
    changed: ChangedMeanwhile | None = None

    @property
    def path(self) -> str:
        return f"{self.head.path}/provisioning/treatment"


async def show(visit: Visit) -> Response:
    """What is in force, or its form."""
    return await page(visit, editing=edits(visit))


async def save(visit: Visit) -> Response:
    """Set the fields that were typed otherwise than they were shown; the kind's own value is stored as none."""
    treatment = await load(visit)
    changes: dict[str, Any] = {}
    for each in treatment.fields:
        if each.name in visit.form:
            value = parse_value(each, visit.form.raw(each.name))
            changes[each.name] = None if value == each.value else value
    return await carried_out(
        visit,
        lambda: policies.edit(
            visit.database, visit.actor, visit.context.connectors, visit.params["id"], changes, visit.form.seen()
        ),
        "How the app is treated was saved.",
        editing=True,
    )


async def adopt(visit: Visit) -> Response:
    """Put in force what is ticked, or all that is proposed."""
    names = None if visit.form.ticked("all") else visit.form.all("adopt")
    if names == []:
        return await page(visit, problems={"": "Tick what is to be adopted."})
    return await carried_out(
        visit,
        lambda: policies.adopt(
            visit.database, visit.actor, visit.context.connectors, visit.params["id"], names, visit.form.seen()
        ),
        "Adopted. The app is treated so from now on.",
    )


async def reset(visit: Visit) -> Response:
    """Go back to the dialect as it ships."""
    return await carried_out(
        visit,
        lambda: policies.reset(
            visit.database, visit.actor, visit.context.connectors, visit.params["id"], visit.form.seen()
        ),
        "The app is treated again like every other of its kind.",
    )


async def probe(visit: Visit) -> Response:
    """Look at the app, with an account made for it if that is ticked."""
    form, app_id = visit.form, visit.params["id"]
    try:
        found = await policies.probe(
            visit.database,
            visit.actor,
            visit.context.connectors,
            app_id,
            scratch=form.ticked("scratch"),
            delete=form.ticked("scratch") and form.ticked("delete"),
        )
    except TestFailed as problem:
        return await page(visit, result=failed(problem))
    except Forbidden as refusal:
        return await page(visit, problems={"": str(refusal)})
    said = "The app was probed: see what it would need." if found.proposal else "The app was probed: all suits it."
    return visit.go(f"/admin/apps/{app_id}/provisioning/treatment", said)


async def carried_out(
    visit: Visit, act: Callable[[], Awaitable[Treatment]], said: str, *, editing: bool = False
) -> Response:
    try:
        await act()
    except Invalid as refusal:
        return await page(visit, editing=editing, problems=problems_by_field(refusal))
    except ChangedMeanwhile as changed:
        words = form_words(changed, policies.SUBJECT, {"version": "Version"})
        return await page(visit, editing=editing, changed=words)
    return visit.go(f"/admin/apps/{visit.params['id']}/provisioning/treatment", said)


async def load(visit: Visit) -> Treatment:
    return await policies.get_treatment(visit.database, visit.actor, visit.context.connectors, visit.params["id"])


async def page(
    visit: Visit,
    *,
    editing: bool = False,
    result: TestResult | None = None,
    problems: Mapping[str, str] | None = None,
    changed: ChangedMeanwhile | None = None,
) -> Response:
    head = await load_head(visit, "provisioning")
    treatment = await load(visit)
    view = TreatmentView(
        head,
        editing,
        treatment,
        Dialect(treatment.dialect).requests,
        lines_of(visit, treatment),
        [(each, in_words(treatment.in_force.get(each.field))) for each in treatment.findings
         if each.field in treatment.proposal],
        [each for each in treatment.findings if each.field not in treatment.proposal],
        result,
        problems or {},
        changed,
    )  # fmt: skip
    return visit.render("pages/apps/treatment.html", view, status=422 if problems or changed else 200)


def lines_of(visit: Visit, treatment: Treatment) -> list[Line]:
    found = []
    for each in treatment.fields:
        value = in_words(treatment.in_force[each.name])
        typed = visit.form.text(each.name) if each.name in visit.form else value
        found.append(Line(each, in_words(each.value), value, "" if typed == "none" else typed))
    return found


routes = (
    get("/admin/apps/{id}/provisioning/treatment", show),
    post("/admin/apps/{id}/provisioning/treatment", save, Permission.MANAGE_APPS),
    post("/admin/apps/{id}/provisioning/treatment/adopt", adopt, Permission.MANAGE_APPS),
    post("/admin/apps/{id}/provisioning/treatment/reset", reset, Permission.MANAGE_APPS),
    post("/admin/apps/{id}/provisioning/treatment/probe", probe, Permission.MANAGE_APPS),
)
