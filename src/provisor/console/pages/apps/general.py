"""An app's general settings and its sign-on: each a panel with Edit, Save and Cancel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.responses import Response

from provisor.apps.app import App
from provisor.apps.catalogue import SignOn
from provisor.console.forms import in_words, problems_by_field
from provisor.console.pages.apps.head import Head, load_head
from provisor.console.pages.catalog.adding import SIGN_ON_WORDS, general_of, sign_on_of
from provisor.console.routing import get, post
from provisor.console.visit import Visit
from provisor.services.actor import Permission
from provisor.services.apps_editing import General, SignOnSettings, edit_general, edit_sign_on
from provisor.services.errors import ChangedMeanwhile, Invalid

LABELS = {
    "label": "Application label",
    "hide_web": "Do not display application icon to users",
    "hide_mobile": "Do not display application icon in the mobile app",
    "auto_launch": "Automatically sign in",
    "method": "Sign-on method",
    "url": "Sign-on URL",
}


@dataclass(frozen=True, slots=True)
class GeneralView:
    head: Head
    app: App
    editing: bool
    general: General
    """What is shown in the form: typed, else stored."""
    seen: General
    """What is stored now."""
    problems: Mapping[str, str] = field(default_factory=dict)
    changed: ChangedMeanwhile | None = None


@dataclass(frozen=True, slots=True)
class SignOnView:
    head: Head
    editing: bool
    sign_on: SignOnSettings
    seen: SignOnSettings
    methods: Mapping[SignOn, str]
    problems: Mapping[str, str] = field(default_factory=dict)
    changed: ChangedMeanwhile | None = None


def edits(visit: Visit) -> bool:
    """Whether a panel is open for changes."""
    return bool(visit.query("edit")) and visit.actor.may(Permission.MANAGE_APPS)


async def show(visit: Visit) -> Response:
    """The General tab."""
    return await general_page(visit, None, editing=edits(visit))


async def save(visit: Visit) -> Response:
    """Save the general settings, or say what is wrong."""
    typed, app_id = general_of(visit.form), visit.params["id"]
    try:
        await edit_general(visit.database, visit.actor, app_id, typed, visit.form.seen())
    except Invalid as refusal:
        return await general_page(visit, typed, problems=problems_by_field(refusal))
    except ChangedMeanwhile as changed:
        return await general_page(visit, typed, changed=in_words(changed, "The app", LABELS))
    return visit.go(f"/admin/apps/{app_id}", "The general settings were saved.")


async def general_page(
    visit: Visit,
    typed: General | None,
    *,
    editing: bool = True,
    problems: Mapping[str, str] | None = None,
    changed: ChangedMeanwhile | None = None,
) -> Response:
    head = await load_head(visit)
    stored = General.of(head.summary.app)
    view = GeneralView(head, head.summary.app, editing, typed or stored, stored, problems or {}, changed)
    return visit.render("pages/apps/general.html", view, status=422 if problems or changed else 200)


async def show_sign_on(visit: Visit) -> Response:
    """The Sign On tab."""
    return await sign_on_page(visit, None, editing=edits(visit))


async def save_sign_on(visit: Visit) -> Response:
    """Save method and address, or say what is wrong."""
    typed, app_id = sign_on_of(visit.form), visit.params["id"]
    try:
        await edit_sign_on(visit.database, visit.actor, app_id, typed, visit.form.seen())
    except Invalid as refusal:
        return await sign_on_page(visit, typed, problems=problems_by_field(refusal))
    except ChangedMeanwhile as changed:
        return await sign_on_page(visit, typed, changed=in_words(changed, "Sign-on", LABELS))
    return visit.go(f"/admin/apps/{app_id}/sign-on", "The sign-on settings were saved.")


async def sign_on_page(
    visit: Visit,
    typed: SignOnSettings | None,
    *,
    editing: bool = True,
    problems: Mapping[str, str] | None = None,
    changed: ChangedMeanwhile | None = None,
) -> Response:
    head = await load_head(visit, "sign-on")
    stored = SignOnSettings.of(head.summary.app)
    view = SignOnView(head, editing, typed or stored, stored, SIGN_ON_WORDS, problems or {}, changed)
    return visit.render("pages/apps/sign_on.html", view, status=422 if problems or changed else 200)


routes = (
    get("/admin/apps/{id}", show),
    post("/admin/apps/{id}", save, Permission.MANAGE_APPS),
    get("/admin/apps/{id}/sign-on", show_sign_on),
    post("/admin/apps/{id}/sign-on", save_sign_on, Permission.MANAGE_APPS),
)
