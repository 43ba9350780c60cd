"""A person's profile: shown, and edited by whoever may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from starlette.responses import Response

from provisor.console.pages.people.attributes import ProfileForm, form_of
from provisor.console.pages.people.person import Head, head_of
from provisor.console.routing import get, post
from provisor.console.visit import Visit
from provisor.directory.profiles import change
from provisor.services.actor import Permission
from provisor.services.errors import ChangedMeanwhile, Invalid
from provisor.services.user_types import list_types
from provisor.services.users import Credentials, update_user

EDIT = "pages/people/edit.html"


@dataclass(frozen=True, slots=True)
class ShownPart:
    title: str
    values: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ProfileView:
    head: Head
    parts: list[ShownPart]
    empty_names: list[str]


@dataclass(frozen=True, slots=True)
class EditView:
    head: Head
    form: ProfileForm
    values: Mapping[str, str]
    """As typed, or as they are."""
    was: Mapping[str, str]
    types: Sequence[tuple[str, str]] = ()
    """Of which type the person may be, where there are several: id, name."""
    type_id: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)
    changed: ChangedMeanwhile | None = None


async def show(visit: Visit) -> Response:
    head = await head_of(visit)
    form = await form_of(visit, head.user.type_id)
    profile = form.shown(head.user.profile)
    parts = [
        ShownPart(
            part.title, [(each.attribute.title, profile[each.name]) for each in part.fields if profile[each.name]]
        )
        for part in form.parts
    ]
    empty = [each.attribute.title for part in form.parts for each in part.fields if not profile[each.name]]
    return visit.render("pages/people/profile.html", ProfileView(head, parts, empty))


async def edit(visit: Visit) -> Response:
    head = await head_of(visit)
    form = await form_of(visit, head.user.type_id)
    now = form.texts(head.user.profile)
    return visit.render(EDIT, EditView(head, form, now, now, await types_of(visit), head.user.type_id))


async def types_of(visit: Visit) -> list[tuple[str, str]]:
    """The types to choose from; none where there is but one."""
    found = await list_types(visit.database, visit.actor)
    return [(each.id, each.display_name) for each in found] if len(found) > 1 else []


async def save(visit: Visit) -> Response:
    """Save what was typed; the second of two savers is told what the first one changed."""
    head = await head_of(visit)
    form = await form_of(visit, head.user.type_id)
    typed = form.typed(visit.form)
    values = {**form.texts(head.user.profile), **{name: visit.form.text(name) for name in typed}}
    type_id = visit.form.text("type") or head.user.type_id
    moved = type_id != head.user.type_id
    try:
        saved = await update_user(
            visit.database,
            visit.actor,
            head.user.id,
            typed,
            Credentials(),
            replace=moved,
            seen=form.seen(visit.form),
            type_id=type_id if moved else None,
        )
    except Invalid as problem:
        problems = {each.path: sentence(each.message) for each in problem.diagnostics}
        # Still what the visitor saw: correcting a typo must not hide what somebody else saved meanwhile.
        was = {**form.texts(head.user.profile), **form.seen(visit.form)}
        view = EditView(head, form, values, was, await types_of(visit), type_id, problems)
        return visit.render(EDIT, view, status=422)
    except ChangedMeanwhile as changed:
        now = form.texts((await head_of(visit)).user.profile)
        view = EditView(head, form, values, now, await types_of(visit), type_id, changed=changed)
        return visit.render(EDIT, view, status=409)
    differs = moved or bool(change(head.user.profile, saved.profile))
    said = f"The profile of {head.name} was saved." if differs else "Nothing was different, so nothing was changed."
    return visit.go(head.path, said)


def sentence(message: str) -> str:
    """A diagnostic as it stands below its field."""
    if message.startswith(("must", "has", "is")):
        message = f"It {message}"
    return message if message.endswith(".") else f"{message}."


routes = (
    get("/admin/people/{id}", show),
    get("/admin/people/{id}/edit", edit, Permission.MANAGE_PEOPLE),
    post("/admin/people/{id}/edit", save, Permission.MANAGE_PEOPLE),
)
