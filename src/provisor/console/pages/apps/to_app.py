"""The Provisioning tab: what flows to the app, what will flow from it, and the way to the first set-up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from provisor.apps.app import Features
from provisor.apps.mapping import Direction
from provisor.console.forms import in_words
from provisor.console.pages.apps.general import edits
from provisor.console.pages.apps.head import Head, load_head
from provisor.console.pages.apps.mappings import MappingsView, load_mappings
from provisor.console.routing import get, post
from provisor.console.visit import Visit
from provisor.services.actor import Permission
from provisor.services.app_setup import get_setup
from provisor.services.apps_features import FeatureName, as_seen, set_features
from provisor.services.errors import ChangedMeanwhile


@dataclass(frozen=True, slots=True)
class Switch:
    name: str
    label: str
    consequence: str


SWITCHES = (
    Switch(
        "create",
        "Create Users",
        "Makes an account for everybody who is assigned. An account with the same user name is linked, not made "
        "twice. A random password goes with it that nobody knows.",
    ),
    Switch(
        "update",
        "Update User Attributes",
        "Sends profile changes to the app. Values edited in the app itself are overwritten the next time.",
    ),
    Switch(
        "deactivate",
        "Deactivate Users",
        "Deactivates the account when somebody is unassigned or leaves, and activates it again when they come back. "
        "Accounts are never deleted.",
    ),
    Switch(
        "exclude_username",
        "Exclude Username Updates",
        "Accounts that exist keep their user name, whatever the person is called now.",
    ),
    Switch(
        "push_nulls",
        "Push Null Values",
        "An attribute that has lost its value loses it in the app too. Switched off, the app keeps what it has.",
    ),
)
LABELS = {each.name: each.label for each in SWITCHES}
WIRE = {True: {"status": "ENABLED"}, False: {"status": "DISABLED"}}


@dataclass(frozen=True, slots=True)
class ToAppView:
    head: Head
    editing: bool
    ticked: Mapping[str, bool]
    """What the form shows, by switch."""
    seen: Mapping[str, str]
    """What is stored now."""
    list: MappingsView
    switches: Sequence[Switch] = SWITCHES
    changed: ChangedMeanwhile | None = None

    @property
    def on(self) -> bool:
        """Something is switched on that sends something."""
        return any(self.seen[name] for name in ("create", "update", "deactivate"))


@dataclass(frozen=True, slots=True)
class UnconnectedView:
    head: Head


async def show(visit: Visit) -> Response:
    """To App; before the first set-up, the way to it."""
    head = await load_head(visit, "provisioning")
    if not head.summary.connected:
        return visit.render("pages/apps/unconnected.html", UnconnectedView(head))
    return await page(visit, head, editing=edits(visit))


async def save(visit: Visit) -> Response:
    """Change the switches."""
    form, app_id = visit.form, visit.params["id"]
    ticked = {each.name: form.ticked(each.name) for each in SWITCHES}
    capabilities = {
        "create": {"lifecycleCreate": WIRE[ticked["create"]]},
        "update": {"profile": WIRE[ticked["update"]], "lifecycleDeactivate": WIRE[ticked["deactivate"]]},
        "provisor": {
            "excludeUsernameUpdates": WIRE[ticked["exclude_username"]],
            "pushNullValues": WIRE[ticked["push_nulls"]],
        },
    }
    before = (await load_head(visit, "provisioning")).summary
    try:
        await set_features(
            visit.database, visit.actor, app_id, FeatureName.USER_PROVISIONING, capabilities, form.seen()
        )
    except ChangedMeanwhile as changed:
        head = await load_head(visit, "provisioning")
        return await page(visit, head, ticked=ticked, changed=in_words(changed, "To App", LABELS))
    return visit.go(f"/admin/apps/{app_id}/provisioning", said(before.app.features, ticked, bool(before.people)))


def said(before: Features, ticked: Mapping[str, bool], anybody: bool) -> str:
    """What was done, and what an administrator might expect and would not get."""
    if ticked["create"] and not before.create and anybody:
        return "Saved. People assigned before now wait for “Provision” on the Assignments tab."
    return "The settings were saved."


async def page(
    visit: Visit,
    head: Head,
    *,
    editing: bool = True,
    ticked: Mapping[str, bool] | None = None,
    changed: ChangedMeanwhile | None = None,
) -> Response:
    setup = await get_setup(visit.database, visit.actor, head.id)
    stored = {each.name: bool(getattr(setup.features, each.name)) for each in SWITCHES}
    seen = {name: value for name, value in as_seen(setup.features).items() if name in stored}
    mappings = await load_mappings(visit, head.id, Direction.TO_APP)
    view = ToAppView(head, editing, ticked or stored, seen, mappings, changed=changed)
    return visit.render("pages/apps/to_app.html", view, status=422 if changed else 200)


@dataclass(frozen=True, slots=True)
class FromAppView:
    head: Head
    list: MappingsView


async def show_from_app(visit: Visit) -> Response:
    """What will flow from the app: nothing yet, and it says so; its mappings can be prepared."""
    head = await load_head(visit, "provisioning")
    mappings = await load_mappings(visit, head.id, Direction.FROM_APP)
    return visit.render("pages/apps/from_app.html", FromAppView(head, mappings))


routes = (
    get("/admin/apps/{id}/provisioning", show),
    post("/admin/apps/{id}/provisioning", save, Permission.MANAGE_APPS),
    get("/admin/apps/{id}/provisioning/from-app", show_from_app),
)
