"""API Integration: address, credentials and whether they are used at all; tested before they are saved, never shown.

Left blank, credentials stay as they are; a new address asks for them again, so that nobody can send them elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.responses import Response

from provisor.apps import catalogue
from provisor.apps.catalogue import AuthScheme
from provisor.connector.oauth import ClientAuth, GrantType
from provisor.console.forms import Form, in_words, problems_by_field
from provisor.console.pages.apps import integration_oauth
from provisor.console.pages.apps.general import edits
from provisor.console.pages.apps.head import Head, load_head
from provisor.console.pages.apps.trying import TestResult, failed, incomplete
from provisor.console.pages.catalog.catalog import AUTHENTICATION
from provisor.console.routing import get, post
from provisor.console.visit import Visit
from provisor.directory.diagnostics import Diagnostic
from provisor.services import authorizations, connections
from provisor.services.actor import Permission
from provisor.services.authorizations import Standing
from provisor.services.connections import Findings, TestFailed
from provisor.services.connections_definition import FIELDS, NewConnection, parse_connection
from provisor.services.errors import ChangedMeanwhile, Invalid
from provisor.store.connections import AppConnection

LABELS = {"base_url": "Base URL", "enable": "Enable API Integration", "saved": "Last saved"}
MISSING = {
    "base_url": "Enter the base URL.",
    "token": "Enter the token.",
    "username": "Enter the user name.",
    "password": "Enter the password.",
    "clientId": "Enter the client ID.",
    "tokenUrl": "Enter the token URL.",
    "authorizeUrl": "Enter the authorization URL.",
    "clientSecret": "Enter the client secret.",
}
AUTHORIZE = "Saved. Now authorize."
SECRETS = ("token", "password", "username", "header", "clientSecret")


@dataclass(frozen=True, slots=True)
class IntegrationView:
    head: Head
    editing: bool
    schemes: Sequence[tuple[AuthScheme, str]]
    scheme: AuthScheme
    bearer_before_header: bool
    stored: AppConnection | None
    seen: Mapping[str, str]
    enable: bool
    base_url: str
    callback: str
    """What the administrator registers with the app's authorization server."""
    oauth: Mapping[str, str]
    """What the fields of an OAuth client hold."""
    expires: str
    """The date in the form."""
    notice: int
    """Days before their end from which administrators are told of credentials."""
    standing: Standing | None = None
    """How an authorization stands."""
    username: str = ""
    header: str = ""
    result: TestResult | None = None
    problems: Mapping[str, str] = field(default_factory=dict)
    changed: ChangedMeanwhile | None = None

    @property
    def path(self) -> str:
        return f"{self.head.path}/provisioning/integration"

    @property
    def grants(self) -> Sequence[tuple[GrantType, str]]:
        return integration_oauth.GRANTS

    @property
    def ways(self) -> Sequence[tuple[ClientAuth, str]]:
        return integration_oauth.WAYS

    @property
    def ends(self) -> datetime | None:
        """When the credentials end, by what is known."""
        if self.stored is None:
            return None
        return self.stored.expires or (self.standing.grant.expires if self.standing else None)

    @property
    def ends_soon(self) -> bool:
        """Whether administrators are told of it by a task too; a token that lives for hours is told of later."""
        return self.ends is not None and self.ends < datetime.now(UTC) + timedelta(days=self.notice)

    @property
    def kept(self) -> bool:
        """There are stored credentials of this kind, which a blank field leaves as they are."""
        return self.stored is not None and self.stored.scheme is self.scheme


async def show(visit: Visit) -> Response:
    """The panel, or its form."""
    head, stored = await load(visit)
    standing = await authorizations.get_standing(visit.database, visit.actor, head.id) if stored else None
    return page(visit, head, stored, editing=edits(visit), standing=standing)


async def try_out(visit: Visit) -> Response:
    """Test what is in the form and save nothing."""
    head, stored = await load(visit)
    try:
        found = await test(visit, head, stored)
    except Invalid as refusal:
        result = incomplete(" ".join(problems_by_field(refusal).values()))
    except TestFailed as problem:
        result = failed(problem)
    else:
        result = TestResult(found)
    return page(visit, head, stored, result=result)


async def test(visit: Visit, head: Head, stored: AppConnection | None) -> Findings:
    """Test what was typed; what is stored, when nothing was."""
    database, actor, factory = visit.database, visit.actor, visit.context.connectors
    if stored is not None and untouched(visit.form, stored):
        return await connections.try_stored(database, actor, factory, head.id)
    new = typed_connection(visit.form, head, stored)
    return await connections.try_connection(database, actor, factory, head.id, new)


async def save(visit: Visit) -> Response:
    """Enable with what was typed or is stored, or disable."""
    form = visit.form
    head, stored = await load(visit)
    try:
        said = await carry_out(visit, head, stored)
    except Invalid as refusal:
        return page(visit, head, stored, problems=problems_by_field(refusal))
    except TestFailed as problem:
        return page(visit, head, stored, result=failed(problem), problems={"": "The test failed; see below."})
    except ChangedMeanwhile as changed:
        head, stored = await load(visit)
        return page(visit, head, stored, changed=in_words(changed, "The API integration", LABELS))
    # What comes next after the first set-up is under To App, unless somebody has to authorize first.
    onward = "/integration" if stored is not None or not form.ticked("enable") or said == AUTHORIZE else ""
    return visit.go(f"{head.path}/provisioning{onward}", said)


