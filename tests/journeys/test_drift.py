"""Edits made in apps: read back, reported, and repaired through the same plan as everything else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.contracts.odd_app import odd_app

from provisor.provisioning.drift import Kind
from provisor.scimserver.testing import Peer, Rule
from provisor.services import drift
from provisor.services.actor import SYSTEM
from provisor.store.drift_findings import FindingRow
from provisor.store.drift_runs import DriftRun


async def checked(company: Any, app: str, *, repair: bool = False) -> DriftRun:
    """A check from beginning to end."""
    await drift.begin_check(company.database, SYSTEM, app, repair=repair)
    await company.until(lambda: ended(company, app), "the check to end")
    run = (await drift.get_state(company.database, SYSTEM, app)).run
    assert run is not None
    return run


async def ended(company: Any, app: str) -> bool:
    run = (await drift.get_state(company.database, SYSTEM, app)).run
    return run is not None and run.finished is not None


async def findings(company: Any, app: str) -> dict[str, FindingRow]:
    """By the name that the account has in the app, or the person's."""
    found = await drift.list_findings(company.database, SYSTEM, app, kind=None, after=None, limit=100)
    return {(each.login or each.username or "").partition("@")[0]: each for each in found}


def kinds(found: dict[str, FindingRow]) -> dict[str, str]:
    return {name: each.kind.value for name, each in found.items()}


async def patch(company: Any, peer: Peer, name: str, path: str, value: Any) -> None:
    """An edit made in the app."""
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": path, "value": value}],
    }
    await company.scim(peer, "PATCH", f"/Users/{peer.user(f'{name}@example.com')['id']}", body)


@asynccontextmanager
async def peopled(company: Any, peer: Peer, *names: str, **limits: Any) -> AsyncIterator[str]:
    """An app in which these people have accounts, and a worker."""
    app: str = await company.app(peer, **limits)
    for name in names:
        await company.assign(app, await company.hire(name, title="Engineer"))
    async with company.worker():
        await company.settled(app)
        yield app


async def test_what_was_edited_in_the_app_is_reported_and_then_repaired(company: Any, peer: Peer) -> None:
    """A report writes nothing; a repair puts every account back, switches on and off, and touches no stranger.

    An account that is gone is a task; it is made again only when somebody says so.
    """
    names = ["same", "edited", "off", "gone", "left"]
    async with peopled(company, peer, *names, holdFloor=100) as app:
        await company.unassign(app, company.ids["left@example.com"])
        await company.settled(app)
        await patch(company, peer, "edited", "title", "Wizard")
        await patch(company, peer, "off", "active", False)
        await patch(company, peer, "left", "active", True)
        await company.scim(peer, "DELETE", f"/Users/{peer.user('gone@example.com')['id']}")
        await company.scim(
            peer, "POST", "/Users", {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "stranger"}
        )
        before = peer.users()

        run = await checked(company, app)
        assert (run.complete, run.reason, run.total, run.tally.seen) == (True, "", 5, 5)
        assert peer.users() == before
        found = await findings(company, app)
        assert kinds(found) == {
            "edited": Kind.CHANGED_THERE,
            "off": Kind.SWITCHED_OFF_THERE,
            "left": Kind.SWITCHED_ON_THERE,
            "gone": Kind.MISSING,
            "stranger": Kind.UNKNOWN_THERE,
        }
        assert [(each.name, each.ours, each.there) for each in found["edited"].differences] == [
            ("title", "Engineer", "Wizard")
        ]
        assert [each["kind"] for each in await company.tasks(app)] == ["MISSING_ACCOUNTS"]
        assert "gone@example.com" in (await company.tasks(app))[0]["summary"]

        run = await checked(company, app, repair=True)
        assert (run.tally.repaired, run.tally.drifted) == (3, 4)
        await company.settled(app)
        assert peer.user("edited@example.com")["title"] == "Engineer"
        assert peer.user("off@example.com")["active"] is True
        assert peer.user("left@example.com")["active"] is False
        assert len(peer.users()) == 5
        pushed = await company.events("application.provision.user.push_profile")
        assert company.ids["edited@example.com"] in {
            each["user_id"] for each in pushed if each["transaction_id"] == run.cause
        }

        run = await checked(company, app)
        assert kinds(await findings(company, app)) == {"gone": Kind.MISSING, "stranger": Kind.UNKNOWN_THERE}
        assert await drift.recreate(company.database, SYSTEM, app) == [company.ids["gone@example.com"]]
        await company.settled(app)
        assert peer.user("gone@example.com")["active"] is True
        assert await company.tasks(app) == []
        assert len(await company.events("provisor.drift.end")) == 3


