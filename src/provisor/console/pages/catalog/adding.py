"""The steps that add an app: general settings, then sign-on. What was entered travels in the forms themselves, so
that nothing is half saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.responses import Response

from provisor.apps.catalogue import CatalogueEntry, SignOn
from provisor.console.forms import Form, problems_by_field
from provisor.console.pages.catalog.catalog import existing_entry
from provisor.console.routing import get, post
from provisor.console.visit import Visit
from provisor.services.actor import Permission
from provisor.services.apps import create_app
from provisor.services.apps_editing import General, SignOnSettings, check_general, definition_of
from provisor.services.errors import Invalid

SIGN_ON_WORDS = {
    SignOn.SAML: "The app trusts an identity provider's signed statement. People type no password there.",
    SignOn.SWA: "Secure Web Authentication: people sign in at the app's own page, with a password of the app.",
}


@dataclass(frozen=True, slots=True)
class AddView:
    entry: CatalogueEntry
    general: General
    sign_on: SignOnSettings
    problems: Mapping[str, str] = field(default_factory=dict)
    methods: Mapping[SignOn, str] = field(default_factory=lambda: SIGN_ON_WORDS)


async def show(visit: Visit) -> Response:
    """The first step, empty."""
    entry = existing_entry(visit)
    return general_step(visit, AddView(entry, General(entry.title), SignOnSettings(entry.sign_on[0])))


async def go_back(visit: Visit) -> Response:
    """The first step again, with what was entered."""
    return general_step(visit, entered(visit))


async def go_on(visit: Visit) -> Response:
    """The second step, or what is wrong with the first."""
    view = entered(visit)
    try:
        check_general(view.general)
    except Invalid as refusal:
        return general_step(visit, view, problems_by_field(refusal))
    return visit.render("pages/catalog/add_sign_on.html", view)


async def finish(visit: Visit) -> Response:
    """Make the app and open it where the next step is."""
    view = entered(visit)
    try:
        definition = definition_of(view.entry.name, view.general, view.sign_on)
    except Invalid as refusal:
        problems = problems_by_field(refusal)
        if "label" in problems:
            return general_step(visit, view, problems)
        return visit.render(
            "pages/catalog/add_sign_on.html", AddView(view.entry, view.general, view.sign_on, problems), status=422
        )
    app = await create_app(visit.database, visit.actor, definition)
    return visit.go(f"/admin/apps/{app.id}/provisioning", f"{app.label} was added.")


def entered(visit: Visit) -> AddView:
    return AddView(existing_entry(visit), general_of(visit.form), sign_on_of(visit.form))


def general_of(form: Form) -> General:
    """The general settings that a form holds."""
    return General(form.text("label"), form.ticked("hide_web"), form.ticked("hide_mobile"), form.ticked("auto_launch"))


def sign_on_of(form: Form) -> SignOnSettings:
    """The sign-on settings that a form holds; an unknown method is the first."""
    chosen = form.text("method")
    method = SignOn(chosen) if chosen in tuple(SignOn) else SignOn.SAML
    return SignOnSettings(method, form.text("url"))


def general_step(visit: Visit, view: AddView, problems: Mapping[str, str] | None = None) -> Response:
    shown = AddView(view.entry, view.general, view.sign_on, problems or {})
    return visit.render("pages/catalog/add_general.html", shown, status=422 if problems else 200)


routes = (
    get("/admin/catalog/{entry}/add", show, Permission.MANAGE_APPS),
    post("/admin/catalog/{entry}/add", go_back, Permission.MANAGE_APPS),
    post("/admin/catalog/{entry}/add/sign-on", go_on, Permission.MANAGE_APPS),
    post("/admin/catalog/{entry}/add/done", finish, Permission.MANAGE_APPS),
)
