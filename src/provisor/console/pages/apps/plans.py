"""Plans of changes to one app: making one, what it says, applying it, trying it on some people, taking it back."""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from starlette.responses import Response

from provisor.apps.mapping import USERNAME, Mapping, PushStatus
from provisor.console.forms import problems_by_field
from provisor.console.pages.apps.head import Head, load_head
from provisor.console.routing import get, post
from provisor.console.visit import Visit
from provisor.directory.attributes import Attribute
from provisor.provisioning.pending import AssignmentChange, ChangeKind, MappingChange, Moves, NoChange, PendingChange
from provisor.provisioning.plan import Step
from provisor.services import applying, change_plans, trials
from provisor.services.actor import Permission
from provisor.services.app_groups import list_groups
from provisor.services.app_schemas import get_app_schema
from provisor.services.applying import PlanOutdated
from provisor.services.change_plans import PlanState, ShownOperation, ShownPlan
from provisor.services.errors import Invalid, NotFound
from provisor.store.app_listing import AppGroupRow

PAGE = 25
MOST_GROUPS = 200
HOUR = 3600.0
FIELDS = ("kind", "attribute", "expression", "occasion", "group")
SHARES = (1, 5, 10, 25, 50)
STEPS = {
    Step.CREATE: "Create or link",
    Step.UPDATE: "Update",
    Step.REACTIVATE: "Activate again",
    Step.DEACTIVATE: "Deactivate",
    Step.CLEAN_UP: "Look up and deactivate",
    Step.BLOCKED: "No result",
    Step.NOTHING: "Nothing to do",
    Step.WAIT: "Wait",
}
KINDS = {
    ChangeKind.NOTHING: "What waits now",
    ChangeKind.MAPPING: "Mapping",
    ChangeKind.SCHEMA: "Attributes of the app",
    ChangeKind.USERNAME: "Username format",
    ChangeKind.ASSIGNMENT: "Assignments",
}


@dataclass(frozen=True, slots=True)
class PlansView:
    head: Head
    path: str
    plans: Sequence[ShownPlan]
    attributes: Sequence[Attribute]
    groups: Sequence[AppGroupRow]
    typed: Map[str, str]
    problems: Map[str, str] = field(default_factory=dict)
    kinds: Map[ChangeKind, str] = field(default_factory=lambda: KINDS)


@dataclass(frozen=True, slots=True)
class PlanView:
    head: Head
    path: str
    plan: ShownPlan
    operations: Sequence[ShownOperation]
    next: str | None
    only: str
    refusal: PlanOutdated | None = None
    problems: Map[str, str] = field(default_factory=dict)
    steps: Map[Step, str] = field(default_factory=lambda: STEPS)
    kinds: Map[ChangeKind, str] = field(default_factory=lambda: KINDS)
    shares: Sequence[int] = SHARES

    @property
    def open(self) -> bool:
        return self.plan.state in (PlanState.PENDING, PlanState.TRIAL)

    @property
    def tries(self) -> bool:
        """Whether the plan can be tried on some people."""
        return self.open and self.plan.row.change["kind"] == ChangeKind.MAPPING


async def show_all(visit: Visit) -> Response:
    """The latest plans, and forms for new ones."""
    return await listing(visit, {name: visit.query(name) for name in FIELDS})


async def listing(visit: Visit, typed: Map[str, str], problems: Map[str, str] | None = None) -> Response:
    head = await load_head(visit, "provisioning")
    schema = await get_app_schema(visit.database, visit.actor, head.id)
    view = PlansView(
        head,
        f"{head.tab}/plans",
        await change_plans.list_plans(visit.database, visit.actor, head.id),
        [each for each in schema.attributes if each.name != USERNAME],
        await list_groups(visit.database, visit.actor, head.id, prefix=None, after=None, limit=MOST_GROUPS),
        typed,
        problems or {},
    )
    return visit.render("pages/apps/plans.html", view, status=422 if problems else 200)


async def make(visit: Visit) -> Response:
    """Work a plan out, or say why the change could not be saved."""
    typed = {name: visit.form.text(name) for name in FIELDS}
    app_id = visit.params["id"]
    try:
        plan = await change_plans.create_plan(
            visit.database, visit.actor, app_id, meant(typed), lifetime=visit.context.settings.plan_hours * HOUR
        )
    except Invalid as refusal:
        return await listing(visit, typed, problems_by_field(refusal))
    return visit.go(f"/admin/apps/{app_id}/provisioning/plans/{plan.row.id}")


