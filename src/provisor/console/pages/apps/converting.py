"""Convert assignments: whom groups could take over, or who could be assigned individually too, and doing so."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from provisor.console.pages.apps.head import Head, load_head
from provisor.console.rendering import plural
from provisor.console.routing import get, post
from provisor.console.visit import Visit
from provisor.services import conversion
from provisor.services.actor import Permission
from provisor.services.conversion import Conversion, Towards


@dataclass(frozen=True, slots=True)
class ConvertView:
    head: Head
    foreseen: Conversion
    problem: str = ""

    @property
    def path(self) -> str:
        return f"{self.head.tab}/convert"

    @property
    def to_group(self) -> bool:
        return self.foreseen.towards is Towards.GROUP


async def ask(visit: Visit) -> Response:
    """What would change, and what would not."""
    return await page(visit, towards(visit.query("to")))


async def convert(visit: Visit) -> Response:
    """Convert who is ticked, or everybody who can be."""
    app_id, to = visit.params["id"], towards(visit.form.text("to"))
    chosen = None if visit.form.ticked("all") else visit.form.all("user")
    if chosen == []:
        return await page(visit, to, "Tick whom to convert, or convert all.")
    done = await conversion.convert(visit.database, visit.actor, app_id, to, chosen)
    number = plural(done.count, "assignment")
    refused = f" {plural(len(done.refused), 'person', 'people')} could not be converted." if done.refused else ""
    return visit.go(f"/admin/apps/{app_id}/assignments", f"Converted {number}.{refused}")


async def page(visit: Visit, to: Towards, problem: str = "") -> Response:
    head = await load_head(visit, "assignments")
    foreseen = await conversion.preview(visit.database, visit.actor, head.id, to)
    return visit.render("pages/apps/convert.html", ConvertView(head, foreseen, problem), status=422 if problem else 200)


def towards(text: str) -> Towards:
    return Towards.USER if text == Towards.USER else Towards.GROUP


PATH = "/admin/apps/{id}/assignments/convert"
routes = (
    get(PATH, ask, Permission.MANAGE_APPS),
    post(PATH, convert, Permission.MANAGE_APPS),
)
