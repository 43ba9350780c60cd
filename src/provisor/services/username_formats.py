"""What an app's accounts are called: the format, its suffix, and whether accounts that exist are called anew.

A mapping onto `userName` overrides the format. The API replaces whole apps in `services.apps`; both write the same
columns under the same lock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from provisor.apps.app import App
from provisor.apps.defaults import username_expression, with_suffix
from provisor.apps.mapping import MappingError, PushStatus
from provisor.services import sweeping
from provisor.services.actor import Actor, Permission
from provisor.services.apps import existing_app, held_app
from provisor.services.apps_definition import DEFAULT_TEMPLATE, LONGEST_SUFFIX, LONGEST_TEMPLATE
from provisor.services.apps_editing import part
from provisor.services.errors import ChangedMeanwhile, Invalid
from provisor.services.mapping_ends import needed_setup
from provisor.services.remapping import refuse_format, remapped
from provisor.services.work import Database, Work
from provisor.store import apps
from provisor.systemlog import Event, EventType

FORMATS = {
    "${source.login}": "Username",
    '${fn:substringBefore(source.login, "@")}': "Username prefix",
    "${source.email}": "Email",
    "${fn:toLowerCase(source.email)}": "Email (lowercase)",
    '${fn:substringBefore(source.email, "@")}': "Email prefix",
    "${source.login}${instance.userSuffix}": "Username + suffix",
}
"""Those that need not be written by hand, and what administrators read for them."""
SUBJECT = "The username format"


@dataclass(frozen=True, slots=True)
class UsernameFormat:
    template: str = DEFAULT_TEMPLATE
    """A text with holes, or an expression."""
    suffix: str = ""
    push_status: PushStatus = PushStatus.PUSH
    """“Update application username on”."""

    @classmethod
    def of(cls, app: App) -> UsernameFormat:
        shown = part(part(app.settings, "credentials"), "userNameTemplate")
        keeps = shown.get("pushStatus") == PushStatus.DONT_PUSH
        return cls(
            str(shown.get("template") or app.username_template),
            str(shown.get("userSuffix") or ""),
            PushStatus.DONT_PUSH if keeps else PushStatus.PUSH,
        )

    def as_seen(self) -> dict[str, str]:
        return {"template": self.template, "suffix": self.suffix, "push_status": self.push_status.value}


async def get_username_format(database: Database, actor: Actor, app_id: str) -> UsernameFormat:
    """What accounts are called; raises `NotFound`."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        return UsernameFormat.of(await existing_app(connection, app_id))


async def edit_username_format(
    database: Database,
    actor: Actor,
    app_id: str,
    format: UsernameFormat,
    seen: Mapping[str, str] | None = None,
    *,
    apply_now: bool = True,
) -> UsernameFormat:
    """Change what accounts are called. With `apply_now` false it shows when somebody's account is looked at next.

    Raises `Invalid` with the path `template` or `suffix`, and `ChangedMeanwhile`.
    """
    actor.require(Permission.MANAGE_APPS)
    sweep = None
    async with database.begin(actor) as work:
        now = UsernameFormat.of(await held_app(work.connection, app_id))
        ChangedMeanwhile.check(SUBJECT, seen or {}, now.as_seen())
        if now != format:
            sweep = await store_format(
                work, app_id, format.template, format.push_status, format.suffix, apply_now=apply_now
            )
    if sweep is not None:
        await sweeping.finish(database, sweep)
    return format


async def store_format(
    work: Work,
    app_id: str,
    template: str,
    push_status: PushStatus | None,
    suffix: str | None = None,
    *,
    apply_now: bool = False,
) -> str | None:
    """Store a format, in Okta's place for it; None leaves suffix and when it applies. The sweep to finish, if any."""
    app = await held_app(work.connection, app_id)
    before = await needed_setup(work.connection, app_id)
    credentials = part(app.settings, "credentials")
    shown = {
        **part(credentials, "userNameTemplate"),
        "template": template,
        "type": "BUILT_IN" if template in FORMATS else "CUSTOM",
    }
    if push_status is not None:
        shown["pushStatus"] = push_status.value
    if suffix is not None:
        shown["userSuffix"] = suffix
    whole = with_suffix(template, str(shown.get("userSuffix") or ""))
    _check(template, str(shown.get("userSuffix") or ""), whole)
    settings = {**app.settings, "credentials": {**credentials, "userNameTemplate": shown}}
    await apps.update(work.connection, app_id, app.label, settings, asdict(app.limits), whole)
    await refuse_format(work.connection, app_id, "template")
    work.log(Event(EventType.APP_UPDATE, app_id=app_id))
    return await remapped(work, before, apply_now=apply_now)


def _check(template: str, suffix: str, whole: str) -> None:
    """Raise `Invalid` for what nobody could use."""
    if len(template) > LONGEST_TEMPLATE:
        raise Invalid.one("template", f"has {len(template)} characters; at most {LONGEST_TEMPLATE} are taken")
    if len(suffix) > LONGEST_SUFFIX or "${" in suffix:
        raise Invalid.one("suffix", f"must be text of at most {LONGEST_SUFFIX} characters, without ${{")
    try:
        username_expression(whole)
    except MappingError as problem:
        raise Invalid.one("template", str(problem)) from None