def meant(typed: Map[str, str]) -> PendingChange:
    """The change that the fields mean; raises `Invalid`."""
    kind = typed["kind"]
    if kind == ChangeKind.MAPPING:
        if not typed["attribute"]:
            raise Invalid.one("attribute", "Choose an attribute.")
        status = PushStatus.DONT_PUSH if typed["occasion"] == PushStatus.DONT_PUSH else PushStatus.PUSH
        line = Mapping(typed["attribute"], typed["expression"], status) if typed["expression"] else None
        return MappingChange(None, {typed["attribute"]: line})
    if kind == ChangeKind.ASSIGNMENT:
        if not typed["group"]:
            raise Invalid.one("group", "Choose a group.")
        return AssignmentChange(Moves(leave_groups=frozenset({typed["group"]})))
    return NoChange()


async def show(visit: Visit) -> Response:
    return await page(visit)


async def page(visit: Visit, refusal: PlanOutdated | None = None, problems: Map[str, str] | None = None) -> Response:
    """One plan: its sum, what can be done with it, and a page of its people."""
    head = await load_head(visit, "provisioning")
    plan = await change_plans.get_plan(visit.database, visit.actor, visit.params["plan"])
    if plan.row.app_id != head.id:
        raise NotFound(change_plans.KIND, plan.row.id)
    only, after = visit.query("operation"), visit.query("after")
    steps = [Step(only)] if only in list(Step) else None
    found = await change_plans.list_operations(
        visit.database, visit.actor, plan.row.id, after=after, limit=PAGE + 1, steps=steps
    )
    path = f"{head.tab}/plans/{plan.row.id}"
    more = {"operation": only, "after": found[PAGE - 1].operation.user_id} if len(found) > PAGE else None
    following = f"{path}?{urlencode({name: value for name, value in more.items() if value})}" if more else None
    view = PlanView(head, path, plan, found[:PAGE], following, only, refusal, problems or {})
    return visit.render("pages/apps/plan.html", view, status=422 if refusal or problems else 200)


async def apply(visit: Visit) -> Response:
    """Make the change, or show what has changed since the plan was made."""
    try:
        await applying.apply_plan(visit.database, visit.actor, visit.context.connectors, visit.params["plan"])
    except PlanOutdated as refusal:
        return await page(visit, refusal)
    return visit.go(place(visit), "The plan was applied. Its people are being served.")


async def start_trial(visit: Visit) -> Response:
    """Try the plan on one more person, or on a share."""
    login, percent = visit.form.text("login"), visit.form.text("percent")
    try:
        people = [await change_plans.find_person(visit.database, visit.actor, login)] if login else []
        await trials.try_plan(
            visit.database,
            visit.actor,
            visit.params["plan"],
            people=people,
            percent=int(percent) if percent.isascii() and percent.isdigit() and len(percent) < 4 else 0,
        )
    except Invalid as refusal:
        return await page(visit, problems=problems_by_field(refusal))
    return visit.go(place(visit), "The plan is on trial.")


async def take_back(visit: Visit) -> Response:
    await trials.take_back(visit.database, visit.actor, visit.params["plan"])
    return visit.go(place(visit), "Everybody has the stored mapping again.")


async def discard(visit: Visit) -> Response:
    await change_plans.discard_plan(visit.database, visit.actor, visit.params["plan"])
    return visit.go(f"/admin/apps/{visit.params['id']}/provisioning/plans", "The plan was thrown away.")


def place(visit: Visit) -> str:
    return f"/admin/apps/{visit.params['id']}/provisioning/plans/{visit.params['plan']}"


ALL = "/admin/apps/{id}/provisioning/plans"
ONE = ALL + "/{plan}"
routes = (
    get(ALL, show_all),
    post(ALL, make, Permission.MANAGE_APPS),
    get(ONE, show),
    post(ONE + "/apply", apply, Permission.MANAGE_APPS),
    post(ONE + "/trial", start_trial, Permission.MANAGE_APPS),
    post(ONE + "/take-back", take_back, Permission.MANAGE_APPS),
    post(ONE + "/discard", discard, Permission.MANAGE_APPS),
)
