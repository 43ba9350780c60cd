"""What a write does to values that a person has lost: gone from the app in every way of clearing, left with `keep`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from provisor.connector import Desired
from provisor.connectors.egress import EgressPolicy, parse_allow_list
from provisor.connectors.http import AiohttpTransport
from provisor.connectors.scim import (
    DEFAULT_USER_ATTRIBUTES,
    AuthScheme,
    ClearAs,
    Dialect,
    Lists,
    PeerPolicy,
    ScimConnector,
    ScimSettings,
    Write,
    authorization,
    load_policy,
)
from provisor.connectors.scim.values import value_of
from provisor.scimserver.testing import running

from .scim11_app import scim11_app

MINIMAL, OLD = load_policy(Dialect.MINIMAL), load_policy(Dialect.SCIM11)
POLICIES = {
    "PUT": load_policy(Dialect.PUT),
    "PATCH after a GET": load_policy(Dialect.PATCH_USER),
    "PATCH": MINIMAL,
    "PATCH of whole lists": replace(MINIMAL, lists=Lists.WHOLE),
    "1.1 PUT": load_policy(Dialect.SCIM11_PUT),
    "1.1 PATCH": replace(OLD, profile_by=Write.PATCH, read_first=False, lists=Lists.WHOLE),
}
KEPT = {"givenName": "Ada", "familyName": "King", "email": "ada@example.com"}
LOST = {"title": "Countess", "middleName": "Augusta", "primaryPhone": "+44 1", "department": "Engines"}


@asynccontextmanager
async def peer(*, old: bool) -> AsyncIterator[Any]:
    async with scim11_app() if old else running() as app:
        yield app


@pytest.mark.parametrize("way", ClearAs)
@pytest.mark.parametrize("name", POLICIES)
async def test_a_lost_value_is_cleared_or_left_as_the_policy_says(name: str, way: ClearAs) -> None:
    """A text, a part of a name, an element of a list and a value of an extension; what is not lost is written."""
    policy: PeerPolicy = replace(POLICIES[name], clear_as=way)
    async with peer(old=name.startswith("1.1")) as app:
        transport = AiohttpTransport(EgressPolicy(parse_allow_list("127.0.0.0/8")))
        header = authorization(AuthScheme.TOKEN, token=app.token)
        connector = ScimConnector(transport, ScimSettings(app.url, header, policy=policy))
        made = await connector.create_account(Desired("00u1", "ada@example.com", {**KEPT, **LOST}), "pass-4Xr9-word")
        await connector.update_account(made.id, Desired("00u1", "ada@example.com", {**KEPT, "familyName": "Byron"}))
        held = dict((await connector.read_account(made.id)).resource)
        await connector.close()
    values = {each.name: value_of(held, each) for each in DEFAULT_USER_ATTRIBUTES}
    assert {name: values[name] for name in KEPT} == {**KEPT, "familyName": "Byron"}
    # A server may keep an empty text that it was sent; a person has no value either way.
    left = {name: values[name] for name in LOST if values[name]}
    assert left == (LOST if way is ClearAs.KEEP else {})
