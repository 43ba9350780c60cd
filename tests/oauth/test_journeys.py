"""People reach an app that checks their tokens at an authorization server, through its good and its bad days."""

import secrets

from tests.oauth.conftest import REDIRECT, Office
from tests.oauth.iam import Iam

CODE = {"grantType": "authorization_code"}


async def test_people_are_pushed_and_a_token_revoked_meanwhile_is_noticed_by_nobody(office: Office, iam: Iam) -> None:
    """A dozen people arrive, the token is revoked, a dozen more arrive: all have accounts, no task, one new token."""
    client = iam.client()
    async with iam.app(client) as peer:
        app_id = await office.new_app("scim2_bearer_token")
        await office.save(app_id, peer, iam.profile(client))
        await office.switch_on(app_id)
        async with office.worker():
            for number in range(12):
                await office.assign(app_id, await office.hire(f"first{number}"))
            await office.settled(app_id)
            iam.revoke(*iam.tokens(client))
            iam.asked.clear()
            for number in range(12):
                await office.assign(app_id, await office.hire(f"second{number}"))
            await office.settled(app_id)
        assert await office.differences(app_id, peer) == []
        assert len(peer.users()) == 24
        assert await office.tasks(app_id) == []
    assert iam.asked == ["client_credentials"]


async def test_a_dead_refresh_token_stops_the_app_with_one_task_until_somebody_authorizes(
    office: Office, iam: Iam
) -> None:
    """The whole app rests, one task says what to do; after a new authorization it goes on by itself."""
    client, name = iam.client(REDIRECT), secrets.token_hex(4)
    iam.person(name)
    async with iam.app(client) as peer:
        app_id = await office.new_app("scim2_bearer_token")
        await office.save(app_id, peer, iam.profile(client, **CODE))
        await office.authorize(app_id, name)
        await office.switch_on(app_id)
        async with office.worker():
            await office.assign(app_id, await office.hire("first"))
            await office.settled(app_id)
            iam.revoke(*iam.tokens(client))
            for number in range(5):
                await office.assign(app_id, await office.hire(f"second{number}"))
            await office.until(lambda: office.tasks(app_id), "the task")
            tasks = await office.tasks(app_id)
            assert [(task["kind"], task["user_id"]) for task in tasks] == [("CREDENTIALS", None)]
            assert "authorize again" in tasks[0]["summary"]
            await office.authorize(app_id, name)
            await office.settled(app_id)
            assert await office.tasks(app_id) == []
        assert await office.differences(app_id, peer) == []
        assert len(peer.users()) == 6
    assert iam.asked == ["authorization_code", "refresh_token", "authorization_code"]


async def test_an_authorization_server_that_is_down_costs_waiting_and_nothing_else(office: Office, iam: Iam) -> None:
    """No token can be had for a while: nothing is sent, nobody is parked, and everybody is served afterwards."""
    client = iam.client()
    async with iam.app(client) as peer:
        app_id = await office.new_app("scim2_bearer_token")
        await office.save(app_id, peer, iam.profile(client))
        await office.switch_on(app_id)
        iam.refuse = 503
        user_id = await office.hire("first")
        await office.assign(app_id, user_id)
        async with office.worker():
            await office.until(lambda: office.attempted(app_id, user_id), "an attempt")
            iam.refuse = None
            await office.settled(app_id)
        assert await office.differences(app_id, peer) == []
        assert len(peer.users()) == 1
