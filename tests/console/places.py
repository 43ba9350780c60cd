"""A small company whose ids stand in for the parameters of the console's routes."""

from dataclasses import dataclass

from tests.console.conftest import Site

from provisor.console.routing import Route
from provisor.directory.user import DEFAULT_TYPE
from provisor.provisioning.drift import Difference, Finding, Kind, Phase, Tally
from provisor.provisioning.pending import NoChange
from provisor.services import apps, change_plans
from provisor.services.actor import SYSTEM
from provisor.services.apps_definition import parse_definition
from provisor.store import drift_findings, drift_runs


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
    await drift_found(site, app.id, person)
    plan = await change_plans.create_plan(site.database, SYSTEM, app.id, NoChange(), lifetime=3600.0)
    return Places(person, group, app.id, "0", plan.row.id)


async def drift_found(site: Site, app_id: str, person: str) -> None:
    """A check of the app that found something of two kinds."""
    title = Difference("title", "Engineer", None, kept=False)
    found = [Finding(Kind.NOT_KEPT, person, "1", "grace", (title,)), Finding(Kind.MISSING, person, "2", None)]
    async with site.database.pool.acquire() as connection:
        await drift_runs.insert(connection, "drf1", app_id, repair=False, started_by=person, cause="t")
        await drift_findings.put(connection, app_id, "drf1", found)
        await drift_runs.move(connection, "drf1", Phase.LISTING, None, 2, Tally(2).plus(found))
        run = await drift_runs.find_open(connection, app_id)
        assert run is not None
        await drift_runs.finish(connection, run, complete=False, reason="The app listed 2 accounts more than once.")
