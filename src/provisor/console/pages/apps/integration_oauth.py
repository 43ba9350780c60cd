"""API Integration by OAuth 2.0: the client's fields, going to the app to authorize, and coming back.

The way back is a GET that changes something: what makes it safe is its state, which serves one session once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.responses import Response

from provisor.connector.oauth import ClientAuth, GrantType
from provisor.console.forms import Form
from provisor.console.routing import get, post
from provisor.console.security import origin_of
from provisor.console.visit import Visit
from provisor.directory.diagnostics import Diagnostic
from provisor.services import authorizations
from provisor.services.actor import NotAllowed, Permission
from provisor.services.app_summaries import get_summary
from provisor.services.authorizations import Answer, AuthorizationFailed, redirect_uri
from provisor.services.connections import TestFailed
from provisor.services.errors import Invalid
from provisor.store.connections import AppConnection

FIELDS = ("grantType", "clientId", "tokenUrl", "authorizeUrl", "scope", "clientAuthentication", "parameters")
"""All but the secret."""
GRANTS = (
    (GrantType.CLIENT_CREDENTIALS, "Provisor signs in by itself (client credentials)"),
    (GrantType.AUTHORIZATION_CODE, "A person authorizes Provisor (authorization code)"),
)
WAYS = (
    (ClientAuth.BASIC, "In the Authorization header (client_secret_basic)"),
    (ClientAuth.POST, "In the form (client_secret_post)"),
    (ClientAuth.NONE, "Not at all: a public client"),
)
LONGEST_ANSWER = 4000


@dataclass(frozen=True, slots=True)
class Going:
    """A page that leads to the authorization server."""

    label: str
    url: str

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc


@dataclass(frozen=True, slots=True)
class Failure:
    """An authorization that did not come about."""

    label: str
    path: str
    said: str
    may_retry: bool


def typed_fields(form: Form) -> dict[str, str]:
    """What was typed of a client, without its secret."""
    return {name: form.text(name) for name in FIELDS}


def stored_fields(stored: AppConnection | None) -> dict[str, str]:
    """What the fields hold for a stored client; for none, what is usual."""
    usual = {"grantType": GrantType.CLIENT_CREDENTIALS.value, "clientAuthentication": ClientAuth.BASIC.value}
    oauth: Mapping[str, Any] = (stored.oauth if stored else None) or usual
    return {
        name: urlencode(oauth.get(name, {})) if name == "parameters" else str(oauth.get(name, "")) for name in FIELDS
    }


def profile_of(form: Form) -> dict[str, Any]:
    """The fields as a connection's profile; raises `Invalid` for parameters that cannot be read."""
    typed = typed_fields(form)
    ours: dict[str, Any] = {name: typed[name] for name in FIELDS if name != "clientId" and typed[name]}
    if "parameters" in ours:
        try:
            ours["parameters"] = dict(parse_qsl(ours["parameters"], keep_blank_values=True, strict_parsing=True))
        except ValueError:
            said = "must look like audience=https://api.example.com, several joined by “&”"
            raise Invalid("parameters", [Diagnostic("parameters", said)]) from None
    secret = form.raw("clientSecret")
    return {"clientId": typed["clientId"], "provisor": {**ours, **({"clientSecret": secret} if secret else {})}}


def callback_of(visit: Visit, app_id: str) -> str:
    """What the administrator registers with the authorization server."""
    return redirect_uri(visit.context.settings, app_id, origin_of(visit.request))


async def authorize(visit: Visit) -> Response:
    """Off to the authorization server. By a page that goes on by itself: forms may lead nowhere but here."""
    app_id = visit.params["id"]
    summary = await get_summary(visit.database, visit.actor, app_id)
    url = await authorizations.begin_authorization(
        visit.database, visit.actor, visit.context.connectors, app_id, session_of(visit), callback_of(visit, app_id)
    )
    response = visit.render("pages/apps/integration_leave.html", Going(summary.app.label, url))
    response.headers["Refresh"] = f"0; url={url}"
    return response


async def come_back(visit: Visit) -> Response:
    """Back with a code, or with a reason why there is none."""
    app_id = visit.params["id"]
    summary = await get_summary(visit.database, visit.actor, app_id)
    path = f"/admin/apps/{app_id}/provisioning/integration"
    names = ("state", "code", "error", "error_description")
    answer = Answer(*(visit.query(name)[:LONGEST_ANSWER] for name in names))
    try:
        await authorizations.finish_authorization(
            visit.database, visit.actor, visit.context.connectors, app_id, session_of(visit), answer
        )
    except (AuthorizationFailed, TestFailed) as failure:
        tested = isinstance(failure, TestFailed)
        said = f"You authorized Provisor, but the app does not take its tokens: {failure}" if tested else str(failure)
        view = Failure(summary.app.label, path, said, not tested)
        return visit.render("pages/apps/integration_failed.html", view, status=409)
    return visit.go(path, f"Provisor is authorized at {summary.app.label}. What waited is sent.")


def session_of(visit: Visit) -> bytes:
    """What only this visitor's session has."""
    if visit.session is None:
        raise NotAllowed("Sign in first.")
    return visit.session.id_hash


routes = (
    post("/admin/apps/{id}/provisioning/integration/authorize", authorize, Permission.MANAGE_APPS),
    get("/admin/apps/{id}/provisioning/integration/callback", come_back, Permission.MANAGE_APPS),
)
