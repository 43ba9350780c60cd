"""API tokens: who or what may call the API; made, shown once, revoked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from starlette.responses import Response

from provisor.console.pages.administrators.administrators import PATH as ADMINISTRATORS
from provisor.console.pages.administrators.administrators import TABS
from provisor.console.routing import get, post
from provisor.console.visit import Visit
from provisor.services.actor import Permission, Scope
from provisor.services.tokens import create_token, get_token, list_tokens, revoke_token
from provisor.store.tokens import Token

PATH = f"{ADMINISTRATORS}/tokens"
SHOWN = 100
LONGEST_NAME = 100
MEANINGS = {
    Scope.READ: "Reads everything: people, groups, apps, tasks and the System Log.",
    Scope.WRITE: "Reads and changes everything, as a super administrator may.",
    Scope.SCIM: "Pushes people and groups in over SCIM, and nothing else.",
}
LIVES = (("30", "30 days"), ("90", "90 days"), ("365", "1 year"), ("", "Never"))


@dataclass(frozen=True, slots=True)
class TokensView:
    tokens: list[Token]
    older: str | None
    now: datetime
    tabs = TABS


@dataclass(frozen=True, slots=True)
class NewView:
    name: str = ""
    scopes: frozenset[str] = frozenset({Scope.READ.value})
    life: str = "90"
    problems: Mapping[str, str] = field(default_factory=dict)
    meanings = MEANINGS
    lives = LIVES


@dataclass(frozen=True, slots=True)
class MadeView:
    token: Token
    text: str = field(repr=False)


async def show(visit: Visit) -> Response:
    after = visit.query("after").replace("\x00", "")
    tokens = await list_tokens(visit.database, visit.actor, after=after, limit=SHOWN + 1)
    older = f"{PATH}?after={tokens[SHOWN - 1].id}" if len(tokens) > SHOWN else None
    return visit.render("pages/administrators/tokens.html", TokensView(tokens[:SHOWN], older, datetime.now(UTC)))


async def ask(visit: Visit) -> Response:
    return visit.render("pages/administrators/new_token.html", NewView())


async def make(visit: Visit) -> Response:
    """Make a token and show it, once."""
    form = visit.form
    name, life = form.text("name"), form.text("life")
    scopes = frozenset(form.all("scope")) & {each.value for each in Scope}
    problems: dict[str, str] = {}
    if not 1 <= len(name) <= LONGEST_NAME:
        problems["name"] = f"Say in at most {LONGEST_NAME} characters what will use the token."
    if not scopes:
        problems["scope"] = "Choose what it may do."
    if life not in {value for value, _ in LIVES}:
        problems["life"] = "Choose how long it is valid."
    if problems:
        view = NewView(name, scopes, life, problems)
        return visit.render("pages/administrators/new_token.html", view, status=422)
    expires = datetime.now(UTC) + timedelta(days=int(life)) if life else None
    allowed = frozenset(Scope(each) for each in scopes)
    token, text = await create_token(visit.database, visit.actor, name, allowed, expires)
    return visit.render("pages/administrators/token.html", MadeView(token, text))


async def ask_revoke(visit: Visit) -> Response:
    token = await get_token(visit.database, visit.actor, visit.params["token"])
    return visit.render("pages/administrators/revoke_token.html", token)


async def revoke(visit: Visit) -> Response:
    """Make a token useless."""
    token = await get_token(visit.database, visit.actor, visit.params["token"])
    await revoke_token(visit.database, visit.actor, token.id)
    return visit.go(PATH, f"The token {token.name} is useless now.")


routes = (
    get(PATH, show),
    get(f"{PATH}/new", ask, Permission.MANAGE_ADMINS),
    post(f"{PATH}/new", make, Permission.MANAGE_ADMINS),
    get(f"{PATH}/{{token}}/revoke", ask_revoke, Permission.MANAGE_ADMINS),
    post(f"{PATH}/{{token}}/revoke", revoke, Permission.MANAGE_ADMINS),
)
