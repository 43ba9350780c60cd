"""A person's profile: shown, and edited by whoever may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.responses import Response

from provisor.console.forms import Form
from provisor.console.pages.people.attributes import ATTRIBUTES, FORM
from provisor.console.pages.people.person import Head, head_of
from provisor.console.routing import get, post
from provisor.console.visit import Visit
from provisor.directory.profiles import change
from provisor.services.actor import Permission
from provisor.services.errors import ChangedMeanwhile, Invalid
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
    values: Mapping[str, str]
    """As typed, or as they are."""
    was: Mapping[str, str]
    problems: Mapping[str, str] = field(default_factory=dict)
    changed: ChangedMeanwhile | None = None
    form = FORM
    names = tuple(ATTRIBUTES)


async def show(visit: Visit) -> Response:
    head = await head_of(visit)
    profile = texts(head.user.profile)
    parts = [
        ShownPart(
            part.title, [(each.attribute.title, profile[each.name]) for each in part.fields if profile[each.name]]
        )
        for part in FORM
    ]
    empty = [each.attribute.title for part in FORM for each in part.fields if not profile[each.name]]
    return visit.render("pages/people/profile.html", ProfileView(head, parts, empty))


async def edit(visit: Visit) -> Response:
    head = await head_of(visit)
    now = texts(head.user.profile)
    return visit.render(EDIT, EditView(head, now, now))


async def save(visit: Visit) -> Response:
    """Save what was typed; the second of two savers is told what the first one changed."""
    typed = typed_profile(visit.form)
    head = await head_of(visit)
    values = {**texts(head.user.profile), **{name: value or "" for name, value in typed.items()}}
    try:
        saved = await update_user(
            visit.database, visit.actor, head.user.id, typed, Credentials(), seen=seen_profile(visit.form)
        )
    except Invalid as problem:
        problems = {each.path: sentence(each.message) for each in problem.diagnostics}
        # Still what the visitor saw: correcting a typo must not hide what somebody else saved meanwhile.
        was = {**texts(head.user.profile), **seen_profile(visit.form)}
        return visit.render(EDIT, EditView(head, values, was, problems), status=422)
    except ChangedMeanwhile as changed:
        now = texts((await head_of(visit)).user.profile)
        return visit.render(EDIT, EditView(head, values, now, changed=changed), status=409)
    differs = bool(change(head.user.profile, saved.profile))
    said = f"The profile of {head.name} was saved." if differs else "Nothing was different, so nothing was changed."
    return visit.go(head.path, said)


def texts(profile: Mapping[str, object]) -> dict[str, str]:
    """Every attribute as a form shows it."""
    return {name: str(profile.get(name) or "") for name in ATTRIBUTES}


def typed_profile(form: Form) -> dict[str, str | None]:
    """The attributes of a form; an empty field is no value."""
    return {name: form.text(name) or None for name in ATTRIBUTES if name in form}


def seen_profile(form: Form) -> dict[str, str]:
    return {name: text for name, text in form.seen().items() if name in ATTRIBUTES}


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
