"""Settings that break in the middle of the work: what is wrong is told once, and who is not concerned is served."""

from typing import Any

import pytest

from provisor.scimserver.testing import Peer, Rule


@pytest.mark.parametrize("entry", ["scim2_bearer_token", "scim2"])
async def test_credentials_revoked_in_the_middle_are_one_task_and_new_ones_serve_the_rest(
    company: Any, peer: Peer, entry: str
) -> None:
    """Some have accounts when the token ends: one task for the app, none for anybody, and nobody has two accounts."""
    app = await company.app(peer, entry)
    crew = await company.group("Crew", *[await company.hire(f"person{n}") for n in range(60)])
    peer.faults.add(Rule(skip=25, status=401, body='{"detail":"the token has been revoked"}'))
    async with company.worker():
        await company.assign_group(app, crew)
        (task,) = await company.until(lambda: company.tasks(app), "the task")
        assert (task["kind"], task["user_id"]) == ("CREDENTIALS", None)
        await company.until(lambda: company.resting(app), "the app to be left alone")
        assert len(await company.tasks(app)) == 1
        served = len(peer.users())
        assert 0 < served < 60
        peer.faults.clear()
        await company.connect(app, peer.url, peer.token)
        await company.settled(app)
    assert len(peer.users()) == 60
    assert await company.differences(app, peer) == []
    assert await company.tasks(app) == []
    assert len(await company.events("application.integration.authentication_failure", "FAILURE")) == 1
