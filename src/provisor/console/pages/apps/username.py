"""The format of an app's usernames: one of the usual ones or one's own, and whether accounts are called anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.responses import Response

from provisor.apps.mapping import PushStatus
from provisor.console.forms import in_words, problems_by_field
from provisor.console.pages.apps.head import Head, load_head
from provisor.console.routing import get, post
from provisor.console.visit import Visit
from provisor.services.actor import Permission
from provisor.services.errors import ChangedMeanwhile, Invalid
from provisor.services.username_formats import FORMATS, UsernameFormat, edit_username_format, get_username_format

CUSTOM = "custom"
PAGE = "pages/apps/username.html"
LABELS = {"template": "Username format", "suffix": "Suffix", "push_status": "Update application username on"}


@dataclass(frozen=True, slots=True)
class UsernameView:
    head: Head
    format: UsernameFormat
    """As typed, or as it is."""
    was: Mapping[str, str]
    problems: Mapping[str, str] = field(default_factory=dict)
    changed: ChangedMeanwhile | None = None
    names = ("format", *LABELS)

    @property
    def choices(self) -> list[tuple[str, str]]:
        return [*FORMATS.items(), (CUSTOM, "Custom")]

    @property
    def chosen(self) -> str:
        return self.format.template if self.format.template in FORMATS else CUSTOM


async def edit(visit: Visit) -> Response:
    head = await load_head(visit, "provisioning")
    now = await get_username_format(visit.database, visit.actor, head.id)
    return visit.render(PAGE, UsernameView(head, now, now.as_seen()))


async def save(visit: Visit) -> Response:
    """Change what accounts are called."""
    head, form = await load_head(visit, "provisioning"), visit.form
    chosen = form.text("format")
    status = PushStatus.DONT_PUSH if form.text("push_status") == PushStatus.DONT_PUSH else PushStatus.PUSH
    template = form.text("template") if chosen == CUSTOM else chosen
    typed = UsernameFormat(template, form.text("suffix"), status)
    now = form.ticked("apply")
    try:
        await edit_username_format(visit.database, visit.actor, head.id, typed, form.seen(), apply_now=now)
    except Invalid as refusal:
        stored = (await get_username_format(visit.database, visit.actor, head.id)).as_seen()
        view = UsernameView(head, typed, {**stored, **form.seen()}, problems_by_field(refusal))
        return visit.render(PAGE, view, status=422)
    except ChangedMeanwhile as changed:
        fresh = (await get_username_format(visit.database, visit.actor, head.id)).as_seen()
        words = in_words(changed, "The username format", LABELS)
        return visit.render(PAGE, UsernameView(head, typed, fresh, changed=words), status=409)
    said = "Accounts whose name differs are renamed." if now else "Accounts get it when something of a person changes."
    return visit.go(f"{head.path}/provisioning#mappings", f"The username format was saved. {said}")


routes = (
    get("/admin/apps/{id}/provisioning/username", edit, Permission.MANAGE_APPS),
    post("/admin/apps/{id}/provisioning/username", save, Permission.MANAGE_APPS),
)