async def test_a_repair_of_many_is_held_by_the_safeguard_of_the_attribute(company: Any, peer: Peer) -> None:
    """Repairs are overwrites like others: beyond the app's number they wait until somebody has looked."""
    async with peopled(company, peer, "ada", "alan", "grace", overwritePercent=0, overwriteFloor=1) as app:
        for name in ("ada", "alan", "grace"):
            await patch(company, peer, name, "title", "Wizard")
        assert (await checked(company, app, repair=True)).tally.repaired == 3

        async def held() -> bool:
            titles = sorted(each["title"] for each in peer.users())
            waiting = await company.database.pool.fetchval(
                "SELECT waiting FROM hold WHERE app_id = $1 AND released IS NULL", app
            )
            return bool(waiting) and titles == ["Engineer", "Wizard", "Wizard"]

        await company.until(held, "the safeguard to trip")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Rule(path=r"/Users\?startIndex=\d+&count=100", page="duplicated"), "more than once"),
        (Rule(path=r"/Users\?startIndex=\d+&count=100", total=1), "says that it has"),
    ],
    ids=["a page twice", "a total too high"],
)
async def test_a_listing_that_is_not_proven_complete_says_of_nobody_that_they_are_missing(
    company: Any, peer: Peer, fault: Rule, said: str
) -> None:
    """A server that repeats accounts or promises more than it lists: the check says so, and reports nobody gone."""
    async with peopled(company, peer, "here", "there", "gone") as app:
        await company.scim(peer, "DELETE", f"/Users/{peer.user('gone@example.com')['id']}")
        peer.faults.add(fault)
        run = await checked(company, app)
        assert run.complete is False
        assert said in run.reason
        assert await findings(company, app) == {}
        assert await company.tasks(app) == []


async def test_a_value_that_the_app_makes_something_else_of_is_repaired_once(company: Any) -> None:
    """A server that keeps titles in capitals is written once; then that is reported apart, not repaired for ever.

    It hides whoever is switched off: such an account is not taken to be gone.
    """
    async with odd_app(shouts=frozenset({"title"}), hides=True) as shouting, peopled(company, shouting, "ada") as app:
        run = await checked(company, app, repair=True)
        assert (run.tally.repaired, run.unkept) == (1, {})
        await company.settled(app)
        writes = len([each for each in shouting.asked if each.startswith("PUT")])
        assert writes == 1
        for _ in range(2):
            run = await checked(company, app, repair=True)
            assert (run.tally.repaired, run.tally.drifted, run.unkept) == (0, 0, {"title": 1})
            assert kinds(await findings(company, app)) == {"ada": Kind.NOT_KEPT}
            await company.settled(app)
        next(iter(shouting.users.values()))["active"] = False
        assert (await checked(company, app)).complete
        assert kinds(await findings(company, app)) == {"ada": Kind.SWITCHED_OFF_THERE}
        assert len([each for each in shouting.asked if each.startswith("PUT")]) == writes


async def test_checks_begin_by_themselves_and_outlive_the_worker(company: Any, peer: Peer) -> None:
    """An app is set to be repaired every day: the first check begins by itself; a page that failed is asked again."""
    async with peopled(company, peer, "ada") as app:
        await patch(company, peer, "ada", "title", "Wizard")
        peer.faults.add(Rule(path=r"/Users\?startIndex=\d+&count=100", status=500))
        await drift.set_schedule(company.database, SYSTEM, app, "REPAIR", 24)
        await company.until(lambda: refused(peer), "the first page to fail")
    peer.faults.clear()
    async with company.worker():
        await company.until(lambda: ended(company, app), "the check to end")
        await company.settled(app)
        assert peer.user("ada@example.com")["title"] == "Engineer"
        assert await drift.begin_due(company.database) == []


async def refused(peer: Peer) -> bool:
    return any(each.status == 500 for each in peer.journal)
