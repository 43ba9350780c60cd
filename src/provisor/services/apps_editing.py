"""Changes one panel of an app at a time: general settings, sign-on, pace and safeguards; the rest stays as it is.

Who saves names what they saw (`seen`), so that the second of two who save the same panel is told. The API replaces
whole objects in `services.apps`; both write the same columns under the same lock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from provisor.apps.app import App, Limits
from provisor.apps.catalogue import SignOn
from provisor.directory.diagnostics import Diagnostic
from provisor.services.actor import Actor, Permission
from provisor.services.apps import held_app
from provisor.services.apps_definition import LIMITS, LONGEST_LABEL, AppDefinition, parse_definition
from provisor.services.errors import ChangedMeanwhile, Invalid
from provisor.services.own import URLS, is_web, url_of
from provisor.services.work import Database
from provisor.store import apps
from provisor.systemlog import Event, EventType

MODES = {SignOn.SAML: "SAML_2_0", SignOn.SWA: "AUTO_LOGIN"}
"""Okta's `signOnMode`."""
LONGEST_URL = 2048

Settings = dict[str, Any]


@dataclass(frozen=True, slots=True)
class General:
    label: str
    hide_web: bool = False
    hide_mobile: bool = False
    auto_launch: bool = False

    @classmethod
    def of(cls, app: App) -> General:
        visibility = part(app.settings, "visibility")
        hide = part(visibility, "hide")
        return cls(app.label, hide.get("web") is True, hide.get("iOS") is True, visibility.get("autoLaunch") is True)

    def as_seen(self) -> dict[str, str]:
        return {name: value if isinstance(value, str) else ticked(value) for name, value in asdict(self).items()}

    def put(self, settings: Mapping[str, Any]) -> Settings:
        """The settings with this in it, in Okta's places."""
        visibility = part(settings, "visibility")
        hide = {**part(visibility, "hide"), "web": self.hide_web, "iOS": self.hide_mobile}
        return {**settings, "visibility": {**visibility, "autoLaunch": self.auto_launch, "hide": hide}}


@dataclass(frozen=True, slots=True)
class SignOnSettings:
    method: SignOn
    url: str = ""
    """Where a person's tile leads; empty while nobody has entered it."""

    @classmethod
    def of(cls, app: App) -> SignOnSettings:
        saml = str(app.settings.get("signOnMode", "")).startswith("SAML")
        return cls(SignOn.SAML if saml else SignOn.SWA, url_of(app.settings) or "")

    def as_seen(self) -> dict[str, str]:
        return {"method": self.method.value, "url": self.url}

    def put(self, settings: Mapping[str, Any]) -> Settings:
        """The settings with this in it, in Okta's places; the address comes first among those a tile looks for."""
        nested = dict(part(settings, "settings"))
        if self.url:
            nested["signOn"] = {**part(nested, "signOn"), "loginUrl": self.url}
        else:
            for outer, inner in URLS:
                if outer in nested:
                    nested[outer] = {name: value for name, value in part(nested, outer).items() if name != inner}
        return {**settings, "signOnMode": MODES[self.method], "settings": nested}


def part(settings: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = settings.get(name)
    return value if isinstance(value, dict) else {}


def ticked(value: bool) -> str:
    return "on" if value else ""


def check_general(general: General) -> None:
    """Raise `Invalid` for a name that cannot be used."""
    if not general.label.strip():
        raise Invalid.one("label", "Enter a name.")
    if len(general.label) > LONGEST_LABEL:
        raise Invalid.one("label", f"The name has {len(general.label)} characters; at most {LONGEST_LABEL} are taken.")


def check_sign_on(sign_on: SignOnSettings) -> None:
    """Raise `Invalid` for an address that a tile cannot lead to."""
    if not sign_on.url:
        return
    if len(sign_on.url) > LONGEST_URL:
        raise Invalid.one("url", f"The address has {len(sign_on.url)} characters; at most {LONGEST_URL} are taken.")
    if not is_web(sign_on.url):
        raise Invalid.one("url", "Write the whole address, beginning with https:// or http://.")


def definition_of(entry: str, general: General, sign_on: SignOnSettings) -> AppDefinition:
    """What `services.apps.create_app` takes; raises `Invalid`."""
    check_general(general)
    check_sign_on(sign_on)
    return parse_definition({"name": entry, "label": general.label, **sign_on.put(general.put({}))})


async def edit_general(
    database: Database, actor: Actor, app_id: str, general: General, seen: Mapping[str, str] | None = None
) -> App:
    """Change name, visibility and automatic sign-in."""
    check_general(general)

    def change(app: App) -> App:
        ChangedMeanwhile.check("The app", seen or {}, General.of(app).as_seen())
        return replace(app, label=general.label, settings=general.put(app.settings))

    return await _edit(database, actor, app_id, change)


async def edit_sign_on(
    database: Database, actor: Actor, app_id: str, sign_on: SignOnSettings, seen: Mapping[str, str] | None = None
) -> App:
    """Change how people get into the app."""
    check_sign_on(sign_on)

    def change(app: App) -> App:
        ChangedMeanwhile.check("Sign-on", seen or {}, SignOnSettings.of(app).as_seen())
        return replace(app, settings=sign_on.put(app.settings))

    return await _edit(database, actor, app_id, change)


async def edit_limits(
    database: Database, actor: Actor, app_id: str, limits: Mapping[str, Any], seen: Mapping[str, str] | None = None
) -> App:
    """Change pace and safeguards; `limits` by the API's names. Raises `Invalid` with every problem at once."""
    problems = [
        Diagnostic(name, f"must be {rule.says}")
        for name, rule in LIMITS.items()
        if name in limits and not rule.holds(limits[name])
    ]
    if problems:
        raise Invalid("limits", problems)

    def change(app: App) -> App:
        ChangedMeanwhile.check("Pace and safeguards", seen or {}, limits_as_seen(app.limits))
        changes = {rule.field: limits[name] for name, rule in LIMITS.items() if name in limits}
        return replace(app, limits=replace(app.limits, **changes))

    return await _edit(database, actor, app_id, change)


def limits_as_seen(limits: Limits) -> dict[str, str]:
    """By the API's names; no limit is an empty text."""
    values = {name: getattr(limits, rule.field) for name, rule in LIMITS.items()}
    return {name: "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
            for name, value in values.items()}  # fmt: skip


async def _edit(database: Database, actor: Actor, app_id: str, change: Callable[[App], App]) -> App:
    actor.require(Permission.MANAGE_APPS)
    async with database.begin(actor) as work:
        app = await held_app(work.connection, app_id)
        edited = change(app)
        if edited == app:
            return app
        saved = await apps.update(
            work.connection, app_id, edited.label, edited.settings, asdict(edited.limits), edited.username_template
        )
        work.log(Event(EventType.APP_UPDATE, app_id=app_id))
        work.wake([app_id])
    return saved
