"""What a person may do with themselves, whatever their roles: see their profile and apps, change their password.

Nothing here takes a permission; it takes a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from provisor.apps.catalogue import CATALOGUE
from provisor.directory.attributes import Access, Attribute
from provisor.directory.user import User
from provisor.services import attempts
from provisor.services.actor import Actor, NotAllowed
from provisor.services.attempts import SignInRules
from provisor.services.errors import Forbidden, Invalid, NotFound
from provisor.services.passwords import check_chosen, hash_text, verify_password
from provisor.services.sessions import Session, hash_of, new_token, too_many
from provisor.services.stored_schemas import load_types
from provisor.services.users import hold_user, set_password
from provisor.services.work import Database
from provisor.store import own_apps, sessions, users
from provisor.store.own_apps import OwnApp

URLS = (("signOn", "loginUrl"), ("app", "url"), ("app", "loginUrl"), ("signOn", "ssoAcsUrl"))
"""Where the settings of Okta's application types keep the address of an app, below `settings`; the first counts."""


@dataclass(frozen=True, slots=True)
class Tile:
    app_id: str
    label: str
    sign_on_mode: str
    url: str | None
    """Where the app is opened; None while nobody has entered it."""


def own_id(actor: Actor) -> str:
    """The person who acts; raises `NotAllowed` for tokens and processes."""
    if actor.user_id is None:
        raise NotAllowed("An API token belongs to no person. Sign in to see what is your own.")
    return actor.user_id


async def own_profile(database: Database, actor: Actor) -> User:
    """The person who acts."""
    user_id = own_id(actor)
    async with database.read() as connection:
        user = await users.find(connection, user_id)
    if user is None:
        raise NotFound("User", user_id)
    return user


async def own_attributes(database: Database, actor: Actor) -> tuple[Attribute, ...]:
    """The attributes that the person who acts may see of themselves."""
    user_id = own_id(actor)
    async with database.read() as connection:
        user = await users.find(connection, user_id)
        if user is None:
            raise NotFound("User", user_id)
        rules = (await load_types(connection))[user.type_id]
    return tuple(each for each in rules.attributes if each.access is not Access.HIDE and not each.sensitive)


async def own_tiles(database: Database, actor: Actor) -> list[Tile]:
    """The apps that the person who acts is assigned to, without those hidden from people."""
    user_id = own_id(actor)
    async with database.read() as connection:
        found = await own_apps.list_of_user(connection, user_id)
    return [tile(app) for app in found if not is_hidden(app.settings)]


async def change_own_password(
    database: Database,
    actor: Actor,
    old: str,
    new: str,
    *,
    keep: Session | None = None,
    rules: SignInRules | None = None,
) -> str | None:
    """Choose a new password, which ends every session but the one to keep; that one's new token.

    Raises `Invalid` for a wrong old or an unusable new one, `SignInRefused` after too many wrong ones.
    """
    user_id = own_id(actor)
    if old == new:
        raise Invalid.one("newPassword", "is the one you have")
    check_chosen(new, "newPassword")
    async with database.begin(actor) as work:
        found = await sessions.hold_secret(work.connection, user_id)
        if found is None:
            raise NotFound("User", user_id)
        if found.password_hash is None:
            raise Forbidden("You sign in elsewhere, so your password is changed there.")
        tally = await attempts.count(work.connection, found.login, None, rules or SignInRules())
    if tally.wait is not None:
        raise too_many(tally.wait)
    if not await verify_password(found.password_hash, old):
        raise Invalid.one("oldPassword", "is not your password")
    password_hash = await hash_text(new)
    async with database.begin(actor) as work:
        user = await hold_user(work, user_id)
        held = await sessions.hold_secret(work.connection, user_id)
        if held is None or not held.has_the_password_of(found):
            raise Invalid.one("oldPassword", "was changed a moment ago")
        await set_password(work, user, password_hash, keep=keep.id_hash if keep else None)
        if keep is None:
            return None
        # Whoever has the old token of this session may be why the password is changed.
        token = new_token()
        await sessions.rename(work.connection, keep.id_hash, hash_of(token))
    return token


def tile(app: OwnApp) -> Tile:
    entry = CATALOGUE.get(app.name)
    mode = app.settings.get("signOnMode") or (entry.sign_on_mode if entry else "BOOKMARK")
    return Tile(app.id, app.label, mode, url_of(app.settings))


def url_of(settings: Mapping[str, Any]) -> str | None:
    """The address an administrator entered. Only http and https: a link must not run a script."""
    for path in URLS:
        value: Any = settings.get("settings")
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        if isinstance(value, str) and is_web(value):
            return value
    return None


def is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def is_hidden(settings: Mapping[str, Any]) -> bool:
    visibility = settings.get("visibility")
    hide = visibility.get("hide") if isinstance(visibility, dict) else None
    return isinstance(hide, dict) and hide.get("web") is True
