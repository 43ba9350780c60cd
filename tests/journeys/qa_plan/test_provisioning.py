"""Okta's QA plan, “Provisioning”: connecting an app, with right and wrong credentials, and letting go of it."""

from dataclasses import replace
from typing import Any

import pytest
from tests.journeys.qa_plan.scene import Case

from provisor.scimserver.testing import running
from provisor.services import apps_features, connections
from provisor.services.actor import SYSTEM


async def test_C9306_provisioning_is_connected_and_its_features_are_switched_on(case: Case) -> None:
    """C9306: address and token are saved, create, update and deactivate are on, and whoever is assigned is served."""
    shown = await apps_features.get_features(case.company.database, SYSTEM, case.app)
    assert shown.connected
    assert (shown.features.create, shown.features.update, shown.features.deactivate) == (True, True, True)
    await case.assigned("ann")
    assert (await case.account("ann"))["active"] is True


async def test_C9339_an_app_whose_provisioning_is_off_is_left_alone(case: Case) -> None:
    """C9339: provisioning is switched off; an edit of an assigned person changes nothing, and is not lost."""
    own = replace(case, app=await case.company.app(case.target, case.entry))
    ann = await own.assigned("ann", title="Engineer")
    await connections.deactivate_connection(case.company.database, SYSTEM, own.app)
    await case.company.edit(ann, title="Architect")
    await case.assigned("bob")  # the worker has been at work since
    assert (await own.account("ann"))["title"] == "Engineer"
    await connections.activate_connection(case.company.database, SYSTEM, own.app)
    await own.settled()
    assert (await own.account("ann"))["title"] == "Architect"


@pytest.mark.parametrize(
    ("path", "token", "says"),
    [("", "wrong", "Error authenticating"), ("/nowhere", None, "base URL")],
    ids=["token", "address"],
)
async def test_C9340_wrong_credentials_are_refused_with_the_reason(
    case: Case, path: str, token: str | None, says: str
) -> None:
    """C9340: a wrong token or address is not saved, and the error is shown."""
    target = replace(case.target, url=case.target.url + path, token=token or case.target.token)
    with pytest.raises(connections.TestFailed, match=says):
        await case.company.app(target, case.entry)


async def test_C9341_a_new_token_is_accepted_and_used(company: Any) -> None:
    """C9341: the app gets a new token; entered and saved, it is what the app is asked with from then on."""
    with running(token="the old token") as peer:
        app = await company.app(peer)
    peer = running(token="the new token").start(int(peer.url.split(":")[2].partition("/")[0]))
    await company.connect(app, peer.url, peer.token)
    ann = await company.hire("ann")
    async with company.worker():
        await company.assign(app, ann)
        await company.settled(app)
    assert await company.tasks(app) == []
    assert peer.user("ann@example.com")["active"] is True
    peer.stop()
