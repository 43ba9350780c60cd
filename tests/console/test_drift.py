"""Drift of an app through its page: checks, what they found value by value, creating again, and the schedule."""

import re

from tests.console.conftest import Site, Visitor
from tests.console.test_apps_health import seen, words_of
from tests.contracts.odd_app import odd_app

from provisor.services import drift
from provisor.services.actor import SYSTEM


async def ended(site: Site, app: str) -> bool:
    run = (await drift.get_state(site.database, SYSTEM, app)).run
    return run is not None and run.finished is not None


async def test_an_administrator_checks_repairs_and_creates_again(site: Site, admin: Visitor) -> None:
    """Before and after stand side by side with who it is; what is gone is created again with one button."""
    company = site.company
    async with odd_app() as odd:
        app = await company.app(odd, "scim2")
        path = f"/admin/apps/{app}/provisioning/drift"
        for name in ("alan", "bob"):
            await company.assign(app, await company.hire(name, title="Engineer"))
        _, page = await admin.get(path)
        assert "Nobody has looked yet" in words_of(page)
        async with company.worker():
            await company.settled(app)
            alan, bob = sorted(odd.users.values(), key=lambda each: each["userName"])
            alan["title"] = "<Wizard>"
            del odd.users[bob["id"]]
            await admin.post(path)
            await company.until(lambda: ended(site, app), "the check")
            _, page = await admin.get(path)
            said = words_of(page)
            assert re.search(r"alan@example.com Changed in the app title Engineer → <Wizard>", said)
            assert re.search(r"bob@example.com Gone from the app Create again", said)
            await admin.post(path, {"repair": "yes"})
            await company.until(lambda: ended(site, app), "the repair")
            await company.settled(app)
            assert alan["title"] == "Engineer"
            _, page = await admin.get(f"{path}?kind=CHANGED_THERE")
            assert "repaired" in words_of(page) and "bob@example.com" not in words_of(page)
            await admin.post(f"{path}/recreate")
            await company.settled(app)
        assert sorted(each["userName"] for each in odd.users.values()) == ["alan@example.com", "bob@example.com"]
    _, page = await admin.get(path)
    was = seen(page)
    status, page = await admin.post(f"{path}/schedule", {"mode": "REPORT", "hours": "often", **was})
    assert (status, 'value="often"' in page) == (422, True)
    await admin.post(f"{path}/schedule", {"mode": "REPORT", "hours": "12", **was})
    status, page = await admin.post(f"{path}/schedule", {"mode": "REPAIR", "hours": "12", **was})
    assert (status, "Somebody else saved this" in page) == (422, True)
    await admin.post(path)
    status, page = await admin.post(path)
    assert (status, "A check of this app is under way" in words_of(page)) == (422, True)