async def carry_out(visit: Visit, head: Head, stored: AppConnection | None) -> str:
    """Do what the form asks for; what was done."""
    form, seen = visit.form, visit.form.seen()
    if not form.ticked("enable"):
        if stored is None:
            raise Invalid.one("enable", "Tick this to connect the app, or cancel.")
        if not untouched(form, stored):
            raise Invalid.one("enable", "Either change address and credentials or switch off: one after the other.")
        await connections.deactivate_connection(visit.database, visit.actor, head.id, seen)
        return "The API integration is off. Nothing is sent; everything is kept."
    if stored is not None and untouched(form, stored):
        if form.text("expires") != date_of(stored):
            await connections.set_expiry(visit.database, visit.actor, head.id, form.text("expires"), seen)
        await connections.activate_connection(visit.database, visit.actor, head.id, seen)
        return "The API integration is on. What waited is sent."
    new = typed_connection(form, head, stored)
    await connections.save_connection(
        visit.database, visit.actor, visit.context.connectors, head.id, new, activate=True, seen=seen
    )
    return AUTHORIZE if new.needs_person else "The credentials were tested and saved."


def untouched(form: Form, stored: AppConnection) -> bool:
    """The form leaves address and credentials alone: the same ones, and nothing typed."""
    typed = any(form.raw(name) for name in SECRETS)
    if stored.oauth is not None:
        typed = typed or integration_oauth.typed_fields(form) != integration_oauth.stored_fields(stored)
    return not typed and (form.text("base_url"), form.text("scheme")) == (stored.base_url, stored.scheme)


def date_of(stored: AppConnection | None) -> str:
    """The end of the credentials as a form has it."""
    return stored.expires.date().isoformat() if stored and stored.expires else ""


def typed_connection(form: Form, head: Head, stored: AppConnection | None) -> NewConnection:
    """What was typed, whole; raises `Invalid` with every field that is missing."""
    scheme = scheme_of(form.text("scheme"), head)
    names = ("base_url", *FIELDS[scheme], *needed_of_client(form, scheme))
    values = {name: form.raw(name) if name in SECRETS else form.text(name) for name in names}
    missing = [name for name in names if not values[name]]
    if missing:
        again = " A new address or kind of authentication takes all credentials again." if stored else ""
        raise Invalid(missing[0], [Diagnostic(name, MISSING[name] + again) for name in missing])
    profile: dict[str, Any] = {"authScheme": scheme.value}
    if scheme is AuthScheme.OAUTH2:
        profile |= integration_oauth.profile_of(form)
    else:
        header, expires = form.text("header"), form.text("expires")
        profile |= {**values, **({"header": header} if header else {}), "provisor": {"expires": expires or None}}
    return parse_connection({"baseUrl": values["base_url"], "profile": profile})


def needed_of_client(form: Form, scheme: AuthScheme) -> tuple[str, ...]:
    """The fields that an OAuth client cannot do without, as the form stands."""
    if scheme is not AuthScheme.OAUTH2:
        return ()
    code = form.text("grantType") == GrantType.AUTHORIZATION_CODE
    public = form.text("clientAuthentication") == ClientAuth.NONE
    named = ("clientId", "tokenUrl", *(("authorizeUrl",) if code else ()))
    return (*named, *(() if public else ("clientSecret",)))


def scheme_of(text: str, head: Head) -> AuthScheme:
    """A kind of authentication that the app's entry offers; the first when none is named."""
    schemes = catalogue.entry(head.summary.app.name).schemes
    return next((each for each in schemes if each == text), schemes[0])


async def load(visit: Visit) -> tuple[Head, AppConnection | None]:
    head = await load_head(visit, "provisioning")
    return head, await connections.get_connection(visit.database, visit.actor, head.id)


def page(
    visit: Visit,
    head: Head,
    stored: AppConnection | None,
    *,
    editing: bool = True,
    result: TestResult | None = None,
    problems: Mapping[str, str] | None = None,
    changed: ChangedMeanwhile | None = None,
    standing: Standing | None = None,
) -> Response:
    form, entry = visit.form, catalogue.entry(head.summary.app.name)
    sent = visit.request.method == "POST"
    chosen = form.text("scheme") if sent else visit.query("scheme") or (stored.scheme if stored else "")
    view = IntegrationView(
        head,
        editing,
        [(each, AUTHENTICATION[each]) for each in entry.schemes],
        scheme_of(chosen, head),
        entry.header_is_bearer,
        stored,
        connections.as_seen(stored),
        form.ticked("enable") if sent else stored is None or head.summary.enabled,
        form.text("base_url") if sent else stored.base_url if stored else "",
        integration_oauth.callback_of(visit, head.id),
        integration_oauth.typed_fields(form) if sent else integration_oauth.stored_fields(stored),
        form.text("expires") if sent else date_of(stored),
        visit.context.settings.expiry_notice_days,
        standing,
        form.text("username"),
        form.text("header"),
        result,
        problems or {},
        changed,
    )
    return visit.render("pages/apps/integration.html", view, status=422 if problems or changed else 200)


routes = (
    get("/admin/apps/{id}/provisioning/integration", show),
    post("/admin/apps/{id}/provisioning/integration", save, Permission.MANAGE_APPS),
    post("/admin/apps/{id}/provisioning/integration/test", try_out, Permission.MANAGE_APPS),
    *integration_oauth.routes,
)
