"""A change that a safeguard holds back: who is concerned, letting go of all or some, and not sending it."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from provisor.console.routing import get, post
from provisor.console.visit import Visit
from provisor.services.actor import Permission
from provisor.services.errors import ChangedMeanwhile
from provisor.services.holds import discard_hold, get_hold, release_hold
from provisor.store.hold_list import Hold
from provisor.store.holds import HoldKind

LIST = "/admin/tasks"
MOST = 500
"""People named in one form."""


@dataclass(frozen=True, slots=True)
class HoldView:
    hold: Hold
    number: int
    """How many wait now."""
    joined: ChangedMeanwhile | None = None

    @property
    def leaving(self) -> bool:
        return self.hold.kind is HoldKind.DEACTIVATIONS


async def show(visit: Visit) -> Response:
    hold, number = await get_hold(visit.database, visit.actor, visit.params["hold"])
    return visit.render("pages/tasks/hold.html", HoldView(hold, number))


async def let_go(visit: Visit) -> Response:
    """Release those who are ticked, or everybody whom the visitor saw; when others have joined, show them first."""
    hold_id = visit.params["hold"]
    hold, _ = await get_hold(visit.database, visit.actor, hold_id)
    people = ticked(visit)
    try:
        number = await release_hold(
            visit.database, visit.actor, hold_id, people=people, seen=visit.form.seen() if people is None else None
        )
    except ChangedMeanwhile as joined:
        return await again(visit, joined)
    act = "being deactivated" if hold.kind is HoldKind.DEACTIVATIONS else "being updated"
    return visit.go(LIST, said(number, f"is {act}", f"are {act}"))


async def discard(visit: Visit) -> Response:
    """Do not send it: for those who are ticked, or for everybody whom the visitor saw."""
    people = ticked(visit)
    try:
        number = await discard_hold(
            visit.database,
            visit.actor,
            visit.params["hold"],
            people=people,
            seen=visit.form.seen() if people is None else None,
        )
    except ChangedMeanwhile as joined:
        return await again(visit, joined)
    return visit.go(LIST, said(number, "keeps the account as it is", "keep their accounts as they are"))


async def again(visit: Visit, joined: ChangedMeanwhile) -> Response:
    hold, number = await get_hold(visit.database, visit.actor, visit.params["hold"])
    return visit.render("pages/tasks/hold.html", HoldView(hold, number, joined), status=422)


def ticked(visit: Visit) -> list[str] | None:
    """The people who are ticked; None = all of them were meant."""
    return visit.form.all("person")[:MOST] if visit.form.text("who") == "ticked" else None


def said(number: int, one: str, many: str) -> str:
    if not number:
        return "Nobody was ticked who is still held back."
    return f"1 person {one}." if number == 1 else f"{number} people {many}."


ONE = LIST + "/holds/{hold}"
routes = (
    get(ONE, show),
    post(ONE + "/release", let_go, Permission.MANAGE_APPS),
    post(ONE + "/discard", discard, Permission.MANAGE_APPS),
)
