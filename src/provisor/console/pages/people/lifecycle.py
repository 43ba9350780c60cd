"""Dialogs that change a person's state: each says what it will do in which app before it is confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from starlette.responses import Response

from provisor.console.pages.people.operations import OPERATIONS, Words
from provisor.console.pages.people.person import Head, head_of
from provisor.console.routing import Route, get, post
from provisor.console.visit import Visit
from provisor.directory import lifecycle
from provisor.directory.lifecycle import NotInThisStatus, Operation, Status
from provisor.services.actor import Permission
from provisor.services.errors import Forbidden, Invalid
from provisor.services.foreseeing import Consequence, Effect, foresee
from provisor.services.people import apps_of_person
from provisor.services.plans import WhatIf
from provisor.services.sessions import clear_sessions
from provisor.services.users import Credentials, update_user
from provisor.services.users_lifecycle import (
    EFFECTS,
    change_status,
    delete_user,
    expire_with_temporary_password,
)

TITLES = {
    Effect.ENDS: "Accounts that end",
    Effect.APPEARS: "Accounts that are made or active again",
    Effect.CHANGES: "Accounts that change",
    Effect.STAYS: "Accounts that stay as they are",
}


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What happens in the apps, the most important first."""

    parts: list[tuple[str, list[Consequence]]]

    @classmethod
    def of(cls, found: list[Consequence]) -> Outcomes:
        parts = [(title, [each for each in found if each.effect is effect]) for effect, title in TITLES.items()]
        return cls([part for part in parts if part[1]])


@dataclass(frozen=True, slots=True)
class MoveView:
    head: Head
    words: Words
    outcomes: Outcomes
    direct: list[str]
    """Apps assigned to the person alone."""


async def ask(visit: Visit, operation: Operation) -> Response:
    """Say what an operation would do."""
    head = await head_of(visit)
    target = lifecycle.after(operation, head.user.status, credentialed=head.user.credentialed)
    words = OPERATIONS[operation]
    outcomes, direct = Outcomes([]), []
    if words.reaches_apps:
        change = WhatIf({}, status=target.value)
        outcomes = Outcomes.of(await foresee(visit.database, visit.actor, head.user.id, change))
    if operation is Operation.DEACTIVATE:
        apps = await apps_of_person(visit.database, visit.actor, head.user.id)
        direct = [each.app.label for each in apps if each.person.row.facts.assigned and each.person.row.direct]
    return visit.render("pages/people/move.html", MoveView(head, words, outcomes, direct))


async def move(visit: Visit, operation: Operation) -> Response:
    """Carry an operation out."""
    head = await head_of(visit)
    if operation is Operation.EXPIRE_WITH_TEMP_PASSWORD:
        password = await expire_with_temporary_password(visit.database, visit.actor, head.user.id)
        return visit.render("pages/people/temporary.html", TemporaryView(await head_of(visit), password))
    await change_status(visit.database, visit.actor, head.user.id, operation)
    return visit.go(head.path, f"{head.name} {OPERATIONS[operation].done}.")


@dataclass(frozen=True, slots=True)
class TemporaryView:
    head: Head
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PasswordView:
    head: Head
    problems: Mapping[str, str] = field(default_factory=dict)


async def ask_password(visit: Visit) -> Response:
    return visit.render("pages/people/password.html", PasswordView(await head_of(visit)))


async def set_password(visit: Visit) -> Response:
    """Give a person a password that the visitor chose."""
    head = await head_of(visit)
    password, again = visit.form.raw("password"), visit.form.raw("again")
    problems = {} if password == again else {"again": "It is not the same password."}
    if not problems:
        try:
            await update_user(visit.database, visit.actor, head.user.id, None, Credentials(password=password))
        except Invalid as problem:
            problems = {"password": f"It {problem.diagnostics[0].message}."}
    if problems:
        return visit.render("pages/people/password.html", PasswordView(head, problems), status=422)
    return visit.go(head.path, f"{head.name} has a new password, and was signed out everywhere.")


@dataclass(frozen=True, slots=True)
class PlainView:
    head: Head
    waiting: list[str] = field(default_factory=list)
    """Apps where a deactivation has not been confirmed yet."""


async def ask_sign_out(visit: Visit) -> Response:
    return visit.render("pages/people/sign_out.html", PlainView(await head_of(visit)))


async def sign_out(visit: Visit) -> Response:
    """End all of a person's sessions."""
    head = await head_of(visit)
    ended = await clear_sessions(visit.database, visit.actor, head.user.id)
    said = f"{head.name} was signed out ({ended} {'session' if ended == 1 else 'sessions'} ended)."
    return visit.go("/sign-in" if head.user.id == visit.actor.user_id else head.path, said)


async def ask_delete(visit: Visit) -> Response:
    head = await head_of(visit)
    if head.user.status is not Status.DEPROVISIONED:
        raise NotInThisStatus(Operation.DELETE, head.user.status)
    apps = await apps_of_person(visit.database, visit.actor, head.user.id)
    waiting = [each.app.label for each in apps if (mark := each.person.row.facts.mark) is not None and not mark.parked]
    return visit.render("pages/people/delete.html", PlainView(head, waiting))


async def delete(visit: Visit) -> Response:
    """Erase a deactivated person."""
    head = await head_of(visit)
    if head.user.status is not Status.DEPROVISIONED:
        # The service would deactivate, as the API does; nobody was asked about that here.
        raise Forbidden(f"{head.name} is not deactivated any more. Deactivate them first.")
    await delete_user(visit.database, visit.actor, head.user.id)
    return visit.go("/admin/people", f"{head.name} was deleted.")


def routes_of(operation: Operation) -> tuple[Route, Route]:
    """The dialog of one operation; each takes the permission that the operation takes."""
    path, need = f"/admin/people/{{id}}/{OPERATIONS[operation].path}", EFFECTS[operation].permission
    return get(path, partial(ask, operation=operation), need), post(path, partial(move, operation=operation), need)


routes = (
    *(route for operation in OPERATIONS for route in routes_of(operation)),
    get("/admin/people/{id}/password", ask_password, Permission.HELP_PEOPLE),
    post("/admin/people/{id}/password", set_password, Permission.HELP_PEOPLE),
    get("/admin/people/{id}/sign-out", ask_sign_out, Permission.HELP_PEOPLE),
    post("/admin/people/{id}/sign-out", sign_out, Permission.HELP_PEOPLE),
    get("/admin/people/{id}/delete", ask_delete, Permission.MANAGE_PEOPLE),
    post("/admin/people/{id}/delete", delete, Permission.MANAGE_PEOPLE),
)
