"""SCIM 1.1: the connector under the contract against an app that knows nothing else, byte by byte where it differs."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from provisor.conformance import Target, Verdict, check, chosen
from provisor.connectors.egress import EgressPolicy, parse_allow_list
from provisor.connectors.http import AiohttpTransport
from provisor.connectors.scim import (
    AuthScheme,
    Dialect,
    PeerPolicy,
    ScimConnector,
    ScimSettings,
    authorization,
    load_policy,
    parse_policy,
)

from .connector_contract import ConnectorContract, Held, ada
from .scim11_app import CORE, ENTERPRISE, Scim11App, scim11_app

PARTIAL = parse_policy('profile_by = "patch"\nread_first = false\nlists = "whole"', load_policy(Dialect.SCIM11))
POLICIES = {
    "PUT": load_policy(Dialect.SCIM11_PUT),
    "PATCH of active": load_policy(Dialect.SCIM11),
    "PATCH of everything": PARTIAL,
}
LOOPBACK = EgressPolicy(parse_allow_list("127.0.0.0/8"))


def connect(app: Scim11App, policy: PeerPolicy, token: str | None = None) -> ScimConnector:
    header = authorization(AuthScheme.TOKEN, token=token or app.token)
    return ScimConnector(AiohttpTransport(LOOPBACK), ScimSettings(app.url, header, Dialect.SCIM11, policy=policy))


class OldWorld:
    """The app, seen through plain HTTP."""

    def __init__(self, app: Scim11App) -> None:
        self._app = app

    async def accounts(self) -> list[Held]:
        return [_held(user) for user in self._app.users()]

    async def edit(self, account_id: str, attribute: str, value: str) -> None:
        async with (
            aiohttp.ClientSession(headers=self._app.headers) as session,
            session.patch(f"{self._app.url}/Users/{account_id}", json={"schemas": [CORE], attribute: value}) as answer,
        ):
            assert answer.status == 200, await answer.text()


def _held(user: dict[str, Any]) -> Held:
    emails = user.get("emails", [])
    assert len(emails) <= 1, "e-mail addresses have piled up"
    email = emails[0] if emails else {}
    attributes = {
        "givenName": user.get("name", {}).get("givenName"),
        "familyName": user.get("name", {}).get("familyName"),
        "displayName": user.get("displayName"),
        "email": email.get("value"),
        "emailType": email.get("type"),
        "title": user.get("title"),
        "department": user.get(ENTERPRISE, {}).get("department"),
    }
    present = {name: value for name, value in attributes.items() if value is not None}
    return Held(user["id"], user["userName"], user["active"], user.get("externalId"), present)


@pytest.fixture
async def app() -> AsyncIterator[Scim11App]:
    """An app of the older version."""
    async with scim11_app() as running:
        yield running


class TestScim11(ConnectorContract):
    """What every connector has to honour, in each way of writing."""

    @pytest.fixture(params=POLICIES)
    def policy(self, request: pytest.FixtureRequest) -> PeerPolicy:
        """A way of writing."""
        return POLICIES[request.param]

    @pytest.fixture
    def world(self, app: Scim11App) -> OldWorld:
        """The app."""
        return OldWorld(app)

    @pytest.fixture
    async def connector(self, app: Scim11App, policy: PeerPolicy) -> AsyncIterator[ScimConnector]:
        """A connector with the right token."""
        connector = connect(app, policy)
        yield connector
        await connector.close()

    @pytest.fixture
    async def locked_out(self, app: Scim11App, policy: PeerPolicy) -> AsyncIterator[ScimConnector]:
        """A connector with a wrong token."""
        connector = connect(app, policy, "wrong")
        yield connector
        await connector.close()


@pytest.fixture
async def old(app: Scim11App) -> AsyncIterator[ScimConnector]:
    """A connector in the dialect of the templates."""
    connector = connect(app, load_policy(Dialect.SCIM11))
    yield connector
    await connector.close()


async def test_a_create_has_the_older_names(app: Scim11App, old: ScimConnector) -> None:
    """One core URN, the enterprise URN of 1.0, `managerId`, and the media type of JSON."""
    desired = ada(managerValue="m1", locale="en_US")
    await old.create_account(desired, "pw")
    asked = app.asked[-1]
    assert asked.body == {
        "schemas": [CORE, ENTERPRISE],
        "userName": "ada@example.com",
        "name": {"givenName": "Ada", "familyName": "King"},
        "emails": [{"primary": True, "value": "ada@example.com", "type": "work"}],
        "title": "Countess",
        "displayName": "Ada King",
        "locale": "en_US",
        ENTERPRISE: {"department": "Engines", "manager": {"managerId": "m1"}},
        "externalId": "00u00000000000000ada",
        "groups": [],
        "password": "pw",
        "active": True,
    }
    assert (asked.headers["Accept"], asked.headers["Content-Type"]) == (
        "application/json",
        "application/json; charset=utf-8",
    )


async def test_an_account_is_switched_by_a_partial_resource(app: Scim11App, old: ScimConnector) -> None:
    """Schemas, id and `active`; no operations."""
    account = await old.create_account(ada(), "pw")
    await old.deactivate_account(account.id)
    assert (app.asked[-1].method, app.asked[-1].body) == (
        "PATCH",
        {"schemas": [CORE], "id": account.id, "active": False},
    )
    await old.reactivate_account(account.id, ada())
    assert [each.method for each in app.asked[-4:]] == ["GET", "PATCH", "GET", "PUT"]
    assert app.asked[-3].body == {"schemas": [CORE], "id": account.id, "active": True}


async def test_an_update_sends_back_what_was_read(app: Scim11App, old: ScimConnector) -> None:
    """Everything the app showed, in its own spelling, with our values in it."""
    account = await old.create_account(ada(managerValue="m1"), "pw")
    app.kept["Users"][account.id] |= {"photos": [{"value": "https://x/1.png"}], "urn:example:badge": {"colour": "blue"}}
    await old.update_account(account.id, ada(managerValue="m2", title=""))
    body = app.asked[-1].body
    assert body["schemas"] == [CORE, ENTERPRISE]
    assert body[ENTERPRISE] == {"department": "Engines", "manager": {"managerId": "m2"}}
    assert (body["photos"], body["urn:example:badge"]) == ([{"value": "https://x/1.png"}], {"colour": "blue"})
    assert body["meta"] == {"version": 'W/"1"'}
    assert "title" not in body


async def test_a_partial_profile_names_what_it_clears(app: Scim11App) -> None:
    """`meta.attributes` lists what has no value and what is replaced as a whole."""
    connector = connect(app, PARTIAL)
    account = await connector.create_account(ada(), "pw")
    await connector.update_account(account.id, ada(title="", department=""))
    await connector.close()
    body = app.asked[-1].body
    assert (app.asked[-1].method, body["id"], body["schemas"]) == ("PATCH", account.id, [CORE])
    assert {"title", "emails", f"{ENTERPRISE}:department", "name.middleName"} <= set(body["meta"]["attributes"])
    assert body["emails"] == [{"primary": True, "value": "ada@example.com", "type": "work"}]
    assert "Operations" not in body


async def test_the_survey_reads_the_older_description(old: ScimConnector) -> None:
    """`ServiceProviderConfigs`, in the plural."""
    survey = await old.survey()
    said = {part.name: part.presence.value for part in survey.parts}
    assert said["ServiceProviderConfigs"] == said["PATCH"] == said["ETags"] == "OFFERED"
    assert said["Bulk"] == "ABSENT"


async def test_the_app_passes_the_published_suite_for_its_version(app: Scim11App) -> None:
    """The app of these tests and the suite check each other."""
    transport = AiohttpTransport(LOOPBACK, timeout=20)
    report = await check(Target(transport, app.url, f"Bearer {app.token}"), chosen(["scim1-spec"]))
    await transport.close()
    slow_or_well = (Verdict.PASSED, Verdict.DEVIATION)
    assert [(step.id, step.verdict) for step in report.steps() if step.verdict not in slow_or_well] == []
    assert report.counts()[Verdict.PASSED] + report.counts()[Verdict.DEVIATION] == 16
    assert app.users() == []
