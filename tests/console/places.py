"""A small company whose ids stand in for the parameters of the console's routes."""

from dataclasses import dataclass

from tests.console.conftest import Site

from provisor.console.routing import Route
from provisor.directory.user import DEFAULT_TYPE
from provisor.provisioning.pending import NoChange
from provisor.services import apps, change_plans
from provisor.services.actor import SYSTEM
from provisor.services.apps_definition import parse_definition


@dataclass(frozen=True)
class Places:
    person: str
    group: str
    app: str
    event: str
    plan: str

    def path(self, route: Route) -> str:
        """The route's path with ids of things that are there."""
        path = route.path
        for prefix, name, value in (
            ("/admin/people/", "{id}", self.person),
            ("/admin/groups/", "{id}", self.group),
            ("/admin/apps/", "{id}", self.app),
            ("", "{user}", self.person),
            ("", "{user_id}", self.person),
            ("", "{group}", self.group),
            ("", "{group_id}", self.group),
            ("", "{app}", self.app),
            ("", "{app_id}", self.app),
            ("", "{type}", DEFAULT_TYPE),
            ("", "{attribute}", "nickName"),
            ("", "{entry}", "scim2_bearer_token"),
            ("", "{name}", "scim2_bearer_token"),
            ("", "{role}", "READ_ONLY_ADMIN"),
            ("", "{operation}", "deactivate"),
            ("/admin/log/", "{id}", self.event),
            ("", "{plan}", self.plan),
        ):
            if path.startswith(prefix):
                path = path.replace(name, value)
        return path.replace("{", "").replace("}", "")


async def made(site: Site) -> Places:
    """Somebody in a group and in an app."""
    company = site.company
    person = await company.hire("grace")
    group = await company.group("Engineering", person)
    app = await apps.create_app(
        site.database, SYSTEM, parse_definition({"name": "scim2_bearer_token", "label": "Wiki"})
    )
    await company.assign(app.id, person)
    await company.assign_group(app.id, group)
    plan = await change_plans.create_plan(site.database, SYSTEM, app.id, NoChange(), lifetime=3600.0)
    return Places(person, group, app.id, "0", plan.row.id)
