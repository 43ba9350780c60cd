"""Changes what an app's accounts are called, within a transaction that decides about the rest."""

from __future__ import annotations

from dataclasses import asdict

from provisor.apps.mapping import PushStatus
from provisor.services.apps import held_app
from provisor.services.apps_editing import part
from provisor.services.mapping_ends import needed_setup
from provisor.services.remapping import remapped
from provisor.services.work import Work
from provisor.store import apps
from provisor.systemlog import Event, EventType


async def store_format(work: Work, app_id: str, template: str, push_status: PushStatus | None) -> None:
    """Store a username format, in Okta's place for it; who is concerned is not marked. None leaves when it applies."""
    app = await held_app(work.connection, app_id)
    before = await needed_setup(work.connection, app_id)
    credentials = part(app.settings, "credentials")
    shown = {
        **part(credentials, "userNameTemplate"),
        "template": template,
        "type": "BUILT_IN" if "${" in template else "CUSTOM",
    }
    if push_status is not None:
        shown["pushStatus"] = push_status.value
    settings = {**app.settings, "credentials": {**credentials, "userNameTemplate": shown}}
    await apps.update(work.connection, app_id, app.label, settings, asdict(app.limits), template)
    await remapped(work, before, apply_now=False)
    work.log(Event(EventType.APP_UPDATE, app_id=app_id))
